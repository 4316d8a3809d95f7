package proptest

import (
	"math/rand/v2"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// dice are a seeded source of choices.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// chance is true in percent of a hundred throws.
func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// between returns a number from lo to hi, both included.
func (d dice) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// weighted returns the index of one of the weights.
func (d dice) weighted(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := d.IntN(sum)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	panic("unreachable")
}

// shuffled returns the addresses in another order.
func shuffled(d dice, list []refresh.Address) []refresh.Address {
	out := append([]refresh.Address(nil), list...)
	d.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

var (
	locals  = []string{"ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal", "ida", "jim"}
	domains = []string{"old.example", "new.example", "third.example", "tenant.onmicrosoft.com"}
	kinds   = []refresh.Kind{refresh.KindUser, refresh.KindUser, refresh.KindUser, refresh.KindShared, refresh.KindRoom, refresh.KindUnknown, refresh.KindLinked}
	uLabel  = "bücher.example"
	aLabel  = "xn--bcher-kva.example"
)

// respell returns another spelling of the same address, or of the same login.
func respell(d dice, a refresh.Address) refresh.Address {
	if local, domain := a.Split(); d.chance(50) {
		switch domain {
		case uLabel:
			return refresh.Address(local + "@" + aLabel)
		case aLabel:
			return refresh.Address(local + "@" + uLabel)
		}
	}
	b := []byte(a)
	for i := range b {
		if d.chance(30) && b[i] < 0x80 {
			if up := strings.ToUpper(string(b[i])); up != string(b[i]) {
				b[i] = up[0]
			} else {
				b[i] = strings.ToLower(string(b[i]))[0]
			}
		}
	}
	return refresh.Address(b)
}
