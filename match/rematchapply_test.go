package match_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// TestRematchTouchesNoOther: every row that is not accepted stays bit for bit.
func TestRematchTouchesNoOther(t *testing.T) {
	m := newMoving()
	m.dst.Put(refresh.Mailbox{ID: "t1", Anchor: "s1", Primary: "one@new.example"})
	m.dst.Put(refresh.Mailbox{ID: "t2", Anchor: "s2", Primary: "two@new.example"})
	m.dst.Put(refresh.Mailbox{ID: "t3", Primary: "three@new.example"})
	m.row("1", refresh.None, refresh.Mailbox{}, nil)
	m.row("2", refresh.Bound, refresh.Mailbox{ID: "old"}, missing(refresh.ReasonGone))
	m.row("3", refresh.Bound, refresh.Mailbox{ID: "t3", Primary: "stale@new.example"}, func(r *refresh.Match) { r.TargetStamp, r.Ext = 9, []byte(`{"a":1}`) })
	before, err := json.Marshal(m.job)
	if err != nil {
		t.Fatal(err)
	}
	r := m.rematch(t, nil)
	equal(t, "the rows in need alone", map[string]string{"1": "t1", "2": "t2"}, proposed(r))
	text, _ := json.Marshal(m.job)
	equal(t, "nothing is adopted by asking", string(before), string(text))
	asked := []string{}
	after, err := r.Apply(m.job, func(p match.Proposal) bool { asked = append(asked, p.Key); return p.Key == "2" })
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "asked in order", []string{"1", "2"}, asked)
	equal(t, "row 1", m.job.Matches[0], after.Matches[0])
	equal(t, "row 3", m.job.Matches[2], after.Matches[2])
	equal(t, "row 2", "t2", string(after.Matches[1].Target.ID))
	equal(t, "a second run has nothing left but row 1", map[string]string{"1": "t1"}, func() map[string]string { m.job = after; return proposed(m.rematch(t, nil)) }())
}

// TestRematchUse: an address in use that is not the new target's own would take mail to somebody else.
func TestRematchUse(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		origin       refresh.Origin
		target       refresh.Mailbox
		use          refresh.Address
		edit         func(r *refresh.Match)
		dropped      refresh.Address
		want         refresh.Address
	}{
		{"the former one's", "it goes, and is told", refresh.Bound, refresh.Mailbox{ID: "old"}, "old@new.example", missing(refresh.ReasonGone), "old@new.example", ""},
		{"the new one's too", "it stays", refresh.Bound, refresh.Mailbox{ID: "old"}, "alias@new.example", missing(refresh.ReasonGone), "", "alias@new.example"},
		{"its login", "it stays", refresh.Bound, refresh.Mailbox{ID: "old"}, "login@new.example", missing(refresh.ReasonGone), "", "login@new.example"},
		{"an alias was entered", "the migration works with it", refresh.Manual, refresh.Mailbox{Primary: "alias@new.example"}, "", nil, "", "alias@new.example"},
		{"something else was entered", "it is not the target's", refresh.Manual, refresh.Mailbox{Primary: "gone@new.example"}, "", nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMoving()
			m.dst.Put(refresh.Mailbox{ID: "t", Anchor: "s1", Login: "login@new.example", Primary: "one@new.example", Aliases: []refresh.Address{"alias@new.example"}})
			m.row("1", tt.origin, tt.target, func(r *refresh.Match) {
				r.TargetUse = tt.use
				if tt.edit != nil {
					tt.edit(r)
				}
			})
			r := m.rematch(t, nil)
			equal(t, tt.reason, tt.dropped, proposalFor(t, r, "1").UseDropped)
			after, err := r.Apply(m.job, nil)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, tt.reason, tt.want, after.Matches[0].TargetUse)
		})
	}
}

// TestRematchApply: all or nothing, and never into rows that changed.
func TestRematchApply(t *testing.T) {
	m := newMoving()
	m.dst.Put(refresh.Mailbox{ID: "t1", Anchor: "s1", Primary: "one@new.example"})
	m.dst.Put(refresh.Mailbox{ID: "t2", Anchor: "s2", Primary: "two@new.example"})
	m.row("1", refresh.None, refresh.Mailbox{}, nil)
	m.row("2", refresh.Manual, refresh.Mailbox{Primary: "two@new.example"}, nil)
	r := m.rematch(t, nil)
	for name, change := range map[string]func(j *refresh.Job){
		"the target was entered": func(j *refresh.Job) {
			j.Matches[0].Target.Primary, j.Matches[0].TargetOrigin = "x@new.example", refresh.Manual
		},
		"another source": func(j *refresh.Job) { j.Matches[0].Source.ID = "s9" },
		"another row has it": func(j *refresh.Job) {
			j.Matches = append(j.Matches, jobOf(bound("9", refresh.Mailbox{ID: "t1"})).Matches...)
		},
		"the row is gone":          func(j *refresh.Job) { j.Matches = j.Matches[1:] },
		"another part of its goal": func(j *refresh.Job) { j.Matches[0].Part = "archive" },
	} {
		j := m.job
		j.Matches = slices.Clone(j.Matches)
		change(&j)
		got, err := r.Apply(j, nil)
		if e, ok := errors.AsType[*match.StaleError](err); !ok || len(e.Rows) != 1 || e.Rows[0].Key != "1" {
			t.Errorf("%s: got %v, want row 1 to be stale", name, err)
		}
		equal(t, name, refresh.Job{}, got)
	}
	other := m.job
	other.ID = "another"
	_, err := r.Apply(other, nil)
	asError[*refresh.WrongJobError](t, err)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	back := &match.Rematching{}
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	want, err := r.Apply(m.job, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := back.Apply(m.job, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "what came back from JSON does the same", want, got)
}
