package browsertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// rows returns the rows that are shown, over all pages, as the table names them. It does not scroll to each page, which takes most time.
func (p *tab) rows() []rowName {
	p.t.Helper()
	return eval[[]rowName](p, `(() => {
		const out = [], next = document.getElementById('next');
		document.getElementById('table').scrollIntoView = () => {};
		for (;;) {
			for (const tr of document.querySelectorAll('#rows tbody tr')) out.push({ Key: tr.dataset.key, Side: tr.dataset.side });
			if (next.disabled) break;
			next.click();
		}
		return out;
	})()`)
}

// check compares the rows that are shown, and their number, with those that have to be.
func (p *tab) check(r *refresh.Result, want []*refresh.Row) {
	p.t.Helper()
	if got, want := p.text("#count"), fmt.Sprintf("%d of %d rows", len(want), len(r.Rows)); got != want {
		p.t.Errorf("the count says %q, want %q", got, want)
	}
	got, names := p.rows(), namesOf(want)
	if slices.Equal(got, names) {
		return
	}
	for i := range max(len(got), len(names)) {
		if i >= len(got) || i >= len(names) || got[i] != names[i] {
			p.t.Fatalf("%d rows shown, want %d; row %d differs: shown %v, want %v", len(got), len(names), i+1, got[i:min(i+1, len(got))], names[i:min(i+1, len(names))])
		}
	}
}

// pick chooses the option of a select that has a label.
func (p *tab) pick(id, label string) {
	p.t.Helper()
	p.after(fmt.Sprintf(`(() => {
		const s = document.getElementById(%s), o = Array.from(s.options).find((o) => o.text === %s);
		if (!o) throw new Error('no such option');
		s.value = o.value;
		s.dispatchEvent(new Event('change', { bubbles: true }));
	})()`, quote(id), quote(label)))
}

// tick presses the box of an outcome.
func (p *tab) tick(o refresh.Outcome) {
	p.t.Helper()
	p.after(fmt.Sprintf(`document.querySelector('input[name=outcome][value="%s"]').click()`, o))
}

// search writes into the search field.
func (p *tab) search(words string) {
	p.t.Helper()
	p.after(fmt.Sprintf(`(() => {
		const s = document.getElementById('search');
		s.value = %s;
		s.dispatchEvent(new Event('input', { bubbles: true }));
	})()`, quote(words)))
}

func (p *tab) clear() {
	p.t.Helper()
	p.after(`document.getElementById('clear').click()`)
}

// options lists the options of a select, without the first, which chooses nothing.
func (p *tab) options(id string) []string {
	p.t.Helper()
	return eval[[]string](p, fmt.Sprintf(`Array.from(document.getElementById(%s).options, (o) => o.text).slice(1)`, quote(id)))
}

// TestFilter filters by each outcome, reason, domain and side, by texts, and by several at once.
func TestFilter(t *testing.T) {
	r := sample()
	p := open(t, file(t, render(t, r)))
	p.check(r, choice(r, all))
	for _, o := range refresh.Outcomes() {
		want := choice(r, func(row *refresh.Row) bool { return row.Outcome == o })
		if len(want) == 0 {
			t.Errorf("no row is %s: the sample lacks one", o)
		}
		p.tick(o)
		p.check(r, want)
		p.tick(o)
	}
	p.tick(refresh.Missing)
	p.tick(refresh.Replaced)
	p.check(r, choice(r, func(row *refresh.Row) bool { return row.Outcome == refresh.Missing || row.Outcome == refresh.Replaced }))
	p.clear()
	p.check(r, choice(r, all))

	reasons, domains := map[string]bool{}, map[string]bool{}
	for i := range r.Rows {
		for _, word := range reasonsOf(r, &r.Rows[i]) {
			reasons[word] = true
		}
		for _, a := range []refresh.Address{r.Rows[i].Before.Primary, r.Rows[i].Now().Primary} {
			domains[a.Domain()] = true
		}
	}
	if got := p.options("reason"); len(got) != len(reasons) {
		t.Errorf("reasons %q, want %v", got, reasons)
	}
	for word := range reasons {
		p.pick("reason", word)
		p.check(r, choice(r, func(row *refresh.Row) bool { return slices.Contains(reasonsOf(r, row), word) }))
	}
	p.clear()
	if got := p.options("domain"); len(got) != len(domains) {
		t.Errorf("domains %q, want %v", got, domains)
	}
	for domain := range domains {
		label := domain
		if domain == "" {
			label = "(none)"
		}
		p.pick("domain", label)
		p.check(r, choice(r, func(row *refresh.Row) bool { return inDomain(row, domain) }))
	}
	p.clear()
	for _, side := range []refresh.Side{refresh.Source, refresh.Target} {
		p.pick("side", side.String())
		p.check(r, choice(r, func(row *refresh.Row) bool { return row.Side == side }))
	}
	p.pick("reason", "other name before the @")
	p.pick("domain", "fabrikam.example")
	p.pick("side", "source")
	p.tick(refresh.Refreshed)
	p.search("  MARRIED new.name ")
	p.check(r, choice(r, func(row *refresh.Row) bool {
		return row.Side == refresh.Source && row.After != nil && strings.HasPrefix(row.After.DisplayName, "Married")
	}))
	p.clear()
	p.check(r, choice(r, all))
}

func TestSearch(t *testing.T) {
	r := sample()
	p := open(t, file(t, render(t, r)))
	keyed := func(key string) func(*refresh.Row) bool {
		return func(row *refresh.Row) bool { return strings.HasPrefix(row.Key, key) }
	}
	for _, tc := range []struct {
		name, reason string
		words        string
		want         func(*refresh.Row) bool
	}{
		{"key", "a key that begins others finds these too", "row-33", keyed("row-33")},
		{"name", "any spelling of letters", "NÚÑEZ 119", keyed("row-119")},
		{"address", "the present one", "new.name22@fabrikam.example", func(row *refresh.Row) bool { return row.Key == "row-22" && row.Side == refresh.Source }},
		{"former address", "what it was", strings.ToUpper(string(who(22, refresh.Source, "contoso.example").Primary)),
			func(row *refresh.Row) bool { return row.Key == "row-22" && row.Side == refresh.Source }},
		{"alias", "one that came", "p21@", func(row *refresh.Row) bool { return false }},
		{"error", "what the server said", "shutting down", func(row *refresh.Row) bool { return row.Cause == refresh.CauseFailed }},
		{"identity", "the whole of it", string(who(8, refresh.Source, "x").ID), func(row *refresh.Row) bool { return row.Key == "row-8" && row.Side == refresh.Source }},
		{"nothing", "no row has it", "nobody@nowhere", func(*refresh.Row) bool { return false }},
		{"a pattern", "the words are no pattern", ".*", func(*refresh.Row) bool { return false }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p.t = t
			p.search(tc.words)
			p.check(r, choice(r, tc.want))
		})
	}
	p.t = t
}

// TestLinks presses the counts, groups and cells of the matrix: the table shows the rows that each stands for.
func TestLinks(t *testing.T) {
	r := sample()
	p := open(t, file(t, render(t, r)))
	n := eval[int](p, `(window.links = Array.from(document.querySelectorAll('main button[data-side], button[data-case]'))).length`)
	if n < 30 {
		t.Errorf("%d links, want many", n)
	}
	for i := range n {
		link := fmt.Sprintf(`window.links[%d]`, i)
		eval[struct{}](p, `document.activeElement.blur(), `+link+`.click()`)
		p.until(`document.activeElement.id === 'table'`)
		// What is written on a group is its number and more; on a count it stands beside it.
		want := eval[string](p, fmt.Sprintf(`(() => { const b = %s; return b.dataset.case ? b.closest('article').querySelector('.n').textContent
			: b.dataset.from ? b.textContent : b.closest('tr').querySelector('td').textContent; })()`, link))
		if got, _, _ := strings.Cut(p.text("#count"), " "); got != want {
			t.Errorf("%s: %s rows shown, want %s", eval[string](p, link+`.outerHTML`), got, want)
		}
	}
	p.press("#clear")
	p.until(`document.getElementById('count').textContent.startsWith('660 ')`)
}
