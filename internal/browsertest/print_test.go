package browsertest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/readdress-go/readdress/refresh"
)

var sheet = regexp.MustCompile(`/Type\s*/Page[^s]`)

// TestPrint prints what a filter leaves, all pages of it, without the controls.
func TestPrint(t *testing.T) {
	r := sample()
	p := open(t, file(t, render(t, r)))
	p.tick(refresh.Refreshed)
	want := choice(r, func(row *refresh.Row) bool { return row.Outcome == refresh.Refreshed })
	// What the page does when it is printed stays, so that it can be looked at.
	eval[struct{}](p, `window.dispatchEvent(new Event('beforeprint'))`)
	p.media("print", "light")
	for _, id := range []string{"filters", "pager", "said", "theme"} {
		if eval[bool](p, `document.getElementById('`+id+`').checkVisibility()`) {
			t.Errorf("#%s is printed", id)
		}
	}
	if n := eval[int](p, `document.querySelectorAll('#rows tbody tr').length`); n != len(want) {
		t.Errorf("%d rows would be printed, want %d", n, len(want))
	}
	if n := eval[int](p, `Array.from(document.querySelectorAll('.group details')).filter((d) => !d.open).length`); n > 0 {
		t.Errorf("%d details would be printed closed", n)
	}
	eval[struct{}](p, `window.dispatchEvent(new Event('afterprint'))`)
	p.media("", "light")
	if n := eval[int](p, `document.querySelectorAll('#rows tbody tr').length`); n != 100 {
		t.Errorf("after printing %d rows are shown", n)
	}
	if n := eval[int](p, `document.querySelectorAll('details[open]').length`); n > 0 {
		t.Errorf("after printing %d details stay open", n)
	}

	eval[struct{}](p, `addEventListener('beforeprint', () => { window.printed = document.querySelectorAll('#rows tbody tr').length; })`)
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	must(t, err)
	if n := eval[int](p, `window.printed`); n != len(want) {
		t.Errorf("%d rows are printed, want %d", n, len(want))
	}
	n := len(sheet.FindAll(pdf, -1))
	t.Logf("%d sheets, %d bytes", n, len(pdf))
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || n < 5 {
		t.Errorf("%d sheets in %d bytes %.8q; %d rows need more", n, len(pdf), pdf, len(want))
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Log("what the sheets say is not read: apt-get install poppler-utils")
		return
	}
	name := filepath.Join(t.TempDir(), "report.pdf")
	must(t, os.WriteFile(name, pdf, 0o600))
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-raw", name, "-").Output()
	must(t, err)
	dense := func(s string) string { return strings.Join(strings.Fields(s), "") } // lines break where there is no room
	text := dense(string(out))
	for _, words := range []string{"Preview of an address refresh", r.JobName, want[0].Key, want[len(want)-1].Key, want[len(want)-1].Before.DisplayName} {
		if !strings.Contains(text, dense(words)) {
			t.Errorf("the sheets lack %q", words)
		}
	}
	for _, words := range []string{"Clear filters", "Skip to the table"} {
		if strings.Contains(text, dense(words)) {
			t.Errorf("the sheets have %q", words)
		}
	}
}
