package match_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

func TestExplain(t *testing.T) {
	sources := []refresh.Entry{with("s1", "Anna@x.example"), with("s2", "ben@x.example", "shared@x.example"), with("s3", "cleo@x.example", "shared@x.example"), with("s4", "dora@x.example"), with("s5", "emil@x.example")}
	targets := []refresh.Entry{with("t1", "anna@X.example"), with("t2", "b@y.example", "shared@x.example"), one("t4", func(e *refresh.Entry) { e.Primary, e.Anchor = "dora@x.example", "other" }), with("t5", "z@y.example")}
	for i := range sources {
		sources[i].DisplayName = "Person"
	}
	p, err := match.Pair(match.Entries(sources), match.Entries(targets), match.Default(), &match.Options{Pins: []match.Pin{{Source: "s5"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		s, t     refresh.ID
		paired   bool
		rule     string
		tier     int
		says     []string
		wantView map[string]match.View
	}{
		{"s1", "t1", true, "primary", 6, []string{`They are a pair: by the rule "primary"`, `"Anna@x.example"`, `"anna@X.example"`, `"anna@x.example"`}, map[string]match.View{"primary": match.Agrees, "anchor": match.Silent, "refusals": match.Allows}},
		{"s2", "t2", false, "", 0, []string{"but not them alone", "also source", "cleo@x.example", "others with the same key (1)"}, map[string]match.View{"alias": match.Agrees, "primary": match.Differs}},
		{"s4", "t4", false, "", 0, []string{"anchored to another source object"}, map[string]match.View{"anchor": match.Contradicts}},
		{"s5", "t5", false, "", 0, []string{"the operator leaves it alone", "pin of the source would have to go"}, nil},
		{"s1", "t5", false, "", 0, []string{"no rule that decides finds one", "is matched to another target", `"anna@x.example" and "z@y.example" would have to be equal`}, nil},
	} {
		x, err := p.Explain(tt.s, tt.t)
		if err != nil {
			t.Fatal(err)
		}
		if x.Paired != tt.paired || x.Rule != tt.rule || x.Tier != tt.tier || x.Paired != (len(x.Change) == 0) {
			t.Errorf("%s and %s: %+v", tt.s, tt.t, x)
		}
		text := x.String()
		for _, want := range tt.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s and %s: %q is not said:\n%s", tt.s, tt.t, want, text)
			}
		}
		for _, v := range x.Rules {
			if want := tt.wantView[v.Rule]; want != "" && v.View != want {
				t.Errorf("%s and %s, rule %s: %s, want %s", tt.s, tt.t, v.Rule, v.View, want)
			}
		}
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		var back match.Explanation
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(x, back); d != "" {
			t.Errorf("%s and %s: JSON (-want +got)\n%s", tt.s, tt.t, d)
		}
		if again, _ := p.Explain(tt.s, tt.t); again.String() != text {
			t.Errorf("%s and %s: explained differently again", tt.s, tt.t)
		}
	}
	if _, err := p.Explain("s9", "t1"); err == nil {
		t.Error("a source that is not there is explained")
	}
	if _, err := p.Explain("s1", "t9"); err == nil {
		t.Error("a target that is not there is explained")
	}
}

// TestNames: similar names suggest, in both directions, and never pair.
func TestNames(t *testing.T) {
	name := func(id refresh.ID, given, surname string) refresh.Entry {
		return refresh.Entry{Mailbox: refresh.Mailbox{ID: id}, Given: given, Surname: surname}
	}
	var sources, targets []refresh.Entry
	for i, n := range []string{"Abel", "Brandt", "Conrad", "Dietrich", "Engel", "Fischer", "Gruber", "Hofmann"} {
		sources = append(sources, name(refresh.ID("s"+n), n[:1]+"laus", n))
		if i > 0 {
			targets = append(targets, name(refresh.ID("t"+n), n[:1]+"laus", n))
		}
	}
	sources = append(sources, name("s11", "Xaver", "Ypsilantis"), name("s12", "Quirin", "Zwetschgenmann"))
	targets = append(targets, name("t11", "", "Ypsilantis"), name("t12", "Bernadette", "Zwetschgenmann"))
	sources = append(sources, name("s9", "Svenja", "Müller-Lüdenscheidt"), name("s10", "Info", ""))
	targets = append(targets, name("t9", "Svenja", "Mueler Ludenscheidt"), name("t10", "Info", ""))
	p, err := match.Pair(match.Entries(sources), match.Entries(targets), match.Default(), &match.Options{Names: &match.Names{}})
	if err != nil {
		t.Fatal(err)
	}
	for d := range p.Sources() {
		if d.Status != match.NoCandidate || d.Other != nil {
			t.Errorf("%s is %s: names decided", d.Entry.ID, d.Status)
		}
	}
	d, _ := p.Source("sBrandt")
	if len(d.Candidates) != 1 || d.Candidates[0].Entry.ID != "tBrandt" || d.Candidates[0].Score != 1 || d.Candidates[0].Margin <= 0.5 {
		t.Errorf("Brandt: %+v", d.Candidates)
	}
	if d, _ = p.Target("tBrandt"); len(d.Candidates) != 1 || d.Candidates[0].Entry.ID != "sBrandt" {
		t.Errorf("Brandt, from the other side: %+v", d.Candidates)
	}
	for _, id := range []refresh.ID{"s11", "s12", "s10"} {
		if d, _ = p.Source(id); len(d.Candidates) != 0 {
			t.Errorf("%s, of whose name one part alone is there, or a role: %+v", id, d.Candidates)
		}
	}
	if d, _ = p.Source("s9"); len(d.Candidates) != 1 || d.Candidates[0].Entry.ID != "t9" {
		t.Errorf("s9, spelt differently: %+v", d.Candidates)
	}
	if d, _ = p.Source("sAbel"); len(d.Candidates) != 0 {
		t.Errorf("Abel, who is not there: %+v", d.Candidates)
	}
	if x, err := p.Explain("sBrandt", "tBrandt"); err != nil || x.Similarity != 1 || x.Paired {
		t.Errorf("explained: %+v, %v", x, err)
	}
}
