package ldapconn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestSightInEveryDomain: a reader who sees nobody of one domain cannot tell who is missing, whatever the others show.
func TestSightInEveryDomain(t *testing.T) {
	for _, blind := range []string{"source.example", "sub.source.example"} {
		f := twoDomains(t, nil)
		ids := asIDs(f.IDs())
		suffix := f.SuffixOf(blind)
		f.SetRights(ldaptest.Reader, ldaptest.Rights{Hides: func(o ldaptest.Object) bool {
			return o.Person() && strings.HasSuffix(o.DN(), ",OU=People,"+suffix)
		}})
		for name, change := range map[string]func(*ldapconn.Config){
			"catalog": func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} },
			"domains": func(c *ldapconn.Config) { c.Domains = []string{f.DC("sub.source.example", 0).TLSAddr} },
		} {
			got, err := resolve(t.Context(), t, openForest(t, f, ldaptest.Reader, change), ids...)
			must(t, err)
			if n := count(got); n.NotFound != 0 || n.Found == 0 || n.Failed == 0 {
				t.Errorf("%s hidden, %s: %+v", blind, name, n)
			}
		}
	}
}

// TestEmptyDomain: a domain that is said to have no mailboxes need not show one.
func TestEmptyDomain(t *testing.T) {
	f := twoDomains(t, func(c *ldaptest.Config) { c.Domains[1].People = nil })
	catalog := func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} }
	for _, tt := range []struct {
		name, reason string
		empty        []string
		want         tally
	}{
		{"not said", "they may be hidden", nil, tally{Failed: 1}},
		{"by DNS name", "there are none", []string{"SUB.source.example"}, tally{NotFound: 1}},
		{"by DN", "there are none", []string{f.SuffixOf("sub.source.example")}, tally{NotFound: 1}},
		{"another one", "it says nothing of this one", []string{"source.example"}, tally{Failed: 1}},
	} {
		c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { catalog(c); c.Empty = tt.empty })
		got, err := resolve(t.Context(), t, c, refresh.ID(f.Never()))
		must(t, err)
		if diff := cmp.Diff(tt.want, count(got)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s%v", tt.name, tt.reason, diff, got[0].Err())
		}
	}
}

// TestSightIsSomebody: contacts and groups have addresses, and are often shown to everybody. They show no mailbox.
func TestSightIsSomebody(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(5, "source.example")})
	ids := asIDs(f.IDs())
	contact, err := f.Put("", ldaptest.Person{UID: "c", Class: ldaptest.Contact, Type: ldaptest.MailContact, Mail: []string{"c@elsewhere.example"}, Proxies: []string{"SMTP:c@elsewhere.example"}})
	must(t, err)
	f.SetRights(ldaptest.Reader, ldaptest.Rights{Hides: func(o ldaptest.Object) bool { return o.Person() && o.ID() != contact }})
	got, err := resolve(t.Context(), t, openForest(t, f, ldaptest.Reader, nil), append(ids, refresh.ID(contact))...)
	must(t, err)
	if diff := cmp.Diff(tally{Found: 1, Failed: 5}, count(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRejectedOnce: rejected credentials are tried once in a call, whatever there is to connect to, and again in the next one.
func TestRejectedOnce(t *testing.T) {
	f := twoDomains(t, nil)
	c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) {
		c.Replicas = []string{f.DCs[1].TLSAddr}
		c.Catalogs = []string{f.DCs[0].CatalogTLSAddr, f.DCs[1].CatalogTLSAddr}
		c.Domains = []string{f.DC("sub.source.example", 0).TLSAddr}
	})
	f.SetPassword(ldaptest.Reader, "another", true)
	before := f.Counts().Refused
	got, err := resolve(t.Context(), t, c, append(asIDs(f.IDs()), refresh.ID(f.Never()))...)
	for _, l := range got {
		if !errors.Is(err, refresh.ErrCredentials) && !errors.Is(l.Err(), refresh.ErrCredentials) {
			t.Fatalf("%v, %v", err, l.Err())
		}
	}
	if n := f.Counts().Refused - before; n != 1 {
		t.Errorf("%d binds were refused in one call", n)
	}
	f.SetPassword(ldaptest.Reader, ldaptest.Password, false)
	got, err = resolve(t.Context(), t, c, asIDs(f.IDs())...)
	must(t, err)
	if n := count(got); n.Found != len(got) {
		t.Errorf("when the password is right again: %+v", n)
	}
}
