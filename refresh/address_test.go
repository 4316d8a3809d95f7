package refresh_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/readdress-go/readdress/refresh"
)

func TestAddressFold(t *testing.T) {
	for _, c := range []struct {
		name, why string
		in        refresh.Address
		want      string
	}{
		{"empty", "nothing is nothing", "", ""},
		{"lower", "it is folded already", "ann@old.example", "ann@old.example"},
		{"mixed case", "no directory tells cases apart", "Ann@OLD.Example", "ann@old.example"},
		{"dots and tags", "they tell mailboxes apart", "A.nn+Tag@old.example", "a.nn+tag@old.example"},
		{"umlaut", "cases of other letters fold too", "JÜRGEN@old.example", "jürgen@old.example"},
		{"decomposed", "two spellings of one letter", "ju\u0308rgen@old.example", "jürgen@old.example"},
		{"composes only in lower case", "there is no capital j with caron", "J\u030C@old.example", "ǰ@old.example"},
		{"Greek and Cyrillic", "cases of other scripts fold too", "ΔΟΚΙΜΉ.ДМИТРИЙ@old.example", "δοκιμή.дмитрий@old.example"},
		{"Angstrom sign", "it is another spelling of a letter that is not ASCII", "\u212BNGSTRÖM@old.example", "ångström@old.example"},
		{"Kelvin sign", "it is not the letter k: another person could hold that", "\u212Aen@old.example", "\u212Aen@old.example"},
		{"dotted capital I", "lower-cased it would end as i and a dot", "\u0130da@old.example", "\u0130da@old.example"},
		{"dotless i", "nor is it an i", "\u0131da@old.example", "\u0131da@old.example"},
		{"Greek question mark", "it is not a semicolon", "a\u037Eb@old.example", "a\u037Eb@old.example"},
		{"Greek varia", "it is not a grave accent", "a\u1FEFb@old.example", "a\u1FEFb@old.example"},
		{"long s", "it is not an s", "\u017Fue@old.example", "\u017Fue@old.example"},
		{"sharp s", "it is not ss", "strauß@old.example", "strauß@old.example"},
		{"full-width letters", "nor are these letters ASCII", "ＡＮＮ@old.example", "ａｎｎ@old.example"},
		{"capitals around a sign", "the sign stays, its neighbours fold", "AÄ\u212AÄA@old.example", "aä\u212Aäa@old.example"},

		{"domain in letters", "A-labels are the form that all spellings share", "ann@ü.example", "ann@xn--tda.example"},
		{"domain in capitals", "A-labels are the form that all spellings share", "ann@Ü.EXAMPLE", "ann@xn--tda.example"},
		{"domain decomposed", "A-labels are the form that all spellings share", "ann@u\u0308.example", "ann@xn--tda.example"},
		{"domain in A-labels", "it is folded already", "ann@XN--TDA.example", "ann@xn--tda.example"},
		{"mixed labels", "each label for itself", "ann@bücher.XN--TDA.example", "ann@xn--bcher-kva.xn--tda.example"},
		{"sharp s in the domain", "UTS #46, non-transitional: another name than ss", "ann@straße.example", "ann@xn--strae-oqa.example"},
		{"Kelvin sign in the domain", "there IDNA decides, and for it this is a k", "ann@\u212A.example", "ann@k.example"},
		{"full stop of another script", "IDNA takes it for a dot", "ann@例え。テスト", "ann@xn--r8jz45g.xn--zckzah"},
		{"Georgian capitals", "IDNA has no mapping for them, but they fold to small letters", "ann@\u10A0.example", "ann@xn--rkj.example"},
		{"full-width at sign in the domain", "as an @ it would make another address", "x@y\uFF20z", "x@y\uFF20z"},
		{"wide space in the domain", "as a space it would make no address", "x@y\u3000z", "x@y\u3000z"},
		{"nothing but a soft hyphen", "IDNA would leave nothing", "x@\u00AD", "x@\u00AD"},
		{"what IDNA refuses", "an odd domain is compared, not judged", "x@AB--Ü", "x@ab--ü"},
		{"literal", "an odd domain is compared, not judged", "x@[IPv6:FE80::1]", "x@[ipv6:fe80::1]"},
		{"bad A-label", "an odd domain is compared, not judged", "x@xn--zzzz.ü", "x@xn--zzzz.ü"},

		{"two at signs", "the last one counts", "\"A@B\"@Ü.example", "\"a@b\"@xn--tda.example"},
		{"no at sign", "it is all local part", "JÜRGEN", "jürgen"},
		{"not UTF-8", "it folds to itself", "A\xff@Old.example", "A\xff@Old.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.in.Fold(); got != c.want {
				t.Errorf("%q folds to %q, want %q: %s", c.in, got, c.want, c.why)
			}
			foldRules(t, c.in)
		})
	}
}

// TestAddressFoldEveryRune holds the rules for every character that has a case or another spelling, in each part of an
// address.
func TestAddressFoldEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		plain := unicode.ToLower(r) == r && unicode.ToUpper(r) == r && norm.NFC.IsNormalString(string(r))
		if !utf8.ValidRune(r) || r > 0x500 && plain && r%31 != 0 {
			continue // most of the rest has no case and no other spelling
		}
		foldRules(t, refresh.Address("x"+string(r)+"y@old.example"))
		foldRules(t, refresh.Address("x@a"+string(r)+"y.example"))
	}
}

// foldRules holds one address to what Fold promises.
func foldRules(t *testing.T, a refresh.Address) {
	t.Helper()
	fold := refresh.Address(a.Fold())
	if again := fold.Fold(); again != string(fold) {
		t.Fatalf("%q folds to %q and that to %q", a, fold, again)
	}
	if !a.Same(fold) || !fold.Same(a) || !a.Same(a) {
		t.Fatalf("%q is not the same as %q", a, fold)
	}
	local, domain := a.Split()
	foldedLocal, foldedDomain := fold.Split()
	if !utf8.ValidString(string(a)) {
		if string(fold) != string(a) {
			t.Fatalf("%q is not UTF-8 and folds to %q", a, fold)
		}
		return
	}
	if (domain == "") != (foldedDomain == "") || (local == "") != (foldedLocal == "") {
		t.Fatalf("%q and its fold %q have other parts", a, fold)
	}
	if strings.Count(string(a), "@") != strings.Count(string(fold), "@") {
		t.Fatalf("%q and its fold %q differ in their at signs", a, fold)
	}
	if a.Domain() != foldedDomain || fold.Domain() != foldedDomain {
		t.Fatalf("the domain of %q is %q, that of its fold %q", a, a.Domain(), foldedDomain)
	}
	if n, m := ascii(local), ascii(foldedLocal); m > n {
		t.Fatalf("the local part of %q has %d ASCII characters, that of its fold %q %d", a, n, fold, m)
	}
	// What is usable stays usable, but lengths in octets change with the spelling.
	if err := fold.Check(); a.Check() == nil && err != nil && !strings.Contains(err.Error(), "longer than") {
		t.Fatalf("%q is usable, its fold %q is not: %v", a, fold, err)
	}
}

// ascii counts the ASCII characters; composition may lower the number, nothing may raise it.
func ascii(s string) (n int) {
	for i := range len(s) {
		if s[i] < utf8.RuneSelf {
			n++
		}
	}
	return n
}

func TestAddressSame(t *testing.T) {
	for _, c := range []struct {
		a, b refresh.Address
		want bool
		why  string
	}{
		{"ann@ü.example", "ANN@xn--TDA.example", true, "U-label and A-label"},
		{"", "", true, "nothing is nothing"},
		{"a\xff@b", "a\xff@b", true, "equal bytes"},
		{"a\xff@b", "A\xff@b", false, "what is not text has no case"},
		{"k@b.example", "\u212A@b.example", false, "the Kelvin sign is not k"},
		{"i@b.example", "\u0130@b.example", false, "the dotted capital is not i"},
		{"ann@b.example", "ann@b.example.", false, "directories do not write the dot of the root"},
		{"x@y@z", "x@y\uFF20z", false, "the full-width sign separates nothing"},
	} {
		if got := c.a.Same(c.b); got != c.want {
			t.Errorf("%q and %q: %v, want %v: %s", c.a, c.b, got, c.want, c.why)
		}
	}
}

func TestAddressSplit(t *testing.T) {
	for _, c := range []struct {
		in                            refresh.Address
		local, domain, folded, reason string
	}{
		{"ann@Old.example", "ann", "Old.example", "old.example", "the usual"},
		{`"a@b"@Ü.example`, `"a@b"`, "Ü.example", "xn--tda.example", "the last @ separates"},
		{"ann", "ann", "", "", "without one there is no domain"},
		{"ann@", "ann", "", "", "an empty domain is none"},
		{"@b", "", "b", "b", "the local part may be missing"},
		{"@", "", "", "", "and both"},
		{"", "", "", "", "and all"},
		{"a@b\xff", "a", "b\xff", "b\xff", "what is not text is left alone"},
		{"a@B\xffÜ", "a", "B\xffÜ", "B\xffÜ", "what is not text is left alone"},
	} {
		local, domain := c.in.Split()
		if local != c.local || domain != c.domain || c.in.Domain() != c.folded {
			t.Errorf("%q: %q, %q, folded %q; %s", c.in, local, domain, c.in.Domain(), c.reason)
		}
	}
}

func TestAddressCheck(t *testing.T) {
	const odd = "the address contains a space, control or direction character"
	long := func(local, domain int) refresh.Address {
		return refresh.Address(strings.Repeat("l", local) + "@" + strings.Repeat("d", domain))
	}
	for _, c := range []struct {
		name, why string
		in        refresh.Address
		want      string
	}{
		{"usual", "", "ann@old.example", ""},
		{"one letter each", "short is fine", "a@b", ""},
		{"odd but usable", "directories hold such", `o'brien+"x"..y.@-b_c.example.`, ""},
		{"not ASCII", "RFC 6531", "jürgen@ü.example", ""},
		{"two at signs", "a quoted local part may hold one", `"a@b"@c`, ""},
		{"literal", "RFC 5321", "a@[192.0.2.1]", ""},
		{"longest local part", "64 octets", long(64, 10), ""},
		{"longest", "254 octets", long(64, 189), ""},
		{"empty", "", "", "the address is empty"},
		{"no at sign", "", "ann", "the address has no @"},
		{"nothing before", "", "@b", "the address has nothing before the @"},
		{"nothing after", "", "a@", "the address has nothing after the @"},
		{"only an at sign", "", "@", "the address has nothing before the @"},
		{"local part too long", "RFC 5321", long(65, 10), "the part before the @ is longer than 64 octets"},
		{"local part too long in octets", "33 letters, 66 octets", refresh.Address(strings.Repeat("ü", 33) + "@b"), "the part before the @ is longer than 64 octets"},
		{"too long", "RFC 3696 erratum 1690", long(64, 190), "the address is longer than 254 octets"},
		{"not UTF-8", "", "a\xff@b", "the address is not UTF-8"},
		{"surrogate", "", "a\xed\xa0\x80@b", "the address is not UTF-8"},
		{"space", "", "a b@c", odd},
		{"space around", "", " a@c", odd},
		{"line feed", "it would forge headers", "a@c\nBcc: x", odd},
		{"NUL", "", "a\x00@c", odd},
		{"DEL", "", "a\x7f@c", odd},
		{"C1 control", "", "a\u0085@c", odd},
		{"no-break space", "people do not see it", "a\u00a0@c", odd},
		{"ideographic space", "people do not see it", "a@c\u3000d", odd},
		{"line separator", "", "a\u2028@c", odd},
		{"right-to-left override", "people see another address", "a\u202e@c", odd},
		{"isolate", "people see another address", "a\u2066@c", odd},
		{"Arabic letter mark", "people see another address", "a\u061c@c", odd},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.in.Check()
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%q, want %q; %s", got, c.want, c.why)
			}
		})
	}
}

// TestSameAddressOtherVerdict: two spellings of one address may differ in their lengths, and so in what Check says.
// Nothing relies on the contrary: what a directory spells is checked, what is compared is folded.
func TestSameAddressOtherVerdict(t *testing.T) {
	for _, c := range []struct {
		why       string
		good, bad refresh.Address
	}{
		{"the small letter needs more octets", refresh.Address(strings.Repeat("\u023A", 32) + "@b"), refresh.Address(strings.Repeat("\u2C65", 32) + "@b")},
		{"the decomposed letter needs more octets", refresh.Address(strings.Repeat("ü", 32) + "@b"), refresh.Address(strings.Repeat("u\u0308", 32) + "@b")},
		{"the A-label needs more octets", refresh.Address("a@" + strings.Repeat("ü.", 80) + "b"), refresh.Address("a@" + strings.Repeat("xn--tda.", 80) + "b")},
	} {
		if !c.good.Same(c.bad) || c.good.Check() != nil || c.bad.Check() == nil {
			t.Errorf("%s: same %v, %v, %v", c.why, c.good.Same(c.bad), c.good.Check(), c.bad.Check())
		}
	}
}

func addressSeeds(f *testing.F) {
	for _, s := range []string{
		"", "@", "Ann@OLD.example", "jürgen@ü.example", "\u212A\u0130\u037E\u1FEF@\u212A.example", "a@xn--tda.example", "x@y\uFF20z", "x@\u00AD", "x@AB--Ü", "x@\u10A0.\u1E9E",
		"\"a@b\"@c", "a\xff@B", "J\u030C@b", "x@\u04C0", "a@xn--zzzz.ü", "a@b\u00A8c", "\u1100\u1161\u11A8@b", "a\u0345\u0301@b", "x@\u0660\u06F0.\u05D0", "x@a\u200Cb.\u200D",
	} {
		f.Add(s)
	}
}

// FuzzFold holds any text to what Fold promises.
func FuzzFold(f *testing.F) {
	addressSeeds(f)
	f.Fuzz(func(t *testing.T, s string) { foldRules(t, refresh.Address(s)) })
}

// FuzzCheck holds any text that passes Check to what Check promises, and no error may repeat it.
func FuzzCheck(f *testing.F) {
	addressSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		a := refresh.Address(s)
		err := a.Check()
		if err != nil {
			if len(s) > 8 && strings.Contains(err.Error(), s) {
				t.Fatalf("the error repeats the address: %v", err)
			}
			return
		}
		local, domain := a.Split()
		if local == "" || domain == "" || len(local) > 64 || len(s) > 254 || !utf8.ValidString(s) {
			t.Fatalf("%q passes", s)
		}
		if strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r)
		}) {
			t.Fatalf("%q passes", s)
		}
		j := jobOf(pair("1", box("s", a), box("t", a, a)))
		if err := j.Validate(); err != nil {
			t.Fatalf("%q passes, but no job may hold it: %v", s, err)
		}
		foldRules(t, a)
	})
}
