package ldapconn_test

import (
	"fmt"
	"testing"
)

// pair is a fault under a call. Whatever part of the matrix is drawn, each of them has to strike.
type pair struct {
	fault string
	op    operation
}

func (p pair) String() string { return fmt.Sprintf("%s under %s", p.fault, p.op) }

func (x *cell) pair() pair { return pair{x.fault.name, x.op} }

// draw divides the matrix into one cell in so many, and at least one of each pair, and what is left of each pair. That is for pairs
// of which the cells that were drawn do not strike: a fault may wait for the seventh search of a call that takes six.
func draw(seed, share uint64) (drawn []*cell, rest map[pair][]*cell) {
	rest = map[pair][]*cell{}
	has := map[pair]bool{}
	all := cells(seed)
	for _, x := range all {
		if x.hash(^seed)%share == 0 {
			drawn, has[x.pair()] = append(drawn, x), true
		} else {
			rest[x.pair()] = append(rest[x.pair()], x)
		}
	}
	for _, x := range all {
		if p := x.pair(); !has[p] {
			drawn, rest[p], has[p] = append(drawn, x), rest[p][1:], true // x is the first of them
		}
		if _, ok := rest[x.pair()]; !ok {
			rest[x.pair()] = nil // it has to strike all the same
		}
	}
	return drawn, rest
}

// TestFaultDraw: a part of the matrix leaves no pair out, and no cell is in both parts.
func TestFaultDraw(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		for _, share := range []uint64{1, usualShare, 5, 1000} {
			drawn, rest := draw(seed, share)
			n, has := map[string]int{}, map[pair]bool{}
			for _, x := range drawn {
				n[x.name()]++
				has[x.pair()] = true
			}
			for _, list := range rest {
				for _, x := range list {
					n[x.name()]++
				}
			}
			for _, x := range cells(seed) {
				if _, ok := rest[x.pair()]; !ok || !has[x.pair()] || n[x.name()] != 1 {
					t.Errorf("seed %d, one in %d: %s: %t, %d times", seed, share, x.name(), has[x.pair()], n[x.name()])
				}
			}
		}
	}
}
