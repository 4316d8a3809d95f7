package imapconn_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

// fault strikes once, when the server has sent so many bytes of IMAP in all sessions together.
type fault struct {
	what string // "cut", "hang", "bye", "garbage"

	mu     sync.Mutex
	left   int
	struck bool
	again  bool // on all connections from then on
}

// faulty is a listener inside of TLS whose connections have the fault.
type faulty struct {
	net.Listener
	f *fault
}

func (l faulty) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &faultyConn{Conn: c, f: l.f, closed: make(chan struct{})}, nil
}

type faultyConn struct {
	net.Conn
	f      *fault
	once   sync.Once
	closed chan struct{}
}

func (c *faultyConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func (c *faultyConn) Write(p []byte) (int, error) {
	c.f.mu.Lock()
	n := len(p)
	if c.f.struck && c.f.again {
		c.f.left = 0
	} else if c.f.struck || c.f.left >= n {
		if !c.f.struck {
			c.f.left -= n
		}
		c.f.mu.Unlock()
		return c.Conn.Write(p)
	}
	n, c.f.struck = c.f.left, true
	c.f.mu.Unlock()
	if _, err := c.Conn.Write(p[:n]); err != nil {
		return 0, err
	}
	switch c.f.what {
	case "hang":
		go func() { _, _ = c.Conn.Read(make([]byte, 1)); _ = c.Close() }() // imapserver reads no more until this returns
		<-c.closed
	case "bye":
		_, _ = c.Conn.Write([]byte("\r\n* BYE [UNAVAILABLE] shutting down\r\n"))
	case "garbage":
		_, _ = c.Conn.Write([]byte("\x00\xff{9999999999}\r\n)))((( * 1 FETCH\r\n"))
		return c.Conn.Write(p[n:])
	}
	_ = c.Close()
	return n, net.ErrClosed
}

// everyByte makes the matrix whole. It takes minutes.
var everyByte = os.Getenv("READDRESS_EVERY_BYTE") != ""

// hamlet has little mail, so that there are few bytes to break at.
func hamlet(t testing.TB) *town {
	return settleWith(t, 8, "anna@old.example", "ben@old.example")
}

// faults runs one call against a server that breaks at each of these bytes.
func faults(t *testing.T, what string, step int, timeout time.Duration, call func(t *testing.T, w *town, c *imapconn.Connector, struck func() bool)) {
	w := hamlet(t)
	f := &fault{what: what}
	w.inside(t, f)
	accounts := listOf(imapconn.Account{Login: "anna@old.example", Password: "anna@old.example"}, imapconn.Account{Login: "ben@old.example", Password: "ben@old.example"})
	c := w.connect(t, accounts, &imapconn.Options{InFlight: 1, Timeout: timeout, Rename: plan("anna@old.example", "anna@old.example", "ben@old.example", "ben@old.example")})
	for at := 0; ; at += step {
		f.mu.Lock()
		f.left, f.struck = at, false
		f.mu.Unlock()
		struck := func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.struck }
		began := time.Now()
		call(t, w, c, struck)
		if took := time.Since(began); took > 4*timeout+3*time.Second {
			t.Errorf("%s at byte %d: took %v", what, at, took)
		}
		if t.Failed() {
			t.Fatalf("%s at byte %d", what, at)
		}
		if !struck() {
			t.Logf("%d bytes", at)
			return
		}
	}
}

func TestFaults(t *testing.T) {
	for _, x := range []struct {
		what    string
		step    int
		timeout time.Duration
	}{
		{"cut", 1, 5 * time.Second}, {"bye", 7, 5 * time.Second}, {"garbage", 7, 5 * time.Second}, {"hang", 997, 400 * time.Millisecond},
	} {
		if !everyByte && x.what != "hang" {
			x.step *= 13
		}
		t.Run(x.what, func(t *testing.T) {
			t.Run("resolve", func(t *testing.T) {
				t.Parallel()
				faults(t, x.what, x.step, x.timeout, func(t *testing.T, w *town, c *imapconn.Connector, struck func() bool) {
					got, err := w.resolve(c, "anna@old.example", "ben@old.example")
					for login, l := range got {
						m, found := l.Mailbox()
						if found && (m.ID != w.ids[login] || m.Login != login) {
							t.Errorf("%s was found as %v", login, m)
						}
						quiet(t, l.Err())
					}
					quiet(t, err)
					if len(got) == 0 && err == nil {
						t.Error("nothing was answered, and there is no error")
					}
					whole(t, struck(), err == nil && got["anna@old.example"].Err() == nil && got["ben@old.example"].Err() == nil)
				})
			})
			t.Run("list", func(t *testing.T) {
				t.Parallel()
				faults(t, x.what, x.step, x.timeout, func(t *testing.T, w *town, c *imapconn.Connector, struck func() bool) {
					n, ended := 0, false
					for e, err := range c.List(t.Context()) {
						quiet(t, err)
						if ended = err != nil; ended {
							continue
						}
						n++
						if e.ID != w.ids[e.Login] {
							t.Errorf("%s is listed as %q, %v", e.Login, e.ID, e.Attrs)
						}
					}
					if !ended && n != 2 {
						t.Errorf("a list of %d without an error", n)
					}
					whole(t, struck(), !ended)
				})
			})
			t.Run("probe", func(t *testing.T) {
				t.Parallel()
				faults(t, x.what, x.step, x.timeout, func(t *testing.T, w *town, c *imapconn.Connector, struck func() bool) {
					works := 0
					for _, p := range probes(t, c) {
						quiet(t, p.Err)
						switch p.State {
						case imapconn.Works:
							works++
						case imapconn.Down:
						default:
							t.Errorf("%s: %v", p.State, p.Err)
						}
					}
					whole(t, struck(), works == 2)
				})
			})
		})
	}
}

// whole fails where an answer does not fit what happened: without a fault all is well. A fault after the last answer that counts does no harm.
func whole(t *testing.T, struck, well bool) {
	t.Helper()
	if !struck && !well {
		t.Error("something failed although nothing broke")
	}
}

// quiet fails where an error tells what it must not.
func quiet(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := fmt.Sprintf("%v %+v %#v", err, err, err)
	for _, word := range []string{"old.example", "origin.example", "9999999999"} {
		if strings.Contains(text, word) {
			t.Errorf("the error says %q: %s", word, text)
		}
	}
	if errors.Is(err, refresh.ErrCredentials) || errors.Is(err, imapconn.ErrRejected) {
		t.Errorf("an outage reads as a rejected login: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	w := settle(t, "anna@old.example")
	f := &fault{what: "hang"}
	w.inside(t, f)
	c := w.connect(t, listOf(imapconn.Account{Login: "anna@old.example", Password: "anna@old.example"}), &imapconn.Options{Rename: plan("anna@old.example", "anna@old.example")})
	why, struckAt := errors.New("enough"), 0
	for _, at := range []int{0, 30, 200, 700, 1500} {
		for _, call := range []func(context.Context) error{
			func(ctx context.Context) error {
				ctx = refresh.WithStored(ctx, func(id refresh.ID) (refresh.Mailbox, bool) { return w.stored[id], true })
				return c.Resolve(ctx, []refresh.ID{w.ids["anna@old.example"]}, func(_ int, l refresh.Lookup) { t.Errorf("answered: %v", l) })
			},
			func(ctx context.Context) (last error) {
				for _, last = range c.List(ctx) {
				}
				return last
			},
			func(ctx context.Context) (last error) {
				for _, last = range c.Probe(ctx) {
				}
				return last
			},
			func(ctx context.Context) error {
				_, err := c.Witness(ctx, imapconn.Account{Login: "anna@old.example", Password: "anna@old.example"})
				return err
			},
		} {
			f.mu.Lock()
			f.left, f.struck = at, false
			f.mu.Unlock()
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(30*time.Millisecond, func() { cancel(why) })
			began := time.Now()
			err := call(ctx)
			f.mu.Lock()
			struck := f.struck
			f.mu.Unlock()
			if !struck {
				continue // it needs fewer bytes
			}
			struckAt++
			if !errors.Is(err, why) {
				t.Errorf("at byte %d: %v", at, err)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("at byte %d: %v", at, took)
			}
		}
	}
	if struckAt < 12 {
		t.Errorf("the fault struck in %d calls only", struckAt)
	}
}
