package match_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// made is two lists of people with made-up names, some common and most rare, the second typed anew with errors. Who has which partner is in truth.
type made struct {
	sources, targets []*refresh.Entry
	truth            []int // the target of each source, -1 for none
}

// makePeople makes n sources; share of them are among the targets, and errors is how many of their names have some.
func makePeople(r *rand.Rand, n int, share, errors float64) made {
	word := func(id int, parts int) string {
		x := rand.New(rand.NewPCG(uint64(id), uint64(parts)))
		s := ""
		for range parts {
			s += string("bcdfghjklmnprstvw"[x.IntN(17)]) + string("aeiou"[x.IntN(5)])
			if x.IntN(3) == 0 {
				s += string("lnrst"[x.IntN(5)])
			}
		}
		return s
	}
	// Zipf's law: the commonest given name is that of two in a hundred.
	pick := func(of int) int { return int(math.Exp(r.Float64() * math.Log(float64(of)))) }
	typo := func(s string) string {
		b := []byte(s)
		i := r.IntN(len(b))
		switch r.IntN(4) {
		case 0:
			b[i] = "abcdefghijklmnopqrstuvwxyz"[r.IntN(26)]
		case 1:
			b = slices.Delete(b, i, i+1)
		case 2:
			b = slices.Insert(b, i, "abcdefghijklmnopqrstuvwxyz"[r.IntN(26)])
		default:
			if i > 0 {
				b[i], b[i-1] = b[i-1], b[i]
			}
		}
		return string(b)
	}
	var m made
	for i := range n {
		s := &refresh.Entry{Given: word(pick(800), 2), Surname: word(pick(20_000)+10_000, 3)}
		s.ID = refresh.ID(fmt.Sprint("s", i))
		m.sources, m.truth = append(m.sources, s), append(m.truth, -1)
		if r.Float64() > share {
			continue
		}
		t := &refresh.Entry{Given: s.Given, Surname: s.Surname}
		t.ID = refresh.ID(fmt.Sprint("t", i))
		if r.Float64() < errors {
			switch r.IntN(6) {
			case 0:
				t.Given, t.Surname = t.Surname, t.Given
			case 1:
				t.Given = word(pick(800), 2) // another one altogether
			case 2:
				t.Given = ""
			case 3, 4:
				t.Surname = typo(t.Surname)
			default:
				t.Given = typo(t.Given)
			}
		}
		m.truth[i] = len(m.targets)
		m.targets = append(m.targets, t)
	}
	return m
}

func (m made) score(list []match.Suggestion) (right, wrong int) {
	for _, x := range list {
		if m.truth[x.Source] == x.Target {
			right++
		} else {
			wrong++
		}
	}
	return right, wrong
}

// TestMadeNames holds suggestions to equal names that are unique on both sides, on names that nobody tuned anything to.
func TestMadeNames(t *testing.T) {
	for seed, x := range []struct {
		n             int
		share, errors float64
	}{{500, 1, 0.5}, {3000, 1, 0.4}, {3000, 0.3, 0.4}, {5000, 0.9, 0.2}} {
		m := makePeople(rand.New(rand.NewPCG(uint64(seed), 3)), x.n, x.share, x.errors)
		f := febrl{sources: m.sources, targets: m.targets}
		er, ew := m.score(f.exact())
		r, w := m.score(match.SuggestNames(m.sources, m.targets, nil))
		t.Logf("%d people, %.0f%% on both sides, %.0f%% with errors: exact %d right, %d wrong; similar %d right, %d wrong", x.n, 100*x.share, 100*x.errors, er, ew, r, w)
		if share := func(r, w int) float64 { return float64(w) / float64(r+w) }; share(r, w) > share(er, ew) || r <= er {
			t.Errorf("%d people: less precise than equal names, or no more", x.n)
		}
	}
}

// TestSuggestOrder: the order of the entries does not matter, and neither does the side.
func TestSuggestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	m := makePeople(r, 800, 0.8, 0.5)
	byID := func(sources, targets []*refresh.Entry, list []match.Suggestion, swap bool) map[refresh.ID]match.Suggestion {
		out := make(map[refresh.ID]match.Suggestion)
		for _, x := range list {
			s, g := sources[x.Source].ID, targets[x.Target].ID
			if swap {
				s, g = g, s
			}
			out[s+" "+g] = match.Suggestion{Score: x.Score, Margin: x.Margin}
		}
		return out
	}
	want := byID(m.sources, m.targets, match.SuggestNames(m.sources, m.targets, nil), false)
	if len(want) < 300 {
		t.Errorf("%d suggestions only", len(want))
	}
	near := cmpopts.EquateApprox(0, 1e-9)
	s, g := slices.Clone(m.sources), slices.Clone(m.targets)
	r.Shuffle(len(s), func(i, k int) { s[i], s[k] = s[k], s[i] })
	r.Shuffle(len(g), func(i, k int) { g[i], g[k] = g[k], g[i] })
	if d := cmp.Diff(want, byID(s, g, match.SuggestNames(s, g, nil), false), near); d != "" {
		t.Errorf("another order (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want, byID(g, s, match.SuggestNames(g, s, nil), true), near); d != "" {
		t.Errorf("the other side (-want +got):\n%s", d)
	}
}

// TestSuggestMany: time grows with the people, not with their square.
func TestSuggestMany(t *testing.T) {
	if os.Getenv("READDRESS_SPEED") == "" {
		t.Skip("set READDRESS_SPEED=1 to suggest names among 200,000 people")
	}
	took := func(n int) time.Duration {
		m := makePeople(rand.New(rand.NewPCG(5, 5)), n, 0.9, 0.3)
		began := time.Now()
		r, w := m.score(match.SuggestNames(m.sources, m.targets, nil))
		d := time.Since(began)
		t.Logf("%d people: %v, %d right, %d wrong", n, d, r, w)
		return d
	}
	small, large := took(10_000), took(100_000)
	if ratio := float64(large) / float64(small); ratio > 40 {
		t.Errorf("ten times as many people take %.0f times as long", ratio)
	}
}

// TestDoubt: who allows less doubt gets fewer suggestions, and whatever is allowed, nobody is suggested to two.
func TestDoubt(t *testing.T) {
	m := makePeople(rand.New(rand.NewPCG(2, 6)), 2000, 0.6, 0.6)
	last := 0
	for _, doubt := range []float64{0.01, 0.1, 0.35, 0.9} {
		list := match.SuggestNames(m.sources, m.targets, &match.Names{Doubt: doubt})
		once := make(map[int]bool)
		for _, x := range list {
			if once[x.Target] || x.Margin < 1-doubt {
				t.Errorf("doubt %v: target %d again, or a margin of %v", doubt, x.Target, x.Margin)
			}
			once[x.Target] = true
		}
		if len(list) <= last {
			t.Errorf("doubt %v: %d suggestions, no more than with less doubt", doubt, len(list))
		}
		last = len(list)
	}
}
