package refresh_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// TestMergeEqualsWhole: the results of the parts, merged, are that of the whole.
func TestMergeEqualsWhole(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 100} {
		w := crowd(30)
		ids := w.job.Matches
		w.source.SwitchDomain("old.example", "moved.example", memconn.KeepOld)
		w.source.Swap(ids[0].Source.ID, ids[29].Source.ID)
		w.source.Delete(ids[3].Source.ID, day1, day1.AddDate(0, 1, 0))
		w.source.DisableMailbox(ids[8].Source.ID)
		w.job.Matches[5].Target = w.job.Matches[25].Target // conflicts across parts
		sides, _, _ := w.connect(nil)
		opts := &refresh.Options{ConfirmAfter: -1, ExpectDomain: "elsewhere.example"}
		want := run(t, w.job, sides, opts)
		marks, err := refresh.TakeMarks(t.Context(), w.job, sides)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := refresh.Split(w.job, n)
		if err != nil || len(parts) != min(n, 30) {
			t.Fatalf("%d parts, %v", len(parts), err)
		}
		var results []*refresh.Result
		for _, p := range parts {
			o := *opts
			o.Marks = marks
			results = append([]*refresh.Result{run(t, p, sides, &o)}, results...) // in any order
		}
		got, err := refresh.Merge(w.job, results...)
		if err != nil {
			t.Fatal(err)
		}
		ignore := cmp.Options{
			cmpopts.IgnoreFields(refresh.Result{}, "ID"), cmpopts.IgnoreFields(refresh.Run{}, "ID", "Started", "Finished"),
			cmpopts.IgnoreFields(refresh.SideRun{}, "Asked", "Cursor", "Epoch", "Since"), cmpopts.IgnoreFields(refresh.Row{}, "StampAfter"),
			cmpopts.IgnoreFields(refresh.Mark{}, "FirstSeen", "LastSeen"),
		}
		if diff := cmp.Diff(want, got, ignore); diff != "" {
			t.Errorf("%d parts (-want +got):\n%s", n, diff)
		}
		if _, err := w.job.Apply(got); err != nil {
			t.Error(err)
		}
	}
}

// TestMergeRefuses: what does not belong together is no whole.
func TestMergeRefuses(t *testing.T) {
	w := crowd(4)
	sides, _, _ := w.connect(nil)
	parts, err := refresh.Split(w.job, 2)
	if err != nil {
		t.Fatal(err)
	}
	a, b := run(t, parts[0], sides, nil), run(t, parts[1], sides, nil)
	_, err = refresh.Merge(w.job, a, b, a)
	as[*refresh.OverlapError](t, err)
	_, err = refresh.Merge(refresh.NewJob("another"), a)
	as[*refresh.WrongJobError](t, err)
	_, err = refresh.Merge(parts[0], a, b)
	as[*refresh.StaleError](t, err)
	if _, err = refresh.Merge(w.job); err == nil {
		t.Error("nothing to merge: no error")
	}
	if _, err = refresh.Split(w.job, 0); err == nil {
		t.Error("no parts: no error")
	}
	one, err := refresh.Merge(w.job, b)
	if err != nil || len(one.Rows) != len(b.Rows) {
		t.Errorf("a part alone: %v", err)
	}
}
