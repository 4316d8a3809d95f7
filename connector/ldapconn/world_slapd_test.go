package ldapconn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/faultproxy"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// slapd is a real OpenLDAP server with the hands of its administrator.
type slapd struct {
	t        *testing.T
	s        *slapdtest.Server
	security ldapconn.Security
	dns      map[refresh.ID]string // where each entry is
	logins   map[refresh.ID]string
	nevers   int
	other    *ldaptest.Forest  // of the same name; nil until it is needed
	equal    *slapdtest.Server // a foreign one; nil until it is needed
}

// slapdWorld starts a server that the connector reaches by LDAPS or StartTLS.
func slapdWorld(t *testing.T, security ldapconn.Security) *world {
	h := &slapd{t: t, s: slapdtest.Run(t, slapdtest.Config{People: slapdtest.People(1, "resident.example")}), security: security, dns: map[refresh.ID]string{}, logins: map[refresh.ID]string{}}
	return &world{
		World: connectortest.World{
			Patience:  3 * time.Second, // on a busy machine
			Many:      1234,
			Malformed: malformedUUIDs,
			Connect:   h.opener(slapdtest.Reader),
			Blind:     h.opener(slapdtest.Blind),
			Masked:    h.opener(slapdtest.Veiled),
			Veiled:    h.opener(slapdtest.Unsure),
			Foreign:   h.foreign,
			Put:       h.put,
			PutTwin:   h.put,
			Update:    h.update,
			Delete:    func(id refresh.ID) error { return h.s.Delete(h.dns[id]) },
			Never: func() refresh.ID {
				h.nevers++
				return refresh.ID(fmt.Sprintf("ffffffff-ffff-4fff-8fff-%012x", h.nevers))
			},
			AddForeign: func(id refresh.ID) error { return h.s.Append(h.dns[id], "proxyAddresses", foreign()...) },
			Spoil:      func(id refresh.ID) error { return h.s.Append(h.dns[id], "proxyAddresses", spoilt) },
			Cut:        func(n int) (refresh.Connector, error) { return h.faulty(faultproxy.Fault{Messages: n}) },
			Stall:      func() (refresh.Connector, error) { return h.faulty(faultproxy.Fault{How: faultproxy.Stall}) },
			Outage:     h.s.Stop,
		},
		Rename:   func(id refresh.ID, name string) error { return h.move(id, "cn="+name+"+uid="+h.logins[id], "") },
		Relocate: h.relocate,
		As:       func(account string) func() (refresh.Connector, error) { return h.opener(slapdtest.Account(account)) },
	}
}

func (h *slapd) opener(a slapdtest.Account) func() (refresh.Connector, error) {
	cfg := config(h.s, a)
	if cfg.Security = h.security; h.security == ldapconn.StartTLS {
		cfg.Server = h.s.Addr
	}
	return func() (refresh.Connector, error) { return connect(h.t, cfg, nil) }
}

// foreign connects to another server of an equal directory.
func (h *slapd) foreign() (refresh.Connector, error) {
	if h.equal == nil {
		h.equal = slapdtest.Run(h.t, slapdtest.Config{People: slapdtest.People(1, "source.example")})
	}
	return connect(h.t, config(h.equal, slapdtest.Reader), nil)
}

func (h *slapd) put(m refresh.Mailbox) (refresh.Mailbox, error) {
	err := h.s.Add(slapdtest.Person{UID: m.Login, Surname: "Last", Name: m.DisplayName, Mail: []string{string(m.Primary)}, Proxies: proxies(m)})
	if err != nil {
		return m, err
	}
	dn := h.s.PersonDN(m.Login)
	id, err := h.s.Lookup(dn)
	m.ID, m.Kind = refresh.ID(strings.ToLower(id)), refresh.KindUser
	h.dns[m.ID], h.logins[m.ID] = dn, m.Login
	return m, err
}

func (h *slapd) update(m refresh.Mailbox) (refresh.Mailbox, error) {
	if m.Login != h.logins[m.ID] {
		// In a swap the other one has the name still; the server does not mind an RDN that is no address.
		if err := h.move(m.ID, "uid="+m.Login, ""); err != nil {
			return m, err
		}
		h.logins[m.ID] = m.Login
	}
	m.Kind = refresh.KindUser
	for attr, values := range map[string][]string{"mail": {string(m.Primary)}, "proxyAddresses": proxies(m), "displayName": {m.DisplayName}} {
		if err := h.s.Replace(h.dns[m.ID], attr, values...); err != nil {
			return m, err
		}
	}
	return m, nil
}

// move gives an entry a new RDN, and a new parent unless that is empty.
func (h *slapd) move(id refresh.ID, rdn, parent string) error {
	if err := h.s.Rename(h.dns[id], rdn, parent); err != nil {
		return err
	}
	if parent == "" {
		_, parent, _ = strings.Cut(h.dns[id], ",")
	}
	h.dns[id] = rdn + "," + parent
	return nil
}

// relocate moves an entry into an organizational unit that is made for it.
func (h *slapd) relocate(id refresh.ID) error {
	ou, err := h.s.AddOU(fmt.Sprintf("Branch %d", len(h.dns)))
	if err != nil {
		return err
	}
	rdn, _, _ := strings.Cut(h.dns[id], ",")
	return h.move(id, rdn, ou)
}
