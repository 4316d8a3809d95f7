package ldapconn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestSASLRefused: every end but the mutual agreement is an error of kind *Error, nothing is searched after it, and the
// connection is closed.
func TestSASLRefused(t *testing.T) {
	ours := errors.New("an error of the mechanism's own")
	type step = func(ctx context.Context, n int, challenge []byte) ([]byte, error)
	mechanism := func(name string, s step, finish func([]byte) error) func() ldapconn.Mechanism {
		return func() ldapconn.Mechanism { return &scripted{name: name, step: s, finish: finish} }
	}
	always := func(context.Context, int, []byte) ([]byte, error) { return []byte("x"), nil }
	agree := func([]byte) error { return nil }
	right := func() ldapconn.Mechanism { return &proof{secret: saslSecret} }
	refuse := func(code ldaptest.Code) []ldaptest.Fault {
		return []ldaptest.Fault{{Op: ldaptest.Bind, Do: ldaptest.Refuse, Code: code, Text: "words of " + saslSecret}}
	}
	trouble := func(nth int, do ldaptest.Trouble, n int64) []ldaptest.Fault {
		return []ldaptest.Fault{{Op: ldaptest.Bind, Nth: nth, Do: do, N: n}}
	}
	for _, tt := range []struct {
		name   string
		begin  func() ldapconn.Mechanism
		server func(client []byte) []byte
		faults []ldaptest.Fault
		code   uint16
		is     error  // in the chain
		says   string // in the text
		reason string
	}{
		{"wrong secret", func() ldapconn.Mechanism { return &proof{secret: "wrong"} }, honest, nil, 49, refresh.ErrCredentials, "Invalid Credentials", "49 means the credentials"},
		{"impostor", right, func([]byte) []byte { return []byte("trust me") }, nil, 0, nil, "has not proven itself", "the server says 0, but its proof is wrong"},
		{"no proof", right, func([]byte) []byte { return nil }, nil, 0, nil, "has not proven itself", "the server says 0 and proves nothing"},
		{"success at once", right, nil, nil, 0, nil, "has not proven itself", "the server cuts the exchange short"},
		{"unknown mechanism", mechanism("X-NONE", always, agree), honest, nil, 7, nil, "Auth Method Not Supported", "the code is named"},
		{"stronger", right, honest, refuse(8), 8, nil, "Strong", "channel binding or signing is demanded"},
		{"busy", right, honest, refuse(51), 51, nil, "Busy", "no step counts as done"},
		{"referral", right, honest, refuse(10), 10, nil, "Referral", "is not followed"},
		{"code of go-ldap's own", right, honest, refuse(200), 0, nil, "malformed", "a server has no such code"},
		{"error at first", mechanism("X-PROOF", func(context.Context, int, []byte) ([]byte, error) { return nil, ours }, agree), honest, nil, 0, ours, "SASL X-PROOF: an error of", "wrapped once"},
		{"error later", mechanism("X-PROOF", func(_ context.Context, n int, _ []byte) ([]byte, error) {
			if n == 1 {
				return nil, ours
			}
			return []byte("x"), nil
		}, agree), honest, nil, 0, ours, "SASL X-PROOF: an error of", "in the middle"},
		{"credentials of a ticket server", mechanism("X-PROOF", func(context.Context, int, []byte) ([]byte, error) {
			return nil, fmt.Errorf("the ticket server: %w", refresh.ErrCredentials)
		}, agree), honest, nil, 0, refresh.ErrCredentials, "the ticket server", "a mechanism can say that the credentials are wrong"},
		{"error of Close", func() ldapconn.Mechanism {
			return &scripted{name: "X-PROOF", step: (&proof{secret: saslSecret}).script, finish: agree, close: func() error { return ours }}
		}, honest, nil, 0, ours, "SASL: an error of", "what cannot be wiped is not used"},
		{"no mechanism", func() ldapconn.Mechanism { return nil }, honest, nil, 0, nil, "no mechanism", "nil is no bind"},
		{"no name", mechanism("", always, agree), honest, nil, 0, nil, "no valid name", "an empty name would be sent"},
		{"name with a line break", mechanism("X-\nPROOF", always, agree), honest, nil, 0, nil, "no valid name", "nor one that would show in logs"},
		{"garbage", right, honest, trouble(1, ldaptest.Garbage, 0), 0, nil, "not an LDAP message", "at first"},
		{"garbage later", right, honest, trouble(2, ldaptest.Garbage, 0), 0, nil, "not an LDAP message", "in place of the end"},
		{"wrong kind", right, honest, trouble(2, ldaptest.WrongKind, 0), 0, nil, "of a kind that nobody asked for", "an ExtendedResponse is no bind"},
		{"cut", right, honest, trouble(2, ldaptest.Cut, 0), 0, nil, "no answer", "between the messages"},
		{"cut inside", right, honest, trouble(1, ldaptest.Cut, 7), 0, nil, "no answer", "inside one"},
		{"reset", right, honest, trouble(1, ldaptest.Reset, 0), 0, nil, "bind on", ""},
		{"notice", right, honest, trouble(1, ldaptest.Notice, 0), 0, nil, "announced that it closes", "Notice of Disconnection"},
		{"huge", right, honest, trouble(1, ldaptest.Huge, 64<<20), 0, nil, "larger than", "nobody reads that into memory"},
		{"nested", right, honest, trouble(1, ldaptest.Nested, 5_000), 0, nil, "the server broke the protocol", "nor into the stack"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := saslForest(t, ldaptest.Config{}, tt.server)
			f.SetFaults(tt.faults...)
			_, err := ldapconn.Open(t.Context(), saslConfig(f, tt.begin), &ldapconn.Options{Timeout: 5 * time.Second})
			e, ok := errors.AsType[*ldapconn.Error](err)
			if !ok {
				t.Fatalf("Open: %v, want an *Error; %s", err, tt.reason)
			}
			if e.Op != "bind" || e.Server != f.DCs[0].TLSAddr || e.Code != tt.code {
				t.Errorf("op %q, server %q, code %d; want bind, %s, %d", e.Op, e.Server, e.Code, f.DCs[0].TLSAddr, tt.code)
			}
			if tt.is != nil && !errors.Is(err, tt.is) || tt.is == nil && errors.Is(err, refresh.ErrCredentials) {
				t.Errorf("the cause is %v, want %v", err, tt.is)
			}
			if text := err.Error(); !strings.Contains(text, tt.says) || strings.Count(text, "an error of") > 1 || strings.Contains(text, saslSecret) {
				t.Errorf("it says %q, want it to say %q, once, and no secret", text, tt.says)
			}
			if n := f.Counts().Searches(); n != 0 {
				t.Errorf("%d searches on a connection that is not bound", n)
			}
			noneOpen(t, f)
		})
	}
}

// scripted is a mechanism made of functions.
type scripted struct {
	name   string
	n      int
	step   func(ctx context.Context, n int, challenge []byte) ([]byte, error)
	finish func(data []byte) error
	close  func() error
}

func (s *scripted) Name() string { return s.name }

func (s *scripted) Step(ctx context.Context, challenge []byte) ([]byte, error) {
	s.n++
	return s.step(ctx, s.n-1, challenge)
}

func (s *scripted) Finish(data []byte) error { return s.finish(data) }

func (s *scripted) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

func (p *proof) script(ctx context.Context, _ int, challenge []byte) ([]byte, error) {
	return p.Step(ctx, challenge)
}
