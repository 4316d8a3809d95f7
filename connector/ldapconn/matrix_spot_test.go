package ldapconn_test

import (
	"math/rand/v2"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// spot is where a trouble strikes.
type spot struct {
	name  string
	once  bool // on each server
	every bool
	nth   func(n int, r *rand.Rand) int // of n; with every, from the nth on
	after func(r *rand.Rand) int        // entries
	first bool                          // only on the server in use
	large bool                          // only searches for many
	early bool                          // from before the connection is opened
	of    []operation
}

func firstOf(int, *rand.Rand) int      { return 1 }
func middleOf(n int, _ *rand.Rand) int { return 1 + n/2 }
func lastOf(n int, _ *rand.Rand) int   { return max(1, n) }
func anyOf(n int, r *rand.Rand) int    { return 1 + r.IntN(max(1, n)) }
func beforeAll(*rand.Rand) int         { return 0 }
func afterSome(r *rand.Rand) int       { return 1 + r.IntN(20) }
func beforeEnd(*rand.Rand) int         { return 1 << 30 }
func afterAny(r *rand.Rand) int        { return r.IntN(40) }

// fits reports whether a trouble can strike there: single messages and connections have no entries.
func (p spot) fits(t trouble) bool {
	switch t.fault.Op {
	case ldaptest.Connect, ldaptest.Message:
		return p.after == nil
	}
	return p.after != nil
}

// spots are where troubles of operations strike, and where those of connections and single messages do. Not every call needs all
// of them: a look-up is many searches at a time, an inspection a few one after the other.
var spots = []spot{
	{name: "first search, before any entry", once: true, nth: firstOf, after: beforeAll, of: operations},
	{name: "first search, after some entries", once: true, nth: firstOf, after: afterSome, of: lookUps},
	{name: "first search, before its end", once: true, nth: firstOf, after: beforeEnd, of: lookUps},
	{name: "a middle search, after some entries", once: true, nth: middleOf, after: afterSome, of: operations},
	{name: "last search, before its end", once: true, nth: lastOf, after: beforeEnd, of: operations},
	{name: "any search", once: true, nth: anyOf, after: afterAny, of: append(sweeps, refreshing)},
	{name: "from any search on", every: true, nth: anyOf, after: afterAny, of: runs},
	{name: "every search, before any entry", every: true, nth: firstOf, after: beforeAll, of: operations},
	{name: "every search, after some entries", every: true, nth: firstOf, after: afterSome, of: lookUps},
	{name: "from a middle search on, before the end", every: true, nth: middleOf, after: beforeEnd, of: sweeps},
	{name: "every large search", every: true, nth: firstOf, after: afterAny, of: append(lookUps, refreshing), large: true},
	{name: "every search of the first server", every: true, nth: firstOf, after: afterAny, of: operations, first: true},
	{name: "every large search of the first server", every: true, nth: firstOf, after: afterAny, of: lookUps, first: true, large: true},
	{name: "before the opening, any", once: true, nth: anyOf, after: afterAny, of: operations, early: true},
	{name: "before the opening, from any on", every: true, nth: anyOf, after: afterAny, of: lookUps, early: true},

	{name: "first", once: true, nth: firstOf, of: operations},
	{name: "any", once: true, nth: anyOf, of: operations},
	{name: "any other", once: true, nth: anyOf, of: lookUps},
	{name: "last", once: true, nth: lastOf, of: lookUps},
	{name: "every", every: true, nth: firstOf, of: operations},
	{name: "from any on", every: true, nth: anyOf, of: operations},
	{name: "from any on, on the first server", every: true, nth: anyOf, of: operations, first: true},
	{name: "any, before the opening", once: true, nth: anyOf, of: operations, early: true},
}

// The calls that a spot is for.
var (
	sweeps  = []operation{resolving, listing, finding}
	lookUps = []operation{resolving, finding}
	runs    = []operation{refreshing}
)
