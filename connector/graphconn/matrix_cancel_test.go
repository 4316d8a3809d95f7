package graphconn_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/internal/graphtest"
)

var errEnoughWaiting = errors.New("the caller waits no longer")

// cancelTroubles keep a call waiting: for an answer, for the rest of one, for a pause or the gate to end, for a token.
var cancelTroubles = []trouble{
	slowly(whole("hangs", graphtest.Fault{Hang: true}, true)),
	slowly(whole("drips", graphtest.Fault{Drip: 20 * time.Second}, true)),
	refused(503, "serviceNotAvailable", true),
	refused(429, "TooManyRequests", true, "Retry-After", "150"),
	whole("cut", graphtest.Fault{Cut: 30}, true),
	{name: "no way", whole: true, way: func(_ *cell, r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}},
}

// TestFaultCancel: at whatever request, and whatever a call waits for there, it ends at once with its context and with the context's cause, answers
// nothing after it, and leaves no goroutine.
func TestFaultCancel(t *testing.T) {
	for i := range operations {
		op := &operations[i]
		clean := &cell{op: op}
		clean.run(t, 1)
		n := len(clean.strikes.usage.requests)
		for _, f := range cancelTroubles {
			every := 1 + n/12
			if underRace {
				every = 1 + n/3
			}
			for k := 1; k <= n; k += every {
				x := &cell{op: op, fault: f, place: spot{name: fmt.Sprintf("request %d of %d", k, n), from: k}}
				t.Run(x.name(), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { x.cancelled(t, 700*time.Millisecond) })
				})
			}
		}
		x := &cell{op: op, fault: trouble{name: "the token takes its time"}, place: spot{name: "every token", at: tokenEndpoint, from: 1}, tokenFails: context.DeadlineExceeded}
		t.Run(x.name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { x.cancelled(t, 700*time.Millisecond) })
		})
		x = &cell{op: op, fault: trouble{name: "before the call"}}
		t.Run(x.name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { x.cancelled(t, 0) })
		})
	}
}

// cancelled ends the context a while after the fault has struck, or before the call.
func (x *cell) cancelled(t *testing.T, after time.Duration) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var ended time.Time
	end := func() {
		ended = time.Now()
		cancel(errEnoughWaiting)
	}
	s, c := x.begin(t, 1)
	if after == 0 {
		end()
	}
	x.strikes.then = func() { x.later(after, end) }
	r := x.op.call(ctx, x.world, c, s)
	done := time.Now()
	left := goroutinesOf("readdress/connector/graphconn.")
	x.strikes.set(true, true)
	x.work.Wait()
	synctest.Wait()
	if left != "" {
		t.Errorf("a goroutine is left:\n%s", left)
	}
	if x.strikes.late {
		t.Error("a request was sent after the call had returned")
	}
	v := x.judge(r, s)
	if s := v.String(); s != "" {
		t.Error(s)
	}
	switch {
	case after > 0 && x.strikes.struck == 0:
		t.Error("it did not strike, and nothing was tested")
	case ended.IsZero() || done.Before(ended):
		if !x.passes(r) {
			t.Errorf("it did not wait, and ended with %v", r.err)
		}
	case done.Sub(ended) > 0:
		t.Errorf("it ended %v after its context", done.Sub(ended))
	case !errors.Is(r.err, errEnoughWaiting):
		t.Errorf("it ended with %v", r.err)
	}
}

// passes reports whether nothing needed to be waited for: the pause before a second attempt is random and may be short.
func (x *cell) passes(r matrixReply) bool { return r.err == nil }

// goroutinesOf returns the stacks of goroutines that run functions of a package.
func goroutinesOf(pkg string) string {
	buf := make([]byte, 1<<20)
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, pkg) {
			return g
		}
	}
	return ""
}
