package refresh

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Address is an SMTP address exactly as a server or a person spells it.
// Compare two addresses with [Address.Fold], never with ==.
type Address string

// Limits of RFC 5321 section 4.5.3.1, in octets; 254 for the whole follows from the path limit (RFC 3696 erratum 1690).
const (
	maxLocal   = 64
	maxAddress = 254
)

// Split returns the parts before and after the last "@". An address without one is all local part.
func (a Address) Split() (local, domain string) {
	if i := strings.LastIndexByte(string(a), '@'); i >= 0 {
		return string(a[:i]), string(a[i+1:])
	}
	return string(a), ""
}

// Domain returns the folded domain, "" when there is none.
func (a Address) Domain() string {
	_, d := a.Split()
	return foldDomain(d)
}

// Fold returns the form under which two spellings of one address are equal: the local part lower-cased,
// the domain as its IDNA A-labels in lower case (UTS #46, non-transitional). Dots and "+tags" are kept,
// because they tell mailboxes apart. A letter that is not ASCII never folds into one that is (the Kelvin
// sign is not k). Text that is not UTF-8 folds to itself. Fold is idempotent.
func (a Address) Fold() string {
	if lower := asciiLower(string(a)); lower != "" || a == "" {
		return lower
	}
	if !utf8.ValidString(string(a)) {
		return string(a)
	}
	i := strings.LastIndexByte(string(a), '@')
	if i < 0 {
		return foldText(string(a))
	}
	return foldText(string(a[:i])) + "@" + foldDomain(string(a[i+1:]))
}

// Same reports whether a and b are spellings of one address.
func (a Address) Same(b Address) bool { return a == b || a.Fold() == b.Fold() }

// Check reports why a is not a usable SMTP address, or nil. It is lenient where directories are: it wants
// UTF-8 without control, space or direction-override characters, a local part of 1 to 64 octets, a domain,
// and at most 254 octets in all. The error does not contain the address.
func (a Address) Check() error {
	if a == "" {
		return errors.New("the address is empty")
	}
	if !utf8.ValidString(string(a)) {
		return errors.New("the address is not UTF-8")
	}
	for _, r := range string(a) {
		if r <= ' ' || r == 0x7f || r >= utf8.RuneSelf && (unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return errors.New("the address contains a space, control or direction character")
		}
	}
	local, domain := a.Split()
	switch {
	case len(local) == len(a):
		return errors.New("the address has no @")
	case local == "":
		return errors.New("the address has nothing before the @")
	case domain == "":
		return errors.New("the address has nothing after the @")
	case len(local) > maxLocal:
		return errors.New("the part before the @ is longer than 64 octets")
	case len(a) > maxAddress:
		return errors.New("the address is longer than 254 octets")
	}
	return nil
}

// eachByte has the lowest bit of every byte set, topBits the highest.
const (
	eachByte = 0x0101_0101_0101_0101
	topBits  = eachByte << 7
)

// asciiLower lower-cases s when it is all ASCII, and returns "" otherwise.
func asciiLower(s string) string {
	upper, i := false, 0
	for ; i+8 <= len(s); i += 8 { // eight letters at a time, because every address of a job goes through here
		x := le64(s[i:])
		if x&topBits != 0 {
			return ""
		}
		upper = upper || (x+eachByte*(0x80-'A'))&^(x+eachByte*(0x80-'Z'-1))&topBits != 0
	}
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return ""
		}
		upper = upper || 'A' <= s[i] && s[i] <= 'Z'
	}
	if !upper {
		return s
	}
	return strings.ToLower(s)
}

// idnaFold maps a domain to its A-labels. It does not demand host-name characters: an odd domain is compared, not judged.
var idnaFold = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

func foldDomain(d string) string {
	if lower := asciiLower(d); lower != "" || d == "" {
		return lower
	}
	if !utf8.ValidString(d) {
		return d
	}
	if ascii, ok := toASCII(d); ok {
		return ascii
	}
	// Capitals that IDNA has no mapping for (Georgian, palochka) may pass as small letters.
	folded := foldText(d)
	if ascii, ok := toASCII(folded); ok {
		return ascii
	}
	return folded
}

// toASCII refuses what IDNA refuses, and what it would turn into nothing or into another address (a full-width @).
func toASCII(d string) (string, bool) {
	ascii, err := idnaFold.ToASCII(d)
	lower := asciiLower(ascii)
	return lower, err == nil && lower != "" && !strings.ContainsAny(lower, "@ ")
}

// foldText lower-cases and composes text without ever turning a non-ASCII letter into an ASCII one,
// which both NFC (Kelvin sign, Greek question mark) and lower-casing (dotted capital I) would do.
func foldText(s string) string {
	var out, run strings.Builder
	flush := func() {
		lowered := strings.Map(lowerKeepingASCII, norm.NFC.String(run.String()))
		out.WriteString(norm.NFC.String(lowered))
		run.Reset()
	}
	for _, r := range s {
		if r >= utf8.RuneSelf && startsASCII(norm.NFC.String(string(r))) {
			flush()
			out.WriteRune(r)
			continue
		}
		run.WriteRune(r)
	}
	flush()
	return out.String()
}

func startsASCII(s string) bool { return s != "" && s[0] < utf8.RuneSelf }

func lowerKeepingASCII(r rune) rune {
	l := unicode.ToLower(r)
	if r >= utf8.RuneSelf && l < utf8.RuneSelf {
		return r
	}
	return l
}
