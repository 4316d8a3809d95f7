package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/internal/golden"
	"github.com/readdress-go/readdress/refresh"
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
			if err := run(t.Context(), &out, target, ""); err != nil {
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

// TestReports: every report is written, and a saved result says what it said.
func TestReports(t *testing.T) {
	dir := t.TempDir()
	if err := run(t.Context(), io.Discard, "ldap", dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"preview.html": "Preview of an address refresh", "preview.csv": "job,key,side,outcome", "applied.html": "Address refresh", "since.html": "What changed",
		"undone.html": "undone",
	} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s does not say %q: %v", name, want, err)
		}
	}
	f, err := os.Open(filepath.Join(dir, "undone.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if r, err := refresh.ReadResult(f); err != nil || r.State != refresh.Reverted {
		t.Errorf("the saved result: %v", err)
	}
}

func TestUnknownTarget(t *testing.T) {
	if err := run(t.Context(), io.Discard, "ews", ""); err == nil || !strings.Contains(err.Error(), "choose ldap or graph") {
		t.Errorf("%v, want an error that names the targets", err)
	}
}
