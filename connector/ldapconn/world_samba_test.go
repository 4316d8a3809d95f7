package ldapconn_test

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/faultproxy"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/internal/sambatest"
	"github.com/readdress-go/readdress/refresh"
)

// samba is a real Active Directory with the hands of its administrator. Several worlds share a server, one after another.
type samba struct {
	t      *testing.T
	s      *sambatest.Server
	reach  func(*sambatest.Server, *ldapconn.Config) // changes how the connector gets there; nil is LDAPS
	addr   string                                    // what the connector dials
	was    map[refresh.ID]refresh.Mailbox
	dns    map[refresh.ID]string // where each entry is: it cannot be renamed by its GUID
	serial *int                  // of the server, so that no name comes twice
	other  *ldaptest.Forest      // of the same name; nil until it is needed
}

// sambaWorld makes a world of a server that holds no people, and empties it again. Connectors reach the server through a
// proxy, so that an outage is of this world only.
func sambaWorld(t *testing.T, s *sambatest.Server, serial *int, as sambatest.Account, reach func(*sambatest.Server, *ldapconn.Config)) *world {
	front := frontOf(t, s.TLSAddr)
	h := &samba{t: t, s: s, reach: reach, addr: front.Addr(), was: map[refresh.ID]refresh.Mailbox{}, dns: map[refresh.ID]string{}, serial: serial}
	t.Cleanup(h.empty)
	*serial++
	gone := sambatest.Person{Name: fmt.Sprintf("gone%d", *serial)} // where nothing was ever deleted, deletions may be hidden
	must(t, s.Add(gone))
	must(t, s.Delete(s.PersonDN(gone.Name)))
	_, err := h.put(resident(*serial)) // where nobody is seen, changes may be hidden
	must(t, err)
	w := &world{
		World: connectortest.World{
			Patience:  5 * time.Second, // one process serves everybody
			Many:      651,             // more than a page
			Malformed: malformedGUIDs,
			Connect:   h.opener(as),
			Blind:     h.opener(sambatest.Blind),
			Masked:    h.opener(sambatest.Veiled),
			Veiled:    h.opener(sambatest.Reader),
			Put:       h.put, PutTwin: h.put,
			Update:         h.update,
			Delete:         func(id refresh.ID) error { return s.Delete(byGUID(id)) },
			Never:          func() refresh.ID { return randomGUID() },
			DisableMailbox: func(id refresh.ID) error { return s.DisableMailbox(byGUID(id)) },
			ReplaceMailbox: h.replaceMailbox,
			Move:           func(id refresh.ID, to refresh.Address) error { return s.MoveToCloud(byGUID(id), string(to)) },
			AddForeign:     func(id refresh.ID) error { return h.addProxies(id, foreign()...) },
			Spoil:          func(id refresh.ID) error { return h.addProxies(id, spoilt) },
			Cut:            h.cut,
			Stall: func() (refresh.Connector, error) {
				return h.faulty(faultproxy.Fault{How: faultproxy.Stall, Refuse: true})
			},
			Outage: front.Close,
		},
		Rename:   func(id refresh.ID, name string) error { return h.move(id, "CN="+name, "") },
		Relocate: h.relocate,
		Hide:     func(id refresh.ID) error { return s.Replace(byGUID(id), "msExchHideFromAddressLists", "TRUE") },
		Revive:   h.revive,
		As:       func(account string) func() (refresh.Connector, error) { return h.opener(sambatest.Account(account)) },
	}
	return w
}

// byGUID names an entry wherever it is (MS-ADTS section 3.1.1.3.1.2.4, alternative forms of DNs).
func byGUID(id refresh.ID) string { return "<GUID=" + string(id) + ">" }

// randomGUID makes up a GUID that no object has.
func randomGUID() refresh.ID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return refresh.ID(fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", b[:4], b[4:6], uint16(b[6])<<4, uint16(b[7])<<4, b[10:]))
}

func (h *samba) config(a sambatest.Account, addr string) ldapconn.Config {
	cfg := ldapconn.Config{Server: addr, TLS: &tls.Config{RootCAs: h.s.Roots, ServerName: h.s.Host}, User: h.s.DN(a), Password: sambatest.Password}
	if h.reach != nil {
		h.reach(h.s, &cfg)
	}
	return cfg
}

func (h *samba) opener(a sambatest.Account) func() (refresh.Connector, error) {
	return func() (refresh.Connector, error) { return connect(h.t, h.config(a, h.addr), nil) }
}

// empty removes the people of this world.
func (h *samba) empty() {
	for id := range h.was {
		if err := h.s.Delete(byGUID(id)); err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
			h.t.Errorf("empty the directory: %v", err)
			return
		}
	}
}

func (h *samba) put(m refresh.Mailbox) (refresh.Mailbox, error) {
	*h.serial++
	p := sambatest.Person{
		Name: fmt.Sprintf("p%d", *h.serial), Anchor: string(randomGUID()),
		Login: m.Login, Display: m.DisplayName, Mail: string(m.Primary), Nickname: "nick", Proxies: proxies(m), Type: recipientTypes[m.Kind],
	}
	if m.Kind != refresh.KindMailUser {
		p.Instance = string(randomGUID())
	}
	if err := h.s.Add(p); err != nil {
		return m, err
	}
	id, err := h.s.Lookup(h.s.PersonDN(p.Name))
	m.ID, m.Instance, m.Anchor = refresh.ID(id), refresh.ID(p.Instance), refresh.ID(p.Anchor)
	h.was[m.ID], h.dns[m.ID] = m, h.s.PersonDN(p.Name)
	return m, err
}

func (h *samba) update(m refresh.Mailbox) (refresh.Mailbox, error) {
	dn := byGUID(m.ID)
	err := errors.Join(
		h.s.SetAddresses(dn, string(m.Primary), proxies(m)),
		h.s.Replace(dn, "displayName", m.DisplayName),
		h.s.Replace(dn, "userPrincipalName", m.Login),
		h.s.Replace(dn, "msExchRecipientTypeDetails", fmt.Sprint(recipientTypes[m.Kind])),
	)
	h.was[m.ID] = m
	return m, err
}

func (h *samba) replaceMailbox(id refresh.ID) (refresh.Mailbox, error) {
	m := h.was[id]
	m.Instance = randomGUID()
	h.was[id] = m
	return m, h.setMailbox(m)
}

// setMailbox gives an account the mailbox m.Instance of the type of m.
func (h *samba) setMailbox(m refresh.Mailbox) error {
	return errors.Join(
		h.s.SetMailbox(byGUID(m.ID), string(m.Instance)),
		h.s.Replace(byGUID(m.ID), "msExchRecipientTypeDetails", fmt.Sprint(recipientTypes[m.Kind])),
	)
}

// revive restores a tombstone and sets again what it lost.
func (h *samba) revive(m refresh.Mailbox) error {
	if err := h.s.Undelete(string(m.ID)); err != nil {
		return err
	}
	_, err := h.update(m)
	return errors.Join(err, h.setMailbox(m))
}

// move gives an entry a new RDN, and a new parent unless that is empty.
func (h *samba) move(id refresh.ID, rdn, parent string) error {
	if err := h.s.Rename(h.dns[id], rdn, parent); err != nil {
		return err
	}
	if parent == "" {
		_, parent, _ = strings.Cut(h.dns[id], ",")
	}
	h.dns[id] = rdn + "," + parent
	return nil
}

func (h *samba) relocate(id refresh.ID) error {
	*h.serial++
	ou := fmt.Sprintf("Branch %d", *h.serial)
	if err := h.s.AddOU(ou); err != nil {
		return err
	}
	rdn, _, _ := strings.Cut(h.dns[id], ",")
	return h.move(id, rdn, h.s.OU(ou))
}

func (h *samba) addProxies(id refresh.ID, values ...string) error {
	return h.s.Replace(byGUID(id), "proxyAddresses", append(proxies(h.was[id]), values...)...)
}
