package refresh_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// The parts of any job, written and read as one, are the job, to the byte.
func TestSplitMatchesAndRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := jobs.Draw(t, "job")
		size := rapid.IntRange(1, 6).Draw(t, "size")
		doc := written(t, j)
		head, rows, err := refresh.ReadMatches(bytes.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		parts, err := collect(refresh.SplitMatches(head, rows, size))
		if err != nil || len(parts) != max(1, (len(j.Matches)+size-1)/size) {
			t.Fatalf("%d rows in %d parts, %v", len(j.Matches), len(parts), err)
		}
		var files []io.Reader
		for _, p := range parts {
			files = append(files, bytes.NewReader(written(t, p)))
		}
		whole, err := readWhole(files...)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range bothSides { // a seal that does not fit the job fits no part, and so not what they become
			if e, w := endpointOf(&j, s), endpointOf(&whole, s); e.Seal != w.Seal && len(parts) > 1 {
				w.Seal = e.Seal
			}
		}
		if got := written(t, whole); !bytes.Equal(doc, got) {
			t.Fatalf("split\n%s\njoined\n%s", doc, got)
		}
	})
}

// tracked is a world whose job was refreshed by changes once, with n rows.
func tracked(t *testing.T, n int) (refresh.Job, *memconn.System, refresh.Sides) {
	t.Helper()
	s, d := memconn.New("contoso", &memconn.Options{Tracking: true}), memconn.New("fabrikam", &memconn.Options{Tracking: true})
	j := jobOf()
	for i := range n {
		a := refresh.Address(fmt.Sprintf("u%d", i))
		j.Matches = append(j.Matches, pair(fmt.Sprint(i), s.Put(box("", a+"@old.example")), d.Put(box("", a+"@new.example"))))
	}
	sides := refresh.Sides{Source: s.Connect(nil), Target: d.Connect(nil)}
	return apply(t, j, run(t, j, sides, nil)), s, sides
}

// SplitMatches gives what Split gives.
func TestSplitMatchesLikeSplit(t *testing.T) {
	j, _, _ := tracked(t, 12)
	edited := j
	edited.Matches = append([]refresh.Match{}, j.Matches[1:]...) // a row removed by hand
	for name, j := range map[string]refresh.Job{"whole": j, "edited": edited} {
		for size, n := range map[int]int{3: len(j.Matches)/3 + min(1, len(j.Matches)%3), 100: 1} {
			if len(j.Matches)%3 != 0 && size == 3 {
				continue // Split makes parts of equal size instead
			}
			want, err := refresh.Split(j, n)
			if err != nil {
				t.Fatal(err)
			}
			got, err := collect(refresh.SplitMatches(j, rowsOf(j.Matches...), size))
			if err != nil {
				t.Fatal(err)
			}
			same(t, name, want, got)
		}
	}
	if _, err := collect(refresh.SplitMatches(j, rowsOf(j.Matches...), 0)); err == nil {
		t.Error("parts of no rows, and no error")
	}
	for range refresh.SplitMatches(j, rowsOf(j.Matches...), 5) {
		break
	}
}

// Rows that fail, or that are others when read again, end the parts with an error.
func TestSplitMatchesRefuses(t *testing.T) {
	j, _, _ := tracked(t, 6)
	n := 0
	changing := func(yield func(refresh.Match, error) bool) {
		n++
		rowsOf(j.Matches[n-1:]...)(yield)
	}
	if parts, err := collect(refresh.SplitMatches(j, changing, 2)); err == nil || len(parts) != 3 {
		t.Errorf("the rows changed between two readings: %d parts, %v", len(parts), err)
	}
	_, once, err := refresh.ReadMatches(onceReader(written(t, j)))
	if err != nil {
		t.Fatal(err)
	}
	if parts, err := collect(refresh.SplitMatches(j, once, 2)); err == nil || len(parts) != 0 {
		t.Errorf("rows that can be read once: %d parts, %v", len(parts), err)
	}
	fresh := refresh.Job{ID: "J", Matches: j.Matches[:3]}
	for i := range fresh.Matches {
		fresh.Matches[i].SourceStamp, fresh.Matches[i].TargetStamp = 0, 0
	}
	head, once, err := refresh.ReadMatches(onceReader(written(t, fresh)))
	if err != nil {
		t.Fatal(err)
	}
	if parts, err := collect(refresh.SplitMatches(head, once, 2)); err != nil || len(parts) != 2 {
		t.Errorf("a job without a seal needs one reading: %d parts, %v", len(parts), err)
	}
}

// inParts refreshes a job in parts of size rows, each applied by itself and written, and reads them as one job.
func inParts(t *testing.T, j refresh.Job, size int, refreshPart func(int, refresh.Job) *refresh.Result) refresh.Job {
	t.Helper()
	head, rows, err := refresh.ReadMatches(bytes.NewReader(written(t, j)))
	if err != nil {
		t.Fatal(err)
	}
	var files []io.Reader
	for p, err := range refresh.SplitMatches(head, rows, size) {
		if err != nil {
			t.Fatal(err)
		}
		if r := refreshPart(len(files), p); r != nil {
			p = apply(t, p, r)
		}
		files = append(files, bytes.NewReader(written(t, p)))
	}
	out, err := readWhole(files...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Parts refreshed from the same marks, applied one by one and joined, are the job as Merge and Apply make it: the next
// refresh follows the changes.
func TestPartsAppliedEqualMergeApplied(t *testing.T) {
	for name, full := range map[string]bool{"by changes": false, "in full": true} {
		t.Run(name, func(t *testing.T) {
			j, s, sides := tracked(t, 10)
			s.Rename(j.Matches[2].Source.ID, "two@old.example", memconn.DropOld)
			s.Rename(j.Matches[9].Source.ID, "nine@old.example", memconn.DropOld)
			s.Delete(j.Matches[5].Source.ID, time.Now(), time.Now().Add(time.Hour))
			marks, err := refresh.TakeMarks(t.Context(), j, sides)
			if err != nil {
				t.Fatal(err)
			}
			opts := &refresh.Options{ConfirmAfter: -1, Marks: marks, Full: full}
			var results []*refresh.Result
			got := inParts(t, j, 4, func(_ int, p refresh.Job) *refresh.Result {
				r := run(t, p, sides, opts)
				same(t, "the path of a part", full, r.Run.Source.Path == refresh.PathFull)
				results = append(results, r)
				return r
			})
			merged, err := refresh.Merge(j, results...)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "joined, and merged", apply(t, j, merged), got, cmpopts.IgnoreFields(refresh.Job{}, "History"), cmpopts.IgnoreFields(refresh.Endpoint{}, "Since"))
			same(t, "events: one refresh of the whole, and one of each part", 1+3, len(got.History))
			s.Rename(j.Matches[0].Source.ID, "zero@old.example", memconn.DropOld)
			r := run(t, got, sides, withoutPause)
			same(t, "the next refresh follows the changes", "incremental, 2 asked", fmt.Sprintf("%s, %d asked", r.Run.Source.Path, r.Run.Source.Asked))
			same(t, "and finds them", refresh.Refreshed, rowOf(t, r, refresh.Source, "0").Outcome)
			for _, part := range results {
				same(t, "the results of the parts are known to be applied", refresh.Applied, got.State(part))
			}
		})
	}
}

// Where the parts do not stand at one mark, the next refresh is a full one.
func TestPartsThatDoNotAgree(t *testing.T) {
	for name, part := range map[string]func(*testing.T, refresh.Sides, *memconn.System, int, refresh.Job) *refresh.Result{
		"one not refreshed": func(t *testing.T, sides refresh.Sides, s *memconn.System, i int, p refresh.Job) *refresh.Result {
			if i == 1 {
				return nil
			}
			return run(t, p, sides, nil)
		},
		"each from its own epoch": func(t *testing.T, sides refresh.Sides, s *memconn.System, i int, p refresh.Job) *refresh.Result {
			return run(t, p, sides, &refresh.Options{Full: true})
		},
		"changes in between": func(t *testing.T, sides refresh.Sides, s *memconn.System, i int, p refresh.Job) *refresh.Result {
			s.Rename(p.Matches[0].Source.ID, refresh.Address(fmt.Sprintf("between%d@old.example", i)), memconn.DropOld)
			return run(t, p, sides, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			j, s, sides := tracked(t, 6)
			s.Rename(j.Matches[0].Source.ID, "changed@old.example", memconn.DropOld)
			out := inParts(t, j, 2, func(i int, p refresh.Job) *refresh.Result { return part(t, sides, s, i, p) })
			s.Rename(j.Matches[5].Source.ID, "five@old.example", memconn.DropOld)
			r := run(t, out, sides, nil)
			same(t, "path", refresh.PathFull, r.Run.Source.Path)
			five := rowOf(t, r, refresh.Source, "5")
			same(t, "what changed is found", "five@old.example", string(five.Now().Primary))
			out = apply(t, out, r)
			same(t, "and from there on changes are followed", refresh.PathIncremental, run(t, out, sides, nil).Run.Source.Path)
		})
	}
}

// A row that is left out on the way, or put into two parts, is noticed.
func TestJoinedWithoutAPart(t *testing.T) {
	j, _, sides := tracked(t, 6)
	var parts []refresh.Job
	for p, err := range refresh.SplitMatches(j, rowsOf(j.Matches...), 2) {
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	broken := parts[1]
	broken.Matches = broken.Matches[:1]
	out, err := readWhole(bytes.NewReader(written(t, parts[0])), bytes.NewReader(written(t, broken)), bytes.NewReader(written(t, parts[2])))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a row is missing", refresh.PathFull, run(t, out, sides, nil).Run.Source.Path)
	broken.Matches, broken.Source.Seal = parts[1].Matches, "no seal"
	if out, err = readWhole(bytes.NewReader(written(t, parts[0])), bytes.NewReader(written(t, broken)), bytes.NewReader(written(t, parts[2]))); err != nil {
		t.Fatal(err)
	}
	same(t, "a seal that nobody can read", refresh.PathFull, run(t, out, sides, nil).Run.Source.Path)
	same(t, "the other side is not touched by that", refresh.PathIncremental, run(t, out, sides, nil).Run.Target.Path)
}

// The events of parts are those of the job, in the order of time, and bounded.
func TestHistoriesOfParts(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 31, 8, minute, 0, 0, time.UTC) }
	applied := func(result string, minute int) refresh.Event {
		return refresh.Event{Action: refresh.ActionApplied, Result: result, At: at(minute), Rows: 1}
	}
	read := func(histories ...[]refresh.Event) []refresh.Event {
		var files []io.Reader
		for _, h := range histories {
			files = append(files, bytes.NewReader(written(t, refresh.Job{ID: "J", History: h})))
		}
		out, err := readWhole(files...)
		if err != nil {
			t.Fatal(err)
		}
		return out.History
	}
	whole := applied("whole", 1)
	back := refresh.Event{Action: refresh.ActionReverted, Result: "a", At: at(0), Rows: 1} // the clock was set back
	same(t, "what all have is one", []refresh.Event{whole, applied("b", 2), applied("a", 3), back},
		read([]refresh.Event{whole, applied("a", 3), back}, []refresh.Event{whole, applied("b", 2)}))
	var long [][]refresh.Event
	for i := range 3 {
		var h []refresh.Event
		for k := range 50 {
			h = append(h, applied(fmt.Sprintf("%d-%d", i, k), k))
		}
		long = append(long, h)
	}
	got := read(long...)
	same(t, "the newest are kept", []string{"100", "2-49"}, []string{fmt.Sprint(len(got)), got[99].Result})
}
