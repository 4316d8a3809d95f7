package ldapconn_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/internal/sambatest"
	"github.com/readdress-go/readdress/internal/scenario"
	"github.com/readdress-go/readdress/refresh"
)

// What a reader can tell of a deleted mailbox is one of two things that directories may differ in.
var (
	ordinary    = scenario.Reader{Account: "reader", Deleted: "gone, empty-scope, deletion unknown", Why: "an ordinary user may not look below CN=Deleted Objects"}
	ofTombstone = scenario.Reader{Account: "auditor", Deleted: "gone, tombstone, with a date", Why: "without the recycle bin a tombstone has lost its mailbox"}
	ofRecycled  = scenario.Reader{Account: "auditor", Deleted: "soft-deleted, tombstone, with a date, restorable until a date", Why: "the recycle bin keeps it whole"}
	ofNothing   = scenario.Reader{Account: "reader", Deleted: "gone, empty-scope", Why: "the server keeps nothing of what was deleted"}
)

// The other one are the steps that do not happen in a directory, each with the reason.
var (
	notInOneDomain = map[string]string{"move to another domain": "the forest has one domain"}
	notInPlainLDAP = map[string]string{
		"hide from the address book": "the directory has no such attribute",
		"undelete":                   "the server keeps nothing of what was deleted",
		"disable mailbox":            "the directory has no identity of a mailbox beside that of the account",
		"replace mailbox":            "the directory has no identity of a mailbox beside that of the account",
		"accept the replacement":     "the directory has no identity of a mailbox beside that of the account",
		"move to another domain":     "there are no domains",
		"become a remote mailbox":    "the directory has no types of recipients",
	}
	notInSambasBin = with(notInOneDomain, "undelete", "Samba restores nothing from the recycle bin")
)

func with(m map[string]string, key, value string) map[string]string {
	m = maps.Clone(m)
	m[key] = value
	return m
}

// TestScenario plays one story in every directory, as every reader, and demands what one table says. Beside the
// differences declared here the directories must give equal outcomes.
func TestScenario(t *testing.T) {
	played := map[string][]string{} // by world and reader
	for _, x := range []struct {
		name    string
		open    func(t *testing.T) *world
		readers []scenario.Reader
		cannot  map[string]string
	}{
		{"ActiveDirectory", inProcess{}.world, []scenario.Reader{ordinary, ofTombstone}, notInOneDomain},
		{"RecycleBin", inProcess{cfg: ldaptest.Config{Domains: twoControllers(), RecycleBin: true}, reach: byReplica}.world, []scenario.Reader{ordinary, ofRecycled}, notInOneDomain},
		{"Catalog", inProcess{cfg: ldaptest.Config{Domains: rootAndChild()}, reach: byCatalog}.world, []scenario.Reader{ordinary, ofTombstone}, nil},
		{"Domains", inProcess{cfg: ldaptest.Config{Domains: rootAndChild(), RecycleBin: true}, reach: byDomains}.world, []scenario.Reader{ordinary, ofRecycled}, nil},
		{"OpenLDAP", inProcess{cfg: ldaptest.Config{System: ldaptest.OpenLDAP}}.world, []scenario.Reader{ofNothing}, notInPlainLDAP},
		{"389", inProcess{cfg: ldaptest.Config{System: ldaptest.Directory389}}.world, []scenario.Reader{ofNothing}, notInPlainLDAP},
		{"slapd", func(t *testing.T) *world { return slapdWorld(t, ldapconn.StartTLS) }, []scenario.Reader{ofNothing}, notInPlainLDAP},
		{"Samba", ownSamba(sambatest.Config{}, nil), []scenario.Reader{ordinary, ofTombstone}, notInOneDomain},
		{"SambaRecycleBin", ownSamba(sambatest.Config{Recycle: true}, byStartTLSAndCatalog), []scenario.Reader{ordinary, ofRecycled}, notInSambasBin},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := x.open(t)
			for _, v := range scenario.Play(t, w, refresh.Source, x.readers, x.cannot) {
				v.Compare(t, v.Want(w))
				played[x.name+", "+v.Account] = v.Common()
			}
		})
	}
	const first = "OpenLDAP, reader"
	for name, text := range played {
		if diff := cmp.Diff(played[first], text); diff != "" && played[first] != nil {
			t.Errorf("%s differs from %s in steps that every directory has (-%s +%s):\n%s", name, first, first, name, diff)
		}
	}
}

// ownSamba makes a world of a server of its own.
func ownSamba(cfg sambatest.Config, reach func(*sambatest.Server, *ldapconn.Config)) func(t *testing.T) *world {
	return func(t *testing.T) *world {
		s := sambatest.Run(t, cfg)
		w := sambaWorld(t, s, new(int), sambatest.Reader, reach)
		if cfg.Recycle {
			w.Revive = nil
		}
		return w
	}
}

func byStartTLSAndCatalog(s *sambatest.Server, cfg *ldapconn.Config) {
	cfg.Server, cfg.Security, cfg.Catalogs = s.Addr, ldapconn.StartTLS, []string{s.CatalogAddr}
}
