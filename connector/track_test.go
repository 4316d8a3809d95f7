package connector_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// TestWrappersTrack compares a tracker with the same one inside each wrapper, and inside all of them.
func TestWrappersTrack(t *testing.T) {
	for name, wrap := range map[string]func(refresh.Connector) refresh.Connector{
		"intercept": func(c refresh.Connector) refresh.Connector { return connector.Intercept(c, pass) },
		"twice":     func(c refresh.Connector) refresh.Connector { return connector.Intercept(c, twice) },
		"retry":     func(c refresh.Connector) refresh.Connector { return connector.Retry(c, nil) },
		"limit":     func(c refresh.Connector) refresh.Connector { return connector.Limit(c, 1) },
		"all": func(c refresh.Connector) refresh.Connector {
			return connector.Retry(connector.Limit(connector.Intercept(c, pass), 1), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // one time for all cursors
				sys := memconn.New("test", &memconn.Options{Tracking: true})
				plain := sys.Connect(&memconn.ConnOptions{Reporting: memconn.Reporting{PageSize: 2}})
				w, ok := refresh.As[refresh.Tracker](wrap(plain))
				if !ok {
					t.Fatal("it does not track")
				}
				since := same(t, "Mark", w.Mark, plain.Mark)
				for i := range 5 {
					sys.Put(refresh.Mailbox{ID: refresh.ID(fmt.Sprint(i))})
				}
				for page := 1; ; page++ {
					ask := func(x refresh.Tracker) func(context.Context) (refresh.ChangePage, error) {
						return func(ctx context.Context) (refresh.ChangePage, error) { return x.Changes(ctx, since) }
					}
					got := same(t, fmt.Sprint("page ", page), ask(w), ask(plain))
					if since = got.Next; !got.More {
						break
					}
				}
				sys.ForgetChanges()
				if _, err := w.Changes(t.Context(), since); !errors.Is(err, refresh.ErrCursorExpired) {
					t.Errorf("an expired cursor: %v", err)
				}
			})
		})
	}
}

// same calls both and returns what they have in common.
func same[T any](t *testing.T, what string, got, want func(context.Context) (T, error)) T {
	t.Helper()
	a, err := got(t.Context())
	b, wantErr := want(t.Context())
	if d := cmp.Diff(b, a); d != "" || err != nil || wantErr != nil {
		t.Errorf("%s: %v (-plain: %v, +wrapped)\n%s", what, err, wantErr, d)
	}
	return a
}

// TestRetryTracks: what may pass is asked again, for the same page; what does not is not.
func TestRetryTracks(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		err          error
		mark, pages  int // calls made
	}{
		{"an outage", "it may pass", errDown, 2, 3},
		{"an expired cursor", "it stays expired", refresh.ErrCursorExpired, 1, 1},
		{"a right that is lacking", "it does not come by asking", refresh.ErrForbidden, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sys := memconn.New("test", &memconn.Options{Tracking: true})
				since, err := sys.Connect(nil).Mark(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					sys.Put(refresh.Mailbox{})
				}
				inner := sys.Connect(&memconn.ConnOptions{Reporting: memconn.Reporting{PageSize: 2}, Faults: memconn.Faults{Breaks: []memconn.Break{
					{Ability: refresh.CanTrack, Method: "Mark", Call: 1, Err: tt.err},
					{Ability: refresh.CanTrack, Method: "Changes", Call: 1, Err: tt.err},
				}}})
				c := connector.Retry(inner, nil).(wrapped)
				heals := tt.mark > 1
				if _, err := c.Mark(t.Context()); heals != (err == nil) || !heals && !errors.Is(err, tt.err) {
					t.Errorf("Mark = %v: %s", err, tt.reason)
				}
				named := map[refresh.ID]bool{}
				for more := true; more; {
					page, err := c.Changes(t.Context(), since)
					if heals != (err == nil) || !heals && !errors.Is(err, tt.err) {
						t.Errorf("Changes = %v: %s", err, tt.reason)
					}
					for _, id := range page.IDs {
						named[id] = true
					}
					since, more = page.Next, page.More
				}
				if n := inner.Calls(); n.Mark != tt.mark || n.Changes != tt.pages || heals && len(named) != 3 {
					t.Errorf("%d marks, %d pages, %d objects, want %d marks and %d pages: %s", n.Mark, n.Changes, len(named), tt.mark, tt.pages, tt.reason)
				}
			})
		})
	}
}

// TestLimitTracks: the calls of a tracker wait for their turn like every other.
func TestLimitTracks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := memconn.New("test", &memconn.Options{Tracking: true})
		c := connector.Limit(sys.Connect(&memconn.ConnOptions{Latency: time.Second}), 1).(wrapped)
		start := time.Now()
		done := make(chan error)
		go func() {
			_, err := c.Mark(t.Context())
			done <- err
		}()
		go func() {
			_, err := c.Changes(t.Context(), refresh.Cursor{})
			done <- err
		}()
		if first, second := <-done, <-done; first == nil && second == nil {
			t.Error("the zero cursor was good")
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("two calls of one second took %v", took)
		}
	})
}
