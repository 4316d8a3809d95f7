package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/internal/golden"
)

// masks are what differs from run to run: IDs, times, ports and the version of the library.
var masks = []struct {
	re   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "(ID)"},
	{regexp.MustCompile(`(?m)^  identity .*$`), "  identity    (ID)"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC(, took [0-9.µm]+s)?`), "(time)"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:(port)"},
	{regexp.MustCompile(`(?m)^Library .*$`), "Library     (version)"},
}

func TestCutover(t *testing.T) {
	for target, file := range map[string]string{"ldap": "output.txt", "graph": "output-graph.txt"} {
		t.Run(target, func(t *testing.T) {
			var out bytes.Buffer
			if err := run(t.Context(), &out, target); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			for _, m := range masks {
				text = m.re.ReplaceAllString(text, m.with)
			}
			golden.Check(t, file, text)
		})
	}
}

func TestUnknownTarget(t *testing.T) {
	if err := run(t.Context(), io.Discard, "ews"); err == nil || !strings.Contains(err.Error(), "choose ldap or graph") {
		t.Errorf("%v, want an error that names the targets", err)
	}
}
