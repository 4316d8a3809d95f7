package imapconn_test

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/imapconn"
)

// beneath serves the same accounts on another port, with a fault on the TCP connection: in clear text, in the handshake and in TLS.
func (s *server) beneath(t testing.TB, security imapconn.Security, f *fault) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = plain.Addr().String()
	var ln net.Listener = &tapped{faulty{plain, f}, s}
	s.options.TLSConfig = serverTLS()
	if security == imapconn.TLS {
		ln = tls.NewListener(ln, serverTLS())
	}
	s.serve(t, ln)
}

// TestFaultsBeneathTLS cuts the TCP connection at each byte of what the server sends in clear and in the handshake, and of what follows.
func TestFaultsBeneathTLS(t *testing.T) {
	const handshakes = 1500 // bytes in which the first of them is complete
	for _, security := range []imapconn.Security{imapconn.TLS, imapconn.StartTLS} {
		t.Run(security.String(), func(t *testing.T) {
			t.Parallel()
			w := hamlet(t)
			f := &fault{what: "cut"}
			w.beneath(t, security, f)
			cfg := listOf(imapconn.Account{Login: "anna@old.example", Password: "anna@old.example"})
			cfg.Security = security
			c := w.connect(t, cfg, &imapconn.Options{Timeout: 5 * time.Second, Rename: plan("anna@old.example", "anna@old.example")})
			step, n := 13, 0
			if everyByte {
				step = 1
			}
			for at := 0; ; at += step {
				f.mu.Lock()
				f.left, f.struck = at, false
				f.mu.Unlock()
				got, err := w.resolve(c, "anna@old.example")
				quiet(t, err)
				l := got["anna@old.example"]
				quiet(t, l.Err())
				if m, found := l.Mailbox(); found && m.ID != w.ids["anna@old.example"] {
					t.Errorf("found as %v", m)
				}
				f.mu.Lock()
				struck := f.struck
				f.mu.Unlock()
				whole(t, struck, err == nil && l.Err() == nil)
				if t.Failed() {
					t.Fatalf("at byte %d", at)
				}
				if n++; !struck {
					t.Logf("%d bytes, cut at %d of them", at, n)
					break
				}
				if at > handshakes && !everyByte {
					step = 101
				}
			}
			sent := w.inClear()
			for _, secret := range []string{"anna", "AUTHENTICATE", "LOGIN"} {
				if strings.Contains(sent, secret) {
					t.Errorf("%q was sent in clear", secret)
				}
			}
		})
	}
}
