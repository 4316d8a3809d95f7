package report_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// readCSV reads a report, up to the first error.
func readCSV(file string) (recs []report.Record, err error) {
	for rec, err := range report.ReadCSV(strings.NewReader(file)) {
		if err != nil {
			return recs, err
		}
		recs = append(recs, rec)
	}
	return recs, nil
}

func TestReadCSV(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		r            *refresh.Result
	}{
		{"everything", "every outcome, reason, cause and detail", everything(refresh.Preview)},
		{"formulas", "guards are taken away", formulas(everyFormula...)},
		{"hostile", "and code points read back", hostile()},
		{"empty", "no rows", newResult(refresh.Preview)},
	} {
		for _, o := range []report.CSVOptions{{}, {Comma: ';', BOM: true}, {Comma: '\t'}, {Raw: true}, {Raw: true, BOM: true, Comma: ';'}} {
			recs, err := readCSV(renderCSV(t, tc.r, o))
			if err != nil {
				t.Fatalf("%s with %+v: %v", tc.name, o, err)
			}
			want := slices.Collect(report.Records(tc.r))
			for i := range want {
				asRead(&want[i], o.Raw)
			}
			if d := cmp.Diff(want, recs); d != "" {
				t.Errorf("%s with %+v: %s (-want +got):\n%s", tc.name, o, tc.reason, d)
			}
		}
	}
}

// asRead makes a record what CSV says of it: UTF-8, and in raw files LF in place of CR LF.
func asRead(rec *report.Record, raw bool) {
	text := func(s string) string {
		s = string([]rune(s))
		if raw {
			s = strings.ReplaceAll(s, "\r\n", "\n")
		}
		return s
	}
	for _, s := range []*string{&rec.Job, &rec.Key, &rec.LoginBefore, &rec.LoginAfter, &rec.Remedy, &rec.Error, &rec.Name, &rec.Result, &rec.JobID, &rec.JobDigest, &rec.Run, &rec.Operator,
		&rec.Library, &rec.System, &rec.Directory, &rec.Pin, &rec.Server, &rec.Account} {
		*s = text(*s)
	}
	for _, a := range []*refresh.Address{&rec.PrimaryBefore, &rec.PrimaryAfter, &rec.Use} {
		*a = refresh.Address(text(string(*a)))
	}
	rec.Identity = refresh.ID(text(string(rec.Identity)))
	for _, list := range [][]refresh.Address{rec.AliasesAdded, rec.AliasesRemoved} {
		for i := range list {
			list[i] = refresh.Address(text(string(list[i])))
		}
	}
}

// edit changes the file of two rows, of which the header is lines[0].
func edit(t *testing.T, change func(lines [][]string) [][]string) string {
	t.Helper()
	r := newResult(refresh.Preview, moved("r-1", refresh.Source, "mona"), moved("r-2", refresh.Source, "nils"))
	var lines [][]string
	for line := range strings.Lines(renderCSV(t, r, report.CSVOptions{Comma: '\t'})) { // no cell of it is quoted
		lines = append(lines, strings.Split(strings.TrimSuffix(line, "\r\n"), "\t"))
	}
	var b strings.Builder
	for _, line := range change(lines) {
		b.WriteString(strings.Join(line, "\t") + "\r\n")
	}
	return b.String()
}

// TestReadCSVEdited: columns may be moved and added, and rows may be sorted and taken out.
func TestReadCSVEdited(t *testing.T) {
	want, err := readCSV(edit(t, func(lines [][]string) [][]string { return lines }))
	if err != nil || len(want) != 2 {
		t.Fatal(len(want), err)
	}
	got, err := readCSV(edit(t, func(lines [][]string) [][]string {
		for i := range lines {
			slices.Reverse(lines[i])
			lines[i] = slices.Insert(lines[i], 7, []string{"Note, of ours", "=1+1\xff", ""}[i]) // passed over, whatever it is
		}
		slices.Reverse(lines[1:])
		return lines
	}))
	slices.Reverse(got)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("columns and rows in another order (-want +got):\n%s%v", d, err)
	}
}

func TestReadCSVRefuses(t *testing.T) {
	cell := func(column, value string) string {
		return edit(t, func(lines [][]string) [][]string {
			lines[2][slices.Index(lines[0], column)] = value
			return lines
		})
	}
	header := func(change func([]string) []string) string {
		return edit(t, func(lines [][]string) [][]string {
			lines[0] = change(lines[0])
			return lines
		})
	}
	const secret = "Anna"
	for _, tc := range []struct {
		name, reason, file string
		line               int
		column, problem    string
		records            int
	}{
		{"empty", "it may be the wrong file", "", 1, "", "empty", 0},
		{"blank", "likewise", "\r\n", 1, "", "empty", 0},
		{"another file", "it lacks all columns", "Name,Address\r\nAnna,anna@old.example\r\n", 1, "job", "is missing", 0},
		{"no header", "the first row is none", secret + "@old.example", 1, "job", "is missing", 0},
		{"no CSV", "a picture, say", strings.Repeat(secret, 100_000), 1, "", "no CSV report", 0},
		{"UTF-16", "Excel writes it", string(append([]byte{0xff, 0xfe}, utf16Bytes("job,key\r\n")...)), 1, "", "UTF-8", 0},
		{"column missing", "its values would be lost", header(func(h []string) []string { h[3] = "what happened"; return h }), 1, "outcome", "is missing", 0},
		{"column twice", "which one is right?", header(func(h []string) []string { h[3] = "key"; return h }), 1, "key", "is there twice", 0},
		{"last column missing", "nobody knows how it is written", header(func(h []string) []string { h[len(h)-1] = "x"; return h }), 1, "format", "is missing", 0},
		{"unknown outcome", "it is no word of ours", cell("outcome", secret), 3, "outcome", "is none of refreshed, not-changed", 1},
		{"no side", "it cannot be empty", cell("side", ""), 3, "side", "is none of source, target", 1},
		{"unknown reason", "it is no word of ours", cell("reason", "primary;"+secret), 3, "reason", "no reason", 1},
		{"reason twice", "a set has it once", cell("reason", "primary;primary"), 3, "reason", "one too many", 1},
		{"two causes", "there is one", cell("reason", "no-answer;failed"), 3, "reason", "one too many", 1},
		{"no reason between", "nothing is no word", cell("reason", "primary;"), 3, "reason", "no reason", 1},
		{"time", "Excel writes it otherwise", cell("finished", "01.03.2026 09:00"), 3, "finished", "is no time", 1},
		{"time of another age", "it could not be written again", cell("finished", "0000-01-01T00:00:00+01:00"), 3, "finished", "is no time", 1},
		{"list", "an empty value is \\e", cell("aliases_added", secret+";;b"), 3, "aliases_added", "empty value", 1},
		{"escape", "it escapes nothing", cell("aliases_added", secret+`\n`), 3, "aliases_added", `before no ";"`, 1},
		{"not UTF-8", "the program that saved it used another encoding", cell("name", secret+"\xe4"), 3, "name", "not UTF-8", 1},
		{"newer", "it may mean something else", cell("format", "readdress-report 2"), 3, "format", "newer version", 1},
		{"newer by far", "numbers are compared", cell("format", "readdress-report 10 raw"), 3, "format", "newer version", 1},
		{"another format", "it is none", cell("format", secret), 3, "format", "expected readdress-report 1", 1},
		{"no format", "likewise", cell("format", ""), 3, "format", "expected readdress-report 1", 1},
		{"cell too many", "which column is it of?", cell("name", secret+"\tx"), 3, "", "wrong number of fields", 1},
		{"quotation mark", "no CSV", cell("name", secret+`"`), 3, "", "is no CSV", 1},
		{"open quotation mark", "the rest is one cell", cell("name", `"`+secret), 3, "", "quoted-field", 1},
		{"quotation marks of two records", "where it begins is where to look", edit(t, func(lines [][]string) [][]string {
			at := slices.Index(lines[0], "name")
			lines[1][at], lines[2][at] = `"`+secret, secret+`"x`
			return lines
		}), 3, "", "begins on line 2", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			recs, err := readCSV(tc.file)
			bad, ok := errors.AsType[*report.CSVError](err)
			if !ok {
				t.Fatalf("%s: got %v, want an error", tc.reason, err)
			}
			if bad.Line != tc.line || bad.Column != tc.column || !strings.Contains(bad.Problem, tc.problem) || len(recs) != tc.records {
				t.Errorf("%s: got %v after %d records; want line %d, column %q, %q, %d records", tc.reason, err, len(recs), tc.line, tc.column, tc.problem, tc.records)
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "@") {
				t.Errorf("the error shows a value: %v", err)
			}
		})
	}
}

func utf16Bytes(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// TestReadCSVStops: the caller may stop, and a reader's error comes through, wherever it is.
func TestReadCSVStops(t *testing.T) {
	file := renderCSV(t, everything(refresh.Preview), report.CSVOptions{})
	n := 0
	for range report.ReadCSV(strings.NewReader(file)) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("got %d records, want 2", n)
	}
	broken := errors.New("connection reset")
	for _, at := range []int{0, 10, 2000} {
		var last error
		for _, err := range report.ReadCSV(io.MultiReader(strings.NewReader(file[:at]), iotest.ErrReader(broken))) {
			last = err
		}
		if !errors.Is(last, broken) {
			t.Errorf("after %d bytes: got %v, want the reader's error", at, last)
		}
	}
}

// TestReadCSVKeepsNothing: a record is the caller's own; what one changes in it is not seen in another.
func TestReadCSVKeepsNothing(t *testing.T) {
	row := func(key string) refresh.Row { r := moved(key, refresh.Source, "mona"); return r }
	recs, err := readCSV(renderCSV(t, newResult(refresh.Preview, row("r-1"), row("r-2")), report.CSVOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	recs[0].AliasesAdded[0] = "x"
	if recs[1].AliasesAdded[0] != "mona@old.example" {
		t.Errorf("the second record has %q", recs[1].AliasesAdded[0])
	}
}

// TestReadCSVMixed: each line says how it is written, so that files can be put together.
func TestReadCSVMixed(t *testing.T) {
	row := moved("r-1", refresh.Source, "mona")
	row.After.DisplayName = "'x"
	r := newResult(refresh.Preview, row)
	raw, guarded := renderCSV(t, r, report.CSVOptions{Raw: true}), renderCSV(t, r, report.CSVOptions{})
	_, guarded, _ = strings.Cut(guarded, "\r\n")
	_, again, _ := strings.Cut(strings.ReplaceAll(raw, "'x", "''x"), "\r\n") // the same text as in the guarded line
	recs, err := readCSV(raw + guarded + again)
	if err != nil || len(recs) != 3 || recs[0].Name != "'x" || recs[1].Name != "'x" || recs[2].Name != "''x" {
		t.Errorf("got %d records, %v", len(recs), err)
	}
}
