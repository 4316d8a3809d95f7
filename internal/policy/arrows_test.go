package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/policy"
)

const mod = policy.Module

// tree makes a module of the given files, each with the imports that follow its name.
func tree(files map[string][]string) fstest.MapFS {
	fsys := fstest.MapFS{"go.mod": {Data: []byte("module " + mod + "\n")}}
	for name, imports := range files {
		var b strings.Builder
		b.WriteString("// Package p is a package.\npackage p\n")
		for _, imp := range imports {
			fmt.Fprintf(&b, "import _ %q\n", imp)
		}
		fsys[name] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return fsys
}

func TestArrows(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		file         string
		imports      []string
		want         []string // where and what of each violation
	}{
		{"inward", "everything may point at the domain", "report/a.go", []string{mod + "/refresh", "io", "golang.org/x/text/width"}, nil},
		{"network in report", "report writes to a writer and opens nothing", "report/a.go", []string{"net/http"},
			[]string{`report/a.go:3: package report must not import "net/http"`}},
		{"domain without a machine", "each of these reaches the machine or the network", "refresh/a.go",
			[]string{"os", "os/exec", "net", "net/http", "syscall", "io/ioutil", "crypto/tls", "unsafe", "C", "plugin"},
			[]string{
				`refresh/a.go:3: package refresh must not import "os"`, `refresh/a.go:4: package refresh must not import "os/exec"`,
				`refresh/a.go:5: package refresh must not import "net"`, `refresh/a.go:6: package refresh must not import "net/http"`,
				`refresh/a.go:7: package refresh must not import "syscall"`, `refresh/a.go:8: package refresh must not import "io/ioutil"`,
				`refresh/a.go:9: package refresh must not import "crypto/tls"`, `refresh/a.go:10: package refresh must not import "unsafe"`,
				`refresh/a.go:11: package refresh must not import "C"`, `refresh/a.go:12: package refresh must not import "plugin"`,
			}},
		{"domain's own needs", "what folding and reading strictly take", "refresh/a.go",
			[]string{"context", "log/slog", "encoding/json", "golang.org/x/net/idna", "golang.org/x/text/unicode/norm", mod + "/internal/fanout", mod + "/internal/strictjson"}, nil},
		{"domain outward", "the consumer owns its interfaces", "refresh/a.go", []string{mod + "/connector/memconn", mod + "/report"},
			[]string{`refresh/a.go:3: package refresh must not import "` + mod + `/connector/memconn"`, `refresh/a.go:4: package refresh must not import "` + mod + `/report"`}},
		{"a module beside the allowed one", "x/net/idna is allowed, x/net/http2 is not", "refresh/a.go", []string{"golang.org/x/net/http2"},
			[]string{`refresh/a.go:3: package refresh must not import "golang.org/x/net/http2"`}},
		{"a name that only begins alike", "textual is not below text", "refresh/a.go", []string{"golang.org/x/textual"},
			[]string{`refresh/a.go:3: package refresh must not import "golang.org/x/textual"`}},
		{"adapter to adapter", "an adapter's importer must not get another one", "connector/ldapconn/a.go", []string{"net", "github.com/go-ldap/ldap/v3", mod + "/connector/memconn"},
			[]string{`connector/ldapconn/a.go:5: package connector/ldapconn must not import "` + mod + `/connector/memconn"`}},
		{"go-ldap elsewhere", "only ldapconn knows it", "connector/a.go", []string{"github.com/go-ldap/ldap/v3"},
			[]string{`connector/a.go:3: package connector must not import "github.com/go-ldap/ldap/v3"`}},
		{"errgroup in fanout", "the one place", "internal/fanout/a.go", []string{"golang.org/x/sync/errgroup"}, nil},
		{"errgroup elsewhere", "one place only", "connector/ldapconn/a.go", []string{"golang.org/x/sync/errgroup"},
			[]string{`connector/ldapconn/a.go:3: package connector/ldapconn must not import "golang.org/x/sync/errgroup"`}},
		{"errgroup in a test", "one place only, tests too", "refresh/a_test.go", []string{"golang.org/x/sync/errgroup"},
			[]string{`refresh/a_test.go:3: a test of package refresh must not import "golang.org/x/sync/errgroup"`}},
		{"tests may do more", "tests open files and use the fake", "refresh/a_test.go", []string{"os", mod + "/refresh", mod + "/connector/memconn", "pgregory.net/rapid", "github.com/google/go-cmp/cmp"}, nil},
		{"tests not everything", "a test of the domain needs no directory server", "refresh/a_test.go", []string{mod + "/connector/ldapconn"},
			[]string{`refresh/a_test.go:3: a test of package refresh must not import "` + mod + `/connector/ldapconn"`}},
		{"go-cmp outside tests", "importers must not get a test library", "report/a.go", []string{"github.com/google/go-cmp/cmp"},
			[]string{`report/a.go:3: package report must not import "github.com/google/go-cmp/cmp"`}},
		{"an example", "it uses what an importer uses", "examples/new/main.go", []string{"os", mod + "/refresh", mod + "/connector/memconn", mod + "/report"}, nil},
		{"an example into the house", "internal code is no importer's", "examples/new/main.go", []string{mod + "/internal/strictjson"},
			[]string{`examples/new/main.go:3: package examples/new must not import "` + mod + `/internal/strictjson"`}},
		{"importing an example", "nobody does, not even an example", "examples/new/main.go", []string{mod + "/examples/cutover"},
			[]string{`examples/new/main.go:3: package examples/new must not import "` + mod + `/examples/cutover"`}},
		{"an example's own test", "an external test imports what it tests", "examples/new/main_test.go", []string{mod + "/examples/new"}, nil},
		{"the root", "it holds documentation only", "a.go", []string{mod + "/refresh"}, []string{`a.go:3: package . must not import "` + mod + `/refresh"`}},
		{"no rule", "a new package states its arrows first", "newroom/a.go", []string{"io"}, []string{"newroom: the package has no rule"}},
		{"below a package with a rule", "a rule is for one package unless it says otherwise", "refresh/newroom/a.go", []string{"io"},
			[]string{"refresh/newroom: the package has no rule"}},
		{"another platform", "build constraints do not hide an import", "report/a_windows.go", []string{"syscall"},
			[]string{`report/a_windows.go:3: package report must not import "syscall"`}},
		{"testdata", "the go command does not build it", "report/testdata/a.go", []string{"net/http"}, nil},
		{"an underscore", "the go command does not build it", "_old/a.go", []string{"net/http"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pkgs, err := policy.Load(tree(map[string][]string{tc.file: tc.imports}))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range policy.Arrows(pkgs, policy.Rules()) {
				got = append(got, v.Where+": "+v.What)
				if v.Reason == "" || v.Do == "" {
					t.Errorf("%s: states no reason, or not what to do", v)
				}
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, d)
			}
		})
	}
}

func TestNestedModuleIsLeftOut(t *testing.T) {
	fsys := tree(map[string][]string{"internal/tools/a.go": {"net/http"}})
	fsys["internal/tools/go.mod"] = &fstest.MapFile{Data: []byte("module tools\n")}
	pkgs, err := policy.Load(fsys)
	if err != nil || len(pkgs) != 0 {
		t.Errorf("Load = %v, %v: want no packages", pkgs, err)
	}
}

func TestBrokenFileIsAnError(t *testing.T) {
	fsys := fstest.MapFS{"refresh/a.go": {Data: []byte("package refresh\nimport \"os\n")}}
	if _, err := policy.Load(fsys); err == nil {
		t.Error("a file that cannot be read passed: its imports would go unseen")
	}
}

func TestViolationExplains(t *testing.T) {
	pkgs, err := policy.Load(tree(map[string][]string{"report/a.go": {"net/http"}}))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(policy.Arrows(pkgs, policy.Rules())[0])
	for _, want := range []string{"report/a.go:3", `"net/http"`, "because: report turns a result into text", "to do:   move the code"} {
		if !strings.Contains(got, want) {
			t.Errorf("the message lacks %q:\n%s", want, got)
		}
	}
}
