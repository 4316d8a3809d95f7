package proptest

import (
	"context"

	"github.com/readdress-go/readdress/refresh"
)

// between puts a connector that changes what is said between the recorder and the engine: to the model that is an
// engine which reads answers wrongly.
func between(change func(misread) refresh.Connector) subject {
	return with(func(e *engine) {
		e.refresh = func(ctx context.Context, j refresh.Job, s refresh.Sides, o *refresh.Options) (*refresh.Result, error) {
			if s.Source != nil {
				s.Source = change(misread{s.Source.(*recorder), map[refresh.ID]refresh.Lookup{}})
			}
			if s.Target != nil {
				s.Target = change(misread{s.Target.(*recorder), map[refresh.ID]refresh.Lookup{}})
			}
			return refresh.Refresh(ctx, j, s, o)
		}
	})
}

// misread is a recorder that is not listened to properly.
type misread struct {
	*recorder
	said map[refresh.ID]refresh.Lookup
}

var forged = refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone, Sight: true}

// believer gives every absence a proof.
type believer struct{ misread }

func believeAll(m misread) refresh.Connector { return believer{m} }

func prove(answer func(int, refresh.Lookup)) func(int, refresh.Lookup) {
	return func(i int, l refresh.Lookup) {
		if a, ok := l.Absence(); ok {
			a.Proof, a.Sight = refresh.ProofTombstone, true
			l = refresh.NotFound(a).On(l.Replica())
		}
		answer(i, l)
	}
}

func (b believer) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return b.recorder.Resolve(ctx, ids, prove(answer))
}

func (b believer) Confirm(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return b.recorder.Confirm(ctx, ids, prove(answer))
}

// hasty takes what is not answered for absent.
type hasty struct{ misread }

func silenceIsAbsence(m misread) refresh.Connector { return hasty{m} }

func (h hasty) fill(ids []refresh.ID, answer func(int, refresh.Lookup), do func(func(int, refresh.Lookup)) error) error {
	answered := map[int]bool{}
	err := do(func(i int, l refresh.Lookup) {
		answered[i] = true
		answer(i, l)
	})
	for i := range ids {
		if !answered[i] {
			answer(i, refresh.NotFound(forged))
		}
	}
	return err
}

func (h hasty) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return h.fill(ids, answer, func(a func(int, refresh.Lookup)) error { return h.recorder.Resolve(ctx, ids, a) })
}

func (h hasty) Confirm(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return h.fill(ids, answer, func(a func(int, refresh.Lookup)) error { return h.recorder.Confirm(ctx, ids, a) })
}

// sure repeats its first answer instead of asking again.
type sure struct{ misread }

func neverAgain(m misread) refresh.Connector { return sure{m} }

func (s sure) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	if len(s.said) > 0 {
		return s.Confirm(ctx, ids, answer)
	}
	return s.recorder.Resolve(ctx, ids, func(i int, l refresh.Lookup) {
		s.said[ids[i]] = l
		answer(i, l)
	})
}

func (s sure) Confirm(_ context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	for i, id := range ids {
		answer(i, s.said[id])
	}
	return nil
}
