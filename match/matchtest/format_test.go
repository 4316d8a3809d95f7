package matchtest_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/match/matchtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestFormatKeepsWantedTargets: who was looked at is looked at again; the wants say what is so now.
func TestFormatKeepsWantedTargets(t *testing.T) {
	const text = "case x\nrules ours\nsource s1\nprimary a@x.example\ntarget t1\nprimary a@x.example\ntarget t2\nprimary b@x.example\n" +
		"want s1 no-candidate\nwant target t1 conflict\n"
	cases, err := matchtest.Parse("f.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := matchtest.Format(cases[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "want s1 matched t1 by primary\nwant target t1 matched s1 by primary\n"
	if !strings.HasPrefix(got, "case x\nrules ours\nsource s1\n") || !strings.HasSuffix(got, "\n"+want) || strings.Contains(got, "target t2 no") {
		t.Error(got)
	}
}

// TestFormatRefuses: what would be read back as something else is not written.
func TestFormatRefuses(t *testing.T) {
	box := func(change func(*refresh.Entry)) matchtest.Case {
		e := refresh.Entry{Mailbox: refresh.Mailbox{ID: "s1", Primary: "a@x.example"}}
		change(&e)
		return matchtest.Case{Name: "x", Sources: []refresh.Entry{e}}
	}
	for _, tt := range []struct {
		name string
		c    matchtest.Case
		says string
	}{
		{"a name that adds an employee", box(func(e *refresh.Entry) { e.DisplayName = "A\n  employee 7" }), "source 1: its name has a line break"},
		{"space around a value", box(func(e *refresh.Entry) { e.Login = "a " }), "source 1: its login"},
		{"a space that is not ASCII", box(func(e *refresh.Entry) { e.Surname = "\u00a0Berg" }), "source 1: its surname"},
		{"not UTF-8", box(func(e *refresh.Entry) { e.Given = "M\xfcller" }), "source 1: its given is not UTF-8"},
		{"an ID of two words", box(func(e *refresh.Entry) { e.ID = "CN=Anna Berg" }), "source 1: its ID"},
		{"no ID", box(func(e *refresh.Entry) { e.ID = "" }), "source 1: its ID"},
		{"an ID that is a word of wants", box(func(e *refresh.Entry) { e.ID = "by" }), "source 1: its ID"},
		{"an attr with space in its name", box(func(e *refresh.Entry) { e.Attrs = map[string][]string{"a b": {"c"}} }), "the name of an attr"},
		{"an attr with space around it", box(func(e *refresh.Entry) { e.Attrs = map[string][]string{"a": {" c"}} }), "an attr has space"},
		{"an unknown kind", box(func(e *refresh.Entry) { e.Kind = 200 }), "source 1: kind"},
		{"a name of two lines", matchtest.Case{Name: "x\nsource s1"}, "the case: its case"},
		{"no name", matchtest.Case{}, "the case: it has no name"},
		{"a lost pin", matchtest.Case{Name: "x", Pins: []match.Pin{{Source: "s1"}}}, "1 pins"},
	} {
		out, err := matchtest.Format(tt.c, nil)
		switch {
		case err == nil:
			t.Errorf("%s: written as\n%s", tt.name, out)
		case !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "@"):
			t.Errorf("%s: %v, want %q and no address", tt.name, err, tt.says)
		}
	}
}

// TestFormatRoundTrip: a file has either exactly the case, and holds by the same rules, or is refused.
func TestFormatRoundTrip(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 7))
	texts := []string{"", "", "a@x.example", "b@x.example", "Anna Berg", "17", "# 17", "by", "want s1 matched t1", "-", "\ufeffq", "a\u2028b", "a\tb", "a\rb",
		" x", "y\n", "z\r", "\xff"}
	text := func() string { return texts[r.IntN(len(texts))] }
	side := func(name string) (out []refresh.Entry) {
		for i := range r.IntN(4) {
			var e refresh.Entry
			e.ID = refresh.ID(name + string(rune('1'+i)))
			e.Primary, e.Login, e.DisplayName = refresh.Address(text()), text(), text()
			e.Given, e.Surname, e.EmployeeID = text(), text(), text()
			if a := text(); a != "" {
				e.Aliases = []refresh.Address{refresh.Address(a)}
			}
			if v := text(); v != "" {
				e.Attrs = map[string][]string{"badge": {v}}
			}
			e.Kind, e.Privileged = refresh.Kind(r.IntN(11)), refresh.Tri(r.IntN(3))
			out = append(out, e)
		}
		return out
	}
	written := 0
	for range 4_000 {
		if r.IntN(2) == 0 {
			texts = texts[:14]
		} else {
			texts = texts[:cap(texts)]
		}
		c := matchtest.Case{Name: "x", Sources: side("s"), Targets: side("t")}
		out, err := matchtest.Format(c, nil)
		if err != nil || len(c.Sources) == 0 {
			continue
		}
		written++
		back, err := matchtest.Parse("f.txt", out)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if d := cmp.Diff(c.Sources, back[0].Sources) + cmp.Diff(c.Targets, back[0].Targets); d != "" {
			t.Fatalf("(-want +got):\n%s%s", d, out)
		}
		if err := back[0].Check(nil); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if written < 400 {
		t.Errorf("only %d of the cases could be written", written)
	}
}

// FuzzParse: no text makes it panic, and what is read can be written and is read back as the same.
func FuzzParse(f *testing.F) {
	text, err := files.ReadFile("testdata/default.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range strings.Split(string(text), "\n\n") {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cases, err := matchtest.Parse("f.txt", text)
		if err != nil {
			return
		}
		for _, c := range cases {
			out, err := matchtest.Format(c, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Sources) == 0 && !strings.Contains(out, "want ") {
				return
			}
			back, err := matchtest.Parse("f.txt", out)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if d := cmp.Diff(c.Sources, back[0].Sources) + cmp.Diff(c.Targets, back[0].Targets); d != "" {
				t.Fatalf("(-want +got):\n%s%s", d, out)
			}
			if err := back[0].Check(nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}
