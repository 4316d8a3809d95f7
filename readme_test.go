package readdress_test

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/internal/golden"
	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// TestReadmeCode holds the Go code of README.md equal to code that is compiled, and mostly run, here.
func TestReadmeCode(t *testing.T) {
	compiled, err := os.ReadFile("embed_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := goBlock.FindAllStringSubmatch(readme(t), -1)
	if len(blocks) == 0 {
		t.Fatal("README.md shows no Go code")
	}
	for _, b := range blocks {
		if !strings.Contains(string(compiled), b[1]) {
			t.Errorf("this code of README.md is not in embed_test.go, so nothing compiles it:\n%s", b[1])
		}
	}
}

// TestReadmeOutcomes holds the table of outcomes and remedies equal to what package report says.
func TestReadmeOutcomes(t *testing.T) {
	golden.Section(t, "README.md", "outcomes", outcomes())
	for _, o := range refresh.Outcomes() {
		if label := "**" + report.Label(o, refresh.Applied) + "**"; !strings.Contains(readme(t), label) {
			t.Errorf("README.md does not explain %s", label)
		}
	}
}

func outcomes() string {
	var b strings.Builder
	b.WriteString("| Outcome | Side | What to do |\n|---|---|---|\n")
	cases := slices.DeleteFunc(report.Cases(), func(c report.Case) bool { return c.System != report.AnySystem })
	slices.SortStableFunc(cases, func(x, y report.Case) int {
		rank := func(o refresh.Outcome) int { return slices.Index(refresh.Outcomes(), o) }
		return cmp.Or(cmp.Compare(rank(x.Outcome), rank(y.Outcome)), cmp.Compare(x.Reason, y.Reason), cmp.Compare(x.Cause, y.Cause))
	})
	for _, c := range cases {
		if c.Detail != report.NoDetail {
			continue
		}
		other, side, text := c, c.Side.String(), report.Remedy(c)
		other.Side = refresh.Source + refresh.Target - c.Side
		if strings.ReplaceAll(report.Remedy(other), "target", "source") == strings.ReplaceAll(text, "target", "source") {
			if c.Side == refresh.Target {
				continue // said with the source
			}
			side, text = "both", strings.ReplaceAll(text, "source", "source (target)")
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Label(refresh.Applied), side, text)
	}
	return b.String()
}

// TestReadmeConnectors holds the table of connectors equal to what is there. The fake is asked what it can. An adapter is
// known by its methods, because it would need a server to be asked.
func TestReadmeConnectors(t *testing.T) {
	text := readme(t)
	for name, can := range map[string]string{
		"memconn":   memconn.New("any", &memconn.Options{Tracking: true}).Connect(nil).Info().Can.String(),
		"ldapconn":  methods((*ldapconn.Connector)(nil)).String(),
		"graphconn": methods((*graphconn.Connector)(nil)).String(),
	} {
		row := regexp.MustCompile(`(?m)^\| \[` + name + `\]\(connector/` + name + `\) \|[^|]*\| here \| (.*) \|$`).FindStringSubmatch(text)
		if want := strings.ReplaceAll(can, "+", ", "); row == nil || row[1] != want {
			t.Errorf("README.md does not say that %s is here and can %q: %q", name, want, row)
		}
	}
	planned := regexp.MustCompile(`(?m)^\| (\w+) \|[^|]*\| planned \| \|$`).FindAllStringSubmatch(text, -1)
	if len(planned) == 0 {
		t.Error("README.md has no planned connector: mend this test")
	}
	for _, p := range planned {
		if _, err := os.Stat("connector/" + p[1]); err == nil {
			t.Errorf("README.md says that %s is planned, and it is there", p[1])
		}
	}
}

// methods returns the abilities that a connector has methods for.
func methods(c refresh.Connector) (can refresh.Capability) {
	add := func(has bool, one refresh.Capability) {
		if has {
			can |= one
		}
	}
	_, ok := c.(refresh.Resolver)
	add(ok, refresh.CanResolve)
	_, ok = c.(refresh.Confirmer)
	add(ok, refresh.CanConfirm)
	_, ok = c.(refresh.Finder)
	add(ok, refresh.CanFind)
	_, ok = c.(refresh.Lister)
	add(ok, refresh.CanList)
	_, ok = c.(refresh.Inspector)
	add(ok, refresh.CanInspect)
	_, ok = c.(refresh.Tracker)
	add(ok, refresh.CanTrack)
	return can
}

var link = regexp.MustCompile(`\]\(([^)#:]+)\)`)

// TestReadmeLinks checks that what README.md links to in the repository is there.
func TestReadmeLinks(t *testing.T) {
	links := link.FindAllStringSubmatch(readme(t), -1)
	if len(links) == 0 {
		t.Fatal("README.md links to nothing in the repository")
	}
	for _, m := range links {
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("README.md links to %s, which is not there", m[1])
		}
	}
}
