package graphtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestFaults breaks answers in each way.
func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, _ := world(t, 200, nil)
		const target = "/users?$top=200"
		whole := c.get(target)
		cases := []struct {
			name  string
			fault Fault
			check func(a answer) bool
		}{
			{"a status", Fault{Status: 503}, func(a answer) bool {
				return a.status == 503 && a.refusal(t).Error.Code == "serviceNotAvailable" && a.header.Get("Retry-After") == ""
			}},
			{"a status, with words of the test", Fault{Status: 403, Code: "X", Message: "y"}, func(a answer) bool {
				r := a.refusal(t).Error
				return a.status == 403 && r.Code == "X" && r.Message == "y" && r.InnerError["request-id"] == a.header.Get("request-id")
			}},
			{"429 with Retry-After", Fault{Status: 429, Header: http.Header{"Retry-After": {"2.128"}}}, func(a answer) bool {
				return a.status == 429 && a.header.Get("Retry-After") == "2.128" && a.refusal(t).Error.Code == "TooManyRequests"
			}},
			{"HTML of a proxy", Fault{HTML: true}, func(a answer) bool {
				return a.status == 502 && a.header.Get("Content-Type") == "text/html" && strings.HasPrefix(a.body, "<html>") && a.header.Get("request-id") == ""
			}},
			{"HTML with 200", Fault{HTML: true, Status: 200}, func(a answer) bool { return a.status == 200 && strings.HasPrefix(a.body, "<html>") }},
			{"another type", Fault{Header: http.Header{"Content-Type": {"text/plain"}}}, func(a answer) bool {
				return a.status == 200 && a.header.Get("Content-Type") == "text/plain" && a.body == whole.body
			}},
			{"another body", Fault{Body: []byte("{}")}, func(a answer) bool { return a.status == 200 && a.body == "{}" }},
			{"an empty body", Fault{Body: []byte{}}, func(a answer) bool { return a.status == 200 && a.body == "" && a.err == nil }},
			{"rewritten", Fault{Rewrite: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("user"), []byte("USER")) }}, func(a answer) bool {
				return a.body == strings.ReplaceAll(whole.body, "user", "USER")
			}},
			{"cut", Fault{Cut: 1000}, func(a answer) bool { return a.status == 200 && errors.Is(a.err, io.ErrUnexpectedEOF) }},
			{"truncated gzip", Fault{Short: 1000}, func(a answer) bool {
				return a.status == 200 && errors.Is(a.err, io.ErrUnexpectedEOF) && !json.Valid([]byte(a.body))
			}},
			{"a stream", Fault{Stream: func(w io.Writer) {
				for range 1000 {
					_, _ = io.WriteString(w, strings.Repeat(" ", 1000))
				}
			}}, func(a answer) bool { return a.err == nil && len(a.body) == 1e6 }},
			{"late", Fault{Delay: time.Minute}, func(a answer) bool { return a.body == whole.body }},
			{"a redirect", Fault{Status: 302, Header: http.Header{"Location": {"https://graph.example.evil.example/"}}}, nil},
		}
		for _, tc := range cases {
			s.Fault(func(r *Request) *Fault {
				if r.Endpoint != Users || r.Method != "GET" || r.Path != "/users" || r.Query.Get("$top") != "200" || r.N == 0 {
					t.Errorf("request %+v", r)
				}
				return &tc.fault
			})
			begun := time.Now()
			a, err := c.try("GET", target, "")
			if tc.check == nil {
				if err == nil || len(s.Counters().Foreign) != 1 || s.Counters().Foreign[0] != "graph.example.evil.example:443" {
					t.Errorf("%s: %v, %v", tc.name, err, s.Counters().Foreign)
				}
				continue
			}
			if err != nil || !tc.check(a) {
				t.Errorf("%s: %v, %+v", tc.name, err, a)
			}
			if d := time.Since(begun); d != tc.fault.Delay {
				t.Errorf("%s: took %v", tc.name, d)
			}
		}
		s.Fault(nil)
		if a := c.get(target); a.body != whole.body {
			t.Errorf("afterwards: %v", a)
		}
	})
}

// TestShortWithoutGzip is half a body that ends as if it were whole, and one that does not.
func TestShortWithoutGzip(t *testing.T) {
	s, c, _ := world(t, 3, &Options{NoGzip: true})
	whole := c.get("/users").body
	s.Fault(func(*Request) *Fault { return &Fault{Short: 100} })
	if a := c.get("/users"); a.err != nil || a.body != whole[:100] {
		t.Errorf("short: %+v", a)
	}
	s.Fault(func(*Request) *Fault { return &Fault{Cut: 100} })
	if a := c.get("/users"); !errors.Is(a.err, io.ErrUnexpectedEOF) || a.body != whole[:100] {
		t.Errorf("cut: %+v", a)
	}
}

// TestSlowness drips, hangs and resets.
func TestSlowness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, _ := world(t, 10, &Options{NoGzip: true, Latency: 50 * time.Millisecond})
		begun := time.Now()
		whole := c.get("/users").body
		if d := time.Since(begun); d != 50*time.Millisecond {
			t.Errorf("latency %v", d)
		}
		s.Fault(func(*Request) *Fault { return &Fault{Drip: time.Second} })
		begun = time.Now()
		if a := c.get("/users"); a.body != whole {
			t.Errorf("dripped: %+v", a)
		}
		if d, want := time.Since(begun), time.Duration((len(whole)-1)/64)*time.Second+50*time.Millisecond; d != want {
			t.Errorf("dripped in %v, want %v", d, want)
		}
		for _, f := range []Fault{{Hang: true}, {Drip: time.Hour}} {
			s.Fault(func(*Request) *Fault { return &f })
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			req, err := http.NewRequestWithContext(ctx, "GET", s.URL()+"/v1.0/users", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+c.token)
			begun = time.Now()
			resp, err := s.Client().Do(req)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
				t.Errorf("%+v: %v after %v", f, err, time.Since(begun))
			}
			cancel()
		}
		s.Fault(func(*Request) *Fault { return &Fault{Reset: true} })
		if a, err := c.try("POST", "/directoryObjects/getByIds", "{}"); err == nil {
			t.Errorf("reset: %+v", a)
		}
		s.Fault(nil)
		s.Down(true)
		if a, err := c.try("GET", "/users", ""); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("down: %+v, %v", a, err)
		}
		s.Down(false)
		if a := c.get("/users"); a.body != whole {
			t.Errorf("up again: %+v", a)
		}
	})
}

// TestCloseWhileHanging is the end of a test that left a request behind.
func TestCloseWhileHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, _ := world(t, 1, nil)
		s.Fault(func(*Request) *Fault { return &Fault{Hang: true} })
		done := make(chan error)
		go func() {
			_, err := c.try("GET", "/users", "")
			done <- err
		}()
		synctest.Wait()
		s.Close()
		if err := <-done; err == nil {
			t.Error("an answer")
		}
	})
}
