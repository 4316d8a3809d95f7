package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"

	"github.com/readdress-go/readdress/refresh"
)

//go:embed html/style.css
var htmlStyle string

//go:embed html/script.js
var htmlScript string

//go:embed html/page.tmpl
var htmlText string

// HTML writes the result as one page that needs nothing else: no network, no other file. It is a [Format].
//
// On top it says which job, servers and accounts it is about, as of when, whether it is applied, and which rows migrate with an address that is
// lost; then the counts of each side as a chart, the domains from which and to which addresses moved, warnings, what needs a person
// with what to do (lost addresses before all), and conflicts. Below stands a table of all rows that can be filtered, searched, sorted, copied and
// printed, and the record of the run. All but the table works without scripts.
//
// The table stays usable with 100,000 rows, because the rows are data in the page (some 200 bytes each) that the script reads
// in pieces, and it draws 100 of them at a time. Up to 5,000 are printed; a filter chooses which.
//
// A Content-Security-Policy in the page allows its own script and style by their SHA-256 and nothing else, so that
// no value of a directory can run or load anything, and values are shown as [Text] shows them.
func HTML(w io.Writer, r *refresh.Result, opts *Options) error {
	if r == nil {
		return errors.New("report: there is no result to render")
	}
	return writePage(w, newHTMLPage(r, opts.orDefaults()))
}

// chunkRows is how many rows one piece of data in the page has: few enough that a browser reads it without a pause.
const chunkRows = 1000

// writePage writes the page: what stands before the rows, the rows in pieces, and what follows.
func writePage(w io.Writer, p *htmlPage) error {
	t, err := template.New("page").Funcs(template.FuncMap{"number": number, "stamp": stamp}).Parse(htmlText)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := t.ExecuteTemplate(out, "head", p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for from := 0; from < p.Rows; from += chunkRows {
		to := min(from+chunkRows, p.Rows)
		rows := make([]rowData, 0, to-from)
		for i := from; i < to; i++ {
			rows = append(rows, p.data(i))
		}
		if err := t.ExecuteTemplate(out, "rows", rows); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if err := t.ExecuteTemplate(out, "foot", p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// policy is the Content-Security-Policy of the page.
func policy() string {
	sum := func(s string) string {
		b := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(b[:]) + "'"
	}
	return "default-src 'none'; script-src " + sum(htmlScript) + "; style-src " + sum(htmlStyle) +
		"; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// number writes a number with commas.
func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
