package policy

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Package is a directory with Go files.
type Package struct {
	Path  string // below the module, "." for its root
	Files []File
}

// File is what the checks need to know of one Go file.
type File struct {
	Name     string // path below the module
	Test     bool
	Imports  []Import
	Lines    int
	Doc      bool           // has a package comment
	Inits    []int          // lines that define func init
	Settable map[string]int // exported package variables other than errors, with their lines
}

// Import is one import declaration.
type Import struct {
	Path string
	Line int
}

// Load reads the Go files of a module, whatever their build constraints. Like the go command it leaves out testdata, directories
// whose name starts with "." or "_", and nested modules.
func Load(fsys fs.FS) ([]Package, error) {
	found := map[string]*Package{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == "testdata" || strings.ContainsAny(d.Name()[:1], "._") || isModule(fsys, name)):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		f, err := load(fsys, name)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if found[dir] == nil {
			found[dir] = &Package{Path: dir}
		}
		found[dir].Files = append(found[dir].Files, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	pkgs := make([]Package, 0, len(found))
	for _, p := range found {
		pkgs = append(pkgs, *p)
	}
	slices.SortFunc(pkgs, func(a, b Package) int { return strings.Compare(a.Path, b.Path) })
	return pkgs, nil
}

func isModule(fsys fs.FS, dir string) bool {
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

func load(fsys fs.FS, name string) (File, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return File{}, err
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return File{}, err
	}
	line := func(n ast.Node) int { return set.Position(n.Pos()).Line }
	f := File{
		Name:     name,
		Test:     strings.HasSuffix(name, "_test.go"),
		Lines:    bytes.Count(src, []byte("\n")),
		Doc:      tree.Doc != nil,
		Settable: map[string]int{},
	}
	for _, spec := range tree.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return File{}, fmt.Errorf("%s:%d: %w", name, line(spec), err)
		}
		f.Imports = append(f.Imports, Import{p, line(spec)})
	}
	for _, decl := range tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil && decl.Name.Name == "init" {
				f.Inits = append(f.Inits, line(decl))
			}
		case *ast.GenDecl:
			if decl.Tok != token.VAR {
				continue
			}
			for _, spec := range decl.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					if id.IsExported() && !strings.HasPrefix(id.Name, "Err") {
						f.Settable[id.Name] = line(id)
					}
				}
			}
		}
	}
	return f, nil
}
