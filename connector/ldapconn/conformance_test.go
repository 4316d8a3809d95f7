package ldapconn_test

import (
	"testing"

	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/internal/sambatest"
)

// TestConformance holds the connector to the contract of package refresh, on every directory that it knows: the same
// suite, in process and on real servers.
func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name   string
		reason string
		world  inProcess
	}{
		{"ActiveDirectory", "one domain, as a reader who may not look at deleted objects", inProcess{as: ldaptest.Reader, piece: 2}},
		{"RecycleBin", "two controllers, of which the other one confirms, and a reader who may look at deleted objects",
			inProcess{cfg: ldaptest.Config{Domains: twoControllers(), RecycleBin: true}, as: ldaptest.Auditor, reach: byReplica, piece: 16, code: ldaptest.InvalidCredentials}},
		{"Catalog", "two domains, the other one seen through the global catalog", inProcess{cfg: ldaptest.Config{Domains: rootAndChild()}, as: ldaptest.Auditor, reach: byCatalog, piece: 3}},
		{"Domains", "two domains, the other one seen at a server of its own", inProcess{cfg: ldaptest.Config{Domains: rootAndChild(), RecycleBin: true}, as: ldaptest.Auditor, reach: byDomains, piece: 6}},
		{"OpenLDAP", "a reader with the usual limits", inProcess{cfg: ldaptest.Config{System: ldaptest.OpenLDAP}, as: ldaptest.Reader, piece: 2}},
		{"389", "a reader with the usual limits", inProcess{cfg: ldaptest.Config{System: ldaptest.Directory389}, as: ldaptest.Reader, piece: 5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Log(tt.reason)
			connectortest.Run(t, func(t *testing.T) connectortest.World { return tt.world.world(t).World })
		})
	}
	t.Run("slapd", func(t *testing.T) {
		security := ldapconn.LDAPS
		connectortest.Run(t, func(t *testing.T) connectortest.World {
			security ^= ldapconn.LDAPS ^ ldapconn.StartTLS // they take turns
			return slapdWorld(t, security).World
		})
	})
	t.Run("Samba", func(t *testing.T) {
		s := sambatest.Run(t, sambatest.Config{Recycle: true})
		serial := 0
		connectortest.Run(t, func(t *testing.T) connectortest.World {
			w := sambaWorld(t, s, &serial, sambatest.Auditor, nil).World
			w.SoftDelete = w.Delete
			return w
		})
	})
}
