package ldapconn_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestDeleted: what is said of deleted objects, by who asks and how the forest keeps them.
func TestDeleted(t *testing.T) {
	type answer struct {
		Reason               refresh.Reason
		Proof                refresh.Proof
		Dated, Until, Hidden bool
	}
	tombstone := answer{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone, Dated: true}
	binned := answer{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone, Dated: true, Until: true}
	recycled := answer{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone}
	purged := answer{Reason: refresh.ReasonGone, Proof: refresh.ProofEmptyScope}
	hidden := answer{Reason: refresh.ReasonGone, Proof: refresh.ProofEmptyScope, Hidden: true}
	for _, tt := range []struct {
		name, reason string
		bin          bool
		account      ldaptest.Account
		want         [4]answer // deleted, recycled, purged, never there
	}{
		{"bin", "it can be restored until its lifetime ends", true, ldaptest.Auditor, [4]answer{binned, recycled, purged, purged}},
		{"no bin", "a tombstone has no addresses to restore", false, ldaptest.Auditor, [4]answer{tombstone, tombstone, purged, purged}},
		{"reader", "who may not look cannot tell", true, ldaptest.Reader, [4]answer{hidden, hidden, hidden, hidden}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := ldaptest.Run(t, ldaptest.Config{RecycleBin: tt.bin, People: ldaptest.People(5, "source.example")})
			ids := f.IDs()
			for _, id := range ids[:3] {
				must(t, f.Delete(id))
			}
			if tt.bin {
				must(t, f.Recycle(ids[1]))
			}
			must(t, f.Purge(ids[2]))
			c := openForest(t, f, tt.account, nil)
			got, err := resolve(t.Context(), t, c, refresh.ID(ids[0]), refresh.ID(ids[1]), refresh.ID(ids[2]), refresh.ID(f.Never()))
			must(t, err)
			for i, l := range got {
				a, ok := l.Absence()
				if !ok {
					t.Errorf("%d: %s", i, word(l))
					continue
				}
				has := answer{a.Reason, a.Proof, !a.DeletedAt.IsZero(), !a.RestorableUntil.IsZero(), a.DeletionUnknown}
				if diff := cmp.Diff(tt.want[i], has); diff != "" {
					t.Errorf("%d: %s (-want +got):\n%s", i, tt.reason, diff)
				}
				if has.Until && (time.Since(a.DeletedAt).Abs() > time.Hour || a.RestorableUntil.Sub(a.DeletedAt) != ldaptest.Lifetime) {
					t.Errorf("%d: deleted %v, restorable until %v", i, a.DeletedAt, a.RestorableUntil)
				}
			}
		})
	}
}

// TestDeletedElsewhere: deleted objects of another domain are found in the catalog.
func TestDeletedElsewhere(t *testing.T) {
	f := twoDomains(t, nil)
	ids := asIDs(f.IDs())
	must(t, f.Delete(string(ids[7])))
	for name, change := range map[string]func(*ldapconn.Config){
		"catalog": func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} },
		"domains": func(c *ldapconn.Config) { c.Domains = []string{f.DC("sub.source.example", 0).TLSAddr} },
	} {
		got, err := resolve(t.Context(), t, openForest(t, f, ldaptest.Auditor, change), ids[7], refresh.ID(f.Never()))
		must(t, err)
		deleted, _ := got[0].Absence()
		never, _ := got[1].Absence()
		if deleted.Reason != refresh.ReasonSoftDeleted || never.Reason != refresh.ReasonGone || never.DeletionUnknown {
			t.Errorf("%s: %+v; never there: %+v", name, deleted, never)
		}
	}
}

// TestDeletedUnreadable: a server that refuses to show deleted objects leaves their state unknown, and the absence proven.
func TestDeletedUnreadable(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(3, "source.example")})
	id := refresh.ID(f.IDs()[0])
	must(t, f.Delete(string(id)))
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Times: 99, Do: ldaptest.Refuse, Code: ldaptest.InsufficientAccessRights, When: func(r ldaptest.Request) bool {
		_, asks := r.Control("1.2.840.113556.1.4.417")
		return asks
	}})
	got, err := resolve(t.Context(), t, openForest(t, f, ldaptest.Auditor, nil), id)
	must(t, err)
	if a, ok := got[0].Absence(); !ok || !a.DeletionUnknown || a.Proof != refresh.ProofEmptyScope {
		t.Errorf("%s", word(got[0]))
	}
}
