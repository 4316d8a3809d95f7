package report_test

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

var escapes = regexp.MustCompile("\x1b\\[[0-9]+m")

// TestColourIsAnAddition: without its escapes a coloured text is the text, of any width, and no value smuggles in escapes of its own.
func TestColourIsAnAddition(t *testing.T) {
	d := twoRefreshes(t)
	texts := map[string]func(io.Writer, *report.Options) error{"difference": d.Text}
	for name, r := range map[string]*refresh.Result{
		"preview": everything(refresh.Preview), "reverted": everything(refresh.Reverted), "hostile": hostile(), "long": long(),
	} {
		texts[name] = func(w io.Writer, o *report.Options) error { return report.Text(w, r, o) }
	}
	for width := 39; width <= 121; width++ {
		colourIsAnAddition(t, texts["hostile"], report.Options{Width: width})
		colourIsAnAddition(t, texts["long"], report.Options{Width: width})
	}
	names := slices.Sorted(maps.Keys(texts))
	rapid.Check(t, func(t *rapid.T) {
		colourIsAnAddition(t, texts[rapid.SampledFrom(names).Draw(t, "text")], report.Options{
			Width: rapid.IntRange(-1, 300).Draw(t, "width"), Rows: rapid.IntRange(-1, 5).Draw(t, "rows"), ASCII: rapid.Bool().Draw(t, "ASCII"),
		})
	})
}

func colourIsAnAddition(t rapid.TB, write func(io.Writer, *report.Options) error, o report.Options) {
	t.Helper()
	var plain, coloured bytes.Buffer
	if err := write(&plain, &o); err != nil {
		t.Fatal(err)
	}
	o.Color = report.ColorAlways
	if err := write(&coloured, &o); err != nil {
		t.Fatal(err)
	}
	got := coloured.String()
	if !escapes.MatchString(got) || strings.Contains(plain.String(), "\x1b") {
		t.Fatalf("%+v: escapes are not where they belong", o)
	}
	for line := range strings.Lines(got) {
		if n := strings.Count(line, "\x1b"); n != 0 && (n != 2 || !strings.HasSuffix(line, "\x1b[0m\n")) {
			t.Fatalf("%+v: a colour does not end with its line: %q", o, line)
		}
	}
	if escapes.ReplaceAllString(got, "") != plain.String() {
		t.Fatalf("%+v: without its escapes the coloured text is another one", o)
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
