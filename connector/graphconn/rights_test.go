package graphconn_test

import (
	"bytes"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// useEverything calls every ability, and says which worked.
func useEverything(t *testing.T, c *graphconn.Connector, ids []string) map[string]error {
	t.Helper()
	errs := map[string]error{}
	for _, x := range []struct {
		name string
		call resolver
	}{{"resolve", c.Resolve}, {"confirm", c.Confirm}} {
		got, err := lookUp(t, x.call, append(slices.Clone(ids), randomGUID())...)
		for _, l := range got {
			if err == nil {
				err = l.Err()
			}
		}
		errs[x.name] = err
	}
	errs["find"] = c.Find(t.Context(), []refresh.Address{"user0@contoso.example", "nobody@contoso.example"}, func(_ int, f refresh.Finding) {
		if f.Err() != nil {
			errs["finding"] = f.Err()
		}
	})
	errs["find"] = errors.Join(errs["find"], errs["finding"])
	delete(errs, "finding")
	for _, err := range c.List(t.Context()) {
		errs["list"] = errors.Join(errs["list"], err)
	}
	_, errs["inspect"] = c.Inspect(t.Context())
	since, err := c.Mark(t.Context())
	if err == nil {
		_, err = c.Changes(t.Context(), since)
	}
	errs["changes"] = err
	errs["instances"] = c.Instances(t.Context(), []refresh.ID{refresh.ID(ids[0])}, func(_ int, _ refresh.ID, err error) {
		if err != nil {
			errs["instance"] = err
		}
	})
	errs["instances"] = errors.Join(errs["instances"], errs["instance"])
	delete(errs, "instance")
	return errs
}

// TestRights calls every ability with each profile of rights: it works or is forbidden as the table of the package comment says, only the endpoints
// of that table are called, and nothing is ever written.
func TestRights(t *testing.T) {
	const all = "changes confirm find inspect instances list resolve"
	for _, tt := range []struct {
		name, reason string
		rights       []graphtest.Right
		works        string
		calls        []graphtest.Endpoint
	}{
		{"User.Read.All", "everything but the pin", usersOnly, "changes confirm find instances list resolve",
			[]graphtest.Endpoint{graphtest.GetByIDs, graphtest.Batch, graphtest.Users, graphtest.OneUser, graphtest.DeletedItem, graphtest.Exchange, graphtest.Delta, graphtest.Organization}},
		{"and Organization.Read.All", "the pin, too", []graphtest.Right{graphtest.UserReadAll, graphtest.OrganizationReadAll}, all,
			[]graphtest.Endpoint{graphtest.GetByIDs, graphtest.Batch, graphtest.Users, graphtest.OneUser, graphtest.DeletedItem, graphtest.Exchange, graphtest.Delta, graphtest.Organization}},
		{"and Directory.Read.All", "1000 IDs in a request, and direct reads of any object", everyRight, all,
			[]graphtest.Endpoint{graphtest.GetByIDs, graphtest.Batch, graphtest.Users, graphtest.OneObject, graphtest.DeletedItem, graphtest.Exchange, graphtest.Delta, graphtest.Organization}},
		{"none", "nothing is visible, and nothing is absent", nil, "",
			[]graphtest.Endpoint{graphtest.GetByIDs, graphtest.Batch, graphtest.Users, graphtest.OneUser, graphtest.DeletedItem, graphtest.Exchange, graphtest.Delta, graphtest.Organization}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graphtest.Start(t, nil)
			ids := people(s, 40)
			errs := useEverything(t, connect(t, s, nil, tt.rights...), ids)
			for name, err := range errs {
				works := strings.Contains(" "+tt.works+" ", " "+name+" ")
				if works != (err == nil) {
					t.Errorf("%s: %s: %v", tt.reason, name, err)
				}
				if err != nil && !errors.Is(err, refresh.ErrForbidden) && !errors.Is(err, refresh.ErrNotVisible) {
					t.Errorf("%s: %s failed with %v, want a lack of rights", tt.reason, name, err)
				}
			}
			k := s.Counters()
			called := map[graphtest.Endpoint]bool{}
			for _, m := range []map[graphtest.Endpoint]int{k.ByEndpoint, k.PartsOf} {
				for e := range maps.Keys(m) {
					if called[e] = true; !slices.Contains(tt.calls, e) {
						t.Errorf("%s: %s was called", tt.reason, e)
					}
				}
			}
			for _, e := range tt.calls {
				if !called[e] {
					t.Errorf("%s: %s was not called", tt.reason, e)
				}
			}
			if len(k.Writes) > 0 || len(k.Foreign) > 0 {
				t.Errorf("it wrote %v, and went to %v", k.Writes, k.Foreign)
			}
		})
	}
}

// TestFallBack refuses getByIds: it is asked no more, and that is said once.
func TestFallBack(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 2500)
	var log bytes.Buffer
	opts := quick()
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil)) // at Info and above
	c := connect(t, s, opts, usersOnly...)
	for round := range 3 {
		got, err := lookUp(t, c.Resolve, ids...)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range got {
			if _, ok := l.Mailbox(); !ok {
				t.Fatalf("round %d, user %d: %s: %v", round, i, describe(l), l.Err())
			}
		}
	}
	k := s.Counters()
	if n := k.ByEndpoint[graphtest.GetByIDs]; n < 1 || n > 3 {
		t.Errorf("getByIds was asked %d times, want at most once for each of 3 requests in flight", n)
	}
	if n, want := k.PartsOf[graphtest.Users], 3*167; n != want {
		t.Errorf("%d filters, want %d", n, want)
	}
	if n, want := k.ByEndpoint[graphtest.Batch], 3*9; n != want {
		t.Errorf("%d batches, want %d", n, want)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || strings.Contains(log.String(), "@") || strings.Contains(log.String(), "token") {
		t.Errorf("logged:\n%s", log.String())
	}
}

// TestFallBackIsGraphs has a proxy refuse getByIds: that says nothing of rights.
func TestFallBackIsGraphs(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 1)
	c := connect(t, s, nil, everyRight...)
	s.Fault(func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Status: 403, HTML: true} })
	got, err := lookUp(t, c.Resolve, ids...)
	expect(t, "a proxy refuses", got, err, "failed: forbidden")
	s.Fault(nil)
	s.ResetCounters()
	got, err = lookUp(t, c.Resolve, ids...)
	expect(t, "the proxy is out of the way", got, err, "found user0@contoso.example")
	if k := s.Counters(); k.ByEndpoint[graphtest.GetByIDs] != 1 || k.Requests != 1 {
		t.Errorf("asked %v, want one getByIds", k.ByEndpoint)
	}
}

// TestLackNamesPermission: whoever reads the error knows what to grant.
func TestLackNamesPermission(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 1)
	for name, err := range useEverything(t, connect(t, s, nil), ids) {
		want := "permission User.Read.All"
		if name == "inspect" {
			want = "permission Organization.Read.All"
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want the %s", name, err, want)
		}
	}
	s.Fault(func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Status: 403, HTML: true} })
	if _, err := connect(t, s, nil).Inspect(t.Context()); err == nil || strings.Contains(err.Error(), ".Read.All") {
		t.Errorf("a proxy refuses: %v", err)
	}
}
