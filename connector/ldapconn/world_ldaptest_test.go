package ldapconn_test

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// inProcess describes a directory of package ldaptest and how the connector reaches it.
type inProcess struct {
	cfg   ldaptest.Config
	as    ldaptest.Account                               // who Connect is
	reach func(f *ldaptest.Forest, cfg *ldapconn.Config) // adds further servers; nil is the first one alone
	code  ldaptest.Code                                  // with which binds are refused in trouble; 0 is unwilling
	piece int                                            // how many messages count as one where a connection is cut; 0 is one
}

// rootAndChild are a forest of which every domain has servers of its own.
func rootAndChild() []ldaptest.Domain {
	return []ldaptest.Domain{{Name: ldaptest.DefaultDomain}, {Name: child}}
}

const child = "child." + ldaptest.DefaultDomain

// twoControllers are one domain on two servers.
func twoControllers() []ldaptest.Domain {
	return []ldaptest.Domain{{Name: ldaptest.DefaultDomain, Controllers: 2}}
}

// byReplica has absences confirmed by the second server.
func byReplica(f *ldaptest.Forest, cfg *ldapconn.Config) { cfg.Replicas = []string{f.DCs[1].TLSAddr} }

// byCatalog reaches the other domain through the global catalog.
func byCatalog(f *ldaptest.Forest, cfg *ldapconn.Config) {
	cfg.Catalogs = []string{f.DCs[0].CatalogTLSAddr}
}

// byDomains reaches the other domain at a server of its own.
func byDomains(f *ldaptest.Forest, cfg *ldapconn.Config) {
	cfg.Domains = []string{f.DC(child, 0).TLSAddr}
}

// hands are the hands of the administrator of an in-process directory.
type hands struct {
	t *testing.T
	f *ldaptest.Forest
	inProcess
	was   map[refresh.ID]refresh.Mailbox    // as last written
	other func() (refresh.Connector, error) // to the foreign directory; nil until it is needed
}

func (h *hands) ad() bool { return h.cfg.System == ldaptest.ActiveDirectory }

// world starts the directory.
func (in inProcess) world(t *testing.T) *world { return in.hands(t).world() }

// hands starts the directory and returns the hands of its administrator.
func (in inProcess) hands(t *testing.T) *hands {
	h := &hands{t: t, f: ldaptest.Run(t, in.cfg), inProcess: in, was: map[refresh.ID]refresh.Mailbox{}}
	for _, a := range []ldaptest.Account{"cut", "stall"} {
		must(t, h.f.AddAccount(a, ldaptest.Password, ldaptest.Rights{}))
	}
	_, err := h.putAll([]refresh.Mailbox{resident(0), resident(1)}) // a domain in which nobody is seen is one that may be hidden
	must(t, err)
	if h.ad() {
		must(t, h.bury())
		for _, dc := range h.f.DCs { // otherwise every directory would have the same ones
			for range rand.IntN(100) {
				dc.NewInvocation()
			}
		}
	}
	return h
}

func (h *hands) world() *world {
	w := &world{World: connectortest.World{
		Patience:  3 * time.Second, // on a busy machine
		Malformed: malformedGUIDs,
		Connect:   h.opener(h.as),
		Blind:     h.opener(ldaptest.Blind),
		Masked:    h.opener(ldaptest.Veiled),
		Put:       h.put, PutTwin: h.put, PutAll: h.putAll,
		Update:     h.update,
		Delete:     func(id refresh.ID) error { return h.f.Delete(string(id)) },
		Never:      func() refresh.ID { return refresh.ID(h.f.Never()) },
		AddForeign: func(id refresh.ID) error { return h.addProxies(id, foreign()...) },
		Spoil:      func(id refresh.ID) error { return h.addProxies(id, spoilt) },
		Cut:        h.cut, Stall: h.stall,
		Outage: h.outage,
	}}
	w.Rename = func(refresh.ID, string) error { return nil } // the RDN is the login, which update renames
	w.Relocate = h.relocate
	w.As = func(account string) func() (refresh.Connector, error) { return h.opener(ldaptest.Account(account)) }
	w.Foreign = h.foreign
	if h.ad() {
		w.Veiled = h.opener(ldaptest.Reader)
	}
	switch h.cfg.System {
	case ldaptest.OpenLDAP:
		w.Malformed = malformedUUIDs
	case ldaptest.Directory389:
		w.Malformed = []refresh.ID{"no id", "*", "00000000-0000-4000-8000-000000000000", "00000000-00000000-00000000-00000000)(uid=*"}
	default:
		h.exchange(w)
	}
	return w
}

// resident is somebody who is always there.
func resident(n int) refresh.Mailbox {
	return refresh.Mailbox{DisplayName: "Resident", Kind: refresh.KindUser, Primary: refresh.Address(fmt.Sprintf("resident%d@source.example", n))}
}

// bury deletes somebody in every domain: one in which nothing was ever deleted may hide what was.
func (h *hands) bury() error {
	domains := []string{""}
	if len(h.cfg.Domains) > 1 {
		domains = append(domains, child)
	}
	for i, domain := range domains {
		gone, err := h.f.Put(domain, ldaptest.Person{Name: fmt.Sprintf("Departed %d", i)})
		if err == nil {
			err = h.f.Delete(gone)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// foreign connects to another directory that looks the same.
func (h *hands) foreign() (refresh.Connector, error) {
	if h.other == nil {
		other := inProcess{cfg: h.cfg, as: ldaptest.Auditor, reach: h.reach}.world(h.t)
		h.other = other.Connect
	}
	return h.other()
}

// exchange adds the events of Active Directory and Exchange.
func (h *hands) exchange(w *world) {
	w.Rename = func(id refresh.ID, name string) error { return h.f.Rename(string(id), name) }
	w.DisableMailbox = func(id refresh.ID) error { return h.f.DisableMailbox(string(id)) }
	w.ReplaceMailbox = func(id refresh.ID) (refresh.Mailbox, error) {
		_, err := h.f.ReplaceMailbox(string(id))
		return h.reported(id, h.was[id]), err
	}
	w.Move = func(id refresh.ID, to refresh.Address) error { return h.f.BecomeRemote(string(id), string(to)) }
	w.Hide = func(id refresh.ID) error {
		return h.f.Update(string(id), func(p *ldaptest.Person) { p.Hidden = true })
	}
	w.Revive = func(m refresh.Mailbox) error {
		if err := h.f.Undelete(string(m.ID)); err != nil {
			return err
		}
		_, err := h.update(m)
		return err
	}
	if h.cfg.RecycleBin {
		w.SoftDelete = w.Delete
		w.Restore = func(id refresh.ID) (refresh.Mailbox, error) { return h.was[id], h.f.Undelete(string(id)) }
		purges := 0
		w.Purge = func(id refresh.ID) error {
			if purges++; purges%2 == 1 {
				return h.f.Recycle(string(id)) // what is recycled is as good as gone
			}
			return h.f.Purge(string(id))
		}
	}
	if len(h.cfg.Domains) > 1 {
		w.Elsewhere = func(m refresh.Mailbox) (refresh.Mailbox, error) {
			ms, err := h.putInto(child, []refresh.Mailbox{m})
			if err != nil {
				return m, err
			}
			return ms[0], nil
		}
		w.Emigrate = func(id refresh.ID) error { return h.f.MoveDomain(string(id), child, "") }
	}
}

// config is how the connector reaches the directory as an account.
func (h *hands) config(a ldaptest.Account) ldapconn.Config {
	cfg := ldapconn.Config{Server: h.f.DCs[0].TLSAddr, TLS: &tls.Config{RootCAs: h.f.Roots}, User: h.f.DN(a), Password: ldaptest.Password}
	if h.reach != nil {
		h.reach(h.f, &cfg)
	}
	return cfg
}

func (h *hands) opener(a ldaptest.Account) func() (refresh.Connector, error) {
	return func() (refresh.Connector, error) { return connect(h.t, h.config(a), nil) }
}

// fill makes a person of a mailbox, and leaves what a mailbox does not say.
func (h *hands) fill(p *ldaptest.Person, m refresh.Mailbox) {
	p.Name, p.Mail, p.Proxies = m.DisplayName, []string{string(m.Primary)}, proxies(m)
	if !h.ad() {
		p.UID = m.Login
		return
	}
	p.Login, p.Type, p.Nickname = m.Login, recipientTypes[m.Kind], "nick"
	if m.Instance != "" {
		p.Mailbox = string(m.Instance)
	}
	if m.Anchor != "" {
		p.Anchor = string(m.Anchor)
	}
}

// reported is m as the connector reports the object.
func (h *hands) reported(id refresh.ID, m refresh.Mailbox) refresh.Mailbox {
	p, ok := h.f.Get(string(id))
	if !ok {
		h.t.Errorf("there is no object %s", id)
	}
	m.ID = id
	if m.Instance, m.Anchor = refresh.ID(p.Mailbox), refresh.ID(p.Anchor); !h.ad() {
		m.Kind = refresh.KindUser
	}
	h.was[id] = m
	return m
}

func (h *hands) put(m refresh.Mailbox) (refresh.Mailbox, error) {
	ms, err := h.putInto("", []refresh.Mailbox{m})
	if err != nil {
		return m, err
	}
	return ms[0], nil
}

// putAll puts every other one into the other domain, where there is one.
func (h *hands) putAll(ms []refresh.Mailbox) ([]refresh.Mailbox, error) {
	if len(h.cfg.Domains) < 2 {
		return h.putInto("", ms)
	}
	var half [2][]refresh.Mailbox
	for i, m := range ms {
		half[i%2] = append(half[i%2], m)
	}
	var err error
	for i, domain := range []string{"", child} {
		if half[i], err = h.putInto(domain, half[i]); err != nil {
			return nil, err
		}
	}
	return interleave(half[0], half[1]), nil
}

func (h *hands) putInto(domain string, ms []refresh.Mailbox) ([]refresh.Mailbox, error) {
	people := make([]ldaptest.Person, len(ms))
	for i, m := range ms {
		if h.ad() && m.Kind != refresh.KindMailUser {
			people[i].Mailbox = h.f.Never()
		}
		if h.ad() && len(h.cfg.Domains) < 2 { // it is not in the global catalog
			people[i].Anchor = h.f.Never()
		}
		h.fill(&people[i], m)
	}
	ids, err := h.f.PutAll(domain, people)
	if err != nil {
		return nil, err
	}
	out := make([]refresh.Mailbox, len(ms))
	for i, id := range ids {
		out[i] = h.reported(refresh.ID(id), ms[i])
	}
	return out, nil
}

func (h *hands) update(m refresh.Mailbox) (refresh.Mailbox, error) {
	if !h.ad() && m.Login != h.was[m.ID].Login {
		if err := h.f.Rename(string(m.ID), m.Login); err != nil {
			return m, err
		}
	}
	if err := h.f.Update(string(m.ID), func(p *ldaptest.Person) { h.fill(p, m) }); err != nil {
		return m, err
	}
	return h.reported(m.ID, m), nil
}

func (h *hands) addProxies(id refresh.ID, values ...string) error {
	return h.f.Update(string(id), func(p *ldaptest.Person) { p.Proxies = append(slices.Clip(p.Proxies), values...) })
}

// relocate moves an object into an organizational unit that is made for it.
func (h *hands) relocate(id refresh.ID) error {
	ou := fmt.Sprintf("OU=Branch %d,OU=People,%s", len(h.was), h.f.Suffix())
	if err := h.f.AddOU(ou); err != nil {
		return err
	}
	return h.f.Move(string(id), ou)
}
