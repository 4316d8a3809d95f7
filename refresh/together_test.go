package refresh_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// TestRowsAreJudgedTogetherAsAlone: rows that have the same to say may share memory, and answers are kept by index. So each row is followed
// by one that differs from it in a single thing, and all of them together must come out as each does alone.
func TestRowsAreJudgedTogetherAsAlone(t *testing.T) {
	deleted, until := day1, day30
	absence := func(change func(*refresh.Absence)) refresh.Lookup {
		a := refresh.Absence{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone, DeletedAt: deleted, RestorableUntil: until}
		if change != nil {
			change(&a)
		}
		return refresh.NotFound(a)
	}
	stored := func(id refresh.ID) refresh.Mailbox {
		return with(box(id, refresh.Address(id+"@old.example")), func(m *refresh.Mailbox) { m.Instance = "box of " + id })
	}
	found := func(change func(*refresh.Mailbox)) func(refresh.ID) refresh.Lookup {
		return func(id refresh.ID) refresh.Lookup { return refresh.Found(with(stored(id), change)) }
	}
	always := func(l refresh.Lookup) func(refresh.ID) refresh.Lookup {
		return func(refresh.ID) refresh.Lookup { return l }
	}
	marked := func(seen time.Time) *refresh.Mark {
		return &refresh.Mark{Reason: refresh.ReasonSoftDeleted, FirstSeen: deleted, LastSeen: seen}
	}
	far := day30.AddDate(1000, 0, 0) // the clock went back
	type answer = func(refresh.ID) refresh.Lookup
	rows := []struct {
		name          string
		first, second answer // second is the confirmation, where it is another one
		mark          *refresh.Mark
		previous      *refresh.Previous
	}{
		{name: "not changed, at a replica", first: func(id refresh.ID) refresh.Lookup { return refresh.Found(stored(id)).On("dc1") }},
		{name: "soft-deleted", first: always(absence(nil))},
		{name: "at another time", first: always(absence(func(a *refresh.Absence) { a.DeletedAt = until }))},
		{name: "as before", first: always(absence(nil))},
		{name: "for longer", first: always(absence(func(a *refresh.Absence) { a.RestorableUntil = until.AddDate(0, 1, 0) }))},
		{name: "no word of deletions", first: always(absence(func(a *refresh.Absence) { a.RestorableUntil, a.DeletionUnknown = until.AddDate(0, 1, 0), true }))},
		{name: "by another proof", first: always(absence(func(a *refresh.Absence) {
			a.RestorableUntil, a.DeletionUnknown, a.Proof = until.AddDate(0, 1, 0), true, refresh.ProofDirectRead
		}))},
		{name: "it forwards", first: always(absence(func(a *refresh.Absence) { a.ForwardsTo = "x@there.example" }))},
		{name: "elsewhere", first: always(absence(func(a *refresh.Absence) { a.ForwardsTo = "y@there.example" }))},
		{name: "the same, for another reason", first: always(absence(func(a *refresh.Absence) { a.Reason, a.ForwardsTo = refresh.ReasonGone, "y@there.example" }))},
		{name: "marked before", first: always(absence(nil)), mark: &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: deleted, LastSeen: deleted}},
		{name: "seen later", first: always(absence(nil)), mark: marked(far)},
		{name: "and later still", first: always(absence(nil)), mark: marked(far.AddDate(1, 0, 0))},
		{name: "and first on another day", first: always(absence(nil)), mark: &refresh.Mark{Reason: refresh.ReasonSoftDeleted, FirstSeen: until, LastSeen: far.AddDate(1, 0, 0)}},
		{name: "the confirmation counts", first: always(absence(nil)), second: always(absence(func(a *refresh.Absence) { a.DeletedAt = until }))},
		{name: "at a replica", first: always(absence(nil).On("dc1"))},
		{name: "at another one", first: always(absence(nil).On("dc1")), second: always(absence(nil).On("dc2"))},
		{name: "the replicas disagree", first: always(absence(nil)), second: found(func(*refresh.Mailbox) {})},
		{name: "the confirmation fails", first: always(absence(nil)), second: always(refresh.Failed(errOutage).On("dc2"))},
		{name: "not changed", first: found(func(*refresh.Mailbox) {})},
		{name: "renamed", first: found(func(m *refresh.Mailbox) { m.Primary = "new@new.example" })},
		{name: "moved", first: found(func(m *refresh.Mailbox) { m.Kind = refresh.KindRemote })},
		{name: "moved and forwards", first: func(id refresh.ID) refresh.Lookup {
			return refresh.Found(with(stored(id), func(m *refresh.Mailbox) { m.Kind = refresh.KindRemote })).ForwardingTo("z@there.example").On("dc2")
		}},
		{name: "replaced", first: found(func(m *refresh.Mailbox) { m.Instance = "another" })},
		{name: "by yet another", first: found(func(m *refresh.Mailbox) { m.Instance = "yet another" })},
		{name: "malformed", first: found(func(m *refresh.Mailbox) { m.Primary = "bad" })},
		{name: "malformed otherwise", first: found(func(m *refresh.Mailbox) { m.Primary = "worse" })},
		{name: "failed at a replica", first: always(refresh.Failed(errOutage).On("dc1"))},
		{name: "failed", first: always(refresh.Failed(errOutage))},
		{name: "no answer"},
		{name: "stale", first: found(func(m *refresh.Mailbox) { m.Primary = "was@old.example" }), previous: &refresh.Previous{Mailbox: box("", "was@old.example"), Replica: "dc9"}},
		{name: "as stale", first: found(func(m *refresh.Mailbox) { m.Primary = "was@old.example" }), previous: &refresh.Previous{Mailbox: box("", "was@old.example"), Replica: "dc9"}},
	}
	var all []refresh.Match
	first, second := lookups{}, lookups{}
	for i, tt := range rows {
		id := refresh.ID(fmt.Sprint("m", i))
		m := one(refresh.Source, fmt.Sprintf("%d %s", i, tt.name), refresh.Bound, stored(id))
		if m.SourceMark, m.SourcePrevious = tt.mark, tt.previous; tt.previous != nil {
			m.SourcePrevious = &refresh.Previous{Mailbox: with(stored(id), func(m *refresh.Mailbox) { m.Primary = "was@old.example" }), Replica: tt.previous.Replica}
		}
		all = append(all, m)
		if tt.first == nil {
			continue
		}
		first[id] = tt.first(id)
		if second[id] = first[id]; tt.second != nil {
			second[id] = tt.second(id)
		}
	}
	began := time.Now()
	look := func(rows ...refresh.Match) *refresh.Result {
		c := &script{resolve: answers(first, second), inspect: reaches(refresh.Directory{Server: "main"})}
		return run(t, jobOf(rows...), only(refresh.Source, c), withoutPause)
	}
	// A run marks what it misses with the time of its own.
	timeless := func(r refresh.Row) refresh.Row {
		if r.MarkAfter != nil {
			m := *r.MarkAfter
			for _, at := range []*time.Time{&m.FirstSeen, &m.LastSeen} {
				if !at.Before(began.Add(-time.Minute)) && at.Before(began.Add(time.Hour)) {
					*at = time.Time{}
				}
			}
			r.MarkAfter = &m
		}
		return r
	}
	together := look(all...)
	for i := range all {
		same(t, rows[i].name, timeless(look(all[i]).Rows[0]), timeless(together.Rows[i]))
	}
}
