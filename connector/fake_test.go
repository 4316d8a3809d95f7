package connector_test

import (
	"context"
	"errors"
	"iter"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// fake is a connector whose abilities are functions. It claims those that are set.
type fake struct {
	resolve func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error
	find    func(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error
	list    func(ctx context.Context) iter.Seq2[refresh.Entry, error]
	inspect func(ctx context.Context) (refresh.Directory, error)
	mark    func(ctx context.Context) (refresh.Cursor, error)
	changes func(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error)
}

func (f *fake) Info() refresh.Info {
	info := refresh.Info{System: "Fake"}
	for bit, set := range map[refresh.Capability]bool{
		refresh.CanResolve | refresh.CanConfirm: f.resolve != nil, refresh.CanFind: f.find != nil, refresh.CanList: f.list != nil,
		refresh.CanInspect: f.inspect != nil, refresh.CanTrack: f.mark != nil,
	} {
		if set {
			info.Can |= bit
		}
	}
	return info
}

func (f *fake) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return f.resolve(ctx, ids, answer)
}

func (f *fake) Confirm(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return f.resolve(ctx, ids, answer)
}

func (f *fake) Find(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
	return f.find(ctx, addrs, answer)
}

func (f *fake) List(ctx context.Context) iter.Seq2[refresh.Entry, error] { return f.list(ctx) }
func (f *fake) Inspect(ctx context.Context) (refresh.Directory, error)   { return f.inspect(ctx) }
func (f *fake) Mark(ctx context.Context) (refresh.Cursor, error)         { return f.mark(ctx) }
func (f *fake) Explain(refresh.Capability) (string, string)              { return "reason", "remedy" }
func (f *fake) Changes(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
	return f.changes(ctx, since)
}

var (
	errDown  = errors.New("the server is down")
	errOther = errors.New("another error")
)

// wrapped is what the wrappers return.
type wrapped interface {
	refresh.Resolver
	refresh.Confirmer
	refresh.Finder
	refresh.Lister
	refresh.Inspector
	refresh.Tracker
	refresh.Explainer
}

type doFunc = func(context.Context) error

func intercept(c refresh.Connector, f func(ctx context.Context, call connector.Call, do doFunc) error) wrapped {
	return connector.Intercept(c, f).(wrapped)
}

// pass makes the call once.
func pass(ctx context.Context, _ connector.Call, do doFunc) error { return do(ctx) }

// twice makes the call two times, whatever comes of the first.
func twice(ctx context.Context, _ connector.Call, do doFunc) error {
	_ = do(ctx)
	return do(ctx)
}

func found(id refresh.ID) refresh.Lookup { return refresh.Found(refresh.Mailbox{ID: id}) }

func gone() refresh.Lookup {
	return refresh.NotFound(refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone})
}

// word puts an answer into words for comparisons.
func word(l refresh.Lookup) string {
	if m, ok := l.Mailbox(); ok {
		return "found " + string(m.ID)
	}
	if _, ok := l.Absence(); ok {
		return "gone"
	}
	return "failed: " + l.Err().Error()
}

// collect makes a call and returns the answers of each index, in the order in which they came.
func collect(ctx context.Context, r refresh.Resolver, ids ...refresh.ID) (map[int][]string, error) {
	got := make(map[int][]string)
	err := r.Resolve(ctx, ids, func(i int, l refresh.Lookup) { got[i] = append(got[i], word(l)) })
	return got, err
}

// listOf runs through a list and returns its IDs and its error.
func listOf(ctx context.Context, l refresh.Lister) (ids []refresh.ID, err error) {
	for e, err := range l.List(ctx) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, e.ID)
	}
	return ids, nil
}

// listing yields n entries and then the error, if any.
func listing(n int, err error) iter.Seq2[refresh.Entry, error] {
	return func(yield func(refresh.Entry, error) bool) {
		for i := range n {
			if !yield(refresh.Entry{Mailbox: refresh.Mailbox{ID: refresh.ID(rune('a' + i))}}, nil) {
				return
			}
		}
		if err != nil {
			yield(refresh.Entry{}, err)
		}
	}
}
