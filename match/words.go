package match

import (
	"fmt"
	"slices"
	"strings"
)

// The enums of rows are small integers in memory and words in JSON. The first word belongs to the zero value.

func wordString[E ~uint8](words []string, e E) string {
	if int(e) < len(words) {
		return words[e]
	}
	return fmt.Sprintf("(unknown value %d)", uint8(e))
}

func wordText[E ~uint8](what string, words []string, e E) ([]byte, error) {
	if int(e) >= len(words) {
		return nil, fmt.Errorf("match: %s has no word for value %d", what, uint8(e))
	}
	return []byte(words[e]), nil
}

func wordParse[E ~uint8](what string, words []string, text []byte, e *E) error {
	i := slices.Index(words, string(text))
	if i < 0 {
		return fmt.Errorf("match: unknown %s: want one of %s", what, strings.Join(words, ", "))
	}
	*e = E(i)
	return nil
}
