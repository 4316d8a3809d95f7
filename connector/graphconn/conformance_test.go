package graphconn_test

import (
	"testing"

	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/internal/graphtest"
)

// TestConformance holds the connector to the contract of package refresh, with each profile of rights.
func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name   string
		reason string
		pinned bool
		opts   graphtest.Options
		rights []graphtest.Right
	}{
		{"Directory", "1000 IDs in a request", false, graphtest.Options{DeltaPage: 3}, everyRight},
		{"Users", "15 IDs in a filter", true, graphtest.Options{GetByIDsPage: 7}, []graphtest.Right{graphtest.UserReadAll, graphtest.OrganizationReadAll}},
		{"Pages", "the answers of getByIds come in pages, and what is hidden has no properties at all", true, graphtest.Options{GetByIDsPage: 7, BareLimited: true, NoGzip: true}, everyRight},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Log(tt.reason)
			connectortest.Run(t, func(t *testing.T) connectortest.World {
				return tenant(t, tt.opts, tt.pinned, tt.rights...).world()
			})
		})
	}
}
