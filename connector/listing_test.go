package connector_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// lists is a connector that plays one list per call.
func lists(calls *int, play ...iter.Seq2[refresh.Entry, error]) *fake {
	return &fake{list: func(context.Context) iter.Seq2[refresh.Entry, error] {
		return func(yield func(refresh.Entry, error) bool) {
			*calls++
			play[*calls-1](yield)
		}
	}}
}

func TestListAgain(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		play         []iter.Seq2[refresh.Entry, error]
		want         []refresh.ID
		err          error
		calls        int
	}{
		{"heals before the first entry", "nothing has gone out, so nothing comes twice",
			[]iter.Seq2[refresh.Entry, error]{listing(0, errDown), listing(2, nil)}, []refresh.ID{"a", "b"}, nil, 2},
		{"fails in the middle", "the entries of a second list would come twice",
			[]iter.Seq2[refresh.Entry, error]{listing(2, errDown), listing(3, nil)}, []refresh.ID{"a", "b"}, errDown, 1},
		{"complete at once", "a complete list is not made again",
			[]iter.Seq2[refresh.Entry, error]{listing(1, nil), listing(3, nil)}, []refresh.ID{"a"}, nil, 1},
		{"empty and complete", "an empty list is complete too",
			[]iter.Seq2[refresh.Entry, error]{listing(0, nil), listing(3, nil)}, nil, nil, 1},
		{"fails twice", "the last error counts",
			[]iter.Seq2[refresh.Entry, error]{listing(0, errDown), listing(0, errOther)}, nil, errOther, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls := 0
			got, err := listOf(t.Context(), intercept(lists(&calls, tt.play...), twice))
			if d := cmp.Diff(tt.want, got); d != "" || !errors.Is(err, tt.err) || calls != tt.calls {
				t.Errorf("%s: %v after %d calls, want %v after %d; entries (-want +got):\n%s", tt.reason, err, calls, tt.err, tt.calls, d)
			}
		})
	}
}

func TestListLeftEarly(t *testing.T) {
	calls := 0
	var ended error = errOther
	w := intercept(lists(&calls, listing(5, errDown), listing(5, nil)), func(ctx context.Context, call connector.Call, do doFunc) error {
		ended = do(ctx)
		if err := do(ctx); err != nil {
			t.Errorf("a second do after the loop was left = %v, want nil", err)
		}
		return errDown
	})
	n := 0
	for _, err := range w.List(t.Context()) {
		if err != nil {
			t.Error("an error came out after the loop was left")
		}
		if n++; n == 2 {
			break
		}
	}
	if ended != nil || calls != 1 {
		t.Errorf("do = %v after %d calls, want nil after 1", ended, calls)
	}
}

func TestListCutShort(t *testing.T) {
	calls := 0
	w := intercept(lists(&calls, listing(2, nil)), func(ctx context.Context, _ connector.Call, do doFunc) error {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(errOther)
		return do(ctx)
	})
	if _, err := listOf(t.Context(), w); !errors.Is(err, errOther) {
		t.Errorf("List = %v, want the cause: a list whose context has ended is not complete", err)
	}
}

func TestListTwice(t *testing.T) {
	calls := 0
	seq := intercept(lists(&calls, listing(1, nil), listing(2, nil)), pass).List(t.Context())
	for _, want := range []int{1, 2} {
		n := 0
		for range seq {
			n++
		}
		if n != want {
			t.Errorf("loop %d saw %d entries", want, n)
		}
	}
}
