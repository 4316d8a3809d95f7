package ldapconn_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/internal/scenario"
	"github.com/readdress-go/readdress/refresh"
)

const third = "third.example"

// TestScenarioPartOfForest: what is not in the part of the forest that answers may be in the rest of it. It is never missing.
func TestScenarioPartOfForest(t *testing.T) {
	const (
		outOfScope  = "lookup-failed: out-of-scope"
		unreachable = "lookup-failed: failed"
		inTheBin    = "missing: soft-deleted, tombstone, with a date, restorable until a date"
		never       = "missing: gone, empty-scope"
	)
	two := rootAndChild()
	two[1].Controllers = 2
	three := append(rootAndChild(), ldaptest.Domain{Name: third})
	down := func(f *ldaptest.Forest) { outage(f.DC(child, 0)) }
	for _, tt := range []struct {
		name, reason string
		as           ldaptest.Account
		domains      []ldaptest.Domain
		reach        func(f *ldaptest.Forest, cfg *ldapconn.Config)
		trouble      func(f *ldaptest.Forest) // after the connector was opened

		// The rows: somebody who moved to the child domain, somebody who was deleted, and an ID that never was.
		emigrant, deleted, nobody string
	}{
		{
			"no catalog", "they may all be in the domain that was not asked", ldaptest.Reader, two, nil, nil,
			outOfScope, outOfScope, outOfScope,
		},
		{
			"one of two other domains", "the rest may be in the third domain", ldaptest.Reader, three, byDomains, nil,
			scenario.Same, outOfScope, outOfScope,
		},
		{
			"no catalog, but a tombstone", "a tombstone is proof by itself", ldaptest.Auditor, two, nil, nil,
			outOfScope, inTheBin, outOfScope,
		},
		{
			"every domain", "there is nothing left to ask", ldaptest.Auditor, three,
			func(f *ldaptest.Forest, cfg *ldapconn.Config) {
				cfg.Domains = []string{f.DC(child, 0).TLSAddr, f.DC(third, 0).TLSAddr}
			}, nil,
			scenario.Same, inTheBin, never,
		},
		{
			"the catalog alone", "it knows every domain", ldaptest.Auditor, three, byCatalog, nil,
			scenario.Same, inTheBin, never,
		},
		{
			"the other domain is down", "they may all be there, but for the one that left a tombstone here", ldaptest.Auditor, two, byDomains, down,
			unreachable, inTheBin, unreachable,
		},
		{
			"the catalog is down", "they may be in the domain that only it knows, but for the tombstone", ldaptest.Auditor, two,
			func(f *ldaptest.Forest, cfg *ldapconn.Config) { cfg.Catalogs = []string{f.DC(child, 0).CatalogTLSAddr} }, down,
			unreachable, inTheBin, unreachable,
		},
		{
			"one of two catalogs is down", "the other one says the same", ldaptest.Auditor, two,
			func(f *ldaptest.Forest, cfg *ldapconn.Config) {
				cfg.Catalogs = []string{f.DC(child, 0).CatalogTLSAddr, f.DCs[0].CatalogTLSAddr}
			}, down,
			scenario.Same, inTheBin, never,
		},
		{
			"the catalog is down, the other domain is not", "the domains are the whole forest", ldaptest.Auditor, two,
			func(f *ldaptest.Forest, cfg *ldapconn.Config) {
				cfg.Domains, cfg.Catalogs = []string{f.DC(child, 0).TLSAddr}, []string{f.DC(child, 1).CatalogTLSAddr}
			}, func(f *ldaptest.Forest) { outage(f.DC(child, 1)) },
			scenario.Same, inTheBin, never,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // what is down is waited for
			f := ldaptest.Run(t, ldaptest.Config{Domains: tt.domains, RecycleBin: true})
			h := &hands{t: t, f: f, inProcess: inProcess{cfg: ldaptest.Config{Domains: tt.domains}, reach: tt.reach}, was: map[refresh.ID]refresh.Mailbox{}}
			for i, d := range tt.domains {
				_, err := h.putInto(d.Name, []refresh.Mailbox{resident(i)})
				must(t, err)
			}
			job := h.job("here", "emigrant", "deleted")
			job.Matches = append(job.Matches, refresh.Match{Key: "nobody", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: refresh.ID(f.Never()), Primary: "nobody@source.example"}})
			must(t, f.MoveDomain(string(job.Matches[1].Source.ID), child, ""), f.Delete(string(job.Matches[2].Source.ID)))
			v := &scenario.View{Reader: scenario.Reader{Account: string(tt.as)}, Conn: open(t, h.config(tt.as), nil), Job: job}
			if tt.trouble != nil {
				tt.trouble(f)
			}
			if diff := cmp.Diff([]string{scenario.Same, tt.emigrant, tt.deleted, tt.nobody}, outcomesOf(t, v)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
			if tt.trouble == nil {
				return
			}
			f.SetFaults()
			if diff := cmp.Diff([]string{scenario.Same, scenario.Same, inTheBin, never}, outcomesOf(t, v)); diff != "" {
				t.Errorf("when everything is up again (-want +got):\n%s", diff)
			}
		})
	}
}

// job is a job of rows that are bound to people of the forest's first domain.
func (h *hands) job(keys ...string) refresh.Job {
	h.t.Helper()
	job := refresh.NewJob("part of a forest")
	for _, key := range keys {
		m, err := h.put(scenario.Person(key))
		must(h.t, err)
		row, err := refresh.Match{Key: key}.Bind(refresh.Source, m)
		must(h.t, err)
		job.Matches = append(job.Matches, row)
	}
	return job
}

// outcomesOf refreshes and applies once.
func outcomesOf(t *testing.T, v *scenario.View) (texts []string) {
	t.Helper()
	for _, row := range v.Refresh(t).Rows {
		texts = append(texts, scenario.OutcomeText(row))
	}
	return texts
}
