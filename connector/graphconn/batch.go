package graphconn

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/readdress-go/readdress/internal/fanout"
)

// maxParts is how many requests a $batch may hold (Microsoft, "Combine multiple HTTP requests using JSON batching").
const maxParts = 20

// part is one GET in a batch.
type part struct {
	path  string // with query, relative to the version, escaped
	units int
}

// partAnswer is what became of a part.
type partAnswer struct {
	status int
	body   json.RawMessage // of a 200: one JSON object
	err    error           // nil for 200; an *Error for what Graph says, a 404 among it; otherwise why there is no answer for good
}

var (
	errPartMissing = errors.New("the answer to a batch leaves a part out")
	errPartTwice   = errors.New("the answer to a batch has a part twice, or one that was not asked for")
	errPartStatus  = errors.New("the answer to a batch leaves out the status of a part")
	errPartShape   = errors.New("a part of the answer to a batch is no JSON object")
)

// batching is a batch in progress.
type batching struct {
	c      *Connector
	op     string
	parts  []part
	answer func(i int, a partAnswer)

	mu   sync.Mutex
	left []leftPart // to be asked again
}

// leftPart is a part without an answer, so far.
type leftPart struct {
	i     int
	err   error
	asked bool // the service asked to wait
}

// batch sends parts, 20 in a request and several requests at a time. Parts that are throttled, or failed in a way that may
// pass, are asked again with others, after the longest Retry-After. answer is called one call at a time, once for each part unless batch
// returns an error; then nothing more can be asked.
func (c *Connector) batch(ctx context.Context, op string, parts []part, answer func(i int, a partAnswer)) error {
	b := &batching{c: c, op: op, parts: parts, answer: answer}
	todo := make([]int, len(parts))
	for i := range todo {
		todo[i] = i
	}
	var waited time.Duration
	renewed := false
	for round := 0; len(todo) > 0; round++ {
		b.left = nil
		err := fanout.Each(ctx, c.opts.InFlight, (len(todo)+maxParts-1)/maxParts, func(ctx context.Context, k int) error {
			return b.send(ctx, todo[k*maxParts:min((k+1)*maxParts, len(todo))])
		})
		switch {
		case ctx.Err() != nil:
			return ended(ctx, op)
		case err != nil:
			return err
		case len(b.left) == 0:
			return nil
		}
		if !renewed && b.rejected() {
			renewed = true
			if err := b.renew(ctx); err != nil {
				return err
			}
		}
		wait := b.pause(round)
		deadline, limited := ctx.Deadline()
		waited += wait
		if waited > c.opts.Patience || limited && deadline.Before(time.Now().Add(wait)) {
			b.giveUp(func(leftPart) bool { return true })
			return nil
		}
		b.giveUp(func(l leftPart) bool { return !l.asked && round+1 >= maxTries || isRejected(l.err) && round > 0 })
		todo = todo[:0]
		for _, l := range b.left {
			todo = append(todo, l.i)
		}
		if len(todo) > 0 {
			if err := rest(ctx, op, time.Now().Add(wait), whyGate); err != nil {
				return err
			}
		}
	}
	return nil
}

// pause is how long to wait before the next round.
func (b *batching) pause(round int) time.Duration {
	wait, asked := time.Duration(0), true
	for _, l := range b.left {
		asked = asked && l.asked
	}
	if !asked {
		wait = pause.Pause(round)
	}
	return max(wait, b.c.quota.closedFor())
}

// giveUp answers the parts that are not to be asked again.
func (b *batching) giveUp(which func(leftPart) bool) {
	keep := b.left[:0]
	for _, l := range b.left {
		if !which(l) {
			keep = append(keep, l)
			continue
		}
		a := partAnswer{err: l.err}
		if e, ok := errors.AsType[*Error](l.err); ok {
			a.status = e.Status
		}
		b.answer(l.i, a)
	}
	b.left = keep
}

// isRejected reports whether a part, in a batch that was accepted, was not.
func isRejected(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == 401
}

func (b *batching) rejected() bool {
	for _, l := range b.left {
		if isRejected(l.err) {
			return true
		}
	}
	return false
}

// renew has the token renewed.
func (b *batching) renew(ctx context.Context) error {
	token, err := b.c.tokens.get(ctx, b.op)
	if err == nil {
		_, err = b.c.tokens.renew(ctx, b.op, token, "")
	}
	return err
}

// send asks for up to 20 parts in one request. When each batch had most of its parts refused for as long as Patience, the others are
// not asked for.
func (b *batching) send(ctx context.Context, todo []int) error {
	parts := b.c.parts.op(b.op)
	probe, done, err := parts.admit(b.op, b.c.opts.Patience)
	if err != nil {
		b.tell(todo, partAnswer{err: err})
		return nil
	}
	defer done()
	var got batchAnswer
	q := request{op: b.op, method: "POST", path: "/$batch"}
	var body batchRequest
	for k, i := range todo {
		body.Requests = append(body.Requests, batchPart{strconv.Itoa(k + 1), "GET", b.parts[i].path})
		q.units += max(b.parts[i].units, 1)
	}
	q.body = body
	x, err := b.c.exchange(q, &got)
	if err != nil {
		return err
	}
	answers := make([]partAnswer, len(todo))
	x.taken = func() bool { return b.take(x, &got, todo, answers) }
	err = b.c.persist(ctx, x)
	switch {
	case ctx.Err() != nil:
		return ended(ctx, b.op)
	case err != nil && !again(err) && !errors.Is(err, errTooLarge):
		return err // it is no use to ask for the others
	}
	if err != nil {
		b.tell(todo, partAnswer{err: err})
		return nil
	}
	var again []leftPart
	for k, i := range todo {
		if l, open := leave(i, answers[k]); open {
			again = append(again, l)
			continue
		}
		b.tell([]int{i}, answers[k])
	}
	if 2*len(again) <= len(todo) { // else, with a pause for each batch, all of them would take days
		parts.answered()
	} else {
		parts.failed(time.Now().Add(b.c.quota.closedFor()), again[0].err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = append(b.left, again...)
	if probe {
		b.giveUp(func(l leftPart) bool { return slices.Contains(todo, l.i) })
	}
	return nil
}

// tell answers parts.
func (b *batching) tell(at []int, a partAnswer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range at {
		b.answer(i, a)
	}
}

// take reads the parts of an answer, closes the gate for those that are throttled, and has the quota learn.
func (b *batching) take(x *exchange, got *batchAnswer, todo []int, answers []partAnswer) (refused bool) {
	var units, expected, share float64
	for k, r := range got.match(len(todo)) {
		a, u := b.c.part(x, r)
		answers[k] = a
		if share = max(share, u.share); u.units > 0 {
			units += u.units
			expected += float64(max(b.parts[todo[k]].units, 1))
		}
		if e, said := errors.AsType[*Error](a.err); said && throttled(e) {
			b.c.quota.refused(x.began, e, u.why)
			refused = true
		}
	}
	b.c.quota.learn(x.grant, units, expected, share)
	return refused
}

// throttled reports whether the service asks everybody to wait because of a part.
func throttled(e *Error) bool { return closesGate(e) || e.Status == 424 && e.RetryAfter > 0 }

// leave reports whether a part is to be asked again.
func leave(i int, a partAnswer) (leftPart, bool) {
	e, said := errors.AsType[*Error](a.err)
	switch {
	case a.err == nil:
		return leftPart{}, false
	case !said: // missing, twice, or no object
		return leftPart{i: i, err: a.err}, true
	}
	return leftPart{i: i, err: a.err, asked: throttled(e)}, passing(e.Status) || e.Status == 424 || e.Status == 401
}
