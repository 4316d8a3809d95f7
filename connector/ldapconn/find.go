package ldapconn

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// findSize is the number of addresses in one filter; each takes several conditions.
const findSize = 10

// Find looks for the objects that hold an address as primary address, alias or login, in the whole directory: the domain, and
// in a forest of several domains the others and the global catalog, too.
// The server's idea of equal is not trusted: what it answers is compared again with [refresh.Address.Fold].
// That nobody holds an address is said only where a mailbox would be seen, as in [Connector.Resolve].
func (c *Connector) Find(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error {
	q := &inquiry{c: c, addrs: addrs, hits: make([]hits, len(addrs))}
	var asked []int // what can be asked at all
	for i, a := range addrs {
		if err := a.Check(); err != nil {
			answer(i, refresh.FindFailed(&refresh.ValueError{Attr: "address to look for", Index: -1, Value: string(a), Problem: err.Error()}))
			continue
		}
		asked = append(asked, i)
	}
	if len(asked) == 0 {
		return nil
	}
	c.begin()
	if err := q.run(ctx, asked); err != nil {
		return fmt.Errorf("ldapconn: find: %w", err)
	}
	for _, i := range asked {
		answer(i, q.hits[i].finding())
	}
	return nil
}

// inquiry is one call of Find.
type inquiry struct {
	c     *Connector
	addrs []refresh.Address
	cover *cover // when the catalog has to make up for domains

	mu     sync.Mutex
	hits   []hits             // by the index of the address
	nobody map[*session][]int // addresses of which an answer showed no holder
}

// hits are the objects that hold one address, as far as they were seen.
type hits struct {
	mailboxes []refresh.Mailbox
	doubt     error // there may be others, or one of them is unreadable
}

func (h hits) finding() refresh.Finding {
	if h.doubt != nil {
		return refresh.FindFailed(h.doubt)
	}
	return refresh.Hits(h.mailboxes...)
}

// run asks the home domain and whatever else there is. Where not everything can be asked, nothing is.
func (q *inquiry) run(ctx context.Context, asked []int) error {
	t, err := q.c.home.trunk(ctx, 1)
	if err != nil {
		return err
	}
	defer t.hangUp()
	cover, err := q.c.cover(ctx, t.knownForest())
	if err != nil {
		return err
	}
	if !cover.whole && cover.catalog == nil {
		for _, i := range asked {
			q.doubt(i, cover.lacking)
		}
		return nil
	}
	if err := q.stage(ctx, t, asked); err != nil {
		return err
	}
	for _, p := range cover.domains {
		if err := q.elsewhere(ctx, p, asked); err != nil {
			return err
		}
	}
	if cover.whole {
		return nil
	}
	q.cover = &cover
	return q.elsewhere(ctx, cover.catalog, asked)
}

func (q *inquiry) elsewhere(ctx context.Context, p *place, asked []int) error {
	t, err := p.trunk(ctx, 1)
	if err != nil {
		for _, i := range asked {
			q.doubt(i, err)
		}
		if ctx.Err() != nil {
			return err
		}
		return nil
	}
	defer t.hangUp()
	if q.cover != nil && p.catalog {
		blind, err := q.c.unseen(ctx, t, *q.cover)
		if err != nil {
			return err
		}
		for _, i := range asked {
			if blind != nil {
				q.doubt(i, blind)
			}
		}
	}
	return q.stage(ctx, t, asked)
}

func (q *inquiry) doubt(i int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.hits[i].doubt == nil {
		q.hits[i].doubt = err
	}
}

// hit adds what one place showed. The same object may be in several.
func (q *inquiry) hit(i int, found []refresh.Mailbox) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range found {
		if !slices.ContainsFunc(q.hits[i].mailboxes, func(x refresh.Mailbox) bool { return x.ID == m.ID }) {
			q.hits[i].mailboxes = append(q.hits[i].mailboxes, m)
		}
	}
}

// note keeps that an answer on a session shows no holder of an address.
func (q *inquiry) note(s *session, i int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.nobody == nil {
		q.nobody = make(map[*session][]int)
	}
	q.nobody[s] = append(q.nobody[s], i)
}

// settle judges what sessions left out on which there was a protocol error, even later: that proves nothing. It returns what to ask
// once more, on another connection, when last is not set.
func (q *inquiry) settle(last bool) (lost []int) {
	for s, list := range q.nobody {
		switch {
		case s.violation() == nil:
			for _, i := range list {
				if s.probes.hold(q.addrs[i].Fold()) {
					q.doubt(i, fmt.Errorf("ldapconn: %s showed a holder of the address, but not in answer to the search for it: %w", s.server, refresh.ErrReplicasDisagree))
				}
			}
		case !last:
			why := s.violation()
			s.why.CompareAndSwap(nil, &why)
			s.kill()
			lost = append(lost, list...)
		default:
			for _, i := range list {
				q.doubt(i, s.about(errTainted))
			}
		}
	}
	q.nobody = nil
	return lost
}

// stage asks one place.
func (q *inquiry) stage(ctx context.Context, t *trunk, asked []int) error {
	for again := false; len(asked) > 0; again = true {
		err := drain(ctx, t, &queue[int]{items: asked}, q.c.newPace(len(asked), findSize), q.batch, func(at []int, err error) {
			for _, i := range at {
				q.doubt(i, err)
			}
		})
		if err != nil {
			return err
		}
		asked = q.settle(again)
	}
	return nil
}

// batch asks for the addresses at the given indexes.
func (q *inquiry) batch(ctx context.Context, s *session, at []int) error {
	c := q.c
	var filter strings.Builder
	filter.WriteString("(|")
	for _, i := range at {
		filter.WriteString(c.holds(q.addrs[i]))
	}
	filter.WriteString(")")
	res, err := s.search(ctx, c.request(s, filter.String()))
	if err != nil {
		return err
	}
	asked := make(map[string]bool, len(at))
	addrs := make([]refresh.Address, len(at))
	for n, i := range at {
		addrs[n] = q.addrs[i]
		asked[addrs[n].Fold()] = true
	}
	came := make(map[refresh.ID]bool, len(res.Entries))
	holders := make(map[string][]refresh.Mailbox) // by folded address
	bad := make(map[string]error)
	for _, e := range res.Entries {
		id, err := identityOf(s.facts.dialect, e)
		f := found{err: err}
		if err == nil {
			lack, err := c.complete(ctx, s, id, e)
			if err != nil {
				return err
			}
			f = c.decode(id, e).lacking(lack)
		}
		ours := false
		for fold := range c.foldsOf(e) {
			ours = ours || asked[fold]
			if f.err != nil {
				bad[fold] = f.err
			} else {
				holders[fold] = append(holders[fold], f.entry.Mailbox)
			}
		}
		ours = ours || s.facts.dialect == activeDirectory && c.resembles(e, addrs)
		if !ours || id != "" && came[id] { // it may be what the answer to another search lacks
			s.tainted.Store(true)
		}
		came[id] = true
	}
	var doubt error
	if !s.accounts(res) {
		doubt = s.elsewhere()
	}
	doubts := make([]error, len(at))
	for n, i := range at {
		fold := q.addrs[i].Fold()
		doubts[n] = cmp.Or(bad[fold], doubt)
		if doubts[n] == nil && len(holders[fold]) == 0 {
			blind := c.sightOrEmpty(ctx, s)
			switch {
			case blind != nil && (s.dead() || isBusy(blind) || ctx.Err() != nil):
				return blind
			case blind == nil, s.violation() != nil:
				q.note(s, i) // settle judges it
			default:
				doubts[n] = blind
			}
		}
	}
	for n, i := range at {
		q.hit(i, holders[q.addrs[i].Fold()])
		if doubts[n] != nil {
			q.doubt(i, doubts[n])
		}
	}
	return nil
}

// holds is the filter of entries that hold the address, in the spelling given and in the folded one.
func (c *Connector) holds(a refresh.Address) string {
	spellings := []string{string(a)}
	if f := a.Fold(); !strings.EqualFold(f, string(a)) {
		spellings = append(spellings, f)
	}
	var b strings.Builder
	for _, x := range spellings {
		x = ldap.EscapeFilter(x)
		if name := c.attrs.Addresses; name != "" {
			// Both prefixes, for servers that compare the attribute exactly.
			b.WriteString("(" + name + "=smtp:" + x + ")(" + name + "=SMTP:" + x + ")")
		}
		for _, name := range present(c.attrs.Mail, c.attrs.Login) {
			b.WriteString("(" + name + "=" + x + ")")
		}
	}
	return b.String()
}

// foldsOf returns the folded addresses that an entry holds, usable or not.
func (c *Connector) foldsOf(e *ldap.Entry) map[string]bool {
	out := map[string]bool{}
	proxies, _ := raw(e, c.attrs.Addresses)
	for _, v := range proxies {
		if prefix, rest := cutSMTP(v); prefix != "" {
			out[refresh.Address(rest).Fold()] = true
		}
	}
	for _, name := range present(c.attrs.Mail, c.attrs.Login) {
		for _, v := range all(e, name) {
			out[refresh.Address(v).Fold()] = true
		}
	}
	return out
}
