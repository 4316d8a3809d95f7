package matchtest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/match"
)

// Run checks the cases of all files that fit the pattern (as of [fs.Glob]), each as a test of its own: FILE/CASE. Nil rules are [match.Default].
// That no file fits is an error, and so is a case for a named set of rules: those are for [RunSets].
func Run(t *testing.T, files fs.FS, glob string, rules []match.Rule) {
	t.Helper()
	RunSets(t, files, glob, map[string][]match.Rule{"": rules})
}

// RunSets is [Run] for several sets of rules: a case that says "rules NAME" is checked by the set of that name, and one that says nothing by
// the one of the empty name, or by [match.Default] where there is none.
func RunSets(t *testing.T, files fs.FS, glob string, sets map[string][]match.Rule) {
	t.Helper()
	cases, err := ReadFS(files, glob)
	if err != nil {
		t.Error(err)
	}
	for from := 0; from < len(cases); {
		to := from + 1
		for to < len(cases) && cases[to].File == cases[from].File {
			to++
		}
		t.Run(cases[from].File, func(t *testing.T) {
			for _, c := range cases[from:to] {
				t.Run(c.Name, func(t *testing.T) {
					if err := c.CheckSets(sets); err != nil {
						t.Error(err)
					}
				})
			}
		})
		from = to
	}
}

// ReadFS reads the cases of all files that fit the pattern, in the order of the files' names. The error names every file that is wrong; the
// cases of the others are returned with it.
func ReadFS(files fs.FS, glob string) ([]Case, error) {
	names, err := fs.Glob(files, glob)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no file fits %q", glob)
	}
	var out []Case
	var wrong []error
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		cases, err := Parse(name, string(text))
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		out = append(out, cases...)
	}
	return out, errors.Join(wrong...)
}

// CheckSets is [Case.Check] by the set of rules that the case names, as of [RunSets].
func (c Case) CheckSets(sets map[string][]match.Rule) error {
	rules, ok := sets[c.Rules]
	if !ok && c.Rules != "" {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(sets)), func(s string) bool { return s == "" })
		if len(names) == 0 {
			return fmt.Errorf("%s:%d: case %q is for the rules %q: there are no sets with names, give them to RunSets", c.File, c.Line, c.Name, c.Rules)
		}
		return fmt.Errorf("%s:%d: case %q is for the rules %q: want one of %s", c.File, c.Line, c.Name, c.Rules, strings.Join(names, ", "))
	}
	return c.Check(rules)
}
