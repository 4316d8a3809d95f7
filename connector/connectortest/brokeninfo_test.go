package connectortest

import (
	"context"
	"time"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// leaky wraps one ability and lets the others through, as a struct that embeds the inner connector does.
type leaky struct {
	*bent
	resolve refresh.Resolver
}

func (l leaky) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return l.resolve.Resolve(ctx, ids, answer)
}

// lessened offers fewer abilities than the connector inside.
type lessened struct{ refresh.Resolver }

// wrapOther makes a wrapper that changes what comes out.
func wrapOther(change func(b *bent)) wrapper {
	return func(c refresh.Connector, f func(context.Context, connector.Call, func(context.Context) error) error) refresh.Connector {
		w := connector.Intercept(c, f).(full)
		b := &bent{info: w.Info, resolve: w.Resolve, confirm: w.Confirm, find: w.Find, list: w.List, inspect: w.Inspect, mark: w.Mark, changes: w.Changes}
		change(b)
		return b
	}
}

var brokenInfo = []broken{
	{
		name: "no system", reason: "reports would show an empty name",
		rule: ruleInfo,
		bend: func(_ *memory, b *bent) {
			can := b.info().Can
			b.info = func() refresh.Info { return refresh.Info{Can: can} }
		},
	}, {
		name: "Info after the outage", reason: "Info asks the server",
		rule: ruleInfo,
		bend: func(_ *memory, b *bent) {
			good := b.info
			b.info = func() refresh.Info {
				i := good()
				ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
				defer cancel()
				if _, err := b.inspect(ctx); err != nil {
					i.System = "unknown"
				}
				return i
			}
		},
	}, {
		name: "claims too much", reason: "a bit has no meaning",
		rule: ruleBits,
		bend: func(_ *memory, b *bent) {
			good := b.info
			b.info = func() refresh.Info { i := good(); i.Can |= 1 << 12; return i }
		},
	}, {
		name: "claims what it has no method for", reason: "the bits of a fuller connector were copied",
		rule: ruleBits,
		world: func(m *memory, w *World) {
			w.Connect = func() (refresh.Connector, error) { return lessened{m.connect(nil)}, nil }
		},
	}, {
		name: "reason without remedy", reason: "a person is told no, and not what to do",
		rule: ruleExplain,
		bend: func(m *memory, b *bent) {
			m.opts.Without = refresh.CanResolve
			good := b.info
			b.info = func() refresh.Info { i := good(); i.Can &^= refresh.CanResolve; return i }
			b.reason = "the protocol has no identity"
		},
	}, {
		name: "an ability bypasses the interceptor", reason: "the wrapper embeds the connector and forgets an ability",
		rule: ruleSees, in: []string{"intercepted", "refused"},
		wrap: func(c refresh.Connector, f func(context.Context, connector.Call, func(context.Context) error) error) refresh.Connector {
			r, _ := refresh.As[refresh.Resolver](connector.Intercept(c, f))
			return leaky{c.(*bent), r}
		},
	}, {
		name: "wrapping takes an ability away", reason: "the wrapper knows fewer abilities than there are",
		rule: ruleSame, in: []string{"intercepted"},
		wrap: func(c refresh.Connector, f func(context.Context, connector.Call, func(context.Context) error) error) refresh.Connector {
			r, _ := refresh.As[refresh.Resolver](connector.Intercept(c, f))
			return lessened{r}
		},
	}, {
		name: "wrapping renames the system", reason: "the wrapper has an Info of its own",
		rule: ruleSame, in: []string{"intercepted"},
		wrap: wrapOther(func(b *bent) {
			good := b.info
			b.info = func() refresh.Info { i := good(); i.System += " (wrapped)"; return i }
		}),
	}, {
		name: "wrapping loses an entry", reason: "the wrapper reads one entry ahead",
		rule: ruleSame, in: []string{"intercepted"},
		wrap: wrapOther(func(b *bent) {
			b.onList(func(n int, e refresh.Entry, err error, yield func(refresh.Entry, error) bool) bool {
				return n == 0 || yield(e, err)
			})
		}),
	}, {
		name: "wrapping changes the pin", reason: "the wrapper fills in what it thinks is lacking",
		rule: ruleSame, in: []string{"intercepted"},
		wrap: wrapOther(func(b *bent) {
			good := b.inspect
			b.inspect = func(ctx context.Context) (refresh.Directory, error) {
				d, err := good(ctx)
				d.Pin += "/wrapped"
				return d, err
			}
		}),
	}, {
		name: "wrapping spoils the cursor", reason: "the wrapper counts time in the cursor",
		rule: ruleSame, in: []string{"intercepted"},
		wrap: wrapOther(func(b *bent) {
			good := b.mark
			b.mark = func(ctx context.Context) (refresh.Cursor, error) {
				c, err := good(ctx)
				c.Token += "!"
				return c, err
			}
		}),
	},
}
