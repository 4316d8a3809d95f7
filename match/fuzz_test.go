package match_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// skeleton is what of a text is ASCII, in lower case. No two texts with different skeletons are spellings of one.
func skeleton(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}
		return -1
	}, norm.NFC.String(strings.Map(func(r rune) rune { // letters that compose to ASCII are not ASCII
		if x := norm.NFC.String(string(r)); r >= utf8.RuneSelf && len(x) == 1 {
			return '\u3007'
		}
		return r
	}, s)))
}

// slowly reports whether two texts may be spellings of one: letter by letter, with one skeleton.
func slowly(a, b string) bool {
	if !utf8.ValidString(a) || !utf8.ValidString(b) {
		return false
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	a, b = squeeze(a), squeeze(b)
	return skeleton(a) == skeleton(b) && strings.EqualFold(norm.NFKC.String(strings.ToLower(a)), norm.NFKC.String(strings.ToLower(b)))
}

func FuzzKeys(f *testing.F) {
	for _, x := range [][2]string{
		{"a@x.example", "A@X.example"}, {"\u212a@x.example", "k@x.example"}, {"ä@bücher.example", "a\u0308@xn--bcher-kva.example"}, {"a@b@c", "a@b"},
		{"anna+1234@x.onmicrosoft.com", "anna+1234@x.onmicrosoft.com"}, {"info@x.example", "INFO@x.example"}, {"\xff@x.example", "\xff@x.example"},
		{"O\u2019Neil", "oneil"}, {"Berg, Anna", "anna berg"}, {"", ""}, {"\u0130stanbul", "istanbul"}, {"a@\uff0e", "a@."}, {"a\u202e@x.example", "a@x.example"},
	} {
		f.Add(x[0], x[1])
	}
	mapped := must(match.MappedDomain("old.example=new.example"))
	pattern := must(match.Pattern("{given}.{surname}@{domain}", "new.example", "x.onmicrosoft.com"))
	rules := append(match.Default(), mapped, pattern, match.Attribute("x"))
	entry := func(s string) *refresh.Entry {
		e := &refresh.Entry{Given: s, Surname: s, EmployeeID: s, Attrs: map[string][]string{"x": {s}, match.AttrX500: {s}, match.AttrLegacyDN: {s}}}
		e.ID, e.Anchor, e.Instance, e.Login, e.DisplayName, e.Primary, e.Aliases = refresh.ID(s), refresh.ID(s), refresh.ID(s), s, s, refresh.Address(s), []refresh.Address{refresh.Address(s)}
		return e
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := entry(a), entry(b)
		for _, r := range rules {
			if r.Keys == nil {
				continue
			}
			theirs := r.Target
			if theirs == nil {
				theirs = r.Keys
			}
			mine, yours := r.Keys(nil, x), theirs(nil, y)
			if len(mine) > 64*2 {
				t.Fatalf("%s: %d keys of %q", r.Name, len(mine), a)
			}
			for _, k := range mine {
				checkKey(t, r.Name, k)
				for _, l := range yours {
					if k == l && k != "" {
						same(t, r.Name, a, b)
					}
				}
			}
			again := r.Keys(nil, x)
			if len(again) != len(mine) {
				t.Fatalf("%s: other keys of %q the second time", r.Name, a)
			}
		}
		if s := match.Jaro(a, b); s < 0 || s > 1 {
			t.Fatalf("Jaro(%q, %q) = %v", a, b, s)
		}
		if s := match.JaroWinkler(a, b); s < 0 || s > 1.0000001 {
			t.Fatalf("JaroWinkler(%q, %q) = %v", a, b, s)
		}
		if len(a)+len(b) < 200 {
			if d := match.Damerau(a, b); d < 0 || d > max(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) || d == 0 && string([]rune(a)) != string([]rune(b)) {
				t.Fatalf("Damerau(%q, %q) = %d", a, b, d)
			}
		}
		match.SuggestNames([]*refresh.Entry{x, y}, []*refresh.Entry{y}, nil)
	})
}

// checkKey: addresses are addresses of somebody.
func checkKey(t *testing.T, rule, k string) {
	t.Helper()
	switch rule {
	case "primary", "login", "alias", "mapped-domain", "pattern":
	default:
		return
	}
	if rule == "pattern" {
		k, _, _ = strings.Cut(k, " ") // the part of the name that the pattern leaves out
	}
	a := refresh.Address(k)
	local, domain := a.Split()
	if a.Check() != nil || a.Fold() != k {
		t.Fatalf("%s: the key %q is no folded address", rule, k)
	}
	if name, digits, ok := cutLast(local, "+"); ok && name != "" && digits != "" && strings.Trim(digits, "0123456789") == "" && strings.HasSuffix(domain, ".onmicrosoft.com") {
		t.Fatalf("%s: the placeholder %q is a key", rule, k)
	}
	if rule == "mapped-domain" || rule == "pattern" {
		for _, role := range []string{"postmaster", "abuse", "info", "sales", "webmaster", "hostmaster", "support", "noc", "security"} {
			if local == role {
				t.Fatalf("%s: the role %q is a key", rule, k)
			}
		}
	}
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// same: two texts with one key are spellings of one.
func same(t *testing.T, rule, a, b string) {
	t.Helper()
	switch rule {
	case "mapped-domain", "pattern", "display-name":
		return // these bring together what is spelt differently: tested by cases
	case "anchor", "instance":
		if !strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) && utf8.ValidString(a) {
			t.Fatalf("%s: %q and %q have one key", rule, a, b)
		}
		return
	case "primary", "login", "alias":
		la, da := refresh.Address(a).Split()
		lb, db := refresh.Address(b).Split()
		if !slowly(la, lb) || skeleton(da) == da && skeleton(db) == db && !strings.EqualFold(da, db) {
			t.Fatalf("%s: %q and %q have one key", rule, a, b)
		}
		return
	}
	if !slowly(a, b) {
		t.Fatalf("%s: %q and %q have one key", rule, a, b)
	}
}
