package refresh

import (
	"fmt"
	"strings"
)

// An enum is a small integer in memory and a word in JSON. The first word belongs to the zero value;
// an empty first word means that the zero value has no text and must not be written.

func enumString[E ~uint8](words []string, e E) string {
	if int(e) < len(words) {
		return words[e]
	}
	return fmt.Sprintf("(unknown value %d)", uint8(e))
}

func enumText[E ~uint8](what string, words []string, e E) ([]byte, error) {
	if int(e) >= len(words) || words[e] == "" && e != 0 {
		return nil, fmt.Errorf("refresh: %s has no word for value %d", what, uint8(e))
	}
	return []byte(words[e]), nil
}

func enumParse[E ~uint8](what string, words []string, text []byte, e *E) error {
	for i, w := range words {
		if w == string(text) {
			*e = E(i)
			return nil
		}
	}
	known := words
	if known[0] == "" {
		known = known[1:]
	}
	return fmt.Errorf("unknown %s %q: want one of %s", what, text, strings.Join(known, ", "))
}
