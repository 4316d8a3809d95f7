package ldaptest

import (
	"encoding/hex"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

var errDN = errors.New("ldaptest: not a DN")

// rdn is one part of a DN, its value without escapes.
type rdn struct{ attr, value string }

// key is the form under which two RDNs are equal.
func (r rdn) key() string { return strings.ToLower(r.attr) + "=" + foldWide(r.value) }

// String writes the RDN with escapes (RFC 4514), a line feed as Active Directory does.
func (r rdn) String() string { return r.attr + "=" + escapeRDN(r.value) }

// parseDN reads a DN (RFC 4514). Plus signs and hexadecimal strings are taken as they are.
func parseDN(s string) ([]rdn, error) {
	var out []rdn
	for s != "" {
		attr, rest, ok := strings.Cut(s, "=")
		attr = strings.TrimSpace(attr)
		if !ok || attr == "" || strings.ContainsAny(attr, `,\"`) {
			return nil, errDN
		}
		value, rest, more, err := parseValue(rest)
		if err != nil {
			return nil, err
		}
		out = append(out, rdn{attr, value})
		if more && rest == "" {
			return nil, errDN
		}
		s = rest
	}
	return out, nil
}

// parseValue reads up to the next comma; more says whether there was one.
func parseValue(s string) (value, rest string, more bool, err error) {
	s = strings.TrimLeft(s, " ")
	var b strings.Builder
	kept := 0 // trailing spaces count only where they are escaped
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ',' || c == ';':
			return b.String()[:kept], s[i+1:], true, nil
		case c == '\\':
			if i+1 == len(s) {
				return "", "", false, errDN
			}
			if i+2 < len(s) {
				if x, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
					b.WriteByte(x[0])
					i += 2
					kept = b.Len()
					continue
				}
			}
			b.WriteByte(s[i+1])
			i++
			kept = b.Len()
		default:
			b.WriteByte(c)
			if c != ' ' {
				kept = b.Len()
			}
		}
	}
	return b.String()[:kept], "", false, nil
}

func escapeRDN(v string) string {
	if !strings.ContainsAny(v, ",+\"\\<>;\n\r\x00") && v == strings.TrimSpace(v) && !strings.HasPrefix(v, "#") {
		return v
	}
	var b strings.Builder
	for i := range len(v) {
		switch c := v[i]; {
		case c == '\n' || c == '\r' || c == 0:
			b.WriteString(`\` + strings.ToUpper(hex.EncodeToString([]byte{c})))
		case strings.IndexByte(`,+"\<>;`, c) >= 0, c == ' ' && (i == 0 || i == len(v)-1), c == '#' && i == 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// keys are the keys of a DN, leaf first.
func keys(dn []rdn) []string {
	out := make([]string, len(dn))
	for i, r := range dn {
		out[i] = r.key()
	}
	return out
}

// below reports whether the DN a lies below b or is b.
func below(a, b []string) bool {
	if len(a) < len(b) {
		return false
	}
	for i, k := range b {
		if a[len(a)-len(b)+i] != k {
			return false
		}
	}
	return true
}

// foldDN is the form under which two DNs are equal; text that is no DN is folded as it is.
func foldDN(s string) string {
	dn, err := parseDN(s)
	if err != nil {
		return foldWide(s)
	}
	return strings.Join(keys(dn), "\x00")
}

// foldWide is how Active Directory compares text: neither case nor accents count (MS-ADTS section 3.1.1.2.2.4.8,
// the flags NORM_IGNORECASE and NORM_IGNORENONSPACE). Accents are known here for Latin letters alone.
func foldWide(s string) string {
	if isPlain(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range s {
		r = unicode.ToLower(r)
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if i := strings.IndexRune(accented, r); i >= 0 && r > utf8.RuneSelf {
			r = rune(accentless[utf8.RuneCountInString(accented[:i])])
		}
		b.WriteRune(r)
	}
	return b.String()
}

const (
	accented   = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćčďēėęěğīłńňōőřśšşťūůűźżž"
	accentless = "aaaaaaceeeeiiiinooooouuuuyyaaaccdeeeegilnnoorssstuuuzzz"
)

// foldNarrow is how OpenLDAP compares text (caseIgnoreMatch): case and repeated spaces do not count.
func foldNarrow(s string) string {
	if isPlain(s) && !strings.Contains(s, "  ") && s == strings.TrimSpace(s) {
		return strings.ToLower(s)
	}
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
