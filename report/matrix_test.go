package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

func TestFlow(t *testing.T) {
	r := renames([3]string{"1", "a@old.example", "a@new.example"}, [3]string{"2", "b@OLD.example", "b@cloud.example"}, [3]string{"3", "c@old.example", ""},
		[3]string{"4", "d@other.example", "d@new.example"}, [3]string{"5", "", "e@new.example"})
	missing := refresh.Row{Key: "6", Side: refresh.Source, Outcome: refresh.Missing, Before: refresh.Mailbox{Primary: "f@old.example"}}
	unmatched := refresh.Row{Key: "7", Side: refresh.Source, Outcome: refresh.Unmatched}
	target := refresh.Row{Key: "1", Side: refresh.Target, Outcome: refresh.NotChanged, Before: refresh.Mailbox{Primary: "a@new.example"}}
	r.Rows = append(r.Rows, missing, unmatched, target)
	want := flow{side: refresh.Source, to: []string{"new.example", "cloud.example"}, from: []flowFrom{
		{domain: "old.example", moved: map[string]int{"new.example": 1, "cloud.example": 1}, still: 1, open: 1, total: 4},
		{domain: "", moved: map[string]int{"new.example": 1}, total: 1},
		{domain: "other.example", moved: map[string]int{"new.example": 1}, total: 1},
	}}
	if d := cmp.Diff(want, flowOf(r, refresh.Source), cmp.AllowUnexported(flow{}, flowFrom{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestFlowIsBounded: whatever the number of domains, the counts of a line add up.
func TestFlowIsBounded(t *testing.T) {
	var rows [][3]string
	for i := range 26 {
		for k := range 8 {
			rows = append(rows, [3]string{"k", "u@" + string(rune('a'+i)) + ".example", "u@" + string(rune('a'+k)) + ".new.example"})
		}
	}
	f := newHTMLFlow(flowOf(renames(rows...), refresh.Source))
	if len(f.From) != maxFlowFrom || f.Others != 1 || len(f.To) != maxFlowTo || !f.Elsewhere {
		t.Errorf("%d lines, %d others, %d columns, elsewhere %t", len(f.From), f.Others, len(f.To), f.Elsewhere)
	}
	for _, row := range f.From {
		sum := row.Elsewhere + row.Still + row.Open
		for _, c := range row.Cells {
			sum += c.Count
		}
		if sum != row.Total || row.Total != 8 {
			t.Errorf("%s: %d in its cells, %d rows", row.Domain, sum, row.Total)
		}
	}
}
