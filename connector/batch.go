package connector

import (
	"context"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

// batch is what one intercepted Resolve, Confirm or Find asks (K) and gets answered (A), over one or several rounds.
type batch[K, A any] struct {
	asked  []K
	answer func(int, A)
	form   form[A]

	mu    sync.Mutex // never held while answer runs
	round int        // odd while a round runs, even between rounds
	state []standing
	held  map[int]failure
	err   error // what the last round returned
}

// standing is where one index stands.
type standing uint8

const (
	open    standing = iota
	failing          // failed in the round that runs
	done             // answered to the caller, or settled without an answer
)

// failure is a failed answer without the parts that only other answers have: a whole outage may hold millions.
type failure struct {
	err     error
	replica string
}

// form tells a batch what it must know of its type of answer.
type form[A any] struct {
	failed  func(A) (failure, bool)
	restore func(failure) A
	nothing func(A) bool // an absence, or no hits
	because func(error) A
}

var lookups = form[refresh.Lookup]{
	failed:  func(l refresh.Lookup) (failure, bool) { return failure{l.Err(), l.Replica()}, l.Err() != nil },
	restore: func(f failure) refresh.Lookup { return refresh.Failed(f.err).On(f.replica) },
	nothing: func(l refresh.Lookup) bool { _, absent := l.Absence(); return absent },
	because: refresh.Failed,
}

var findings = form[refresh.Finding]{
	failed:  func(f refresh.Finding) (failure, bool) { return failure{err: f.Err()}, f.Err() != nil },
	restore: func(f failure) refresh.Finding { return refresh.FindFailed(f.err) },
	nothing: func(f refresh.Finding) bool { hits, ok := f.Mailboxes(); return ok && len(hits) == 0 },
	because: refresh.FindFailed,
}

func newBatch[K, A any](asked []K, answer func(int, A), form form[A]) *batch[K, A] {
	return &batch[K, A]{asked: asked, answer: answer, form: form, state: make([]standing, len(asked)), held: make(map[int]failure)}
}

// ask makes one round over what is open.
func (b *batch[K, A]) ask(ctx context.Context, call func(context.Context, []K, func(int, A)) error) error {
	keys, index, round := b.begin()
	if len(keys) == 0 && len(b.asked) > 0 {
		return nil
	}
	err := call(ctx, keys, func(j int, a A) {
		i := j
		switch {
		case index == nil:
		case j >= 0 && j < len(index):
			i = index[j]
		default:
			i = -1 // handed on as it is: the caller holds connectors to their contract
		}
		b.take(ctx, round, i, a)
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.round++
	b.err = err
	return err
}

// begin returns what to ask; the first round asks everything, in place, and has no index.
func (b *batch[K, A]) begin() (keys []K, index []int, round int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.round++
	if b.round == 1 {
		return b.asked, nil, b.round
	}
	for i, s := range b.state {
		if s == done {
			continue
		}
		b.state[i] = open
		keys, index = append(keys, b.asked[i]), append(index, i)
	}
	return keys, index, b.round
}

// take hands a good answer on and keeps a failed one. It does not hide a broken contract, such as a second answer.
func (b *batch[K, A]) take(ctx context.Context, round, i int, a A) {
	if ctx.Err() != nil && b.form.nothing(a) {
		a = b.form.because(context.Cause(ctx))
	}
	failed, isFailed := b.form.failed(a)
	var first []failure
	b.mu.Lock()
	switch {
	case round != b.round: // the round is over: too late to count
		b.mu.Unlock()
		return
	case i < 0 || i >= len(b.state):
	case b.state[i] == open && isFailed:
		b.state[i], b.held[i] = failing, failed
		b.mu.Unlock()
		return
	default:
		if f, ok := b.held[i]; ok && b.state[i] == failing {
			first = append(first, f)
		}
		b.state[i] = done
		delete(b.held, i)
	}
	b.mu.Unlock()
	for _, f := range first {
		b.answer(i, b.form.restore(f))
	}
	b.answer(i, a)
}

func (b *batch[K, A]) settle(final func(error) bool) (left int) {
	b.mu.Lock()
	err := b.err
	b.mu.Unlock()
	if err == nil {
		err = refresh.ErrNoAnswer
	}
	finalHole, asked := false, false
	for i := range b.asked {
		b.mu.Lock()
		state := b.state[i]
		f, held := b.held[i]
		b.mu.Unlock()
		switch {
		case state == done:
			continue
		case held && !final(f.err):
			left++
			continue
		case !held:
			if !asked { // one error for all of them
				finalHole, asked = final(err), true
			}
			if !finalHole {
				left++
				continue
			}
		}
		b.close(i, f, held)
	}
	return left
}

// finish hands out the failures that nothing healed.
func (b *batch[K, A]) finish() {
	if len(b.held) == 0 {
		return
	}
	for i := range b.asked {
		if f, held := b.held[i]; held {
			b.close(i, f, held)
		}
	}
}

// close takes index i out of the asking, with its failure if it has one.
func (b *batch[K, A]) close(i int, f failure, held bool) {
	b.mu.Lock()
	b.state[i] = done
	delete(b.held, i)
	b.mu.Unlock()
	if held {
		b.answer(i, b.form.restore(f))
	}
}
