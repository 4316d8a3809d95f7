package graphconn_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestManyAddresses: users with so many addresses that 1000 of them do not fit into one answer are asked for in smaller numbers.
func TestManyAddresses(t *testing.T) {
	s := graphtest.Start(t, nil)
	var ids []string
	for i := range 1000 {
		u := graphtest.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), Proxies: []string{fmt.Sprintf("SMTP:u%d@contoso.example", i)}}
		for k := range 60 {
			u.Proxies = append(u.Proxies, fmt.Sprintf("X500:/o=Contoso/ou=Exchange Administrative Group/cn=Recipients/cn=%08d-%04d-user", k, i))
		}
		ids = append(ids, s.Put(u).ID)
	}
	c, found := connect(t, s, nil, everyRight...), 0
	must(t, c.Resolve(t.Context(), toIDs(ids), func(i int, l refresh.Lookup) {
		if m, ok := l.Mailbox(); !ok || m.ID != refresh.ID(ids[i]) {
			t.Errorf("user %d: %v", i, l.Err())
			return
		}
		found++
	}))
	if k := s.Counters(); found != 1000 || k.ByEndpoint[graphtest.GetByIDs] != 3 {
		t.Errorf("%d found with %d requests, want all with 3", found, k.ByEndpoint[graphtest.GetByIDs])
	}
}

// TestAlwaysTooLarge: what is too large for other reasons is not asked for without an end, and is nobody's absence.
func TestAlwaysTooLarge(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 1000)
	s.Fault(func(*graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Header: http.Header{}, Rewrite: func([]byte) []byte { return []byte(`{"value":[]` + strings.Repeat(" ", 5<<20) + "}") }}
	})
	failed := 0
	must(t, connect(t, s, nil, everyRight...).Resolve(t.Context(), toIDs(ids), func(_ int, l refresh.Lookup) {
		if l.Err() != nil {
			failed++
		}
	}))
	if n := s.Counters().ByEndpoint[graphtest.GetByIDs]; failed != 1000 || n > 40 {
		t.Errorf("%d failed after %d requests", failed, n)
	}
}
