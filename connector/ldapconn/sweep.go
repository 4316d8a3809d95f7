package ldapconn

import (
	"context"
	"log/slog"
	"time"
)

// sweep reads everything page by page, for a call that asks for most of it, where pages answer faster than batches. It finds
// out by measuring: first it looks at a few entries, then it reads pages while the batches wait, and stops as soon as
// these were faster. It makes decisions and no I/O.
type sweep struct {
	peek func(context.Context) (tally, error) // looks at a few entries, on a connection that is there
	page func(context.Context) (tally, error) // reads the next page, on a connection of its own, and answers what it holds
	hold func(bool)                           // keeps the batches waiting, or lets them go on
	rate func() float64                       // how many IDs the batches answer in a second; 0 while that is not known
	log  *slog.Logger
}

// tally is what some entries are good for.
type tally struct {
	entries int
	hits    int  // of IDs that were asked for and had no answer yet
	more    bool // there are further pages
}

const (
	sweepFrom = 5000 // IDs from which on a sweep can pay
	peekSize  = 100  // entries to look at

	leastShare = 0.5 // of the entries that must have been asked for
	mayPay     = 1.1 // a sweep begins only when it is so many times as fast as the batches
	stillPays  = 0.9 // and goes on while it is
	hopeless   = 0.3 // of the rate of the batches; a page that yields less needs no second one

	pagesJudged = 4 // the pages that the rate of a sweep is taken from; the first one, which waits for batches, is none of them
)

// run sweeps as long as it pays. Whatever ends it, the batches go on afterwards; so an error of a sweep is no failure of the call.
func (w *sweep) run(ctx context.Context) error {
	few, err := w.peek(ctx)
	if err != nil {
		return err
	}
	if few.entries < peekSize || float64(few.hits) < leastShare*float64(few.entries) {
		w.log.Debug("ldapconn: no sweep", "why", "too few of the entries were asked for", "entries", few.entries, "asked", few.hits)
		return nil
	}
	batches := w.rate()
	if batches <= 0 {
		return nil
	}
	w.hold(true)
	defer w.hold(false)
	w.log.Debug("ldapconn: sweep begins", "why", "most of the entries were asked for", "entries", few.entries, "asked", few.hits, "batches", batches)
	var judged flow
	judged.mark(time.Now())
	for n := 1; ; n++ {
		start := time.Now()
		p, err := w.page(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		rate := float64(p.hits) / max(now.Sub(start).Seconds(), 1e-9)
		least := hopeless
		if n == 1 {
			judged.mark(now)
		} else {
			judged.add(now, p.hits)
			rate, least = judged.last(pagesJudged), stillPays
			if n <= pagesJudged {
				least = mayPay
			}
		}
		switch {
		case !p.more:
			w.log.Debug("ldapconn: sweep ends", "why", "everything was read", "pages", n, "rate", rate)
			return nil
		case rate < least*batches:
			w.log.Debug("ldapconn: sweep ends", "why", "batches are faster", "pages", n, "rate", rate, "batches", batches)
			return nil
		}
	}
}
