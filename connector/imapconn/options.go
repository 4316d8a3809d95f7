package imapconn

import (
	"log/slog"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// Options adjust a connector. Nil and the zero value work.
type Options struct {
	// InFlight is how many connections this connector has at a time at most. Zero means 8. A server may allow fewer from one address: Dovecot's
	// mail_max_userip_connections counts those of one account, of which this connector never makes two at a time in one call.
	InFlight int
	// Timeout bounds one command with its answer, and making a connection. Zero means 30 seconds.
	Timeout time.Duration
	// Rename says who may hold now what had the old address, and adds the ability to resolve: see "Proven renames" in the package comment, and
	// [ReadRenames]. A call of Resolve calls it once for each ID, one after the other. Nil is no such plan.
	Rename func(old refresh.Address) []Candidate
	// Logger gets at Debug what was decided on the way. It never gets addresses, logins or passwords.
	Logger *slog.Logger
}

const (
	defaultInFlight = 8
	defaultTimeout  = 30 * time.Second
)

func (o *Options) orZero() Options {
	r := Options{}
	if o != nil {
		r = *o
	}
	if r.InFlight <= 0 {
		r.InFlight = defaultInFlight
	}
	if r.Timeout <= 0 {
		r.Timeout = defaultTimeout
	}
	if r.Logger == nil {
		r.Logger = slog.New(slog.DiscardHandler)
	}
	return r
}
