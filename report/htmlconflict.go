package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// htmlConflicts is the conflicts of one kind, side and state.
type htmlConflicts struct {
	Sign, Severity, Title, Remedy string
	Count                         int
	List                          []htmlConflict
	More                          int
}

type htmlConflict struct {
	Address string // or the target's ID
	Members []htmlMember
	More    int
}

type htmlMember struct{ Key, Notes string }

// conflictGroups groups conflicts for the page; note is added to each title.
func conflictGroups(all []refresh.Conflict, note string, o Options, s refresh.State) []htmlConflicts {
	var out []htmlConflicts
	for _, same := range groupConflicts(all) {
		sign, title := conflictTitle(&same[0])
		if note != "" {
			title += "; " + note
		}
		x := htmlConflicts{Sign: signsFor(false).severity[sign], Severity: sign.String(), Title: title, Remedy: ConflictRemedy(&same[0]), Count: len(same)}
		n := o.bound(len(same))
		x.More = len(same) - n
		for i := range same[:n] {
			x.List = append(x.List, newHTMLConflict(&same[i], o, s))
		}
		out = append(out, x)
	}
	return out
}

func newHTMLConflict(c *refresh.Conflict, o Options, s refresh.State) htmlConflict {
	out := htmlConflict{Address: brief(cmp.Or(string(c.Address), string(c.ID)))}
	n := o.bound(len(c.Members))
	out.More = len(c.Members) - n
	for _, m := range c.Members[:n] {
		out.Members = append(out.Members, htmlMember{brief(m.Key), memberNotes(c.Kind, m, s)})
	}
	return out
}

// groupConflicts groups conflicts by state, kind and side: those that applying brings about first, those that it ends last.
func groupConflicts(all []refresh.Conflict) [][]refresh.Conflict {
	order := func(a, b refresh.Conflict) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Side, b.Side))
	}
	sorted := slices.SortedStableFunc(slices.Values(all), order)
	var out [][]refresh.Conflict
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && order(sorted[0], sorted[n]) == 0 {
			n++
		}
		out = append(out, sorted[:n])
		sorted = sorted[n:]
	}
	return out
}

// conflictTitle says what the conflicts of a group are, and how grave.
func conflictTitle(c *refresh.Conflict) (refresh.Severity, string) {
	sign, when := refresh.SeverityError, "new"
	switch c.State {
	case refresh.ConflictExisting:
		sign, when = refresh.SeverityWarning, "there before"
	case refresh.ConflictResolved:
		sign, when = refresh.SeverityOK, "ended by this refresh"
	}
	what := "several mailboxes hold one address"
	if c.Kind == refresh.SharedTarget {
		what = "several rows go to one target"
	}
	return sign, sideLabel(c.Side) + ": " + what + ", " + when
}

func memberNotes(kind refresh.ConflictKind, m refresh.Member, state refresh.State) string {
	var notes []string
	if kind == refresh.SharedAddress {
		if m.Primary {
			notes = append(notes, "primary")
		} else {
			notes = append(notes, "alias")
		}
	}
	if m.Outcome == 0 {
		return strings.Join(append(notes, "not looked up in this run"), ", ")
	}
	return strings.Join(append(notes, strings.ToLower(Label(m.Outcome, state))), ", ")
}
