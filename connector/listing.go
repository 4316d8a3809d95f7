package connector

import (
	"cmp"
	"context"

	"github.com/readdress-go/readdress/refresh"
)

// listing is one intercepted List.
type listing struct {
	yield  func(refresh.Entry, error) bool
	around func(body func() bool) (bool, error) // wraps the caller's loop body where set

	given    bool // an entry has gone out
	left     bool // the caller left the loop
	complete bool
	err      error // what the last do ended with
}

// pass runs the inner list through to the caller. An error is kept for finish, because a later do may heal it.
func (l *listing) pass(ctx context.Context, inner refresh.Lister) error {
	if l.complete || l.given {
		return l.err
	}
	l.err = nil
	for entry, err := range inner.List(ctx) {
		if err != nil {
			l.err = err
			return err
		}
		l.given = true
		more, err := l.hand(entry)
		if err != nil {
			l.err = err
			return err
		}
		if !more {
			l.left = true
			return nil
		}
	}
	if ctx.Err() != nil {
		l.err = context.Cause(ctx) // a list cut short is not complete, whatever the connector says
		return l.err
	}
	l.complete = true
	return nil
}

func (l *listing) hand(entry refresh.Entry) (more bool, err error) {
	if l.around == nil {
		return l.yield(entry, nil), nil
	}
	return l.around(func() bool { return l.yield(entry, nil) })
}

// finish ends the sequence: with an error unless the list is complete.
func (l *listing) finish(err error) {
	if l.left {
		return
	}
	if err == nil && !l.complete {
		err = cmp.Or(l.err, errNotMade)
	}
	if err != nil {
		l.yield(refresh.Entry{}, err)
	}
}
