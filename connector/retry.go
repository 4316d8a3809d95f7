package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/internal/backoff"
	"github.com/readdress-go/readdress/refresh"
)

// RetryOptions adjust [Retry]. Nil and the zero value work.
type RetryOptions struct {
	// Attempts is how often a call is made in all; zero means 4, one means no retry.
	Attempts int
	// Pause is the longest first pause, zero means half a second. Each pause may be twice as long as the one before; half
	// of it is random.
	Pause time.Duration
	// MaxPause is the longest pause of all; zero means 15 seconds.
	MaxPause time.Duration
	// If says which errors are worth another attempt; nil means [Retryable].
	If func(error) bool
}

func (o *RetryOptions) orZero() RetryOptions {
	r := RetryOptions{}
	if o != nil {
		r = *o
	}
	if r.Attempts < 1 {
		r.Attempts = 4
	}
	if r.Pause <= 0 {
		r.Pause = 500 * time.Millisecond
	}
	if r.MaxPause <= 0 {
		r.MaxPause = 15 * time.Second
	}
	if r.If == nil {
		r.If = Retryable
	}
	return r
}

// notRetryable are the answers that asking again does not change.
var notRetryable = []error{
	context.Canceled, refresh.ErrCredentials, refresh.ErrForbidden, refresh.ErrNotVisible, refresh.ErrOutOfScope,
	refresh.ErrMailboxUnknown, refresh.ErrCursorExpired, errors.ErrUnsupported,
}

// Retryable reports whether asking again may help: not after a cancellation, nor where credentials, rights,
// visibility, scope, a cursor, a malformed value or a missing ability are the cause. A deadline is retryable, because it may
// be the connector's own for one round trip; when it is the caller's, [Retry] ends with it anyway.
func Retryable(err error) bool {
	if err == nil {
		return false
	}
	for _, e := range notRetryable {
		if errors.Is(err, e) {
			return false
		}
	}
	_, malformed := errors.AsType[*refresh.ValueError](err)
	return !malformed
}

// Retry returns a connector that makes a call of c again when it failed for a reason that may pass. It asks again only
// for what is not answered, holds a failed answer back until no attempt is left, and leaves absences alone: an absence is an
// answer, and no error becomes one. It pauses between attempts, tells [refresh.Waiting] so, and ends with the
// context. A List is made again only as long as it has yielded nothing. Where calls are limited too, write
// Retry(Limit(c, n), nil), so that a pause does not use up a turn.
func Retry(c refresh.Connector, opts *RetryOptions) refresh.Connector {
	o := opts.orZero()
	pauses := backoff.Backoff{First: o.Pause, Max: o.MaxPause}
	return Intercept(c, func(ctx context.Context, call Call, do func(context.Context) error) error {
		for attempt := 1; ; attempt++ {
			err := do(ctx)
			if ctx.Err() != nil || err != nil && !o.If(err) {
				return err
			}
			open := call.Settle(func(err error) bool { return !o.If(err) })
			if open == 0 && (err == nil || call.N > 0) {
				return err
			}
			if call.list != nil && call.list.given {
				return err
			}
			if attempt == o.Attempts {
				if err != nil && attempt > 1 {
					err = fmt.Errorf("connector: no success in %d attempts: %w", attempt, err)
				}
				return err
			}
			if err := wait(ctx, pauses.Pause(attempt-1), fmt.Sprintf("%s did not answer: attempt %d of %d follows", call.System, attempt+1, o.Attempts)); err != nil {
				return err
			}
		}
	})
}

func wait(ctx context.Context, pause time.Duration, why string) error {
	refresh.Waiting(ctx, time.Now().Add(pause), why)
	defer refresh.Waiting(ctx, time.Time{}, "")
	if err := backoff.Sleep(ctx, pause); err != nil {
		return fmt.Errorf("connector: waiting to ask again: %w", err)
	}
	return nil
}
