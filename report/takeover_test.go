package report

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

// renames makes a result of source rows from "key old new".
func renames(rows ...[3]string) *refresh.Result {
	r := &refresh.Result{Run: refresh.Run{Source: &refresh.SideRun{}}}
	for _, x := range rows {
		row := refresh.Row{Key: x[0], Side: refresh.Source, Outcome: refresh.Refreshed, Before: refresh.Mailbox{Primary: refresh.Address(x[1])}}
		if x[2] != "" {
			row.After = &refresh.Mailbox{Primary: refresh.Address(x[2])}
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

func TestTakeovers(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		rows         [][3]string
		want         map[string]string
	}{
		{"nobody", "a switch of domains", [][3]string{{"1", "a@old", "a@new"}, {"2", "b@old", "b@new"}}, map[string]string{}},
		{"swap", "two rows", [][3]string{{"1", "a@x", "b@x"}, {"2", "b@x", "A@X"}}, map[string]string{"1": "swap with row 2", "2": "swap with row 1"}},
		{"circle", "three rows", [][3]string{{"1", "a@x", "b@x"}, {"2", "b@x", "c@x"}, {"3", "c@x", "a@x"}}, map[string]string{
			"1": "swap gets the former address of row 2, in a circle of 3 rows", "2": "swap gets the former address of row 3, in a circle of 3 rows",
			"3": "swap gets the former address of row 1, in a circle of 3 rows"}},
		{"chain", "the last one goes elsewhere", [][3]string{{"1", "a@x", "b@x"}, {"2", "b@x", "c@x"}}, map[string]string{"1": "takes over the former address of row 2"}},
		{"chain into nothing", "the former owner does not move: a conflict, no takeover", [][3]string{{"1", "a@x", "b@x"}, {"2", "b@x", ""}}, map[string]string{}},
		{"two want it", "nobody can say whose it becomes", [][3]string{{"1", "a@x", "b@x"}, {"2", "b@x", "c@x"}, {"3", "d@x", "b@x"}}, map[string]string{}},
		{"two had it", "nobody can say whose it was", [][3]string{{"1", "a@x", "b@x"}, {"2", "b@x", "c@x"}, {"3", "b@x", "d@x"}}, map[string]string{}},
		{"swap in a switch", "both get the other's name in the new domain", [][3]string{{"1", "a@old", "b@new"}, {"2", "b@old", "a@new"}, {"3", "c@old", "c@new"}},
			map[string]string{"1": "swap with row 2", "2": "swap with row 1"}},
		{"chain in a switch", "the former owner was renamed", [][3]string{{"1", "a@old", "b@new"}, {"2", "b@old", "c@new"}}, map[string]string{"1": "takes over the former address of row 2"}},
		{"same name elsewhere", "the other one moved to another domain", [][3]string{{"1", "a@old", "b@new"}, {"2", "b@old", "b@other"}}, map[string]string{}},
		{"into a circle", "one takes what a row of a swap would have had", [][3]string{{"1", "a@old", "b@new"}, {"2", "b@old", "a@new"}, {"3", "c@new", "a@old"}},
			map[string]string{"1": "swap with row 2", "2": "swap with row 1", "3": "takes over the former address of row 1"}},
		{"spelling", "no other address", [][3]string{{"1", "a@x", "A@x"}}, map[string]string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := renames(tc.rows...)
			got := map[string]string{}
			for i, to := range takeovers(r) {
				got[r.Rows[i].Key] = to.label() + " " + to.note(to.from)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, d)
			}
		})
	}
}

// TestTakeoversOfACrowd: one circle of very many rows takes no longer for each row than a small one.
func TestTakeoversOfACrowd(t *testing.T) {
	const n = 200_000
	rows := make([][3]string, n)
	for i := range rows {
		rows[i] = [3]string{fmt.Sprint(i), fmt.Sprintf("u%d@x", i), fmt.Sprintf("u%d@x", (i+1)%n)}
	}
	got := takeovers(renames(rows...))
	if len(got) != n || got[0].round != n || got[0].from != "1" {
		t.Errorf("%d takeovers, the first %+v", len(got), got[0])
	}
}
