package refresh_test

import (
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestReplacedUntilAccepted(t *testing.T) {
	for _, side := range bothSides {
		t.Run(side.String(), func(t *testing.T) {
			s := memconn.New("contoso", nil)
			a := s.Put(refresh.Mailbox{Primary: "anna@old.example", Kind: refresh.KindUser})
			m := one(side, "1", refresh.Bound, a)
			m.SourceStamp, m.TargetStamp = 7, 7
			j := jobOf(m)
			endpointOf(&j, side).Pin = s.Pin()
			sides := only(side, s.Connect(nil))
			s.Rename(a.ID, "anna@new.example", memconn.DropOld)
			now := s.ReplaceMailbox(a.ID)

			r := run(t, j, sides, nil)
			same(t, "the same ID, another Instance, shown as evidence", judged{Outcome: refresh.Replaced, Evidence: refresh.Evidence{Instance: now.Instance}}, judge(r.Rows[0]))
			same(t, "the row does not write", false, r.Rows[0].Writes())
			same(t, "Apply writes nothing there", j, apply(t, j, r), ignoreHistory)
			same(t, "and a second run says the same", refresh.Replaced, run(t, apply(t, j, r), sides, nil).Rows[0].Outcome)

			accepted, err := j.Accept(side, "1", r.Rows[0].Evidence.Instance)
			if err != nil {
				t.Fatal(err)
			}
			got := matchOf(t, accepted, "1")
			want := with(a, func(m *refresh.Mailbox) { m.Instance = now.Instance })
			same(t, "only the Instance is accepted", want, got.Mailbox(side))
			stamps := map[refresh.Side]refresh.Stamp{refresh.Source: got.SourceStamp, refresh.Target: got.TargetStamp}
			same(t, "the stamp of that side is void, the other is kept", []refresh.Stamp{0, 7}, []refresh.Stamp{stamps[side], stamps[otherSide(side)]})
			r = run(t, accepted, sides, nil)
			same(t, "then it is refreshed", refresh.Refreshed, r.Rows[0].Outcome)
			same(t, "and written", now, matchOf(t, apply(t, accepted, r), "1").Mailbox(side))

			s.ReplaceMailbox(a.ID)
			same(t, "a mailbox that nobody saw is not accepted", refresh.Replaced, run(t, accepted, sides, nil).Rows[0].Outcome)
		})
	}
}

// Whatever was missing once, a person has seen the mailbox that she accepts.
func TestAcceptEndsAMark(t *testing.T) {
	mark := &refresh.Mark{Reason: refresh.ReasonNoMailbox, FirstSeen: day1, LastSeen: day1}
	j := jobOf(pair("1", annaBox, other))
	j.Matches[0].SourceMark, j.Matches[0].TargetMark = mark, mark
	accepted, err := j.Accept(refresh.Source, "1", "box-2")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the accepted side is not missing, the other one stays as it is", []*refresh.Mark{nil, mark}, []*refresh.Mark{accepted.Matches[0].SourceMark, accepted.Matches[0].TargetMark})
}

func TestAcceptRefuses(t *testing.T) {
	j := jobOf(pair("1", anna, other), one(refresh.Source, "2", refresh.Manual, box("", "m@old.example")))
	tests := []struct {
		name, reason string
		side         refresh.Side
		key          string
		instance     refresh.ID
	}{
		{"unknown row", "there is none", refresh.Source, "9", "box"},
		{"no side", "the zero Side is none", 0, "1", "box"},
		{"unknown side", "there are two", 3, "1", "box"},
		{"not bound", "only a bound side has a mailbox", refresh.Source, "2", "box"},
		{"none", "there is no target", refresh.Target, "2", "box"},
		{"no instance", "nothing was seen", refresh.Source, "1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := j.Accept(tt.side, tt.key, tt.instance)
			if err == nil {
				t.Fatalf("accepted, although %s", tt.reason)
			}
			if strings.Contains(err.Error(), "@") {
				t.Errorf("the error holds an address: %v", err)
			}
			same(t, "nothing changes", j, out)
		})
	}
}

func TestBind(t *testing.T) {
	mark, was := &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day1, LastSeen: day1}, &refresh.Previous{Mailbox: other}
	row := func(s refresh.Side, o refresh.Origin, m refresh.Mailbox) refresh.Match {
		out := one(s, "1", o, m)
		out.SourceStamp, out.TargetStamp = 7, 7
		out.SourcePrevious, out.TargetPrevious = was, was
		return out
	}
	manual, planned, account := box("", "m@old.example"), box("", "p@new.example"), box("anna", "p@new.example")
	tests := []struct {
		name, reason string
		side         refresh.Side
		row          refresh.Match
		to           refresh.Mailbox
		refused      string // the field at fault
	}{
		{"manual source", "its identity is known now", refresh.Source, row(refresh.Source, refresh.Manual, manual), annaBox, ""},
		{"manual target", "its identity is known now", refresh.Target, row(refresh.Target, refresh.Manual, manual), annaBox, ""},
		{"planned target", "it is created", refresh.Target, row(refresh.Target, refresh.Planned, planned), annaBox, ""},
		{"planned target with its account", "its mailbox is created", refresh.Target, row(refresh.Target, refresh.Planned, account), annaBox, ""},
		{"no target yet", "it is matched", refresh.Target, row(refresh.Target, refresh.None, refresh.Mailbox{}), annaBox, ""},
		{"another account than planned", "re-pairing is the host's decision", refresh.Target, row(refresh.Target, refresh.Planned, account), other, "target.id"},
		{"bound already", "re-pairing is the host's decision", refresh.Source, row(refresh.Source, refresh.Bound, anna), annaBox, "sourceOrigin"},
		{"no ID", "there is no identity", refresh.Target, row(refresh.Target, refresh.None, refresh.Mailbox{}), manual, "target.id"},
		{"malformed", "the row must stay valid", refresh.Target, row(refresh.Target, refresh.None, refresh.Mailbox{}), box("x", "no address"), "target.primary"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := deepCopy(t, tt.row)
			if tt.row.Origin(tt.side) == refresh.Bound && tt.side == refresh.Source {
				tt.row.SourceMark, before.SourceMark = mark, mark
			}
			got, err := tt.row.Bind(tt.side, tt.to)
			same(t, "the row itself is not changed", before, tt.row)
			if tt.refused != "" {
				same(t, tt.reason, tt.refused, as[*refresh.InvalidError](t, err).Field)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := before
			if tt.side == refresh.Source {
				want.Source, want.SourceOrigin, want.SourceStamp, want.SourcePrevious = tt.to, refresh.Bound, 0, nil
			} else {
				want.Target, want.TargetOrigin, want.TargetStamp, want.TargetPrevious = tt.to, refresh.Bound, 0, nil
			}
			same(t, "bound, and what belonged to the former state is cleared on that side alone", want, got)
		})
	}
	if _, err := row(refresh.Source, refresh.Manual, manual).Bind(0, anna); err == nil {
		t.Error("bound on no side")
	}
}
