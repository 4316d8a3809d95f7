package match

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// formulaStarts are what a cell of a formula may begin with; the full-width forms are the same to some spreadsheets.
const formulaStarts = "=+-@＝＋－＠"

// cell writes text so that it comes back as it is, and no spreadsheet computes it.
func cell(s string) string {
	switch {
	case s == "":
		return ""
	case s[0] == '"', strings.ContainsFunc(s, unicode.IsControl):
		return strconv.Quote(s)
	case s[0] == '\'', strings.IndexAny(s, formulaStarts) == 0:
		return "'" + s
	}
	return s
}

var errQuoted = errors.New(`begins with a quotation mark, and is not text in the quotes and escapes of Go: "a\nb"`)

// uncell reads what cell wrote, and what a person typed.
func uncell(s string) (string, error) {
	switch {
	case s == "":
		return "", nil
	case s[0] == '"':
		text, err := strconv.Unquote(s)
		if err != nil {
			return "", errQuoted
		}
		return text, nil
	}
	return strings.TrimPrefix(s, "'"), nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func isYes(s string) (yes, ok bool) { return s == "yes", s == "yes" || s == "no" || s == "" }
