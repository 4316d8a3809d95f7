package refresh_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

// scanned gathers what Rescan yields, in order.
type scanned struct {
	Key   string
	State refresh.ReadyState
	Why   []string
}

func rescan(r *refresh.Result, j refresh.Job) []scanned {
	var out []scanned
	for m, ready := range r.Rescan(j) {
		out = append(out, scanned{m.Key, ready.State, ready.Why})
	}
	return out
}

// outcomeRow makes a row of one side with an outcome and what belongs to it.
func outcomeRow(key string, s refresh.Side, o refresh.Outcome, change ...func(*refresh.Row)) refresh.Row {
	r := refresh.Row{Key: key, Side: s, Outcome: o, Origin: refresh.Bound, Before: refresh.Mailbox{ID: "x"}}
	switch o {
	case refresh.Missing:
		r.Reasons = refresh.ReasonsOf(refresh.ReasonGone)
	case refresh.LookupFailed:
		r.Cause = refresh.CauseNotVisible
	}
	for _, f := range change {
		f(&r)
	}
	return r
}

func twoRows(source, target refresh.Row) *refresh.Result {
	return &refresh.Result{Rows: []refresh.Row{source, target}}
}

var rowOne = jobOf(pair("1", box("s", ""), box("t", "")))

func TestRescanOutcomes(t *testing.T) {
	reason := func(r refresh.Reason) func(*refresh.Row) {
		return func(row *refresh.Row) { row.Reasons = refresh.ReasonsOf(r) }
	}
	account := func(a refresh.AccountState) func(*refresh.Row) {
		return func(row *refresh.Row) { row.Evidence = &refresh.Evidence{Account: a} }
	}
	for _, c := range []struct {
		name, why string
		row       func(s refresh.Side) refresh.Row
		state     refresh.ReadyState
		says      string
	}{
		{"refreshed", "its addresses are right now", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, refresh.Refreshed) }, refresh.Ready, ""},
		{"not changed", "its addresses are right", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, refresh.NotChanged) }, refresh.Ready, ""},
		{"gone", "there is nothing to migrate", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, refresh.Missing) }, refresh.Blocked, "missing: gone"},
		{"soft-deleted", "there is nothing to migrate", func(s refresh.Side) refresh.Row {
			return outcomeRow("1", s, refresh.Missing, reason(refresh.ReasonSoftDeleted))
		}, refresh.Blocked, "missing: soft-deleted"},
		{"no mailbox", "the account alone is none", func(s refresh.Side) refresh.Row {
			return outcomeRow("1", s, refresh.Missing, reason(refresh.ReasonNoMailbox))
		}, refresh.Blocked, "missing: no-mailbox"},
		{"moved", "it lives elsewhere", func(s refresh.Side) refresh.Row {
			return outcomeRow("1", s, refresh.Missing, reason(refresh.ReasonMoved))
		}, refresh.Blocked, "missing: moved"},
		{"replaced", "a delta pass into another mailbox is wrong", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, refresh.Replaced) }, refresh.Blocked, "replaced: the account has another mailbox"},
		{"unmatched", "there is no target", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, refresh.Unmatched) }, refresh.Blocked, "unmatched: there is no target"},
		{"manual", "nobody looked", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, refresh.EnteredManually) }, refresh.Unverified, "entered manually"},
		{"planned", "it may be there by now", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, refresh.NotCreatedYet) }, refresh.Unverified, "not created yet"},
		{"planned, account there", "it may be there by now", func(s refresh.Side) refresh.Row {
			return outcomeRow("1", s, refresh.NotCreatedYet, account(refresh.AccountThere))
		}, refresh.Unverified, "not created yet"},
		{"planned, exists now", "it is to be bound first", func(s refresh.Side) refresh.Row {
			return outcomeRow("1", s, refresh.NotCreatedYet, account(refresh.AccountExistsNow))
		}, refresh.Unverified, "not created yet"},
		{"planned, account gone", "nothing will be created for it", func(s refresh.Side) refresh.Row {
			return outcomeRow("1", s, refresh.NotCreatedYet, account(refresh.AccountGone))
		}, refresh.Blocked, "not created yet, and its account is gone"},
		{"failed", "nothing is known", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, refresh.LookupFailed) }, refresh.Unverified, "look-up failed: not-visible"},
		{"no outcome", "a row that says nothing proves nothing", func(s refresh.Side) refresh.Row { return outcomeRow("1", s, 0) }, refresh.Unverified, "look-up failed: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, s := range bothSides {
				want := scanned{"1", c.state, nil}
				if c.says != "" {
					want.Why = []string{s.String() + " " + c.says}
				}
				same(t, c.why, []scanned{want}, rescan(&refresh.Result{Rows: []refresh.Row{c.row(s)}}, rowOne))
			}
		})
	}
}

// TestRescanWorstSideCounts: of two sides the worse one decides, and both say why.
func TestRescanWorstSideCounts(t *testing.T) {
	for _, source := range refresh.Outcomes() {
		for _, target := range refresh.Outcomes() {
			one := rescan(&refresh.Result{Rows: []refresh.Row{outcomeRow("1", refresh.Source, source)}}, rowOne)[0]
			two := rescan(&refresh.Result{Rows: []refresh.Row{outcomeRow("1", refresh.Target, target)}}, rowOne)[0]
			got := rescan(twoRows(outcomeRow("1", refresh.Source, source), outcomeRow("1", refresh.Target, target)), rowOne)
			want := []scanned{{"1", max(one.State, two.State), append(one.Why, two.Why...)}}
			same(t, source.String()+" and "+target.String(), want, got)
		}
	}
}

// TestRescanSideNotAsked: a side that the run did not ask is judged by what the job knows of it.
func TestRescanSideNotAsked(t *testing.T) {
	for _, c := range []struct {
		name, why string
		change    func(*refresh.Match)
		state     refresh.ReadyState
		says      []string
	}{
		{"bound", "nothing is known against it", func(*refresh.Match) {}, refresh.Ready, nil},
		{"marked", "it was missing when it was last looked up", func(m *refresh.Match) {
			m.TargetMark = &refresh.Mark{Reason: refresh.ReasonSoftDeleted, FirstSeen: day(1, 0), LastSeen: day(1, 0)}
		}, refresh.Blocked, []string{"target missing when it was last looked up: soft-deleted"}},
		{"none", "there is no target", func(m *refresh.Match) { m.TargetOrigin, m.Target = refresh.None, refresh.Mailbox{} }, refresh.Blocked, []string{"target unmatched: there is no target"}},
		{"manual", "nobody ever looked", func(m *refresh.Match) { m.TargetOrigin, m.Target = refresh.Manual, box("", "a@b.example") }, refresh.Unverified, []string{"target entered manually"}},
		{"planned", "it may be there by now", func(m *refresh.Match) { m.TargetOrigin = refresh.Planned }, refresh.Unverified, []string{"target not created yet"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := pair("1", box("s", ""), box("t", ""))
			c.change(&m)
			r := &refresh.Result{Rows: []refresh.Row{outcomeRow("1", refresh.Source, refresh.Refreshed)}}
			same(t, c.why, []scanned{{"1", c.state, c.says}}, rescan(r, jobOf(m)))
		})
	}
	m := pair("1", box("s", ""), box("t", ""))
	m.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day(1, 0), LastSeen: day(1, 0)}
	r := &refresh.Result{Rows: []refresh.Row{outcomeRow("1", refresh.Target, refresh.LookupFailed)}}
	same(t, "the asked side comes first", []scanned{{"1", refresh.Blocked, []string{"target look-up failed: not-visible", "source missing when it was last looked up: gone"}}}, rescan(r, jobOf(m)))
}

func TestRescanConflicts(t *testing.T) {
	j := jobOf(pair("1", box("s1", ""), box("t1", "")), pair("2", box("s2", ""), box("t2", "")), pair("3", box("s3", ""), box("t3", "")))
	members := func(outcomes ...refresh.Outcome) []refresh.Member {
		var out []refresh.Member
		for i, o := range outcomes {
			out = append(out, refresh.Member{Key: string(rune('1' + i)), Outcome: o})
		}
		return out
	}
	const ok, gone, none = refresh.NotChanged, refresh.Missing, refresh.Outcome(0)
	for _, c := range []struct {
		name, why string
		conflict  refresh.Conflict
		rows      []refresh.Outcome // of row 1, 2, …, on the target
		want      []scanned
	}{
		{"new", "two mailboxes would hold one address", refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Target, Members: members(ok, ok)}, []refresh.Outcome{ok, ok, ok},
			[]scanned{{"1", refresh.Blocked, []string{"target conflict: shared-address"}}, {"2", refresh.Blocked, []string{"target conflict: shared-address"}}, {"3", refresh.Ready, nil}}},
		{"existing", "it is no better for being old", refresh.Conflict{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, Side: refresh.Target, Members: members(ok, ok)}, []refresh.Outcome{ok, ok},
			[]scanned{{"1", refresh.Blocked, []string{"target conflict: shared-target"}}, {"2", refresh.Blocked, []string{"target conflict: shared-target"}}}},
		{"resolved", "Apply ended it", refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictResolved, Side: refresh.Target, Members: members(ok, ok)}, []refresh.Outcome{ok, ok},
			[]scanned{{"1", refresh.Ready, nil}, {"2", refresh.Ready, nil}}},
		{"the other is missing", "a mailbox that is not there disputes nothing", refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictExisting, Side: refresh.Target, Members: members(ok, gone)}, []refresh.Outcome{ok, gone},
			[]scanned{{"1", refresh.Ready, nil}, {"2", refresh.Blocked, []string{"target missing: gone"}}}},
		{"both are missing", "nor do two", refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictExisting, Side: refresh.Target, Members: members(gone, gone)}, []refresh.Outcome{gone, gone},
			[]scanned{{"1", refresh.Blocked, []string{"target missing: gone"}}, {"2", refresh.Blocked, []string{"target missing: gone"}}}},
		{"one of three is missing", "two are left", refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictExisting, Side: refresh.Target, Members: members(ok, ok, gone)}, []refresh.Outcome{ok, ok},
			[]scanned{{"1", refresh.Blocked, []string{"target conflict: shared-address"}}, {"2", refresh.Blocked, []string{"target conflict: shared-address"}}}},
		{"the other was not looked up", "its stored address counts", refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Target, Members: members(ok, none)}, []refresh.Outcome{ok},
			[]scanned{{"1", refresh.Blocked, []string{"target conflict: shared-address"}}}},
		{"the other's look-up failed", "it may well be there", refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Target, Members: members(ok, refresh.LookupFailed)}, []refresh.Outcome{ok, refresh.LookupFailed},
			[]scanned{{"1", refresh.Blocked, []string{"target conflict: shared-address"}}, {"2", refresh.Blocked, []string{"target look-up failed: not-visible", "target conflict: shared-address"}}}},
		{"the other is no longer in the job", "the host pruned or removed it", refresh.Conflict{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, Side: refresh.Target, Members: []refresh.Member{{Key: "1", Outcome: ok}, {Key: "pruned", Outcome: ok}}}, []refresh.Outcome{ok},
			[]scanned{{"1", refresh.Ready, nil}}},
		{"on the other side", "only the asked sides are judged", refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Source, Members: members(none, none)}, []refresh.Outcome{ok, ok},
			[]scanned{{"1", refresh.Ready, nil}, {"2", refresh.Ready, nil}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &refresh.Result{Conflicts: []refresh.Conflict{c.conflict}}
			for i, o := range c.rows {
				r.Rows = append(r.Rows, outcomeRow(string(rune('1'+i)), refresh.Target, o))
			}
			same(t, c.why, c.want, rescan(r, j))
		})
	}
}

func TestRescanAddressInUse(t *testing.T) {
	const use = "Ann@old.example"
	held, lost := box("x", "a@new.example", "ann@OLD.example"), box("x", "a@new.example")
	login := refresh.Mailbox{ID: "x", Login: "ANN@old.example"}
	with := func(o refresh.Outcome, before refresh.Mailbox, after *refresh.Mailbox, former *refresh.Mailbox) refresh.Row {
		r := outcomeRow("1", refresh.Source, o)
		r.Use, r.Before, r.After = use, before, after
		if former != nil {
			r.PreviousBefore = &refresh.Previous{Mailbox: *former}
		}
		return r
	}
	const gone, unknown = "source address in use lost", "source address in use unknown: the mailbox does not list it"
	for _, c := range []struct {
		name, why string
		row       refresh.Row
		state     refresh.ReadyState
		says      []string
	}{
		{"kept", "it is an alias before and after", with(refresh.Refreshed, held, &held, nil), refresh.Ready, nil},
		{"lost now", "migrating with it will fail", with(refresh.Refreshed, held, &lost, nil), refresh.Blocked, []string{gone}},
		{"login lost now", "a login is an address in use too", with(refresh.Refreshed, login, &lost, nil), refresh.Blocked, []string{gone}},
		{"became the login", "it still works", with(refresh.Refreshed, held, &login, nil), refresh.Ready, nil},
		{"gained now", "it works from now on", with(refresh.Refreshed, lost, &held, nil), refresh.Ready, nil},
		{"lost in the run before", "the second run must not say ready", with(refresh.NotChanged, lost, nil, &held), refresh.Blocked, []string{gone}},
		{"lost earlier, more changes now", "the former value remembers it", with(refresh.Refreshed, lost, &refresh.Mailbox{ID: "x"}, &held), refresh.Blocked, []string{gone}},
		{"held now, not formerly", "the former value does not count against it", with(refresh.NotChanged, held, nil, &lost), refresh.Ready, nil},
		{"never listed", "it may work all the same, nobody knows", with(refresh.NotChanged, lost, nil, nil), refresh.Unverified, []string{unknown}},
		{"never listed, refreshed", "it may work all the same, nobody knows", with(refresh.Refreshed, lost, &refresh.Mailbox{ID: "x"}, &lost), refresh.Unverified, []string{unknown}},
		{"planned, lost", "the account that will get the mailbox lost it", with(refresh.NotCreatedYet, held, &lost, nil), refresh.Blocked, []string{"source not created yet", gone}},
		{"planned, never listed", "a planned mailbox lists little", with(refresh.NotCreatedYet, lost, nil, nil), refresh.Unverified, []string{"source not created yet"}},
		{"missing", "one reason is enough", with(refresh.Missing, lost, nil, &held), refresh.Blocked, []string{"source missing: gone"}},
		{"failed", "nothing is known", with(refresh.LookupFailed, lost, nil, &held), refresh.Unverified, []string{"source look-up failed: not-visible"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			same(t, c.why, []scanned{{"1", c.state, c.says}}, rescan(&refresh.Result{Rows: []refresh.Row{c.row}}, rowOne))
			same(t, "UseLost says the same", slices.Contains(c.says, gone), c.row.UseLost())
		})
	}
}

// TestRescanLostUseAfterApply runs the case whole: the address in use is lost, the loss is applied, and the next run
// finds nothing to change.
func TestRescanLostUseAfterApply(t *testing.T) {
	source := &script{system: "test", resolve: answers(lookups{"s": refresh.Found(box("s", "ann@new.example"))})}
	m := pair("1", box("s", "ann@old.example"), box("t", ""))
	m.SourceUse = "ann@old.example"
	j := jobOf(m)
	for _, outcome := range []refresh.Outcome{refresh.Refreshed, refresh.NotChanged, refresh.NotChanged} {
		r := run(t, j, refresh.Sides{Source: source}, withoutPause)
		same(t, "outcome", outcome, r.Rows[0].Outcome)
		j = apply(t, j, r)
		same(t, "run", []scanned{{"1", refresh.Blocked, []string{"source address in use lost"}}}, rescan(r, j))
	}
}

// TestRescanFollowsTheJob: rows come in the order of the job, as the job holds them, and only those that were looked at.
func TestRescanFollowsTheJob(t *testing.T) {
	r := &refresh.Result{Rows: []refresh.Row{
		outcomeRow("1", refresh.Source, refresh.Refreshed), outcomeRow("2", refresh.Source, refresh.Missing), outcomeRow("3", refresh.Source, refresh.NotChanged), outcomeRow("3", refresh.Target, refresh.Unmatched),
	}}
	now := pair("1", box("s1", "ann@new.example"), box("t1", ""))
	j := jobOf(pair("3", box("s3", ""), box("t3", "")), pair("unselected", box("s4", ""), box("t4", "")), now, pair("new", box("s5", ""), box("t5", "")))
	same(t, "row 2 was pruned, two rows were not looked at", []scanned{
		{"3", refresh.Blocked, []string{"target unmatched: there is no target"}}, {"1", refresh.Ready, nil},
	}, rescan(r, j))
	for m, ready := range r.Rescan(j) {
		if m.Key == "1" {
			same(t, "the match is the job's", now, m)
			same(t, "and ready", refresh.Readiness{State: refresh.Ready}, ready, cmpopts.EquateEmpty())
		}
	}
	n := 0
	for range r.Rescan(j) {
		n++
		break
	}
	same(t, "the loop may stop", 1, n)
	same(t, "nothing of an empty job", 0, len(rescan(r, refresh.Job{})))
	same(t, "nothing of an empty result", 0, len(rescan(&refresh.Result{}, j)))
}

// TestRescanNeverReadyWithoutAnAnswer: whatever a result holds, a row is ready only when every side that was asked
// found its mailbox, and each row of the job that was looked at is yielded once.
func TestRescanNeverReadyWithoutAnAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := results.Draw(t, "result")
		outcomes := map[string][]refresh.Outcome{}
		j := refresh.Job{ID: "J"}
		for _, row := range r.Rows {
			if outcomes[row.Key] == nil {
				j.Matches = append(j.Matches, refresh.Match{Key: row.Key})
			}
			outcomes[row.Key] = append(outcomes[row.Key], row.Outcome)
		}
		got := rescan(r, j)
		if len(got) != len(j.Matches) {
			t.Fatalf("%d rows yielded, %d looked at", len(got), len(j.Matches))
		}
		for i, s := range got {
			if s.Key != j.Matches[i].Key {
				t.Fatalf("row %q at %d", s.Key, i)
			}
			worst := refresh.Ready
			for _, o := range outcomes[s.Key] {
				switch o {
				case refresh.Missing, refresh.Replaced, refresh.Unmatched:
					worst = refresh.Blocked
				case refresh.EnteredManually, refresh.NotCreatedYet, refresh.LookupFailed:
					worst = max(worst, refresh.Unverified)
				}
			}
			if s.State < worst {
				t.Fatalf("row %q with outcomes %v is %v", s.Key, outcomes[s.Key], s.State)
			}
			if (s.State == refresh.Ready) != (len(s.Why) == 0) {
				t.Fatalf("row %q is %v because of %q", s.Key, s.State, s.Why)
			}
		}
	})
}
