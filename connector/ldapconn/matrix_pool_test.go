package ldapconn_test

import (
	"context"
	"sync"
	"testing"
)

// realms lends realms to cells that run at the same time.
type realms struct {
	mu   sync.Mutex
	free map[realmKind][]*realm
	all  []*realm
}

// newRealms returns realms that end with the test.
func newRealms(t *testing.T) *realms {
	ws := &realms{free: map[realmKind][]*realm{}}
	t.Cleanup(func() {
		for _, w := range ws.all {
			must(t, w.forest.Stop())
		}
	})
	return ws
}

func (ws *realms) take(ctx context.Context, k realmKind) (*realm, error) {
	ws.mu.Lock()
	if n := len(ws.free[k]); n > 0 {
		w := ws.free[k][n-1]
		ws.free[k] = ws.free[k][:n-1]
		ws.mu.Unlock()
		return w, nil
	}
	ws.mu.Unlock()
	w, err := k.build(ctx)
	if w != nil {
		ws.mu.Lock()
		ws.all = append(ws.all, w)
		ws.mu.Unlock()
	}
	return w, err
}

func (ws *realms) give(w *realm) {
	w.heal()
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.free[w.kind] = append(ws.free[w.kind], w)
}

// sideBySide calls what is handed to run, at most n at a time, and waits for all of it.
func sideBySide(n int, of func(run func(func()))) {
	queue := make(chan func())
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for f := range queue {
				f()
			}
		})
	}
	of(func(f func()) { queue <- f })
	close(queue)
	workers.Wait()
}
