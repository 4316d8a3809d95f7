package refresh

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/readdress-go/readdress/internal/fanout"
)

// Refresh looks the selected rows of job up on the given sides, by identity, and returns what it found and what
// [Job.Apply] will write. It never changes job. Both sides run at the same time. The rows of job must not be written to before
// Refresh has returned, not even by a callback.
//
// A failed look-up is an outcome, not an error. The errors are those of a run that could not be made: an invalid
// job (*[InvalidError]), no side ([ErrNoSide]), a side that cannot resolve (*[UnsupportedError]), another directory
// than the job's (*[WrongDirectoryError], *[PinError]), rejected credentials (*[ReconfigureError]); they come
// without a result and before any look-up. When ctx ends, its cause comes together with the partial result.
func Refresh(ctx context.Context, job Job, sides Sides, opts *Options) (*Result, error) {
	r, err := newRun(job, sides, opts.orZero())
	if err != nil {
		return nil, err
	}
	r.selectRows()
	r.expectIDs()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.progress.drive(cancel, r.opts.Progress, func() {
		if err = r.preflight(ctx); err == nil {
			r.lookUp(ctx)
		}
	})
	if err != nil {
		return nil, err
	}
	res := r.result(ctx)
	if ctx.Err() != nil {
		res.Partial = true
		return res, fmt.Errorf("refresh: the run ended early: %w", context.Cause(ctx))
	}
	return res, nil
}

// Check makes the refusals and warnings of [Refresh] without looking anything up, so that a host can tell
// beforehand whether a refresh with these options is possible, and which rows to enrol first ([WarnNoIdentity]). A side that cannot be reached is an error.
func Check(ctx context.Context, job Job, sides Sides, opts *Options) ([]Warning, error) {
	r, err := newRun(job, sides, opts.orZero())
	if err != nil {
		return nil, err
	}
	r.selectRows()
	if err := r.preflight(ctx); err != nil {
		return nil, err
	}
	for _, s := range r.sides {
		for _, i := range r.selected {
			s.tally.count(job.Matches[i].Key, *job.Matches[i].side(s.side).origin)
		}
		if s.failed != nil {
			return nil, fmt.Errorf("refresh: inspecting the %s side: %w", s.side, s.failed)
		}
	}
	r.judgeRun()
	return r.warnings(), nil
}

// run is the state of one call of Refresh.
type run struct {
	job      Job
	survey   *survey
	opts     Options
	log      *slog.Logger
	started  time.Time
	selected []int      // indices into job.Matches
	sides    []*sideRun // the asked ones, source first
	progress *progress
	makeRows func() []Row // those of the result, source before target; not filled yet
	filling  sync.Mutex   // rows of both sides share cache lines
}

// sideRun is the state of one asked side. During look-ups it belongs to that side's goroutine.
type sideRun struct {
	side     Side
	conn     Connector
	resolver Resolver
	endpoint Endpoint
	record   SideRun
	dir      Directory
	plan     plan
	marked   *MarkedSide // where this part of a job begins; nil for a whole
	failed   error       // the side could not be asked at all; every look-up fails with it

	stamped  []idTag      // per match: not 0 where its stamp vouches for what it holds
	vouches  []bool       // per selected row: it needs no look-up; nil unless the path is incremental
	asked    *roster      // the IDs that are looked up; nil until they are collected
	replicas replicaNames // those that answered
	first    []reply      // per ID asked for
	again    []int32      // per ID asked for: the place of its confirmation in second, from 1 on; nil when none was asked for
	second   []reply      // the confirmations asked for
	saw      sight        // what the first answers show
	sawAgain sight        // and what the confirmations show
	findings map[string]Finding
	warned   []Warning
	tally    tally // of the rows, as they are filled
	failures int   // rows that ended as LookupFailed
	filled   bool  // the rows that are vouched for are filled already
	said     shared
	rejected bool // the server rejected the credentials in mid-run
}

func newRun(job Job, sides Sides, opts Options) (*run, error) {
	found, err := job.survey()
	if err != nil {
		return nil, err
	}
	r := &run{job: job, survey: found, opts: opts, log: opts.Logger, started: now(), progress: newProgress()}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.makeRows = sync.OnceValue(func() []Row { return make([]Row, len(r.selected)*len(r.sides)) })
	for _, s := range []struct {
		side Side
		conn Connector
	}{{Source, sides.Source}, {Target, sides.Target}} {
		if s.conn == nil {
			continue
		}
		side, err := newSideRun(s.side, s.conn, job.Endpoint(s.side))
		if err != nil {
			return nil, err
		}
		side.stamped = found.stamped[s.side.index()]
		r.sides = append(r.sides, side)
	}
	if len(r.sides) == 0 {
		return nil, ErrNoSide
	}
	return r, nil
}

func newSideRun(side Side, conn Connector, ep Endpoint) (*sideRun, error) {
	resolver, ok := As[Resolver](conn)
	if !ok {
		return nil, unsupported(side, conn)
	}
	return &sideRun{
		side: side, conn: conn, resolver: resolver, endpoint: ep,
		record: SideRun{
			System: printable(conn.Info().System), Account: ep.Account, PinBefore: ep.Pin, Path: PathFull,
			Cursor: ep.Cursor, CursorBefore: ep.Cursor, Epoch: ep.Epoch, EpochBefore: ep.Epoch,
			Since: ep.Since, SinceBefore: ep.Since, SealBefore: ep.Seal,
		},
	}, nil
}

// unsupported is the refusal of a side that cannot resolve identities; the remedy depends on the side.
func unsupported(side Side, conn Connector) error {
	e := &UnsupportedError{
		Side: side, System: conn.Info().System, Need: CanResolve,
		Reason: "it does not know mailboxes by an immutable identity",
		Remedy: "create a new job for the new addresses, or use a connector that proves renames",
	}
	if side == Target {
		e.Remedy = "reconfigure the connection and match the target mailboxes again"
	}
	if x, ok := conn.(Explainer); ok {
		if reason, remedy := x.Explain(CanResolve); reason != "" && remedy != "" {
			e.Reason, e.Remedy = reason, remedy
		}
	}
	return e
}

// selectRows asks the host's selection once per row, in order, before any I/O.
func (r *run) selectRows() {
	r.selected = make([]int, len(r.job.Matches))
	n := 0
	for i := range r.job.Matches {
		if r.opts.Select == nil || r.opts.Select(r.job.Matches[i]) {
			r.selected[n] = i
			n++
		}
	}
	r.selected = r.selected[:n]
}

// expectIDs says how many look-ups there will be, as far as that is known before.
func (r *run) expectIDs() {
	for _, s := range r.sides {
		if _, tracks := As[Tracker](s.conn); tracks && !s.endpoint.Cursor.IsZero() {
			continue // what has to be asked for depends on what changed
		}
		s.collect(r.job.Matches, r.selected)
		r.progress.total(s.side, s.asked.len())
	}
}

// lookUp asks both sides at the same time. It has no error: what fails is an outcome.
func (r *run) lookUp(ctx context.Context) {
	_ = fanout.Each(ctx, 0, len(r.sides), func(ctx context.Context, i int) error {
		s := r.sides[i]
		ctx = withReporter(ctx, r.reporter(s))
		s.track(ctx, r)
		s.collect(r.job.Matches, r.selected)
		r.progress.total(s.side, s.asked.len())
		r.log.InfoContext(ctx, "refresh: looking up", "side", s.side, "system", s.record.System, "server", s.record.Server,
			"ids", s.asked.len(), "path", s.record.Path, "why", s.record.Why)
		_ = fanout.Each(ctx, 0, 2, func(ctx context.Context, task int) error {
			if task == 0 {
				s.resolve(ctx, r)
			} else {
				s.fillVouched(r, i)
			}
			return nil
		})
		if r.opts.Verify {
			s.verify(ctx, r.job.Matches, r.selected)
		}
		return nil
	})
	for _, s := range r.sides {
		s.collect(r.job.Matches, r.selected) // where the run ended before
		s.sealUnasked(ctx)
	}
}

// libraryVersion is the version of this module in the running program.
func libraryVersion() string {
	const module = "github.com/readdress-go/readdress"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == module && m.Version != "" {
				return m.Version
			}
		}
	}
	return "(devel)"
}
