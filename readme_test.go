package readdress_test

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

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
	cases := report.Cases()
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

// TestReadmeConnectors checks the line of the fake; the adapters' need a server to ask.
func TestReadmeConnectors(t *testing.T) {
	can := memconn.New("any", nil).Connect(nil).Info().Can.String()
	if want := "| " + strings.ReplaceAll(can, "+", ", ") + " |"; !strings.Contains(readme(t), want) {
		t.Errorf("README.md does not say that memconn can %q", want)
	}
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
