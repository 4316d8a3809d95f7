package refresh

import "slices"

// compare returns what Apply would store after a mailbox was found, and what that changes. No reasons mean that
// nothing is to be written.
func compare(stored, found Mailbox, origin Origin) (after Mailbox, reasons Reasons) {
	after = stored
	add := func(r Reason) { reasons |= 1 << r }

	if found.Login != "" && found.Login != stored.Login {
		after.Login = found.Login
		add(respelled(Address(stored.Login), Address(found.Login), ReasonLogin))
	}
	if found.DisplayName != "" && found.DisplayName != stored.DisplayName {
		after.DisplayName = found.DisplayName
		add(ReasonDetails)
	}
	if found.Kind != KindUnknown && found.Kind != stored.Kind {
		after.Kind = found.Kind
		add(ReasonDetails)
	}
	if found.Anchor != "" && found.Anchor != stored.Anchor {
		after.Anchor = found.Anchor
		add(ReasonDetails)
	}
	// A planned target's mailbox is adopted by binding the row, never in passing.
	if found.Instance != "" && found.Instance != stored.Instance && origin == Bound {
		after.Instance = found.Instance
		add(ReasonDetails)
	}
	if found.Primary == "" {
		return after, reasons // an account without addresses keeps the planned ones
	}
	if found.Primary != stored.Primary {
		after.Primary = found.Primary
		add(respelled(stored.Primary, found.Primary, ReasonPrimary))
	}
	aliases := distinctAliases(found.Primary, found.Aliases)
	switch {
	case sameAddresses(stored.Aliases, aliases):
	case sameFolds(stored.Aliases, aliases):
		after.Aliases = aliases
		add(ReasonSpelling)
	default:
		after.Aliases = aliases
		add(ReasonAliases)
	}
	return after, reasons
}

func respelled(old, new Address, otherwise Reason) Reason {
	if old.Same(new) {
		return ReasonSpelling
	}
	return otherwise
}

// distinctAliases drops aliases that repeat the primary address or an earlier alias. It copies only if it must.
func distinctAliases(primary Address, aliases []Address) []Address {
	seen := make([]string, 1, 8)
	seen[0] = primary.Fold()
	out := aliases
	for i, a := range aliases {
		fold := a.Fold()
		if slices.Contains(seen, fold) {
			if len(out) == len(aliases) {
				out = slices.Clone(aliases[:i])
			}
			continue
		}
		seen = append(seen, fold)
		if len(out) != len(aliases) {
			out = append(out, a)
		}
	}
	return out
}

// sameFolds reports whether a and b hold the same addresses, however spelled or repeated.
func sameFolds(a, b []Address) bool { return slices.Equal(foldSet(a), foldSet(b)) }

func foldSet(addrs []Address) []string {
	out := make([]string, len(addrs))
	for i, a := range addrs {
		out[i] = a.Fold()
	}
	slices.Sort(out)
	return slices.Compact(out)
}
