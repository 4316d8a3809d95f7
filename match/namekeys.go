package match

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/readdress-go/readdress/refresh"
)

// DisplayName suggests who has the same display name, in the order of its words or as "Surname, Given". It never decides: people share names.
func DisplayName() Rule {
	raw := func(dst []string, e *refresh.Entry) []string { return append(dst, e.DisplayName) }
	return Rule{
		Name: "display-name", Doc: "Both have one display name.", Raw: raw, SuggestOnly: true,
		Keys: func(dst []string, e *refresh.Entry) []string {
			name := foldText(e.DisplayName)
			if isRole(name) {
				return dst
			}
			if surname, given, ok := strings.Cut(name, ","); ok && !strings.Contains(given, ",") {
				name = strings.TrimSpace(given) + " " + strings.TrimSpace(surname)
			}
			return append(dst, strings.TrimSpace(name))
		},
	}
}

// fullName is what is compared of an entry by similarity: folded, without accents, and only letters and digits.
type fullName struct{ given, surname string }

// nameOf takes given name and surname, or guesses them from the display name.
func nameOf(e *refresh.Entry) fullName {
	n := fullName{plainName(e.Given), plainName(e.Surname)}
	if n.given != "" || n.surname != "" {
		return n
	}
	display := foldText(e.DisplayName)
	if isRole(display) {
		return fullName{}
	}
	if surname, given, ok := strings.Cut(display, ","); ok {
		return fullName{plainName(given), plainName(surname)}
	}
	words := strings.Fields(display)
	if len(words) < 2 {
		return fullName{surname: plainName(display)}
	}
	last := len(words) - 1
	for last > 1 && particles[words[last-1]] {
		last--
	}
	return fullName{plainName(strings.Join(words[:last], " ")), plainName(strings.Join(words[last:], " "))}
}

// particles belong to the surname that follows.
var particles = map[string]bool{
	"al": true, "bin": true, "da": true, "de": true, "del": true, "den": true, "der": true, "di": true, "dos": true, "du": true, "el": true, "la": true,
	"le": true, "ten": true, "ter": true, "van": true, "vom": true, "von": true, "zu": true, "zum": true, "zur": true,
}

// plainName is a name without accents, apostrophes, hyphens and spaces, in lower case: what two people who write one name differently agree on.
// Text that is not UTF-8 is no name, nor is a very long one, which would take long to compare.
func plainName(s string) string {
	if len(s) > longestName {
		return ""
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(foldText(s)) {
		switch {
		case transcribed[r] != "":
			b.WriteString(transcribed[r])
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && (r < 0x300 || r >= 0x370): // accents go, the vowels of other scripts stay
			b.WriteRune(r)
		}
	}
	return b.String()
}

const longestName = 256 // bytes

// transcribed are letters that do not decompose.
var transcribed = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ı': "i", 'ħ': "h", 'ŋ': "ng"}
