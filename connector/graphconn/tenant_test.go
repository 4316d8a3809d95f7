package graphconn_test

import (
	"errors"
	"testing"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestAnotherTenant: a token for another tenant finds nobody. That is no absence where the tenant cannot say which one it is, and none of
// the IDs was seen in it.
func TestAnotherTenant(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		rights       []graphtest.Right
		own          bool // one of the IDs is this tenant's
		gone         bool
	}{
		{name: "no right to ask, nobody seen", reason: "it may be another tenant", rights: usersOnly},
		{name: "no right to ask, one seen", reason: "IDs are in one tenant only", rights: usersOnly, own: true, gone: true},
		{name: "the tenant says which one it is", reason: "the engine compares it with the pin", rights: everyRight, gone: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graphtest.Start(t, nil)
			ids := []string{randomGUID(), randomGUID()}
			if tt.own {
				ids = append(ids, people(s, 1)...)
			}
			c := connect(t, s, nil, tt.rights...)
			for _, call := range []resolver{c.Resolve, c.Confirm} {
				got, err := lookUp(t, call, ids...)
				if err != nil {
					t.Fatal(err)
				}
				for i, l := range got[:2] {
					if _, absent := l.Absence(); absent != tt.gone || !tt.gone && !errors.Is(l.Err(), refresh.ErrNotVisible) {
						t.Errorf("%s: ID %d: absent %t, %v", tt.reason, i, absent, l.Err())
					}
				}
			}
		})
	}
}
