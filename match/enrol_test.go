package match_test

import (
	"context"
	"errors"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

func enrol(t testing.TB, j refresh.Job, sides refresh.Sides, opts *match.EnrolOptions) *match.Enrolment {
	t.Helper()
	e, err := match.Enrol(t.Context(), j, sides, opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// offerFor is the only offer for a row.
func offerFor(t testing.TB, e *match.Enrolment, key string) match.Offer {
	t.Helper()
	var found []match.Offer
	for _, o := range e.Offers {
		if o.Key == key {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("row %q has %d offers, want one", key, len(found))
	}
	return found[0]
}

// TestEnrolJudges: what a row is offered, by what the directory holds.
func TestEnrolJudges(t *testing.T) {
	type holder = refresh.Mailbox
	ann := holder{ID: "ann", Instance: "ann-box", Login: "ann.login@new.example", Primary: "ann@new.example", Aliases: []refresh.Address{"a.lee@new.example"}}
	tests := []struct {
		name, reason string
		holders      []holder
		row          refresh.Match
		state        match.OfferState
		by           refresh.Address
		use          refresh.Address // after Apply
	}{
		{"primary", "one mailbox has it", []holder{ann}, typed("1", "ann@new.example"), match.Offered, "ann@new.example", ""},
		{"other spelling", "addresses are folded; the address in use needs no spelling of its own", []holder{ann}, typed("1", "ANN@New.example"), match.Offered, "ANN@New.example", ""},
		{"alias", "the operator's address stays in use", []holder{ann}, typed("1", "a.lee@new.example"), match.Offered, "a.lee@new.example", "a.lee@new.example"},
		{"alias, with one in use", "what is set stays", []holder{ann}, func() refresh.Match {
			m := typed("1", "a.lee@new.example")
			m.TargetUse = "Ann@new.example"
			return m
		}(), match.Offered, "a.lee@new.example", "Ann@new.example"},
		{"by the address in use alone", "the entered one is nobody's", []holder{ann}, func() refresh.Match {
			m := typed("1", "gone@new.example")
			m.TargetUse = "a.lee@new.example"
			return m
		}(), match.Offered, "a.lee@new.example", "a.lee@new.example"},
		{"the address in use is another one's", "which of the two is meant is not known", []holder{ann, {ID: "bob", Primary: "bob@new.example"}}, func() refresh.Match {
			m := typed("1", "ann@new.example")
			m.TargetUse = "bob@new.example"
			return m
		}(), match.Several, "ann@new.example", ""},
		{"a login in use", "DOMAIN\\user is no address to look for", []holder{ann}, func() refresh.Match {
			m := typed("1", "ann@new.example")
			m.TargetUse = `NEW\ann`
			return m
		}(), match.Offered, "ann@new.example", `NEW\ann`},
		{"nobody", "the answer is complete and empty", []holder{ann}, typed("1", "bob@new.example"), match.Nobody, "", ""},
		{"two", "a person has to say which", []holder{ann, {ID: "ann2", Primary: "other@new.example", Aliases: []refresh.Address{"ann@new.example"}}}, typed("1", "ann@new.example"), match.Several, "ann@new.example", ""},
		{"mail user", "its mailbox lives elsewhere", []holder{{ID: "x", Kind: refresh.KindMailUser, Primary: "x@new.example"}}, typed("1", "x@new.example"), match.Unfit, "x@new.example", ""},
		{"remote mailbox", "the same", []holder{{ID: "x", Kind: refresh.KindRemote, Primary: "x@new.example"}}, typed("1", "x@new.example"), match.Unfit, "x@new.example", ""},
		{"contact", "it has no mailbox", []holder{{ID: "x", Kind: refresh.KindContact, Primary: "x@new.example"}}, typed("1", "x@new.example"), match.Unfit, "x@new.example", ""},
		{"group", "mail to it goes to many", []holder{{ID: "x", Kind: refresh.KindGroup, Primary: "x@new.example"}}, typed("1", "x@new.example"), match.Unfit, "x@new.example", ""},
		{"a row of a group", "the row says that it is one", []holder{{ID: "x", Kind: refresh.KindGroup, Primary: "x@new.example"}}, func() refresh.Match {
			m := typed("1", "x@new.example")
			m.Target.Kind = refresh.KindGroup
			return m
		}(), match.Offered, "x@new.example", ""},
		{"shared mailbox", "it is a mailbox like any", []holder{{ID: "x", Kind: refresh.KindShared, Primary: "x@new.example"}}, typed("1", "x@new.example"), match.Offered, "x@new.example", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := memconn.New("fabrikam", nil)
			for _, h := range tt.holders {
				sys.Put(h)
			}
			j := jobOf(tt.row)
			e := enrol(t, j, onTarget(sys.Connect(nil)), nil)
			o := offerFor(t, e, "1")
			equal(t, tt.reason, tt.state, o.State)
			equal(t, "by", tt.by, o.By)
			after, err := e.Apply(j, nil)
			if err != nil {
				t.Fatal(err)
			}
			m := rowOf(t, after, "1")
			if tt.state != match.Offered {
				equal(t, "the row stays as it is", j, after)
				if o.Mailbox != nil || o.Reason == "" {
					t.Errorf("offer %+v: want no mailbox, and a reason", o)
				}
				return
			}
			want, _ := sys.Get(m.Target.ID)
			equal(t, "ID, instance and all", want, m.Target)
			equal(t, "it is bound", refresh.Bound, m.TargetOrigin)
			equal(t, "the address in use", tt.use, m.TargetUse)
		})
	}
}

// TestEnrolLogin: an address that is a login only is offered, says so, and stays in use.
func TestEnrolLogin(t *testing.T) {
	sys := memconn.New("fabrikam", nil)
	ann := sys.Put(refresh.Mailbox{Login: "al@new.example", Primary: "ann@new.example"})
	j := jobOf(typed("1", "al@new.example"))
	c := &finder{Connector: sys.Connect(nil), find: func(_ context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
		answer(0, refresh.Hits(ann, ann)) // twice the same object is one
		return nil
	}}
	e := enrol(t, j, onTarget(c), nil)
	if o := offerFor(t, e, "1"); o.State != match.Offered || !o.ByLogin {
		t.Errorf("offer %+v, want one by the login", o)
	}
	after, err := e.Apply(j, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "in use", "al@new.example", string(rowOf(t, after, "1").TargetUse))
}

// TestEnrolDistrustsHits: what a connector says is held to what it shows.
func TestEnrolDistrustsHits(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		hit          refresh.Mailbox
	}{
		{"another address", "a search that finds by parts of a name is no proof", refresh.Mailbox{ID: "x", Primary: "joann@new.example"}},
		{"no ID", "there is nothing to bind to", refresh.Mailbox{Primary: "ann@new.example"}},
		{"not to be stored", "a row must stay valid", refresh.Mailbox{ID: "x", Primary: "ann@new.example", Aliases: []refresh.Address{"no address"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &finder{Connector: memconn.New("fabrikam", nil).Connect(nil), find: func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
				answer(0, refresh.Hits(tt.hit))
				return nil
			}}
			o := offerFor(t, enrol(t, jobOf(typed("1", "ann@new.example")), onTarget(c), nil), "1")
			if o.State != match.Unfit || o.Mailbox != nil || o.Total != 1 {
				t.Errorf("%s: got %+v", tt.reason, o)
			}
		})
	}
}

// TestEnrolOutages: whatever goes wrong, a row without a complete answer is not answered, and never "nobody".
func TestEnrolOutages(t *testing.T) {
	silent := func(_ context.Context, _ []refresh.Address, _ func(int, refresh.Finding)) error { return nil }
	for _, tt := range []struct {
		name, reason string
		opts         memconn.ConnOptions
		find         func(context.Context, []refresh.Address, func(int, refresh.Finding)) error
		states       []match.OfferState // of rows 1 and 2
	}{
		{name: "find fails", reason: "the call was cut before any answer", opts: memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanFind, Err: errDown}}}}},
		{name: "cut after one", reason: "the first answer counts", states: []match.OfferState{match.Offered, match.NotAnswered},
			opts: memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanFind, After: 1, Err: errDown}}}}},
		{name: "silence", reason: "no answer and no error is no answer", find: silent},
		{name: "zero finding", reason: "the zero value is no answer", find: func(_ context.Context, a []refresh.Address, answer func(int, refresh.Finding)) error {
			for i := range a {
				answer(i, refresh.Finding{})
			}
			return nil
		}},
		{name: "answered twice", reason: "one of the two is wrong", find: func(_ context.Context, a []refresh.Address, answer func(int, refresh.Finding)) error {
			for i := range a {
				answer(i, refresh.Hits())
				answer(i, refresh.Hits())
			}
			answer(-1, refresh.Hits())
			answer(99, refresh.Hits())
			return nil
		}},
		{name: "nothing visible", reason: "a reader without rights sees nobody", opts: memconn.ConnOptions{Faults: memconn.Faults{NothingVisible: true}}},
		{name: "part of the directory", reason: "somebody outside may hold it", opts: memconn.ConnOptions{Scope: func(refresh.Mailbox) bool { return false }}},
		{name: "whole server down", reason: "the directory could not be inspected", opts: memconn.ConnOptions{Faults: memconn.Faults{Outage: errDown}}},
		{name: "cannot find", reason: "the system does not search", opts: memconn.ConnOptions{Without: refresh.CanFind}, states: []match.OfferState{match.NotSearchable, match.NotSearchable}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sys := memconn.New("fabrikam", nil)
			sys.Put(refresh.Mailbox{Primary: "ann@new.example"})
			sys.Put(refresh.Mailbox{Primary: "bob@new.example"})
			var c refresh.Connector = sys.Connect(&tt.opts)
			if tt.find != nil {
				c = &finder{Connector: sys.Connect(nil), find: tt.find}
			}
			if tt.states == nil {
				tt.states = []match.OfferState{match.NotAnswered, match.NotAnswered}
			}
			j := jobOf(typed("1", "ann@new.example"), typed("2", "bob@new.example"))
			e := enrol(t, j, onTarget(c), nil)
			for i, want := range tt.states {
				o := e.Offers[i]
				equal(t, tt.reason, want, o.State)
				if want != match.Offered && (o.Reason == "" || o.Mailbox != nil) {
					t.Errorf("offer %+v: want a reason and no mailbox", o)
				}
			}
			if tt.states[0] != match.Offered {
				after, err := e.Apply(j, nil)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "nothing is written", j, after)
			}
		})
	}
}

// TestEnrolLateAnswers: what comes after the call has returned changes nothing.
func TestEnrolLateAnswers(t *testing.T) {
	var late func(int, refresh.Finding)
	c := &finder{Connector: memconn.New("fabrikam", nil).Connect(nil), find: func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
		late = answer
		return nil
	}}
	e := enrol(t, jobOf(typed("1", "ann@new.example")), onTarget(c), nil)
	late(0, refresh.Hits())
	equal(t, "it stays unanswered", match.NotAnswered, e.Offers[0].State)
}

// TestEnrolRivals: two rows for one hit, and a hit that a row has already.
func TestEnrolRivals(t *testing.T) {
	part := func(m refresh.Match, part string) refresh.Match { m.Part = part; return m }
	merged := func(m refresh.Match) refresh.Match { m.Merge = true; return m }
	account := refresh.Match{Key: "2", Target: refresh.Mailbox{ID: "ann"}, TargetOrigin: refresh.Planned}
	for _, tt := range []struct {
		name, reason string
		rows         []refresh.Match
		want         map[string]match.OfferState
		rows1        []string // named in the offer of row 1
	}{
		{"two rows", "one of them is wrong", []refresh.Match{typed("1", "ann@new.example"), typed("2", "a.lee@new.example")},
			map[string]match.OfferState{"1": match.OfferedTwice, "2": match.OfferedTwice}, []string{"2"}},
		{"two parts", "the archive is the same person's", []refresh.Match{typed("1", "ann@new.example"), part(typed("2", "ann@new.example"), "archive")},
			map[string]match.OfferState{"1": match.Offered, "2": match.Offered}, nil},
		{"merged", "several sources go there on purpose", []refresh.Match{merged(typed("1", "ann@new.example")), merged(typed("2", "a.lee@new.example"))},
			map[string]match.OfferState{"1": match.Offered, "2": match.Offered}, nil},
		{"held", "another row has it by its ID", []refresh.Match{typed("1", "ann@new.example"), bound("2", refresh.Mailbox{ID: "ann", Primary: "old@new.example"})},
			map[string]match.OfferState{"1": match.HeldAlready}, []string{"2"}},
		{"held as an account", "a planned target has the account", []refresh.Match{typed("1", "ann@new.example"), account},
			map[string]match.OfferState{"1": match.HeldAlready}, []string{"2"}},
		{"held as another part", "it is the same person's", []refresh.Match{typed("1", "ann@new.example"), part(bound("2", refresh.Mailbox{ID: "ann"}), "archive")},
			map[string]match.OfferState{"1": match.Offered}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sys := memconn.New("fabrikam", nil)
			sys.Put(refresh.Mailbox{ID: "ann", Primary: "ann@new.example", Aliases: []refresh.Address{"a.lee@new.example"}})
			j := jobOf(tt.rows...)
			e := enrol(t, j, onTarget(sys.Connect(nil)), nil)
			got := map[string]match.OfferState{}
			for _, o := range e.Offers {
				got[o.Key] = o.State
			}
			equal(t, tt.reason, tt.want, got)
			equal(t, "the other rows", tt.rows1, offerFor(t, e, "1").Rows)
		})
	}
}

// TestEnrolSource: a merge is of sources into one target, and no excuse for two rows of one source.
func TestEnrolSource(t *testing.T) {
	sys := memconn.New("contoso", nil)
	ann := sys.Put(refresh.Mailbox{Primary: "ann@old.example"})
	row := func(key string, merge bool) refresh.Match {
		return refresh.Match{Key: key, Source: refresh.Mailbox{Primary: "ann@old.example"}, SourceOrigin: refresh.Manual, Merge: merge}
	}
	j := jobOf(row("1", true), row("2", true))
	e := enrol(t, j, refresh.Sides{Source: sys.Connect(nil)}, nil)
	equal(t, "both would be Ann", map[match.OfferState]int{match.OfferedTwice: 2}, e.Counts(refresh.Source))

	j = jobOf(row("1", false))
	after, err := enrol(t, j, refresh.Sides{Source: sys.Connect(nil)}, nil).Apply(j, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "a single one is", ann, rowOf(t, after, "1").Source)
	equal(t, "and its side gets the pin", sys.Pin(), after.Source.Pin)
}

// TestEnrolAsksOnce: one call a side, each distinct address once, and nothing of rows that have an identity or are not selected.
func TestEnrolAsksOnce(t *testing.T) {
	src, dst := memconn.New("contoso", nil), memconn.New("fabrikam", nil)
	both := typed("1", "ann@new.example")
	both.Source, both.SourceOrigin = refresh.Mailbox{Primary: "ann@old.example"}, refresh.Manual
	again, other := typed("2", "ANN@new.example"), typed("3", "carl@new.example")
	again.TargetUse = "bob@new.example"
	planned := refresh.Match{Key: "5", Target: refresh.Mailbox{Primary: "plan@new.example"}, TargetOrigin: refresh.Planned}
	j := jobOf(both, again, other, bound("4", refresh.Mailbox{ID: "x", Primary: "x@new.example"}), planned)
	s, d := src.Connect(nil), dst.Connect(nil)
	var keys []string
	e := enrol(t, j, refresh.Sides{Source: s, Target: d}, &match.EnrolOptions{Select: func(m refresh.Match) bool {
		keys = append(keys, m.Key)
		return m.Key != "3"
	}})
	equal(t, "each row once, in order", []string{"1", "2", "3", "4", "5"}, keys)
	equal(t, "source", []refresh.Address{"ann@old.example"}, s.Calls().Found)
	equal(t, "target", []refresh.Address{"ann@new.example", "bob@new.example"}, d.Calls().Found)
	equal(t, "calls", []int{1, 1}, []int{s.Calls().Find, d.Calls().Find})
	equal(t, "offers", 3, len(e.Offers))
	equal(t, "source before target", []refresh.Side{refresh.Source, refresh.Target, refresh.Target}, []refresh.Side{e.Offers[0].Side, e.Offers[1].Side, e.Offers[2].Side})
}

// TestEnrolRefuses: another directory than the job's, and what else a refresh refuses, before any look-up.
func TestEnrolRefuses(t *testing.T) {
	sys, other := memconn.New("fabrikam", nil), memconn.New("tailspin", nil)
	sys.Put(refresh.Mailbox{Primary: "ann@new.example"})
	j := jobOf(typed("1", "ann@new.example"))
	j.Target.Pin = other.Pin()
	c := sys.Connect(nil)
	_, err := match.Enrol(t.Context(), j, onTarget(c), nil)
	asError[*refresh.WrongDirectoryError](t, err)
	equal(t, "nothing was asked", 0, c.Calls().Find)

	mute := sys.Connect(&memconn.ConnOptions{Without: refresh.CanInspect})
	_, err = match.Enrol(t.Context(), j, onTarget(mute), nil)
	asError[*refresh.PinError](t, err)
	e := enrol(t, j, onTarget(mute), &match.EnrolOptions{SkipPinCheck: true})
	equal(t, "asked for all the same", match.Offered, e.Offers[0].State)

	_, err = match.Enrol(t.Context(), j, onTarget(sys.Connect(&memconn.ConnOptions{Faults: memconn.Faults{RejectCredentials: true}})), nil)
	asError[*refresh.ReconfigureError](t, err)
	_, err = match.Enrol(t.Context(), j, onTarget(sys.Connect(&memconn.ConnOptions{Without: refresh.CanResolve})), nil)
	asError[*refresh.UnsupportedError](t, err)
	_, err = match.Enrol(t.Context(), j, refresh.Sides{}, nil)
	equal(t, "no side", true, errors.Is(err, refresh.ErrNoSide))
	_, err = match.Enrol(t.Context(), refresh.Job{}, onTarget(c), nil)
	asError[*refresh.InvalidError](t, err)

	// A refusal of one side comes before the other one is asked.
	src := memconn.New("contoso", nil).Connect(nil)
	j.Matches[0].Source, j.Matches[0].SourceOrigin = refresh.Mailbox{Primary: "ann@old.example"}, refresh.Manual
	_, err = match.Enrol(t.Context(), j, refresh.Sides{Source: src, Target: c}, nil)
	asError[*refresh.WrongDirectoryError](t, err)
	equal(t, "the source was not asked", 0, src.Calls().Find)
}

// TestEnrolOneSideDown: the other side is enrolled all the same.
func TestEnrolOneSideDown(t *testing.T) {
	src, dst := memconn.New("contoso", nil), memconn.New("fabrikam", nil)
	dst.Put(refresh.Mailbox{Primary: "ann@new.example"})
	m := typed("1", "ann@new.example")
	m.Source, m.SourceOrigin = refresh.Mailbox{Primary: "ann@old.example"}, refresh.Manual
	e := enrol(t, jobOf(m), refresh.Sides{Source: src.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Outage: errDown}}), Target: dst.Connect(nil)}, nil)
	equal(t, "source", match.NotAnswered, e.Offers[0].State)
	equal(t, "target", match.Offered, e.Offers[1].State)
}

// TestEnrolEnds: when the context ends, what is not answered stays that way, and the cause is told.
func TestEnrolEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	c := &finder{Connector: memconn.New("fabrikam", nil).Connect(nil), find: func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
		answer(0, refresh.Hits())
		cancel(errDown)
		answer(1, refresh.Hits())
		return nil
	}}
	e, err := match.Enrol(ctx, jobOf(typed("1", "ann@new.example"), typed("2", "bob@new.example")), onTarget(c), nil)
	if !errors.Is(err, errDown) {
		t.Errorf("got error %v, want the cause", err)
	}
	equal(t, "the first was answered before", match.Nobody, e.Offers[0].State)
	equal(t, "the second after", match.NotAnswered, e.Offers[1].State)
}
