package ldapconn_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

const (
	rightPassword = "t0psecret-right"
	wrongPassword = "t0psecret-wrong"
	soughtAddress = "sought.person@source.example"
)

// serverWords is what a server says that repeats everything it was told and holds.
const serverWords = "bind of " + rightPassword + " " + wrongPassword + " " + saslSecret + ", mailbox user000001@source.example of First1 Last1, not " + soughtAddress

// unspeakable is what must never be printed: as it is, in hexadecimal as %x prints it, and in base64 as JSON prints bytes.
var unspeakable = func() (out []string) {
	for _, s := range []string{rightPassword, wrongPassword, "t0psecret", saslSecret, "user00000", "First1", "Last1", "sought.person"} {
		out = append(out, s, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))), base64.StdEncoding.EncodeToString([]byte(s))[:len(s)/3*4])
	}
	return out
}()

// speaks fails where one of these is in a text.
func speaks(t testing.TB, what, text string) {
	t.Helper()
	for _, s := range unspeakable {
		if i := strings.Index(text, s); i >= 0 && !t.Failed() {
			t.Errorf("%s: %q is printed: ...%s", what, s, text[max(0, i-300):min(len(text), i+100)])
			return
		}
	}
}

// printAll is every way in which a host prints a value: by each verb, in both forms of logs, as JSON; alone, wrapped, and inside
// other values.
func printAll(v any) string {
	var out bytes.Buffer
	forms := []any{v, &v, struct{ V any }{v}, &struct{ V any }{v}, []any{v}, map[string]any{"v": v}}
	if e, ok := v.(*ldapconn.Error); ok {
		forms = append(forms, *e, struct{ E ldapconn.Error }{*e})
	}
	if err, ok := v.(error); ok {
		forms = append(forms, fmt.Errorf("the host: %w", err), errors.Join(err, errors.New("other")), struct{ error }{err})
		for e := errors.Unwrap(err); e != nil; e = errors.Unwrap(e) {
			forms = append(forms, e)
		}
	}
	for _, verb := range []string{"%s", "%q", "%x", "%X", "%d"} { // of values inside others these mean nothing
		fmt.Fprintf(&out, verb+"\n", v)
	}
	for _, form := range forms {
		fmt.Fprintf(&out, "%v\n%+v\n%#v\n", form, form, form)
		if reflect.TypeOf(form).Kind() == reflect.Pointer {
			// Package fmt calls no method of what is in an unexported field. It prints a pointer there as a number, but a struct
			// with everything in it, and nothing that the struct declares can prevent that.
			hidden := struct{ v any }{form}
			fmt.Fprintf(&out, "%v\n%+v\n%#v\n", hidden, hidden, hidden)
		}
		logs := &slog.HandlerOptions{Level: slog.LevelDebug}
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, logs), slog.NewJSONHandler(&out, logs)} {
			slog.New(h).Debug("x", "v", form, slog.Group("in", "v", form))
		}
		if blob, err := json.Marshal(form); err == nil {
			out.Write(blob)
		}
	}
	return out.String()
}

// TestSecretsOfFailures: whatever fails, and whatever the server says of it, neither the error nor the log repeats a
// secret or an address.
func TestSecretsOfFailures(t *testing.T) {
	words := func(op ldaptest.Op, code ldaptest.Code) ldaptest.Fault {
		return ldaptest.Fault{Op: op, Do: ldaptest.Refuse, Code: code, Text: serverWords, Times: 1000, Referrals: []string{"ldap://dc9.source.example/CN=user000001"}}
	}
	trouble := func(op ldaptest.Op, do ldaptest.Trouble) ldaptest.Fault {
		return ldaptest.Fault{Op: op, Do: do, Times: 1000, Nth: 1}
	}
	for _, tt := range []struct {
		name   string
		config func(f *ldaptest.Forest, cfg *ldapconn.Config) // before Open
		before []ldaptest.Fault                               // before Open, which then fails
		after  []ldaptest.Fault                               // after it
		spoil  func(t *testing.T, f *ldaptest.Forest)         // after it
	}{
		{name: "wrong password", config: func(_ *ldaptest.Forest, cfg *ldapconn.Config) { cfg.Password = wrongPassword }, before: []ldaptest.Fault{words(ldaptest.Bind, 49)}},
		{name: "bind refused", before: []ldaptest.Fault{words(ldaptest.Bind, 53)}},
		{name: "garbage at bind", before: []ldaptest.Fault{trouble(ldaptest.Bind, ldaptest.Garbage)}},
		{name: "unknown authority", config: func(_ *ldaptest.Forest, cfg *ldapconn.Config) {
			cfg.TLS = &tls.Config{ServerName: "dc1.source.example"}
		}},
		{name: "StartTLS refused", config: func(f *ldaptest.Forest, cfg *ldapconn.Config) {
			cfg.Server, cfg.Security = f.DCs[0].Addr, ldapconn.StartTLS
		}, before: []ldaptest.Fault{words(ldaptest.StartTLS, 52)}},
		{name: "SASL refused", config: saslFor(saslSecret), before: []ldaptest.Fault{words(ldaptest.Bind, 49)}},
		{name: "SASL, wrong proof", config: saslFor("t0psecret-sasl")},
		{name: "SASL, no mechanism", config: func(_ *ldaptest.Forest, cfg *ldapconn.Config) {
			saslFor("t0psecret-sasl")(nil, cfg)
			cfg.SASL = func(context.Context, string, *tls.ConnectionState) (ldapconn.Mechanism, error) { return nil, nil }
		}},
		{name: "root DSE refused", before: []ldaptest.Fault{words(ldaptest.Search, 1)}},
		{name: "dead server", spoil: func(t *testing.T, f *ldaptest.Forest) { must(t, f.DCs[0].Down()) }},
		{name: "password changed", spoil: func(_ *testing.T, f *ldaptest.Forest) { f.SetPassword(ldaptest.Reader, wrongPassword, true) }},
		{name: "operations error", after: []ldaptest.Fault{words(ldaptest.Search, 1)}},
		{name: "time limit", after: []ldaptest.Fault{words(ldaptest.Search, 3)}},
		{name: "size limit", after: []ldaptest.Fault{words(ldaptest.Search, 4)}},
		{name: "referral", after: []ldaptest.Fault{words(ldaptest.Search, 10)}},
		{name: "no rights", after: []ldaptest.Fault{words(ldaptest.Search, 50)}},
		{name: "unwilling", after: []ldaptest.Fault{words(ldaptest.Search, 53)}},
		{name: "garbage", after: []ldaptest.Fault{trouble(ldaptest.Search, ldaptest.Garbage)}},
		{name: "cut", after: []ldaptest.Fault{trouble(ldaptest.Search, ldaptest.Cut)}},
		{name: "notice", after: []ldaptest.Fault{trouble(ldaptest.Search, ldaptest.Notice)}},
		{name: "wrong kind", after: []ldaptest.Fault{trouble(ldaptest.Search, ldaptest.WrongKind)}},
		{name: "unasked", after: []ldaptest.Fault{trouble(ldaptest.Search, ldaptest.Unasked)}},
		{name: "wrong identity", after: []ldaptest.Fault{trouble(ldaptest.Search, ldaptest.WrongID)}},
		{name: "malformed entry", after: []ldaptest.Fault{trouble(ldaptest.Search, ldaptest.Malformed)}},
		{name: "hang", after: []ldaptest.Fault{trouble(ldaptest.Search, ldaptest.Hang)}},
		{name: "malformed values", spoil: func(t *testing.T, f *ldaptest.Forest) {
			for i, id := range f.IDs() {
				two := []string{"SMTP:user00000" + fmt.Sprint(i) + "@source.example", "SMTP:sought.person@@source.example"}
				must(t, f.Replace(id, "proxyAddresses", two...))
				must(t, f.Replace(id, "msExchMailboxGuid", "user000001"))
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // most of them wait
			f := ldaptest.Run(t, ldaptest.Config{
				People:     ldaptest.People(12, ldaptest.DefaultDomain),
				Mechanisms: map[string]func() ldaptest.Mechanism{"X-PROOF": func() ldaptest.Mechanism { return &prover{proof: honest} }},
			})
			f.SetPassword(ldaptest.Reader, rightPassword, false)
			cfg := ldapconn.Config{Server: f.DCs[0].TLSAddr, TLS: &tls.Config{RootCAs: f.Roots}, User: f.UPN(ldaptest.Reader), Password: rightPassword}
			if tt.config != nil {
				tt.config(f, &cfg)
			}
			var log bytes.Buffer
			opts := &ldapconn.Options{Timeout: 400 * time.Millisecond, Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
			f.SetFaults(tt.before...)
			c, err := ldapconn.Open(t.Context(), cfg, opts)
			speaks(t, "Config", printAll(cfg)+printAll(&cfg))
			failed := 0
			check := func(what string, err error) {
				if err != nil {
					failed++
					speaks(t, what, printAll(err))
				}
			}
			check("Open", err)
			if err == nil {
				defer c.Close()
				f.SetFaults(tt.after...)
				if tt.spoil != nil {
					tt.spoil(t, f)
				}
				callAll(t, c, f, check)
				speaks(t, "Connector", printAll(c))
			}
			if failed == 0 {
				t.Error("nothing failed")
			}
			speaks(t, "the log", log.String())
		})
	}
}

// saslFor binds by X-PROOF.
func saslFor(secret string) func(*ldaptest.Forest, *ldapconn.Config) {
	return func(_ *ldaptest.Forest, cfg *ldapconn.Config) {
		cfg.User, cfg.Password = "", ""
		cfg.SASL = func(context.Context, string, *tls.ConnectionState) (ldapconn.Mechanism, error) {
			return &proof{secret: secret}, nil
		}
	}
}

// callAll makes every call and hands each error on, whether it was returned or answered.
func callAll(t testing.TB, c *ldapconn.Connector, f *ldaptest.Forest, check func(what string, err error)) {
	t.Helper()
	ids := []refresh.ID{refresh.ID(f.Never()), "user000001@source.example"} // one that never was, one that is none
	for _, id := range f.IDs() {
		ids = append(ids, refresh.ID(id))
	}
	got, err := resolve(t.Context(), t, c, ids...)
	check("Resolve", err)
	for _, l := range got {
		if _, found := l.Mailbox(); !found {
			check("an answer of Resolve", l.Err())
			speaks(t, "a failed answer", fmt.Sprintf("%v %+v %#v", l, l, l))
		}
	}
	addrs := []refresh.Address{soughtAddress, "user000001@source.example", "user000002@@source.example"}
	err = c.Find(t.Context(), addrs, func(_ int, found refresh.Finding) {
		check("an answer of Find", found.Err())
		if _, ok := found.Mailboxes(); !ok {
			speaks(t, "a failed finding", fmt.Sprintf("%v %+v %#v", found, found, found))
		}
	})
	check("Find", err)
	for _, err := range c.List(t.Context()) {
		check("List", err)
	}
	_, err = c.Inspect(t.Context())
	check("Inspect", err)
}

// TestSecretsOfConfig: a Config, and what holds one, prints without what is secret, and still says what it is.
func TestSecretsOfConfig(t *testing.T) {
	cfg := ldapconn.Config{
		Server: "dc1.source.example", Replicas: []string{"dc2.source.example"}, TLS: &tls.Config{ServerName: "dc"},
		User: "reader@source.example", Password: rightPassword, Base: "DC=source,DC=example",
	}
	type host struct {
		Name string
		LDAP ldapconn.Config
	}
	out := ""
	for _, v := range []any{cfg, &cfg, host{"a", cfg}, &host{"a", cfg}, []ldapconn.Config{cfg}, map[string]*ldapconn.Config{"a": &cfg}} {
		out += printAll(v)
	}
	speaks(t, "Config", out)
	for _, want := range []string{"dc1.source.example", "dc2.source.example", "Password:(hidden)", "SASL:false"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not printed", want)
		}
	}
	cfg.Password, cfg.SASL = "", func(context.Context, string, *tls.ConnectionState) (ldapconn.Mechanism, error) {
		return &proof{secret: saslSecret}, nil
	}
	with := printAll(cfg)
	speaks(t, "Config with SASL", with)
	if !strings.Contains(with, "SASL:true") {
		t.Errorf("that SASL is used is not printed:\n%s", with)
	}
	if _, err := json.Marshal(cfg); err != nil {
		t.Errorf("a Config with SASL is no JSON: %v", err)
	}
	opts := ldapconn.Options{Timeout: time.Second, Logger: slog.Default()}
	speaks(t, "Options", printAll(opts)+printAll(&opts))
	for _, bad := range []ldapconn.Config{
		{Server: "dc", User: "reader", Password: rightPassword, Base: "people"},
		{Server: "dc", Password: rightPassword},
		{User: "reader", Password: rightPassword},
		{Server: "dc", User: "reader", Password: rightPassword, Security: 7},
		{Server: "dc", User: "reader", Password: rightPassword, SASL: ldapconn.External},
	} {
		_, err := ldapconn.Open(t.Context(), bad, nil)
		if err == nil {
			t.Errorf("%v was opened", bad)
			continue
		}
		speaks(t, "a refused Config", printAll(err)+printAll(bad))
	}
}
