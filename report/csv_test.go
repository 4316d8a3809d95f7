package report_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/golden"
	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

func renderCSV(t testing.TB, r *refresh.Result, o report.CSVOptions) string {
	t.Helper()
	var b strings.Builder
	if err := report.CSV(&b, r, &report.Options{CSV: o}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// everyFormula is what spreadsheets run.
var everyFormula = []string{"=1+1", "+1+1", "-1+1", "@SUM(1+1)", "＝1+1", `=HYPERLINK("http://x.example","x")`, "=cmd|' /C calc'!A0"}

// formulas returns rows whose values a spreadsheet would run, at the beginning and behind what another program takes
// for a separator.
func formulas(all ...string) *refresh.Result {
	var rows []refresh.Row
	for _, lead := range []string{"", " ", `"`, `" "`, "x,", "x;", "x|", "x, ", `x;"`, `x,y;" "`, "x\t", "x\n", "x\r\n", "\t", "\r", "\x00", "\u200b", "\ufeff", "'", "''", "x;'"} {
		for _, f := range all {
			row := bound(fmt.Sprintf("r-%03d", len(rows)+1), refresh.Source, refresh.Refreshed, person("ann", "new.example"))
			after := row.Before
			after.DisplayName, after.Login = lead+f, lead+f+"@x.example"
			after.Aliases = []refresh.Address{refresh.Address(lead + f), "b@x.example"}
			row.After, row.Reasons = &after, refresh.ReasonsOf(refresh.ReasonDetails, refresh.ReasonLogin, refresh.ReasonAliases)
			rows = append(rows, row)
		}
	}
	r := newResult(refresh.Preview, rows...)
	r.JobName, r.Run.Operator, r.Run.Source.Server, r.Run.Source.Account = "=1+1", "@SUM(1+1)", "+1+1", "-1+1"
	return r
}

func TestCSVGolden(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		r            *refresh.Result
		o            report.CSVOptions
	}{
		{"everything", "every outcome, reason, cause and detail", everything(refresh.Preview), report.CSVOptions{}},
		{"hostile", "values that try to hide, to move their neighbours or to imitate a guard", hostile(), report.CSVOptions{}},
		{"excel", "as Excel wants it in most of Europe", newResult(refresh.Applied, moved("r-1", refresh.Source, "mona"), moved("r-1", refresh.Target, "mona")),
			report.CSVOptions{Comma: ';', BOM: true}},
		{"tab", "for programs that want a tabulator", newResult(refresh.Reverted, moved("r-1", refresh.Source, "mona")), report.CSVOptions{Comma: '\t'}},
		{"formulas", "values that a spreadsheet would run", formulas("=1+1"), report.CSVOptions{}},
		{"raw", "the same as they are", formulas("=1+1"), report.CSVOptions{Raw: true}},
		{"empty", "a run that selected nothing has the names of the columns", newResult(refresh.Preview), report.CSVOptions{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := renderCSV(t, tc.r, tc.o)
			golden.Check(t, "csv/"+tc.name+".csv", got)
			if n := strings.Count(got, "\r\n"); !tc.o.Raw && (n != len(tc.r.Rows)+1 || strings.Count(got, "\n") != n || strings.Count(got, "\r") != n) {
				t.Errorf("%s: %d rows have %d lines", tc.reason, len(tc.r.Rows), n)
			}
			checkRFC4180(t, tc.r, tc.o, got)
		})
	}
}

// checkRFC4180 reads a report with package encoding/csv.
func checkRFC4180(t *testing.T, r *refresh.Result, o report.CSVOptions, got string) {
	t.Helper()
	if o.BOM != strings.HasPrefix(got, "\ufeff") {
		t.Error("the byte order mark is wrong")
	}
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(got, "\ufeff")))
	if o.Comma != 0 {
		in.Comma = o.Comma
	}
	lines, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int { return slices.Index(lines[0], name) }
	for i, rec := range slices.Collect(report.Records(r)) {
		line := lines[i+1]
		if line[at("key")] != strings.ReplaceAll(rec.Key, "\x1b", "<U+001B>") && !o.Raw || line[at("outcome")] != rec.Outcome.String() {
			t.Errorf("record %d is %q, %q", i+1, line[at("key")], line[at("outcome")])
		}
		if o.Raw && line[at("name")] != strings.ReplaceAll(rec.Name, "\r\n", "\n") {
			t.Errorf("the raw name is %q, want %q", line[at("name")], rec.Name)
		}
	}
}

// TestRecords: a line says what the row and its run say.
func TestRecords(t *testing.T) {
	r := everything(refresh.Preview)
	r.Rows[0].Replica, r.Run.JobDigest = "dc9.old.example", "sha256:5eb2"
	recs := slices.Collect(report.Records(r))
	want := report.Record{
		Job: "Contoso to Fabrikam", Key: "source-01", Side: refresh.Source, Outcome: refresh.Refreshed,
		Reasons: refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonLogin, refresh.ReasonAliases), Severity: refresh.SeverityOK,
		Identity: "id-mona", PrimaryBefore: "mona@old.example", PrimaryAfter: "mona@new.example", LoginBefore: "mona@old.example", LoginAfter: "mona@new.example",
		AliasesAdded: []refresh.Address{"mona@old.example"}, AddressInUse: refresh.UseMoved, Time: when.Add(1234 * time.Millisecond), Name: "mona",
		Remedy: report.Remedy(report.CaseOf(r, &r.Rows[0])), Result: r.ID, JobID: r.JobID, JobDigest: "sha256:5eb2", Run: r.Run.ID, Operator: "anna", Started: when, Finished: when.Add(1234 * time.Millisecond),
		Library: "v0.1.0", System: "Active Directory", Directory: "old.example", Pin: "0c1d148b-0143-4234-8265-f2f8d891d4c0", Server: "dc9.old.example", Account: `OLD\migration`,
	}
	if d := cmp.Diff(want, recs[0]); d != "" {
		t.Errorf("a refreshed row (-want +got):\n%s", d)
	}
	byKey := map[string]report.Record{}
	for _, rec := range recs {
		byKey[rec.Key+"/"+rec.Side.String()] = rec
	}
	for _, tc := range []struct {
		name, reason, key string
		want              any
		got               func(report.Record) any
	}{
		{"address in use lost", "the mailbox no longer holds it", "source-02/source", refresh.UseLost, func(r report.Record) any { return r.AddressInUse }},
		{"lost is an error", "migrating with it would fail", "source-02/source", refresh.SeverityError, func(r report.Record) any { return r.Severity }},
		{"lost earlier", "a row that does not change can have lost it before", "lost-earlier-1/source", refresh.UseLost, func(r report.Record) any { return r.AddressInUse }},
		{"still an alias", "it was the primary address", "source-03/source", refresh.UseStillAlias, func(r report.Record) any { return r.AddressInUse }},
		{"not changed", "what the job holds is shown where nothing is written", "source-06/source", refresh.Address("nils@new.example"), func(r report.Record) any { return r.PrimaryAfter }},
		{"missing", "likewise", "source-07/source", refresh.Address("gero@old.example"), func(r report.Record) any { return r.PrimaryAfter }},
		{"no target", "there is none", "unmatched-1/target", refresh.Address(""), func(r report.Record) any { return r.PrimaryAfter }},
		{"alias spelled anew", "one goes and one comes", "source-04/source", "[old@new.example R@new.example] [r@new.example]", func(r report.Record) any {
			slices.Reverse(r.AliasesRemoved)
			return strings.Join([]string{list(r.AliasesRemoved), list(r.AliasesAdded)}, " ")
		}},
		{"search failed", "the remedy says to solve the error that the row shows", "source-25/source", "connection reset", func(r report.Record) any { return r.Error }},
	} {
		rec, ok := byKey[tc.key]
		if !ok {
			t.Fatalf("%s: no row %s", tc.name, tc.key)
		}
		if got := tc.got(rec); got != tc.want {
			t.Errorf("%s: %s: got %v, want %v", tc.name, tc.reason, got, tc.want)
		}
	}
	for range report.Records(r) {
		break // a caller may stop
	}
	if n := len(slices.Collect(report.Records(nil))); n != 0 {
		t.Errorf("no result has %d records", n)
	}
}

func list(as []refresh.Address) string {
	var words []string
	for _, a := range as {
		words = append(words, string(a))
	}
	return "[" + strings.Join(words, " ") + "]"
}

// TestCSVGuardsNothingOfOurs: our own words and texts look the same in a guarded cell.
func TestCSVGuardsNothingOfOurs(t *testing.T) {
	r := everything(refresh.Preview)
	guarded, raw := renderCSV(t, r, report.CSVOptions{}), renderCSV(t, r, report.CSVOptions{Raw: true})
	if d := cmp.Diff(strings.ReplaceAll(raw, " raw\r\n", "\r\n"), guarded); d != "" {
		t.Errorf("guards changed harmless values (-raw +guarded):\n%s", d)
	}
	for _, system := range []report.System{report.AnySystem, report.ActiveDirectory, report.LDAP, report.Microsoft365, report.IMAP} {
		for _, c := range report.Cases() {
			c.System = system
			if text := report.Remedy(c); report.Guard(text) != text {
				t.Errorf("the remedy would be guarded: %s", text)
			}
		}
	}
}

func TestCSVRefuses(t *testing.T) {
	row := func(change func(*refresh.Row, *refresh.Result)) *refresh.Result {
		r := newResult(refresh.Preview, moved("r-1", refresh.Source, "mona"), moved("r-2", refresh.Source, "nils"))
		change(&r.Rows[1], r)
		return r
	}
	for _, tc := range []struct {
		name, reason string
		r            *refresh.Result
		o            report.CSVOptions
		want         string
	}{
		{"no result", "there is nothing to write", nil, report.CSVOptions{}, "no result"},
		{"separator", "ReadCSV would not find it", newResult(refresh.Preview), report.CSVOptions{Comma: 'x'}, "U+0078"},
		{"no outcome", "it has no word", row(func(r *refresh.Row, _ *refresh.Result) { r.Outcome = 0 }), report.CSVOptions{}, "record 2: column outcome"},
		{"unknown outcome", "it has no word", row(func(r *refresh.Row, _ *refresh.Result) { r.Outcome = 99 }), report.CSVOptions{}, "record 2: column outcome"},
		{"no side", "it has no word", row(func(r *refresh.Row, _ *refresh.Result) { r.Side = 0 }), report.CSVOptions{}, "record 2: column side"},
		{"unknown reason", "it has no word", row(func(r *refresh.Row, _ *refresh.Result) { r.Reasons |= 1 << 15 }), report.CSVOptions{}, "record 2: column reason"},
		{"unknown cause", "it has no word", row(func(r *refresh.Row, _ *refresh.Result) { r.Outcome, r.Cause = refresh.LookupFailed, 99 }), report.CSVOptions{}, "record 2: column reason"},
		{"far future", "RFC 3339 has four digits for a year", row(func(_ *refresh.Row, r *refresh.Result) { r.Run.Finished = when.AddDate(9000, 0, 0) }), report.CSVOptions{}, "record 1: column time"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := report.CSV(new(bytes.Buffer), tc.r, &report.Options{CSV: tc.o})
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "@") {
				t.Errorf("%s: got %v, want an error with %q", tc.reason, err, tc.want)
			}
		})
	}
	full := errors.New("disk full")
	if err := report.CSV(writer(func([]byte) (int, error) { return 0, full }), everything(refresh.Preview), nil); !errors.Is(err, full) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

// TestCSVNotUTF8: a byte that is not UTF-8 is replaced, so that the file is.
func TestCSVNotUTF8(t *testing.T) {
	row := moved("r-1", refresh.Source, "mona")
	row.Failure = "a\xff\xfeb"
	for _, raw := range []bool{false, true} {
		got := renderCSV(t, newResult(refresh.Preview, row), report.CSVOptions{Raw: raw})
		if !utf8.ValidString(got) || !strings.Contains(got, "a\ufffd\ufffdb") {
			t.Errorf("raw %t: got %q", raw, got)
		}
	}
}
