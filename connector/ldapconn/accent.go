package ldapconn

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// resembles reports whether an entry holds something that Active Directory takes for one of the addresses, and is none: it compares
// text without case, accents, width and the kind of kana (MS-ADTS section 3.1.1.2.2.4.13).
func (c *Connector) resembles(e *ldap.Entry, addrs []refresh.Address) bool {
	var values []string
	proxies, _ := raw(e, c.attrs.Addresses)
	for _, v := range proxies {
		if prefix, rest := cutSMTP(v); prefix != "" {
			values = append(values, string(rest))
		}
	}
	for _, name := range present(c.attrs.Mail, c.attrs.Login) {
		values = append(values, all(e, name)...)
	}
	for _, v := range values {
		if slices.ContainsFunc(addrs, func(a refresh.Address) bool { return alike(string(a), v) || alike(a.Fold(), v) }) {
			return true
		}
	}
	return false
}

// alike reports whether two texts may be equal to Active Directory. Which letters outside of ASCII are equal to which others is its
// own: each may stand for up to two characters. What is ASCII in both must be the same, but for case.
func alike(a, b string) bool {
	if isASCII(a) && isASCII(b) {
		return strings.EqualFold(a, b)
	}
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x) > maxAlike || len(y) > maxAlike {
		return false
	}
	// can[j] says whether x[:i] and y[:j] may be equal.
	rows := [3][]bool{make([]bool, len(y)+1), make([]bool, len(y)+1), make([]bool, len(y)+1)}
	for i := 0; i <= len(x); i++ {
		row := rows[i%3]
		for j := range row {
			row[j] = i == 0 && j == 0 || i > 0 && j > 0 && x[i-1] == y[j-1] && rows[(i-1)%3][j-1]
			for n := 0; n <= 2 && !row[j]; n++ {
				wideX := i > 0 && j >= n && x[i-1] > unicode.MaxASCII && rows[(i-1)%3][j-n]
				wideY := j > 0 && i >= n && y[j-1] > unicode.MaxASCII && rows[(i-n)%3][j-1]
				row[j] = wideX || wideY
			}
		}
	}
	return rows[len(x)%3][len(y)]
}

// maxAlike is more than an address has (RFC 3696 erratum 1690).
const maxAlike = 512

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
