package refresh_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// goDocs is what the comments of this package say of its types, their fields and the constants of its enums.
type goDocs struct {
	types  map[string]string            // by type
	fields map[string]map[string]string // by type and field
	with   map[string]string            // by type and field ("Row.After"): the field whose comment is about both
	consts map[string][]goConst         // by type, in order
}

type goConst struct{ name, doc string }

// parseDocs reads the comments of the package's files.
func parseDocs(t *testing.T) *goDocs {
	t.Helper()
	d := &goDocs{types: map[string]string{}, fields: map[string]map[string]string{}, with: map[string]string{}, consts: map[string][]goConst{}}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			g, ok := decl.(*ast.GenDecl)
			switch {
			case ok && g.Tok == token.TYPE:
				d.readTypes(g)
			case ok && g.Tok == token.CONST:
				d.readConsts(g)
			}
		}
	}
	return d
}

func (d *goDocs) readTypes(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		s := spec.(*ast.TypeSpec)
		name := s.Name.Name
		if d.types[name] = s.Doc.Text(); d.types[name] == "" {
			d.types[name] = g.Doc.Text()
		}
		if st, ok := s.Type.(*ast.StructType); ok {
			d.readFields(name, st)
		}
	}
}

// readFields gives each field its comment: the one behind it, the one above it, or one above an earlier field that names it.
func (d *goDocs) readFields(of string, st *ast.StructType) {
	fields := map[string]string{}
	above, first := "", ""
	for _, f := range st.Fields.List {
		for i, name := range f.Names {
			if f.Doc != nil && i == 0 {
				above, first = f.Doc.Text(), name.Name
			}
			switch {
			case f.Comment != nil:
				fields[name.Name] = f.Comment.Text()
			case first == name.Name:
				fields[name.Name] = above
			case regexp.MustCompile(`\b` + name.Name + `\b`).MatchString(above):
				d.with[of+"."+name.Name] = first
			}
		}
	}
	d.fields[of] = fields
}

func (d *goDocs) readConsts(g *ast.GenDecl) {
	of := ""
	for _, spec := range g.Specs {
		s := spec.(*ast.ValueSpec)
		if id, ok := s.Type.(*ast.Ident); ok {
			of = id.Name
		} else if len(s.Values) > 0 {
			of = "" // no more of the series
		}
		if of != "" {
			d.consts[of] = append(d.consts[of], goConst{s.Names[0].Name, s.Comment.Text()})
		}
	}
}

// What prose looks for in a comment: links, fields of other types, names and the name of the type or field that it begins with.
var (
	goLink    = regexp.MustCompile(`\[([A-Z][A-Za-z.]*)\](\.[A-Z][A-Za-z]*)?`)
	goField   = regexp.MustCompile(`\b([A-Z][A-Za-z]+)\.([A-Z][A-Za-z]+)\b`)
	goName    = regexp.MustCompile(`\*?\b[A-Z][A-Za-z]+\b`)
	goOpening = regexp.MustCompile("^(?:An? )?`?([A-Za-z]+)`?(?:: | (?:is|are) | )")
	goOnly    = regexp.MustCompile(`zero|as immutable|goroutine|plain value|methods`) // sentences for who writes Go
)

// prose makes of a comment about the code what a reader of the document wants: words instead of constants, members instead of fields.
// subject is the type or field that the comment is of.
func (f *format) prose(text, subject string, members map[string]string) string {
	var sentences []string
	for _, s := range strings.SplitAfter(strings.Join(strings.Fields(text), " "), ". ") {
		if !goOnly.MatchString(s) {
			sentences = append(sentences, strings.TrimSpace(s))
		}
	}
	text = strings.Join(sentences, " ")
	if m := goOpening.FindStringSubmatch(text); m != nil && m[1] == subject && !strings.HasPrefix(text[len(m[0]):], "and ") {
		text = text[len(m[0]):]
	}
	quoted := strings.Split(text, `"`)
	for i := 0; i < len(quoted); i += 2 {
		quoted[i] = f.names(quoted[i], members)
	}
	if text = strings.Join(quoted, `"`); text == "" {
		return ""
	}
	text = regexp.MustCompile(`\bnil\b`).ReplaceAllString(text, "absent")
	if text = strings.ToUpper(text[:1]) + text[1:]; strings.HasSuffix(text, ".") || strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

// names puts the names of documents in the place of those of Go.
func (f *format) names(text string, members map[string]string) string {
	text = goLink.ReplaceAllStringFunc(text, func(found string) string {
		name := strings.NewReplacer("[", "", "]", "").Replace(found)
		if word, ok := f.words[name]; ok {
			return "`" + word + "`"
		} else if _, ok := f.types[name]; ok {
			return link(name)
		} else if strings.Contains(name, ".") {
			return name
		}
		return "`" + name + "`"
	})
	text = goField.ReplaceAllStringFunc(text, func(name string) string {
		of, field, _ := strings.Cut(name, ".")
		if t, ok := f.types[of]; ok && t.Kind() == reflect.Struct {
			if x, ok := t.FieldByName(field); ok {
				return "`" + memberName(x) + "` of the " + spaced(of)
			}
		}
		return "`" + name + "`"
	})
	inCode := strings.Split(text, "`")
	for i := 0; i < len(inCode); i += 2 {
		inCode[i] = goName.ReplaceAllStringFunc(inCode[i], func(name string) string {
			name = strings.TrimPrefix(name, "*")
			word, isWord := f.words[name]
			member, isMember := members[name]
			switch humps := strings.IndexFunc(name[1:], func(r rune) bool { return 'A' <= r && r <= 'Z' }) >= 0; {
			case isMember && name != "ID":
				return "`" + member + "`"
			case isWord && humps:
				return "`" + word + "`"
			case strings.HasPrefix(name, "Err") || strings.HasSuffix(name, "Error"):
				return "`" + name + "`"
			}
			return name
		})
	}
	return strings.Join(inCode, "`")
}
