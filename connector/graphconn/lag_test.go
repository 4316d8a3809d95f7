package graphconn_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestLaggingReplica: each request, and each part of a batch, reaches one of two replicas by chance, and one of them is behind by less than the pause of
// Options.Confirm. Whoever was made, restored, deleted or purged just now is never missing for a reason that is not so; what fails, fails
// because the replicas disagree.
func TestLaggingReplica(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rights []graphtest.Right
	}{{"Directory", everyRight}, {"Users", usersOnly}} {
		t.Run(tt.name, func(t *testing.T) {
			outcomes := map[refresh.Outcome]int{}
			for seed := range uint64(60) {
				synctest.Test(t, func(t *testing.T) { lag(t, seed, tt.rights, outcomes) })
			}
			t.Logf("outcomes: %v", outcomes)
			if outcomes[refresh.Missing] == 0 || outcomes[refresh.NotChanged] == 0 || outcomes[refresh.LookupFailed] == 0 {
				t.Errorf("not everything happened: %v", outcomes)
			}
		})
	}
}

func lag(t *testing.T, seed uint64, rights []graphtest.Right, outcomes map[refresh.Outcome]int) {
	w := newRealm(t, false, rights...)
	c := w.connect(t, matrixOptions)
	time.Sleep(time.Hour)
	w.s.Lag(4900 * time.Millisecond)
	alive := w.of(lives)
	for i, id := range alive[:12] {
		switch i % 4 {
		case 0:
			w.s.Delete(string(id))
			w.fate[id] = buried
		case 1:
			w.s.Purge(string(id))
			w.fate[id] = purged
		case 2:
			switchDomain(w.s, []string{string(id)})
		}
	}
	for _, id := range w.of(buried)[:6] {
		if w.s.Restore(string(id)); w.fate[id] == buried {
			w.fate[id] = lives
		}
	}
	u := w.s.Put(graphtest.User{UserPrincipalName: "new@contoso.example", Mail: "new@contoso.example", Proxies: []string{"SMTP:new@contoso.example"}})
	w.ids, w.fate[refresh.ID(u.ID)] = append(w.ids, refresh.ID(u.ID)), lives
	w.learn()
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	w.s.Fault(func(*graphtest.Request) *graphtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		stale := r.IntN(2) == 0
		return &graphtest.Fault{Stale: stale, Fresh: !stale}
	})
	res, err := refresh.Refresh(t.Context(), w.job(), refresh.Sides{Source: c}, &refresh.Options{Full: true})
	must(t, err)
	x := &cell{world: w, op: &operation{engine: true}}
	for _, row := range res.Rows {
		outcomes[row.Outcome]++
		if row.Outcome != refresh.Missing {
			continue
		}
		var v verdict
		x.judgeAbsence(w.fate[row.Before.ID], row.Reasons.List()[0], false, false, false, &v)
		if s := v.String(); s != "" {
			t.Errorf("seed %d: %s", seed, s)
		}
	}
}
