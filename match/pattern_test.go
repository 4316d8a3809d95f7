package match_test

import (
	"slices"
	"testing"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

func keysOf(t *testing.T, r match.Rule, e refresh.Entry) []string {
	t.Helper()
	return r.Keys(nil, &e)
}

func TestPattern(t *testing.T) {
	for _, tt := range []struct {
		pattern, given, surname string
		want                    []string // some of the keys
		not                     []string
		reason                  string
	}{
		{"{given}.{surname}@{domain}", "Anna", "Berg", []string{"anna.berg@new.example"}, nil, "plain"},
		{"{g}{surname}@{domain}", "Anna", "Berg", []string{"aberg@new.example"}, []string{"anna.berg@new.example"}, "the first letter"},
		{"{surname}{g}@other.example", "Anna", "Berg", []string{"berga@other.example"}, nil, "its own domain"},
		{"{given}.{surname}@{domain}", "Jörg", "Müller", []string{"joerg.mueller@new.example", "jorg.muller@new.example", "joerg.muller@new.example", "jörg.müller@new.example"}, nil, "Exchange writes ö as oe, others strip"},
		{"{given}.{surname}@{domain}", "Jo\u0308rg", "Mu\u0308ller", []string{"joerg.mueller@new.example", "jorg.muller@new.example"}, nil, "decomposed letters are the same letters"},
		{"{surname}@{domain}", "", "Weiß", []string{"weiss@new.example"}, nil, "ß is ss"},
		{"{surname}@{domain}", "", "Ærø", []string{"aero@new.example", "aeroe@new.example"}, nil, "Nordic letters"},
		{"{surname}@{domain}", "", "Åberg", []string{"aaberg@new.example", "aberg@new.example"}, nil, "Nordic letters"},
		{"{g}{surname}@{domain}", "Özlem", "Øst", []string{"oost@new.example", "ooest@new.example"}, nil, "the first letter is one letter"},
		{"{given}.{surname}@{domain}", "Sean", "O'Neil", []string{"sean.oneil@new.example", "sean.o'neil@new.example"}, nil, "apostrophes are left out or kept"},
		{"{given}.{surname}@{domain}", "Sean", "O\u2019Neil", []string{"sean.oneil@new.example", "sean.o'neil@new.example"}, nil, "word processors bend them"},
		{"{given}.{surname}@{domain}", "Anna-Lena", "von der Tann", []string{"anna-lena.vondertann@new.example", "annalena.von-der-tann@new.example", "anna-lena.von.der.tann@new.example"}, nil, "double names"},
		{"{given}.{surname}@{domain}", "", "Berg", nil, []string{".berg@new.example"}, "half a name is none"},
		{"{surname}@{domain}", "", "Info", nil, []string{"info@new.example"}, "a role is no name"},
		{"{given}@{domain}", "Sales", "", nil, []string{"sales@new.example"}, "a role is no name"},
		{"{given}.{surname}@{domain}", "Anna\xff", "Berg", nil, []string{"anna.berg@new.example"}, "not UTF-8"},
		{"{given}.{surname}@{domain}", "李", "小龙", []string{"李.小龙@new.example"}, nil, "letters without accents stay"},
	} {
		var domains []string
		if tt.pattern[len(tt.pattern)-1] == '}' {
			domains = []string{"New.example"}
		}
		r, err := match.Pattern(tt.pattern, domains...)
		if err != nil {
			t.Fatal(err)
		}
		got := keysOf(t, r, refresh.Entry{Given: tt.given, Surname: tt.surname})
		for _, k := range tt.want {
			if !slices.Contains(got, k) {
				t.Errorf("%s of %q %q, %s: %q is not among %q", tt.pattern, tt.given, tt.surname, tt.reason, k, got)
			}
		}
		for _, k := range tt.not {
			if slices.Contains(got, k) {
				t.Errorf("%s of %q %q, %s: %q is among the keys", tt.pattern, tt.given, tt.surname, tt.reason, k)
			}
		}
		if tt.want == nil && len(got) > 0 {
			t.Errorf("%s of %q %q, %s: %q", tt.pattern, tt.given, tt.surname, tt.reason, got)
		}
	}
}

func TestPatternRefuses(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		domains []string
		reason  string
	}{
		{"", nil, "nothing"},
		{"{given}.{surname}", []string{"a.example"}, "no @"},
		{"{given}@{domain}", nil, "no domain"},
		{"{given}@a.example", []string{"b.example"}, "two ways to say it"},
		{"{given}@{domain}", []string{"a b"}, "no domain"},
		{"{firstname}@{domain}", []string{"a.example"}, "an unknown field"},
		{"{given@{domain}", []string{"a.example"}, "an open brace"},
		{"given}@{domain}", []string{"a.example"}, "a closing brace"},
		{"{g}{s}@{domain}", []string{"a.example"}, "first letters alone are anybody's"},
		{"info@{domain}", []string{"a.example"}, "nobody's name"},
	} {
		if _, err := match.Pattern(tt.pattern, tt.domains...); err == nil {
			t.Errorf("%q %q is taken: %s", tt.pattern, tt.domains, tt.reason)
		}
	}
}

// TestPatternInitial: an address with a first letter is that of everybody with the letter.
func TestPatternInitial(t *testing.T) {
	person := func(id refresh.ID, given, surname string, primary refresh.Address) refresh.Entry {
		return refresh.Entry{Mailbox: refresh.Mailbox{ID: id, Primary: primary}, Given: given, Surname: surname}
	}
	for _, tt := range []struct {
		pattern string
		s, t    refresh.Entry
		want    match.Status
		reason  string
	}{
		{"{g}{surname}@new.example", person("s", "Anna", "Berg", "x@old.example"), person("t", "Anna", "Berg", "aberg@new.example"), match.Matched, "the same"},
		{"{g}{surname}@new.example", person("s", "Anna", "Berg", "x@old.example"), person("t", "Axel", "Berg", "aberg@new.example"), match.NoCandidate, "the address is Axel's"},
		{"{g}{surname}@new.example", person("s", "Anna", "Berg", "x@old.example"), person("t", "", "", "aberg@new.example"), match.Matched, "whose name is not known"},
		{"{g}{surname}@new.example", person("s", "J\u00f6rg", "Berg", "x@old.example"), person("t", "Jorg", "Berg", "jberg@new.example"), match.Matched, "spelt without accents"},
		{"{given}@new.example", person("s", "Anna", "Berg", "x@old.example"), person("t", "Anna", "Dahl", "anna@new.example"), match.NoCandidate, "another Anna"},
		{"{given}.{surname}@new.example", person("s", "Anna", "Berg", "x@old.example"), person("t", "Annika", "Berg", "anna.berg@new.example"), match.Matched, "the address has the whole name"},
	} {
		r, err := match.Pattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		p, err := match.Pair(match.Entries([]refresh.Entry{tt.s}), match.Entries([]refresh.Entry{tt.t}), []match.Rule{r}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := p.Source("s"); d.Status != tt.want {
			t.Errorf("%s of %s and %s: %s, want %s: %s", tt.pattern, tt.s.Given, tt.t.Given, d.Status, tt.want, tt.reason)
		}
	}
}
