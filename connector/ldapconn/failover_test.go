package ldapconn_test

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/refresh"
)

// balanced opens a connector whose n-th connection, from 1, goes to the server that to returns.
func balanced(t *testing.T, to func(n int) *fake) *ldapconn.Connector {
	t.Helper()
	var n atomic.Int64
	c, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: "ldap.source.example", User: "u", Password: "p"}, &ldapconn.Options{
		InsecureClearText: true, Timeout: 5 * time.Second,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, to(int(n.Add(1))).addr)
		},
	})
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func breaks(int, int64, string, [][]byte) [][]byte { return [][]byte{nil} }

// TestPinBecomesUnreadable: the pin was read, and behind the same name there is now a directory whose pin is not. Its
// answers must not count.
func TestPinBecomesUnreadable(t *testing.T) {
	a := (&fake{entries: append(openLDAPRoot(), mailbox(0), mailbox(1)), answer: breaks}).start(t)
	b := (&fake{entries: append(openLDAPRoot()[:1], mailbox(7))}).start(t)
	c := balanced(t, func(n int) *fake {
		if n > 2 { // after Open and Inspect
			return b
		}
		return a
	})
	job := refresh.NewJob("x")
	for i := range 2 {
		job.Matches = append(job.Matches, refresh.Match{Key: uuidOf(i), SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: refresh.ID(uuidOf(i)), Primary: "x@source.example"}})
	}
	res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, &refresh.Options{ConfirmAfter: -1})
	must(t, err)
	if diff := cmp.Diff(map[refresh.Outcome]int{refresh.LookupFailed: 2}, outcomes(res)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPinBecomesReadable: a right that is granted after Open is welcome, and the pin then learned is demanded.
func TestPinBecomesReadable(t *testing.T) {
	before := (&fake{entries: openLDAPRoot()[:1]}).start(t)
	after := (&fake{entries: append(openLDAPRoot(), mailbox(0))}).start(t)
	other := openLDAPRoot()
	other[1].attrs["entryUUID"] = []string{"88888888-8888-4888-8888-888888888888"}
	elsewhere := (&fake{entries: append(other, mailbox(0))}).start(t)
	servers := []*fake{before, after, after, before, elsewhere, after}
	c := balanced(t, func(n int) *fake { return servers[min(n, len(servers))-1] })
	for i, ok := range []bool{true, true, false, false, true} {
		d, err := c.Inspect(t.Context())
		if (err == nil) != ok || ok && d.Pin == "" {
			t.Errorf("Inspect %d: %+v, %v; want success %v", i, d, err, ok)
		}
	}
}

// TestPinOfIdleSession: a session from before the pin could be read is not used after it was.
func TestPinOfIdleSession(t *testing.T) {
	counted := func(_ int, _ int64, _ string, out [][]byte) [][]byte { return out }
	before := (&fake{entries: append(openLDAPRoot()[:1], mailbox(0)), answer: counted}).start(t)
	after := (&fake{entries: append(openLDAPRoot(), mailbox(0)), answer: counted}).start(t)
	c := balanced(t, func(n int) *fake {
		if n == 1 {
			return before
		}
		return after
	})
	for range c.List(t.Context()) { // on a connection of its own, which learns the pin
	}
	_, err := resolve(t.Context(), t, c, refresh.ID(uuidOf(0)))
	must(t, err)
	if before.searches.Load() != 0 || after.searches.Load() != 2 {
		t.Error("the session without a pin was used")
	}
}

// TestFailover: going on at another domain controller is recorded, in a call and between two.
func TestFailover(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(int, int64, string, [][]byte) [][]byte // of the first server
		stays  int                                         // how many connections go to the first server
		reason string
	}{
		{"in a call", breaks, 3, "the look-up breaks, and so does the next attempt at the first server"},
		{"between calls", func(_ int, _ int64, _ string, out [][]byte) [][]byte { return append(out, nil) }, 2, "the confirmation goes elsewhere"},
	} {
		dc := func(name string) *fake {
			f := adWorld(base)
			f.entries[0].attrs["dnsHostName"] = []string{name}
			f.entries = slices.Insert(f.entries, 1, adUser(nil)) // first, because the fake takes every "and" for an "or"
			return f
		}
		dc1, dc2 := dc("dc1.source.example"), dc("dc2.source.example")
		dc1.answer = tt.answer
		dc1.start(t)
		dc2.start(t)
		c := balanced(t, func(n int) *fake {
			if n > tt.stays {
				return dc2
			}
			return dc1
		})
		job := refresh.NewJob("x")
		for _, id := range []refresh.ID{adID, adGone} {
			job.Matches = append(job.Matches, refresh.Match{Key: string(id), SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: id, Primary: "old@source.example"}})
		}
		res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, &refresh.Options{ConfirmAfter: -1})
		must(t, err)
		want := []refresh.Failover{{From: "dc1.source.example", To: "dc2.source.example"}}
		if diff := cmp.Diff(want, res.Run.Source.Failovers, cmpopts.IgnoreFields(refresh.Failover{}, "At", "Why")); diff != "" {
			t.Errorf("%s, %s: failovers (-want +got):\n%s", tt.name, tt.reason, diff)
		} else if res.Run.Source.Failovers[0].Why == "" { // how the end of a connection shows depends on who is first
			t.Errorf("%s: the failover does not say why", tt.name)
		}
		if r := res.Rows[1]; r.Outcome != refresh.Missing || r.Replica != "dc2.source.example" {
			t.Errorf("%s: %s from %q", tt.name, r.Outcome, r.Replica)
		}
	}
}
