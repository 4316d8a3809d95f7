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
		groups bool
		opts   graphtest.Options
		rights []graphtest.Right
	}{
		{"Directory", "1000 IDs in a request", false, false, graphtest.Options{DeltaPage: 3}, everyRight},
		{"Users", "15 IDs in a filter", true, false, graphtest.Options{GetByIDsPage: 7}, []graphtest.Right{graphtest.UserReadAll, graphtest.OrganizationReadAll}},
		{"Pages", "the answers of getByIds come in pages, and what is hidden has no properties at all", true, false, graphtest.Options{GetByIDsPage: 7, BareLimited: true, NoGzip: true}, everyRight},
		{"HTTP2", "as the real service speaks", false, false, graphtest.Options{DeltaPage: 3, HTTP2: true}, everyRight},
		{"Groups", "every other ID is a group's", false, true, graphtest.Options{DeltaPage: 3}, everyRight},
		{"GroupsByFilter", "groups are read one by one where getByIds is refused", true, true, graphtest.Options{},
			[]graphtest.Right{graphtest.UserReadAll, graphtest.OrganizationReadAll, graphtest.GroupMemberReadAll}},
	} {
		if underRace && tt.name != "Directory" && tt.name != "GroupsByFilter" {
			continue // what runs side by side is the same
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Log(tt.reason)
			connectortest.Run(t, func(t *testing.T) connectortest.World {
				h := tenant(t, tt.opts, tt.pinned, tt.rights...)
				h.groups = tt.groups
				w := h.world()
				if tt.groups {
					w.Many = 333 // without getByIds, each group is a question of its own
				}
				return w
			})
		})
	}
}
