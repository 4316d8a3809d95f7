package refresh

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// repeats against a plain model, over chunk and partition borders.
func TestRepeats(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, n := range []int{0, 1, 2, 15, 16, 17, 1023, 1024, 1025, 2047, 2048, 16383, 16384, 16385, 32768, 32769, 50000} {
		for _, expect := range []int{0, 1, n, 10 * n} {
			for _, bits := range []uint{4, 20, 32} {
				r, second := newRepeats(expect, 2), newRepeats(expect, 2)
				rows := map[uint64]map[int]bool{}
				for range n {
					h := rng.Uint64() >> (64 - bits) << (64 - bits)
					if rng.IntN(3) == 0 {
						h = 0
					}
					row := rng.IntN(n)
					if rows[h>>32] == nil {
						rows[h>>32] = map[int]bool{}
					}
					rows[h>>32][row] = true
					[]*repeats{&r, &second}[rng.IntN(2)].add(h, row)
				}
				want := map[int]bool{}
				for _, s := range rows {
					if len(s) > 1 {
						for k := range s {
							want[k] = true
						}
					}
				}
				r.join(&second)
				for range 2 {
					got := r.rows()
					if len(got) != len(want) || !slices.IsSorted(got) {
						t.Fatalf("n %d expect %d bits %d: %d rows, want %d", n, expect, bits, len(got), len(want))
					}
					for _, k := range got {
						if !want[k] {
							t.Fatalf("row %d", k)
						}
					}
				}
			}
		}
	}
}

func TestRoster(t *testing.T) {
	for _, expect := range []int{0, 1, 7, 8, 9, 1000} {
		matches := make([]Match, 5000)
		r := newRoster(matches, Target, expect)
		at := map[ID]int{}
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range 5000 {
			id := ID(fmt.Sprint(rng.IntN(2000)))
			if _, ok := at[id]; !ok {
				at[id] = len(at)
			}
			if rng.IntN(10) == 0 {
				r.wantToo(id)
				continue
			}
			matches[i].Target.ID = id
			r.want(i)
		}
		if ids := r.since(3); r.len() != len(at) || len(ids) != len(at)-3 || ids[0] != r.id(3) {
			t.Fatal(r.len(), ids)
		}
		for id, n := range at {
			if r.find(id) != n || r.id(n) != id {
				t.Fatal(id)
			}
		}
		if r.find("nobody") != -1 {
			t.Fatal()
		}
	}
}

// The order of errors: a plain model of Validate.
func TestValidateOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 3000 {
		j := Job{ID: "j", Source: Endpoint{Epoch: "e"}}
		n := rng.IntN(8)
		for range n {
			m := Match{Key: fmt.Sprint(rng.IntN(6)), SourceOrigin: Bound, Source: Mailbox{ID: "1", Primary: "a@b.example"}}
			switch rng.IntN(8) {
			case 0:
				m.Source.Primary = "bad"
			case 1:
				m.Source.ID = ""
			case 2:
				m.Key = ""
			case 3:
				m.SourceStamp = stampOf("e", &m.Source)
			}
			j.Matches = append(j.Matches, m)
		}
		want := error(nil)
		seen := map[string]int{}
		for i := range j.Matches {
			m := &j.Matches[i]
			if err := m.validate(); err != nil {
				want = inRow(err, i)
				break
			}
			if f, ok := seen[m.Key]; ok {
				want = duplicateKey(i, f, m.Key)
				break
			}
			seen[m.Key] = i
		}
		_, surveyed := j.survey()
		for _, got := range []error{j.Validate(), surveyed} {
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("got %v want %v", got, want)
			}
		}
	}
}

// TestSurveyInParts: a large job is read by several processors, and gives the error that reading it row by row gives.
func TestSurveyInParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	n := 3*surveyRows + 17
	for round := range 60 {
		j := Job{ID: "j", Matches: make([]Match, n)}
		for i := range j.Matches {
			j.Matches[i] = Match{Key: fmt.Sprint(i), SourceOrigin: Bound, Source: Mailbox{ID: ID(fmt.Sprint(i)), Primary: Address(fmt.Sprintf("a%d@b.example", i))}}
		}
		for range round % 4 {
			i, k := rng.IntN(n), rng.IntN(n)
			if rng.IntN(2) == 0 {
				j.Matches[i].Key = j.Matches[k].Key
			} else {
				j.Matches[i].Source.Primary = "bad"
			}
		}
		want := j.Validate()
		v, got := j.survey()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if got == nil && (v.claims.held[0].n() != n || v.claims.goals.n() != 0) {
			t.Fatalf("%d addresses of %d were noted", v.claims.held[0].n(), n)
		}
	}
}

func (r *repeats) n() (n int) {
	for _, l := range r.lists {
		n += len(l.last)
		for _, c := range l.full {
			n += len(c)
		}
	}
	return n
}
