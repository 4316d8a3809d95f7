package match_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// TestEnrolPins: the directory that the IDs are from is written where that is certain, and never over another one.
func TestEnrolPins(t *testing.T) {
	sys := memconn.New("fabrikam", nil)
	sys.Put(refresh.Mailbox{ID: "ann", Primary: "ann@new.example"})
	for _, tt := range []struct {
		name, reason string
		rows         []refresh.Match
		accept       func(match.Offer) bool
		want         string
	}{
		{"no ID so far", "all IDs are from there", []refresh.Match{typed("1", "ann@new.example")}, nil, sys.Pin()},
		{"IDs so far", "they may be from elsewhere: a refresh finds out", []refresh.Match{typed("1", "ann@new.example"), bound("2", refresh.Mailbox{ID: "x"})}, nil, ""},
		{"nothing accepted", "nothing came from there", []refresh.Match{typed("1", "ann@new.example")}, func(match.Offer) bool { return false }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := jobOf(tt.rows...)
			after, err := enrol(t, j, onTarget(sys.Connect(nil)), nil).Apply(j, tt.accept)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, tt.reason, tt.want, after.Target.Pin)
		})
	}
	j := jobOf(typed("1", "ann@new.example"))
	e := enrol(t, j, onTarget(sys.Connect(nil)), nil)
	j.Target.Pin = "another"
	_, err := e.Apply(j, nil)
	asError[*refresh.WrongDirectoryError](t, err)
}

// TestEnrolApply: in bulk, all or nothing, and never into rows that changed.
func TestEnrolApply(t *testing.T) {
	sys := memconn.New("fabrikam", nil)
	var rows []refresh.Match
	for i := range 5 {
		a := refresh.Address(fmt.Sprintf("u%d@new.example", i))
		sys.Put(refresh.Mailbox{ID: refresh.ID(fmt.Sprintf("id-%d", i)), Primary: a})
		rows = append(rows, typed(fmt.Sprint(i), a))
	}
	j := jobOf(rows...)
	j.Target.Pin = sys.Pin()
	e := enrol(t, j, onTarget(sys.Connect(nil)), nil)
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	back := &match.Enrolment{}
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	equal(t, "its JSON says all of it", e, back)

	for _, tt := range []struct {
		name, reason string
		change       func(j *refresh.Job)
		accept       func(match.Offer) bool
		stale        []string
		bound        int
	}{
		{"all", "nothing changed", nil, nil, nil, 5},
		{"some", "the others stay", nil, func(o match.Offer) bool { return o.Key < "2" }, nil, 2},
		{"address changed", "it was looked for by another one", func(j *refresh.Job) { j.Matches[3].Target.Primary = "z@new.example" }, nil, []string{"3"}, 0},
		{"use changed", "the same", func(j *refresh.Job) { j.Matches[3].TargetUse = "z@new.example" }, nil, []string{"3"}, 0},
		{"part changed", "the row means something else now", func(j *refresh.Job) { j.Matches[3].Part = "archive" }, nil, []string{"3"}, 0},
		{"row gone", "there is nothing to bind", func(j *refresh.Job) { j.Matches = j.Matches[:4] }, nil, []string{"4"}, 0},
		{"bound by hand", "somebody decided already", func(j *refresh.Job) {
			j.Matches[1].Target.ID, j.Matches[1].TargetOrigin = "by hand", refresh.Bound
		}, nil, []string{"1"}, 0},
		{"another row has it by now", "no target twice", func(j *refresh.Job) {
			j.Matches = append(j.Matches, jobOf(bound("9", refresh.Mailbox{ID: "id-2"})).Matches...)
		}, nil, []string{"2"}, 0},
		{"changed, not accepted", "rows that are not touched do not matter", func(j *refresh.Job) { j.Matches[3].Target.Primary = "z@new.example" }, func(o match.Offer) bool { return o.Key != "3" }, nil, 4},
		{"another row changed", "the same", func(j *refresh.Job) { j.Matches = append(j.Matches, jobOf(typed("9", "z@new.example")).Matches...) }, nil, nil, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := j
			now.Matches = slices.Clone(j.Matches)
			if tt.change != nil {
				tt.change(&now)
			}
			before := slices.Clone(now.Matches)
			after, err := e.Apply(now, tt.accept)
			equal(t, "the job that was given stays", before, now.Matches)
			if tt.stale != nil {
				var keys []string
				for _, r := range asError[*match.StaleError](t, err).Rows {
					keys = append(keys, r.Key)
				}
				equal(t, tt.reason, tt.stale, keys)
				equal(t, "nothing is written", refresh.Job{}, after)
				if strings.Contains(err.Error(), "@") {
					t.Errorf("the error shows an address: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for i, m := range after.Matches {
				if m.TargetOrigin == refresh.Bound {
					n++
				} else {
					equal(t, "untouched", now.Matches[i], m)
				}
			}
			equal(t, tt.reason, tt.bound, n)
		})
	}
	other := j
	other.ID = "another"
	_, err = e.Apply(other, nil)
	asError[*refresh.WrongJobError](t, err)
	twice := *e
	twice.Offers = append(slices.Clone(e.Offers), e.Offers[0])
	_, err = twice.Apply(j, nil)
	asError[*match.StaleError](t, err)
}

// TestEnrolled: a row that was enrolled before the switch follows it.
func TestEnrolled(t *testing.T) {
	sys := memconn.New("fabrikam", nil)
	sys.Put(refresh.Mailbox{Primary: "ann@old.example"})
	j := jobOf(typed("1", "ann@old.example"))
	c := sys.Connect(nil)
	after, err := enrol(t, j, onTarget(c), nil).Apply(j, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := refresh.Refresh(t.Context(), after, onTarget(c), &refresh.Options{ConfirmAfter: -1})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "nothing to do at once", refresh.NotChanged, res.Rows[0].Outcome)
	sys.SwitchDomain("old.example", "new.example", memconn.DropOld)
	if res, err = refresh.Refresh(t.Context(), after, onTarget(c), &refresh.Options{ConfirmAfter: -1}); err != nil {
		t.Fatal(err)
	}
	equal(t, "found under its new address", "ann@new.example", string(res.Rows[0].Now().Primary))
}
