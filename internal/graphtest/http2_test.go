package graphtest

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestHTTP2 speaks HTTP/2 where it is offered, on one connection for requests at a time, and goes wrong as told.
func TestHTTP2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, _ := world(t, 300, &Options{HTTP2: true, Latency: time.Second})
		proto := func() int {
			req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/v1.0/organization", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := s.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			return resp.ProtoMajor
		}
		if n := proto(); n != 2 {
			t.Errorf("HTTP/%d", n)
		}
		began := time.Now()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if a := c.get("/users"); a.status != 200 || a.err != nil {
					t.Errorf("status %d, %v", a.status, a.err)
				}
			})
		}
		wg.Wait()
		if d := time.Since(began); d != time.Second {
			t.Errorf("20 requests at a time took %s", d)
		}
		for _, tt := range []struct {
			name string
			f    Fault
			cut  bool // the answer begins
			ok   bool
		}{
			{"reset", Fault{Reset: true}, false, false},
			{"drop", Fault{Drop: true}, false, false},
			{"cut", Fault{Cut: 100}, true, false},
			{"go away", Fault{GoAway: true}, true, true},
		} {
			s.Fault(func(*Request) *Fault { return &tt.f })
			a, err := c.try("GET", "/users?$top=999", "")
			if (err == nil) != tt.cut || tt.cut && (a.err == nil) != tt.ok {
				t.Errorf("%s: %v, %v", tt.name, err, a.err)
			}
			s.Fault(nil)
			if a := c.get("/users"); a.status != 200 || a.err != nil {
				t.Errorf("after %s: %d %v", tt.name, a.status, a.err)
			}
		}
	})
}

// TestDrop closes a connection with everything on it.
func TestDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, h2 := range []bool{false, true} {
			s, c, _ := world(t, 3, &Options{HTTP2: h2})
			s.Fault(func(r *Request) *Fault {
				if r.Endpoint == Organization {
					return &Fault{Delay: time.Second, Drop: true}
				}
				return &Fault{Delay: 2 * time.Second}
			})
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := c.try("GET", "/users?$top=1", ""); (err != nil) != h2 {
					t.Errorf("HTTP/2 %t: the other request: %v", h2, err)
				}
			})
			wg.Go(func() {
				if h2 {
					time.Sleep(time.Millisecond) // on the other's connection
				}
				if _, err := c.try("POST", "/organization", "{}"); err == nil {
					t.Errorf("HTTP/2 %t: no error", h2)
				}
			})
			wg.Wait()
			s.Close()
		}
	})
}
