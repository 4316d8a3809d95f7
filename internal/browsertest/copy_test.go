package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// permit lets pages of the tab's context use the clipboard.
func (p *tab) permit() {
	p.t.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(p.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		})
		must(p.t, err)
	}
}

// clipboard reads what was copied, and what the page says of it, and empties both.
func (p *tab) clipboard() (text, said string) {
	p.t.Helper()
	p.until(`document.getElementById('said').textContent !== ''`)
	said = p.text("#said")
	eval[struct{}](p, `document.getElementById('said').textContent = ''`)
	text = eval[string](p, `window.readClipboard()`)
	eval[struct{}](p, `window.writeClipboard('nothing was copied')`)
	return text, said
}

// keepClipboard keeps the browser's clipboard for the test, whatever becomes of the page's.
const keepClipboard = `window.readClipboard = navigator.clipboard.readText.bind(navigator.clipboard);
window.writeClipboard = navigator.clipboard.writeText.bind(navigator.clipboard);`

// TestCopy copies what is shown and each group: where the page may write the clipboard, where it is refused, and where the browser has none
// for it, as over http.
func TestCopy(t *testing.T) {
	r := sample()
	url := file(t, render(t, r))
	for name, script := range map[string]string{
		"granted": ``,
		"refused": `navigator.clipboard.writeText = () => { window.refused = true; return Promise.reject(new DOMException('no', 'NotAllowedError')); };`,
		"absent":  `Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });`,
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, url, onNewPage(keepClipboard+script))
			p.permit()
			p.tick(refresh.Missing)
			rows := choice(r, func(row *refresh.Row) bool { return row.Outcome == refresh.Missing })
			p.copies(rows, addresses(rows), "addresses", func() { p.press("#copy") })
			p.clear()
			eval[struct{}](p, `document.getElementById('what').value = 'before'`)
			p.tick(refresh.Refreshed)
			rows = choice(r, func(row *refresh.Row) bool { return row.Outcome == refresh.Refreshed })
			former := ""
			for i, row := range rows {
				if i > 0 {
					former += "\n"
				}
				former += string(row.Before.Primary)
			}
			p.copies(rows, former, "addresses", func() { p.press("#copy") })
			p.clear()
			p.copyGroups(r)
			if refused := eval[bool](p, `window.refused === true`); refused != (name == "refused") {
				t.Errorf("the page was refused: %v", refused)
			}
		})
	}
}

// copies presses and compares the clipboard.
func (p *tab) copies(rows []*refresh.Row, want, what string, press func()) {
	p.t.Helper()
	press()
	text, said := p.clipboard()
	if text != want {
		p.t.Errorf("the clipboard has %.200q, want %.200q", text, want)
	}
	if want := fmt.Sprintf("%d %s copied", len(rows), what); said != want {
		p.t.Errorf("the page says %q, want %q", said, want)
	}
}

// copyGroups presses each group's button.
func (p *tab) copyGroups(r *refresh.Result) {
	p.t.Helper()
	// A group is known by its first row and its number.
	groups := eval[[]struct{ Name, Key, Side string }](p, `Array.from(document.querySelectorAll('button[data-copy]'), (b) => ({ Name: b.dataset.copy,
		Key: b.closest('article').querySelector('.key').textContent, Side: b.closest('article').querySelector('.side').textContent }))`)
	seen := map[report.Case]bool{}
	for _, g := range groups {
		var about report.Case
		for i := range r.Rows {
			if r.Rows[i].Key == g.Key && r.Rows[i].Side.String() == g.Side {
				about = report.CaseOf(r, &r.Rows[i])
			}
		}
		if seen[about] {
			p.t.Errorf("two groups of %v", about)
		}
		seen[about] = true
		rows := choice(r, func(row *refresh.Row) bool { return report.CaseOf(r, row) == about })
		what := "addresses"
		if len(rows) == 1 {
			what = "address"
		}
		p.copies(rows, addresses(rows), what, func() { p.press(fmt.Sprintf(`button[data-copy="%s"]`, g.Name)) })
	}
	for i := range r.Rows {
		c := report.CaseOf(r, &r.Rows[i])
		if needs := c.Outcome.Severity() >= refresh.SeverityWarning || c.Detail == report.UseLost; needs != seen[c] {
			p.t.Errorf("%v needs a person: %v; has a group: %v", c, needs, seen[c])
		}
	}
}
