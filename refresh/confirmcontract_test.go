package refresh_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestConfirmationContract: the second answers decide what is missing, so the contract is held there, too.
func TestConfirmationContract(t *testing.T) {
	a, b, c := box("a", "a@old.example"), box("b", "b@old.example"), box("c", "c@old.example")
	foundA, foundB := refresh.Found(a), refresh.Found(b)
	missing, disagree := refresh.Missing.String(), refresh.CauseReplicasDisagree.String()
	var kept []refresh.ID // the slice of the first call
	var late answerFunc   // and its answer
	for _, tt := range []struct {
		name, reason string
		confirm      func(ids []refresh.ID, answer answerFunc) // of a and b; the first answers were that both are gone
		a, b         string
		warns        bool
	}{
		{name: "in another order", reason: "answers count by index", a: missing, b: disagree,
			confirm: func(_ []refresh.ID, answer answerFunc) { answer(1, foundB); answer(0, goneTombstone) }},
		{name: "the other way round", reason: "answers count by index", a: disagree, b: missing,
			confirm: func(_ []refresh.ID, answer answerFunc) { answer(1, goneTombstone); answer(0, foundA) }},
		{name: "only the first", reason: "an absence that nobody confirmed", a: missing, b: refresh.CauseNoAnswer.String(),
			confirm: func(_ []refresh.ID, answer answerFunc) { answer(0, goneTombstone) }},
		{name: "only the last", reason: "an absence that nobody confirmed", a: refresh.CauseNoAnswer.String(), b: missing,
			confirm: func(_ []refresh.ID, answer answerFunc) { answer(1, goneTombstone) }},
		{name: "of the wrong index", reason: "the engine checks the ID", a: refresh.CauseFailed.String(), b: missing, warns: true,
			confirm: func(_ []refresh.ID, answer answerFunc) { answer(0, foundB); answer(1, goneTombstone) }},
		{name: "twice", reason: "neither answer can be trusted", a: refresh.CauseFailed.String(), b: missing, warns: true,
			confirm: func(_ []refresh.ID, answer answerFunc) {
				answer(0, goneTombstone)
				answer(1, goneTombstone)
				answer(0, goneTombstone)
			}},
		{name: "into the slice that it was given", reason: "the engine knows what it asked for", a: disagree, b: missing,
			confirm: func(ids []refresh.ID, answer answerFunc) {
				slices.Reverse(ids)
				answer(0, foundA)
				answer(1, goneTombstone)
			}},
		{name: "into the slice of the first call", reason: "the engine knows what it asked for", a: disagree, b: missing,
			confirm: func(_ []refresh.ID, answer answerFunc) {
				for i := range kept {
					kept[i] = "x"
				}
				answer(0, foundA)
				answer(1, goneTombstone)
			}},
		{name: "by the first call, late", reason: "that call is over", a: refresh.CauseNoAnswer.String(), b: refresh.CauseNoAnswer.String(),
			confirm: func(_ []refresh.ID, _ answerFunc) {
				for i := range kept {
					late(i, goneTombstone)
				}
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first := answers(lookups{"a": goneTombstone, "b": goneTombstone, "c": refresh.Found(c)})
			s := &script{
				resolve: func(ctx context.Context, ids []refresh.ID, answer answerFunc) error {
					kept, late = ids, answer
					return first(ctx, ids, answer)
				},
				confirm: func(_ context.Context, ids []refresh.ID, answer answerFunc) error {
					tt.confirm(ids, answer)
					return nil
				},
			}
			j := jobOf(one(refresh.Source, "3", refresh.Bound, c), one(refresh.Source, "1", refresh.Bound, a), one(refresh.Source, "2", refresh.Bound, b))
			r := run(t, j, only(refresh.Source, s), nil)
			same(t, "only what would be missing is asked again", [][]refresh.ID{{"a", "b"}}, s.confirmed)
			got := func(key string) string {
				row := rowOf(t, r, refresh.Source, key)
				if row.Outcome == refresh.LookupFailed {
					return row.Cause.String()
				}
				return row.Outcome.String()
			}
			same(t, tt.reason, []string{tt.a, tt.b, refresh.NotChanged.String()}, []string{got("1"), got("2"), got("3")})
			same(t, "a breach is told", tt.warns, len(warned(r, refresh.WarnConnector)) == 1)
		})
	}
}

// TestConfirmationsFromManyGoroutines: every third mailbox is gone, every third is back when asked again, each at a replica of its own.
func TestConfirmationsFromManyGoroutines(t *testing.T) {
	var rows []refresh.Match
	for i := range 300 {
		rows = append(rows, one(refresh.Source, strconv.Itoa(i), refresh.Bound, box(refresh.ID(strconv.Itoa(i)), "a@old.example")))
	}
	said := func(again bool) resolveFunc {
		return func(_ context.Context, ids []refresh.ID, answer answerFunc) error {
			var wg sync.WaitGroup
			for k, id := range ids {
				wg.Go(func() {
					i, _ := strconv.Atoi(string(id))
					l := goneTombstone
					if i%3 == 0 || again && i%3 == 1 {
						l = refresh.Found(rows[i].Source)
					}
					answer(k, l.On("dc"+string(id)))
				})
			}
			wg.Wait()
			return nil
		}
	}
	r := run(t, jobOf(rows...), only(refresh.Source, &script{resolve: said(false), confirm: said(true)}), nil)
	for i, row := range r.Rows {
		want := []judged{{Outcome: refresh.NotChanged}, failed(refresh.CauseReplicasDisagree), {Outcome: refresh.Missing}}[i%3]
		same(t, row.Key, want.Outcome, row.Outcome)
		same(t, row.Key, want.Cause, row.Cause)
		if row.Outcome != refresh.LookupFailed {
			same(t, "who answered", "dc"+row.Key, row.Replica)
		}
	}
}
