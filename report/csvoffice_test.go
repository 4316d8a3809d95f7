//go:build unix

package report_test

import (
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// TestCSVInLibreOffice: whatever the values are, and whichever separator and quotation marks LibreOffice is told, no cell of a guarded file is
// a formula; told the right ones, it shows what the file says. Of a raw file it runs the formulas, so that the test would notice.
func TestCSVInLibreOffice(t *testing.T) {
	office := findOffice(t)
	r := formulas(everyFormula...)
	r.Rows = append(r.Rows, hostile().Rows...)
	for i, lead := range []string{"=", "x;=", "x,\"="} {
		long := bound(fmt.Sprintf("long-%d", i), refresh.Source, refresh.NotChanged, person("ann", "new.example"))
		long.Before.DisplayName = lead + strings.Repeat("1+", 5000) + "1"
		r.Rows = append(r.Rows, long)
	}
	files := map[string]report.CSVOptions{"comma": {}, "semicolon": {Comma: ';', BOM: true}, "tab": {Comma: '\t'}, "raw": {Raw: true}, "raw-semicolon": {Raw: true, Comma: ';', BOM: true}}
	dir, texts := t.TempDir(), map[string]string{}
	for name, o := range files {
		texts[name] = renderCSV(t, r, o)
		if err := os.WriteFile(filepath.Join(dir, name+".csv"), []byte(texts[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name, reason, filter string // separators, quotation mark, 76 for UTF-8, first line
		right                string // the file that is meant so
	}{
		{"comma", "as it was written", "44,34,76,1", "comma"},
		{"semicolon", "likewise", "59,34,76,1", "semicolon"},
		{"tabulator", "likewise", "9,34,76,1", "tab"},
		{"bar", "the wrong one", "124,34,76,1", ""},
		{"all", "the dialog lets people tick several", "44/59/9/124,34,76,1", ""},
		{"all, merged", "and merge them", "44/59/9/124/MRG,34,76,1", ""},
		{"no quotation marks", "likewise", "44/59/9/124,0,76,1", ""},
		{"special numbers", "and detect more", "44,34,76,1,,0,false,true,true", "comma"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			sheets := office.convert(t, dir, tc.filter)
			t.Logf("%d files took %v", len(sheets), time.Since(start).Round(time.Millisecond))
			for name, o := range files {
				s, ok := sheets[name]
				switch {
				case !ok:
					t.Errorf("%s.csv was not converted", name)
				case !o.Raw && len(s.formulas) > 0:
					t.Errorf("%s: %s.csv has %d formulas, the first is %q", tc.reason, name, len(s.formulas), s.formulas[0])
				case o.Raw && len(s.formulas) == 0:
					t.Errorf("%s.csv has no formula: this test would notice none", name)
				case name == tc.right:
					in := csv.NewReader(strings.NewReader(strings.TrimPrefix(texts[name], "\ufeff")))
					if o.Comma != 0 {
						in.Comma = o.Comma
					}
					want, err := in.ReadAll()
					if err != nil {
						t.Fatal(err)
					}
					if d := cmp.Diff(want, s.cells); d != "" {
						t.Errorf("%s.csv shows other text (-want +got):\n%s", name, d)
					}
				}
			}
		})
	}
}

// office is LibreOffice without a window.
type office struct{ program, profile string }

func findOffice(t *testing.T) office {
	t.Helper()
	for _, name := range []string{"soffice", "libreoffice"} {
		if program, err := exec.LookPath(name); err == nil {
			return office{program, t.TempDir()}
		}
	}
	const missing = "LibreOffice is not installed: apt-get install libreoffice-calc-nogui"
	if os.Getenv("READDRESS_REQUIRE_SERVERS") == "1" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return office{}
}

// convert opens every CSV file of a directory and returns what is in it, by the names of the files.
func (o office) convert(t *testing.T, dir, filter string) map[string]sheet {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out := t.TempDir()
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, o.program, append([]string{"-env:UserInstallation=file://" + o.profile, "--headless", "--norestore", "--nolockcheck",
		"--infilter=Text - txt - csv (StarCalc):" + filter, "--convert-to", "fods", "--outdir", out}, files...)...)
	cmd.Env = append(os.Environ(), "HOME="+o.profile)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it is a script that starts others
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	sheets := map[string]sheet{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		f, err := os.Open(filepath.Join(out, name+".fods"))
		if err != nil {
			continue
		}
		sheets[name], err = readSheet(f)
		_ = f.Close()
		if err != nil {
			t.Fatalf("%s.fods: %v", name, err)
		}
	}
	return sheets
}

// sheet is the formulas and the text of the cells of an OpenDocument sheet, without empty cells and rows at the end.
type sheet struct {
	formulas []string
	cells    [][]string
}

func readSheet(r io.Reader) (s sheet, err error) {
	in := xml.NewDecoder(r)
	var row []string
	var text strings.Builder
	var inText bool
	cellTimes, rowTimes, paragraphs := 1, 1, 0
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return s, nil
		} else if err != nil {
			return s, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "table-row":
				row, rowTimes = nil, repeats(e, "number-rows-repeated")
			case "table-cell":
				text.Reset()
				cellTimes, paragraphs = repeats(e, "number-columns-repeated"), 0
				if f := attribute(e, "formula"); f != "" {
					s.formulas = append(s.formulas, f)
				}
			case "p":
				if inText = true; paragraphs > 0 {
					text.WriteByte('\n')
				}
				paragraphs++
			case "s":
				text.WriteString(strings.Repeat(" ", repeats(e, "c")))
			case "tab":
				text.WriteByte('\t')
			}
		case xml.CharData:
			if inText {
				text.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "p":
				inText = false
			case "table-cell":
				for range min(cellTimes, 100) { // the last one is repeated to the edge of the sheet
					row = append(row, text.String())
				}
			case "table-row":
				if strings.Join(row, "") == "" {
					continue
				}
				for range rowTimes {
					s.cells = append(s.cells, row)
				}
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func repeats(e xml.StartElement, name string) int {
	n, err := strconv.Atoi(attribute(e, name))
	if err != nil {
		return 1
	}
	return n
}
