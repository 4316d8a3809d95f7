package refresh_test

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestMergeIntoAJobThatWasEdited: the conflicts of a merge are those of the job that it is given. What a part keeps writing counts as held
// afterwards, also where the row holds something else by now.
func TestMergeIntoAJobThatWasEdited(t *testing.T) {
	a, b := box("a", "a@old.example", "kept@old.example"), box("b", "b@old.example")
	j := jobOf(one(refresh.Source, "1", refresh.Bound, a), one(refresh.Source, "2", refresh.Bound, b))
	c := &script{resolve: answers(lookups{
		"a": refresh.Found(box("a", "a@old.example", "kept@old.example", "new@old.example")),
		"b": refresh.Found(box("b", "b@old.example", "a@old.example", "kept@old.example")),
	})}
	parts, err := refresh.Split(j, 2)
	must(t, err)
	var results []*refresh.Result
	for _, p := range parts {
		results = append(results, run(t, p, only(refresh.Source, c), withoutPause))
	}
	addresses := func(r *refresh.Result) (out []refresh.Address) {
		for _, x := range r.Conflicts {
			out = append(out, x.Address)
		}
		return out
	}
	want := []refresh.Address{"a@old.example", "kept@old.example"}
	same(t, "both are shared afterwards", want, addresses(merge(t, j, results...)))

	edited := deepCopy(t, j)
	edited.Matches[0].Source.Primary, edited.Matches[0].Source.Aliases = "x@old.example", nil
	same(t, "so they are where the row was edited meanwhile", want, addresses(merge(t, edited, results...)))
}
