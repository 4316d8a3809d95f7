package browsertest

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// type sends keys to what has the focus.
func (p *tab) keys(keys string) {
	p.t.Helper()
	must(p.t, chromedp.Do(p.ctx, chromedp.KeyEvent(keys)))
}

// focus says what has the focus, and whether one can see that.
func (p *tab) focus() (what string, visible bool) {
	p.t.Helper()
	f := eval[struct {
		What    string
		Visible bool
	}](p, `(() => {
		const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
		const what = e.id ? '#' + e.id : e.name ? 'outcome' : e.dataset.sort ? 'sort ' + e.dataset.sort : e.tagName;
		return { What: what, Visible: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1 && box.width > 1 && box.height > 1 };
	})()`)
	return f.What, f.Visible
}

// TestKeyboard walks through the page with Tab: everything can be reached, in the order in which it stands, and is seen to have the focus.
func TestKeyboard(t *testing.T) {
	p := open(t, file(t, render(t, sample())))
	p.keys(kb.Tab)
	if what, visible := p.focus(); what != "A" || !visible || !eval[bool](p, `document.activeElement.classList.contains('skip')`) {
		t.Errorf("the first Tab goes to %s (visible: %v), want the link to the table", what, visible)
	}
	p.keys(kb.Tab)
	if what, _ := p.focus(); what != "#theme" {
		t.Errorf("the second Tab goes to %s", what)
	}
	eval[struct{}](p, `document.querySelector('.skip').focus()`)
	p.keys(kb.Enter)
	p.until(`document.activeElement.id === 'table'`)
	var order []string
	for range 600 { // each row has its details
		p.keys(kb.Tab)
		what, visible := p.focus()
		if !visible {
			t.Fatalf("it is not seen that %s has the focus", what)
		}
		if len(order) == 0 || order[len(order)-1] != what {
			order = append(order, what)
		}
		if what == "#next" {
			break
		}
	}
	want := []string{"outcome", "#search", "#side", "#reason", "#domain", "#clear", "#what", "#copy", "sort outcome", "sort side", "sort key", "sort name", "sort address",
		"SUMMARY", "#page", "#next"}
	if !slices.Equal(order, want) {
		t.Errorf("Tab goes through %q, want %q", order, want)
	}
	p.keys(kb.Enter)
	p.until(`document.getElementById('page').value === '2'`)
}

// TestKeys uses the controls without a mouse.
func TestKeys(t *testing.T) {
	r := sample()
	p := open(t, file(t, render(t, r)))
	eval[struct{}](p, `document.querySelector('input[name=outcome]').focus()`)
	p.keys(" ")
	p.until(`document.getElementById('count').textContent !== '660 of 660 rows'`)
	eval[struct{}](p, `document.querySelector('th button[data-sort=key]').focus()`)
	p.keys(kb.Enter)
	p.until(`document.querySelector('th.c-key').ariaSort === 'ascending'`)
	p.keys(" ")
	p.until(`document.querySelector('th.c-key').ariaSort === 'descending'`)
	eval[struct{}](p, `document.getElementById('search').focus()`)
	p.keys("new.name22@" + kb.Enter)
	p.until(`document.getElementById('count').textContent.startsWith('1 of')`)
	eval[struct{}](p, `document.querySelector('#rows summary').focus()`)
	p.keys(kb.Enter)
	p.until(`document.querySelector('#rows details').open`)
	if what, _ := p.focus(); what != "SUMMARY" {
		t.Errorf("the focus went to %s", what)
	}
}
