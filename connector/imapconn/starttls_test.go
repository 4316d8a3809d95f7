package imapconn_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/imapconn"
)

// scripted accepts connections and plays each of them. What clients sent in clear is kept.
func scripted(t testing.TB, play func(conn net.Conn)) (addr string, inClear func() string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer c.Close()
				stop := make(chan struct{})
				defer close(stop)
				go func() {
					select {
					case <-t.Context().Done():
						_ = c.Close()
					case <-stop:
					}
				}()
				play(&tappedConn{c, s})
			})
		}
	})
	t.Cleanup(func() { _ = ln.Close(); work.Wait() })
	return ln.Addr().String(), s.inClear
}

// line reads up to the end of a line.
func line(c net.Conn) string {
	var b bytes.Buffer
	for one := make([]byte, 1); ; {
		if _, err := c.Read(one); err != nil || one[0] == '\n' {
			return b.String()
		}
		b.Write(one)
	}
}

func say(c net.Conn, text string) { _, _ = c.Write([]byte(text)) }

func TestStartTLSFaults(t *testing.T) {
	const injected = "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN\r\nT1 OK done\r\n"
	secure := func(c net.Conn) {
		x := tls.Server(c, serverTLS())
		if x.Handshake() == nil {
			_ = line(x)
		}
	}
	// says is what the error says of those that end before TLS begins.
	says := map[string]string{
		"refused with NO": "refused STARTTLS", "refused with BAD": "refused STARTTLS", "injected": "more than the answer to STARTTLS",
		"injected before": "more than the answer to STARTTLS", "preauth": "PREAUTH", "bye": "BYE", "bye later": "BYE",
	}
	for _, x := range []struct {
		name, reason string
		play         func(c net.Conn)
	}{
		{"refused with NO", "somebody on the way, or a server without it", func(c net.Conn) {
			say(c, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
			line(c)
			say(c, "S NO not here\r\n")
			line(c)
		}},
		{"refused with BAD", "a server that does not know it", func(c net.Conn) { say(c, "* OK\r\n"); line(c); say(c, "S BAD what\r\n"); line(c) }},
		{"stripped", "the answer is OK, and then clear text goes on", func(c net.Conn) {
			say(c, "* OK\r\n")
			line(c)
			say(c, "S OK go\r\n")
			time.Sleep(20 * time.Millisecond)
			say(c, injected)
			line(c)
		}},
		{"injected", "what came with the answer would be taken for what came by TLS", func(c net.Conn) {
			say(c, "* OK\r\n")
			line(c)
			say(c, "S OK go\r\n"+injected)
			secure(c)
		}},
		{"injected before", "the same with the greeting", func(c net.Conn) { say(c, "* OK hi\r\nS OK go\r\n"); line(c); secure(c) }},
		{"preauth", "somebody else is logged in", func(c net.Conn) { say(c, "* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n"); line(c) }},
		{"bye", "the server is closed", func(c net.Conn) { say(c, "* BYE [UNAVAILABLE] closed\r\n") }},
		{"bye later", "the same in answer to STARTTLS", func(c net.Conn) { say(c, "* OK\r\n"); line(c); say(c, "* BYE closed\r\n") }},
		{"another tag", "no answer to what was asked", func(c net.Conn) { say(c, "* OK\r\n"); line(c); say(c, "X OK go\r\n"); line(c) }},
		{"no IMAP", "another service on the port", func(c net.Conn) { say(c, "220 smtp.example ESMTP\r\n"); line(c) }},
		{"an endless line", "it is not kept", func(c net.Conn) {
			for range 1000 {
				say(c, strings.Repeat("*", 1<<10))
			}
			line(c)
		}},
		{"endless lines", "the answer never comes", func(c net.Conn) {
			say(c, "* OK\r\n")
			line(c)
			for range 1000 {
				say(c, "* OK still here\r\n")
			}
			line(c)
		}},
		{"silence", "no greeting", func(c net.Conn) { line(c) }},
		{"a hang in TLS", "no handshake", func(c net.Conn) { say(c, "* OK\r\n"); line(c); say(c, "S OK\r\n"); line(c); time.Sleep(time.Second) }},
		{"preauth in TLS", "somebody else is logged in", func(c net.Conn) {
			say(c, "* OK\r\n")
			line(c)
			say(c, "S OK\r\n")
			s := tls.Server(c, serverTLS())
			say(s, "* PREAUTH welcome\r\n")
			line(s)
			say(s, "* BYE\r\n")
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			addr, inClear := scripted(t, x.play)
			c, err := imapconn.New(imapconn.Config{
				Server: addr, Security: imapconn.StartTLS, TLS: clientTLS(),
				Accounts: imapconn.ListOf(imapconn.Account{Login: "anna@old.example", Password: "s3cret"}),
			}, &imapconn.Options{Timeout: 400 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			p := probes(t, c)[0]
			t.Log(p.Err)
			if p.State != imapconn.Down {
				t.Errorf("%s: %s: %v", x.reason, p.State, p.Err)
			}
			quiet(t, p.Err)
			if want := says[x.name]; want != "" && (p.Err == nil || !strings.Contains(p.Err.Error(), want)) {
				t.Errorf("%s: %v, want %q", x.reason, p.Err, want)
			}
			if hello := strings.Contains(inClear(), "\x16\x03"); hello && says[x.name] != "" {
				t.Errorf("%s: a handshake was begun", x.reason)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			sent := inClear()
			if i := strings.Index(sent, "\x16\x03"); i >= 0 {
				sent = sent[:i] // a handshake follows
			}
			if sent != "" && sent != "S STARTTLS\r\n" {
				t.Errorf("%q was sent in clear", sent)
			}
		})
	}
}

// TestCapabilitiesAfterTLS has a server, or somebody on the way, offer in clear what it does not offer under TLS.
func TestCapabilitiesAfterTLS(t *testing.T) {
	var mu sync.Mutex
	var heard []string
	addr, _ := scripted(t, func(c net.Conn) {
		say(c, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=OAUTHBEARER] ready\r\n")
		line(c)
		say(c, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=OAUTHBEARER\r\nS OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=OAUTHBEARER] go\r\n")
		x := tls.Server(c, serverTLS())
		for {
			l := line(x)
			if l == "" {
				return
			}
			mu.Lock()
			heard = append(heard, l)
			mu.Unlock()
			tag, _, _ := strings.Cut(l, " ")
			say(x, "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2\r\n"+tag+" OK\r\n")
		}
	})
	c, err := imapconn.New(imapconn.Config{Server: addr, Security: imapconn.StartTLS, TLS: clientTLS(),
		Accounts: imapconn.ListOf(imapconn.Account{Login: "anna", Password: "s3cret"})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := probes(t, c)[0]
	if p.State == imapconn.Works || p.Err == nil || !strings.Contains(p.Err.Error(), "disables LOGIN") {
		t.Errorf("%s: %v", p.State, p.Err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, l := range heard {
		if !strings.Contains(l, "CAPABILITY") {
			t.Errorf("%q was sent", l)
		}
	}
	if len(heard) == 0 {
		t.Error("no CAPABILITY under TLS")
	}
}

// TestCertificate has a server that nobody vouches for.
func TestCertificate(t *testing.T) {
	s := start(t, imapconn.TLS, nil)
	s.add("anna", "s3cret")
	for name, cfg := range map[string]*tls.Config{"unknown authority": {}, "another host": {RootCAs: clientTLS().RootCAs, ServerName: "other.example"}} {
		c := s.connect(t, imapconn.Config{TLS: cfg, Accounts: imapconn.ListOf(imapconn.Account{Login: "anna", Password: "s3cret"})}, nil)
		if p := probes(t, c)[0]; p.State != imapconn.Down || !strings.Contains(p.Err.Error(), name) {
			t.Errorf("%s: %s: %v", name, p.State, p.Err)
		}
	}
	if tried := s.tried(); len(tried) > 0 {
		t.Errorf("logged in: %v", tried)
	}
}
