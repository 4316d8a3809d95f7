package refresh_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	goldens "github.com/readdress-go/readdress/internal/golden"
	"github.com/readdress-go/readdress/refresh"
)

// exampleResult is the example of FORMAT.md.
func exampleResult() *refresh.Result {
	row := func(key string, s refresh.Side, o refresh.Outcome, m refresh.Mailbox) refresh.Row {
		return refresh.Row{Key: key, Side: s, Origin: refresh.Bound, Outcome: o, Before: m}
	}
	renamed := row("1", refresh.Source, refresh.Refreshed, box("5f0c6a1e", "ann@old.example"))
	renamed.Reasons = refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonAliases)
	after := box("5f0c6a1e", "ann@new.example", "ann@old.example")
	renamed.After = &after
	gone := row("2", refresh.Source, refresh.Missing, box("9b27d4c3", "bob@old.example"))
	gone.Reasons = refresh.ReasonsOf(refresh.ReasonGone)
	gone.MarkAfter = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day(31, 8), LastSeen: day(31, 8)}
	gone.Evidence = &refresh.Evidence{DeletedAt: day(30, 17), Proof: refresh.ProofTombstone}
	return &refresh.Result{
		ID: "6d1f0b7a52c84e19", JobID: "0123456789abcdef", JobName: "Old to new", JobRows: 2,
		Run: refresh.Run{
			ID: "c2b9e0417f3a4d58", Operator: "ops", Started: day(31, 8), Finished: day(31, 9), Library: "v0.8.0",
			JobDigest: "00112233445566778899aabbccddeeff",
			Source: &refresh.SideRun{
				System: "Active Directory", Directory: "old.example", Server: "dc1.old.example",
				Pin: "forest-1", PinBefore: "forest-1", Asked: 2,
			},
			Target: &refresh.SideRun{System: "Microsoft Graph", Pin: "tenant-2", PinBefore: "tenant-2", Asked: 2},
		},
		Rows: []refresh.Row{
			renamed, row("1", refresh.Target, refresh.NotChanged, box("d3a8", "ann@tenant.example")),
			gone, row("2", refresh.Target, refresh.NotChanged, box("e7b1", "bob@tenant.example")),
		},
	}
}

// TestFormatExample: the example is what the library writes, and it reads it from the page.
func TestFormatExample(t *testing.T) {
	goldens.Section(t, "FORMAT.md", "example", "```json\n"+indentedHeader(t, written(t, exampleResult()))+"```\n")
	page, err := os.ReadFile("FORMAT.md")
	must(t, err)
	_, rest, _ := strings.Cut(string(page), "```json\n")
	example, _, _ := strings.Cut(rest, "```\n")
	got, err := refresh.ReadResult(strings.NewReader(example))
	must(t, err)
	same(t, "a reader of the page sees what a result says", exampleResult(), got)
}

// indentedHeader indents all of a document but its rows.
func indentedHeader(t *testing.T, file []byte) string {
	t.Helper()
	head, rows, ok := bytes.Cut(file, []byte(`"rows":[`))
	if !ok {
		t.Fatal("there are no rows")
	}
	var b bytes.Buffer
	must(t, json.Indent(&b, slices.Concat(head, []byte(`"rows":[]}`)), "", "  "))
	return strings.TrimSuffix(b.String(), "]\n}") + string(rows)
}

// TestRowsStandOnLines: tools that work line by line find each row on a line of its own, as FORMAT.md says.
func TestRowsStandOnLines(t *testing.T) {
	want := goldenResult()
	lines := strings.Split(strings.TrimSuffix(string(written(t, want)), "\n"), "\n")
	if len(lines) != len(want.Rows)+2 {
		t.Fatalf("%d lines hold a header, %d rows and an end", len(lines), len(want.Rows))
	}
	for i, line := range lines[1 : len(lines)-1] {
		var row struct{ Key string }
		err := json.Unmarshal([]byte(strings.TrimSuffix(line, ",")), &row)
		if err != nil || row.Key != want.Rows[i].Key || !strings.HasPrefix(line, `{"key":`) {
			t.Errorf("line %d is not row %q: %v", i+2, want.Rows[i].Key, err)
		}
	}
}

// TestFormatCoversDocuments walks the golden documents, which use every field: each member is on the page, with the type that it has there.
func TestFormatCoversDocuments(t *testing.T) {
	f := newFormat(t)
	for _, c := range []struct{ name, file string }{{"Result", "result-v1.json"}, {"Job", "job-v1.json"}} {
		var doc any
		d := json.NewDecoder(bytes.NewReader(golden(t, c.file)))
		d.UseNumber()
		must(t, d.Decode(&doc))
		want, got := map[string]string{".format": "text", ".version": "number"}, map[string]string{}
		f.paths(c.name, "", want)
		jsonPaths(doc, "", want, got)
		for path, kind := range got {
			if want[path] != kind {
				t.Errorf("%s: %s holds %q, and FORMAT.md says %q", c.file, path, kind, want[path])
			}
		}
		if len(got) < len(want)/3 {
			t.Errorf("%s holds %d of the %d members of FORMAT.md only", c.file, len(got), len(want))
		}
	}
}

// paths gives each member of a struct the kind of its value in JSON.
func (f *format) paths(name, at string, out map[string]string) {
	t := f.types[name]
	for i := range t.NumField() {
		field := t.Field(i)
		path, text := at+"."+memberName(field), typeText(field.Type)
		if of, ok := strings.CutPrefix(text, "array of "); ok {
			out[path], path, text = "array", path+"[]", of
		}
		object := ""
		for name := range f.places {
			if text == link(name) {
				object = name
			}
		}
		switch {
		case object != "":
			out[path] = "object"
			f.paths(object, path, out)
		case text == "any value":
			out[path] = "any value"
		case text == "true", text == "number":
			out[path] = text
		default:
			out[path] = "text"
		}
	}
}

// jsonPaths does so for a value.
func jsonPaths(v any, at string, want, out map[string]string) {
	kind := "text"
	switch v := v.(type) {
	case map[string]any:
		kind = "object"
		for name, x := range v {
			if want[at] != "any value" {
				jsonPaths(x, at+"."+name, want, out)
			}
		}
	case []any:
		kind = "array"
		for _, x := range v {
			jsonPaths(x, at+"[]", want, out)
		}
	case bool:
		kind = "true"
	case json.Number:
		kind = "number"
	}
	if want[at] == "any value" {
		kind = "any value"
	}
	if at != "" {
		out[at] = kind
	}
}
