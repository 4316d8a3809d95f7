package match_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

var errDown = errors.New("the server is down")

// jobOf makes a job of rows, which get a source where they have none.
func jobOf(rows ...refresh.Match) refresh.Job {
	j := refresh.NewJob("rows")
	for _, m := range rows {
		if m.SourceOrigin == refresh.None {
			m.Source, m.SourceOrigin = refresh.Mailbox{ID: refresh.ID("s-" + m.Key), Primary: refresh.Address("s" + m.Key + "@source.example")}, refresh.Bound
		}
		j.Matches = append(j.Matches, m)
	}
	return j
}

// typed is a row whose target was entered by its address.
func typed(key string, a refresh.Address) refresh.Match {
	return refresh.Match{Key: key, Target: refresh.Mailbox{Primary: a}, TargetOrigin: refresh.Manual}
}

// bound is a row whose target is known.
func bound(key string, mb refresh.Mailbox) refresh.Match {
	return refresh.Match{Key: key, Target: mb, TargetOrigin: refresh.Bound}
}

func rowOf(t testing.TB, j refresh.Job, key string) refresh.Match {
	t.Helper()
	m, ok := j.Match(key)
	if !ok {
		t.Fatalf("row %q is not in the job", key)
	}
	return m
}

func equal(t interface {
	Helper()
	Errorf(format string, args ...any)
}, reason string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", reason, d)
	}
}

func asError[E error](t testing.TB, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("got error %v, want a %T", err, e)
	}
	return e
}

// onTarget makes the sides of a run that asks the target alone.
func onTarget(c refresh.Connector) refresh.Sides { return refresh.Sides{Target: c} }

// finder answers Find as a test says, and everything else as the connector in it.
type finder struct {
	*memconn.Connector
	find func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error
}

func (f *finder) Find(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
	return f.find(ctx, addrs, answer)
}
