package ldapconn_test

import (
	"fmt"
	"testing"

	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestRanges: more values than the server answers at once are all read, by Resolve, Find and List.
func TestRanges(t *testing.T) {
	for _, n := range []int{1499, 1500, 1501, 3000, 4999} {
		people := ldaptest.People(3, "source.example")
		for i := len(people[1].Proxies); i < n; i++ {
			people[1].Proxies = append(people[1].Proxies, fmt.Sprintf("smtp:alias%d@source.example", i))
		}
		smtp := 0
		for _, p := range people[1].Proxies {
			if len(p) > 5 && (p[:5] == "smtp:" || p[:5] == "SMTP:") {
				smtp++
			}
		}
		f := ldaptest.Run(t, ldaptest.Config{People: people})
		c := openForest(t, f, ldaptest.Reader, nil)
		id := refresh.ID(f.IDs()[1])
		got, err := resolve(t.Context(), t, c, asIDs(f.IDs())...)
		must(t, err)
		m, _ := got[1].Mailbox()
		if len(m.Aliases)+1 != smtp {
			t.Errorf("%d values: Resolve read %d of %d addresses: %s", n, len(m.Aliases)+1, smtp, got[1].Err())
		}
		must(t, c.Find(t.Context(), []refresh.Address{refresh.Address("alias9@source.example")}, func(_ int, fd refresh.Finding) {
			if hits, _ := fd.Mailboxes(); len(hits) != 1 || len(hits[0].Aliases)+1 != smtp {
				t.Errorf("%d values: Find: %v", n, fd.Err())
			}
		}))
		for e, err := range c.List(t.Context()) {
			if must(t, err); e.ID == id && len(e.Aliases)+1 != smtp {
				t.Errorf("%d values: List read %d", n, len(e.Aliases)+1)
			}
		}
	}
}
