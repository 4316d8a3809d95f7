package refresh

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// An enum is a small integer in memory and a word in JSON. The first word belongs to the zero value;
// an empty first word means that the zero value has no word: it is never read, and whoever writes a document
// leaves it out or refuses it.

func enumString[E ~uint8](words []string, e E) string {
	if int(e) < len(words) {
		return words[e]
	}
	return fmt.Sprintf("(unknown value %d)", uint8(e))
}

func enumText[E ~uint8](what string, words []string, e E) ([]byte, error) {
	if int(e) >= len(words) {
		return nil, fmt.Errorf("refresh: %s has no word for value %d", what, uint8(e))
	}
	return []byte(words[e]), nil
}

func enumParse[E ~uint8](what string, words []string, text []byte, e *E) error {
	known := words
	if known[0] == "" {
		known = known[1:]
	}
	if i := slices.Index(known, string(text)); i >= 0 {
		*e = E(i + len(words) - len(known))
		return nil
	}
	return fmt.Errorf("unknown %s%s: want one of %s", what, shown(text), strings.Join(known, ", "))
}

// shown quotes text that looks like one of our words, and nothing else: it may be anything, also an address.
func shown(text []byte) string {
	if len(text) > 30 || bytes.ContainsFunc(text, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
		return ""
	}
	return fmt.Sprintf(" %q", text)
}
