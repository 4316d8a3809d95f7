package imapconn

import (
	"errors"
	"sync"
)

// mostRejected is how many accounts are tried with the master user's password before anybody could log in with it.
const mostRejected = 3

// trial is a call that logs in to many accounts. Until the master user was let in once, it does so one account after the other, and not at all after
// [mostRejected] rejections, so that a wrong password does not lock the master user out.
type trial struct {
	c        *Connector
	mu       sync.Mutex
	rejected int
	err      error // the last rejection
}

// run calls f, which logs in, or returns the rejection of those before.
func (t *trial) run(f func() error) error {
	if !t.open() {
		t.mu.Lock()
		if !t.open() {
			defer t.mu.Unlock()
			if t.rejected == mostRejected {
				return t.err
			}
			err := f()
			if errors.Is(err, errMaster) {
				t.rejected, t.err = t.rejected+1, err
			}
			return err
		}
		t.mu.Unlock()
	}
	return f()
}

// open reports whether there is nothing to be careful about.
func (t *trial) open() bool { return !t.c.cfg.Auth.master() || t.c.master.Load() }

// begin begins a call that logs in to many accounts. What was learned of the master user holds as long as such a call is running: the password may be another one
// at the next.
func (c *Connector) begin() (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls++; c.calls == 1 {
		c.master.Store(false)
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.calls--
	}
}
