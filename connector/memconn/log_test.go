package memconn_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// The log is compacted again and again, and every cursor still names what changed since.
func TestLogIsCompacted(t *testing.T) {
	const objects, rounds = 50, 400
	r := rand.New(rand.NewPCG(1, 2))
	s := memconn.New("contoso", trackingDCs)
	s.PutAll(many(objects), 0)
	ids := idsOf(s)
	c, lagging := s.Connect(nil), s.Connect(&memconn.ConnOptions{Replica: "dc2"})
	var marks []refresh.Cursor
	last := map[refresh.ID]int{} // the round of the last change
	var lagMark refresh.Cursor
	lagged := map[refresh.ID]bool{}
	for round := range rounds {
		marks = append(marks, mark(t, c))
		if round == 10 {
			lagMark = mark(t, lagging)
		}
		for range 40 {
			id := ids[r.IntN(objects)]
			s.Rename(id, "x@y", memconn.DropOld)
			last[id] = round
			if round >= 10 && round < 20 {
				lagged[id] = true
			}
		}
		if round == 19 {
			s.Lag("dc2")
		}
	}
	for round, m := range marks {
		want := map[refresh.ID]bool{}
		for id, at := range last {
			if at >= round {
				want[id] = true
			}
		}
		got := map[refresh.ID]bool{}
		for _, id := range changed(t, c, m) {
			if got[id] {
				t.Fatalf("%s was named twice", id)
			}
			got[id] = true
		}
		same(t, got, want)
	}
	got := map[refresh.ID]bool{}
	for _, id := range changed(t, lagging, lagMark) {
		got[id] = true
	}
	same(t, got, lagged) // compacting spoils nothing of what it shares with the replica that lags
}

// What changed costs, not what there is. A pass over all objects is the measure.
func TestChangesCostWhatChanged(t *testing.T) {
	const n = 200_000
	s := memconn.New("contoso", tracking)
	s.PutAll(many(n), n)
	ids := idsOf(s)
	c := s.Connect(nil)
	m := mark(t, c)
	for i := range 100 {
		s.Rename(ids[i*1000], "x@y", memconn.DropOld)
	}
	fastest := func(times int, do func()) time.Duration {
		least := time.Hour
		for range times {
			start := time.Now()
			do()
			least = min(least, time.Since(start))
		}
		return least
	}
	pass := fastest(5, func() { _ = s.Len() })
	cost := fastest(50, func() {
		if got := changed(t, c, m); len(got) != 100 {
			t.Fatalf("%d changes", len(got))
		}
	})
	if cost > pass/10 {
		t.Errorf("100 changes of %d objects took %v, a pass over them %v", n, cost, pass)
	}
}

func TestRollBack(t *testing.T) {
	s, anna, bert, _ := people(trackingDCs)
	c, two := s.Connect(nil), s.Connect(&memconn.ConnOptions{Replica: "dc2"})
	early := mark(t, c)
	s.Rename(bert.ID, "b@old.example", memconn.DropOld)
	bert, _ = s.Get(bert.ID)
	b := s.Backup()
	late, late2 := mark(t, c), mark(t, two)
	for range 2 { // a backup can be used again
		s.Purge(anna.ID)
		s.Lag("dc2")
		s.Rename(bert.ID, "later@old.example", memconn.DropOld)
		dora := s.Put(refresh.Mailbox{Primary: "dora@old.example"})
		s.RollBack(b)
		for conn, on := range map[*memconn.Connector]string{c: "dc1", two: "dc2"} {
			same(t, resolve(t, conn, anna.ID, bert.ID, dora.ID), []seen{found(anna).on(on), found(bert).on(on), absent(goneUnseen).on(on)})
		}
		for _, m := range []refresh.Cursor{early, late} {
			expired(t, c, m, "the log was lost")
		}
		expired(t, two, late2, "on every replica")
		late = mark(t, c)
		emil := s.Put(refresh.Mailbox{Primary: "emil@old.example"})
		if emil.ID == dora.ID {
			t.Error("the ID of an object that was rolled back was minted again")
		}
		same(t, changed(t, c, late), []refresh.ID{emil.ID})
		early = late
	}
	other, _, _, _ := people(tracking)
	wantPanic(t, "memconn: roll back: ", func() { other.RollBack(b) })
}
