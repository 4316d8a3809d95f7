package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// many returns a result of n rows such as a large migration has: 5,000 people moved, a dozen of them renamed, most others got one alias, some
// are missing, and the targets are as they were.
func many(n int) *refresh.Result {
	const stamp = "stamped.fabrikam.example"
	rows := make([]refresh.Row, 0, n)
	for i := 1; len(rows) < n; i++ {
		var row refresh.Row
		switch {
		case i <= 12:
			row = renamed(i, refresh.Source, "contoso.example", "fabrikam.example")
		case i <= 42:
			row = gone(i, refresh.Source, refresh.ReasonGone, refresh.Evidence{Proof: refresh.ProofTombstone})
		case i <= 5042:
			row = switched(i, refresh.Source, "contoso.example", "fabrikam.example")
		case i%9 == 0:
			row = newRow(i, refresh.Source, refresh.NotChanged, who(i, refresh.Source, fmt.Sprintf("site%d.contoso.example", i%40)))
		default:
			row = newRow(i, refresh.Source, refresh.Refreshed, who(i, refresh.Source, "contoso.example"))
			after := row.Before
			after.Aliases = append(append([]refresh.Address(nil), after.Aliases...), refresh.Address(fmt.Sprintf("p%d@%s", i, stamp)))
			row.After, row.Reasons = &after, refresh.ReasonsOf(refresh.ReasonAliases)
		}
		rows = append(rows, row, newRow(i, refresh.Target, refresh.NotChanged, who(i, refresh.Target, "fabrikam.example")))
	}
	return newResult(rows[:n])
}

// watch notes how long the page did not answer.
const watch = `window.longest = 0;
new PerformanceObserver((l) => { for (const e of l.getEntries()) longest = Math.max(longest, e.duration); }).observe({ type: 'longtask', buffered: true });`

// tries is how often the page may be slow: another program may have had the processor.
const tries = 3

// TestMany opens a page of 100,000 rows and uses it: nothing that it does takes more than a second at a stretch.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 rows")
	}
	r := many(100_000)
	began := time.Now()
	content := render(t, r)
	t.Logf("the page is written in %v: %.1f MB, %d bytes a row", time.Since(began).Round(time.Millisecond), float64(len(content))/1e6, len(content)/len(r.Rows))
	url := file(t, content)
	var slow []string
	for range tries {
		if slow = useMany(t, r, url); len(slow) == 0 {
			return
		}
	}
	t.Errorf("the page did not answer for more than a second, in the last of %d tries at %q", tries, slow)
}

// useMany returns what took more than a second at a stretch.
func useMany(t *testing.T, r *refresh.Result, url string) (slow []string) {
	t.Helper()
	var p *tab
	measure := func(what string, do func()) {
		t.Helper()
		began := time.Now()
		do()
		took := time.Since(began)
		time.Sleep(150 * time.Millisecond) // what was seen is told a little later
		longest := time.Duration(eval[float64](p, `window.longest`) * float64(time.Millisecond))
		eval[struct{}](p, `window.longest = 0`)
		t.Logf("%-34s %6d ms in all, %4d ms at a stretch", what, took.Milliseconds(), longest.Milliseconds())
		if longest > time.Second {
			slow = append(slow, what)
		}
	}
	counts := func(want int) {
		t.Helper()
		if got, _, _ := strings.Cut(p.text("#count"), " "); strings.ReplaceAll(got, ",", "") != fmt.Sprint(want) {
			t.Errorf("%s rows shown, want %d", got, want)
		}
	}
	number := func(keep func(*refresh.Row) bool) int {
		return len(choice(r, keep, func(_, _ *refresh.Row) int { return 0 }))
	}

	measure("open", func() { p = open(t, url, onNewPage(watch)) })
	if got := p.text("#count"); got != "100,000 of 100,000 rows" {
		t.Errorf("the count says %q", got)
	}
	for _, o := range []refresh.Outcome{refresh.NotChanged, refresh.Missing} {
		measure("filter by "+o.String(), func() { p.tick(o) })
		counts(number(func(row *refresh.Row) bool { return row.Outcome == o }))
		measure("without it", func() { p.tick(o) })
	}
	measure("filter by other name before the @", func() { p.pick("reason", "other name before the @") })
	counts(12)
	measure("clear", p.clear)
	measure("filter by domain", func() { p.pick("domain", "contoso.example") })
	counts(number(func(row *refresh.Row) bool { return inDomain(row, "contoso.example") }))
	measure("clear", p.clear)
	measure("search for what most rows have", func() { p.search("stamped") })
	counts(number(func(row *refresh.Row) bool { return row.Reasons == refresh.ReasonsOf(refresh.ReasonAliases) }))
	measure("search for one row", func() { p.search("row-49999") })
	counts(2)
	measure("search for nobody", func() { p.search("nobody@nowhere") })
	counts(0)
	measure("clear", p.clear)
	for _, column := range []string{"name", "address", "key", "side", "outcome"} {
		press := fmt.Sprintf(`document.querySelector('th button[data-sort="%s"]').click()`, column)
		measure("sort by "+column, func() { p.after(press) })
		measure("the other way", func() { p.after(press) })
	}
	p.permit()
	measure("copy all", func() {
		p.press("#copy")
		p.until(`document.getElementById('said').textContent === '100,000 addresses copied'`)
	})
	done := slow // a page that is printed has to be whole at once
	measure("print", func() {
		eval[struct{}](p, `dispatchEvent(new Event('beforeprint')), dispatchEvent(new Event('afterprint'))`)
	})
	return done
}
