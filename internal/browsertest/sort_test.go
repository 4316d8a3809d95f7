package browsertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestSort sorts by each column, both ways, with and without a filter.
func TestSort(t *testing.T) {
	r := sample()
	p := open(t, file(t, render(t, r)))
	moved := func(row *refresh.Row) bool { return row.Outcome == refresh.Refreshed }
	for _, tc := range []struct {
		column string
		order  func(a, b *refresh.Row) int
	}{
		{"outcome", reading(r)},
		{"side", alphabetical(func(row *refresh.Row) string { return row.Side.String() })},
		{"key", alphabetical(func(row *refresh.Row) string { return row.Key })},
		{"name", alphabetical(func(row *refresh.Row) string { return row.Now().DisplayName })},
		{"address", alphabetical(address)},
	} {
		t.Run(tc.column, func(t *testing.T) {
			p.t = t
			p.clear()
			press := fmt.Sprintf(`document.querySelector('th button[data-sort="%s"]').click()`, tc.column)
			if tc.column != "outcome" { // by which the table is sorted at first
				p.after(press)
			}
			for _, way := range []string{"ascending", "descending"} {
				if way == "descending" {
					p.after(press)
				}
				sorted := eval[[]string](p, `Array.from(document.querySelectorAll('th[aria-sort]'), (th) => th.querySelector('button').dataset.sort + ' ' + th.ariaSort)`)
				if !slices.Equal(sorted, []string{tc.column + " " + way}) {
					t.Errorf("the table says that it is sorted by %q", sorted)
				}
				for _, keep := range []func(*refresh.Row) bool{all, moved} {
					want := choice(r, keep, tc.order)
					if way == "descending" {
						slices.Reverse(want)
					}
					p.check(r, want)
					p.tick(refresh.Refreshed)
				}
			}
		})
	}
	p.t = t
}

// TestPager turns pages with the mouse and by number.
func TestPager(t *testing.T) {
	r := sample()
	p := open(t, file(t, render(t, r)))
	want := namesOf(choice(r, all))
	at := func(page int) {
		t.Helper()
		got := eval[[]rowName](p, `Array.from(document.querySelectorAll('#rows tbody tr'), (tr) => ({ Key: tr.dataset.key, Side: tr.dataset.side }))`)
		if from := 100 * (page - 1); !slices.Equal(got, want[from:min(from+100, len(want))]) {
			t.Errorf("page %d shows other rows", page)
		}
		if n := eval[int](p, `Number(document.getElementById('page').value)`); n != page {
			t.Errorf("the page is called %d, want %d", n, page)
		}
	}
	at(1)
	p.press("#next")
	at(2)
	p.press("#next")
	at(3)
	p.press("#prev")
	at(2)
	for asked, page := range map[int]int{7: 7, 99: 7, -1: 1} {
		eval[struct{}](p, fmt.Sprintf(`document.getElementById('page').value = %d, document.getElementById('page').dispatchEvent(new Event('change'))`, asked))
		at(page)
	}
	if !eval[bool](p, `document.getElementById('prev').disabled && !document.getElementById('next').disabled || document.getElementById('page').value !== '1'`) {
		t.Error("before the first page there is another")
	}
}
