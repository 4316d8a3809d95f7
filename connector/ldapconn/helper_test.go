package ldapconn_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/faultproxy"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// config is an LDAPS connection as the given account.
func config(s *slapdtest.Server, a slapdtest.Account) ldapconn.Config {
	return ldapconn.Config{Server: s.TLSAddr, TLS: &tls.Config{RootCAs: s.Roots}, User: s.DN(a), Password: slapdtest.Password}
}

func open(t testing.TB, cfg ldapconn.Config, opts *ldapconn.Options) *ldapconn.Connector {
	t.Helper()
	c, err := ldapconn.Open(t.Context(), cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// through opens a plain connection through the proxy, so that faults at message boundaries are exact.
func through(t testing.TB, p *faultproxy.Proxy, s *slapdtest.Server, a slapdtest.Account, timeout time.Duration) (*ldapconn.Connector, error) {
	t.Helper()
	cfg := ldapconn.Config{Server: p.Addr(), User: s.DN(a), Password: slapdtest.Password}
	c, err := ldapconn.Open(t.Context(), cfg, &ldapconn.Options{InsecureClearText: true, Timeout: timeout})
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

func proxy(t testing.TB, target string) *faultproxy.Proxy {
	t.Helper()
	p, err := faultproxy.Start(target, faultproxy.LDAP)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// resolve gathers the answers and holds the connector to the contract of answer.
func resolve(ctx context.Context, t testing.TB, c refresh.Resolver, ids ...refresh.ID) ([]refresh.Lookup, error) {
	t.Helper()
	got := make([]refresh.Lookup, len(ids))
	given := make([]bool, len(ids))
	var mu sync.Mutex
	returned := false
	err := c.Resolve(ctx, ids, func(i int, l refresh.Lookup) {
		if !mu.TryLock() {
			t.Error("answer was called twice at a time")
			return
		}
		defer mu.Unlock()
		if returned || given[i] {
			t.Errorf("index %d: answered twice, or after the return", i)
		}
		got[i], given[i] = l, true
	})
	mu.Lock()
	returned = true
	mu.Unlock()
	return got, err
}

// idsOf returns the identities of people.
func idsOf(people []slapdtest.Person) []refresh.ID {
	ids := make([]refresh.ID, len(people))
	for i, p := range people {
		ids[i] = refresh.ID(p.ID)
	}
	return ids
}

// tally counts answers by what they are.
type tally struct{ Found, NotFound, Failed int }

func count(ls []refresh.Lookup) (n tally) {
	for _, l := range ls {
		switch _, absent := l.Absence(); {
		case absent:
			n.NotFound++
		case l.Err() != nil:
			n.Failed++
		default:
			n.Found++
		}
	}
	return n
}

// word describes an answer in short.
func word(l refresh.Lookup) string {
	if m, ok := l.Mailbox(); ok {
		slices.Sort(m.Aliases)
		return fmt.Sprintf("found %s %v", m.Primary, m.Aliases)
	}
	if a, ok := l.Absence(); ok {
		return fmt.Sprintf("absent: %s, sight %v", a.Proof, a.Sight)
	}
	return fmt.Sprintf("failed: %v", l.Err())
}

func openInsecure(t testing.TB, addr string) (*ldapconn.Connector, error) {
	c, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: addr, User: "reader", Password: "p"}, &ldapconn.Options{InsecureClearText: true, Timeout: 10 * time.Second})
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

// within checks that something is quick. On a busy machine it may need several attempts.
func within(t testing.TB, limit time.Duration, do func() time.Duration) {
	t.Helper()
	var took time.Duration
	for range 5 {
		if took = do(); took <= limit {
			return
		}
	}
	t.Errorf("it took %v, more than %v, at every attempt", took, limit)
}
