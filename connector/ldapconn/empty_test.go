package ldapconn_test

import (
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestEmptyRefused: what would keep a reader who sees nobody from being noticed is refused.
func TestEmptyRefused(t *testing.T) {
	openLDAP := (&fake{entries: openLDAPRoot()}).start(t)
	corp := (&fake{entries: []object{
		{"", map[string][]string{"structuralObjectClass": {"OpenLDAProotDSE"}, "namingContexts": {"o=corp"}}},
		{"o=corp", map[string][]string{"entryUUID": {"99999999-9999-4999-8999-999999999999"}}},
	}}).start(t)
	ad := adWorld(base).start(t)
	for _, tt := range []struct {
		name, reason string
		server       *fake
		empty        []string
		asked        bool // the server was
		ok           bool
	}{
		{"no name", "it is what splitting an empty text gives", ad, strings.Split("", ","), false, false},
		{"no name at the end", "it is what a comma too many gives", ad, []string{"source.example", ""}, false, false},
		{"no name, without DNS names", "a suffix that is not made of domain components has no DNS name", corp, []string{""}, false, false},
		{"OpenLDAP", "it has no forest", openLDAP, []string{"source.example"}, true, false},
		{"OpenLDAP, by DN", "it has no forest", openLDAP, []string{base}, true, false},
		{"Active Directory", "it is meant for it", ad, []string{"source.example"}, true, true},
		{"none", "nothing is said", openLDAP, nil, true, true},
	} {
		before := tt.server.accepted.Load()
		c, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: tt.server.addr, User: "reader", Password: "p", Empty: tt.empty}, &ldapconn.Options{InsecureClearText: true})
		if err == nil {
			must(t, c.Close())
		}
		if (err == nil) != tt.ok || (tt.server.accepted.Load() > before) != tt.asked {
			t.Errorf("%s: %v, connected %v: %s", tt.name, err, tt.server.accepted.Load() > before, tt.reason)
		}
	}
}

// TestEmptyHome: the home domain, too, may have no mailboxes.
func TestEmptyHome(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(3, "source.example")})
	hidePeople(f, "source.example")
	c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Empty = []string{"source.example"} })
	got, err := resolve(t.Context(), t, c, refresh.ID(f.Never()))
	must(t, err)
	if count(got) != (tally{NotFound: 1}) {
		t.Error(word(got[0]))
	}
}
