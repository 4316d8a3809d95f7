package refresh_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/readdress-go/readdress/refresh"
)

// stock is what Stored says of some IDs.
type stock map[refresh.ID]string

func taken(ctx context.Context, ids ...refresh.ID) stock {
	out := stock{}
	for _, id := range ids {
		if m, ok := refresh.Stored(ctx, id); ok {
			out[id] = fmt.Sprint(m.ID, " ", m.Addresses())
		}
	}
	return out
}

func TestStored(t *testing.T) {
	ask := []refresh.ID{"a", "b", "c", "d", "e"}
	part := func(key, name string, m refresh.Mailbox) refresh.Match {
		r := one(refresh.Source, key, refresh.Bound, m)
		r.Part = name
		return r
	}
	for _, tt := range []struct {
		name, reason string
		rows         []refresh.Match
		skip         string // the key of a row that is not selected
		want         stock
	}{
		{
			name: "one row each", reason: "an ID that no row has is nobody's",
			rows: []refresh.Match{one(refresh.Source, "1", refresh.Bound, box("a", "a@old.example", "x@old.example")), one(refresh.Source, "2", refresh.Bound, box("b", "b@old.example"))},
			want: stock{"a": "a [a@old.example x@old.example]", "b": "b [b@old.example]"},
		},
		{
			name: "several parts", reason: "the first row that asks speaks for all",
			rows: []refresh.Match{part("1", "", box("a", "first@old.example")), part("2", "archive", box("a", "second@old.example")), part("3", "more", box("a", "third@old.example"))},
			want: stock{"a": "a [first@old.example]"},
		},
		{
			name: "the first part is not selected", reason: "it does not ask",
			rows: []refresh.Match{part("1", "", box("a", "first@old.example")), part("2", "archive", box("a", "second@old.example"))}, skip: "1",
			want: stock{"a": "a [second@old.example]"},
		},
		{
			name: "a planned target", reason: "its account is looked up, and the source's ID is another side's",
			rows: []refresh.Match{one(refresh.Source, "1", refresh.Bound, box("a", "a@old.example")), one(refresh.Target, "2", refresh.Planned, box("d", "d@old.example"))},
			want: stock{"a": "a [a@old.example]"},
		},
		{
			name: "no address", reason: "what is stored may be little",
			rows: []refresh.Match{one(refresh.Source, "1", refresh.Bound, box("a", ""))},
			want: stock{"a": "a []"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var first, second stock
			var later context.Context
			c := &script{
				resolve: func(ctx context.Context, ids []refresh.ID, answer answerFunc) error {
					first, later = taken(ctx, ask...), ctx
					for i := range ids {
						answer(i, goneTombstone)
					}
					return nil
				},
				confirm: func(ctx context.Context, _ []refresh.ID, _ answerFunc) error {
					second = taken(ctx, ask...)
					return nil
				},
			}
			opts := &refresh.Options{ConfirmAfter: -1, Select: func(m refresh.Match) bool { return m.Key != tt.skip }}
			run(t, jobOf(tt.rows...), only(refresh.Source, c), opts)
			same(t, "in Resolve: "+tt.reason, tt.want, first)
			same(t, "in Confirm: "+tt.reason, tt.want, second)
			same(t, "after the call", stock{}, taken(later, ask...))
		})
	}
}

// Both sides may know one ID; each is told its own side's mailbox.
func TestStoredOfEachSide(t *testing.T) {
	asking := func(into *stock) *script {
		return &script{resolve: func(ctx context.Context, _ []refresh.ID, _ answerFunc) error {
			*into = taken(ctx, "a", "b")
			return nil
		}}
	}
	var source, target stock
	sides := refresh.Sides{Source: asking(&source), Target: asking(&target)}
	run(t, jobOf(pair("1", box("a", "a@source.example"), box("a", "a@target.example"))), sides, withoutPause)
	same(t, "the source", stock{"a": "a [a@source.example]"}, source)
	same(t, "the target", stock{"a": "a [a@target.example]"}, target)
}

// An incremental run asks for few rows, and for some merely to see what a replica can tell.
func TestStoredInAnIncrementalRun(t *testing.T) {
	l := newLedger(box("a", "a@old.example"), box("b", "b@old.example"))
	j := l.sync(t, l.rows(), nil)
	l.put(box("b", "b@new.example"))
	var got stock
	r := run(t, j, refresh.Sides{Source: asksStored{l, &got}}, withoutPause)
	same(t, "the path", refresh.PathIncremental, r.Run.Source.Path)
	same(t, "what is stored", stock{"b": "b [b@old.example]"}, got)
}

type asksStored struct {
	*ledger
	got *stock
}

func (a asksStored) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	*a.got = taken(ctx, "a", "b")
	return a.ledger.Resolve(ctx, ids, answer)
}

func TestStoredOutsideARun(t *testing.T) {
	same(t, "without a run", stock{}, taken(t.Context(), "a"))
	same(t, "with nothing to look into", stock{}, taken(refresh.WithStored(t.Context(), nil), "a"))
	ctx := refresh.WithStored(t.Context(), func(id refresh.ID) (refresh.Mailbox, bool) { return box(id, "a@test.example"), id == "a" })
	same(t, "as a test has it", stock{"a": "a [a@test.example]"}, taken(ctx, "a", "b"))
	var got stock
	c := &script{resolve: func(ctx context.Context, _ []refresh.ID, _ answerFunc) error {
		got = taken(ctx, "a", "b")
		return nil
	}}
	if _, err := refresh.Refresh(ctx, jobOf(one(refresh.Source, "1", refresh.Bound, box("b", "b@old.example"))), only(refresh.Source, c), withoutPause); err != nil {
		t.Fatal(err)
	}
	same(t, "a run has its own", stock{"b": "b [b@old.example]"}, got)
}

// What a connector does to a stored mailbox is not seen by the job.
func TestStoredIsACopy(t *testing.T) {
	j := jobOf(one(refresh.Source, "1", refresh.Bound, box("a", "a@old.example", "x@old.example", "y@old.example")))
	before := deepCopy(t, j)
	c := &script{resolve: func(ctx context.Context, _ []refresh.ID, _ answerFunc) error {
		m, _ := refresh.Stored(ctx, "a")
		m.Aliases[0], m.Primary = "spoiled@old.example", "spoiled@old.example"
		return nil
	}}
	run(t, j, only(refresh.Source, c), withoutPause)
	if d := cmp.Diff(before, deepCopy(t, j)); d != "" {
		t.Errorf("the job was written to (-before +after)\n%s", d)
	}
}

// TestStoredTogether: goroutines of the call, and one that it leaves behind in breach of the contract while the engine goes on.
func TestStoredTogether(t *testing.T) {
	var rows []refresh.Match
	for i := range 64 {
		rows = append(rows, one(refresh.Source, strconv.Itoa(i), refresh.Bound, box(refresh.ID("id"+strconv.Itoa(i)), "a@old.example")))
	}
	var left sync.WaitGroup
	c := &script{
		resolve: func(ctx context.Context, ids []refresh.ID, answer answerFunc) error {
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					if n := len(taken(ctx, ids...)); n != len(ids) {
						t.Errorf("%d of %d are stored", n, len(ids))
					}
				})
			}
			left.Go(func() {
				for range 1000 {
					taken(ctx, ids...)
				}
			})
			group.Wait()
			for i := range ids {
				answer(i, goneTombstone)
			}
			return nil
		},
		confirm: func(context.Context, []refresh.ID, answerFunc) error { return nil },
	}
	run(t, jobOf(rows...), only(refresh.Source, c), withoutPause)
	left.Wait()
}
