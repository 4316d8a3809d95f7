package connector_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestRetryable(t *testing.T) {
	for _, tt := range []struct {
		err    error
		want   bool
		reason string
	}{
		{errDown, true, "an unknown error may pass"},
		{io.ErrUnexpectedEOF, true, "a cut connection may come back"},
		{refresh.ErrNoAnswer, true, "a hole may be filled"},
		{refresh.ErrReplicasDisagree, true, "replicas converge"},
		{context.DeadlineExceeded, true, "it may be the connector's own limit for one round trip"},
		{nil, false, "there is nothing to try again"},
		{context.Canceled, false, "somebody does not want it any more"},
		{refresh.ErrCredentials, false, "trying again may lock the account"},
		{refresh.ErrForbidden, false, "rights do not come by asking"},
		{refresh.ErrNotVisible, false, "sight does not come by asking"},
		{refresh.ErrOutOfScope, false, "the scope stays"},
		{refresh.ErrMailboxUnknown, false, "what cannot be told is a right or an attribute that is lacking"},
		{refresh.ErrCursorExpired, false, "the cursor stays expired"},
		{errors.ErrUnsupported, false, "an ability does not come by asking"},
		{&refresh.UnsupportedError{}, false, "an ability does not come by asking"},
		{&refresh.ValueError{Attr: "mail"}, false, "the value stays malformed"},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("wrapped: %w", tt.err)} {
			if tt.err == nil {
				err = nil
			}
			if got := connector.Retryable(err); got != tt.want {
				t.Errorf("Retryable(%v) = %t, want %t: %s", err, got, tt.want, tt.reason)
			}
		}
	}
}

// retried plays rounds through Retry, in a bubble, and returns what came of it.
func retried(t *testing.T, opts *connector.RetryOptions, errs []error, play map[refresh.ID]string, ids ...refresh.ID) (got map[int][]string, asked [][]refresh.ID, took time.Duration, err error) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		got, err = collect(t.Context(), connector.Retry(rounds(&asked, errs, play), opts).(wrapped), ids...)
		took = time.Since(start)
	})
	return got, asked, took, err
}

func TestRetryAsksAgain(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		errs         []error
		play         map[refresh.ID]string
		want         map[int][]string
		asked        []int // how many IDs in each attempt
		err          error
	}{
		{"a good call", "nothing to do", []error{nil}, map[refresh.ID]string{"a": "f", "b": "g"},
			map[int][]string{0: {"found a"}, 1: {"gone"}}, []int{2}, nil},
		{"a hole", "no answer is asked again", []error{nil, nil}, map[refresh.ID]string{"a": "-f", "b": "g"},
			map[int][]string{0: {"found a"}, 1: {"gone"}}, []int{2, 1}, nil},
		{"a failed answer", "a later attempt heals it, and it never shows", []error{nil, nil, nil}, map[refresh.ID]string{"a": "xxg", "b": "f"},
			map[int][]string{0: {"gone"}, 1: {"found b"}}, []int{2, 1, 1}, nil},
		{"a cut call", "what came before the cut counts", []error{errDown, nil}, map[refresh.ID]string{"a": "f", "b": "-f"},
			map[int][]string{0: {"found a"}, 1: {"found b"}}, []int{2, 1}, nil},
		{"never better", "an error never becomes an absence", []error{errDown, errDown, errDown, errDown}, map[refresh.ID]string{"a": "x---", "b": "----"},
			map[int][]string{0: {"failed: round 1"}}, []int{2, 2, 2, 2}, errDown},
		{"credentials rejected", "asking again may lock the account", []error{refresh.ErrCredentials}, map[refresh.ID]string{"a": "-"},
			map[int][]string{}, []int{1}, refresh.ErrCredentials},
		{"all answered, then an error", "there is nothing left to ask", []error{errDown}, map[refresh.ID]string{"a": "f"},
			map[int][]string{0: {"found a"}}, []int{1}, errDown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ids := []refresh.ID{"a", "b"}[:len(tt.play)]
			got, asked, _, err := retried(t, nil, tt.errs, tt.play, ids...)
			var n []int
			for _, a := range asked {
				n = append(n, len(a))
			}
			if d := cmp.Diff(tt.want, got); d != "" || !errors.Is(err, tt.err) {
				t.Errorf("%s: %v, want %v; answers (-want +got):\n%s", tt.reason, err, tt.err, d)
			}
			if d := cmp.Diff(tt.asked, n); d != "" {
				t.Errorf("%s: asked (-want +got):\n%s", tt.reason, d)
			}
		})
	}
}

func TestRetryLeavesFinalFailures(t *testing.T) {
	n := 0
	inner := &fake{resolve: func(_ context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
		if n++; n == 2 {
			if d := cmp.Diff([]refresh.ID{"busy"}, ids); d != "" {
				t.Errorf("asked again (-want +got):\n%s", d)
			}
			answer(0, found("busy"))
			return nil
		}
		answer(0, refresh.Failed(refresh.ErrNotVisible))
		answer(1, refresh.Failed(&refresh.ValueError{Attr: "mail", Index: -1}))
		answer(2, refresh.Failed(errDown))
		return nil
	}}
	c := connector.Retry(inner, &connector.RetryOptions{Pause: time.Nanosecond}).(wrapped)
	got, err := collect(t.Context(), c, "hidden", "malformed", "busy")
	want := map[int][]string{0: {"failed: not visible"}, 1: {"failed: malformed value in mail"}, 2: {"found busy"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("Resolve = %v; answers (-want +got):\n%s", err, d)
	}
}

func TestRetryPauses(t *testing.T) {
	all := []error{errDown, errDown, errDown, errDown, errDown, errDown}
	for _, tt := range []struct {
		name, reason string
		opts         *connector.RetryOptions
		calls        int
		low, high    time.Duration
	}{
		{"default", "0.5, 1 and 2 s, at least half of each", nil, 4, 1750 * time.Millisecond, 3500 * time.Millisecond},
		{"zero", "the zero value works", &connector.RetryOptions{}, 4, 1750 * time.Millisecond, 3500 * time.Millisecond},
		{"one attempt", "no retry, no pause", &connector.RetryOptions{Attempts: 1}, 1, 0, 0},
		{"capped", "10 s, then 20 s three times", &connector.RetryOptions{Attempts: 5, Pause: 10 * time.Second, MaxPause: 20 * time.Second}, 5, 35 * time.Second, 70 * time.Second},
		{"own judgement", "If decides", &connector.RetryOptions{If: func(error) bool { return false }}, 1, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, asked, took, err := retried(t, tt.opts, all, map[refresh.ID]string{"a": "------"}, "a")
			if len(asked) != tt.calls || took < tt.low || took > tt.high || !errors.Is(err, errDown) {
				t.Errorf("%d calls in %v (%v), want %d in %v to %v: %s", len(asked), took, err, tt.calls, tt.low, tt.high, tt.reason)
			}
			if many := strings.Contains(err.Error(), "attempts"); many != (tt.calls > 1) {
				t.Errorf("the error is %q after %d attempts", err, tt.calls)
			}
		})
	}
}

func TestRetryOtherAbilities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := failing(errDown)
		n := 0
		inner.inspect = func(context.Context) (refresh.Directory, error) {
			if n++; n < 3 {
				return refresh.Directory{}, errDown
			}
			return refresh.Directory{Pin: "pin"}, nil
		}
		rejected := 0
		inner.changes = func(context.Context, refresh.Cursor) (refresh.ChangePage, error) {
			rejected++
			return refresh.ChangePage{}, refresh.ErrCredentials
		}
		calls := 0
		inner.list = lists(&calls, listing(0, errDown), listing(1, errDown), listing(2, nil)).list
		asked := 0
		inner.find = func(_ context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
			asked += len(addrs)
			if len(addrs) == 2 {
				answer(0, refresh.FindFailed(errDown))
				answer(1, refresh.Hits())
				return nil
			}
			answer(0, refresh.Hits(refresh.Mailbox{ID: "a"}))
			return nil
		}
		c := connector.Retry(inner, nil).(wrapped)
		if d, err := c.Inspect(t.Context()); d.Pin != "pin" || err != nil {
			t.Errorf("Inspect = %+v, %v, want the third attempt's", d, err)
		}
		if _, err := c.Changes(t.Context(), refresh.Cursor{}); !errors.Is(err, refresh.ErrCredentials) || rejected != 1 {
			t.Errorf("Changes = %v after %d calls: rejected credentials are not tried again", err, rejected)
		}
		if ids, err := listOf(t.Context(), c); len(ids) != 1 || !errors.Is(err, errDown) || calls != 2 {
			t.Errorf("List = %v, %v after %d calls: a list that has begun is not made again", ids, err, calls)
		}
		calls = 1 // the list that has begun
		start := time.Now()
		if _, err := listOf(t.Context(), c); !errors.Is(err, errDown) || time.Since(start) > 0 {
			t.Errorf("List = %v after %v: there is nothing to wait for", err, time.Since(start))
		}
		hits := map[int][]int{}
		err := c.Find(t.Context(), []refresh.Address{"a@x.example", "b@x.example"}, func(i int, f refresh.Finding) {
			m, _ := f.Mailboxes()
			hits[i] = append(hits[i], len(m))
		})
		if d := cmp.Diff(map[int][]int{0: {1}, 1: {0}}, hits); d != "" || err != nil || asked != 3 {
			t.Errorf("Find = %v, asked %d addresses, want 3; hits (-want +got):\n%s", err, asked, d)
		}
		if _, err := c.Mark(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("Mark = %v", err)
		}
	})
}

func TestRetryEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(errOther) })
		var asked [][]refresh.ID
		c := connector.Retry(rounds(&asked, []error{errDown}, map[refresh.ID]string{"a": "x"}), &connector.RetryOptions{Pause: time.Hour, MaxPause: time.Hour}).(wrapped)
		start := time.Now()
		got, err := collect(ctx, c, "a")
		if !errors.Is(err, errOther) || time.Since(start) != time.Minute {
			t.Errorf("Resolve = %v after %v, want the cause after 1m", err, time.Since(start))
		}
		if d := cmp.Diff(map[int][]string{0: {"failed: round 1"}}, got); d != "" {
			t.Errorf("what had failed still comes out (-want +got):\n%s", d)
		}
		if _, err := collect(ctx, connector.Retry(failing(errDown), nil).(wrapped), "a"); !errors.Is(err, errDown) {
			t.Errorf("Resolve = %v, want the call's error and no further attempt", err)
		}
	})
}

// TestRetryTellsItsWaiting runs a refresh whose first call breaks off.
func TestRetryTellsItsWaiting(t *testing.T) { synctest.Test(t, testRetryTellsItsWaiting) }

func testRetryTellsItsWaiting(t *testing.T) {
	sys := memconn.New("test", nil)
	anna := sys.Put(refresh.Mailbox{Primary: "anna@old.example"})
	conn := sys.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Call: 1, Err: errDown}}}})
	job := refresh.Job{ID: "job", Matches: []refresh.Match{{Key: "1", Source: anna, SourceOrigin: refresh.Bound}}}
	sys.Rename(anna.ID, "anna@new.example", memconn.KeepOld)
	waited := ""
	res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: connector.Retry(conn, nil)}, &refresh.Options{
		Progress: func(p refresh.Progress) {
			if p.Waiting != "" {
				waited = p.Waiting
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Rows[0].Outcome; got != refresh.Refreshed {
		t.Errorf("the outcome is %s, want %s", got, refresh.Refreshed)
	}
	if want := "test did not answer: attempt 2 of 4 follows"; waited != want {
		t.Errorf("the run was told %q, want %q", waited, want)
	}
}
