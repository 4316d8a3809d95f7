package ldapconn

import (
	"fmt"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

func TestRoll(t *testing.T) {
	var r roll
	for n := range 3000 {
		if first, err := r.first(idOf(n)); !first || err != nil {
			t.Fatalf("entry %d: %v, %v", n, first, err)
		}
	}
	for n := range maxAgain {
		if first, err := r.first(idOf(n)); first || err != nil {
			t.Fatalf("entry %d again: %v, %v", n, first, err)
		}
	}
	if _, err := r.first(idOf(0)); err != errEndless {
		t.Errorf("%v, want an end", err)
	}
}

func TestRollIsBounded(t *testing.T) {
	const n = 200_000
	r := roll{limit: n}
	before := inUse()
	for i := range n {
		if first, err := r.first(idOf(i)); !first || err != nil {
			t.Fatalf("entry %d: %v, %v", i, first, err)
		}
	}
	if size := inUse() - before; size > 48*n {
		t.Errorf("%d bytes for each entry", size/n)
	}
	if _, err := r.first(idOf(n)); err != errEndless {
		t.Errorf("one more: %v, want an end", err)
	}
	if first, err := r.first(idOf(0)); first || err != nil {
		t.Errorf("the first entry again: %v, %v", first, err)
	}
}

func idOf(n int) refresh.ID { return refresh.ID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)) }
