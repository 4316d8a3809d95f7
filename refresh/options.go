package refresh

import (
	"log/slog"
	"time"
)

// Sides are the connectors of a run. A nil side is not asked: it has no outcomes, and nothing of it is touched.
type Sides struct {
	Source, Target Connector
}

// Options adjust a run. Nil and the zero value work.
type Options struct {
	// Select picks the rows to refresh; nil picks all. It runs once per row, in order, before any I/O.
	Select func(Match) bool
	// Verify also looks at rows without an ID by their address, as evidence only, and asks systems where that costs more which
	// mailbox an account has.
	Verify bool
	// Full looks every selected row up, also where the connector tells what changed.
	Full bool
	// MaxAge is how old the last full look at a side may be before the next run is a full one, so that what no directory reports as a
	// change is found. Zero means seven days, a negative value any age. Then every row is looked up once more, those that are not
	// selected when they are the next time: to look at a few rows afresh, set Full.
	MaxAge time.Duration
	// Marks is where the parts of a split job begin: see [TakeMarks].
	Marks *Marks
	// ExpectDomain is the domain that addresses should have moved to: rows that did not are listed in a warning,
	// on every side whose directory does not deny accepting it.
	ExpectDomain string
	// Operator names who runs the refresh, for the audit record.
	Operator string
	// SkipPinCheck runs a pinned job on a connector that cannot tell which directory it reaches.
	SkipPinCheck bool
	// AcceptReverted applies answers that equal the former value although another replica gave them
	// ([CauseStale] otherwise).
	AcceptReverted bool
	// ConfirmAfter is the pause before a proven absence is asked again of a connector that is no [Confirmer].
	// Zero means one second, a negative value no pause.
	ConfirmAfter time.Duration
	// Progress is called on the goroutine that called Refresh, never concurrently, with counts that never fall.
	// A slow callback misses steps; it does not slow the run down.
	Progress func(Progress)
	// Logger gets one record at the start and end of each side at Info, details at Debug; nil logs nothing.
	Logger *slog.Logger
}

// Progress is how far a run has come.
type Progress struct {
	Source, Target Count
	// Waiting says why a connector waits, and Until when; empty when none does.
	Waiting string
	Until   time.Time
}

// Count is the number of IDs answered, of those to look up.
type Count struct{ Done, Total int }

const defaultConfirmAfter = time.Second

func (o *Options) orZero() Options {
	if o == nil {
		return Options{}
	}
	return *o
}
