package graphconn_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// fate is what happened to somebody in the tenant of the matrix.
type fate uint8

const (
	lives    fate = iota // its mailbox is as truth has it
	buried               // among the deleted items
	purged               // for good
	unknown              // never was
	grouping             // it is a group, and groups were not asked for
)

// How many there are of each. With pages of 8, 16 in getByIds, and 20 parts in a batch, everything takes several requests.
const (
	living, buriedOnes, purgedOnes, unknownOnes = 48, 11, 7, 5
)

// realm is a tenant in which everything has happened, with what is true of it.
type realm struct {
	s      *graphtest.Server
	h      *hands
	ids    []refresh.ID
	fate   map[refresh.ID]fate
	truth  map[refresh.ID]refresh.Mailbox // of the living, with their instances
	addrs  []refresh.Address              // to look for
	holder map[refresh.Address]refresh.ID
	rights []graphtest.Right
	token  string
	mu     sync.Mutex
	log    bytes.Buffer
}

// realmTenant makes the IDs the same in every cell.
const realmTenant = "5d5c1d3e-5f50-4d52-8a4c-2d1f0f3e9b11"

func newRealm(t *testing.T, zipped bool, rights ...graphtest.Right) *realm {
	w := &realm{fate: map[refresh.ID]fate{}, rights: rights}
	w.s = graphtest.Start(t, &graphtest.Options{TenantID: realmTenant, Page: 8, GetByIDsPage: 16, DeltaPage: 4, NoGzip: !zipped})
	w.h = &hands{t: t, s: w.s}
	w.token = w.s.Token(rights...)
	add := func(id string, f fate) {
		w.ids = append(w.ids, refresh.ID(id))
		w.fate[refresh.ID(id)] = f
	}
	for i, id := range people(w.s, living+buriedOnes+purgedOnes) {
		switch {
		case i < living:
			add(id, lives)
			if i == 3 {
				w.s.Delete(id)
				w.s.Restore(id)
			}
			continue
		case i < living+buriedOnes:
			add(id, buried)
		default:
			add(id, purged)
		}
		w.s.Delete(id)
		if i >= living+buriedOnes {
			w.s.Purge(id)
		}
	}
	for i := range unknownOnes {
		add(fmt.Sprintf("00000000-0000-4000-8000-0000000000%02d", i), unknown)
	}
	g := w.s.PutGroup(graphtest.Group{DisplayName: "Sales", Mail: "sales@contoso.example", Proxies: []string{"SMTP:sales@contoso.example"}})
	add(g.ID, grouping)
	w.learn()
	w.seek()
	return w
}

// learn notes what is true.
func (w *realm) learn() {
	w.truth = map[refresh.ID]refresh.Mailbox{}
	for _, id := range w.ids {
		if w.fate[id] == lives {
			m := w.h.reported(id)
			u, _ := w.s.User(string(id))
			m.Instance = refresh.ID(u.MailboxID)
			w.truth[id] = m
		}
	}
}

// seek chooses the addresses to look for.
func (w *realm) seek() {
	w.holder = map[refresh.Address]refresh.ID{}
	for _, id := range w.ids[:12] {
		m := w.truth[id]
		w.addrs = append(w.addrs, m.Primary, m.Aliases[0])
		w.holder[m.Primary], w.holder[m.Aliases[0]] = id, id
	}
	w.addrs = append(w.addrs, "nobody@contoso.example", "user50@contoso.example", "sales@contoso.example")
}

// of are the IDs with some fates.
func (w *realm) of(fates ...fate) (out []refresh.ID) {
	for _, id := range w.ids {
		if slices.Contains(fates, w.fate[id]) {
			out = append(out, id)
		}
	}
	return out
}

// connect returns a connector that nothing happens to.
func (w *realm) connect(t *testing.T, opts graphconn.Options) *graphconn.Connector {
	return w.connectWith(t, nil, opts, w.tokenOf)
}

// connectWith returns a connector through a transport around the server's.
func (w *realm) connectWith(t *testing.T, around func(http.RoundTripper) http.RoundTripper, opts graphconn.Options, token func(context.Context) (string, error)) *graphconn.Connector {
	cfg := config(w.s)
	cfg.Token = token
	if around != nil {
		cfg.HTTPClient = &http.Client{Transport: around(w.s.Client().Transport)}
	}
	opts.Logger = slog.New(slog.NewTextHandler(&lockedBuffer{w: w}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := graphconn.New(cfg, &opts)
	must(t, err)
	return c
}

// tokenOf returns the token, and another one when it was rejected.
func (w *realm) tokenOf(ctx context.Context) (string, error) {
	if _, rejected := graphconn.Challenge(ctx); rejected {
		return w.s.Token(w.rights...), nil
	}
	return w.token, nil
}

// lockedBuffer is the log of a realm.
type lockedBuffer struct{ w *realm }

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	return b.w.log.Write(p)
}

// elderly is the primary address that every third row of a job still holds.
const elderly refresh.Address = "elderly@old.example"

// job is a job about everybody. Its rows hold the truth, but for an old address here and there.
func (w *realm) job() refresh.Job {
	job := refresh.NewJob("matrix")
	job.Source.Pin = w.s.TenantID()
	for i, id := range w.ids {
		m, alive := w.truth[id]
		m.Aliases = slices.Clone(m.Aliases)
		switch {
		case w.fate[id] == grouping:
			m = refresh.Mailbox{ID: id, Primary: "sales@contoso.example", DisplayName: "Sales"}
		case !alive:
			m = refresh.Mailbox{ID: id, Primary: elderly, Login: "elderly@contoso.example", Instance: "11111111-2222-4333-8444-555555555555@x"}
		case i%3 == 0:
			m.Primary = elderly
		}
		job.Matches = append(job.Matches, refresh.Match{Key: string(id), SourceOrigin: refresh.Bound, Source: m})
	}
	return job
}

// moveOn changes the tenant: addresses, and who is there.
func (w *realm) moveOn() (changed []refresh.ID) {
	alive := w.of(lives)
	for _, id := range alive[5:15] {
		switchDomain(w.s, []string{string(id)})
	}
	for i, id := range alive[40:44] {
		w.s.Delete(string(id))
		w.fate[id] = buried
		if i%2 == 0 {
			w.s.Purge(string(id))
			w.fate[id] = purged
		}
	}
	back := w.of(buried)[0]
	w.s.Restore(string(back))
	w.fate[back] = lives
	w.learn()
	return append(append(changed, alive[5:15]...), append(alive[40:44], back)...)
}
