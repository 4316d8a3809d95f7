package proptest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

var errCancelled = errors.New("the test ended the run")

// sabotage is what goes wrong between a connector and the engine in one run. The zero sabotage is none.
type sabotage struct {
	without    refresh.Capability // abilities taken away
	inspectErr error
	cutAfter   [3]int // by round: the call fails after so many answers, counted from 1; zero never
	cutErr     error
	cancel     context.CancelCauseFunc
	cancelAt   int  // ends the context after so many answers of both rounds, counted from 1; zero never
	goOn       bool // and goes on answering all the same
	cancelSoon bool // ends the context in Inspect

	unproven  map[refresh.ID]refresh.Absence // lies of absence that lack a proof, or sight
	wrong     map[refresh.ID]refresh.ID      // answers with another object's ID
	zero      map[refresh.ID]bool            // answers the zero Lookup
	twice     map[refresh.ID]bool            // answers twice
	thin      map[refresh.ID]bool            // knows no name, login, anchor and kind
	recant    map[refresh.ID]refresh.Lookup  // another answer in the second round
	stated    bool                           // says "no mailbox" and "moved" itself
	noisy     bool                           // repeats addresses among the aliases
	nameless  bool                           // names no replica
	perjuries map[refresh.ID]bool            // false absences with every proof: for the test of the test only
}

func (s *sabotage) String() string {
	if s == nil {
		return "none"
	}
	return fmt.Sprintf("without %s inspect:%v cut%v:%v cancel:%d/%t/%t unproven%v wrong%v zero%v twice%v thin%v recant%s stated:%t noisy:%t nameless:%t",
		s.without, s.inspectErr, s.cutAfter, s.cutErr, s.cancelAt, s.goOn, s.cancelSoon, keysOf(s.unproven), s.wrong, s.zero, s.twice, s.thin,
		keysOf(s.recant), s.stated, s.noisy, s.nameless)
}

// saboteur is a connector that something goes wrong with.
type saboteur struct {
	inner refresh.Connector
	s     sabotage
	seed  uint64

	mu      sync.Mutex
	rounds  int
	answers int
}

func (b *saboteur) Info() refresh.Info {
	i := b.inner.Info()
	i.Can &^= b.s.without
	return i
}

func (b *saboteur) Inspect(ctx context.Context) (refresh.Directory, error) {
	if b.s.cancelSoon {
		b.s.cancel(errCancelled)
		return refresh.Directory{}, context.Cause(ctx)
	}
	if b.s.inspectErr != nil {
		return refresh.Directory{}, b.s.inspectErr
	}
	return b.inner.(refresh.Inspector).Inspect(ctx)
}

func (b *saboteur) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	return b.spoil(ctx, ids, answer, b.inner.(refresh.Resolver).Resolve)
}

func (b *saboteur) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	return b.spoil(ctx, ids, answer, b.inner.(refresh.Confirmer).Confirm)
}

func (b *saboteur) Find(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error {
	return b.inner.(refresh.Finder).Find(ctx, addrs, answer)
}

// spoil passes the answers on, spoilt.
func (b *saboteur) spoil(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup), do resolve) error {
	b.mu.Lock()
	b.rounds++
	nth := min(b.rounds, 2)
	b.mu.Unlock()
	inner, stop := context.WithCancelCause(ctx)
	if b.s.goOn {
		inner, stop = context.WithCancelCause(context.WithoutCancel(ctx))
	}
	defer stop(nil)

	given, stopped := 0, false
	pass := func(i int, l refresh.Lookup) {
		if stopped {
			return
		}
		answer(i, l)
		given++
		b.answers++
		if b.answers == b.s.cancelAt {
			b.s.cancel(errCancelled)
			stopped = !b.s.goOn
		}
		if given == b.s.cutAfter[nth] {
			stopped = true
			stop(b.s.cutErr)
		}
	}
	err := do(inner, ids, func(i int, l refresh.Lookup) {
		l = b.twist(ids[i], l, nth)
		pass(i, l)
		if b.s.twice[ids[i]] {
			pass(i, l)
		}
	})
	switch {
	case given == b.s.cutAfter[nth] && given > 0:
		return b.s.cutErr
	case ctx.Err() != nil && !b.s.goOn:
		return context.Cause(ctx)
	}
	return err
}

// twist changes one answer.
func (b *saboteur) twist(id refresh.ID, l refresh.Lookup, nth int) refresh.Lookup {
	was := l
	d := newDice(b.seed, hash(string(id)))
	if m, ok := l.Mailbox(); ok {
		l = refresh.Found(b.reshape(d, id, m)).On(was.Replica()).ForwardingTo(was.ForwardsTo())
		if b.s.stated {
			l = state(m, was)
		}
	}
	if a, lies := b.s.unproven[id]; lies {
		l = refresh.NotFound(a).On(was.Replica())
	}
	if other, ok := b.s.recant[id]; ok && nth == 2 {
		l = other
	}
	if b.s.perjuries[id] {
		l = refresh.NotFound(refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone, Sight: true}).On(was.Replica())
	}
	if b.s.zero[id] {
		return refresh.Lookup{}
	}
	if b.s.nameless {
		l = l.On("")
	}
	return l
}

func (b *saboteur) reshape(d dice, id refresh.ID, m refresh.Mailbox) refresh.Mailbox {
	m.Aliases = shuffled(d, m.Aliases)
	if b.s.thin[id] {
		m.Login, m.DisplayName, m.Anchor, m.Kind = "", "", "", thinKind(m.Kind)
	}
	if other, ok := b.s.wrong[id]; ok {
		m.ID = other
	}
	if b.s.noisy && m.Primary != "" {
		m.Aliases = append(m.Aliases, respell(d, m.Primary))
		if len(m.Aliases) > 1 {
			m.Aliases = append(m.Aliases, respell(d, m.Aliases[0]))
		}
	}
	return m
}

// thinKind forgets a kind, except one that says that the mailbox is elsewhere: forgetting that is a lie.
func thinKind(k refresh.Kind) refresh.Kind {
	if k.Elsewhere() {
		return k
	}
	return refresh.KindUnknown
}

// state says "moved" and "no mailbox" in the connector's own words.
func state(m refresh.Mailbox, l refresh.Lookup) refresh.Lookup {
	a := refresh.Absence{Proof: refresh.ProofStated, Account: &m, ForwardsTo: l.ForwardsTo()}
	switch {
	case m.Kind.Elsewhere():
		a.Reason = refresh.ReasonMoved
	case m.Instance == "":
		a.Reason = refresh.ReasonNoMailbox
	default:
		return l
	}
	return refresh.NotFound(a).On(l.Replica())
}
