package matchtest_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/match/matchtest"
)

// TestReadFS: no file, and a file that is wrong, are errors; the others are read.
func TestReadFS(t *testing.T) {
	files := fstest.MapFS{
		"a.txt":    {Data: []byte("case a\nsource s1\nwant s1 no-candidate")},
		"b.txt":    {Data: []byte("case b\nsource s1\n  mail x\nwant s1 no-candidate")},
		"c.txt":    {Data: []byte("case c\nsource s1\nwant s1 no-candidate\ncase d\nsource s1\nwant s1 no-candidate")},
		"e.txt":    {Data: []byte("case e\nsource s1")},
		"notes.md": {Data: []byte("nothing")},
	}
	cases, err := matchtest.ReadFS(files, "*.txt")
	if err == nil || !strings.Contains(err.Error(), "b.txt:3") || !strings.Contains(err.Error(), "e.txt:1") {
		t.Errorf("the two files that are wrong are not both named: %v", err)
	}
	var names []string
	for _, c := range cases {
		names = append(names, c.File+"/"+c.Name)
	}
	if got := strings.Join(names, " "); got != "a.txt/a c.txt/c c.txt/d" {
		t.Error(got)
	}
	for _, glob := range []string{"*.data", "["} {
		if _, err := matchtest.ReadFS(files, glob); err == nil {
			t.Errorf("%q is no error", glob)
		}
	}
}

// TestCheckSets: a case is checked by the rules that it names and by no others.
func TestCheckSets(t *testing.T) {
	const text = "\nsource s1\nprimary a@x.example\nlogin b@x.example\ntarget t1\nprimary a@x.example\ntarget t2\nlogin b@x.example\nwant s1 matched "
	sets := map[string][]match.Rule{"by login": {match.Login()}, "none": {}}
	for _, tt := range []struct{ name, head, want, says string }{
		{"default", "case x", "t1 by primary", ""},
		{"named", "case x\nrules by login", "t2 by login", ""},
		{"named, and expected of another set", "case x\nrules by login", "t1 by primary", "(-want +got)"},
		{"a set without rules is not the default", "case x\nrules none", "t1", "no-candidate"},
		{"unknown", "case x\nrules by-login", "t2", "f.txt:1: case \"x\" is for the rules \"by-login\": want one of by login, none"},
	} {
		cases, err := matchtest.Parse("f.txt", tt.head+text+tt.want)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		if err := cases[0].CheckSets(sets); (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
		if err := cases[0].CheckSets(nil); cases[0].Rules != "" && (err == nil || !strings.Contains(err.Error(), "give them to RunSets")) {
			t.Errorf("%s without sets: %v", tt.name, err)
		}
	}
}
