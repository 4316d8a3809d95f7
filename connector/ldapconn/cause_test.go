package ldapconn_test

import (
	"context"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestFailoverCause: the record of a failover says what became of the server before, without what anybody is called.
func TestFailoverCause(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		harm         func(*testing.T, *ldaptest.DC)
		want         string
	}{
		{"down", "nobody listens there", func(t *testing.T, d *ldaptest.DC) { must(t, d.Down()) }, "connection refused"},
		{"busy", "it says so", faulty(ldaptest.Fault{Op: ldaptest.Search, Times: 1000, Nth: 1, Do: ldaptest.Refuse, Code: ldaptest.Busy}), "Busy (LDAP result code 51)"},
		{"unavailable", "it says so", faulty(ldaptest.Fault{Op: ldaptest.Search, Times: 1000, Nth: 1, Do: ldaptest.Refuse, Code: ldaptest.Unavailable}), "Unavailable (LDAP result code 52)"},
		{"cut", "it closes whatever is asked", faulty(ldaptest.Fault{Op: ldaptest.Search, Times: 1000, Nth: 1, Do: ldaptest.Cut}), "EOF"},
	} {
		f := ldaptest.Run(t, ldaptest.Config{Domains: []ldaptest.Domain{{Name: "source.example", Controllers: 2, People: ldaptest.People(10, "source.example")}}})
		c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Replicas = []string{f.DCs[1].TLSAddr} })
		job := boundTo(t, c, asIDs(f.IDs()))
		later := inspected{c, func() { tt.harm(t, f.DCs[0]) }}
		res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: later}, nil)
		must(t, err)
		list := res.Run.Source.Failovers
		if len(list) == 0 || outcomes(res)[refresh.NotChanged] != 10 {
			t.Errorf("%s: %v, failovers %+v", tt.name, outcomes(res), list)
			continue
		}
		for _, x := range list {
			if x.From != dc1 || x.To != dc2 || !strings.Contains(x.Why, tt.want) || strings.Contains(x.Why, "@") {
				t.Errorf("%s: %+v, want %q: %s", tt.name, x, tt.want, tt.reason)
			}
		}
	}
}

// inspected does something when the run has looked which directory it is.
type inspected struct {
	*ldapconn.Connector
	then func()
}

func (c inspected) Inspect(ctx context.Context) (refresh.Directory, error) {
	defer c.then()
	return c.Connector.Inspect(ctx)
}

func faulty(f ldaptest.Fault) func(*testing.T, *ldaptest.DC) {
	f.When = func(r ldaptest.Request) bool { return r.Scope == 2 }
	return func(_ *testing.T, d *ldaptest.DC) { d.SetFaults(f) }
}

// TestForestUnreadAt: that the forest's domains cannot be read is said of the server that was asked.
func TestForestUnreadAt(t *testing.T) {
	f := twoDomains(t, nil)
	f.SetRights(ldaptest.Reader, ldaptest.Rights{Hides: func(o ldaptest.Object) bool { return strings.Contains(strings.ToLower(o.DN()), "cn=partitions") }})
	c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Replicas = []string{f.DCs[1].TLSAddr} })
	for i := range 2 {
		_, err := c.Inspect(t.Context()) // notices that a server is down
		must(t, err)
		must(t, c.Find(t.Context(), []refresh.Address{"nobody@source.example"}, func(_ int, x refresh.Finding) {
			if why := x.Err(); why == nil || !strings.Contains(why.Error(), "cannot be read from "+f.DCs[i].TLSAddr) {
				t.Errorf("server %d: %v", i, why)
			}
		}))
		must(t, f.DCs[0].Down())
	}
}
