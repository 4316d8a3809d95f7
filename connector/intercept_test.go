package connector_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// claimer claims every ability and has the methods of one.
type claimer struct{ refresh.Resolver }

func (claimer) Info() refresh.Info {
	return refresh.Info{System: "Claimer", Can: ^refresh.Capability(0)}
}

func has[T refresh.Connector](c refresh.Connector) bool { _, ok := refresh.As[T](c); return ok }

func able(c refresh.Connector) map[string]bool {
	return map[string]bool{
		"resolve": has[refresh.Resolver](c), "confirm": has[refresh.Confirmer](c), "find": has[refresh.Finder](c),
		"list": has[refresh.Lister](c), "inspect": has[refresh.Inspector](c), "track": has[refresh.Tracker](c),
	}
}

func TestInterceptHasTheSameAbilities(t *testing.T) {
	sys := memconn.New("test", &memconn.Options{Tracking: true})
	conns := []refresh.Connector{claimer{sys.Connect(nil)}, &fake{}, &fake{mark: func(context.Context) (refresh.Cursor, error) { return refresh.Cursor{}, nil }}}
	for without := range 2 * refresh.CanTrack {
		conns = append(conns, sys.Connect(&memconn.ConnOptions{Without: without}))
	}
	for _, c := range conns {
		w := connector.Intercept(c, pass)
		if d := cmp.Diff(able(c), able(w)); d != "" {
			t.Errorf("%s (can %s): abilities (-inner +wrapped):\n%s", c.Info().System, c.Info().Can, d)
		}
		again := connector.Limit(connector.Retry(w, nil), 1)
		if d := cmp.Diff(able(c), able(again)); d != "" {
			t.Errorf("%s (can %s), wrapped again (-inner +wrapped):\n%s", c.Info().System, c.Info().Can, d)
		}
		if c.Info().System != w.Info().System {
			t.Errorf("the system is %q, want %q", w.Info().System, c.Info().System)
		}
	}
}

func TestInterceptExplains(t *testing.T) {
	if reason, remedy := intercept(&fake{}, pass).Explain(refresh.CanResolve); reason != "reason" || remedy != "remedy" {
		t.Errorf("Explain = %q, %q, want the inner connector's words", reason, remedy)
	}
	if reason, remedy := intercept(claimer{}, pass).Explain(refresh.CanResolve); reason != "" || remedy != "" {
		t.Errorf("Explain = %q, %q, want nothing where the inner connector says nothing", reason, remedy)
	}
}

func TestInterceptWithoutAbility(t *testing.T) {
	w := intercept(&fake{}, func(context.Context, connector.Call, doFunc) error {
		t.Error("the interceptor was called for an ability that is not there")
		return nil
	})
	for name, err := range callAll(t.Context(), w) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s = %v, want errors.ErrUnsupported", name, err)
		}
	}
}

// callAll calls every method and returns the errors.
func callAll(ctx context.Context, w wrapped) map[string]error {
	out := make(map[string]error)
	out["Resolve"] = w.Resolve(ctx, []refresh.ID{"a"}, func(int, refresh.Lookup) {})
	out["Confirm"] = w.Confirm(ctx, []refresh.ID{"a", "b"}, func(int, refresh.Lookup) {})
	out["Find"] = w.Find(ctx, []refresh.Address{"a@x.example"}, func(int, refresh.Finding) {})
	_, out["List"] = listOf(ctx, w)
	_, out["Inspect"] = w.Inspect(ctx)
	_, out["Mark"] = w.Mark(ctx)
	_, out["Changes"] = w.Changes(ctx, refresh.Cursor{})
	return out
}

// failing is a connector all of whose calls fail.
func failing(err error) *fake {
	return &fake{
		resolve: func(context.Context, []refresh.ID, func(int, refresh.Lookup)) error { return err },
		find:    func(context.Context, []refresh.Address, func(int, refresh.Finding)) error { return err },
		list:    func(context.Context) iter.Seq2[refresh.Entry, error] { return listing(0, err) },
		inspect: func(context.Context) (refresh.Directory, error) { return refresh.Directory{}, err },
		mark:    func(context.Context) (refresh.Cursor, error) { return refresh.Cursor{}, err },
		changes: func(context.Context, refresh.Cursor) (refresh.ChangePage, error) { return refresh.ChangePage{}, err },
	}
}

func TestInterceptSeesEveryCall(t *testing.T) {
	var got []connector.Call
	w := intercept(failing(nil), func(ctx context.Context, call connector.Call, do doFunc) error {
		got = append(got, connector.Call{Ability: call.Ability, Method: call.Method, System: call.System, N: call.N})
		return do(ctx)
	})
	callAll(t.Context(), w)
	want := []connector.Call{
		{Ability: refresh.CanResolve, Method: "Resolve", System: "Fake", N: 1},
		{Ability: refresh.CanConfirm, Method: "Confirm", System: "Fake", N: 2},
		{Ability: refresh.CanFind, Method: "Find", System: "Fake", N: 1},
		{Ability: refresh.CanList, Method: "List", System: "Fake"},
		{Ability: refresh.CanInspect, Method: "Inspect", System: "Fake"},
		{Ability: refresh.CanTrack, Method: "Mark", System: "Fake"},
		{Ability: refresh.CanTrack, Method: "Changes", System: "Fake"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(connector.Call{})); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
}

// TestInterceptCannotMakeUpAnswers calls nothing, or hides an error: no ability may then look as if it went well.
func TestInterceptCannotMakeUpAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		inner        *fake
		f            func(context.Context, connector.Call, doFunc) error
		want         error // nil: any
		answersOK    bool  // Resolve, Confirm and Find may return nil: what is not answered has failed
	}{
		{"refuses", "the interceptor's error is the caller's", failing(nil),
			func(context.Context, connector.Call, doFunc) error { return errOther }, errOther, false},
		{"does nothing", "a call that was not made is no empty answer", failing(nil),
			func(context.Context, connector.Call, doFunc) error { return nil }, nil, true},
		{"hides the error", "a failed call is no empty answer", failing(errDown),
			func(ctx context.Context, _ connector.Call, do doFunc) error { _ = do(ctx); return nil }, errDown, true},
		{"changes the error", "the interceptor's error is the caller's", failing(errDown),
			func(ctx context.Context, _ connector.Call, do doFunc) error { _ = do(ctx); return errOther }, errOther, false},
		{"spoils a success", "the interceptor's error is the caller's", failing(nil),
			func(ctx context.Context, _ connector.Call, do doFunc) error { _ = do(ctx); return errOther }, errOther, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, err := range callAll(t.Context(), intercept(tt.inner, tt.f)) {
				if tt.answersOK && (name == "Resolve" || name == "Confirm" || name == "Find") {
					continue
				}
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("%s = %v, want %v: %s", name, err, tt.want, tt.reason)
				}
			}
		})
	}
}

func TestInterceptPassesTheContext(t *testing.T) {
	type key struct{}
	w := intercept(&fake{inspect: func(ctx context.Context) (refresh.Directory, error) {
		return refresh.Directory{Name: ctx.Value(key{}).(string)}, nil
	}}, func(ctx context.Context, _ connector.Call, do doFunc) error {
		return do(context.WithValue(ctx, key{}, "seen"))
	})
	if d, err := w.Inspect(t.Context()); d.Name != "seen" || err != nil {
		t.Errorf("Inspect = %+v, %v, want the value that the interceptor put into the context", d, err)
	}
}

// TestInterceptEndsWhatIsLeftRunning lets an interceptor return while its do still runs.
func TestInterceptEndsWhatIsLeftRunning(t *testing.T) {
	returned := false
	var late doFunc
	w := intercept(&fake{resolve: func(ctx context.Context, _ []refresh.ID, answer func(int, refresh.Lookup)) error {
		answer(0, found("a"))
		<-ctx.Done()
		time.Sleep(5 * time.Millisecond)
		if returned {
			t.Error("Resolve returned before the do that was left running")
		}
		answer(1, found("b"))
		return context.Cause(ctx)
	}}, func(ctx context.Context, _ connector.Call, do doFunc) error {
		late = do
		began := make(chan struct{})
		go func() { close(began); _ = do(ctx) }()
		<-began
		time.Sleep(5 * time.Millisecond)
		return errOther
	})
	_, err := collect(t.Context(), w, "a", "b")
	returned = true
	if !errors.Is(err, errOther) {
		t.Errorf("Resolve = %v, want the interceptor's error", err)
	}
	if err := late(t.Context()); err == nil {
		t.Error("do worked after the call had ended")
	}
}

func TestInterceptPanics(t *testing.T) {
	w := intercept(failing(nil), func(context.Context, connector.Call, doFunc) error { panic("boom") })
	defer func() {
		if r := recover(); r != "boom" {
			t.Errorf("recovered %v, want the interceptor's panic", r)
		}
	}()
	_, _ = w.Inspect(t.Context())
}
