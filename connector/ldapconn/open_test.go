package ldapconn_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

func TestOpenSecurity(t *testing.T) {
	people := slapdtest.People(1, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	trust := &tls.Config{RootCAs: s.Roots}
	for _, tt := range []struct {
		name   string
		cfg    ldapconn.Config
		opts   *ldapconn.Options
		ok     bool
		reason string
	}{
		{"LDAPS", ldapconn.Config{Server: s.TLSAddr, TLS: trust}, nil, true, "the default"},
		{"StartTLS", ldapconn.Config{Server: s.Addr, TLS: trust, Security: ldapconn.StartTLS}, nil, true, "on the plain port"},
		{"clear text", ldapconn.Config{Server: s.Addr}, &ldapconn.Options{InsecureClearText: true}, true, "asked for by its ugly name"},
		{"LDAPS on the plain port", ldapconn.Config{Server: s.Addr, TLS: trust}, nil, false, "never falls back"},
		{"unknown certificate", ldapconn.Config{Server: s.TLSAddr}, nil, false, "the certificate is checked"},
		{"unknown certificate, StartTLS", ldapconn.Config{Server: s.Addr, Security: ldapconn.StartTLS}, nil, false, "here too"},
		{"other name", ldapconn.Config{Server: s.TLSAddr, TLS: &tls.Config{RootCAs: s.Roots, ServerName: "other.example"}}, nil, false, "the name is checked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.User, tt.cfg.Password = s.DN(slapdtest.Reader), slapdtest.Password
			c, err := ldapconn.Open(t.Context(), tt.cfg, tt.opts)
			if (err == nil) != tt.ok {
				t.Fatalf("Open: %v; %s", err, tt.reason)
			}
			if err != nil {
				return
			}
			defer c.Close()
			if got, err := resolve(t.Context(), t, c, refresh.ID(people[0].ID)); err != nil || count(got).Found != 1 {
				t.Errorf("Resolve: %v, %s", err, word(got[0]))
			}
			if got := c.Info(); got.System != "OpenLDAP" || !got.Can.Has(refresh.CanResolve|refresh.CanFind|refresh.CanList|refresh.CanInspect) {
				t.Errorf("Info: %+v", got)
			}
		})
	}
}

// TestOpenRefusesFirst: what is unsafe or incomplete never reaches the network.
func TestOpenRefusesFirst(t *testing.T) {
	good := ldapconn.Config{Server: "ldap.example", User: "cn=reader", Password: "secret"}
	for _, tt := range []struct {
		name   string
		change func(*ldapconn.Config, *ldapconn.Options)
		want   string
	}{
		{"no server", func(c *ldapconn.Config, _ *ldapconn.Options) { c.Server = "" }, "Server is empty"},
		{"no user", func(c *ldapconn.Config, _ *ldapconn.Options) { c.User = "" }, "User is empty"},
		{"no password", func(c *ldapconn.Config, _ *ldapconn.Options) { c.Password = "" }, "Password is empty"},
		{"bad base", func(c *ldapconn.Config, _ *ldapconn.Options) { c.Base = "people" }, "Base is not a DN"},
		{"unknown security", func(c *ldapconn.Config, _ *ldapconn.Options) { c.Security = 7 }, "Security(7)"},
		{"both", func(c *ldapconn.Config, o *ldapconn.Options) {
			c.Security, o.InsecureClearText = ldapconn.StartTLS, true
		}, "choose one"},
	} {
		cfg, opts := good, ldapconn.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			t.Errorf("%s: dialled", tt.name)
			return nil, errors.New("no")
		}}
		tt.change(&cfg, &opts)
		if _, err := ldapconn.Open(t.Context(), cfg, &opts); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to say %q", tt.name, err, tt.want)
		}
	}
}

func TestOpenAddress(t *testing.T) {
	for server, want := range map[string]string{
		"ldap.example": "ldap.example:636", "ldap.example:3269": "ldap.example:3269", "2001:db8::1": "[2001:db8::1]:636",
		"[2001:db8::1]": "[2001:db8::1]:636", "[2001:db8::1]:700": "[2001:db8::1]:700",
	} {
		var got string
		_, _ = ldapconn.Open(t.Context(), ldapconn.Config{Server: server, User: "u", Password: "p"}, &ldapconn.Options{Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			got = address
			return nil, errors.New("no")
		}})
		if got != want {
			t.Errorf("%s: dialled %s, want %s", server, got, want)
		}
	}
}

// TestOpenStartTLSRefused: a server, or somebody on the way, that refuses StartTLS must not get the password.
func TestOpenStartTLSRefused(t *testing.T) {
	ok := "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
	for _, tt := range []struct{ name, answer, reason string }{
		{"refused", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00", "result code 2 (protocolError)"},
		{"closed", "", "no answer at all"},
		{"another message", "\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00", "an answer to something else"},
		{"a bind answer", "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", "an answer of another kind"},
		{"not LDAP", "HTTP/1.1 400 Bad Request\r\n\r\n", "another protocol"},
		{"slipped in", ok + "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", "a bind answer before TLS must not count after it"},
		{"no TLS", ok, "says yes and then closes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, server := net.Pipe()
			var sent bytes.Buffer
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer server.Close()
				buf := make([]byte, 4096)
				n, _ := server.Read(buf)
				sent.Write(buf[:n])
				_, _ = server.Write([]byte(tt.answer))
				if tt.answer != "" { // what would follow a refusal that is ignored?
					_ = server.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
					n, _ := server.Read(buf)
					sent.Write(buf[:n])
				}
			}()
			cfg := ldapconn.Config{Server: "ldap.example", User: "cn=reader", Password: "hunter2", Security: ldapconn.StartTLS}
			_, err := ldapconn.Open(t.Context(), cfg, &ldapconn.Options{Timeout: time.Second, Dial: func(context.Context, string, string) (net.Conn, error) { return client, nil }})
			<-done
			if err == nil {
				t.Errorf("Open succeeded; %s", tt.reason)
			}
			if bytes.Contains(sent.Bytes(), []byte("hunter2")) {
				t.Error("the password was sent in clear text")
			}
		})
	}
}

func TestOpenCredentials(t *testing.T) {
	s := slapdtest.Run(t, slapdtest.Config{})
	cfg := config(s, slapdtest.Reader)
	cfg.Password = "wrong"
	_, err := ldapconn.Open(t.Context(), cfg, nil)
	if !errors.Is(err, refresh.ErrCredentials) {
		t.Errorf("a wrong password: %v, want ErrCredentials", err)
	}
	want := "ldapconn: bind on " + s.TLSAddr + ": Invalid Credentials (LDAP result code 49)"
	if diff := cmp.Diff(want, fmt.Sprintf("%v", err)); diff != "" {
		t.Errorf("the text (-want +got):\n%s", diff)
	}

	// The password changes while the connector is open: Inspect notices before any look-up.
	c := open(t, config(s, slapdtest.Reader), nil)
	must(t, s.Replace(s.DN(slapdtest.Reader), "userPassword", "changed"))
	if _, err := c.Inspect(t.Context()); !errors.Is(err, refresh.ErrCredentials) {
		t.Errorf("Inspect after the password changed: %v, want ErrCredentials", err)
	}
}

func TestOpenBase(t *testing.T) {
	s := slapdtest.Run(t, slapdtest.Config{})
	cfg := config(s, slapdtest.Reader)
	cfg.Base = "dc=other,dc=example"
	if _, err := ldapconn.Open(t.Context(), cfg, nil); err == nil || !strings.Contains(err.Error(), "none of the server's naming contexts") {
		t.Errorf("a base elsewhere: %v", err)
	}
	cfg.Base = "OU=people, DC=Source,DC=example"
	if _, err := ldapconn.Open(t.Context(), cfg, nil); err != nil {
		t.Errorf("a base in another spelling: %v", err)
	}
}

// TestOpenUnreachable: nobody there, and somebody who says nothing.
func TestOpenUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	silent := l.Addr().String()
	cfg := ldapconn.Config{Server: silent, User: "u", Password: "p"}
	start := time.Now()
	_, err = ldapconn.Open(t.Context(), cfg, &ldapconn.Options{Timeout: 200 * time.Millisecond})
	if took := time.Since(start); err == nil || took > 5*time.Second {
		t.Errorf("a silent server: %v after %v", err, took)
	}
	within(t, 100*time.Millisecond, func() time.Duration {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var ended time.Time
		time.AfterFunc(50*time.Millisecond, func() { ended = time.Now(); cancel() })
		_, err = ldapconn.Open(ctx, cfg, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v, want context.Canceled", err)
		}
		return time.Since(ended)
	})
	must(t, l.Close())
	if _, err := ldapconn.Open(t.Context(), cfg, nil); err == nil {
		t.Error("a closed port: no error")
	}
}

// TestSecrets prints everything that a host may print.
func TestSecrets(t *testing.T) {
	s := slapdtest.Run(t, slapdtest.Config{})
	cfg := config(s, slapdtest.Reader)
	c := open(t, cfg, nil)
	var out bytes.Buffer
	for _, v := range []any{cfg, &cfg, c, struct{ C ldapconn.Config }{cfg}, struct{ c *ldapconn.Connector }{c}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("x", "v", v)
		}
	}
	blob, err := json.Marshal(cfg)
	must(t, err)
	out.Write(blob)
	if strings.Contains(out.String(), slapdtest.Password) || strings.Contains(out.String(), fmt.Sprintf("%x", slapdtest.Password)) {
		t.Errorf("the password is printed:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "Password:(hidden)") {
		t.Errorf("the config is not printed:\n%s", out.String())
	}
}

// TestOtherDirectory: behind the same address there is suddenly another directory. Its answers must not count.
func TestOtherDirectory(t *testing.T) {
	people := slapdtest.People(5, "source.example")
	a := slapdtest.Run(t, slapdtest.Config{People: people})
	b := slapdtest.Run(t, slapdtest.Config{People: people[:1]}) // the same suffix, another suffix entry
	target := a.Addr
	c, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: "ldap.source.example", User: a.DN(slapdtest.Reader), Password: slapdtest.Password},
		&ldapconn.Options{InsecureClearText: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, target)
		}})
	must(t, err)
	defer c.Close()
	target = b.Addr
	must(t, a.Stop())
	got, err := resolve(t.Context(), t, c, idsOf(people)...)
	if count(got).Failed != 5 { // with an error, or one by one where the end of the connection was noticed late
		t.Errorf("err %v, answers %+v; want none", err, count(got))
	}
}
