package matchtest_test

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/match/matchtest"
	"github.com/readdress-go/readdress/refresh"
)

//go:embed testdata/*.txt
var files embed.FS

func TestDefaultRules(t *testing.T) {
	matchtest.Run(t, files, "testdata/default.txt", match.Default())
	matchtest.Run(t, files, "testdata/statuses.txt", nil)
}

func TestSettings(t *testing.T) {
	matchtest.RunSets(t, files, "testdata/settings.txt", settingRules(t))
}

// settingRules are the sets of testdata/settings.txt.
func settingRules(t *testing.T) map[string][]match.Rule {
	t.Helper()
	mapped, err := match.MappedDomain("old.example=new.example", "older.example=new.example")
	if err != nil {
		t.Fatal(err)
	}
	pattern, err := match.Pattern("{given}.{surname}@{domain}", "new.example")
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]match.Rule{
		"mapped-domain":          {mapped},
		"pattern":                {pattern},
		"attribute":              {match.Attribute("payroll")},
		"administrators allowed": {match.RefuseTypes(), match.Primary()},
		"no anchor":              match.Without(match.Default(), "anchor"),
		"names alone":            {match.DisplayName()},
	}
}

// TestEveryRuleIsHeld: without any one of the shipped rules, some case fails. So is each status expected, of sources and of targets.
func TestEveryRuleIsHeld(t *testing.T) {
	cases, err := matchtest.ReadFS(files, "testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	sets := settingRules(t)
	sets[""] = match.Default()
	fails := func(sets map[string][]match.Rule) bool {
		return slices.ContainsFunc(cases, func(c matchtest.Case) bool { return c.CheckSets(sets) != nil })
	}
	if fails(sets) {
		t.Fatal("a case fails with all rules: see the other tests")
	}
	for name, rules := range sets {
		for _, r := range rules {
			if name == "no anchor" {
				continue // what it lacks is what it is for
			}
			less := maps.Clone(sets)
			less[name] = match.Without(rules, r.Name)
			if !fails(less) {
				t.Errorf("no case fails when the rules %q lack %q", name, r.Name)
			}
		}
	}
	type seen struct {
		target bool
		status match.Status
	}
	had := make(map[seen]bool)
	for _, c := range cases {
		for _, w := range c.Wants {
			had[seen{w.Target, w.Status}] = true
		}
	}
	for s := match.NoCandidate; s <= match.Pinned; s++ {
		if !had[seen{false, s}] || !had[seen{true, s}] {
			t.Errorf("no case expects %s of a source and of a target", s)
		}
	}
}

// TestChecks: a case that is wrong is noticed, and said with the place and what the rules see.
func TestChecks(t *testing.T) {
	const sides = "case x\nsource s1\nprimary a@x.example\ntarget t1\nprimary A@x.example\ntarget t2\nprimary b@x.example\n"
	for _, tt := range []struct{ name, wants, says string }{
		{"right", "want s1 matched t1 by primary", ""},
		{"without a rule", "want s1 matched t1", ""},
		{"another status", "want s1 no-candidate", "s1 matched"},
		{"another partner", "want s1 matched t2", "They are no pair"},
		{"another rule", "want s1 matched t1 by alias", "by primary"},
		{"another pin", "pin s1 t2\nwant s1 pinned t1", "pinned"},
		{"left alone", "pin s1 -\nwant s1 pinned -", ""},
		{"no pair wanted", "want s1 no-candidate", "They are a pair: by the rule \"primary\""},
		{"the other one is explained too", "want s1 matched t2", "They are a pair: by the rule \"primary\""},
		{"a target", "want s1 matched t1\nwant target t2 matched s1", "t2 no-candidate"},
		{"candidates", "want s1 matched t1\nwant target t2 ambiguous s1", "no-candidate"},
	} {
		cases, err := matchtest.Parse("file.txt", sides+tt.wants)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		err = cases[0].Check(match.Default())
		switch {
		case (err == nil) != (tt.says == ""):
			t.Errorf("%s: %v", tt.name, err)
		case err != nil:
			text := strings.ReplaceAll(err.Error(), "\u00a0", " ") // cmp writes either, so that nobody relies on it
			if !strings.Contains(text, tt.says) || !strings.Contains(text, "file.txt:8") && !strings.Contains(text, "file.txt:9") {
				t.Errorf("%s: %q is not said, or the line:\n%v", tt.name, tt.says, err)
			}
		}
	}
}

// TestParseRefuses: whatever is not understood is an error with its line.
func TestParseRefuses(t *testing.T) {
	const s = "case x\nsource s1\n"
	for _, tt := range []struct{ name, text, says string }{
		{"nothing", "", "there is no case"},
		{"no case", "source s1", "f.txt:1"},
		{"no name", "case", "f.txt:1: a case needs a name"},
		{"an unknown field", s + "  mail a@x.example\nwant s1 no-candidate", "f.txt:3: a mailbox has no field \"mail\""},
		{"an empty field", s + "  primary\nwant s1 no-candidate", "f.txt:3"},
		{"an unknown kind", s + "  kind person\nwant s1 no-candidate", "f.txt:3"},
		{"an attr without value", s + "  attr x\nwant s1 no-candidate", "f.txt:3"},
		{"a field of nobody", "case x\nprimary a@x.example", "f.txt:2"},
		{"a source twice", s + "source s1\nwant s1 no-candidate", "f.txt:3"},
		{"two words", "case x\nsource s 1", "f.txt:2"},
		{"a forgotten source", s, "says nothing of the source"},
		{"an unknown status", s + "want s1 found", "f.txt:3"},
		{"an unknown source", s + "want s1 no-candidate\nwant s2 no-candidate", "f.txt:4: the case has no source"},
		{"an unknown target", s + "want s1 matched t1", "f.txt:3: the case has no target"},
		{"two partners", s + "target t1\ntarget t2\nwant s1 matched t1 t2", "f.txt:5: who is matched has one partner"},
		{"no candidates", s + "want s1 ambiguous", "f.txt:3"},
		{"a second want", s + "want s1 no-candidate\nwant s1 no-candidate", "f.txt:4: a second want"},
		{"half a pin", s + "pin s1\nwant s1 no-candidate", "f.txt:3"},
		{"a pin of nobody", s + "pin - -\nwant s1 no-candidate", "f.txt:3"},
		{"a pin of a source that is not there", s + "pin s9 -\nwant s1 no-candidate", "f.txt:3: the case has no source"},
		{"a pin of a target that is not there", s + "want s1 no-candidate\npin s1 t9", "f.txt:4: the case has no target"},
		{"a second pin", s + "pin s1 -\npin s1 -\nwant s1 pinned -", "f.txt:4: a second pin"},
		{"nothing expected", "case x\ntarget t1", "f.txt:1: case \"x\" expects nothing"},
		{"by without a rule, which would be any", s + "target t1\nwant s1 matched t1 by", "f.txt:4: after by"},
		{"by where no rule decides", s + "want s1 no-candidate by primary", "f.txt:3: no rule decides"},
		{"matched to nobody", s + "want s1 matched -", "f.txt:3: \"-\" is for who is pinned"},
		{"a candidate twice", s + "target t1\nwant s1 ambiguous t1 t1", "f.txt:4: \"t1\" is there twice"},
		{"a second want of a target", s + "target t1\nwant s1 no-candidate" + strings.Repeat("\nwant target t1 no-candidate", 2), "f.txt:6: a second want"},
		{"a second primary", s + "primary a@x.example\nprimary b@x.example\nwant s1 no-candidate", "f.txt:4: a second \"primary\""},
		{"a second kind", s + "kind user\nkind group\nwant s1 no-candidate", "f.txt:4: a second \"kind\""},
		{"a second privileged", s + "privileged no\nprivileged yes\nwant s1 no-candidate", "f.txt:4: a second \"privileged\""},
		{"two cases of one name", s + "want s1 no-candidate\n" + s + "want s1 no-candidate", "f.txt:4: a second case"},
		{"not UTF-8, which no rule would see", s + "name M\xfcller\nwant s1 no-candidate", "f.txt:3: the line is not UTF-8"},
		{"an ID that is a word of wants", "case x\nsource by", "f.txt:2: a source needs an ID"},
		{"two sets of rules", s + "rules a\nrules b\nwant s1 no-candidate", "f.txt:4: a case has the name of one"},
		{"a misspelt line", s + "want s1 no-candidate\nwnat s1 no-candidate", "f.txt:4: \"wnat\" is no word of a case: want case"},
	} {
		if _, err := matchtest.Parse("f.txt", tt.text); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}

// TestParseReads: what editors do to files changes nothing.
func TestParseReads(t *testing.T) {
	const text = "case x\nsource s1\nattr badge 1 7\nattr badge 8\nalias a@x.example\nalias b@x.example\nwant s1 no-candidate\n"
	want, err := matchtest.Parse("f.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want[0].Sources[0].Attrs, map[string][]string{"badge": {"1 7", "8"}}); d != "" {
		t.Error(d)
	}
	for name, other := range map[string]string{
		"Windows":           "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"),
		"tabs":              strings.ReplaceAll(text, " ", "\t \t"),
		"no end of line":    strings.TrimSpace(text),
		"indented comments": strings.Replace(text, "alias", "  # alias x\n  alias", 1),
	} {
		got, err := matchtest.Parse("f.txt", strings.ReplaceAll(other, "1\t \t7", "1 7"))
		if err != nil {
			t.Error(name, err)
		} else if d := cmp.Diff(want[0].Sources, got[0].Sources); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestCheckOfMadeCase: a case that no file holds is held to the same.
func TestCheckOfMadeCase(t *testing.T) {
	box := func(id refresh.ID) []refresh.Entry {
		return []refresh.Entry{{Mailbox: refresh.Mailbox{ID: id, Primary: "a@x.example"}}}
	}
	for _, tt := range []struct {
		name string
		c    matchtest.Case
		says string
	}{
		{"right", matchtest.Case{Sources: box("s1"), Targets: box("t1"), Wants: []matchtest.Want{
			{ID: "s1", Status: match.Matched, Others: []refresh.ID{"t1"}},
		}}, ""},
		{"a forgotten source", matchtest.Case{Sources: box("s1")}, "says nothing of the source"},
		{"nothing at all", matchtest.Case{}, "expects nothing"},
		{"no ID", matchtest.Case{Sources: box(""), Wants: []matchtest.Want{{}}}, "without an ID"},
		{"no source of the pin", matchtest.Case{Sources: box("s1"), Pins: []match.Pin{{Source: "s2"}}, Wants: []matchtest.Want{{ID: "s1"}}}, "to pin"},
		{"no partner", matchtest.Case{Sources: box("s1"), Wants: []matchtest.Want{{ID: "s1", Status: match.Matched}}}, "one partner"},
	} {
		if err := tt.c.Check(nil); (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}

// TestFormat: what is written is read back, and says what the rules say.
func TestFormat(t *testing.T) {
	text, err := files.ReadFile("testdata/default.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := matchtest.Parse("default.txt", string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		out, err := matchtest.Format(c, match.Default())
		if err != nil {
			t.Fatal(err)
		}
		back, err := matchtest.Parse("out.txt", out)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if d := cmp.Diff(c.Sources, back[0].Sources) + cmp.Diff(c.Targets, back[0].Targets) + cmp.Diff(c.Pins, back[0].Pins); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.Name, d)
		}
		if err := back[0].Check(match.Default()); err != nil {
			t.Error(err)
		}
	}
}

// The mailboxes of a connector become a case to begin a file with.
func ExampleFormat() {
	source, target := memconn.New("contoso", nil), memconn.New("fabrikam", nil)
	source.Put(refresh.Mailbox{ID: "s1", Instance: "g1", Primary: "anna@contoso.example"})
	target.Put(refresh.Mailbox{ID: "t1", Instance: "g2", Primary: "anna.berg@fabrikam.example", Aliases: []refresh.Address{"anna@contoso.example"}})

	var c matchtest.Case
	var err error
	c.Name = "Anna"
	if c.Sources, err = matchtest.Collect(source.Connect(nil).List(context.Background())); err != nil {
		fmt.Println(err)
		return
	}
	if c.Targets, err = matchtest.Collect(target.Connect(nil).List(context.Background())); err != nil {
		fmt.Println(err)
		return
	}
	text, err := matchtest.Format(c, match.Default())
	fmt.Print(text, err)
	// Output:
	// case Anna
	// source s1
	//   primary anna@contoso.example
	//   instance g1
	// target t1
	//   primary anna.berg@fabrikam.example
	//   alias anna@contoso.example
	//   instance g2
	// want s1 matched t1 by alias
	// <nil>
}
