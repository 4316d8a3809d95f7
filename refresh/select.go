package refresh

import "strings"

// SelectKeys selects the rows with the given keys, for [Options].Select. Keys that the job does not have select nothing.
func SelectKeys(keys ...string) func(Match) bool {
	want := make(map[string]bool, len(keys))
	for _, k := range keys {
		want[k] = true
	}
	return func(m Match) bool { return want[m.Key] }
}

// SelectAddress selects the rows of which some address (primary, alias or address in use, of either side) matches the
// pattern, for [Options].Select. In the pattern "*" stands for any text; everything else for itself, in any
// spelling: "*@old.example".
func SelectAddress(pattern string) func(Match) bool {
	parts := strings.Split(Address(pattern).Fold(), "*")
	return func(m Match) bool {
		for _, s := range []Side{Source, Target} {
			at := m.side(s)
			if *at.use != "" && glob(parts, at.use.Fold()) || at.mailbox.Primary != "" && glob(parts, at.mailbox.Primary.Fold()) {
				return true
			}
			for _, a := range at.mailbox.Aliases {
				if glob(parts, a.Fold()) {
					return true
				}
			}
		}
		return false
	}
}

// glob matches text against the parts of a pattern between its stars.
func glob(parts []string, text string) bool {
	last := len(parts) - 1
	if last == 0 {
		return text == parts[0]
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, p := range parts[1:last] {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, parts[last])
}
