package policy_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/policy"
)

func TestHouse(t *testing.T) {
	const doc = "// Package p is a package.\npackage p\n"
	for _, tc := range []struct {
		name, reason string
		files        map[string]string
		want         []string
	}{
		{"good", "one comment, in doc.go", map[string]string{"p/doc.go": doc, "p/a.go": "package p\n"}, nil},
		{"one file", "its only file may hold the comment", map[string]string{"p/a.go": doc, "p/a_test.go": "package p_test\n"}, nil},
		{"a program", "main.go holds a program's comment", map[string]string{"p/main.go": doc, "p/a.go": "package p\n"}, nil},
		{"only tests", "nothing to document", map[string]string{"p/a_test.go": "package p\n"}, nil},
		{"no comment", "a reader finds nothing", map[string]string{"p/a.go": "package p\n"}, []string{"p: has no package comment"}},
		{"a comment of something else", "a licence line before a blank line is no package comment", map[string]string{"p/a.go": "// Licence.\n\npackage p\n"}, []string{"p: has no package comment"}},
		{"two comments", "a reader finds half", map[string]string{"p/doc.go": doc, "p/a.go": doc}, []string{"p: has several package comments: p/a.go, p/doc.go"}},
		{"hidden comment", "a reader looks into doc.go", map[string]string{"p/a.go": doc, "p/b.go": "package p\n"}, []string{"p: has its package comment in p/a.go"}},
		{"init", "hidden work on import", map[string]string{"p/a.go": doc + "func init() {}\n"}, []string{"p/a.go:3: defines func init"}},
		{"init in a test", "tests too", map[string]string{"p/a.go": doc, "p/a_test.go": "package p\n\nfunc init() {}\n"}, []string{"p/a_test.go:3: defines func init"}},
		{"a method named init", "it runs only when called", map[string]string{"p/a.go": doc + "type T int\nfunc (T) init() {}\n"}, nil},
		{"a settable global", "an importer could set it", map[string]string{"p/a.go": doc + "var Timeout = 3\n"}, []string{"p/a.go:3: exports the variable Timeout"}},
		{"a sentinel", "errors are variables by custom", map[string]string{"p/a.go": doc + "var (\n\tErrGone error\n\ttable = 1\n)\n"}, nil},
		{"400 lines", "the limit itself is allowed", map[string]string{"p/a.go": doc + strings.Repeat("\n", 398)}, nil},
		{"401 lines", "one more is not", map[string]string{"p/a.go": doc + strings.Repeat("\n", 399)}, []string{"p/a.go: has 401 lines, more than 400"}},
		{"a long test", "tables may be long", map[string]string{"p/a.go": doc, "p/a_test.go": "package p\n" + strings.Repeat("\n", 500)}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pkgs, err := policy.Load(texts(tc.files))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, whats(policy.House(pkgs))); d != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, d)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	const work, home = "/wo" + "rk/", "/ho" + "me/"
	for _, tc := range []struct {
		name, reason string
		files        map[string]string
		want         []string
	}{
		{"none", "a relative path is fine", map[string]string{"a.md": "see work/a and ./home/b\n"}, nil},
		{"part of an address", "a URL is no path of a machine", map[string]string{"a.md": "https://example.org" + work + "a\n"}, nil},
		{"in Go", "a string", map[string]string{"p/a.go": "package p\n\nconst dir = \"" + work + "main\"\n"}, []string{"p/a.go:3: names a path of somebody's machine"}},
		{"in a document", "a code span", map[string]string{"docs/a.md": "x\nrun `" + home + "ann/x`\n"}, []string{"docs/a.md:2: names a path of somebody's machine"}},
		{"in a script", "the start of a line", map[string]string{".ci/run": work + "tool\n"}, []string{".ci/run:1: names a path of somebody's machine"}},
		{"in testdata", "goldens are read by everybody", map[string]string{"p/testdata/a.txt": "dir=" + work + "x\n"}, []string{"p/testdata/a.txt:1: names a path of somebody's machine"}},
		{"in git's own files", "they are not in the repository", map[string]string{".git/a.md": work + "x\n"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := policy.Paths(texts(tc.files))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, whats(got)); d != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, d)
			}
		})
	}
}

func texts(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func whats(vs []policy.Violation) []string {
	var out []string
	for _, v := range vs {
		out = append(out, v.Where+": "+v.What)
	}
	return out
}
