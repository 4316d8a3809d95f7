package ldapconn_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestForestCover: what it takes to find a mailbox of another domain, and to prove that one is nowhere.
func TestForestCover(t *testing.T) {
	f := twoDomains(t, nil)
	child := f.DC("sub.source.example", 0)
	ids := asIDs(f.IDs())
	gone := refresh.ID(f.Never())
	const none = -100
	for _, tt := range []struct {
		name, reason string
		account      ldaptest.Account
		change       func(*ldapconn.Config)
		want         tally // of nine mailboxes, three of them in the child, and one that never was
		list         int   // entries; negative when the list must end with an error, none when nobody is seen
	}{
		{"one domain", "the others are not asked, so nothing is proven", ldaptest.Reader, nil, tally{Found: 6, Failed: 4}, -6},
		{"catalog", "it knows every domain", ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} }, tally{Found: 9, NotFound: 1}, 9},
		{"domains", "each domain is asked by itself", ldaptest.Reader, func(c *ldapconn.Config) { c.Domains = []string{child.TLSAddr} }, tally{Found: 9, NotFound: 1}, 9},
		{"both", "the catalog only for what the domains do not have", ldaptest.Reader, func(c *ldapconn.Config) {
			c.Domains, c.Catalogs = []string{child.TLSAddr}, []string{f.DCs[0].CatalogTLSAddr}
		}, tally{Found: 9, NotFound: 1}, 9},
		{"the home domain again", "it covers nothing more", ldaptest.Reader, func(c *ldapconn.Config) { c.Domains = []string{f.DCs[1].TLSAddr} }, tally{Found: 6, Failed: 4}, -6},
		{"no catalog's port", "it would leave the other domain out", ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[1].TLSAddr} }, tally{Found: 6, Failed: 4}, -6},
		{"dead catalog", "an outage proves nothing", ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = []string{"127.0.0.1:1"} }, tally{Found: 6, Failed: 4}, -6},
		{"dead catalog beside domains", "the domains are enough", ldaptest.Reader, func(c *ldapconn.Config) {
			c.Domains, c.Catalogs = []string{child.TLSAddr}, []string{"127.0.0.1:1"}
		}, tally{Found: 9, NotFound: 1}, 9},
		{"dead domain beside a catalog", "the catalog is enough", ldaptest.Reader, func(c *ldapconn.Config) {
			c.Domains, c.Catalogs = []string{"127.0.0.1:1"}, []string{child.CatalogTLSAddr}
		}, tally{Found: 9, NotFound: 1}, 9},
		{"blind", "who sees nobody cannot tell", ldaptest.Blind, func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} }, tally{Failed: 10}, none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := openForest(t, f, tt.account, tt.change)
			got, err := resolve(t.Context(), t, c, append(ids[:len(ids):len(ids)], gone)...)
			must(t, err)
			if diff := cmp.Diff(tt.want, count(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s%v", tt.reason, diff, got[len(ids)].Err())
			}
			n := 0
			for _, err = range c.List(t.Context()) {
				if err == nil {
					n++
				}
			}
			switch {
			case tt.list == none:
				if !errors.Is(err, refresh.ErrNotVisible) || n != 0 {
					t.Errorf("List: %d entries, %v", n, err)
				}
			case tt.list < 0 && (err == nil || n != -tt.list):
				t.Errorf("List: %d entries, %v", n, err)
			case tt.list >= 0 && (err != nil || n != tt.list):
				t.Errorf("List: %d entries, %v; want %d", n, err, tt.list)
			}
		})
	}
}

// TestForestOtherForest: a catalog of another forest is refused, and says nothing.
func TestForestOtherForest(t *testing.T) {
	f, other := twoDomains(t, nil), twoDomains(t, func(c *ldaptest.Config) {
		c.Domains[0].Name, c.Domains[1].Name = "other.example", "sub.other.example"
	})
	for p := range 2 {
		cfg := forestConfig(f, ldaptest.Reader)
		cfg.TLS.RootCAs, cfg.TLS.InsecureSkipVerify = nil, true // each forest has its own authority
		if p == 0 {
			cfg.Catalogs = []string{other.DCs[0].CatalogTLSAddr}
		} else {
			cfg.Domains = []string{other.DC("sub.other.example", 0).TLSAddr}
		}
		c := open(t, cfg, nil)
		got, err := resolve(t.Context(), t, c, asIDs(f.IDs())[7], refresh.ID(f.Never()))
		must(t, err)
		if n := count(got); n.Failed != 2 {
			t.Errorf("%+v", n)
		}
	}
}

// TestForestFind: an address is looked for in every domain.
func TestForestFind(t *testing.T) {
	f := twoDomains(t, nil)
	c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} })
	ids := f.IDs()
	home, _ := f.Get(ids[0])
	there, _ := f.Get(ids[7])
	must(t, f.SetAddresses(ids[8], []string{home.Mail[0]}, []string{"SMTP:" + home.Mail[0]})) // held in both domains
	want := map[int]int{0: 2, 1: 1, 2: 0}
	err := c.Find(t.Context(), []refresh.Address{refresh.Address(home.Mail[0]), refresh.Address(there.Mail[0]), "nobody@source.example"}, func(i int, fd refresh.Finding) {
		hits, ok := fd.Mailboxes()
		if !ok || len(hits) != want[i] {
			t.Errorf("address %d: %d hits, %v; want %d", i, len(hits), fd.Err(), want[i])
		}
	})
	must(t, err)
}

// TestForestMove: a mailbox that moves to another domain is the same one.
func TestForestMove(t *testing.T) {
	f := twoDomains(t, nil)
	id := f.IDs()[2]
	must(t, f.MoveDomain(id, "sub.source.example", ""))
	with := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} })
	got, err := resolve(t.Context(), t, with, refresh.ID(id))
	must(t, err)
	if m, ok := got[0].Mailbox(); !ok || m.ID != refresh.ID(id) || m.Instance == "" {
		t.Errorf("with a catalog: %s", word(got[0]))
	}
	without := openForest(t, f, ldaptest.Reader, nil)
	if got, err = resolve(t.Context(), t, without, refresh.ID(id)); err != nil || !errors.Is(got[0].Err(), refresh.ErrOutOfScope) {
		t.Errorf("without: %s, %v", word(got[0]), err)
	}
}
