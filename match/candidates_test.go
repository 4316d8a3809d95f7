package match_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// TestCandidatesAreBounded: of many candidates the same few are kept, in whatever order they come, and all are counted.
func TestCandidatesAreBounded(t *testing.T) {
	var targets []refresh.Entry
	for i := range 50 {
		targets = append(targets, with(refresh.ID(fmt.Sprintf("t%02d", i)), "x@y.example", "shared@x.example"))
		targets[i].Primary = refresh.Address(fmt.Sprintf("t%d@y.example", i))
	}
	sources := []refresh.Entry{with("s1", "shared@x.example"), with("s2", "t7@y.example", "shared@x.example")}
	var first []string
	for seed := range uint64(5) {
		list := shuffled(rand.New(rand.NewPCG(seed, 1)), targets)
		p, err := match.Pair(match.Entries(sources), match.Entries(list), match.Default(), &match.Options{MaxCandidates: 5})
		if err != nil {
			t.Fatal(err)
		}
		d, ok := p.Source("s1")
		if !ok || d.Status != match.Ambiguous || d.Total != 50 || len(d.Candidates) != 5 {
			t.Fatalf("%s, %d of %d candidates", d.Status, len(d.Candidates), d.Total)
		}
		var got []string
		for _, c := range d.Candidates {
			got = append(got, string(c.Entry.ID))
		}
		if first == nil {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("another order (-want +got):\n%s", diff)
		}
		if d, _ := p.Source("s2"); d.Status != match.Matched || d.Other.ID != "t07" || d.Rule != "primary" {
			t.Errorf("who has stronger evidence: %s by %s", d.Status, d.Rule)
		}
		if d, _ := p.Target("t07"); d.Status != match.Matched || d.Total != 1 {
			t.Errorf("its target: %s, %d other candidates", d.Status, d.Total)
		}
	}
}
