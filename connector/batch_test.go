package connector_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// rounds is a connector that plays one answer per ID and round: "f" found, "g" gone, "x" failed, "-" no answer.
func rounds(asked *[][]refresh.ID, errs []error, play map[refresh.ID]string) *fake {
	return &fake{resolve: func(_ context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
		n := len(*asked)
		*asked = append(*asked, slices.Clone(ids))
		for i, id := range ids {
			switch play[id][n] {
			case 'f':
				answer(i, found(id))
			case 'g':
				answer(i, gone())
			case 'x':
				answer(i, refresh.Failed(fmt.Errorf("round %d", n+1)).On("replica"))
			}
		}
		return errs[n]
	}}
}

func TestDoAgainAsksWhatIsOpen(t *testing.T) {
	var asked [][]refresh.ID
	inner := rounds(&asked, []error{errDown, nil}, map[refresh.ID]string{"found": "ff", "gone": "gg", "healed": "xf", "hole": "-f", "bad": "xx", "silent": "x-", "never": "--"})
	got, err := collect(t.Context(), intercept(inner, twice), "found", "gone", "healed", "hole", "bad", "silent", "never")
	if err != nil {
		t.Errorf("Resolve = %v, want the second do's nil", err)
	}
	want := map[int][]string{0: {"found found"}, 1: {"gone"}, 2: {"found healed"}, 3: {"found hole"}, 4: {"failed: round 2"}, 5: {"failed: round 1"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("answers (-want +got):\n%s", d)
	}
	wantAsked := [][]refresh.ID{{"found", "gone", "healed", "hole", "bad", "silent", "never"}, {"healed", "hole", "bad", "silent", "never"}}
	if d := cmp.Diff(wantAsked, asked); d != "" {
		t.Errorf("asked (-want +got):\n%s", d)
	}
}

func TestDoAgainWithNothingOpen(t *testing.T) {
	var asked [][]refresh.ID
	inner := rounds(&asked, []error{errDown, nil}, map[refresh.ID]string{"a": "fx"})
	got, err := collect(t.Context(), intercept(inner, twice), "a")
	if d := cmp.Diff(map[int][]string{0: {"found a"}}, got); d != "" || err != nil || len(asked) != 1 {
		t.Errorf("Resolve = %v, asked %v, want one call and nil; answers (-want +got):\n%s", err, asked, d)
	}
	asked = nil
	_, err = collect(t.Context(), intercept(rounds(&asked, []error{nil, errDown}, nil), twice))
	if err == nil || len(asked) != 2 {
		t.Errorf("Resolve of nothing = %v after %d calls, want the second call's error", err, len(asked))
	}
}

func TestHeldAnswersKeepTheirReplica(t *testing.T) {
	var asked [][]refresh.ID
	w := intercept(rounds(&asked, []error{nil}, map[refresh.ID]string{"a": "x"}), pass)
	err := w.Resolve(t.Context(), []refresh.ID{"a"}, func(_ int, l refresh.Lookup) {
		if l.Replica() != "replica" || l.Err() == nil {
			t.Errorf("the failed answer came from replica %q with %v", l.Replica(), l.Err())
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestBrokenContractsShow: Intercept must not hide from the engine that a connector answers wrongly.
func TestBrokenContractsShow(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		answer       func(answer func(int, refresh.Lookup))
		want         map[int][]string
	}{
		{"twice found", "the engine must see both", func(a func(int, refresh.Lookup)) { a(0, found("a")); a(0, found("b")) },
			map[int][]string{0: {"found a", "found b"}}},
		{"failed, then found", "a held answer counts as given", func(a func(int, refresh.Lookup)) { a(0, refresh.Failed(errDown)); a(0, found("b")) },
			map[int][]string{0: {"failed: the server is down", "found b"}}},
		{"found, then failed", "the second one is not held", func(a func(int, refresh.Lookup)) { a(0, found("a")); a(0, refresh.Failed(errDown)) },
			map[int][]string{0: {"found a", "failed: the server is down"}}},
		{"failed twice", "both come out", func(a func(int, refresh.Lookup)) { a(0, refresh.Failed(errDown)); a(0, refresh.Failed(errOther)) },
			map[int][]string{0: {"failed: the server is down", "failed: another error"}}},
		{"out of range", "the index is passed on", func(a func(int, refresh.Lookup)) { a(7, found("a")); a(-1, refresh.Failed(errDown)) },
			map[int][]string{7: {"found a"}, -1: {"failed: the server is down"}}},
		{"zero answer", "the zero Lookup is no answer", func(a func(int, refresh.Lookup)) { a(0, refresh.Lookup{}) },
			map[int][]string{0: {"failed: no answer"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inner := &fake{resolve: func(_ context.Context, _ []refresh.ID, answer func(int, refresh.Lookup)) error {
				tt.answer(answer)
				return nil
			}}
			got, err := collect(t.Context(), intercept(inner, pass), "a")
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Errorf("%s: %v; answers (-want +got):\n%s", tt.reason, err, d)
			}
		})
	}
}

func TestOutOfRangeInALaterRound(t *testing.T) {
	n := 0
	inner := &fake{resolve: func(_ context.Context, _ []refresh.ID, answer func(int, refresh.Lookup)) error {
		if n++; n == 1 {
			answer(0, found("a"))
			return errDown
		}
		answer(1, found("a")) // was asked one ID
		return nil
	}}
	got, _ := collect(t.Context(), intercept(inner, twice), "a", "b")
	if d := cmp.Diff(map[int][]string{0: {"found a"}, -1: {"found a"}}, got); d != "" {
		t.Errorf("an answer for an index that was not asked must not land on another one (-want +got):\n%s", d)
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	var late func(int, refresh.Lookup)
	inner := &fake{resolve: func(_ context.Context, _ []refresh.ID, answer func(int, refresh.Lookup)) error {
		if late != nil {
			late(0, found("late"))
		}
		late = answer
		return errDown
	}}
	got, _ := collect(t.Context(), intercept(inner, twice), "a")
	late(0, found("later"))
	if len(got) != 0 {
		t.Errorf("answers after a do had returned came out: %v", got)
	}
}

// TestCutShortProvesNothing: the caller's context goes on, the one that the interceptor gave has ended.
func TestCutShortProvesNothing(t *testing.T) {
	inner := &fake{
		resolve: func(_ context.Context, _ []refresh.ID, answer func(int, refresh.Lookup)) error {
			answer(0, gone())
			answer(1, found("b"))
			return nil
		},
		find: func(_ context.Context, _ []refresh.Address, answer func(int, refresh.Finding)) error {
			answer(0, refresh.Hits())
			return nil
		},
	}
	w := intercept(inner, func(ctx context.Context, _ connector.Call, do doFunc) error {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(errOther)
		return do(ctx)
	})
	got, _ := collect(t.Context(), w, "a", "b")
	if d := cmp.Diff(map[int][]string{0: {"failed: another error"}, 1: {"found b"}}, got); d != "" {
		t.Errorf("answers (-want +got):\n%s", d)
	}
	_ = w.Find(t.Context(), []refresh.Address{"a@x.example"}, func(_ int, f refresh.Finding) {
		if f.Err() != errOther {
			t.Errorf("no hits of a call cut short: %v, want a failure", f.Err())
		}
	})
}

func TestSettle(t *testing.T) {
	var asked [][]refresh.ID
	inner := rounds(&asked, []error{nil, nil}, map[refresh.ID]string{"a": "xf", "b": "-f", "c": "f-", "d": "xf"})
	var left []int
	w := intercept(inner, func(ctx context.Context, call connector.Call, do doFunc) error {
		_ = do(ctx)
		left = append(left, call.Settle(func(error) bool { return false }))
		n := 0
		left = append(left, call.Settle(func(err error) bool {
			n++
			return err != refresh.ErrNoAnswer && n == 1 // "a" is final
		}))
		return do(ctx)
	})
	got, err := collect(t.Context(), w, "a", "b", "c", "d")
	want := map[int][]string{0: {"failed: round 1"}, 1: {"found b"}, 2: {"found c"}, 3: {"found d"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("Resolve = %v; answers (-want +got):\n%s", err, d)
	}
	if d := cmp.Diff([]int{3, 2}, left); d != "" {
		t.Errorf("left open (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]refresh.ID{"b", "d"}, asked[1]); d != "" {
		t.Errorf("asked again (-want +got):\n%s", d)
	}
}

func TestSettleHoles(t *testing.T) {
	var asked [][]refresh.ID
	inner := rounds(&asked, []error{errDown, nil}, map[refresh.ID]string{"a": "--", "b": "xf"})
	got, _ := collect(t.Context(), intercept(inner, func(ctx context.Context, call connector.Call, do doFunc) error {
		err := do(ctx)
		if left := call.Settle(func(e error) bool { return e == err }); left != 1 {
			t.Errorf("left open: %d, want 1: what is not answered has the call's error", left)
		}
		_ = do(ctx)
		return err
	}), "a", "b")
	if d := cmp.Diff(map[int][]string{1: {"found b"}}, got); d != "" || len(asked[1]) != 1 {
		t.Errorf("asked again: %v; answers (-want +got):\n%s", asked[1], d)
	}
	var call connector.Call
	if call.Settle(func(error) bool { return false }) != 0 {
		t.Error("a call without answers has something open")
	}
}

// TestRoundsProperty compares random rounds with a plain model.
func TestRoundsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "ids")
		times := rapid.IntRange(0, 4).Draw(t, "rounds")
		ids := make([]refresh.ID, n)
		play := make(map[refresh.ID]string)
		for i := range ids {
			ids[i] = refresh.ID(fmt.Sprint("id", i))
			play[ids[i]] = rapid.StringOfN(rapid.RuneFrom([]rune("fgx-")), times, times, -1).Draw(t, "play")
		}
		errs := make([]error, times)
		for i := range errs {
			errs[i] = rapid.SampledFrom([]error{nil, errDown}).Draw(t, "err")
		}
		var asked [][]refresh.ID
		got, _ := collect(context.Background(), intercept(rounds(&asked, errs, play), func(ctx context.Context, _ connector.Call, do doFunc) error {
			var err error
			for range times {
				err = do(ctx)
			}
			return err
		}), ids...)
		for i, id := range ids {
			want := ""
			for round, c := range play[id] {
				if want == "found "+string(id) || want == "gone" {
					if len(asked) > round && slices.Contains(asked[round], id) {
						t.Fatalf("%s (%s) was asked again in round %d", id, play[id], round+1)
					}
					continue
				}
				switch c {
				case 'f':
					want = "found " + string(id)
				case 'g':
					want = "gone"
				case 'x':
					want = fmt.Sprintf("failed: round %d", round+1)
				}
			}
			switch {
			case want == "" && len(got[i]) > 0, want != "" && (len(got[i]) != 1 || got[i][0] != want):
				t.Fatalf("%s (%s): answers %q, want %q", id, play[id], got[i], want)
			}
		}
	})
}
