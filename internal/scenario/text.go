package scenario

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// OutcomeText says what happened to a row, with everything that a person is told.
func OutcomeText(row refresh.Row) string {
	text := row.Outcome.String()
	var more []string
	if row.Reasons != 0 {
		more = append(more, row.Reasons.String())
	}
	if row.Cause != 0 {
		more = append(more, row.Cause.String())
	}
	if e := row.Evidence; e != nil {
		if e.Proof != refresh.ProofNone {
			more = append(more, e.Proof.String())
		}
		for _, x := range []struct {
			is   bool
			text string
		}{
			{!e.DeletedAt.IsZero(), "with a date"}, {!e.RestorableUntil.IsZero(), "restorable until a date"},
			{e.DeletionUnknown, "deletion unknown"}, {e.ForwardsTo != "", "forwards to " + string(e.ForwardsTo)},
			{e.Instance != "" && e.Instance != row.Before.Instance, "by the new one"},
		} {
			if x.is {
				more = append(more, x.text)
			}
		}
	}
	if len(more) > 0 {
		text += ": " + strings.Join(more, ", ")
	}
	return text
}

// rowText is the outcome of a row in two runs, and what the job holds then: the primary address first, the others in order.
func rowText(key, first, then string, addresses []refresh.Address) string {
	addresses = slices.Clone(addresses)
	slices.Sort(addresses[min(1, len(addresses)):])
	return fmt.Sprintf("%s: %s -> %s %s", key, first, then, addresses)
}

func sumText(first, then refresh.Counts, conflicts int) string {
	return fmt.Sprintf("%s -> %s; %d conflicts", countText(first), countText(then), conflicts)
}

func countText(c refresh.Counts) string {
	var words []string
	sum := 0
	for _, o := range slices.Sorted(maps.Keys(c.ByOutcome)) {
		words = append(words, fmt.Sprintf("%d %s", c.ByOutcome[o], o))
		sum += c.ByOutcome[o]
	}
	if sum != c.Total {
		words = append(words, fmt.Sprintf("which are %d of %d", sum, c.Total))
	}
	return strings.Join(words, ", ")
}

func tallyOutcome(c *refresh.Counts, text string) {
	word, _, _ := strings.Cut(text, ":")
	var o refresh.Outcome
	if err := o.UnmarshalText([]byte(word)); err != nil {
		panic(errors.Join(errors.New("the scenario expects no outcome"), err))
	}
	c.ByOutcome[o]++
	c.Total++
}
