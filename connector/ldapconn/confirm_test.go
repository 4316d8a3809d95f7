package ldapconn_test

import (
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// confirm asks again about one ID, and says how long that took and which servers were searched, as catalogs or not.
func confirm(t *testing.T, f *ldaptest.Forest, c *ldapconn.Connector, id refresh.ID) (l refresh.Lookup, took time.Duration, searched map[string]bool) {
	t.Helper()
	f.ForgetRequests()
	start := time.Now()
	must(t, c.Confirm(t.Context(), []refresh.ID{id}, func(_ int, x refresh.Lookup) { l = x }))
	took = time.Since(start)
	searched = map[string]bool{}
	for _, r := range f.Requests() {
		if r.Op == ldaptest.Search && r.Scope == 2 {
			name := r.Server
			if r.Catalog {
				name += " catalog"
			}
			searched[name] = true
		}
	}
	return l, took, searched
}

const (
	dc1 = "dc1.source.example"
	dc2 = "dc2.source.example"
)

// TestConfirmPauses: a server that was asked before is asked again after a pause only.
func TestConfirmPauses(t *testing.T) {
	dead := "127.0.0.1:1"
	for _, tt := range []struct {
		name, reason string
		change       func(*ldaptest.Forest, *ldapconn.Config)
		pause        bool
		searched     []string
	}{
		{"catalog", "there is no other one", func(f *ldaptest.Forest, c *ldapconn.Config) {
			c.Catalogs = []string{f.DCs[0].CatalogTLSAddr}
		}, true, []string{dc1, dc1 + " catalog"}},
		{"dead second catalog", "it does not answer", func(f *ldaptest.Forest, c *ldapconn.Config) {
			c.Catalogs = []string{f.DCs[0].CatalogTLSAddr, dead}
		}, true, []string{dc1, dc1 + " catalog"}},
		{"second catalog", "the domain has no other server", func(f *ldaptest.Forest, c *ldapconn.Config) {
			c.Catalogs = []string{f.DCs[0].CatalogTLSAddr, f.DCs[1].CatalogTLSAddr}
		}, true, []string{dc1, dc2 + " catalog"}},
		{"dead replica beside a second catalog", "it does not answer", func(f *ldaptest.Forest, c *ldapconn.Config) {
			c.Replicas, c.Catalogs = []string{dead}, []string{f.DCs[0].CatalogTLSAddr, f.DCs[1].CatalogTLSAddr}
		}, true, []string{dc1, dc2 + " catalog"}},
		{"replica", "the same catalog is asked", func(f *ldaptest.Forest, c *ldapconn.Config) {
			c.Replicas, c.Catalogs = []string{f.DCs[1].TLSAddr}, []string{f.DCs[0].CatalogTLSAddr}
		}, true, []string{dc2, dc1 + " catalog"}},
		{"replica and second catalog", "nobody is asked again", func(f *ldaptest.Forest, c *ldapconn.Config) {
			c.Replicas, c.Catalogs = []string{f.DCs[1].TLSAddr}, []string{f.DCs[0].CatalogTLSAddr, f.DCs[1].CatalogTLSAddr}
		}, false, []string{dc2, dc2 + " catalog"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := twoDomains(t, nil)
			cfg := forestConfig(f, ldaptest.Reader)
			tt.change(f, &cfg)
			var log lines
			c := open(t, cfg, &ldapconn.Options{Timeout: 5 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			id := refresh.ID(f.Never())
			_, err := resolve(t.Context(), t, c, id)
			must(t, err)
			l, took, searched := confirm(t, f, c, id)
			paused := strings.Contains(log.String(), "the same one is asked again")
			if _, absent := l.Absence(); !absent || paused != tt.pause || paused && took < time.Second {
				t.Errorf("%s after %v, pause %v: %s", word(l), took, paused, tt.reason)
			}
			for _, want := range tt.searched {
				if !searched[want] {
					t.Errorf("%s was not searched", want)
				}
				delete(searched, want)
			}
			if len(searched) > 0 {
				t.Errorf("searched, too: %v", searched)
			}
		})
	}
}

// TestConfirmAbility: it can confirm where another server may be there to ask.
func TestConfirmAbility(t *testing.T) {
	f := twoDomains(t, nil)
	_, port, err := net.SplitHostPort(f.DCs[1].CatalogTLSAddr)
	must(t, err)
	for _, tt := range []struct {
		name, reason string
		change       func(*ldapconn.Config)
		want         bool
	}{
		{"one server", "there is no other", nil, false},
		{"replica", "it is another server", func(c *ldapconn.Config) { c.Replicas = []string{f.DCs[1].TLSAddr} }, true},
		{"catalog of the same name", "it is the same server", func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[1].CatalogTLSAddr} }, false},
		{"catalog of another name", "it may be another server", func(c *ldapconn.Config) { c.Catalogs = []string{net.JoinHostPort("localhost", port)} }, true},
		{"two catalogs", "they may be two servers", func(c *ldapconn.Config) {
			c.Catalogs = []string{f.DCs[0].CatalogTLSAddr, f.DCs[1].CatalogTLSAddr}
		}, true},
		{"one server of another domain", "it is the only one of its domain", func(c *ldapconn.Config) { c.Domains = []string{f.DCs[2].TLSAddr} }, false},
		{"two servers of other domains", "they may be of one domain", func(c *ldapconn.Config) { c.Domains = []string{f.DCs[2].TLSAddr, f.DCs[1].TLSAddr} }, true},
	} {
		if got := openForest(t, f, ldaptest.Reader, tt.change).Info().Can.Has(refresh.CanConfirm); got != tt.want {
			t.Errorf("%s: %v: %s", tt.name, got, tt.reason)
		}
	}
}

// TestConfirmAtCatalog: in a forest of one domain a catalog adds nothing, unless it is at another server than those of the domain.
func TestConfirmAtCatalog(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		catalogs     func(*ldaptest.Forest) []string
		found        bool
	}{
		{"the same server", "it lags as before", func(f *ldaptest.Forest) []string { return []string{f.DCs[0].CatalogTLSAddr} }, false},
		{"another server", "it knows better", func(f *ldaptest.Forest) []string { return []string{f.DCs[1].CatalogTLSAddr} }, true},
		{"both", "the other one is chosen", func(f *ldaptest.Forest) []string {
			return []string{f.DCs[0].CatalogTLSAddr, f.DCs[1].CatalogTLSAddr}
		}, true},
		{"a dead one", "the domain is enough", func(*ldaptest.Forest) []string { return []string{"127.0.0.1:1"} }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := ldaptest.Run(t, ldaptest.Config{Record: true, Domains: []ldaptest.Domain{{Name: "source.example", Controllers: 2, People: ldaptest.People(4, "source.example")}}})
			c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = tt.catalogs(f) })
			f.DCs[0].Lag()
			id, err := f.Put("", ldaptest.Person{UID: "new", Login: "new@source.example", Mail: []string{"new@source.example"}, Proxies: []string{"SMTP:new@source.example"}, Mailbox: "0f1e2d3c-4b5a-4697-8879-a0b1c2d3e4f5"})
			must(t, err)
			got, err := resolve(t.Context(), t, c, refresh.ID(id))
			must(t, err)
			if _, absent := got[0].Absence(); !absent {
				t.Errorf("Resolve: %s", word(got[0]))
			}
			l, took, searched := confirm(t, f, c, refresh.ID(id))
			_, found := l.Mailbox()
			_, absent := l.Absence()
			if found != tt.found || absent == found || took < time.Second || searched[dc2+" catalog"] != tt.found || searched[dc1+" catalog"] {
				t.Errorf("%s after %v, searched %v: %s", word(l), took, searched, tt.reason)
			}
		})
	}
}
