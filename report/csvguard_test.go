package report

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

// csvText draws strings that are rich in what guards are about.
func csvText() *rapid.Generator[string] {
	part := rapid.OneOf(hostileText(), rapid.SampledFrom([]string{
		"=", "+", "-", "@", "'", "''", "＝", "＋", "－", "＠", ",", ";", "|", " ", `"`, `""`, `\`, `\;`, `\e`, "\t", "\r\n", "\x00", "\u0085", "\u2028", "=1+1",
		"<U+", "<U+000D>", "<U+0", "<U+D800>", "<U+110000>", "<U+0041>", "<", "U+000D>", ">", "\ufffd", "\ufeff",
	}))
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 8).Draw(t, "parts"), "") })
}

// begins finds what a program that splits at , ; | or a character that ends a line takes for the beginning of a cell,
// without the spaces and quotation marks that come first.
var begins = regexp.MustCompile(`(?:^|[,;|\t\r\n\x0b\x0c\x{85}\x{2028}\x{2029}])[ "]*([=+\-@＝＋－＠])`)

// TestGuard: guards can be taken away, so no two values look the same, and what is left runs nothing and hides nothing.
func TestGuard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := csvText().Draw(t, "in")
		got := Guard(in)
		if back, want := unguard(got), validUTF8(in); back != want {
			t.Fatalf("%q is guarded as %q, which reads as %q", want, got, back)
		}
		if at := begins.FindString(got); at != "" {
			t.Fatalf("%q is guarded as %q, where %q runs", in, got, at)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q is guarded as %q with %U in it", in, got, r)
			}
		}
		// Nothing else is touched.
		if bare := strings.NewReplacer("'", "", "<U+003C>", "<").Replace(got); !strings.ContainsFunc(in, func(r rune) bool { return hidden(r) || r == utf8.RuneError }) &&
			bare != strings.NewReplacer("'", "", "<U+003C>", "<").Replace(in) {
			t.Fatalf("%q is guarded as %q", in, got)
		}
	})
}

// TestUnguard: what a person typed has one meaning, and keeps it when it is written again.
func TestUnguard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := validUTF8(csvText().Draw(t, "in"))
		once := unguard(in)
		if !utf8.ValidString(once) {
			t.Fatalf("%q reads as %q, which is not UTF-8", in, once)
		}
		if again := unguard(Guard(once)); again != once {
			t.Fatalf("%q reads as %q, and written again as %q", in, once, again)
		}
	})
}

func TestGuardCases(t *testing.T) {
	for _, tc := range []struct{ name, reason, in, want string }{
		{"address", "nothing is touched", "anna.berg+news@old.example", "anna.berg+news@old.example"},
		{"name", "nor spaces and other letters", " José  Ödman, Dr. ", " José  Ödman, Dr. "},
		{"angle", "only a < that begins like an escape imitates one", "a<b <U <u+ <U+", "a<b <U <u+ <U+003C>U+"},
		{"formula", "a spreadsheet would run it", "=1+1", "'=1+1"},
		{"behind spaces", "some programs drop them", "  =1", "  '=1"},
		{"behind a quotation mark", "it is one to a program that splits elsewhere", `x;"=1`, `x;"'=1`},
		{"list", "the second value would be a cell of its own", "a@b.example;=1|+2,@3", "a@b.example;'=1|'+2,'@3"},
		{"apostrophe", "it must come back", "'tis", "''tis"},
		{"name with one", "within a word it begins nothing", "O'Hara", "O'Hara"},
		{"phone", "so be it", "+49 30 1", "'+49 30 1"},
		{"full width", "the same to some spreadsheets", "＝1；＝1", "'＝1；＝1"},
		{"line break", "one record is one line", "a\r\n=1", "a<U+000D><U+000A>=1"},
		{"tabulator", "some programs split there", "a\t=1", "a<U+0009>=1"},
		{"no-break space", "it cannot be told from a space", "\u00a0=1", "<U+00A0>=1"},
		{"astral", "five digits", "\U000e0041", "<U+E0041>"},
		{"last", "six digits", "\U0010ffff", "<U+10FFFF>"},
		{"DEL and C1", "control characters too", "\x7f\u009b", "<U+007F><U+009B>"},
	} {
		if got := Guard(tc.in); got != tc.want {
			t.Errorf("%s: %s: got %q, want %q", tc.name, tc.reason, got, tc.want)
		}
	}
}

// TestList: a list comes back, whatever its values are.
func TestList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in []refresh.Address
		for _, s := range rapid.SliceOfN(csvText(), 0, 5).Draw(t, "list") {
			in = append(in, refresh.Address(s))
		}
		cell := joinList(in)
		got, problem := splitList(cell)
		if problem != "" || len(got) != len(in) {
			t.Fatalf("%q is written as %q, which reads as %q: %s", in, cell, got, problem)
		}
		for i := range in {
			if got[i] != in[i] {
				t.Fatalf("%q is written as %q, which reads as %q", in, cell, got)
			}
		}
		list, problem := splitList(validUTF8(csvText().Draw(t, "cell"))) // what a person typed
		if again, p := splitList(joinList(list)); problem == "" && (p != "" || joinList(again) != joinList(list)) {
			t.Fatalf("%q reads as %q: %s", list, again, p)
		}
	})
}

// TestReasonWords: a word of the reason column has one meaning.
func TestReasonWords(t *testing.T) {
	seen := map[string]bool{}
	add := func(word string) {
		if word == "" || seen[word] || strings.ContainsAny(word, `;\`) {
			t.Errorf("the word %q is empty, there twice, or no word", word)
		}
		seen[word] = true
	}
	for _, r := range allReasons {
		add(r.String())
	}
	for _, c := range allCauses {
		add(c.String())
	}
	for _, d := range allDetails {
		add(d.String())
		text, err := d.MarshalText()
		var back Detail
		if err != nil || back.UnmarshalText(text) != nil || back != d {
			t.Errorf("the detail %v reads as %v", d, back)
		}
	}
	if err := new(Detail).UnmarshalText([]byte("anna@old.example")); err == nil || strings.Contains(err.Error(), "anna") {
		t.Errorf("an unknown detail: got %v", err)
	}
	if _, err := Detail(99).MarshalText(); err == nil {
		t.Error("a detail without a word was written")
	}
	// The last of each enum, which a new value would come after.
	for _, next := range []string{(allReasons[len(allReasons)-1] + 1).String(), (allCauses[len(allCauses)-1] + 1).String(), (AccountGone + 1).String(),
		(refresh.Preview + 3).String(), (refresh.PathFull + 2).String(), (refresh.UseKept + 4).String(), (refresh.SeveritySame + 4).String(), (refresh.Target + 1).String()} {
		if !strings.HasPrefix(next, "(unknown value") {
			t.Errorf("there is a new word %q: add it to csvcolumns.go", next)
		}
	}
}
