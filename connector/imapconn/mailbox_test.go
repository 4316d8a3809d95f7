package imapconn_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

// town is a server with the job's view of it.
type town struct {
	*server
	t      testing.TB
	stored map[refresh.ID]refresh.Mailbox
	ids    map[string]refresh.ID
}

// settle makes accounts with mail and mints their witnesses. The login is the password, too.
func settle(t testing.TB, logins ...string) *town { return settleWith(t, 90, logins...) }

func settleWith(t testing.TB, messages int, logins ...string) *town {
	w := &town{server: start(t, imapconn.TLS, nil), t: t, stored: map[refresh.ID]refresh.Mailbox{}, ids: map[string]refresh.ID{}}
	var accounts []imapconn.Account
	for i, login := range logins {
		u := w.add(login, login)
		must(u.store.Create("Sent", nil))
		u.deliver("INBOX", 1000*i+1, 1000*i+messages)
		u.deliver("Sent", 1000*i+200, 1000*i+200+messages/2)
		accounts = append(accounts, imapconn.Account{Login: login, Password: login, DisplayName: "The " + login})
	}
	n := 0
	for e, err := range w.connect(t, listOf(accounts...), nil).List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.ID == "" || e.Login != logins[n] || string(e.Primary) != e.Login {
			t.Fatalf("entry %d: %+v", n, e)
		}
		w.stored[e.ID], w.ids[e.Login] = e.Mailbox, e.ID
		n++
	}
	if n != len(logins) {
		t.Fatalf("%d of %d accounts are listed", n, len(logins))
	}
	return w
}

// plan makes a plan of old and new logins.
func plan(pairs ...string) func(refresh.Address) []imapconn.Candidate {
	return func(old refresh.Address) (out []imapconn.Candidate) {
		for i := 0; i < len(pairs); i += 2 {
			if string(old) == pairs[i] {
				out = append(out, imapconn.Candidate{Login: pairs[i+1], Password: pairs[i]})
			}
		}
		return out
	}
}

// resolve asks for the mailboxes of logins of then.
func (w *town) resolve(c *imapconn.Connector, logins ...string) (map[string]refresh.Lookup, error) {
	ids := make([]refresh.ID, len(logins))
	for i, l := range logins {
		ids[i] = w.ids[l]
	}
	got := map[string]refresh.Lookup{}
	ctx := refresh.WithStored(w.t.Context(), func(id refresh.ID) (refresh.Mailbox, bool) { m, ok := w.stored[id]; return m, ok })
	err := c.Resolve(ctx, ids, func(i int, l refresh.Lookup) {
		if _, twice := got[logins[i]]; twice {
			w.t.Errorf("%s is answered twice", logins[i])
		}
		if _, gone := l.Absence(); gone {
			w.t.Errorf("%s is answered with NotFound", logins[i])
		}
		got[logins[i]] = l
	})
	return got, err
}

func TestResolve(t *testing.T) {
	w := settle(t, "anna@old.example", "ben@old.example", "cleo@old.example", "dora@old.example", "emil@old.example")
	w.rename("anna@old.example", "anna@new.example")
	w.users["anna@new.example"].deliver("INBOX", 500, 600)
	// ben and cleo swap
	w.rename("ben@old.example", "x")
	w.rename("cleo@old.example", "ben@old.example")
	w.rename("x", "cleo@old.example")
	// dora is gone, and somebody else has her name; emil stays
	delete(w.users, "dora@old.example")
	w.add("dora@new.example", "dora@old.example").deliver("INBOX", 1, 90)
	emil := imapconn.Account{Login: "emil@old.example", Password: "emil@old.example"}
	c := w.connect(t, listOf(emil), &imapconn.Options{Rename: plan(
		"anna@old.example", "anna@new.example", "anna@old.example", "anna.n@new.example",
		"ben@old.example", "cleo@old.example", "cleo@old.example", "ben@old.example",
		"dora@old.example", "dora@new.example",
	)})
	got, err := w.resolve(c, "anna@old.example", "ben@old.example", "cleo@old.example", "dora@old.example", "emil@old.example")
	if err != nil {
		t.Fatal(err)
	}
	for old, now := range map[string]string{
		"anna@old.example": "anna@new.example", "ben@old.example": "cleo@old.example", "cleo@old.example": "ben@old.example", "emil@old.example": "emil@old.example",
	} {
		m, ok := got[old].Mailbox()
		if want := (refresh.Mailbox{ID: w.ids[old], Login: now, Primary: refresh.Address(now)}); !ok || !cmp.Equal(want, m) {
			t.Errorf("%s: %v (-want +got)\n%s", old, got[old].Err(), cmp.Diff(want, m))
		}
	}
	u, ok := errors.AsType[*imapconn.UnprovenError](got["dora@old.example"].Err())
	if !ok || len(u.Others) != 1 || !errors.Is(u, imapconn.ErrNoCandidate) {
		t.Errorf("dora: %v", got["dora@old.example"].Err())
	}
	if len(w.writes) > 0 {
		t.Errorf("opened for writing: %v", w.writes)
	}
}

func TestResolveNever(t *testing.T) {
	w := settle(t, "anna@old.example", "ben@old.example")
	anna := w.ids["anna@old.example"]
	c := w.connect(t, imapconn.Config{}, &imapconn.Options{Rename: func(refresh.Address) []imapconn.Candidate { return nil }})
	before := len(w.tried())
	got, err := w.resolve(c, "anna@old.example", "ben@old.example")
	if err != nil || !errors.Is(got["anna@old.example"].Err(), imapconn.ErrNoCandidate) {
		t.Errorf("without candidates: %v, %v", got, err)
	}
	if n := len(w.tried()); n != before {
		t.Errorf("without candidates somebody logged in: %v", w.tried()[before:])
	}

	// a copy: both have the same login once each
	w.users["anna.copy"] = w.users["anna@old.example"]
	c = w.connect(t, imapconn.Config{}, &imapconn.Options{Rename: plan("anna@old.example", "anna@old.example", "anna@old.example", "anna.copy")})
	if got, err = w.resolve(c, "anna@old.example"); err != nil || !errors.Is(got["anna@old.example"].Err(), imapconn.ErrAmbiguous) {
		t.Errorf("two mailboxes that prove one ID: %v, %v", got["anna@old.example"].Err(), err)
	}

	// one mailbox that proves two IDs, the second of which was minted when it had less mail
	w.users["anna@old.example"].deliver("INBOX", 700, 720)
	later := w.connect(t, imapconn.Config{}, nil)
	x, err := later.Witness(t.Context(), imapconn.Account{Login: "anna@old.example", Password: "anna@old.example"})
	if err != nil || x.ID() == anna {
		t.Fatalf("%v", err)
	}
	w.ids["twin@old.example"] = x.ID()
	w.stored[x.ID()] = refresh.Mailbox{ID: x.ID(), Primary: "twin@old.example"}
	c = w.connect(t, imapconn.Config{}, &imapconn.Options{Rename: func(refresh.Address) []imapconn.Candidate {
		return []imapconn.Candidate{{Login: "anna@old.example", Password: "anna@old.example"}}
	}})
	got, err = w.resolve(c, "anna@old.example", "twin@old.example", "ben@old.example")
	for _, l := range []string{"anna@old.example", "twin@old.example"} {
		if err != nil || !errors.Is(got[l].Err(), imapconn.ErrAmbiguous) {
			t.Errorf("one mailbox that proves two IDs: %v, %v", got[l].Err(), err)
		}
	}
	// the same where only one of the two is looked for: the mailbox found may be the other one
	c = w.connect(t, imapconn.Config{}, &imapconn.Options{Rename: plan("anna@old.example", "anna@old.example")})
	if got, err = w.resolve(c, "anna@old.example", "twin@old.example"); err != nil || !errors.Is(got["anna@old.example"].Err(), imapconn.ErrAmbiguous) {
		t.Errorf("one of two that are alike: %v, %v", got["anna@old.example"].Err(), err)
	}

	// outside a run
	if err := c.Resolve(t.Context(), []refresh.ID{anna, "nonsense"}, func(i int, l refresh.Lookup) {
		if l.Err() == nil {
			t.Errorf("%d: answered outside a run", i)
		}
	}); err != nil {
		t.Error(err)
	}
}

func TestResolveCauses(t *testing.T) {
	w := settle(t, "anna@old.example", "ben@old.example", "cleo@old.example")
	w.users["ben@old.example"].refuse = unavailable
	w.add("empty@new.example", "cleo@old.example")
	c := w.connect(t, imapconn.Config{}, &imapconn.Options{Rename: plan(
		"anna@old.example", "nobody@new.example", "ben@old.example", "ben@old.example", "cleo@old.example", "empty@new.example",
	)})
	got, err := w.resolve(c, "anna@old.example", "ben@old.example", "cleo@old.example")
	if err != nil {
		t.Fatal(err)
	}
	for login, want := range map[string]error{"anna@old.example": imapconn.ErrRejected, "ben@old.example": imapconn.ErrUnavailable, "cleo@old.example": imapconn.ErrNoCandidate} {
		if e := got[login].Err(); !errors.Is(e, want) || errors.Is(e, refresh.ErrCredentials) || errors.Is(e, imapconn.ErrRejected) != (want == imapconn.ErrRejected) {
			t.Errorf("%s: %v", login, e)
		}
		t.Log(got[login].Err())
	}
	w2 := settle(t, "anna@old.example")
	cfg := imapconn.Config{Auth: imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: "boss", MasterPassword: "x"}}
	if _, err := w2.resolve(w2.connect(t, cfg, &imapconn.Options{Rename: plan("anna@old.example", "anna@old.example")}), "anna@old.example"); !errors.Is(err, refresh.ErrCredentials) {
		t.Errorf("a rejected master user: %v", err)
	}
}

func TestListWithoutWitness(t *testing.T) {
	s := start(t, imapconn.TLS, nil)
	s.add("full", "p").deliver("INBOX", 1, 30)
	s.users["again"] = s.users["full"]
	s.add("empty", "p")
	s.add("few", "p").deliver("INBOX", 1, 3)
	s.add("down", "p").refuse = unavailable
	var accounts []imapconn.Account
	want := map[string]string{"full": "", "again": "as another account", "empty": "empty mailbox or too few messages", "few": "empty mailbox or too few messages",
		"down": "not available", "nobody": "login rejected"}
	for _, l := range []string{"full", "again", "empty", "few", "down", "nobody"} {
		accounts = append(accounts, imapconn.Account{Login: l, Password: "p", Address: refresh.Address(l + "@old.example")})
	}
	n := 0
	for e, err := range s.connect(t, listOf(accounts...), nil).List(t.Context()) {
		n++
		why := fmt.Sprint(e.Attrs[imapconn.AttrWitness])
		if err != nil || (e.ID == "") != (want[e.Login] != "") || e.ID == "" && why != "["+want[e.Login]+"]" || string(e.Primary) != e.Login+"@old.example" {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if n != len(accounts) {
		t.Errorf("%d of %d are listed", n, len(accounts))
	}
}

func TestInFlight(t *testing.T) {
	w := settle(t, "a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example", "f@x.example")
	w.slow = 100 * time.Millisecond
	var accounts []imapconn.Account
	for l := range w.users {
		accounts = append(accounts, imapconn.Account{Login: l, Password: l})
	}
	c := w.connect(t, listOf(accounts...), &imapconn.Options{InFlight: 2})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range c.List(ctx) {
		break
	}
	probes(t, c)
	if w.mu.Lock(); w.most != 2 {
		t.Errorf("%d logins at a time", w.most)
	}
	w.mu.Unlock()
}
