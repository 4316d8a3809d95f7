package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/readdress-go/readdress/refresh"
)

// foldText returns the form under which two spellings of a text are equal: composed (NFC), in lower case, with single spaces and none around it.
// A letter that is not ASCII never becomes one that is. Text that is not UTF-8, or has control characters, is no evidence: it becomes empty.
func foldText(s string) string {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return ""
	}
	parts := strings.Split(strings.Join(strings.Fields(s), " "), "@")
	for i, p := range parts {
		parts[i] = refresh.Address(p).Fold() // of what has no "@" it composes and lower-cases all
	}
	return strings.Join(parts, "@")
}
