package report

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

var escaped = regexp.MustCompile(`<(?:U\+([0-9A-F]{4,6})|0x([0-9A-F]{2}))>`)

// invert reads a visible text back.
func invert(t *rapid.T, s string) string {
	return escaped.ReplaceAllStringFunc(s, func(e string) string {
		m := escaped.FindStringSubmatch(e)
		n, err := strconv.ParseUint(m[1]+m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		if m[2] != "" {
			return string([]byte{byte(n)})
		}
		return string(rune(n))
	})
}

// hostileText draws strings that are rich in what matters here.
func hostileText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		part := rapid.OneOf(rapid.String(), rapid.StringN(0, 3, 3), rapid.SampledFrom([]string{
			" ", "  ", "\n", "\x1b[31m", "\u202e", "\u2066", "\u200b", "\u0301", "\u0301\u0301\u0301\u0301", "e\u0301", "é", "\xff", "\xe2\x82", "<", "<U+202E>", "<0xFF>", "<…12…>",
			"<...3...>", "→", "->", "-", ">", "山", "ａ", "א", "\u00a0", "\u3164", "\ufe0f", "\U000e0041", "\u2028", "👩‍💻", "a", "@",
		}))
		return strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "parts"), "")
	})
}

// TestVisible: nothing hides, nothing moves its neighbours, and no two values look the same.
func TestVisible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := hostileText().Draw(t, "in")
		ascii := rapid.Bool().Draw(t, "ascii")
		cells := visible(in, ascii)
		out := cells.String()
		if back := invert(t, out); back != in {
			t.Fatalf("%q shows as %q, which reads as %q", in, out, back)
		}
		for _, r := range out {
			if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) || ascii && r >= utf8.RuneSelf {
				t.Fatalf("%q shows as %q with %U in it", in, out, r)
			}
		}
		if strings.Contains(out, "  ") || strings.TrimSpace(out) != out {
			t.Fatalf("%q shows as %q: spaces at an end or in a row cannot be counted", in, out)
		}
		if strings.Contains(out, "→") || strings.Contains(out, "->") {
			t.Fatalf("%q shows as %q: it imitates an arrow", in, out)
		}
		if len(cells) > 0 && unicode.In([]rune(out)[0], unicode.Mn, unicode.Me) {
			t.Fatalf("%q shows as %q: its first mark changes what stands before it", in, out)
		}
	})
}

// TestCutPair: a cut fits, says that it is one, and never makes two values look the same.
func TestCutPair(t *testing.T) {
	signs := signsFor(false)
	rapid.Check(t, func(t *rapid.T) {
		same := strings.Repeat(rapid.SampledFrom([]string{"x", "山", "\u202e"}).Draw(t, "letter"), rapid.IntRange(0, 60).Draw(t, "length"))
		a := same + hostileText().Draw(t, "a") + rapid.SampledFrom([]string{"", same}).Draw(t, "end")
		b := same + hostileText().Draw(t, "b") + rapid.SampledFrom([]string{"", same}).Draw(t, "end of b")
		room := rapid.IntRange(18, 90).Draw(t, "room")
		va, vb := visiblePair(a, b, false)
		ca, cb := signs.cutPair(va, vb, room)
		for _, c := range []struct{ full, cut text }{{va, ca}, {vb, cb}} {
			if c.cut.width() > room {
				t.Fatalf("%q has %d columns, room is %d", c.cut, c.cut.width(), room)
			}
			if c.full.String() != c.cut.String() && !strings.Contains(c.cut.String(), "<…") {
				t.Fatalf("%q became %q without a word", c.full, c.cut)
			}
		}
		if a != b && ca.String() == cb.String() {
			t.Fatalf("%q and %q both show as %q", a, b, ca)
		}
	})
}

// TestCutPairShowsTheDifference: also where it is an escape, and there is hardly any room.
func TestCutPairShowsTheDifference(t *testing.T) {
	a, b := visiblePair("x  AAAAAAAAA", "x\nAA\u202e", false)
	ca, cb := signsFor(false).cutPair(a, b, 18)
	if ca.String() != "<…><U+0020><…>" || cb.String() != "<…1…><U+000A><…3…>" {
		t.Errorf("%q and %q", ca, cb)
	}
}

func TestCut(t *testing.T) {
	for _, tc := range []struct {
		name, reason, in string
		room             int
		want             string
	}{
		{"fits", "nothing is cut where there is room", "anna@old.example", 16, "anna@old.example"},
		{"too long", "start and end stay", "anna.very.long.name@subsidiary.old.example", 30, "anna.very.lo<…18…>.old.example"},
		{"wide letters", "a wide letter takes two columns and is never halved", strings.Repeat("山", 20), 21, "山山山山<…13…>山山山"},
		{"escapes", "an escape is never torn apart", strings.Repeat("\u202e", 9), 30, "<U+202E><…7…><U+202E>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := signsFor(false).cut(visible(tc.in, false), tc.room)
			if got.String() != tc.want || got.width() > tc.room {
				t.Errorf("%s: got %q (%d columns of %d), want %q", tc.reason, got, got.width(), tc.room, tc.want)
			}
		})
	}
}
