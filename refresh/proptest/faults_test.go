package proptest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// link is one side's connection in one run, with what goes wrong there.
type link struct {
	side     refresh.Side
	replica  string
	shuffle  uint64
	memory   memconn.Faults
	scope    func(refresh.Mailbox) bool
	s        sabotage
	seed     uint64
	job      refresh.Job // what made-up answers are near to
	harmless bool        // the same link gives the same answers once more
}

// drawLink decides what goes wrong. Half of the links are sound.
func (h *history) drawLink(d dice, s refresh.Side, cancel context.CancelCauseFunc) link {
	l := link{side: s, replica: pick(d, []string{"dc1", "dc1", "dc2"}), shuffle: d.Uint64(), seed: d.Uint64(), job: h.job, harmless: true}
	l.s.cancel = cancel
	w := h.worlds[s]
	for _, c := range []struct {
		percent int
		without refresh.Capability
	}{{40, refresh.CanConfirm}, {10, refresh.CanInspect}, {20, refresh.CanFind}, {1, refresh.CanResolve}} {
		if d.chance(c.percent) {
			l.s.without |= c.without
		}
	}
	l.s.stated = d.chance(20) && !w.noInsts
	l.s.noisy = d.chance(15)
	l.s.nameless = d.chance(10)
	if h.lying {
		l.s.perjuries = h.someIDs(d, s, 40)
	}
	if d.chance(45) || h.turning && d.chance(75) {
		return l
	}
	for range 1 + d.weighted(6, 3, 1) {
		h.drawFault(d, s, &l)
	}
	return l
}

func (h *history) drawFault(d dice, s refresh.Side, l *link) {
	ids := h.someIDs(d, s, 25)
	switch d.IntN(24) {
	case 0:
		l.memory.FailIDs = map[refresh.ID]error{}
		for id := range ids {
			l.memory.FailIDs[id] = someError(d)
		}
	case 1:
		l.memory.SilentIDs = ids
	case 2:
		l.memory.HideDeleted = true
	case 3:
		l.memory.HideInstances, l.s.stated = true, false
	case 4:
		l.memory.NothingVisible = true
	case 5:
		if d.chance(50) {
			l.memory.Outage = errors.New("connection refused")
		} else {
			l.memory.RejectCredentials = true
		}
	case 6:
		l.memory.ForbidInspect = true
	case 7, 8:
		b := memconn.Break{Ability: pick(d, []refresh.Capability{refresh.CanResolve, refresh.CanConfirm}), After: d.IntN(6)}
		switch d.IntN(3) {
		case 0:
			b.Err = someError(d)
		case 1:
			b.FailOver = pick(d, replicas)
		default:
			b.Wait = time.Minute
		}
		l.memory.Breaks = append(l.memory.Breaks, b)
		l.harmless = false
	case 9:
		l.scope = func(m refresh.Mailbox) bool { return hash(string(m.ID))%3 != 0 }
	case 10:
		l.s.inspectErr = pick(d, []error{
			refresh.ErrCredentials, refresh.ErrForbidden, errors.New("timed out"), fmt.Errorf("system: %w", refresh.ErrCredentials),
			fmt.Errorf("system: %w", refresh.ErrForbidden), refresh.ErrNotVisible,
		})
		l.harmless = false
	case 11, 12:
		l.s.cutAfter[d.between(1, 2)] = d.between(1, 8)
		l.s.cutErr = pick(d, []error{someError(d), refresh.ErrCredentials})
		l.harmless = false
	case 13:
		l.s.cancelAt, l.s.goOn = d.between(1, 15), d.chance(40)
		l.harmless = false
	case 14:
		l.s.cancelSoon = d.chance(30)
		l.harmless = false
	case 15, 16:
		l.s.unproven = map[refresh.ID]refresh.Absence{}
		for id := range ids {
			l.s.unproven[id] = refresh.Absence{
				Reason: pick(d, []refresh.Reason{0, refresh.ReasonGone, refresh.ReasonSoftDeleted, refresh.ReasonNoMailbox, refresh.ReasonMoved}),
				Proof:  pick(d, []refresh.Proof{refresh.ProofNone, refresh.ProofEmptyScope}),
			}
			if a := l.s.unproven[id]; a.Proof == refresh.ProofNone {
				a.Sight = d.chance(50)
				l.s.unproven[id] = a
			}
		}
	case 17:
		l.s.wrong = map[refresh.ID]refresh.ID{}
		for id := range ids {
			l.s.wrong[id] = pick(d, append([]refresh.ID{""}, h.worlds[s].ids...))
		}
	case 18:
		l.s.zero = ids
	case 19:
		l.s.twice = ids
	case 20, 21:
		l.s.thin = ids
	default:
		l.s.recant = map[refresh.ID]refresh.Lookup{}
		for id := range h.someIDs(d, s, 50) {
			switch d.IntN(4) {
			case 0:
				l.s.recant[id] = refresh.Failed(someError(d))
			case 1:
				l.s.recant[id] = refresh.Lookup{}
			case 2:
				l.s.recant[id] = refresh.Found(refresh.Mailbox{ID: id, Primary: "recanted@new.example"})
			default:
				l.s.recant[id] = refresh.NotFound(refresh.Absence{})
			}
		}
	}
}

// someIDs returns some of the IDs that the job holds on a side.
func (h *history) someIDs(d dice, s refresh.Side, percent int) map[refresh.ID]bool {
	out := map[refresh.ID]bool{}
	for _, id := range h.worlds[s].ids {
		if d.chance(percent) {
			out[id] = true
		}
	}
	return out
}

// connect makes the connectors of a link: the directory or a fiction, spoilt, under a recorder.
func (h *history) connect(l link) *recorder {
	w := h.worlds[l.side]
	var inner refresh.Connector = w.system.Connect(&memconn.ConnOptions{
		Replica: l.replica, Shuffle: l.shuffle, Scope: l.scope, Faults: l.memory,
	})
	if h.madeUp {
		inner = madeUp{
			job: l.job, side: l.side, seed: l.seed, calls: new(uint64),
			directory: refresh.Directory{System: "Memory", Pin: w.pin, Server: pick(newDice(l.seed, 1), []string{"dc1", "dc2", ""}), Domains: w.domains},
		}
	}
	return &recorder{inner: &saboteur{inner: inner, s: l.s, seed: l.seed}}
}

// credentials reports whether Inspect says that the credentials are rejected.
func (l link) credentials(fiction bool) bool {
	if l.s.without.Has(refresh.CanInspect) || l.s.cancelSoon {
		return false
	}
	if l.s.inspectErr != nil {
		return errors.Is(l.s.inspectErr, refresh.ErrCredentials)
	}
	return !fiction && l.memory.Outage == nil && l.memory.RejectCredentials
}

// inspectable reports whether Inspect answers, lacking rights and rejected credentials included.
func (l link) inspectable(fiction bool) bool {
	err := l.s.inspectErr
	switch {
	case l.s.without.Has(refresh.CanInspect):
		return true
	case err != nil:
		return errors.Is(err, refresh.ErrForbidden) || errors.Is(err, refresh.ErrCredentials)
	}
	return fiction || l.memory.Outage == nil
}

func (l link) String() string {
	f := l.memory
	return fmt.Sprintf("%s at %s; system: outage:%v reject:%t forbid:%t nothing:%t hide-deleted:%t hide-instances:%t fail%v silent%v breaks%v scope:%t; between: %s",
		l.side, l.replica, f.Outage, f.RejectCredentials, f.ForbidInspect, f.NothingVisible, f.HideDeleted, f.HideInstances, keysOf(f.FailIDs),
		keysOf(f.SilentIDs), f.Breaks, l.scope != nil, l.s.String())
}
