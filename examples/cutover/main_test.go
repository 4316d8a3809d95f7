package main

import (
	"bytes"
	"regexp"
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
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, m := range masks {
		text = m.re.ReplaceAllString(text, m.with)
	}
	golden.Check(t, "output.txt", text)
}
