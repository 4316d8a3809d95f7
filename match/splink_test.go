package match_test

import (
	"math/rand/v2"
	"testing"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// TestSplink splits the clusters of a public data set into two sides, in several ways, and holds automatic pairs by address to the truth.
func TestSplink(t *testing.T) {
	rows := table(t, publicData(t, "splink", "fake_1000.csv"))
	clusters := make(map[string][]map[string]string)
	var order []string
	for _, r := range rows {
		if clusters[r["cluster"]] == nil {
			order = append(order, r["cluster"])
		}
		clusters[r["cluster"]] = append(clusters[r["cluster"]], r)
	}
	entry := func(r map[string]string) refresh.Entry {
		e := refresh.Entry{Given: r["first_name"], Surname: r["surname"]}
		e.ID, e.Primary, e.DisplayName = refresh.ID(r["unique_id"]), refresh.Address(r["email"]), r["first_name"]+" "+r["surname"]
		return e
	}
	for split := range 20 {
		rng := rand.New(rand.NewPCG(1, uint64(split)))
		var sources, targets []refresh.Entry
		cluster := make(map[refresh.ID]string)
		for _, c := range order {
			members := clusters[c]
			if split > 0 {
				rng.Shuffle(len(members), func(i, k int) { members[i], members[k] = members[k], members[i] })
			}
			for i, r := range members {
				e := entry(r)
				cluster[e.ID] = c
				if i == 0 {
					sources = append(sources, e)
				} else if i == 1 {
					targets = append(targets, e)
				}
			}
		}
		// What can be had: the address is equal, and nobody else on either side has it.
		count := func(list []refresh.Entry) map[string][]refresh.ID {
			n := make(map[string][]refresh.ID)
			for _, e := range list {
				if e.Primary != "" {
					n[e.Primary.Fold()] = append(n[e.Primary.Fold()], e.ID)
				}
			}
			return n
		}
		s, g := count(sources), count(targets)
		can := 0
		for a, ids := range s {
			if len(ids) == 1 && len(g[a]) == 1 && cluster[ids[0]] == cluster[g[a][0]] {
				can++
			}
		}
		p, err := match.Pair(match.Entries(sources), match.Entries(targets), match.Default(), nil)
		if err != nil {
			t.Fatal(err)
		}
		right, wrong := 0, 0
		for a, b := range p.Pairs() {
			if cluster[a.ID] == cluster[b.ID] {
				right++
			} else {
				wrong++
				t.Logf("split %d: %s %s and %s %s", split, a.ID, a.DisplayName, b.ID, b.DisplayName)
			}
		}
		if split < 2 {
			t.Logf("split %d: %d sources, %d targets: %d right, %d wrong of %d pairs with one address, %.3f", split, len(sources), len(targets), right, wrong, can, float64(right)/float64(can))
		}
		if wrong > 0 || float64(right) < 0.95*float64(can) {
			t.Errorf("split %d: %d right, %d wrong of %d", split, right, wrong, can)
		}
	}
}
