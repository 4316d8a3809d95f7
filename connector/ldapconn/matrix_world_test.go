package ldapconn_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// realmKind is one of the directories that the fault matrix runs on.
type realmKind uint8

const (
	inForest  realmKind = iota // Active Directory: two domains, a replica, a global catalog, TLS
	inDomains                  // the same forest with a server of each domain, and without the rest
	alone                      // Active Directory: one domain controller
	plainDir                   // OpenLDAP
)

var realmKinds = []realmKind{inForest, inDomains, alone, plainDir}

func (k realmKind) String() string {
	return []string{"forest", "domains", "one DC", "OpenLDAP"}[k]
}

// The sizes of a world. A look-up of everybody takes several searches, a listing several pages.
const (
	homePeople  = 88
	childPeople = 14
	pageOf      = 50 // entries that a server gives at most
	valuesOf    = 4  // values of an attribute that Active Directory gives at a time
)

// realm is a directory of which everything is known.
type realm struct {
	kind   realmKind
	forest *ldaptest.Forest
	ids    []refresh.ID
	truth  map[refresh.ID]refresh.Mailbox // by ID; who is not in it is gone, or never was there
	addrs  []refresh.Address
	holder map[string]refresh.ID // by folded address
	pin    string
	domain []refresh.Domain      // the accepted ones
	usual  map[operation][]usage // what a call costs each server
}

// usage is what one call asks of one server.
type usage struct{ searches, messages, bytes, conns int }

// account is who reads: on Active Directory somebody who may see what is deleted, in the larger world.
func (k realmKind) account() ldaptest.Account {
	if k == inForest || k == inDomains {
		return ldaptest.Auditor
	}
	return ldaptest.Reader
}

// config connects to the world with everything that it offers.
func (w *realm) config(a ldaptest.Account) ldapconn.Config {
	dc := w.forest.DCs
	switch w.kind {
	case inForest:
		return ldapconn.Config{
			Server: dc[0].TLSAddr, Replicas: []string{dc[1].TLSAddr}, Catalogs: []string{dc[1].CatalogTLSAddr, dc[0].CatalogTLSAddr},
			TLS: &tls.Config{RootCAs: w.forest.Roots}, User: w.forest.UPN(a), Password: ldaptest.Password,
		}
	case inDomains:
		return ldapconn.Config{Server: dc[0].Addr, Domains: []string{dc[2].Addr}, User: w.forest.UPN(a), Password: ldaptest.Password}
	}
	return ldapconn.Config{Server: dc[0].Addr, User: w.forest.DN(a), Password: ldaptest.Password}
}

func (w *realm) open(ctx context.Context, a ldaptest.Account, timeout time.Duration) (*ldapconn.Connector, error) {
	return ldapconn.Open(ctx, w.config(a), &ldapconn.Options{Timeout: timeout, InsecureClearText: w.kind != inForest})
}

// servers are the host:port of every server that may be named in an error.
func (w *realm) servers() []string {
	var out []string
	for _, d := range w.forest.DCs {
		out = append(out, d.Addr, d.TLSAddr, d.CatalogAddr, d.CatalogTLSAddr)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// directory says how the world of a kind is built.
func (k realmKind) directory() ldaptest.Config {
	people := ldaptest.People(homePeople, "source.example")
	for _, i := range []int{3, 70} { // addresses that come in ranges
		for n := range 2 * valuesOf {
			people[i].Proxies = append(people[i].Proxies, fmt.Sprintf("smtp:more%d.%d@source.example", i, n))
		}
	}
	cfg := ldaptest.Config{MaxPageSize: pageOf, MaxValRange: valuesOf, AcceptedDomains: []string{"source.example"}}
	switch k {
	case inForest, inDomains:
		cfg.RecycleBin = true
		cfg.Domains = []ldaptest.Domain{
			{Name: "source.example", Controllers: 2, People: people},
			{Name: "sub.source.example", People: inChild(childPeople)},
		}
	case alone:
		cfg.People = people
	case plainDir:
		cfg.System, cfg.People = ldaptest.OpenLDAP, people
	}
	return cfg
}

// goneOf are the people who were deleted.
func goneOf(i int) bool {
	return i == 0 || i == 49 || i == 60 || i == homePeople-1 || i == homePeople+3
}

// build makes a world and learns what is true in it. With an error, too, the caller stops its forest.
func (k realmKind) build(ctx context.Context) (*realm, error) {
	f, err := ldaptest.Start(k.directory())
	if err != nil {
		return nil, err
	}
	w := &realm{kind: k, forest: f, truth: map[refresh.ID]refresh.Mailbox{}, holder: map[string]refresh.ID{}, usual: map[operation][]usage{}}
	w.heal()
	for i, id := range f.IDs() {
		p, _ := f.Get(id)
		_, alias, _ := strings.Cut(p.Proxies[1], ":")
		w.ids = append(w.ids, refresh.ID(id))
		switch {
		case goneOf(i):
			err = errors.Join(err, f.Delete(id))
			w.addrs = append(w.addrs, refresh.Address(p.Mail[0]))
			continue
		case i%5 == 1:
			w.addrs = append(w.addrs, refresh.Address(p.Mail[0]), refresh.Address(alias))
			w.holder[p.Mail[0]], w.holder[alias] = refresh.ID(id), refresh.ID(id)
		case i == 20 && k != plainDir: // an account whose mailbox was disabled
			err = errors.Join(err, f.DisableMailbox(id))
		}
		w.truth[refresh.ID(id)] = refresh.Mailbox{} // until it is read
	}
	w.addrs = append(w.addrs, "nobody@source.example", "nobody@sub.source.example")
	for range 3 {
		w.ids = append(w.ids, refresh.ID(f.Never()))
	}
	return w, errors.Join(err, w.learn(ctx))
}
