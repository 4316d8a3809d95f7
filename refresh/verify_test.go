package refresh_test

import (
	"context"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func hits(n int, ids ...refresh.ID) refresh.Evidence { return refresh.Evidence{Hits: &n, HitIDs: ids} }

func TestVerifyIsEvidence(t *testing.T) {
	a, b := box("a", "anna@old.example"), box("b", "bert@old.example", "anna@old.example")
	found := func(f refresh.Finding) findFunc {
		return func(_ context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
			for i := range addrs {
				answer(i, f)
			}
			return nil
		}
	}
	tests := []struct {
		name, reason string
		find         findFunc
		want         refresh.Evidence
	}{
		{"no object", "a complete answer: the address is nobody's", found(refresh.Hits()), hits(0)},
		{"one object", "it may be the one", found(refresh.Hits(a)), hits(1, "a")},
		{"several objects", "a person decides", found(refresh.Hits(a, b)), hits(2, "a", "b")},
		{"one object, twice", "it is still one", found(refresh.Hits(a, a)), hits(1, "a")},
		{"failed", "no evidence, and why", found(refresh.FindFailed(errOutage)), refresh.Evidence{HitsFailure: errOutage.Error()}},
		{"failed without an error", "no answer", found(refresh.FindFailed(nil)), refresh.Evidence{HitsFailure: refresh.ErrNoAnswer.Error()}},
		{"a zero Finding", "the zero Finding is no answer", found(refresh.Finding{}), refresh.Evidence{HitsFailure: refresh.ErrNoAnswer.Error()}},
		{
			"no answer and no error", "never read as no object",
			func(context.Context, []refresh.Address, func(int, refresh.Finding)) error { return nil },
			refresh.Evidence{HitsFailure: refresh.ErrNoAnswer.Error()},
		},
		{
			"the call fails", "every address without an answer has its error",
			func(context.Context, []refresh.Address, func(int, refresh.Finding)) error { return errOutage },
			refresh.Evidence{HitsFailure: errOutage.Error()},
		},
		{
			"an answer for another index", "nobody asked for it",
			func(_ context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
				answer(-1, refresh.Hits(a))
				answer(len(addrs), refresh.Hits(a))
				return nil
			},
			refresh.Evidence{HitsFailure: refresh.ErrNoAnswer.Error()},
		},
		{
			"an object without an ID", "it is an object all the same", found(refresh.Hits(box("", "anna@old.example"))), hits(1),
		},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				c := &script{resolve: answers(lookups{}), find: tt.find}
				j := jobOf(one(side, "1", refresh.Manual, box("", "anna@old.example")))
				r := run(t, j, only(side, c), &refresh.Options{Verify: true})
				same(t, tt.reason, judged{Outcome: refresh.EnteredManually, Evidence: tt.want}, judge(r.Rows[0]))
				same(t, "evidence is never written", j.Matches, apply(t, j, r).Matches)
				same(t, "the run says that it verified", true, r.Run.Verify)
			})
		}
	}
}

func TestVerifyPlanned(t *testing.T) {
	no := 0
	tests := []struct {
		name, reason string
		domains      []refresh.Domain
		primary      refresh.Address
		without      refresh.Capability
		want         refresh.Evidence
	}{
		{"domain accepted", "it can be created", []refresh.Domain{{Name: "new.example"}}, "x@new.example", 0, refresh.Evidence{Hits: &no, DomainAccepted: refresh.Yes}},
		{"domain accepted, other spelling", "domains are folded", []refresh.Domain{{Name: "NEW.example"}}, "x@new.Example", 0, refresh.Evidence{Hits: &no, DomainAccepted: refresh.Yes}},
		{"domain not accepted", "it cannot be created there any more", []refresh.Domain{{Name: "new.example"}}, "x@old.example", 0, refresh.Evidence{Hits: &no, DomainAccepted: refresh.No}},
		{"domains not known", "nothing is said", nil, "x@new.example", 0, refresh.Evidence{Hits: &no}},
		{"the connector cannot find", "the domain is known all the same", []refresh.Domain{{Name: "new.example"}}, "x@new.example", refresh.CanFind, refresh.Evidence{DomainAccepted: refresh.Yes}},
		{"it exists now", "bind it", nil, "anna@new.example", 0, hits(1, memconn.New("fabrikam", nil).Put(refresh.Mailbox{}).ID)},
		{"nothing known at all", "no evidence", nil, "x@new.example", refresh.CanFind, refresh.Evidence{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memconn.New("fabrikam", &memconn.Options{Domains: tt.domains})
			s.Put(box("", "anna@new.example"))
			j := jobOf(one(refresh.Target, "1", refresh.Planned, box("", tt.primary)))
			sides := refresh.Sides{Target: s.Connect(&memconn.ConnOptions{Without: tt.without})}
			r := run(t, j, sides, &refresh.Options{Verify: true})
			same(t, tt.reason, judged{Outcome: refresh.NotCreatedYet, Evidence: tt.want}, judge(r.Rows[0]))
			same(t, "without Verify there is no evidence", judged{Outcome: refresh.NotCreatedYet}, judge(run(t, j, sides, nil).Rows[0]))
		})
	}
}

func TestVerifyAsksOnlyWhatItMust(t *testing.T) {
	s := memconn.New("contoso", nil)
	a := s.Put(box("", "anna@old.example"))
	c := s.Connect(nil)
	j := jobOf(
		one(refresh.Source, "1", refresh.Bound, a),
		one(refresh.Source, "2", refresh.Manual, box("", "m@old.example")),
		one(refresh.Source, "3", refresh.Manual, box("", "m@old.example")),
		one(refresh.Source, "4", refresh.Manual, box("", "unselected@old.example")),
	)
	run(t, j, refresh.Sides{Source: c}, &refresh.Options{Verify: true, Select: refresh.SelectKeys("1", "2", "3")})
	same(t, "each address once, rows with an ID and unselected rows never", []refresh.Address{"m@old.example"}, c.Calls().Found)
	c.ResetCalls()
	run(t, j, refresh.Sides{Source: c}, &refresh.Options{Verify: true, Select: refresh.SelectKeys("1")})
	same(t, "nothing to ask", 0, c.Calls().Find)
}

// Verify must not make a failed side look as if its addresses were nobody's.
func TestVerifyDuringAnOutage(t *testing.T) {
	j := jobOf(one(refresh.Source, "1", refresh.Manual, box("", "m@old.example")))
	tests := []struct {
		name, reason string
		faults       memconn.Faults
		finds        int
	}{
		{"of everything", "the directory was never inspected, so it is not asked", memconn.Faults{Outage: errOutage}, 0},
		{"of the inspection", "it may be another directory than the job's", memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanInspect, Err: errOutage}}}, 0},
		{"of the search", "what could not be looked for is not nobody's", memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanFind, Err: errOutage}}}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := memconn.New("contoso", nil).Connect(&memconn.ConnOptions{Faults: tt.faults})
			r := run(t, j, refresh.Sides{Source: c}, &refresh.Options{Verify: true})
			same(t, tt.reason, tt.finds, c.Calls().Find)
			if e := r.Rows[0].Evidence; e != nil && e.Hits != nil {
				t.Errorf("evidence %+v from a side that could not be asked", e)
			}
			same(t, "it stays what it is", refresh.EnteredManually, r.Rows[0].Outcome)
		})
	}
}

func TestVerifyAfterTheContextEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := &script{resolve: answers(lookups{}), find: func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
		cancel()
		answer(0, refresh.Hits())
		return nil
	}}
	r, err := refresh.Refresh(ctx, jobOf(one(refresh.Source, "1", refresh.Manual, box("", "m@old.example"))), refresh.Sides{Source: c}, &refresh.Options{Verify: true})
	is(t, err, context.Canceled)
	same(t, "a cancelled search proves nothing", refresh.Evidence{HitsFailure: context.Canceled.Error()}, *r.Rows[0].Evidence)
}

func TestLateFindings(t *testing.T) {
	var late func(int, refresh.Finding)
	c := &script{resolve: answers(lookups{}), find: func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
		late = answer
		return nil
	}}
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Manual, box("", "m@old.example"))), refresh.Sides{Source: c}, &refresh.Options{Verify: true})
	late(0, refresh.Hits(anna))
	same(t, "what comes late does not count", refresh.Evidence{HitsFailure: refresh.ErrNoAnswer.Error()}, *r.Rows[0].Evidence)
}
