package refresh_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// ledger is a directory that tells its changes: what is there, and a log of what changed. A cursor is a place in the log.
type ledger struct {
	pin, server string
	boxes       map[refresh.ID]refresh.Lookup
	log         []refresh.ID
	can         refresh.Capability

	page       int // changes a page; zero means all
	markErr    error
	changesErr error                         // from Changes
	failPage   int                           // which page fails, counted from 1; zero means each
	failing    map[refresh.ID]refresh.Lookup // answers in place of the true ones
	inspecting error
	reading    func() // runs before changes are read
	resolving  func() // runs before the first answer
	failover   string // reported before the first answer

	asked          []refresh.ID // of the last run, sorted
	marks, changes int
}

func newLedger(mailboxes ...refresh.Mailbox) *ledger {
	l := &ledger{
		pin: "pin", server: "dc1", boxes: map[refresh.ID]refresh.Lookup{},
		can: refresh.CanResolve | refresh.CanInspect | refresh.CanTrack,
	}
	for _, m := range mailboxes {
		l.put(m)
	}
	return l
}

func (l *ledger) put(m refresh.Mailbox) { l.set(m.ID, refresh.Found(m)) }

func (l *ledger) set(id refresh.ID, x refresh.Lookup) {
	l.boxes[id] = x
	l.log = append(l.log, id)
}

func (l *ledger) Info() refresh.Info { return refresh.Info{System: "Ledger", Can: l.can} }

func (l *ledger) Inspect(context.Context) (refresh.Directory, error) {
	return refresh.Directory{Pin: l.pin, Server: l.server}, l.inspecting
}

func (l *ledger) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	if l.resolving != nil {
		l.resolving()
	}
	if l.failover != "" {
		refresh.FailedOver(ctx, l.server, l.failover, errOutage)
	}
	l.asked = append(l.asked, ids...)
	slices.Sort(l.asked)
	for i, id := range ids {
		if x, ok := l.failing[id]; ok {
			answer(i, x)
		} else if x, ok := l.boxes[id]; ok {
			answer(i, x)
		}
	}
	return nil
}

func (l *ledger) cursor(at int) refresh.Cursor {
	return refresh.Cursor{Token: fmt.Sprintf("%s %d", l.server, at)}
}

func (l *ledger) Mark(context.Context) (refresh.Cursor, error) {
	l.marks++
	return l.cursor(len(l.log)), l.markErr
}

func (l *ledger) Changes(_ context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
	l.changes++
	if l.reading != nil {
		l.reading()
	}
	text, ours := strings.CutPrefix(since.Token, l.server+" ")
	at, err := strconv.Atoi(text)
	switch {
	case l.changesErr != nil && (l.failPage == 0 || l.failPage == l.changes):
		return refresh.ChangePage{}, l.changesErr
	case !ours || err != nil || at > len(l.log):
		return refresh.ChangePage{}, refresh.ErrCursorExpired
	}
	to := len(l.log)
	if l.page > 0 {
		to = min(to, at+l.page)
	}
	return refresh.ChangePage{IDs: l.log[at:to], Next: l.cursor(to), More: to < len(l.log)}, nil
}

// sound lets everything that went wrong go right again.
func (l *ledger) sound() {
	l.markErr, l.changesErr, l.failing, l.inspecting, l.reading, l.resolving, l.failover = nil, nil, nil, nil, nil, nil, ""
}

// rows is a job whose rows are the mailboxes of the ledger's first entries, named as their IDs, with a source alone.
func (l *ledger) rows() refresh.Job {
	j := jobOf()
	j.Source.Pin = l.pin
	for i, id := range l.log {
		if slices.Contains(l.log[:i], id) {
			continue
		}
		x := l.boxes[id]
		m, _ := x.Mailbox()
		j.Matches = append(j.Matches, one(refresh.Source, string(id), refresh.Bound, m))
	}
	return j
}

// sync refreshes the source side, applies the result and forgets what was asked before.
func (l *ledger) sync(t *testing.T, j refresh.Job, opts *refresh.Options) refresh.Job {
	t.Helper()
	return apply(t, j, l.look(t, j, opts))
}

func (l *ledger) look(t *testing.T, j refresh.Job, opts *refresh.Options) *refresh.Result {
	t.Helper()
	l.asked, l.marks, l.changes = nil, 0, 0
	return run(t, j, refresh.Sides{Source: l}, noPause(opts))
}

func noPause(opts *refresh.Options) *refresh.Options {
	var o refresh.Options
	if opts != nil {
		o = *opts
	}
	o.ConfirmAfter = -time.Second
	return &o
}

// selecting selects rows by their keys.
func selecting(keys ...string) *refresh.Options {
	return &refresh.Options{Select: func(m refresh.Match) bool { return slices.Contains(keys, m.Key) }}
}

// edit returns a copy of the job in which the host changed a row.
func edit(t *testing.T, j refresh.Job, key string, change func(*refresh.Match)) refresh.Job {
	t.Helper()
	j.Matches = slices.Clone(j.Matches)
	for i := range j.Matches {
		if j.Matches[i].Key == key {
			change(&j.Matches[i])
			return j
		}
	}
	t.Fatalf("no row %q", key)
	return j
}

// without returns a copy of the job without a row.
func without(j refresh.Job, key string) refresh.Job {
	j.Matches = slices.DeleteFunc(slices.Clone(j.Matches), func(m refresh.Match) bool { return m.Key == key })
	return j
}

// plus returns a copy of the job with rows more.
func plus(j refresh.Job, rows ...refresh.Match) refresh.Job {
	j.Matches = append(slices.Clone(j.Matches), rows...)
	return j
}
