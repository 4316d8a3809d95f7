package proptest

import (
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// read says what one answer means for one side of a row, in every way that the design allows. Again: it is the answer
// of the second round.
func (f *facts) read(m refresh.Match, s refresh.Side, l refresh.Lookup, again bool) []reading {
	if err := l.Err(); err != nil {
		cause := causeOf(err)
		if f.cancelled {
			return []reading{{causes: nil}}
		}
		return []reading{{causes: []refresh.Cause{cause}}}
	}
	if a, ok := l.Absence(); ok {
		reason := a.Reason
		if reason == 0 {
			reason = refresh.ReasonGone
		}
		proven := a.Proof != refresh.ProofNone && (a.Proof != refresh.ProofEmptyScope || a.Sight)
		if proven && reason == refresh.ReasonNoMailbox && m.Origin(s) == refresh.Bound && m.Mailbox(s).Instance == "" {
			// The row never knew of a mailbox, so none of its own can have been removed.
			return []reading{{causes: []refresh.Cause{refresh.CauseMailboxUnknown}}}
		}
		if proven || f.wrong.believeUnproven {
			return []reading{{state: readAbsent, reason: reason}}
		}
		return []reading{{causes: []refresh.Cause{refresh.CauseNotVisible}}}
	}
	found, _ := l.Mailbox()
	box := m.Mailbox(s)
	if found.ID != box.ID {
		return []reading{{found: true}}
	}
	found.Aliases = normal(found.Primary, found.Aliases)
	now := reading{state: readFound, found: true, after: f.merged(m, s, found)}
	stale := f.stale(m, s, l, found, now.after)
	out := []reading{now}
	if m.Origin(s) == refresh.Bound {
		out = f.readBound(box, found, now, again)
	}
	if stale == certain && out[0].state != readFound {
		// An absence that the second round bears out where the present value was read from is no matter of replicas.
		origin := previousOf(m, s).Replica
		if again || f.replica(f.second.said(box.ID).lookup) == origin {
			stale = possible
		}
	}
	if stale == certain {
		out = nil
	}
	if stale != excluded {
		causes := []refresh.Cause{refresh.CauseStale}
		if box.Instance != "" && found.Instance == "" {
			causes = append(causes, refresh.CauseMailboxUnknown) // both are true, and neither writes anything
		}
		out = append(out, reading{found: true, causes: causes})
	}
	return out
}

// readBound judges whether a found object still has the mailbox that the row means.
func (f *facts) readBound(box, found refresh.Mailbox, now reading, again bool) []reading {
	moved := found.Kind.Elsewhere() && !box.Kind.Elsewhere()
	var out []reading
	if moved {
		out = append(out, reading{state: readAbsent, reason: refresh.ReasonMoved, found: true})
	}
	switch {
	case box.Instance != "" && found.Instance == "":
		if moved {
			return out
		}
		sight := f.sight(box.ID, again)
		if found.Kind.Elsewhere() {
			sight = excluded
		}
		if sight >= possible {
			out = append(out, reading{state: readAbsent, reason: refresh.ReasonNoMailbox, found: true})
		}
		if sight <= possible {
			out = append(out, reading{found: true, causes: []refresh.Cause{refresh.CauseMailboxUnknown}})
		}
		return out
	case box.Instance != "" && found.Instance != box.Instance:
		return append(out, reading{state: readReplaced, instance: found.Instance, found: true})
	case found.Primary == "":
		return append(out, reading{found: true, causes: []refresh.Cause{refresh.CauseMalformed}})
	case moved:
		return out
	}
	return append(out, now)
}

// merged is what the job would hold after a found answer is written.
func (f *facts) merged(m refresh.Match, s refresh.Side, found refresh.Mailbox) refresh.Mailbox {
	box := m.Mailbox(s)
	if f.wrong.writeEmpty {
		return found
	}
	if found.Login == "" {
		found.Login = box.Login
	}
	if found.DisplayName == "" {
		found.DisplayName = box.DisplayName
	}
	if found.Anchor == "" {
		found.Anchor = box.Anchor
	}
	if found.Kind == refresh.KindUnknown {
		found.Kind = box.Kind
	}
	if m.Origin(s) == refresh.Planned {
		if found.Primary == "" {
			found.Primary, found.Aliases = box.Primary, box.Aliases // no address was read: the planned ones stay
		}
		if !f.wrong.learnOnPlanned {
			found.Instance = box.Instance
		}
	}
	return found
}

// likely is how sure the design's text is.
type likely int

const (
	excluded likely = iota
	possible        // it depends on how the text is read
	certain
)

// stale reports whether a found value is the row's former one, read from another named replica.
func (f *facts) stale(m refresh.Match, s refresh.Side, l refresh.Lookup, found, after refresh.Mailbox) likely {
	previous, box, replica := previousOf(m, s), m.Mailbox(s), f.replica(l)
	if f.acceptReverted || previous == nil || previous.Replica == "" || replica == "" || replica == previous.Replica {
		return excluded
	}
	former := previous.Mailbox
	switch {
	case !sameMailbox(found, box) && sameMailbox(found, former):
		if sameMailbox(after, box) {
			return possible // it says less than the present value, and nothing else
		}
		return certain
	case !sameMailbox(after, box) && sameMailbox(asFarAsKnown(found, former), former):
		if found.Instance == "" && former.Instance != "" {
			return possible // no Instance may be news
		}
		return certain // that one of them knows more hides nothing
	case !sameMailbox(after, box) && sameMailbox(after, former):
		return possible
	}
	return excluded
}

// asFarAsKnown drops from a what b does not know, and fills in what a does not.
func asFarAsKnown(a, b refresh.Mailbox) refresh.Mailbox {
	if a.Login == "" || b.Login == "" {
		a.Login = b.Login
	}
	if a.DisplayName == "" || b.DisplayName == "" {
		a.DisplayName = b.DisplayName
	}
	if a.Anchor == "" || b.Anchor == "" {
		a.Anchor = b.Anchor
	}
	if a.Instance == "" || b.Instance == "" {
		a.Instance = b.Instance
	}
	if a.Kind == refresh.KindUnknown || b.Kind == refresh.KindUnknown {
		a.Kind = b.Kind
	}
	return a
}

// reasons says what differs between two mailboxes. The second set may be left out: where aliases came or went, that
// another alias is spelled differently is no news.
func reasons(a, b refresh.Mailbox) (all, may refresh.Reasons) {
	note := func(r refresh.Reason) { all |= refresh.ReasonsOf(r) }
	if a.Primary.Fold() != b.Primary.Fold() {
		note(refresh.ReasonPrimary)
	} else if a.Primary != b.Primary {
		note(refresh.ReasonSpelling)
	}
	if x, y := refresh.Address(a.Login), refresh.Address(b.Login); x.Fold() != y.Fold() {
		note(refresh.ReasonLogin)
	} else if x != y {
		note(refresh.ReasonSpelling)
	}
	respelled := false
	x, y := byFold(a.Aliases), byFold(b.Aliases)
	for fold, spellings := range x {
		if other, ok := y[fold]; !ok {
			note(refresh.ReasonAliases)
		} else if !slices.Equal(spellings, other) {
			respelled = true
		}
	}
	for fold := range y {
		if _, ok := x[fold]; !ok {
			note(refresh.ReasonAliases)
		}
	}
	if respelled && !all.Has(refresh.ReasonSpelling) {
		note(refresh.ReasonSpelling)
		if all.Has(refresh.ReasonAliases) {
			may = refresh.ReasonsOf(refresh.ReasonSpelling)
		}
	}
	if a.DisplayName != b.DisplayName || a.Kind != b.Kind || a.Anchor != b.Anchor || a.Instance != b.Instance {
		note(refresh.ReasonDetails)
	}
	return all, may
}

// byFold returns the spellings of each address, sorted.
func byFold(list []refresh.Address) map[string][]refresh.Address {
	out := map[string][]refresh.Address{}
	for _, a := range list {
		out[a.Fold()] = append(out[a.Fold()], a)
	}
	for _, spellings := range out {
		slices.Sort(spellings)
	}
	return out
}

// normal drops aliases that repeat the primary address or an earlier alias.
func normal(primary refresh.Address, list []refresh.Address) []refresh.Address {
	var out []refresh.Address
	seen := map[string]bool{primary.Fold(): true}
	for _, a := range list {
		if !seen[a.Fold()] {
			seen[a.Fold()] = true
			out = append(out, a)
		}
	}
	return out
}

// sameMailbox compares every field; the order of aliases is no difference.
func sameMailbox(a, b refresh.Mailbox) bool {
	x, y := slices.Sorted(slices.Values(a.Aliases)), slices.Sorted(slices.Values(b.Aliases))
	return a.ID == b.ID && a.Instance == b.Instance && a.Anchor == b.Anchor && a.Login == b.Login &&
		a.DisplayName == b.DisplayName && a.Kind == b.Kind && a.Primary == b.Primary && slices.Equal(x, y)
}
