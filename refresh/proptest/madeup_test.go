package proptest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// madeUp is a connector that makes its answers up from a seed, near to what the job holds, so that every corner of the
// judgement is reached. It keeps the contract of a Resolver and knows no truth.
type madeUp struct {
	job       refresh.Job
	side      refresh.Side
	seed      uint64
	directory refresh.Directory
	calls     *uint64
}

func (c madeUp) Info() refresh.Info {
	return refresh.Info{System: "Memory " + c.side.String(), Can: refresh.CanResolve | refresh.CanConfirm | refresh.CanInspect | refresh.CanFind}
}

func (c madeUp) Inspect(context.Context) (refresh.Directory, error) { return c.directory, nil }

func (c madeUp) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	*c.calls++
	for i, id := range ids {
		// Half of the answers of a second round are those of the first.
		d := newDice(c.seed, hash(string(id)))
		l := c.lookup(d, id)
		if again := newDice(c.seed+*c.calls, hash(string(id))); *c.calls > 1 && again.chance(50) {
			l = c.lookup(again, id)
		}
		answer(i, l)
	}
	return ctx.Err()
}

func (c madeUp) Confirm(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	return c.Resolve(ctx, ids, answer)
}

func (c madeUp) Find(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error {
	for i, a := range addrs {
		d := newDice(c.seed, hash(a.Fold()))
		switch d.weighted(4, 4, 2, 2) {
		case 0:
			answer(i, refresh.Hits())
		case 1:
			answer(i, refresh.Hits(refresh.Mailbox{ID: "hit", Primary: a}))
		case 2:
			answer(i, refresh.Hits(refresh.Mailbox{ID: "hit", Primary: a}, refresh.Mailbox{ID: "hit2", Primary: a}))
		case 3:
			answer(i, refresh.FindFailed(errors.New("not now")))
		}
	}
	return ctx.Err()
}

// lookup makes one answer up.
func (c madeUp) lookup(d dice, id refresh.ID) refresh.Lookup {
	replica := pick(d, []string{"dc1", "dc1", "dc1", "dc2", ""})
	switch d.weighted(60, 25, 8) {
	case 1:
		return refresh.NotFound(refresh.Absence{
			Reason: pick(d, []refresh.Reason{0, refresh.ReasonGone, refresh.ReasonGone, refresh.ReasonSoftDeleted, refresh.ReasonNoMailbox, refresh.ReasonMoved}),
			Proof:  refresh.Proof(d.IntN(5)),
			Sight:  d.chance(50),
		}).On(replica)
	case 2:
		return refresh.Failed(someError(d)).On(replica)
	}
	return refresh.Found(c.mailbox(d, id)).On(replica)
}

// mailbox makes one up that is near to what some row of the job holds, or held, under the ID.
func (c madeUp) mailbox(d dice, id refresh.ID) refresh.Mailbox {
	var near []refresh.Mailbox
	var others []refresh.Mailbox
	for _, m := range c.job.Matches {
		box, previous := m.Mailbox(c.side), previousOf(m, c.side)
		if box.ID != id {
			others = append(others, box)
			continue
		}
		near = append(near, box)
		if previous != nil {
			near = append(near, previous.Mailbox)
		}
	}
	m := pick(d, near)
	m.ID = id
	m.Aliases = shuffled(d, m.Aliases)
	if m.Primary == "" {
		m.Primary = "was-empty@old.example"
	}
	for range d.weighted(5, 5, 3, 2) {
		switch d.IntN(13) {
		case 0:
			m.Primary = refresh.Address(fmt.Sprintf("%s%d@new.example", pick(d, locals), d.IntN(30)))
		case 1:
			m.Primary = respell(d, m.Primary)
		case 2:
			m.Primary = ""
		case 3, 4:
			m.Instance = pick(d, []refresh.ID{"", "", "made-up-1", "made-up-2"})
		case 5:
			m.Login = pick(d, []string{"", m.Login, "login@new.example", string(respell(d, refresh.Address(m.Login)))})
		case 6:
			m.DisplayName = pick(d, []string{"", "Made Up"})
		case 7:
			m.Kind = refresh.Kind(d.IntN(11))
		case 8:
			m.Aliases = append(m.Aliases, refresh.Address(fmt.Sprintf("%s%d@third.example", pick(d, locals), d.IntN(30))))
		case 9:
			m.Aliases = append(m.Aliases, respell(d, m.Primary))
		case 10:
			for i := range m.Aliases {
				m.Aliases[i] = respell(d, m.Aliases[i])
			}
		case 11:
			m.Aliases = nil
		default:
			if len(others) > 0 {
				m.Primary = pick(d, others).Primary
			}
		}
	}
	m.Aliases = slices.DeleteFunc(m.Aliases, func(a refresh.Address) bool { return a == "" })
	return m
}

// someError is an error that a connector may answer with.
func someError(d dice) error {
	e := pick(d, []error{
		refresh.ErrNotVisible, refresh.ErrOutOfScope, refresh.ErrMailboxUnknown, refresh.ErrReplicasDisagree, refresh.ErrNoAnswer,
		&refresh.ValueError{Attr: "mail", Index: 0, Value: "x"}, errors.New("broken pipe"), refresh.ErrForbidden,
	})
	if d.chance(50) {
		e = fmt.Errorf("system: %w", e)
	}
	return e
}

func previousOf(m refresh.Match, s refresh.Side) *refresh.Previous {
	if s == refresh.Target {
		return m.TargetPrevious
	}
	return m.SourcePrevious
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

func keysOf[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
