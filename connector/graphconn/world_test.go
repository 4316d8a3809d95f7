package graphconn_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// everyRight is what an application needs for everything that is not a group's.
var everyRight = []graphtest.Right{graphtest.UserReadAll, graphtest.OrganizationReadAll, graphtest.DirectoryReadAll}

// config is how a connector reaches a server with some rights.
func config(s *graphtest.Server, rights ...graphtest.Right) graphconn.Config {
	token := s.Token(rights...)
	return graphconn.Config{
		Cloud:      graphconn.Cloud{Name: "Test", Root: s.URL(), Instances: true},
		Token:      func(context.Context) (string, error) { return token, nil },
		HTTPClient: s.Client(),
	}
}

// quick are options under which nothing waits long.
func quick() *graphconn.Options {
	return &graphconn.Options{Confirm: time.Millisecond, Patience: time.Millisecond}
}

// connect returns a connector with some rights.
func connect(t *testing.T, s *graphtest.Server, opts *graphconn.Options, rights ...graphtest.Right) *graphconn.Connector {
	t.Helper()
	if opts == nil {
		opts = quick()
	}
	c, err := graphconn.New(config(s, rights...), opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hands are the hands of the administrator of an in-process tenant.
type hands struct {
	t      *testing.T
	s      *graphtest.Server
	rights []graphtest.Right // of Connect
	pinned bool              // Config.TenantID is set
	groups bool              // Options.Groups is set, and every other object is a group
	made   int
	down   atomic.Bool
	other  func() (refresh.Connector, error)
}

func tenant(t *testing.T, opts graphtest.Options, pinned bool, rights ...graphtest.Right) *hands {
	return &hands{t: t, s: graphtest.Start(t, &opts), pinned: pinned, rights: rights}
}

// open returns how to connect with some rights, through a transport around the server's.
func (h *hands) open(around func(http.RoundTripper) http.RoundTripper, rights ...graphtest.Right) func() (refresh.Connector, error) {
	return func() (refresh.Connector, error) {
		cfg := config(h.s, rights...)
		if h.pinned {
			cfg.TenantID = h.s.TenantID()
		}
		var rt http.RoundTripper = &outage{h.s.Client().Transport, &h.down}
		if around != nil {
			rt = around(rt)
		}
		cfg.HTTPClient = &http.Client{Transport: rt}
		opts := quick()
		opts.Groups = h.groups
		c, err := graphconn.New(cfg, opts)
		if err != nil {
			return nil, err // not a nil *Connector in an interface
		}
		return c, nil
	}
}

func (h *hands) world() connectortest.World {
	w := connectortest.World{
		Patience:  3 * time.Second,
		Malformed: []refresh.ID{"no guid", "*", "ann@contoso.example", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-000000000000' or '1' eq '1", "{00000000-0000-4000-8000-000000000000}"},
		Connect:   h.open(nil, h.rights...),
		Blind:     h.open(nil),
		Masked:    h.open(nil, graphtest.GroupReadAll),
		Put:       h.put, PutTwin: h.put,
		Update:     h.update,
		Delete:     func(id refresh.ID) error { h.s.Delete(string(id)); return nil },
		SoftDelete: func(id refresh.ID) error { h.s.Delete(string(id)); return nil },
		Restore:    func(id refresh.ID) (refresh.Mailbox, error) { h.s.Restore(string(id)); return h.reported(id), nil },
		Purge:      func(id refresh.ID) error { h.s.Purge(string(id)); return nil },
		DisableMailbox: func(id refresh.ID) error {
			h.s.Change(string(id), func(u *graphtest.User) { u.NoMailbox = true })
			return nil
		},
		Never: func() refresh.ID { return refresh.ID(randomGUID()) },
		AddForeign: func(id refresh.ID) error {
			return h.addProxies(id, "X500:/o=Example/cn=x", "SIP:x@sip.example", "SPO:SPO_x@SPO_y", "EUM:4711;phone-context=x")
		},
		Spoil:   func(id refresh.ID) error { return h.addProxies(id, "SMTP:second@connectortest.example") },
		Foreign: h.foreign,
		Cut: func(n int) (refresh.Connector, error) {
			return h.open(func(rt http.RoundTripper) http.RoundTripper { return &cut{base: rt, left: n} }, h.rights...)()
		},
		Stall:  h.open(func(http.RoundTripper) http.RoundTripper { return stall{} }, h.rights...),
		Outage: func() error { h.down.Store(true); return nil },
	}
	if h.groups {
		w.DisableMailbox = nil // a group always has one
	}
	return w
}

// user makes a user of a mailbox, and leaves what a mailbox does not say.
func user(u graphtest.User, m refresh.Mailbox) graphtest.User {
	if m.Login != "" { // it may be a group's that is swapped
		u.UserPrincipalName = m.Login
	}
	u.DisplayName, u.Mail = m.DisplayName, string(m.Primary)
	u.Proxies = []string{"SMTP:" + string(m.Primary)}
	for _, a := range m.Aliases {
		u.Proxies = append(u.Proxies, "smtp:"+string(a))
	}
	return u
}

func (h *hands) put(m refresh.Mailbox) (refresh.Mailbox, error) {
	if h.made++; h.groups && h.made%2 == 0 {
		return h.reported(refresh.ID(h.s.PutGroup(group(graphtest.Group{}, m)).ID)), nil
	}
	var anchor [16]byte
	_, _ = rand.Read(anchor[:])
	u := h.s.Put(user(graphtest.User{ImmutableID: base64.StdEncoding.EncodeToString(anchor[:])}, m))
	return h.reported(refresh.ID(u.ID)), nil
}

func (h *hands) update(m refresh.Mailbox) (refresh.Mailbox, error) {
	if g, ok := h.s.Group(string(m.ID)); ok {
		h.s.PutGroup(group(g, m))
		return h.reported(m.ID), nil
	}
	h.s.Change(string(m.ID), func(u *graphtest.User) { *u = user(*u, m) })
	return h.reported(m.ID), nil
}

// group makes a group of a mailbox, of which it has no login.
func group(g graphtest.Group, m refresh.Mailbox) graphtest.Group {
	u := user(graphtest.User{}, m)
	g.DisplayName, g.Mail, g.Proxies = u.DisplayName, u.Mail, u.Proxies
	return g
}

// reported is a user or a group as the connector reports it.
func (h *hands) reported(id refresh.ID) refresh.Mailbox {
	u, ok := h.s.User(string(id))
	m := refresh.Mailbox{ID: id}
	if g, is := h.s.Group(string(id)); is {
		m.Kind, ok = refresh.KindGroup, true
		u.DisplayName, u.Proxies = g.DisplayName, g.Proxies
	}
	if !ok {
		h.t.Errorf("there is no object %s", id)
	}
	m.Login, m.DisplayName = u.UserPrincipalName, u.DisplayName
	for _, p := range u.Proxies {
		if a, ok := strings.CutPrefix(p, "SMTP:"); ok {
			m.Primary = refresh.Address(a)
		} else if a, ok := strings.CutPrefix(p, "smtp:"); ok {
			m.Aliases = append(m.Aliases, refresh.Address(a))
		}
	}
	if b, err := base64.StdEncoding.DecodeString(u.ImmutableID); err == nil && len(b) == 16 {
		slices.Reverse(b[0:4])
		slices.Reverse(b[4:6])
		slices.Reverse(b[6:8])
		m.Anchor = refresh.ID(dashed(hex.EncodeToString(b)))
	}
	return m
}

func (h *hands) addProxies(id refresh.ID, values ...string) error {
	if g, ok := h.s.Group(string(id)); ok {
		g.Proxies = append(slices.Clip(g.Proxies), values...)
		h.s.PutGroup(g)
		return nil
	}
	h.s.Change(string(id), func(u *graphtest.User) { u.Proxies = append(slices.Clip(u.Proxies), values...) })
	return nil
}

// foreign connects to another tenant.
func (h *hands) foreign() (refresh.Connector, error) {
	if h.other == nil {
		other := tenant(h.t, graphtest.Options{TenantID: randomGUID()}, h.pinned, h.rights...)
		other.groups = h.groups
		h.other = other.world().Connect
	}
	return h.other()
}

func randomGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return dashed(hex.EncodeToString(b[:]))
}

func dashed(s string) string {
	return fmt.Sprintf("%s-%s-%s-%s-%s", s[:8], s[8:12], s[12:16], s[16:20], s[20:])
}
