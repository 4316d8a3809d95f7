package graphconn_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// What the fault matrix found, each once more by itself.

// onceAt strikes the first n requests, or parts, at an endpoint.
func onceAt(at graphtest.Endpoint, n int, f graphtest.Fault) func(*graphtest.Request) *graphtest.Fault {
	var seen atomic.Int64
	return func(r *graphtest.Request) *graphtest.Fault {
		if r.Endpoint != at || seen.Add(1) > int64(n) {
			return nil
		}
		return &f
	}
}

// patient are options under which a bubble waits as hosts do.
func patient() *graphconn.Options { return &graphconn.Options{} }

// TestDoubt: answers that say less than they seem to.
func TestDoubt(t *testing.T) {
	replace := func(old, with string) graphtest.Fault {
		return rewritten(func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(with), 1) })
	}
	for _, tt := range []struct {
		name, reason string
		rights       []graphtest.Right
		fault        func(*graphtest.Request) *graphtest.Fault
		want         []string // of a living user, a deleted one, and an unknown one
	}{
		{"addresses are null", "they are empty where there are none, and null where they may not be read", everyRight,
			onceAt(graphtest.GetByIDs, 1, replace(`"proxyAddresses":["`, `"proxyAddresses":null,"x":["`)),
			[]string{"failed: not visible", "soft-deleted by tombstone", "gone by direct-read"}},
		{"a part without status", "it is asked again", everyRight,
			onceAt(graphtest.Batch, 1, rewritten(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"status":`), []byte(`"x":`)) })),
			[]string{"found user0@contoso.example", "soft-deleted by tombstone", "gone by direct-read"}},
		{"a refusal that is cut short", "whether Graph refused is not known, so it is asked again", usersOnly,
			onceAt(graphtest.GetByIDs, 1, graphtest.Fault{Status: 403, Cut: 40}),
			[]string{"found user0@contoso.example", "soft-deleted by tombstone", "gone by direct-read"}},
		{"a refusal that is no JSON", "the same", usersOnly,
			onceAt(graphtest.GetByIDs, 1, graphtest.Fault{Status: 403, Body: []byte(`{"error":{"code":"Authoriz`)}),
			[]string{"found user0@contoso.example", "soft-deleted by tombstone", "gone by direct-read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := graphtest.Start(t, nil)
				ids := people(s, 2)
				s.Delete(ids[1])
				s.Fault(tt.fault)
				c := connect(t, s, patient(), tt.rights...)
				got, err := lookUp(t, c.Resolve, ids[0], ids[1], randomGUID())
				expect(t, tt.reason, got, err, tt.want...)
			})
		})
	}
}

// TestDeletedListCutShort: a list of deleted users that ends too early, or is not there at all, is not believed in what it lacks.
func TestDeletedListCutShort(t *testing.T) {
	for _, f := range []graphtest.Fault{
		rewritten(func([]byte) []byte { return []byte(`{"value":[]}`) }),
		rewritten(func(b []byte) []byte { return bytes.Replace(b, []byte(`"@odata.nextLink"`), []byte(`"x"`), 1) }),
		{Status: 400, Code: "Request_BadRequest"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := graphtest.Start(t, &graphtest.Options{Page: 100})
			ids := people(s, 600)
			for _, id := range ids {
				s.Delete(id)
			}
			s.Fault(onceAt(graphtest.DeletedUsers, 1000, f))
			got, err := lookUp(t, connect(t, s, patient(), everyRight...).Resolve, ids...)
			must(t, err)
			for _, l := range got {
				if d := describe(l); d != "soft-deleted by tombstone" {
					t.Fatalf("a deleted user is %s: %v", d, l.Err())
				}
			}
		})
	}
}

// TestEndlessPages: pages that repeat themselves under ever new links end.
func TestEndlessPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, nil)
		people(s, 3)
		n := 0
		s.Fault(func(r *graphtest.Request) *graphtest.Fault {
			n++
			if n > 5000 {
				return &graphtest.Fault{Status: 400}
			}
			f := rewritten(func(b []byte) []byte {
				return fmt.Appendf(bytes.TrimSuffix(b, []byte("}")), `,"@odata.nextLink":"https://%s/v1.0/users?%s&n=%d"}`, graphtest.Host, r.Query.Encode(), n)
			})
			return &f
		})
		listed := 0
		var last error
		for _, err := range connect(t, s, patient(), everyRight...).List(t.Context()) {
			if last = err; err == nil {
				listed++
			}
		}
		if listed != 3 || last == nil || !strings.Contains(last.Error(), "no end") {
			t.Errorf("listed %d, then %v", listed, last)
		}
	})
}

// TestValueTwice: of two members with one name JSON does not say which one counts. The page is asked for again.
func TestValueTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, nil)
		people(s, 3)
		s.Fault(onceAt(graphtest.Users, 1, rewritten(func(b []byte) []byte { return append(bytes.TrimSuffix(b, []byte("}")), `,"value":[]}`...) })))
		n := 0
		for _, err := range connect(t, s, patient(), everyRight...).List(t.Context()) {
			must(t, err)
			n++
		}
		if n != 3 {
			t.Errorf("listed %d of 3", n)
		}
	})
}

// TestGateNamesTheRequest: a request that is not sent because of a refusal of another one says which that was.
func TestGateNamesTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, nil)
		ids := people(s, 1)
		c := connect(t, s, patient(), everyRight...)
		s.Fault(func(*graphtest.Request) *graphtest.Fault {
			return &graphtest.Fault{Status: 429, Header: header("Retry-After", "3600")}
		})
		_, first := c.Inspect(t.Context())
		got, _ := lookUp(t, c.Resolve, ids...)
		a, ok := errors.AsType[*graphconn.Error](first)
		b, ok2 := errors.AsType[*graphconn.Error](got[0].Err())
		if !ok || !ok2 || a.RequestID == "" || a.RequestID != b.RequestID || a.ClientRequestID != b.ClientRequestID || b.Code != "TooManyRequests" || b.Op != "getByIds" {
			t.Errorf("%v, then %v", first, got[0].Err())
		}
		if k := s.Counters(); k.Requests != 1 {
			t.Errorf("%d requests", k.Requests)
		}
	})
}

// TestTenantOutOfReach: where it is not known which tenant this is because of an outage, the error says so and asks for no permission.
func TestTenantOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, nil)
		s.Fault(onceAt(graphtest.Organization, 1000, graphtest.Fault{Status: 503}))
		got, err := lookUp(t, connect(t, s, patient(), everyRight...).Resolve, randomGUID())
		must(t, err)
		e, ok := errors.AsType[*graphconn.Error](got[0].Err())
		if text := fmt.Sprint(got[0].Err()); !ok || e.Status != 503 || !errors.Is(got[0].Err(), refresh.ErrNotVisible) || strings.Contains(text, "grant") {
			t.Errorf("%s: %s", describe(got[0]), text)
		}
	})
}

// TestGroupIsNotGone: a row that is about a group is never missing while the group is there, whatever may be asked.
func TestGroupIsNotGone(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		rights       []graphtest.Right
		groups       bool
		stored       refresh.Mailbox
		want         refresh.Outcome
		cause        refresh.Cause
		says         string
	}{
		{"with all rights", "it is read as what it is", everyRight, false, refresh.Mailbox{}, refresh.LookupFailed, refresh.CauseOutOfScope, "Options.Groups"},
		{"with all rights and Groups", "it is read", everyRight, true, refresh.Mailbox{}, refresh.NotChanged, 0, ""},
		{"users only", "no user has the ID, which says nothing of groups", usersOnly, false, refresh.Mailbox{}, refresh.LookupFailed, refresh.CauseOutOfScope, "grant the right to read groups"},
		{"users only, a group by its kind", "the same", usersOnly, false, refresh.Mailbox{Kind: refresh.KindGroup, Login: "x"}, refresh.LookupFailed, refresh.CauseOutOfScope, "grant the right to read groups"},
		{"users only and Groups", "groups may not be read", usersOnly, true, refresh.Mailbox{}, refresh.LookupFailed, refresh.CauseFailed, "GroupMember.Read.All"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graphtest.Start(t, nil)
			ids := people(s, 2)
			g := s.PutGroup(graphtest.Group{DisplayName: "Sales", Mail: "sales@contoso.example", Proxies: []string{"SMTP:sales@contoso.example"}})
			job := jobOf(s, ids)
			m := tt.stored
			m.ID, m.Primary, m.DisplayName = refresh.ID(g.ID), "sales@contoso.example", "Sales"
			if tt.want == refresh.NotChanged {
				m.Kind = refresh.KindGroup
			}
			job.Matches = append(job.Matches, refresh.Match{Key: "group", SourceOrigin: refresh.Bound, Source: m})
			s.Purge(ids[1])
			opts := quick()
			opts.Groups, opts.Patience = tt.groups, time.Second
			want := map[refresh.Outcome]int{refresh.NotChanged: 1, refresh.Missing: 1}
			if tt.groups && tt.cause == refresh.CauseFailed {
				want = map[refresh.Outcome]int{refresh.NotChanged: 1, refresh.LookupFailed: 1} // whether it is a group may not be asked
			}
			want[tt.want]++
			res := run(t, job, connect(t, s, opts, tt.rights...), nil, want)
			if row := res.Rows[2]; row.Outcome != tt.want || row.Cause != tt.cause || !strings.Contains(row.Failure, tt.says) {
				t.Errorf("%s: %s, %s: %s", tt.reason, row.Outcome, row.Cause, row.Failure)
			}
		})
	}
}

// TestErrorOfAProxy: an error says that it was not Graph who refused, and an outage says what failed, once.
func TestErrorOfAProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, nil)
		c := connect(t, s, patient(), everyRight...)
		s.Fault(func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Status: 502, HTML: true} })
		unasked := false
		for n := range 3 {
			_, err := c.Inspect(t.Context())
			text, outage := strings.CutPrefix(fmt.Sprint(err), "graphconn: organization: not asked, because nothing was answered for ")
			switch {
			case n > 0 && outage && strings.Contains(text, ": organization: HTTP status 502, not from Graph itself") && !strings.Contains(text, "graphconn"):
				unasked = true // the others find out whether it is back
			case !strings.HasPrefix(text, "graphconn: organization: HTTP status 502, not from Graph itself but from something on the way, such as a proxy (client-request-id "):
				t.Errorf("%v", err)
			}
		}
		if !unasked {
			t.Error("each request was made in spite of the outage")
		}
	})
}
