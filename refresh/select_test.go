package refresh_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

func TestSelectKeys(t *testing.T) {
	pick := refresh.SelectKeys("1", "3", "3", "none")
	for key, want := range map[string]bool{"1": true, "2": false, "3": true, "": false} {
		same(t, key, want, pick(refresh.Match{Key: key}))
	}
	if refresh.SelectKeys()(refresh.Match{Key: "1"}) {
		t.Error("no keys select nothing")
	}
}

func TestSelectAddress(t *testing.T) {
	m := refresh.Match{
		Source:    box("s", "Ann.Arbor@Old.Example", "ann@sub.old.example", "jürgen@bücher.example"),
		Target:    box("t", "ann@new.example", "ann@xn--strae-oqa.example"),
		SourceUse: "OLD\\ann", TargetUse: "ann@tenant.onmicrosoft.com",
	}
	for _, c := range []struct {
		name, pattern string
		want          bool
	}{
		{"a source's primary", "ann.arbor@old.example", true},
		{"in any spelling", "ANN.ARBOR@OLD.EXAMPLE", true},
		{"a source's alias", "ann@sub.old.example", true},
		{"a target's primary", "ann@new.example", true},
		{"a target's alias", "ann@straße.example", true},
		{"an address in use", "*@tenant.onmicrosoft.com", true},
		{"a login in use", "old\\*", true},
		{"a domain", "*@old.example", true},
		{"a domain that is none of them", "*@third.example", false},
		{"a subdomain is another domain", "*@example", false},
		{"the end of a domain is no domain", "*@ld.example", false},
		{"the end counts", "*@old.exam", false},
		{"the beginning counts", "nn.arbor@*", false},
		{"any domain", "ann@*", true},
		{"any subdomain", "*@*.old.example", true},
		{"nothing between", "ann.arbor@*old.example", true},
		{"star in the middle", "ann*@old*e", true},
		{"several stars", "*a*r*@*old*", true},
		{"stars in another order", "*old*@*arbor*", false},
		{"parts may not overlap", "ann.arbor@old.example*example", false},
		{"prefix and suffix may not overlap", "ann.arbor@old.ex*old.example", false},
		{"everything", "*", true},
		{"two stars", "**", true},
		{"nothing", "", false},
		{"a question mark is a question mark", "ann.arbor@old.exampl?", false},
		{"a dot is a dot", "ann-arbor@old.example", false},
		{"a set is no set", "[a]nn.arbor@old.example", false},
		{"no star, no at sign", "old.example", false},
		{"star before a domain without an at sign", "*old.example", true},

		{"letters for letters", "*@bücher.example", true},
		{"capital letters", "*@BÜCHER.EXAMPLE", true},
		{"decomposed letters", "*@bu\u0308cher.example", true},
		{"A-labels for letters", "*@xn--bcher-kva.example", true},
		{"capital A-labels", "*@XN--BCHER-KVA.example", true},
		{"letters for A-labels", "*@straße.example", true},
		{"letters with a star behind", "*@bü*", true},
		{"letters with a star before", "*@*ücher.example", true},
		{"letters with a star in the middle", "*@b*ü*r.example", true},
		{"A-labels with a star", "*@xn--bcher*", true},
		{"A-label beside a label with a star", "*@xn--bcher-kva.ex*", true},
		{"letters without an at sign", "*bücher.example", true},
		{"letters of an A-label, with a star", "*@stra*ße.example", true},
		{"other letters", "*@bö*", false},
		{"a star is no part of an A-label", "*@b*her-kva.example", false},
		{"local part in letters", "JÜRGEN@*", true},
		{"Kelvin sign", "*@new.e\u212Aample", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := refresh.SelectAddress(c.pattern)(m); got != c.want {
				t.Errorf("%q: %v", c.pattern, got)
			}
		})
	}
	if refresh.SelectAddress("*")(refresh.Match{SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: "s", Login: "ann@old.example"}}) {
		t.Error("a row without an address is not selected by any")
	}
}

// TestSelectAddressFindsItself: every address is selected by each of its spellings, by its domain, and by a star in
// any place.
func TestSelectAddressFindsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := genAddress(t)
		m := pair("1", box("s", a), box("t", ""))
		local, domain := a.Split()
		cut := rapid.IntRange(0, len(a)).Draw(t, "cut")
		patterns := []string{string(a), a.Fold(), "*@" + domain, "*@" + a.Domain(), local + "@*", "*" + domain}
		if ascii(string(a)) == len(a) { // a star in a letter of several bytes or marks is none
			patterns = append(patterns, string(a[:cut])+"*"+string(a[cut:]), string(a[:cut])+"*")
		}
		for _, p := range patterns {
			if !refresh.SelectAddress(p)(m) {
				t.Fatalf("%q does not select %q", p, a)
			}
		}
		if refresh.SelectAddress("x" + string(a))(m) {
			t.Fatalf("x and itself selects %q", a)
		}
	})
}
