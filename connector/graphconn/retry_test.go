package graphconn

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// TestRetryAfter: every form of Retry-After is waited for exactly, and its absence is a backoff.
func TestRetryAfter(t *testing.T) {
	date := func(d time.Duration) func(http.Header) {
		return func(h http.Header) { h.Set("Retry-After", time.Now().UTC().Add(d).Format(http.TimeFormat)) }
	}
	text := func(s string) func(http.Header) { return func(h http.Header) { h.Set("Retry-After", s) } }
	for _, tt := range []struct {
		name, reason string
		status       int
		set          func(http.Header)
		low, high    time.Duration
	}{
		{"integer", "the usual form", 429, text("7"), 7 * time.Second, 7 * time.Second},
		{"fraction", "Graph sends such", 429, text("2.128"), 2128 * time.Millisecond, 2129 * time.Millisecond},
		{"150 s", "longer than other clients wait", 429, text("150"), 150 * time.Second, 150 * time.Second},
		{"date", "RFC 9110 permits it", 429, date(20 * time.Second), 19 * time.Second, 20 * time.Second},
		{"date by another clock", "only the distance to Date counts", 429, func(h http.Header) {
			h.Set("Date", "Tue, 01 Jan 2030 00:00:00 GMT")
			h.Set("Retry-After", "Tue, 01 Jan 2030 00:00:09 GMT")
		}, 9 * time.Second, 9 * time.Second},
		{"503", "it is asked like 429", 503, text("12"), 12 * time.Second, 12 * time.Second},
		{"504", "it is asked like 429", 504, text("3"), 3 * time.Second, 3 * time.Second},
		{"none", "the gate backs off", 429, func(http.Header) {}, 500 * time.Millisecond, time.Second},
		{"zero", "at once would be a storm", 429, text("0"), 500 * time.Millisecond, time.Second},
		{"past date", "at once would be a storm", 429, date(-time.Hour), 500 * time.Millisecond, time.Second},
		{"negative", "it is none", 429, text("-5"), 500 * time.Millisecond, time.Second},
		{"words", "they are none", 429, text("soon"), 500 * time.Millisecond, time.Second},
		{"two points", "it is none", 429, text("1.2.3"), 500 * time.Millisecond, time.Second},
		{"infinite", "it is none", 429, text("inf"), 500 * time.Millisecond, time.Second},
		{"500", "the request backs off", 500, func(http.Header) {}, 250 * time.Millisecond, 500 * time.Millisecond},
		{"502", "the request backs off", 502, func(http.Header) {}, 250 * time.Millisecond, 500 * time.Millisecond},
		{"408", "the request backs off", 408, func(http.Header) {}, 250 * time.Millisecond, 500 * time.Millisecond},
		{"503 without", "the request backs off", 503, func(http.Header) {}, 250 * time.Millisecond, 500 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int64
				f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					if n.Add(1) == 1 {
						tt.set(w.Header())
						refuse(w, tt.status, "TooManyRequests")
						return
					}
					reply(w, 200, value())
				})
				var p page
				must(t, f.connect(nil).call(t.Context(), get("/users"), &p))
				at := f.times()
				if len(at) != 2 {
					t.Fatalf("%d requests", len(at))
				}
				between(t, tt.reason, at[1]-at[0], tt.low, tt.high)
			})
		})
	}
}

// TestRetryEnds: the last refusal is an error, when patience or the context's deadline does not reach further.
func TestRetryEnds(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		after        string
		status       int
		patience     time.Duration
		deadline     time.Duration
		low, high    time.Duration
		requests     int
	}{
		{"patience is used up", "10 times a minute", "60", 429, 0, 0, 10 * time.Minute, 10 * time.Minute, 11},
		{"longer than patience", "waiting in vain helps nobody", "150", 429, 100 * time.Second, 0, 0, 0, 1},
		{"longer than the deadline", "the refusal is better than a timeout", "150", 429, 0, 100 * time.Second, 0, 0, 1},
		{"500 for ever", "patience, with the pauses at their longest", "", 500, 0, 0, 9 * time.Minute, 10 * time.Minute, 0},
		{"429 for ever", "without Retry-After", "", 429, 0, 0, 8 * time.Minute, 10 * time.Minute, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					if tt.after != "" {
						w.Header().Set("Retry-After", tt.after)
					}
					refuse(w, tt.status, "TooManyRequests")
				})
				ctx := t.Context()
				if tt.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				err := f.connect(&Options{Patience: tt.patience}).call(ctx, get("/users"), nil)
				if e, ok := errors.AsType[*Error](err); !ok || e.Status != tt.status || e.Code != "TooManyRequests" || e.RequestID == "" || e.ClientRequestID == "" {
					t.Errorf("%v", err)
				}
				between(t, tt.reason, time.Since(f.start), tt.low, tt.high)
				if n := len(f.requests()); tt.requests > 0 && n != tt.requests {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestFinal: other statuses are not asked again, and mean what they mean.
func TestFinal(t *testing.T) {
	for _, tt := range []struct {
		name, code string
		status     int
		is         error
		absent     bool
	}{
		{"bad request", "BadRequest", 400, nil, false},
		{"forbidden", "Authorization_RequestDenied", 403, refresh.ErrForbidden, false},
		{"not found", "Request_ResourceNotFound", 404, nil, true},
		{"item not found", "itemNotFound", 404, nil, true},
		{"unknown path", "BadRequest", 404, nil, false},
		{"a code but not absent", "Request_ResourceNotFound", 400, nil, false},
		{"gone", "syncStateNotFound", 410, nil, false},
		{"no content", "", 204, nil, false},
		{"partial", "", 206, nil, false},
		{"not modified", "", 304, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					if tt.code == "" {
						w.WriteHeader(tt.status)
						return
					}
					refuse(w, tt.status, tt.code)
				})
				err := f.connect(nil).call(t.Context(), get("/users/x"), nil)
				if statusOf(err) != tt.status || tt.is != nil && !errors.Is(err, tt.is) || notFound(err) != tt.absent || len(f.requests()) != 1 {
					t.Errorf("%v after %d requests, not found %t", err, len(f.requests()), notFound(err))
				}
			})
		})
	}
	t.Run("a proxy's 404", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, `{"error":{"code":"Request_ResourceNotFound"}}`, 404)
			})
			if err := f.connect(nil).call(t.Context(), get("/users/x"), nil); statusOf(err) != 404 || notFound(err) {
				t.Errorf("%v counts as Graph's word", err)
			}
		})
	})
}

// TestHang: a request that gets no answer, or an answer that does not end, ends after the timeout and is made again.
func TestHang(t *testing.T) {
	for _, drip := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				for drip && r.Context().Err() == nil {
					_, _ = w.Write([]byte(" "))
					w.(http.Flusher).Flush()
					time.Sleep(time.Second)
				}
				<-r.Context().Done()
			})
			err := f.connect(&Options{Patience: 2 * time.Minute}).call(t.Context(), get("/users"), nil)
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%v", err)
			}
			between(t, "patience and an attempt before and after it", time.Since(f.start), 90*time.Second, 180*time.Second)
		})
	}
}

// TestCancelled: the call ends with its context, wherever it waits, with the context's cause.
func TestCancelled(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   http.HandlerFunc
	}{
		{"at the gate", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "300")
			refuse(w, 429, "x")
		}},
		{"in a pause", func(w http.ResponseWriter, _ *http.Request) { refuse(w, 500, "x") }},
		{"for the answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"in the answer", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte("{"))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, why := serve(t, tt.do), errors.New("the host gave up")
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(17*time.Second, func() { cancel(why) })
				if err := f.connect(nil).call(ctx, get("/users"), nil); !errors.Is(err, why) {
					t.Errorf("%v", err)
				}
				between(t, "at once", time.Since(f.start), 17*time.Second, 17*time.Second)
			})
		})
	}
}

// TestPoison: a request that fails alone is given up sooner than one that fails with all others.
func TestPoison(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1.0/poison" {
				refuse(w, 500, "InternalServerError")
				return
			}
			reply(w, 200, value())
		})
		c := f.connect(nil)
		done := make(chan error)
		go func() { done <- c.call(t.Context(), get("/poison"), nil) }()
		for {
			select {
			case err := <-done:
				if statusOf(err) != 500 {
					t.Errorf("%v", err)
				}
				between(t, "eight attempts", time.Since(f.start), 20*time.Second, 70*time.Second)
				return
			case <-time.After(time.Second):
				must(t, c.call(t.Context(), get("/users"), nil))
			}
		}
	})
}

// TestOutage: with many requests the waits for a service that is away do not add up, and when it is back it is used again.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up, once atomic.Bool
		f := serve(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case up.Load() && r.URL.Path == "/v1.0/absent":
				refuse(w, 404, "Request_ResourceNotFound")
				return
			case up.Load() && !once.Swap(true):
				refuse(w, 500, "InternalServerError")
				return
			case up.Load():
				reply(w, 200, value())
				return
			}
			time.Sleep(25 * time.Second)
			refuse(w, 502, "BadGateway")
		})
		c := f.connect(nil)
		for range 300 {
			if err := c.call(t.Context(), get("/users"), nil); statusOf(err) != 502 {
				t.Fatalf("%v", err)
			}
		}
		between(t, "the outage", time.Since(f.start), 9*time.Minute, 12*time.Minute)
		up.Store(true)
		time.Sleep(10 * time.Second)
		if err := c.call(t.Context(), get("/absent"), nil); statusOf(err) != 404 { // it is back, and says no
			t.Errorf("%v", err)
		}
		must(t, c.call(t.Context(), get("/once"), nil)) // a failure is waited for again
	})
}
