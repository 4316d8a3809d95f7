package ldapconn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestFindTainted: what a connection left out, before its protocol error and with it, is asked for on another one, and nothing more
// is asked on it.
func TestFindTainted(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{Record: true, People: ldaptest.People(40, "source.example")})
	c := open(t, forestConfig(f, ldaptest.Reader), &ldapconn.Options{Timeout: 5 * time.Second, InFlight: 1})
	addrs := []refresh.Address{"user000001@source.example"}
	for i := range 19 {
		addrs = append(addrs, refresh.Address(fmt.Sprintf("nobody%d@source.example", i)))
	}
	isFind := func(r ldaptest.Request) bool { return strings.Contains(strings.ToLower(r.Filter()), "smtp:") }
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Nth: 2, When: isFind, Do: ldaptest.Unasked})
	must(t, c.Find(t.Context(), addrs, func(i int, fd refresh.Finding) {
		if hits, ok := fd.Mailboxes(); !ok || (len(hits) == 1) != (i == 0) {
			t.Errorf("address %d, of the answer %d: %d holders, %v", i, 1+i/10, len(hits), fd.Err())
		}
	}))
	first, finds := 0, 0
	for _, r := range f.Requests() {
		if !isFind(r) {
			continue
		}
		if first == 0 {
			first = r.Conn
		}
		if r.Conn == first {
			finds++
		}
	}
	if finds != 2 {
		t.Errorf("%d searches on the connection whose second answer broke the protocol", finds)
	}
	if n := f.DCs[0].Struck(); n != 1 {
		t.Errorf("the fault struck %d times", n)
	}
}
