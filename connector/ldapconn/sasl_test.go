package ldapconn_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

const saslSecret = "correct horse battery staple"

// prove is what either side of the mechanism X-PROOF shows the other.
func prove(secret, who string, nonce []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%s %x", who, nonce)
	return h.Sum(nil)
}

// prover is the server of X-PROOF: nonce, nonce, the client's proof, the server's proof with the success.
type prover struct {
	client []byte // its nonce
	proof  func(client []byte) []byte
}

var serverNonce = []byte("a nonce of the server")

func (p *prover) Step(token []byte) ([]byte, ldaptest.Account, bool, error) {
	if p.proof == nil {
		return nil, ldaptest.Reader, true, nil // it does not even ask
	}
	if p.client == nil {
		p.client = bytes.Clone(token)
		return serverNonce, "", false, nil
	}
	if !hmac.Equal(token, prove(saslSecret, "client", serverNonce)) {
		return nil, "", false, errors.New("wrong proof")
	}
	return p.proof(p.client), ldaptest.Reader, true, nil
}

// proof is the client of X-PROOF. It is a Mechanism as an importer would write one.
type proof struct {
	secret string
	sent   int
	closed *atomic.Int64
}

var clientNonce = []byte("a nonce of the client")

func (p *proof) Name() string { return "X-PROOF" }

func (p *proof) Step(_ context.Context, challenge []byte) ([]byte, error) {
	p.sent++
	switch p.sent {
	case 1:
		return clientNonce, nil
	case 2:
		return prove(p.secret, "client", challenge), nil
	}
	return nil, errors.New("a challenge too many")
}

func (p *proof) Finish(data []byte) error {
	if !hmac.Equal(data, prove(p.secret, "server", clientNonce)) {
		return errors.New("the server has not proven itself")
	}
	return nil
}

func (p *proof) Close() error {
	if p.closed != nil {
		p.closed.Add(1)
	}
	return nil
}

// honest is the server's proof as it should be.
func honest(client []byte) []byte { return prove(saslSecret, "server", client) }

// saslForest is a directory with the mechanism X-PROOF.
func saslForest(t testing.TB, cfg ldaptest.Config, serverProof func(client []byte) []byte) *ldaptest.Forest {
	t.Helper()
	cfg.People, cfg.Record = ldaptest.People(3, ldaptest.DefaultDomain), true
	for i := range cfg.People {
		cfg.People[i].ID = "" // each system has a form of its own
	}
	if cfg.Mechanisms == nil {
		cfg.Mechanisms = map[string]func() ldaptest.Mechanism{"X-PROOF": func() ldaptest.Mechanism { return &prover{proof: serverProof} }}
	}
	return ldaptest.Run(t, cfg)
}

// saslConfig is LDAPS with a mechanism.
func saslConfig(f *ldaptest.Forest, begin func() ldapconn.Mechanism) ldapconn.Config {
	return ldapconn.Config{
		Server: f.DCs[0].TLSAddr, TLS: &tls.Config{RootCAs: f.Roots},
		SASL: func(context.Context, string, *tls.ConnectionState) (ldapconn.Mechanism, error) { return begin(), nil },
	}
}

// acting are the accounts as which something was searched.
func acting(f *ldaptest.Forest) []ldaptest.Account {
	var who []ldaptest.Account
	for _, r := range f.Requests() {
		if r.Op == ldaptest.Search && !slices.Contains(who, r.Account) {
			who = append(who, r.Account)
		}
	}
	return who
}

// TestSASL: a mechanism of several steps binds every connection, each with a Mechanism of its own.
func TestSASL(t *testing.T) {
	for _, security := range []ldapconn.Security{ldapconn.LDAPS, ldapconn.StartTLS} {
		t.Run(security.String(), func(t *testing.T) {
			f := saslForest(t, ldaptest.Config{}, honest)
			var begun, closed atomic.Int64
			var host string
			cfg := saslConfig(f, nil)
			if cfg.Security = security; security == ldapconn.StartTLS {
				cfg.Server = f.DCs[0].Addr
			}
			cfg.SASL = func(_ context.Context, h string, state *tls.ConnectionState) (ldapconn.Mechanism, error) {
				begun.Add(1)
				host = h
				if state == nil || !state.HandshakeComplete || len(state.PeerCertificates) == 0 {
					t.Error("the mechanism is not told of TLS")
				}
				if binding, err := ldapconn.ServerEndPoint(state); err != nil || len(binding) != 32 {
					t.Errorf("the channel binding has %d bytes, error %v", len(binding), err)
				}
				return &proof{secret: saslSecret, closed: &closed}, nil
			}
			c := open(t, cfg, nil)
			if got, err := resolve(t.Context(), t, c, refresh.ID(f.IDs()[0])); err != nil || count(got).Found != 1 {
				t.Errorf("Resolve: %v, %s", err, word(got[0]))
			}
			if _, err := c.Inspect(t.Context()); err != nil {
				t.Errorf("Inspect: %v", err)
			}
			if host != "127.0.0.1" {
				t.Errorf("the mechanism is made for %q", host)
			}
			if n := int64(f.Counts().Connections); begun.Load() != n || closed.Load() != n || n < 2 {
				t.Errorf("%d connections, %d mechanisms, %d closed; want one for each, and Inspect to make its own", n, begun.Load(), closed.Load())
			}
			if who := acting(f); !slices.Equal(who, []ldaptest.Account{ldaptest.Reader}) {
				t.Errorf("searched as %q, want the reader alone", who)
			}
		})
	}
}

// noneOpen waits until the server has seen the end of every connection.
func noneOpen(t testing.TB, f *ldaptest.Forest) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); f.Counts().Open > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are still open", f.Counts().Open)
		}
	}
}

// endless is a server that never comes to an end.
type endless struct{}

func (endless) Step([]byte) ([]byte, ldaptest.Account, bool, error) { return nil, "", false, nil }

// TestSASLEndless: an exchange has a bounded number of rounds. A challenge without data is not the first call.
func TestSASLEndless(t *testing.T) {
	f := saslForest(t, ldaptest.Config{Mechanisms: map[string]func() ldaptest.Mechanism{"X-ENDLESS": func() ldaptest.Mechanism { return endless{} }}}, nil)
	steps := 0
	_, err := ldapconn.Open(t.Context(), saslConfig(f, func() ldapconn.Mechanism {
		return &scripted{name: "X-ENDLESS", step: func(_ context.Context, n int, challenge []byte) ([]byte, error) {
			if steps++; (challenge == nil) != (n == 0) {
				t.Errorf("step %d gets the challenge %#v", n, challenge)
			}
			return nil, nil
		}, finish: func([]byte) error { return nil }}
	}), nil)
	if err == nil || !strings.Contains(err.Error(), "no end after 16 rounds") {
		t.Errorf("Open: %v", err)
	}
	if n := f.Counts().Ops[ldaptest.Bind]; n != 16 || steps != 16 {
		t.Errorf("%d binds, %d steps; want 16", n, steps)
	}
	noneOpen(t, f)
}

// TestSASLPanic: a panic of what the importer wrote goes up, and leaves no connection behind.
func TestSASLPanic(t *testing.T) {
	f := saslForest(t, ldaptest.Config{}, honest)
	boom := func(context.Context, int, []byte) ([]byte, error) { panic("boom") }
	var closed bool
	for name, cfg := range map[string]ldapconn.Config{
		"Config.SASL": saslConfig(f, func() ldapconn.Mechanism { panic("boom") }),
		"Step": saslConfig(f, func() ldapconn.Mechanism {
			return &scripted{name: "X-PROOF", step: boom, close: func() error { closed = true; return nil }}
		}),
		"Finish": saslConfig(f, func() ldapconn.Mechanism {
			return &scripted{name: "X-PROOF", step: (&proof{secret: saslSecret}).script, finish: func([]byte) error { panic("boom") }}
		}),
	} {
		func() {
			defer func() {
				if r := recover(); !strings.Contains(fmt.Sprint(r), "boom") {
					t.Errorf("%s: recovered %v", name, r)
				}
			}()
			_, err := ldapconn.Open(t.Context(), cfg, nil)
			t.Errorf("%s: Open returned %v", name, err)
		}()
		noneOpen(t, f)
	}
	if !closed {
		t.Error("the mechanism was not closed")
	}
}

// TestSASLDeadline: a server, or a mechanism, that says nothing more is given up at the deadline, and at once when ctx ends.
func TestSASLDeadline(t *testing.T) {
	wait := func(ctx context.Context, _ int, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for _, tt := range []struct {
		name   string
		begin  func() ldapconn.Mechanism
		faults []ldaptest.Fault
		reason string
	}{
		{"server at first", func() ldapconn.Mechanism { return &proof{secret: saslSecret} }, []ldaptest.Fault{{Op: ldaptest.Bind, Nth: 1, Do: ldaptest.Hang}}, "no challenge comes"},
		{"server later", func() ldapconn.Mechanism { return &proof{secret: saslSecret} }, []ldaptest.Fault{{Op: ldaptest.Bind, Nth: 2, Do: ldaptest.Hang}}, "no end comes"},
		{"drip", func() ldapconn.Mechanism { return &proof{secret: saslSecret} }, []ldaptest.Fault{{Op: ldaptest.Bind, Nth: 1, Do: ldaptest.Drip, N: 4}}, "each byte comes in time, the answer does not"},
		{"mechanism", func() ldapconn.Mechanism { return &scripted{name: "X-PROOF", step: wait} }, nil, "a ticket server is silent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := saslForest(t, ldaptest.Config{}, honest)
			f.SetFaults(tt.faults...)
			cfg := saslConfig(f, tt.begin)
			start := time.Now()
			_, err := ldapconn.Open(t.Context(), cfg, &ldapconn.Options{Timeout: 200 * time.Millisecond})
			if took := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || took > 5*time.Second {
				t.Errorf("%v after %v, want the deadline; %s", err, took, tt.reason)
			}
			within(t, 100*time.Millisecond, func() time.Duration {
				f.SetFaults(tt.faults...)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				mine := errors.New("the host's reason")
				var ended time.Time
				time.AfterFunc(50*time.Millisecond, func() { ended = time.Now(); cancel(mine) })
				if _, err := ldapconn.Open(ctx, cfg, nil); !errors.Is(err, mine) {
					t.Errorf("cancelled: %v, want the host's reason", err)
				}
				return time.Since(ended)
			})
			noneOpen(t, f)
		})
	}
}

// TestSASLRun: a connector that loses its connection makes another one with another mechanism; when the account was locked
// meanwhile, that is a failed look-up and not an absence.
func TestSASLRun(t *testing.T) {
	f := saslForest(t, ldaptest.Config{}, honest)
	c := open(t, saslConfig(f, func() ldapconn.Mechanism { return &proof{secret: saslSecret} }), nil)
	ids := []refresh.ID{refresh.ID(f.IDs()[0]), refresh.ID(f.IDs()[1]), refresh.ID(f.IDs()[2])}
	f.DCs[0].Drop()
	noneOpen(t, f)
	if got, err := resolve(t.Context(), t, c, ids...); err != nil || count(got).Found != 3 {
		t.Errorf("after the connection broke: %v, %+v", err, count(got))
	}
	f.SetState(ldaptest.Reader, ldaptest.Locked)
	f.DCs[0].Drop()
	noneOpen(t, f)
	got, err := resolve(t.Context(), t, c, ids...)
	if n := count(got); n.Found != 0 || n.NotFound != 0 {
		t.Errorf("with a locked account: %+v", n)
	}
	for _, l := range got {
		if cause := errors.Join(err, l.Err()); !errors.Is(cause, refresh.ErrCredentials) {
			t.Errorf("with a locked account: %v, want ErrCredentials", cause)
		}
	}
}

// TestSASLConfig: what is contradictory never reaches the network.
func TestSASLConfig(t *testing.T) {
	none := &ldapconn.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialled")
		return nil, errors.New("no")
	}}
	for _, cfg := range []ldapconn.Config{
		{Server: "dc.example", SASL: ldapconn.External, User: "reader"},
		{Server: "dc.example", SASL: ldapconn.External, Password: "p"},
	} {
		if _, err := ldapconn.Open(t.Context(), cfg, none); err == nil || !strings.Contains(err.Error(), "choose one") {
			t.Errorf("%v: %v, want it to ask for a choice", cfg, err)
		}
	}
}
