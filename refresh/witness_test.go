package refresh_test

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestAWitnessForEachReplica: an account has lost its mailbox only if the replica that says so has shown that it can tell. Which replica
// answers for a mailbox is not known beforehand, so more and more witnesses are asked until each of these replicas has shown it.
func TestAWitnessForEachReplica(t *testing.T) {
	boxed := func(id refresh.ID) refresh.Mailbox {
		return with(box(id, refresh.Address(id+"@old.example")), func(m *refresh.Mailbox) { m.Instance = "box of " + id })
	}
	on := func(replica string, m refresh.Mailbox) refresh.Lookup { return refresh.Found(m).On(replica) }
	for _, tt := range []struct {
		name, reason string
		lost         map[refresh.ID]string // accounts that lost their mailboxes, and the replica that says so
		there        map[refresh.ID]string // who answers for the others, where it is not dc1
		failing      lookups
		want         map[refresh.ID]refresh.Outcome
		asked        string // "a a" was confirmed, as was one witness of each replica
	}{
		{name: "both can tell", reason: "the sixth witness is the first one at dc2",
			lost: map[refresh.ID]string{"a": "dc1", "b": "dc2"}, there: map[refresh.ID]string{"h": "dc2"},
			want: map[refresh.ID]refresh.Outcome{"a": refresh.Missing, "b": refresh.Missing}, asked: "a a b b c c d e f g h h"},
		{name: "one of them cannot", reason: "what dc1 can tell proves nothing for dc2, and no witness is asked twice in vain",
			lost: map[refresh.ID]string{"a": "dc1", "b": "dc2"},
			want: map[refresh.ID]refresh.Outcome{"a": refresh.Missing, "b": refresh.LookupFailed}, asked: "a a b c c d e f g h"},
		{name: "its only witness fails", reason: "a failure shows nothing",
			lost: map[refresh.ID]string{"a": "dc1", "b": "dc2"}, failing: lookups{"h": refresh.Failed(errOutage).On("dc2")},
			want: map[refresh.ID]refresh.Outcome{"a": refresh.Missing, "b": refresh.LookupFailed}, asked: "a a b c c d e f g h"},
		{name: "only dc1 is in doubt", reason: "three witnesses are enough where one of them is at the right place",
			lost: map[refresh.ID]string{"a": "dc1", "b": "dc1"}, there: map[refresh.ID]string{"h": "dc2"},
			want: map[refresh.ID]refresh.Outcome{"a": refresh.Missing, "b": refresh.Missing}, asked: "a a b b c c d e"},
		{name: "only dc2 is in doubt", reason: "witnesses at dc1 are of no use",
			lost: map[refresh.ID]string{"b": "dc2"}, there: map[refresh.ID]string{"d": "dc2", "h": "dc2"},
			want: map[refresh.ID]refresh.Outcome{"a": refresh.NotChanged, "b": refresh.Missing}, asked: "a b b c d d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLedger(boxed("a"), boxed("b"), boxed("c"), boxed("d"), boxed("e"), boxed("f"), boxed("g"), boxed("h"))
			j := l.sync(t, l.rows(), nil)
			for _, m := range j.Matches {
				id := m.Source.ID
				l.boxes[id] = on("dc1", m.Source)
				if replica, ok := tt.there[id]; ok {
					l.boxes[id] = on(replica, m.Source)
				}
				if replica, ok := tt.lost[id]; ok {
					l.set(id, on(replica, box(id, m.Source.Primary)))
				}
			}
			l.failing = tt.failing
			r := l.look(t, j, nil)
			for id, want := range tt.want {
				same(t, string(id)+": "+tt.reason, want, rowOf(t, r, refresh.Source, string(id)).Outcome)
			}
			same(t, "the IDs asked for", tt.asked, l.askedText())
			for _, id := range []string{"c", "d", "e", "f", "g", "h"} {
				same(t, "a witness has an outcome by its stamp alone", refresh.NotChanged, rowOf(t, r, refresh.Source, id).Outcome)
			}
		})
	}
}

// TestAPartAsksTheWitnessesOfTheMarks: a part of one row has nobody else to ask.
func TestAPartAsksTheWitnessesOfTheMarks(t *testing.T) {
	boxed := func(id refresh.ID) refresh.Mailbox {
		return with(box(id, refresh.Address(id+"@old.example")), func(m *refresh.Mailbox) { m.Instance = "box of " + id })
	}
	for _, tt := range []struct {
		name, reason string
		replica      string // that says that the mailbox of a is lost
		want         refresh.Outcome
		asked        string
	}{
		{"at the same replica", "it has shown that it can tell", "dc1", refresh.Missing, "a a b b c"},
		{"at another one", "nobody can tell there", "dc2", refresh.LookupFailed, "a b c"},
	} {
		for _, full := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				l := newLedger(boxed("a"), boxed("b"), boxed("c"), boxed("d"), boxed("e"))
				j := l.sync(t, l.rows(), nil)
				marks := l.begin(t, j)
				same(t, "the witnesses", []refresh.ID{"a", "b", "c"}, marks.Source.Witnesses)
				for _, id := range []refresh.ID{"b", "c"} {
					l.boxes[id] = refresh.Found(boxed(id)).On("dc1")
				}
				l.set("a", refresh.Found(boxA).On(tt.replica))
				parts, err := refresh.Split(j, 5)
				if err != nil {
					t.Fatal(err)
				}
				r := l.look(t, parts[0], &refresh.Options{Marks: marks, Full: full})
				same(t, tt.reason, tt.want, rowOf(t, r, refresh.Source, "a").Outcome)
				same(t, "the IDs asked for", tt.asked, l.askedText())
				same(t, "a witness is no row", 1, len(r.Rows))
			})
		}
	}
}
