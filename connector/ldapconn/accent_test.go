package ldapconn_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestFindAccent: Active Directory shows an address with accents where one without was asked for, and the other way round. That is
// no holder, and no reason to doubt the server.
func TestFindAccent(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{Record: true, People: ldaptest.People(40, "source.example")})
	ids := f.IDs()
	must(t, f.Replace(ids[0], "userPrincipalName", "jürgen@source.example"))
	must(t, f.SetAddresses(ids[0], []string{"jurgen@source.example"}, []string{"SMTP:jurgen@source.example"}))
	must(t, f.Replace(ids[1], "userPrincipalName", "müller@source.example"))
	must(t, f.SetAddresses(ids[2], []string{"soren@source.example"}, []string{"SMTP:soren@source.example"}))
	cases := []struct {
		addr   refresh.Address
		want   string
		reason string
	}{
		{"muller@source.example", "", "the server shows the one with the accent"},
		{"müller@source.example", ids[1], "as it is written"},
		{"Jurgen@source.example", ids[0], "an address of somebody whose login differs by the accent"},
		{"jürgen@source.example", ids[0], "the login"},
		{"sörén@source.example", "", "the server shows the one without accents"},
	}
	var addrs []refresh.Address
	for _, tt := range cases {
		addrs = append(addrs, tt.addr)
	}
	for i := range 30 {
		addrs = append(addrs, refresh.Address(fmt.Sprintf("nobody%d@source.example", i)))
	}
	got := make([]string, len(addrs))
	must(t, openForest(t, f, ldaptest.Reader, nil).Find(t.Context(), addrs, func(i int, fd refresh.Finding) { got[i] = findingWord(fd) }))
	for i, a := range addrs {
		want, reason := "", "nobody has it"
		if i < len(cases) {
			want, reason = cases[i].want, cases[i].reason
		}
		if diff := cmp.Diff(want, got[i]); diff != "" {
			t.Errorf("%q: %s (-want +got):\n%s", a, reason, diff)
		}
	}
	conns := map[int]bool{}
	for _, r := range f.Requests() {
		conns[r.Conn] = true
	}
	if len(conns) != 1 {
		t.Errorf("%d connections were made to a server that is well", len(conns))
	}
}
