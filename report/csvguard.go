package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A spreadsheet computes a cell that begins with one of these; the full-width forms are the same to some. The
// apostrophe is here so that one that was there before is told from one that guard puts.
const (
	formulaASCII = "=+-@'"
	formulaWide  = "＝＋－＠"
)

// guard appends s so that a spreadsheet shows it and runs nothing, and unguard gets it back:
//
//   - a character that hides or moves its neighbours becomes its code point, as <U+000D>, and so does a "<" before "U+";
//   - where s begins, or goes on behind a , ; or |, with one of = + - @ or ', an apostrophe is put before that, also
//     behind spaces and quotation marks: a program that was told another separator splits there, whatever the quotes.
//
// The text so far says where an apostrophe can stand, and it never makes or unmakes such a place. So the one to take
// away is known, and no two texts become the same. A byte that is not UTF-8 becomes U+FFFD.
func guard(dst []byte, s string) []byte {
	begins := true
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c < ' ', c == 0x7f, c == '<' && strings.HasPrefix(s[i:], "U+"):
				dst = appendEscape(dst, rune(c))
				begins = false
				continue
			case begins && strings.IndexByte(formulaASCII, c) >= 0:
				dst = append(dst, '\'')
			}
			dst = append(dst, c)
			begins = beginsAfter(begins, c)
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case hidden(r):
			dst = appendEscape(dst, r)
		case begins && strings.ContainsRune(formulaWide, r):
			dst = utf8.AppendRune(append(dst, '\''), r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
		begins = false
	}
	return dst
}

// beginsAfter reports whether text that some program may take for the beginning of a cell comes after c.
func beginsAfter(begins bool, c byte) bool {
	switch c {
	case ',', ';', '|':
		return true
	case ' ', '"':
		return begins
	}
	return false
}

func appendEscape(dst []byte, r rune) []byte {
	const digits = "0123456789ABCDEF"
	dst = append(dst, "<U+"...)
	for shift := 20; shift >= 0; shift -= 4 {
		if d := r >> shift; d != 0 || shift < 16 { // four digits at least
			dst = append(dst, digits[d&15])
		}
	}
	return append(dst, '>')
}

// unguard returns what guard was given. Text that guard does not write is read in its spirit: "<U+" that begins no
// code point stays.
func unguard(s string) string {
	if strings.IndexByte(s, '\'') < 0 && !strings.Contains(s, "<U+") {
		return s
	}
	out := make([]byte, 0, len(s))
	begins := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if begins && c == '\'' {
			begins = false
			continue
		}
		if r, n := codePoint(s[i:]); n > 0 {
			out = utf8.AppendRune(out, r)
			begins = false
			i += n - 1
			continue
		}
		out = append(out, c)
		begins = beginsAfter(begins, c)
	}
	return string(out)
}

// codePoint reads a code point at the beginning of s; n is 0 where there is none.
func codePoint(s string) (r rune, n int) {
	if !strings.HasPrefix(s, "<U+") {
		return 0, 0
	}
	end := strings.IndexByte(s[:min(len(s), len("<U+10FFFF>"))], '>')
	if end < len("<U+0000") {
		return 0, 0
	}
	hex := s[len("<U+"):end]
	if strings.Trim(hex, "0123456789ABCDEF") != "" {
		return 0, 0
	}
	code, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || !utf8.ValidRune(rune(code)) {
		return 0, 0
	}
	return rune(code), end + 1
}
