package memconn_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// everyCall makes one call of each method and returns the errors.
func everyCall(ctx context.Context, c *memconn.Connector) map[string]error {
	mark, markErr := c.Mark(ctx)
	errs := map[string]error{
		"mark":    markErr,
		"resolve": c.Resolve(ctx, []refresh.ID{nobody}, func(int, refresh.Lookup) {}),
		"confirm": c.Confirm(ctx, []refresh.ID{nobody}, func(int, refresh.Lookup) {}),
		"find":    c.Find(ctx, []refresh.Address{"a@x"}, func(int, refresh.Finding) {}),
		"list":    nil,
	}
	_, errs["inspect"] = c.Inspect(ctx)
	if _, errs["changes"] = c.Changes(ctx, mark); markErr != nil && errors.Is(errs["changes"], refresh.ErrCursorExpired) {
		errs["changes"] = nil // nothing but the lack of a mark
	}
	for _, err := range c.List(ctx) {
		errs["list"] = err
	}
	return errs
}

func TestFaultsOfEveryCall(t *testing.T) {
	tests := []struct {
		name, reason string
		conn         memconn.ConnOptions
		want         error
		only         string // the methods that fail, with spaces between; empty means every one
	}{
		{"none", "nothing is wrong", memconn.ConnOptions{}, nil, ""},
		{"outage", "nothing works", memconn.ConnOptions{Faults: memconn.Faults{Outage: errTest}}, errTest, ""},
		{"credentials", "the server rejects them whatever is asked", memconn.ConnOptions{Faults: memconn.Faults{RejectCredentials: true}}, refresh.ErrCredentials, ""},
		{"inspect forbidden", "the rest works", memconn.ConnOptions{Faults: memconn.Faults{ForbidInspect: true}}, refresh.ErrForbidden, "inspect"},
		{"without find", "the rest works", memconn.ConnOptions{Without: refresh.CanFind}, errors.ErrUnsupported, "find"},
		{"without track", "the rest works", memconn.ConnOptions{Without: refresh.CanTrack}, errors.ErrUnsupported, "mark changes"},
		{"track forbidden", "the rest works", memconn.ConnOptions{Faults: memconn.Faults{HideDeleted: true}}, refresh.ErrForbidden, "mark changes"},
		{"break of Mark", "Changes is another method", memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanTrack, Method: "Mark", Err: errTest}}}}, errTest, "mark"},
		{"break of Changes", "Mark is another method", memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanTrack, Method: "Changes", Call: 1, Err: errTest}}}}, errTest, "changes"},
		{"second call of track", "without a method both are counted together", memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanTrack, Call: 2, Err: errTest}}}}, errTest, "changes"},
		{"break of track", "both methods", memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanTrack, Err: errTest}}}}, errTest, "mark changes"},
		{"without anything", "no method works without its bit", memconn.ConnOptions{Without: 0xffff}, errors.ErrUnsupported, ""},
	}
	for _, ability := range []refresh.Capability{refresh.CanResolve, refresh.CanConfirm, refresh.CanFind, refresh.CanList, refresh.CanInspect} {
		conn := memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: ability, Err: errTest}}}}
		tests = append(tests, struct {
			name, reason string
			conn         memconn.ConnOptions
			want         error
			only         string
		}{"break of " + ability.String(), "the rest works", conn, errTest, ability.String()})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, _, _ := people(tracking)
			for name, err := range everyCall(t.Context(), s.Connect(&tt.conn)) {
				var want error
				if tt.only == "" || slices.Contains(strings.Fields(tt.only), name) {
					want = tt.want
				}
				if !errors.Is(err, want) {
					t.Errorf("%s: error %v, want %v, because %s", name, err, want, tt.reason)
				}
			}
		})
	}
}

func TestFaultsByID(t *testing.T) {
	s, anna, bert, cleo := people(nil)
	f := memconn.Faults{
		FailIDs:   map[refresh.ID]error{anna.ID: errTest, nobody: nil},
		SilentIDs: map[refresh.ID]bool{bert.ID: true, cleo.ID: false},
	}
	c := s.Connect(nil)
	c.SetFaults(f)
	delete(f.FailIDs, anna.ID) // the connector has a copy
	want := []seen{failed(errTest), {Err: refresh.ErrNoAnswer}, found(cleo), failed(refresh.ErrNoAnswer)}
	same(t, resolve(t, c, anna.ID, bert.ID, cleo.ID, nobody), want)
	same(t, confirm(t, c, anna.ID, bert.ID, cleo.ID, nobody), want)

	c.SetFaults(memconn.Faults{})
	same(t, resolve(t, c, anna.ID, bert.ID), []seen{found(anna), found(bert)})
}

func TestBreaks(t *testing.T) {
	none := seen{Err: refresh.ErrNoAnswer}
	tests := []struct {
		name, reason string
		breaks       []memconn.Break
		given        []int   // answers given in each of three calls, of three
		errs         []error // of each call
	}{
		{"every call", "Call is zero", []memconn.Break{{After: 1, Err: errTest}}, []int{1, 1, 1}, []error{errTest, errTest, errTest}},
		{"second call", "calls are counted from 1", []memconn.Break{{Call: 2, After: 2, Err: errTest}}, []int{3, 2, 3}, []error{nil, errTest, nil}},
		{"after the last answer", "answers before an error count", []memconn.Break{{Call: 1, After: 3, Err: errTest}}, []int{3, 3, 3}, []error{errTest, nil, nil}},
		{"never reached", "the call gives fewer answers", []memconn.Break{{After: 4, Err: errTest}}, []int{3, 3, 3}, []error{nil, nil, nil}},
		{"without error", "it ends for want of answers", []memconn.Break{{Call: 1}}, []int{0, 3, 3}, []error{refresh.ErrNoAnswer, nil, nil}},
		{
			"two in one call", "the earlier one ends it, whatever the order of the list",
			[]memconn.Break{{Call: 1, After: 2, Err: refresh.ErrForbidden}, {Call: 1, After: 1, Err: errTest}},
			[]int{1, 3, 3},
			[]error{errTest, nil, nil},
		},
		{"of another ability", "not concerned", []memconn.Break{{Ability: refresh.CanConfirm, Err: errTest}}, []int{3, 3, 3}, []error{nil, nil, nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, anna, bert, cleo := people(nil)
			c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: tt.breaks}})
			all := []seen{found(anna), found(bert), found(cleo)}
			for call, given := range tt.given {
				got, err := ask(t, c.Resolve, anna.ID, bert.ID, cleo.ID)
				want := append(append([]seen(nil), all[:given]...), none, none, none)[:3]
				if d := diff(got, want); d != "" || !errors.Is(err, tt.errs[call]) {
					t.Errorf("call %d: error %v, want %v, because %s\n%s", call+1, err, tt.errs[call], tt.reason, d)
				}
			}
			c.ResetCalls()
			c.SetFaults(memconn.Faults{Breaks: tt.breaks})
			if _, err := ask(t, c.Resolve, anna.ID, bert.ID, cleo.ID); !errors.Is(err, tt.errs[0]) {
				t.Errorf("setting faults does not count from 1 again: %v, want %v", err, tt.errs[0])
			}
		})
	}
}

func TestBreakOfFindAndList(t *testing.T) {
	s, anna, bert, _ := people(nil)
	c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{
		{Ability: refresh.CanFind, After: 1, Err: errTest},
		{Ability: refresh.CanList, After: 2, Err: errTest},
	}}})
	n := 0
	err := c.Find(t.Context(), []refresh.Address{anna.Primary, bert.Primary}, func(int, refresh.Finding) { n++ })
	if n != 1 || !errors.Is(err, errTest) {
		t.Errorf("find: %d answers, %v", n, err)
	}
	n, err = 0, nil
	for _, e := range c.List(t.Context()) {
		if e == nil {
			n++
		} else {
			err = errors.Join(err, e)
		}
	}
	if n != 2 || !errors.Is(err, errTest) {
		t.Errorf("list: %d entries, %v", n, err)
	}
	c.SetFaults(memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanList, After: 3, Err: errTest}}})
	n, err = 0, nil
	for _, e := range c.List(t.Context()) {
		n++
		err = e
	}
	if n != 4 || !errors.Is(err, errTest) {
		t.Errorf("list broken after its last entry: %d steps, %v", n, err)
	}
}

func TestLatencyAndWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, anna, _, _ := people(tracking)
		c := s.Connect(&memconn.ConnOptions{Latency: time.Second})
		start := time.Now()
		for name, err := range everyCall(t.Context(), c) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if d := time.Since(start); d != 7*time.Second {
			t.Errorf("seven calls took %v, want 7s", d)
		}

		c.SetFaults(memconn.Faults{Breaks: []memconn.Break{{Wait: time.Minute}}})
		start = time.Now()
		same(t, resolve(t, c, anna.ID), []seen{found(anna)})
		if d := time.Since(start); d != time.Minute+time.Second {
			t.Errorf("a call that waits took %v, want 1m1s", d)
		}

		c.SetFaults(memconn.Faults{Breaks: []memconn.Break{{Wait: time.Minute, Err: errTest}}})
		start = time.Now()
		if _, err := ask(t, c.Resolve, anna.ID); !errors.Is(err, errTest) || time.Since(start) != time.Minute+time.Second {
			t.Errorf("a call that waits and fails: %v after %v", err, time.Since(start))
		}

		why := errors.New("too slow")
		for _, after := range []time.Duration{time.Millisecond, 30 * time.Second} { // in the latency, in the wait
			ctx, cancel := context.WithTimeoutCause(t.Context(), after, why)
			start = time.Now()
			err := c.Resolve(ctx, []refresh.ID{anna.ID}, func(int, refresh.Lookup) { t.Error("answered") })
			if !errors.Is(err, why) || time.Since(start) != after {
				t.Errorf("a context that ends: %v after %v, want the cause after %v", err, time.Since(start), after)
			}
			cancel()
		}
	})
}
