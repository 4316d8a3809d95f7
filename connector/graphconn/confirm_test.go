package graphconn_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestConfirmPauses confirms what a replica that lags left out: it is found after the pause.
func TestConfirmPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, nil)
		s.Lag(3 * time.Second)
		ids := people(s, 2)
		s.Fault(func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Stale: true} })
		c := connect(t, s, &graphconn.Options{}, everyRight...)
		got, err := lookUp(t, c.Resolve, ids...)
		expect(t, "a replica that does not know them yet", got, err, "gone by direct-read", "gone by direct-read")
		start := time.Now()
		got, err = lookUp(t, c.Confirm, ids...)
		expect(t, "the same replica 5 seconds later", got, err, "found user0@contoso.example", "found user1@contoso.example")
		if d := time.Since(start); d < 5*time.Second || d > 6*time.Second {
			t.Errorf("it took %v", d)
		}
		var cause = errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		start = time.Now()
		err = c.Confirm(ctx, toIDs(ids), func(int, refresh.Lookup) { t.Error("it answered") })
		if !errors.Is(err, cause) || time.Since(start) != time.Second {
			t.Errorf("cancelled in the pause: %v after %v", err, time.Since(start))
		}
	})
}

// TestLagIsNoAbsence refreshes at a replica that lags behind: who was restored a moment ago is not missing.
func TestLagIsNoAbsence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.Start(t, nil)
		ids := people(s, 50)
		job := jobOf(s, ids)
		for _, id := range ids[:10] {
			s.Delete(id)
		}
		time.Sleep(time.Hour)
		s.Lag(4 * time.Second)
		s.Fault(func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Stale: true} })
		for _, id := range ids[:10] {
			s.Restore(id)
		}
		run(t, job, connect(t, s, &graphconn.Options{}, everyRight...), nil, map[refresh.Outcome]int{refresh.NotChanged: 40, refresh.LookupFailed: 10})
	})
}
