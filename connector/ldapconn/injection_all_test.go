package ldapconn

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// looksLikeFilter are the pieces from which filters are put together.
var looksLikeFilter = regexp.MustCompile(`^\($|\([|&!]|\)\(|\([A-Za-z-]+[<>~]?=|\(%s[<>~]?=`)

// TestFuzzedBuilders: every function that puts a filter together is fuzzed above, or it is said here why not.
func TestFuzzedBuilders(t *testing.T) {
	known := map[string]string{
		"ask": "an OR of conditions", "batch": "an OR of holds", "look": "an OR of conditions", "read": "a constant", "probe": "a constant", "readForest": "a constant", "acceptedDomains": "a constant",
		"written": "a change sequence number: FuzzCursors", "since": "a number: FuzzCursors", "noticesUSN": "a number that was read as one",
		"noticesChanges": "an attribute that is a constant, what noticesUSN makes, and anyMail: FuzzAttributes", "noticesDeletions": "a constant", "vanished": "constants of the dialect",
		"sightIn": "as sight", "sight": "the identity attribute, a constant, and anyMail: FuzzAttributes", "checkPartial": "attributes that were checked, escaped: FuzzAttributes", "knows": "an attribute that was checked, and anyMail: FuzzAttributes",
	}
	for _, b := range builders {
		known[b.name] = "fuzzed"
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range files {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || known[fn.Name.Name] != "" {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil && looksLikeFilter.MatchString(s) {
						t.Errorf("%s in %s writes %q, which looks like a filter: add it to the builders, or say why not", fn.Name.Name, e.Name(), s)
					}
				}
				return true
			})
		}
	}
}
