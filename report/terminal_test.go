package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

var escapes = regexp.MustCompile("\x1b\\[[0-9]+m")

// TestColourIsAnAddition: without its escapes a coloured text is the text.
func TestColourIsAnAddition(t *testing.T) {
	d := twoRefreshes(t)
	for name, write := range map[string]func(*bytes.Buffer, *report.Options) error{
		"everything": func(b *bytes.Buffer, o *report.Options) error { return report.Text(b, everything(refresh.Preview), o) },
		"hostile":    func(b *bytes.Buffer, o *report.Options) error { return report.Text(b, hostile(), o) },
		"difference": func(b *bytes.Buffer, o *report.Options) error { return d.Text(b, o) },
	} {
		for _, o := range []report.Options{{}, {Width: 40}, {ASCII: true}} {
			var plain, coloured bytes.Buffer
			if err := write(&plain, &o); err != nil {
				t.Fatal(err)
			}
			o.Color = report.ColorAlways
			if err := write(&coloured, &o); err != nil {
				t.Fatal(err)
			}
			got := coloured.String()
			if !escapes.MatchString(got) || escapes.MatchString(plain.String()) {
				t.Errorf("%s: colours are not where they belong", name)
			}
			for line := range strings.Lines(got) {
				if n := len(escapes.FindAllString(line, -1)); n != 0 && (n != 2 || !strings.HasSuffix(line, "\x1b[0m\n")) {
					t.Errorf("%s: a colour does not end with its line: %q", name, line)
				}
			}
			if escapes.ReplaceAllString(got, "") != plain.String() {
				t.Errorf("%s: without its escapes the coloured text is another one", name)
			}
		}
	}
}

// TestFilesAreNotColoured: a file is no terminal.
func TestFilesAreNotColoured(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "report.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := report.Text(f, everything(refresh.Preview), nil); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(f.Name())
	if err != nil || string(got) != render(t, everything(refresh.Preview), nil) {
		t.Errorf("a file gets another text, %v", err)
	}
}
