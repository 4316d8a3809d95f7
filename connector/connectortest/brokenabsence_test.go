package connectortest

import (
	"context"
	"errors"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

// lieWhere answers with an absence wherever the good connector failed or did not answer, for a cause that pick names.
func lieWhere(pick func(err error) bool) func(good resolveFunc) resolveFunc {
	return func(good resolveFunc) resolveFunc {
		return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
			answered := make([]bool, len(ids))
			err := good(ctx, ids, func(i int, l refresh.Lookup) {
				answered[i] = true
				if pick(l.Err()) {
					l = lie
				}
				answer(i, l)
			})
			if !pick(err) {
				return err
			}
			for i := range ids {
				if !answered[i] {
					answer(i, lie)
				}
			}
			return nil
		}
	}
}

func isErr(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

var brokenAbsences = []broken{
	{
		name: "absence without proof", reason: "what an answer leaves out is simply called gone",
		rule: ruleProof, in: []string{"found", "deleted"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if _, absent := l.Absence(); absent {
					l = refresh.NotFound(refresh.Absence{Reason: refresh.ReasonGone})
				}
				answer(i, l)
			})
		},
	}, {
		name: "absence for no reason", reason: "the reason of another outcome is given",
		rule: ruleProof, in: []string{"found", "deleted"}, bend: reasonAlways(refresh.ReasonPrimary),
	}, {
		name: "account with prefixes", reason: "the account that is left is read by other code than mailboxes",
		rule: ruleSMTP, in: []string{"found"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if a, absent := l.Absence(); absent {
					a.Account = &refresh.Mailbox{ID: "x", Primary: "SMTP:x@connectortest.example"}
					l = refresh.NotFound(a)
				}
				answer(i, l)
			})
		},
	}, {
		name: "empty scope without sight", reason: "an empty answer alone is taken as proof",
		rule: ruleProof, in: []string{"found", "many"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if a, absent := l.Absence(); absent || errors.Is(l.Err(), refresh.ErrNotVisible) {
					a.Proof, a.Sight = refresh.ProofEmptyScope, false
					l = refresh.NotFound(a)
				}
				answer(i, l)
			})
		},
	}, {
		name: "truncated page", reason: "the first page is taken for the whole answer",
		rule: rulePresent, in: []string{"many"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if _, found := l.Mailbox(); found && i >= 50 {
					l = lie
				}
				answer(i, l)
			})
		},
	}, {
		name: "last batch lost", reason: "the remainder behind the last full batch is never asked and called gone",
		rule: rulePresent, in: []string{"many", "found"},
		bend: func(_ *memory, b *bent) {
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					full := len(ids) - len(ids)%50
					if err := good(ctx, ids[:full], answer); err != nil {
						return err
					}
					for i := full; i < len(ids); i++ {
						answer(i, lie)
					}
					return nil
				}
			})
		},
	}, {
		name: "last batch forgotten", reason: "the remainder behind the last full batch is never asked",
		rule: ruleFound, in: []string{"many"},
		bend: func(_ *memory, b *bent) {
			b.both(func(good resolveFunc) resolveFunc {
				return func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
					return good(ctx, ids[:len(ids)-len(ids)%50], answer)
				}
			})
		},
	}, {
		name: "falls back to the address", reason: "what is not found by ID is looked for by its last known address",
		rule: ruleIdentity, in: []string{"recreated"},
		bend: func(m *memory, b *bent) {
			known := make(map[refresh.ID]refresh.Address)
			var mu sync.Mutex
			b.onAnswer(func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				mu.Lock()
				defer mu.Unlock()
				if x, found := l.Mailbox(); found {
					known[x.ID] = x.Primary
				}
				for x := range m.sys.All() {
					if _, absent := l.Absence(); absent && x.Holds(known[ids[i]]) && known[ids[i]] != "" {
						x.ID = ids[i]
						l = refresh.Found(x)
					}
				}
				answer(i, l)
			})
		},
		// The world looks every object up before it is deleted, as a job that was refreshed did.
		world: func(m *memory, w *World) {
			good := w.Delete
			c := m.connect(nil)
			c.unlocked = true
			w.Connect = func() (refresh.Connector, error) { return c, nil }
			w.Delete = func(id refresh.ID) error {
				_ = c.resolve(context.Background(), []refresh.ID{id}, func(int, refresh.Lookup) {})
				return good(id)
			}
		},
	}, {
		name: "finds the deleted", reason: "deleted objects are searched as well, and their mark is not read",
		rule: ruleAbsent, in: []string{"deleted", "many", "soft-deleted", "purged"},
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(ids []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if a, absent := l.Absence(); absent && a.Proof == refresh.ProofTombstone {
					l = refresh.Found(refresh.Mailbox{ID: ids[i], Primary: "was@connectortest.example"})
				}
				answer(i, l)
			})
		},
	}, {
		name: "soft-deleted is gone", reason: "the deleted items are not looked at",
		rule: ruleSoft, bend: reasonAlways(refresh.ReasonGone),
	}, {
		name: "purged is soft-deleted", reason: "every tombstone is taken as restorable",
		rule: rulePurged, bend: reasonAlways(refresh.ReasonSoftDeleted),
	}, {
		name: "disabled is gone", reason: "an account without mailbox attributes is taken as no account",
		rule: ruleDisabled,
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if x, found := l.Mailbox(); found && x.Instance == "" {
					l = lie
				}
				answer(i, l)
			})
		},
	}, {
		name: "first mailbox for ever", reason: "the Instance is remembered from the first look-up",
		rule: ruleReplaced,
		bend: func(_ *memory, b *bent) {
			b.onFound(func(x refresh.Mailbox) refresh.Mailbox {
				if x.Instance != "" {
					x.Instance = x.Instance[:24] + "000000000001"
				}
				return x
			})
		},
	}, {
		name: "moved is still here", reason: "the type of the recipient is not read",
		rule: ruleMoved,
		bend: func(_ *memory, b *bent) {
			b.onFound(func(x refresh.Mailbox) refresh.Mailbox { x.Kind = refresh.KindUser; return x })
		},
	}, {
		name: "moved elsewhere", reason: "the primary address is taken for the one that mail is forwarded to",
		rule: ruleMoved,
		bend: func(_ *memory, b *bent) {
			b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
				if x, found := l.Mailbox(); found && x.Kind.Elsewhere() {
					l = l.ForwardingTo(x.Primary)
				}
				answer(i, l)
			})
		},
	},
}

func reasonAlways(reason refresh.Reason) func(*memory, *bent) {
	return func(_ *memory, b *bent) {
		b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
			if a, absent := l.Absence(); absent {
				a.Reason = reason
				l = refresh.NotFound(a)
			}
			answer(i, l)
		})
	}
}
