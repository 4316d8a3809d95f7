package graphconn_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/readdress-go/readdress/internal/graphtest"
)

// spot is where a trouble strikes: from the from-th request, or part, at an endpoint on; so often.
type spot struct {
	name  string
	parts bool
	at    graphtest.Endpoint // empty means any
	from  int
	times int // 0 for ever
}

// passes reports whether the trouble passes by itself.
func (p spot) passes() bool { return p.times > 0 }

// usage is what a call asks for without a fault, in its order.
type usage struct{ requests, parts []graphtest.Endpoint }

// spots are the places in a call.
func (u usage) spots(op *operation) (out []spot) {
	out = spotsIn(u.requests, false, op.only)
	return append(out, spotsIn(u.parts, true, op.only)...)
}

func spotsIn(seen []graphtest.Endpoint, parts bool, only []graphtest.Endpoint) (out []spot) {
	what := "request"
	if parts {
		what = "part"
	}
	add := func(name string, at graphtest.Endpoint, from, times int) {
		out = append(out, spot{fmt.Sprintf(name, what), parts, at, from, times})
	}
	n := len(seen)
	if n == 0 {
		return nil
	}
	if only == nil {
		add("every %s", "", 1, 0)
		if n > 2 {
			add("from a middle %s on", "", n/2+1, 0)
			add("last %s", "", n, 1)
		}
	}
	done := map[graphtest.Endpoint]bool{}
	for _, e := range seen {
		if done[e] || only != nil && !slices.Contains(only, e) {
			continue
		}
		done[e] = true
		k := 0
		for _, x := range seen {
			if x == e {
				k++
			}
		}
		add("first %s of "+string(e), e, 1, 1)
		add("first two %ss of "+string(e), e, 1, 2)
		if len(seen) > k || only != nil {
			add("every %s of "+string(e), e, 1, 0)
		}
		if k > 1 {
			add("second %s of "+string(e), e, 2, 1)
			add("from the second %s of "+string(e)+" on", e, 2, 0)
		}
	}
	return out
}

// striker counts what comes along and says what is struck. It is safe for concurrent use.
type striker struct {
	spot
	mu     sync.Mutex
	on     bool
	seen   int
	struck int
	then   func() // called when it strikes first
	usage  usage
	late   bool // a request came after the call
	over   bool
}

// hits reports whether the request, or the part, is struck.
func (s *striker) hits(at graphtest.Endpoint, part bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on {
		return false
	}
	if part {
		s.usage.parts = append(s.usage.parts, at)
	} else {
		s.usage.requests = append(s.usage.requests, at)
	}
	if part != s.parts || s.at != "" && s.at != at || s.from == 0 {
		return false
	}
	s.seen++
	if s.seen < s.from || s.times > 0 && s.seen >= s.from+s.times {
		return false
	}
	if s.struck++; s.struck == 1 && s.then != nil {
		s.then()
	}
	return true
}

// sent notes a request of the connector.
func (s *striker) sent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = s.late || s.over
}

func (s *striker) set(on, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on, s.over = on, over
}

// endpointOf tells the endpoint of a request before it is sent.
func endpointOf(r *http.Request) graphtest.Endpoint {
	path := strings.TrimPrefix(r.URL.Path, "/v1.0")
	for _, x := range []struct {
		prefix string
		e      graphtest.Endpoint
	}{
		{"/$batch", graphtest.Batch}, {"/directoryObjects/getByIds", graphtest.GetByIDs}, {"/users/delta", graphtest.Delta},
		{"/directory/deletedItems/microsoft.graph.user", graphtest.DeletedUsers}, {"/organization", graphtest.Organization}, {"/users", graphtest.Users},
	} {
		if strings.HasPrefix(path, x.prefix) {
			return x.e
		}
	}
	return graphtest.Other
}
