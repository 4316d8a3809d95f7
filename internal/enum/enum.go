// Package enum gives small integers words, as documents and people read them. The first word belongs to the zero value; an empty
// one means that the zero value has no word, and is never read.
package enum

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// String returns the word of e, or a text that says that there is none.
func String[E ~uint8](words []string, e E) string {
	if int(e) < len(words) {
		return words[e]
	}
	return fmt.Sprintf("(unknown value %d)", uint8(e))
}

// Text returns the word of e for a document. The error names what e is.
func Text[E ~uint8](what string, words []string, e E) ([]byte, error) {
	if int(e) >= len(words) {
		return nil, fmt.Errorf("%s has no word for value %d", what, uint8(e))
	}
	return []byte(words[e]), nil
}

// Parse sets e to the value whose word text is. The error names what e is and the words, and repeats text only where it looks like one of
// our words: it may be anything, also an address.
func Parse[E ~uint8](what string, words []string, text []byte, e *E) error {
	known := words
	if known[0] == "" {
		known = known[1:]
	}
	i := slices.Index(known, string(text))
	if i < 0 {
		return fmt.Errorf("unknown %s%s: want one of %s", what, shown(text), strings.Join(known, ", "))
	}
	*e = E(i + len(words) - len(known))
	return nil
}

func shown(text []byte) string {
	if len(text) > 30 || bytes.ContainsFunc(text, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
		return ""
	}
	return fmt.Sprintf(" %q", text)
}
