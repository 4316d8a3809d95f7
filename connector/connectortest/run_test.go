package connectortest

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// TestRunWithoutEvents runs the suite on a system that has the required events only.
func TestRunWithoutEvents(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) World {
		w := newMemory("bare", nil).world()
		return World{Connect: w.Connect, Put: w.Put, Update: w.Update, Delete: w.Delete, Never: w.Never, Many: 101}
	})
}

// TestRunWithoutIdentity runs the suite on a system that cannot look up by ID, such as IMAP.
func TestRunWithoutIdentity(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) World {
		m := newMemory("imap", nil)
		m.opts.Without = refresh.CanResolve | refresh.CanConfirm | refresh.CanTrack
		w := m.world()
		w.Connect = func() (refresh.Connector, error) { return m.sys.Connect(&m.opts), nil }
		w.Patience = 0
		w.Cut, w.Stall, w.Blind, w.Masked, w.Outage = nil, nil, nil, nil, nil // they make connections of their own
		return w
	})
}

// TestRunWrapped runs the suite on a connector inside every wrapper of package connector.
func TestRunWrapped(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) World {
		m := newMemory("wrapped", nil)
		w := m.world()
		w.Patience = 0
		wrapped := func(open func() (refresh.Connector, error)) func() (refresh.Connector, error) {
			return func() (refresh.Connector, error) {
				c, err := open()
				if err != nil {
					return nil, err
				}
				w := connector.Retry(connector.Limit(c, 2), &connector.RetryOptions{Attempts: 2, Pause: time.Millisecond})
				return closable{w.(full), c.(closer)}, nil
			}
		}
		cut := w.Cut
		w.Cut = func(n int) (refresh.Connector, error) {
			return wrapped(func() (refresh.Connector, error) { return cut(n) })()
		}
		w.Connect, w.Blind, w.Masked, w.Stall = wrapped(w.Connect), wrapped(w.Blind), wrapped(w.Masked), wrapped(w.Stall)
		return w
	})
}

// full is what [connector.Intercept] returns.
type full interface {
	refresh.Resolver
	refresh.Confirmer
	refresh.Finder
	refresh.Lister
	refresh.Inspector
	refresh.Tracker
	refresh.Explainer
}

// closable gives a wrapped connector the Close of the one inside.
type closable struct {
	full
	closer
}

// TestRunFails runs the suite on something broken in a process of its own, because there it has to fail. A connector
// that proves nothing passes there, and the suite says so.
func TestRunFails(t *testing.T) {
	const env = "CONNECTORTEST_RUN_BROKEN"
	switch os.Getenv(env) {
	case "connector":
		Run(t, func(*testing.T) World {
			m := newMemory("broken", nil)
			m.bend = func(_ *memory, b *bent) { b.both(lieWhere(isErr(errDown))) }
			return m.world()
		})
		return
	case "world":
		Run(t, func(*testing.T) World {
			w := newMemory("broken", nil).world()
			w.Update = nil
			return w
		})
		return
	case "event":
		Run(t, func(*testing.T) World {
			w := newMemory("broken", nil).world()
			w.Restore = func(refresh.ID) (refresh.Mailbox, error) { return refresh.Mailbox{}, errDown }
			return w
		})
		return
	case "proves nothing": // passes, and says so
		Run(t, func(*testing.T) World {
			m := newMemory("timid", nil)
			m.bend = func(_ *memory, b *bent) {
				b.onAnswer(func(_ []refresh.ID, i int, l refresh.Lookup, answer func(int, refresh.Lookup)) {
					if _, absent := l.Absence(); absent {
						l = refresh.Failed(refresh.ErrNotVisible)
					}
					answer(i, l)
				})
			}
			return m.world()
		})
		return
	}
	for what, want := range map[string][]string{
		"connector":      {"--- FAIL: TestRunFails/outage", "rule outage is broken: " + ruleOutage.words, "--- PASS: TestRunFails/found", `the connector can resolve: "explain"`},
		"world":          {"--- FAIL: TestRunFails/world", "World.Update is nil"},
		"proves nothing": {"--- PASS: TestRunFails/deleted", "no absence was proven: "},
		"event":          {"--- FAIL: TestRunFails/restored", "the world's Restore failed: " + errDown.Error(), "--- PASS: TestRunFails/purged"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRunFails$", "-test.v")
			cmd.Env = append(os.Environ(), env+"="+what)
			out, err := cmd.CombinedOutput()
			if passes := what == "proves nothing"; passes != (err == nil) {
				t.Errorf("the suite passed: %t", !passes)
			}
			if strings.Contains(string(out), "no absence was proven") != (what == "proves nothing") {
				t.Error("the suite is wrong about whether an absence was proven")
			}
			for _, w := range want {
				if !strings.Contains(string(out), w) {
					t.Errorf("the output does not contain %q:\n%s", w, out)
				}
			}
		})
	}
}

func TestLeftOut(t *testing.T) {
	w := World{Malformed: []refresh.ID{"x"}}
	got := leftOut(w, traits{can: refresh.CanResolve | refresh.CanFind})
	for _, want := range []string{
		"the connector cannot list: \"list\", \"list many\", \"list left early\"",
		"the connector has no method Close() error: \"closed\"",
		"World.Blind is nil: \"blind\"",
		"World.SoftDelete is nil: \"soft-deleted\", \"restored\", \"purged\"",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("leftOut = %s\nwant it to contain %s", got, want)
		}
	}
	for _, no := range []string{"malformed ID", "\"found\""} {
		if strings.Contains(got, no) {
			t.Errorf("leftOut = %s\nwant it without %s, which applies", got, no)
		}
	}
	got = leftOut(World{}, traits{can: refresh.CanTrack, mayNotTrack: true})
	if want := `the world's reader may not see every change: Mark is ErrForbidden: "changes", "changes after changes"`; !strings.Contains(got, want) {
		t.Errorf("leftOut = %s\nwant it to contain %s", got, want)
	}
	hidden := newMemory("hidden", nil)
	hidden.faults.HideDeleted = true
	if conn, err := look(hidden.world()); err != nil || !conn.mayNotTrack {
		t.Errorf("look = %+v, %v: the reader may not track", conn, err)
	}
	full := newMemory("full", nil)
	want := "checks that do not apply to this system:\n  the connector can resolve: \"explain\""
	if got := leftOut(full.world(), traitsOf(full.connect(nil))); got != want {
		t.Errorf("leftOut of a world with every event = %s, want %s", got, want)
	}
}

// TestWorldFaults makes worlds that are wrong themselves: that is not the connector's fault, and must be said.
func TestWorldFaults(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		change       func(m *memory, w *World)
		want         string
	}{
		{"no Put", "a required event is missing", func(_ *memory, w *World) { w.Put = nil }, "World.Put is nil"},
		{"no SoftDelete", "there would be nothing to purge", func(_ *memory, w *World) { w.SoftDelete = nil }, "need World.SoftDelete"},
		{"Put fails", "the error of an event is passed on", func(_ *memory, w *World) {
			w.Put = func(refresh.Mailbox) (refresh.Mailbox, error) { return refresh.Mailbox{}, errDown }
		}, errDown.Error()},
		{"no ID", "answers could not be told apart", func(m *memory, w *World) {
			w.Put = func(x refresh.Mailbox) (refresh.Mailbox, error) { return x, nil }
		}, "without an ID"},
		{"one ID for all", "identities are never reused", func(m *memory, w *World) {
			one := m.sys.Put(refresh.Mailbox{})
			w.Put = func(x refresh.Mailbox) (refresh.Mailbox, error) { x.ID = one.ID; return x, nil }
		}, "to two objects"},
		{"another address", "the checks ask for what they put", func(m *memory, w *World) {
			w.Put = func(x refresh.Mailbox) (refresh.Mailbox, error) {
				x.Primary = "x@connectortest.example"
				return m.put(x)
			}
		}, "the primary address is"},
		{"Connect fails", "there is nothing to check", func(_ *memory, w *World) {
			w.Connect = func() (refresh.Connector, error) { return nil, errDown }
		}, "Connect failed"},
		{"no connector", "nil is not a connector", func(_ *memory, w *World) {
			w.Connect = func() (refresh.Connector, error) { return nil, nil }
		}, "no connector"},
		{"Never is there", "it must be an ID of nothing", func(m *memory, w *World) {
			w.Never = func() refresh.ID {
				for x := range m.sys.All() {
					return x.ID
				}
				return ""
			}
		}, "of an object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemory("faulty", nil)
			w := m.world()
			tt.change(m, &w)
			c := checkNamed("found")
			broken, err := c.perform(w, connector.Intercept, &proofs{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("perform = %v, want an error with %q: %s", err, tt.want, tt.reason)
			}
			if len(broken) > 0 {
				t.Errorf("perform blames the connector: %v", broken)
			}
		})
	}
}

func checkNamed(name string) check {
	for _, c := range checks() {
		if c.name == name {
			return c
		}
	}
	panic("no check " + name)
}

// TestViolation shows what a person reads.
func TestViolation(t *testing.T) {
	got := violation{ruleBlind, "Resolve: …"}.String()
	want := "rule blind is broken: A reader without rights sees nothing, which proves nothing: never NotFound, never no hits.\nseen: Resolve: …"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestNames keeps the names of rules and checks apart.
func TestNames(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range rules {
		if seen[r.name] || r.name == "" || !strings.HasSuffix(r.words, ".") {
			t.Errorf("rule %q: want a name of its own and a sentence", r.name)
		}
		seen[r.name] = true
	}
	names := make(map[string]bool)
	for _, c := range checks() {
		if names[c.name] {
			t.Errorf("two checks are called %q", c.name)
		}
		names[c.name] = true
	}
}

// TestPanicsPass keeps the stack of a connector that panics.
func TestPanicsPass(t *testing.T) {
	boom := errors.New("boom")
	defer func() {
		if r := recover(); r != boom {
			t.Errorf("recovered %v, want the connector's panic", r)
		}
	}()
	c := check{run: func(*probe) { panic(boom) }}
	_, _ = c.perform(newMemory("panics", &memconn.Options{}).world(), connector.Intercept, &proofs{})
}
