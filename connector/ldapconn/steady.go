package ldapconn

import (
	"context"
	"time"
)

// pace says how much a call asks for at a time. This one never changes its mind.
type pace struct{ batch, flight int }

// report is what became of one search.
type report struct {
	ids  int
	took time.Duration
	err  error
}

func (c *Connector) newPace(*trunk) *pace { return &pace{batch: 50, flight: c.inFlight()} }

func (p *pace) acquire(context.Context) (int, error) { return p.batch, nil }
func (p *pace) release(report)                       {}
func (p *pace) refuse(n int)                         { p.batch = max(1, min(p.batch, n/2)) }
func (p *pace) workers() int                         { return p.flight }
func (p *pace) least() int                           { return min(p.batch, 20) }
