package matchtest

import (
	"io/fs"
	"testing"

	"github.com/readdress-go/readdress/match"
)

// Run checks the cases of all files that fit the pattern (as of [fs.Glob]), each as a test of its own. No file is an error.
func Run(t *testing.T, files fs.FS, glob string, rules []match.Rule) {
	t.Helper()
	names, err := fs.Glob(files, glob)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatalf("no file fits %q", glob)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Error(err)
			continue
		}
		cases, err := Parse(name, string(text))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, c := range cases {
			t.Run(c.Name, func(t *testing.T) {
				if err := c.Check(rules); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
