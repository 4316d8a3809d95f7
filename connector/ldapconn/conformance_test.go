package ldapconn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/faultproxy"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// world is a real slapd with the hands of its administrator.
type world struct {
	t      *testing.T
	s      *slapdtest.Server
	logins map[refresh.ID]string
	nevers int
}

// TestConformance holds the connector to the contract of package refresh, on a real OpenLDAP server.
func TestConformance(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.World {
		w := &world{t: t, s: slapdtest.Run(t, slapdtest.Config{}), logins: map[refresh.ID]string{}}
		return connectortest.World{
			Patience:  3 * time.Second, // on a busy machine
			Malformed: []refresh.ID{"no uuid", "*", "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA", "00000000-0000-4000-8000-000000000000)(uid=*"},
			Connect:   func() (refresh.Connector, error) { return w.as(slapdtest.Reader) },
			Blind:     func() (refresh.Connector, error) { return w.as(slapdtest.Blind) },
			Masked:    func() (refresh.Connector, error) { return w.as(slapdtest.Veiled) },
			Put:       w.put,
			PutTwin:   w.put,
			Update:    w.update,
			Delete:    func(id refresh.ID) error { return w.s.Delete(w.dn(id)) },
			Never: func() refresh.ID {
				w.nevers++
				return refresh.ID(fmt.Sprintf("ffffffff-ffff-4fff-8fff-%012x", w.nevers))
			},
			AddForeign: func(id refresh.ID) error {
				return w.addProxies(id, "X500:/o=Example/cn=x", "SIP:x@sip.example", "EUM:4711;phone-context=x")
			},
			Spoil: func(id refresh.ID) error { return w.addProxies(id, "SMTP:second@connectortest.example") },
			Cut:   func(n int) (refresh.Connector, error) { return w.faulty(faultproxy.Fault{Messages: n, Refuse: true}) },
			Stall: func() (refresh.Connector, error) {
				return w.faulty(faultproxy.Fault{How: faultproxy.Stall, Refuse: true})
			},
			Outage: w.s.Stop,
		}
	})
}

func (w *world) as(a slapdtest.Account) (refresh.Connector, error) {
	c, err := ldapconn.Open(w.t.Context(), config(w.s, a), nil)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// faulty opens a connection of its own proxy, on which the fault is armed once it is open.
func (w *world) faulty(f faultproxy.Fault) (refresh.Connector, error) {
	p := proxy(w.t, w.s.Addr)
	c, err := through(w.t, p, w.s, slapdtest.Reader, time.Minute)
	if err != nil {
		return nil, err
	}
	p.Arm(f)
	return c, nil
}

func (w *world) dn(id refresh.ID) string { return w.s.PersonDN(w.logins[id]) }

// proxies writes the addresses of a mailbox as the server holds them.
func proxies(m refresh.Mailbox) []string {
	out := []string{"SMTP:" + string(m.Primary)}
	for _, a := range m.Aliases {
		out = append(out, "smtp:"+string(a))
	}
	return out
}

func (w *world) put(m refresh.Mailbox) (refresh.Mailbox, error) {
	err := w.s.Add(slapdtest.Person{UID: m.Login, Surname: "Last", Name: m.DisplayName, Mail: []string{string(m.Primary)}, Proxies: proxies(m)})
	if err != nil {
		return m, err
	}
	id, err := w.s.Lookup(w.s.PersonDN(m.Login))
	m.ID, m.Kind = refresh.ID(strings.ToLower(id)), refresh.KindUser
	w.logins[m.ID] = m.Login
	return m, err
}

func (w *world) update(m refresh.Mailbox) (refresh.Mailbox, error) {
	if m.Login != w.logins[m.ID] {
		// In a swap the other one has the name still; the server does not mind an RDN that is no address.
		if err := w.s.Rename(w.dn(m.ID), "uid="+m.Login, ""); err != nil {
			return m, err
		}
		w.logins[m.ID] = m.Login
	}
	if err := w.s.SetAddresses(m.Login, []string{string(m.Primary)}, proxies(m)); err != nil {
		return m, err
	}
	m.Kind = refresh.KindUser
	return m, w.s.Replace(w.dn(m.ID), "displayName", m.DisplayName)
}

func (w *world) addProxies(id refresh.ID, values ...string) error {
	return w.s.Append(w.dn(id), "proxyAddresses", values...)
}
