package proptest

import (
	"flag"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// strict counts the open questions as failures too.
var strict = flag.Bool("proptest.strict", false, "fail on the known disagreements between engine and model as well")

// The known disagreements between the engine and the model, each with the reading of the design that the model takes.
// Take one out when it is settled; -proptest.strict shows what is left.
//
//   - staleFirst: a value that equals the former one and comes from another replica is "reverted or stale" even where it
//     lacks the Instance or is of another Kind than the present one (rule 11). The engine judges "no mailbox" and "moved" first.
//   - staleAsRead: the value as it was read counts. The engine fills unknown fields from the present value and
//     compares that with the former one.
//   - onlySorts: Only must not touch the result that it narrows. The engine sorts the members of its conflicts.
const (
	staleFirst  = true
	staleAsRead = true
	onlySorts   = false
)

// tolerates reports whether an open question is passed over.
func tolerates(open bool) bool { return open && !*strict }

// resultText is a text of a result to compare it with later.
func resultText(r *refresh.Result) string {
	c := *r
	if tolerates(onlySorts) {
		c.Conflicts = slices.Clone(c.Conflicts)
		for i := range c.Conflicts {
			c.Conflicts[i].Members = slices.SortedFunc(slices.Values(c.Conflicts[i].Members), func(a, b refresh.Member) int {
				return strings.Compare(a.Key, b.Key)
			})
		}
	}
	return asJSON(c)
}
