package report

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

// Remedy returns what a person can do about a case, "" for a case that cannot occur. Where the table has no text for the case's system,
// the text is that for any system, which names no product. A host with a system of its own gets these, too, unless
// it sets [Case.System].
func Remedy(c Case) string {
	table := remedies()
	if text := table[c]; text != "" {
		return text
	}
	c.System = AnySystem
	return table[c]
}

// remedies is the table by case.
var remedies = sync.OnceValue(func() map[Case]string {
	out := map[Case]string{}
	for _, r := range slices.Concat(remediesAnywhere, remediesOfAD, remediesOfM365, remediesOfLDAP, remediesOfIMAP) {
		for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
			if text := r.on(s); text != "" {
				c := r.about
				c.Side = s
				out[c] = text
			}
		}
	}
	return out
})

// Cases returns every case that can occur, in reading order, and after it the same case of each system that has a remedy of its own.
func Cases() []Case { return slices.SortedFunc(maps.Keys(remedies()), Case.compare) }

// WarningRemedy returns what a person can do about a warning of one side, or of the job where s is zero.
func WarningRemedy(w refresh.WarningCode, s refresh.Side) string {
	text := ""
	switch w {
	case refresh.WarnUnpinned:
		text = "Check that this is the right directory. Applying the result pins the job to it; from then on another one is refused."
	case refresh.WarnPinUnverified:
		text = "Give the {side} account the right to read what identifies the directory, so that a wrong one is noticed. Until then check the server's name above."
	case refresh.WarnReconfigure:
		text = "Reconfigure the {side} connection with the administrator's present address, then refresh again."
	case refresh.WarnSuspicious:
		text = "Check that the {side} connection reaches the right directory and that its account may see all of it. Apply the result only when you know why so many are missing."
	case refresh.WarnExpectedDomain:
		text = "Wait until replication or directory sync is through, then refresh again. Rows that stay were left out of the switch: correct them in the {side} directory."
	case refresh.WarnAliasesLost:
		text = "Check that the {side} account may read all addresses (proxyAddresses), and refresh again before you apply a result."
	case refresh.WarnFailover:
		text = "Nothing, if the server named is up to date. Otherwise refresh again when the first one is back."
	case refresh.WarnConnector:
		text = "Report it to the authors of the {side} connector. Do not trust what this run says of that side until it is mended."
	case refresh.WarnNoIdentity:
		text = "Enrol these rows while their {side} addresses are still right: after a switch of domains nobody can tell whose they were. Match rows that cannot be enrolled by hand."
	}
	return onSide(text, s)
}

// ConflictRemedy returns what a person can do about a conflict.
func ConflictRemedy(c *refresh.Conflict) string {
	switch {
	case c.State == refresh.ConflictResolved:
		return "Nothing. Applying the result ends this conflict."
	case c.Kind == refresh.SharedTarget:
		return "Match one of the rows to another target, or declare that they are merged or different parts if that is meant."
	case c.Kind == refresh.SharedAddress:
		return onSide("Find out in the {side} directory which mailbox holds the address, take it from the other one, and refresh all of these rows.", c.Side)
	}
	return ""
}

func onSide(text string, s refresh.Side) string {
	if s == 0 {
		return strings.ReplaceAll(text, "{side} ", "")
	}
	return strings.ReplaceAll(text, "{side}", s.String())
}

func (r remedy) on(s refresh.Side) string {
	switch {
	case s == refresh.Source && r.source != "":
		return onSide(r.source, s)
	case s == refresh.Target && r.target != "":
		return onSide(r.target, s)
	case s == refresh.Source || s == refresh.Target:
		return onSide(r.both, s)
	}
	return ""
}
