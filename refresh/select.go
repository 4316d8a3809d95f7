package refresh

import (
	"slices"
	"strings"
)

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
// spelling: "*@old.example", "*@*.bücher.example".
func SelectAddress(pattern string) func(Match) bool {
	folded := strings.Split(foldText(pattern), "*")
	display := strings.Split(displayPattern(pattern), "*")
	matches := func(a Address) bool {
		if a == "" {
			return false
		}
		fold := a.Fold()
		return glob(folded, fold) || glob(display, displayForm(fold))
	}
	return func(m Match) bool {
		for _, s := range []Side{Source, Target} {
			at := m.side(s)
			if matches(*at.use) || matches(at.mailbox.Primary) || slices.ContainsFunc(at.mailbox.Aliases, matches) {
				return true
			}
		}
		return false
	}
}

// displayForm spells the domain of a folded address in letters. Patterns are matched in letters too, because a star in
// the middle of a name has no place in its A-label.
func displayForm(fold string) string {
	if !strings.Contains(fold, "xn--") {
		return fold
	}
	return mapLabels(fold, displayLabel)
}

// displayPattern folds a pattern and spells its labels in letters, as far as they have no star.
func displayPattern(pattern string) string {
	return foldText(mapLabels(pattern, func(label string) string {
		if strings.Contains(label, "*") {
			return label
		}
		return displayLabel(foldDomain(label))
	}))
}

// mapLabels maps each label of the domain; without an "@" there is none.
func mapLabels(address string, f func(string) string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	labels := strings.Split(address[at+1:], ".")
	for i := range labels {
		labels[i] = f(labels[i])
	}
	return address[:at+1] + strings.Join(labels, ".")
}

func displayLabel(label string) string {
	if letters, err := idnaFold.ToUnicode(label); err == nil && strings.HasPrefix(label, "xn--") {
		return letters
	}
	return label
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
