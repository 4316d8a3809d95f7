package graphconn

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Options adjust a connector. Nil and the zero value work.
type Options struct {
	// InFlight is how many requests this connector has in progress at most. Zero means 4. Fewer are used after a refusal.
	InFlight int
	// Patience is how long one request may wait for the service in all, counted from its first failure. Zero means 10 minutes. Retry-After may be
	// several minutes.
	Patience time.Duration
	// Timeout bounds one request with its answer, and one call of [Config].Token. Zero means 30 seconds.
	Timeout time.Duration
	// Confirm is the pause before what was not there is asked for once more. Zero means 5 seconds.
	Confirm time.Duration
	// Priority says whom the service refuses first when it must; the zero value is Normal.
	Priority Priority
	// Groups: IDs may also be those of groups.
	Groups bool
	// Logger gets at Debug what was decided on the way: retries, pauses, limits. It never gets addresses, names or tokens.
	Logger *slog.Logger
}

// Priority is a request's rank when the service has to refuse some: low ones first, high ones last. It does not change
// the limits (Microsoft, "Microsoft Graph service-specific throttling limits", x-ms-throttle-priority).
type Priority uint8

// The priorities.
const (
	Normal Priority = iota
	Low             // nobody sees when it is refused
	High            // a person waits for the answer
)

// String returns "Normal", "Low" or "High".
func (p Priority) String() string {
	switch p {
	case Normal:
		return "Normal"
	case Low:
		return "Low"
	case High:
		return "High"
	}
	return fmt.Sprintf("Priority(%d)", uint8(p))
}

const (
	defaultInFlight = 4
	defaultPatience = 10 * time.Minute
	defaultTimeout  = 30 * time.Second
	defaultConfirm  = 5 * time.Second
)

func (o *Options) orZero() Options {
	r := Options{}
	if o != nil {
		r = *o
	}
	if r.InFlight <= 0 {
		r.InFlight = defaultInFlight
	}
	for _, d := range []struct {
		of  *time.Duration
		def time.Duration
	}{{&r.Patience, defaultPatience}, {&r.Timeout, defaultTimeout}, {&r.Confirm, defaultConfirm}} {
		if *d.of <= 0 {
			*d.of = d.def
		}
	}
	if r.Logger == nil {
		r.Logger = slog.New(slog.DiscardHandler)
	}
	return r
}

func (o Options) check() error {
	if o.Priority > High {
		return errors.New("graphconn: Options.Priority is none of Normal, Low and High")
	}
	return nil
}
