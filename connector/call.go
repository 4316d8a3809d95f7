package connector

import (
	"context"
	"errors"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

// Call is one call of an ability, as an interceptor sees it.
type Call struct {
	Ability refresh.Capability // the one bit of the ability, such as [refresh.CanResolve]
	Method  string             // the method's name: "Resolve", "Confirm", "Find", "List", "Inspect", "Mark" or "Changes"
	System  string             // the system that the connector talks to
	N       int                // how many IDs or addresses are asked; 0 where the method takes none

	answers interface {
		settle(final func(error) bool) (open int)
	}
	list *listing
}

// Settle says which of the failures so far are final, and returns how many IDs or addresses are still open: those
// that another do asks again. It calls final with the error of every failed answer, and with the error of the last do
// ([refresh.ErrNoAnswer] when that was nil) for those without an answer. A final failure goes out at once and is not
// asked again. Methods that do not answer one by one have nothing open. Call Settle between two calls of do.
func (c Call) Settle(final func(error) bool) (open int) {
	if c.answers == nil {
		return 0
	}
	return c.answers.settle(final)
}

// errEnded is the cause that ends a do which its interceptor left running.
var errEnded = errors.New("connector: the intercepted call has ended")

// session is the life of one intercepted call: do runs once at a time, and not after the end.
type session struct {
	running sync.Mutex // held while a do runs

	mu     sync.Mutex
	ended  bool
	cancel context.CancelCauseFunc // of the do that runs
}

func (s *session) do(ctx context.Context, work func(context.Context) error) error {
	s.running.Lock()
	defer s.running.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return errEnded
	}
	s.cancel = cancel
	s.mu.Unlock()
	return work(ctx)
}

// end stops a do that is still running and waits for it, because nothing may answer after the call has returned.
func (s *session) end() {
	s.mu.Lock()
	s.ended = true
	if s.cancel != nil {
		s.cancel(errEnded)
	}
	s.mu.Unlock()
	s.running.Lock()
	defer s.running.Unlock()
}
