package ldapconn

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// findSize is the number of addresses in one filter; each takes several conditions.
const findSize = 10

// Find looks for the objects that hold an address as primary address, alias or login, in the whole naming context.
// The server's idea of equal is not trusted: what it answers is compared again with [refresh.Address.Fold].
// That nobody holds an address is said only where a mailbox would be seen, as in [Connector.Resolve].
func (c *Connector) Find(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error {
	if len(addrs) == 0 {
		return nil
	}
	l, err := c.line(ctx)
	if err != nil {
		return err
	}
	defer l.hangUp()
	var mu sync.Mutex
	tell := func(i int, f refresh.Finding) { mu.Lock(); defer mu.Unlock(); answer(i, f) }

	var asked []int // what can be asked at all
	for i, a := range addrs {
		if err := a.Check(); err != nil {
			tell(i, refresh.FindFailed(&refresh.ValueError{Attr: "address to look for", Index: -1, Value: string(a), Problem: err.Error()}))
			continue
		}
		asked = append(asked, i)
	}
	part := func(k int) []int { return asked[k*findSize : min(len(asked), (k+1)*findSize)] }
	err = l.batches(ctx, (len(asked)+findSize-1)/findSize, func(ctx context.Context, s *session, k int) error {
		fs, err := c.find(ctx, s, addrs, part(k))
		if err != nil {
			return err
		}
		for n, i := range part(k) {
			tell(i, fs[n])
		}
		return nil
	}, func(k int, err error) {
		for _, i := range part(k) {
			tell(i, refresh.FindFailed(err))
		}
	})
	if err != nil {
		return fmt.Errorf("ldapconn: find: %w", err)
	}
	return nil
}

// find asks for the addresses at the given indexes and returns a finding for each.
func (c *Connector) find(ctx context.Context, s *session, addrs []refresh.Address, at []int) ([]refresh.Finding, error) {
	var filter strings.Builder
	filter.WriteString("(|")
	for _, i := range at {
		filter.WriteString(c.holds(addrs[i]))
	}
	filter.WriteString(")")
	res, err := s.search(ctx, c.request(filter.String()))
	if err != nil {
		return nil, err
	}
	hits := make(map[string][]refresh.Mailbox) // by folded address
	bad := make(map[string]error)
	for _, e := range res.Entries {
		id, err := identityOf(c.facts.dialect, e)
		f := found{err: err}
		if err == nil {
			f = c.decode(id, e)
		}
		for fold := range c.foldsOf(e) {
			if f.err != nil {
				bad[fold] = f.err
			} else {
				hits[fold] = append(hits[fold], f.entry.Mailbox)
			}
		}
	}
	out := make([]refresh.Finding, len(at))
	var blind error
	for n, i := range at {
		fold := addrs[i].Fold()
		switch {
		case bad[fold] != nil:
			out[n] = refresh.FindFailed(bad[fold])
		case len(hits[fold]) > 0:
			out[n] = refresh.Hits(hits[fold]...)
		case !s.covers(res):
			out[n] = refresh.FindFailed(fmt.Errorf("ldapconn: the search of %s did not cover the whole directory: %w", s.server, refresh.ErrOutOfScope))
		default:
			if blind == nil {
				if blind = c.sight(ctx, s); blind != nil && (s.dead() || ctx.Err() != nil) {
					return nil, blind
				}
			}
			out[n] = refresh.Hits()
			if blind != nil {
				out[n] = refresh.FindFailed(blind)
			}
		}
	}
	return out, nil
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
