package ldapconn

import "testing"

func TestAlike(t *testing.T) {
	for _, tt := range []struct {
		a, b   string
		want   bool
		reason string
	}{
		{"muller@x.example", "MÜLLER@x.example", true, "neither case nor accents"},
		{"muller@x.example", "mu\u0308ller@x.example", true, "an accent of its own"},
		{"müller@x.example", "mu\u0308ller@x.example", true, "the two ways to write an accent"},
		{"strasse@x.example", "straße@x.example", true, "one letter for two"},
		{"ｍuller@x.example", "muller@x.example", true, "width"},
		{"カ@x.example", "か@x.example", true, "the kind of kana"},
		{"", "", true, "nothing"},
		{"muller@x.example", "muller@x.example", true, "the same"},
		{"muller@x.example", "müllen@x.example", false, "another letter"},
		{"muller@x.example", "müller@y.example", false, "another domain"},
		{"muller@x.example", "mulle@x.example", false, "a letter less"},
		{"muller@x.example", "ü", false, "one letter stands for two at most"},
		{"ü", "muller@x.example", false, "one letter stands for two at most"},
	} {
		if got := alike(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %v: %s", tt.a, tt.b, got, tt.reason)
		}
		if got := alike(tt.b, tt.a); got != tt.want {
			t.Errorf("%q and %q, the other way round: %v", tt.b, tt.a, got)
		}
	}
}
