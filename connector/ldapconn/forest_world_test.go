package ldapconn_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// twoDomains is a forest with people in both domains, two servers in the first one and one in the child.
func twoDomains(t testing.TB, change func(*ldaptest.Config)) *ldaptest.Forest {
	t.Helper()
	cfg := ldaptest.Config{RecycleBin: true, Record: true, Domains: []ldaptest.Domain{
		{Name: "source.example", Controllers: 2, People: ldaptest.People(6, "source.example")},
		{Name: "sub.source.example", People: inChild(3)},
	}}
	if change != nil {
		change(&cfg)
	}
	return ldaptest.Run(t, cfg)
}

// inChild returns people of the child domain.
func inChild(n int) []ldaptest.Person {
	people := ldaptest.People(n+100, "sub.source.example")[100:]
	for i := range people {
		people[i].ID = ""
	}
	return people
}

// forestConfig connects to the first server of the first domain.
func forestConfig(f *ldaptest.Forest, a ldaptest.Account) ldapconn.Config {
	return ldapconn.Config{Server: f.DCs[0].TLSAddr, TLS: &tls.Config{RootCAs: f.Roots}, User: f.UPN(a), Password: ldaptest.Password}
}

func openForest(t testing.TB, f *ldaptest.Forest, a ldaptest.Account, change func(*ldapconn.Config)) *ldapconn.Connector {
	t.Helper()
	cfg := forestConfig(f, a)
	if change != nil {
		change(&cfg)
	}
	return open(t, cfg, &ldapconn.Options{Timeout: 5 * time.Second})
}

func asIDs(ids []string) []refresh.ID {
	out := make([]refresh.ID, len(ids))
	for i, id := range ids {
		out[i] = refresh.ID(id)
	}
	return out
}

// hidePeople keeps the people of one domain from the reader, wherever it looks.
func hidePeople(f *ldaptest.Forest, domain string) {
	suffix := ",ou=people," + strings.ToLower(f.SuffixOf(domain))
	f.SetRights(ldaptest.Reader, ldaptest.Rights{Hides: func(o ldaptest.Object) bool {
		return o.Person() && strings.HasSuffix(strings.ToLower(o.DN()), suffix)
	}})
}
