package graphconn

import "strings"

// parameter finds a parameter in a WWW-Authenticate header: name=token or name="quoted text" (RFC 9110 section 11.2). It does not look into
// quoted texts of other parameters.
func parameter(header, name string) (string, bool) {
	for rest := header; rest != ""; {
		i := strings.IndexAny(rest, "=\"")
		if i < 0 {
			return "", false
		}
		if rest[i] == '"' { // a quoted text without a name
			_, rest = quoted(rest[i:])
			continue
		}
		key := rest[strings.LastIndexAny(rest[:i], " \t,")+1 : i]
		rest = rest[i+1:]
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, rest = quoted(rest)
		} else {
			end := strings.IndexAny(rest, " \t,")
			if end < 0 {
				end = len(rest)
			}
			value, rest = rest[:end], rest[end:]
		}
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return "", false
}

// quoted takes a quoted text from the beginning of s, without its quotes and backslashes.
func quoted(s string) (text, rest string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:]
		case '\\':
			if i++; i == len(s) {
				return b.String(), ""
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
