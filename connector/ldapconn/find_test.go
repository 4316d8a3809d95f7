package ldapconn_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

func TestFind(t *testing.T) {
	people := append(slapdtest.People(40, "source.example"),
		slapdtest.Person{UID: "two1", ID: uuidOf(1), Mail: []string{"twice@source.example"}},
		slapdtest.Person{UID: "two2", ID: uuidOf(2), Proxies: []string{"SMTP:two@source.example", "smtp:Twice@source.example"}},
		slapdtest.Person{UID: "idn", ID: uuidOf(3), Proxies: []string{"SMTP:a@xn--bcher-kva.example"}},
		slapdtest.Person{UID: "bad", ID: uuidOf(4), Proxies: []string{"SMTP:bad@source.example", "SMTP:worse@source.example"}},
		slapdtest.Person{UID: "login@source.example", ID: uuidOf(5), Proxies: []string{"SMTP:l@source.example"}},
		slapdtest.Person{UID: "odd", ID: uuidOf(6), Proxies: []string{`SMTP:o(*)\d@source.example`}},
		slapdtest.Person{UID: "space", ID: uuidOf(7), Mail: []string{"a+b@source.example"}},
	)
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	cfg := config(s, slapdtest.Reader)
	cfg.Base = "cn=reader," + s.Suffix // a listing base, which Find must ignore
	c := open(t, cfg, nil)
	cases := []struct {
		addr   refresh.Address
		want   string
		reason string
	}{
		{"user000007@source.example", people[7].ID, "the primary address"},
		{"First7.LAST7@Source.Example", people[7].ID, "an alias in another spelling"},
		{"twice@source.example", uuidOf(1) + " " + uuidOf(2), "two objects hold it"},
		{"a@bücher.example", uuidOf(3), "the domain's other form"},
		{"bad@source.example", "failed: malformed value in proxyAddresses[1]: it is a second primary address", "an object holds it, but which mailbox that is is not clear"},
		{"login@source.example", uuidOf(5), "the login"},
		{`o(*)\d@source.example`, uuidOf(6), "escaped in the filter"},
		{"*@source.example", "", "no wildcard"},
		{"a@source.example", "", "plus tags are part of the address"},
		{"nobody@source.example", "", "nobody"},
		{"no address", "failed: malformed value in address to look for: the address contains a space, control or direction character", ""},
		{"a\xff@source.example", "failed: malformed value in address to look for: the address is not UTF-8", ""},
	}
	addrs := make([]refresh.Address, len(cases))
	for i, tt := range cases {
		addrs[i] = tt.addr
	}
	got := make([]string, len(addrs))
	must(t, c.Find(t.Context(), addrs, func(i int, f refresh.Finding) {
		if got[i] != "" {
			t.Errorf("index %d is answered twice", i)
		}
		got[i] = findingWord(f)
	}))
	for i, tt := range cases {
		if diff := cmp.Diff(tt.want, got[i]); diff != "" {
			t.Errorf("%q: %s (-want +got):\n%s", tt.addr, tt.reason, diff)
		}
	}
}

func findingWord(f refresh.Finding) string {
	hits, ok := f.Mailboxes()
	if !ok {
		return fmt.Sprintf("failed: %v", f.Err())
	}
	var ids []string
	for _, h := range hits {
		ids = append(ids, string(h.ID))
	}
	slices.Sort(ids)
	out := ""
	for i, id := range ids {
		if i > 0 {
			out += " "
		}
		out += id
	}
	return out
}

func TestFindRights(t *testing.T) {
	people := slapdtest.People(20, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	for _, account := range []slapdtest.Account{slapdtest.Blind, slapdtest.Veiled, slapdtest.NoID, slapdtest.Frail} {
		c := open(t, config(s, account), nil)
		must(t, c.Find(t.Context(), []refresh.Address{"user000001@source.example", "nobody@source.example"}, func(i int, f refresh.Finding) {
			if hits, ok := f.Mailboxes(); ok && len(hits) == 0 {
				t.Errorf("%s: index %d: a reader who cannot see says that nobody holds the address", account, i)
			}
			if account == slapdtest.Blind && !errors.Is(f.Err(), refresh.ErrNotVisible) {
				t.Errorf("%s: index %d: %v, want ErrNotVisible", account, i, f.Err())
			}
		}))
	}
}
