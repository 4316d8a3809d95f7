package graphconn

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

type rawMessage = json.RawMessage

func noToken(context.Context) (string, error) { return "", errors.New("no token: t0psecret") }

// unspeakable is what must never be printed: as it is, in hexadecimal, in base64, and as it stands in a URL.
var unspeakable = func() (out []string) {
	for _, s := range []string{secretToken, "t0psecret", someAddress, "sought.person"} {
		out = append(out, s, url.QueryEscape(s), hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))), base64.StdEncoding.EncodeToString([]byte(s))[:len(s)/3*4])
	}
	return out
}()

// speaks fails where one of these is in a text.
func speaks(t testing.TB, what, text string) {
	t.Helper()
	for _, s := range unspeakable {
		if i := strings.Index(text, s); i >= 0 {
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
	if e, ok := v.(*Error); ok {
		forms = append(forms, *e, struct{ E Error }{*e})
	}
	if err, ok := v.(error); ok {
		forms = append(forms, fmt.Errorf("the host: %w", err), errors.Join(err, errors.New("other")), struct{ error }{err})
		for e := errors.Unwrap(err); e != nil; e = errors.Unwrap(e) {
			forms = append(forms, e)
		}
	}
	for _, verb := range []string{"%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	for _, form := range forms {
		fmt.Fprintf(&out, "%v\n%+v\n%#v\n", form, form, form)
		if reflect.TypeOf(form) != nil && reflect.TypeOf(form).Kind() == reflect.Pointer {
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

// echo answers with everything that it was sent.
func echo(status int, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for _, name := range []string{"request-id", "client-request-id", "Retry-After", "WWW-Authenticate"} {
			w.Header().Set(name, r.Header.Get("Authorization")+someAddress)
		}
		w.WriteHeader(status)
		text := r.Header.Get("Authorization") + " " + r.URL.String() + " " + someAddress
		if strings.Contains(contentType, "json") {
			_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": text, "message": text, "innerError": map[string]string{"request-id": text}}})
			return
		}
		_, _ = w.Write([]byte(text))
	}
}

// raw answers with bytes that are not HTTP, and repeat what was sent.
func raw(format string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(conn, format, r.Header.Get("Authorization"))
		_ = conn.Close()
	}
}

// TestSecretsOfFailures: whatever fails, and whatever the server sends, neither the error nor the log repeats a secret or an address.
func TestSecretsOfFailures(t *testing.T) {
	for _, tt := range []struct {
		name  string
		do    http.HandlerFunc
		token func(context.Context) (string, error)
	}{
		{name: "400", do: echo(400, "application/json")},
		{name: "401", do: echo(401, "application/json")},
		{name: "403", do: echo(403, "application/json")},
		{name: "404", do: echo(404, "text/html")},
		{name: "429", do: echo(429, "application/json")},
		{name: "500", do: echo(500, "application/json")},
		{name: "200 with an error", do: echo(200, "application/json")},
		{name: "200 of a proxy", do: echo(200, "text/html")},
		{name: "wrong type", do: echo(200, "Bearer "+secretToken)},
		{name: "no HTTP", do: raw("%s\r\n\r\n")},
		{name: "status", do: raw("HTTP/1.1 %s\r\n\r\n")},
		{name: "header", do: raw("HTTP/1.1 200 OK\r\n%s\r\n\r\n")},
		{name: "length", do: raw("HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n")},
		{name: "coding", do: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n")},
		{name: "chunk", do: raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n")},
		{name: "location", do: raw("HTTP/1.1 302 Found\r\nLocation: https://x/%s\x7f\r\n\r\n")},
		{name: "location elsewhere", do: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/?x="+secretToken, http.StatusTemporaryRedirect)
		}},
		{name: "cut", do: raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"x\":\"%s\"")},
		{name: "shape", do: func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, map[string]string{"value": secretToken})
		}},
		{name: "hang", do: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{name: "token fails", token: noToken},
		{name: "token is refused", token: func(context.Context) (string, error) {
			return "", fmt.Errorf("t0psecret: %w", refresh.ErrCredentials)
		}},
		{name: "token out of reach", token: func(context.Context) (string, error) {
			return "", &url.Error{Op: "Post", URL: "https://x/?secret=t0psecret", Err: &net.OpError{Op: "dial", Err: errors.New("t0psecret")}}
		}},
		{name: "token is none", token: func(context.Context) (string, error) { return secretToken + "\r\nX: y", nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := serve(t, tt.do)
				c := f.connect(&Options{Patience: time.Minute, Timeout: 5 * time.Second}, func(cfg *Config) {
					if tt.token != nil {
						cfg.Token = tt.token
					}
					speaks(t, "Config", printAll(*cfg)+printAll(cfg))
				})
				q := request{op: "find", method: "GET", path: "/users", query: "$filter=mail%20eq%20%27" + url.QueryEscape(someAddress) + "%27"}
				_, err := c.pages(t.Context(), q, func([]rawMessage) error { return nil })
				if err == nil {
					t.Fatal("nothing failed")
				}
				speaks(t, "the error", printAll(err))
				if e, ok := errors.AsType[*url.Error](err); ok && tt.token == nil {
					t.Errorf("the error holds a URL: %T", e)
				}
				failed := 0
				err = c.batch(t.Context(), "read", []part{{path: q.path + "?" + q.query}}, func(_ int, a partAnswer) {
					failed++
					speaks(t, "the answer to a part", printAll(a.err))
				})
				if err == nil && failed == 0 {
					t.Error("no part failed")
				}
				if err != nil {
					speaks(t, "the error of a batch", printAll(err))
				}
				speaks(t, "Connector", printAll(c)+printAll(c.quota))
				f.mu.Lock()
				defer f.mu.Unlock()
				speaks(t, "the log", f.log.String())
			})
		})
	}
}

// TestWord: of what a server sends as a code or an ID only what looks like one is kept.
func TestWord(t *testing.T) {
	for s, want := range map[string]string{
		"Request_ResourceNotFound": "Request_ResourceNotFound", "syncStateNotFound": "syncStateNotFound", "a-b.c": "a-b.c", "": "",
		someAddress: "", "two words": "", "line\nbreak": "", "<b>": "", "\u00e9": "", strings.Repeat("x", 64): strings.Repeat("x", 64), strings.Repeat("x", 65): "",
	} {
		if got := word(s); got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
}

// TestErrorText: an error says what support needs, and keeps Graph's words for who asks for them.
func TestErrorText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "700")
			refuse(w, 429, "TooManyRequests")
		})
		err := f.connect(nil).call(t.Context(), get("/users"), nil)
		e, ok := errors.AsType[*Error](err)
		if !ok || !strings.Contains(e.Message, someAddress) {
			t.Fatalf("%v", err)
		}
		id := f.requests()[0].header.Get("client-request-id")
		want := "graphconn: test: HTTP status 429, code TooManyRequests, retry after 11m40s (request-id 11111111-2222-3333-4444-555555555555, client-request-id " + id + ")"
		if err.Error() != want || !isGUID(id) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// TestSecretsOfParts: the parts of a batch are not repeated either, whatever they hold.
func TestSecretsOfParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := someAddress + " " + secretToken
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, map[string]any{"responses": []any{
				map[string]any{"id": "1", "status": 404, "headers": map[string]any{"request-id": text, "client-request-id": text, "Retry-After": text}, "body": refusalOf(text)},
				map[string]any{"id": "2", "status": 403, "body": map[string]any{"error": map[string]any{"code": text, "message": text, "innerError": map[string]string{"request-id": text}}}},
				map[string]any{"id": "3", "status": 400, "headers": map[string]any{"request-id": text}, "body": text},
			}})
		})
		n := 0
		must(t, f.connect(nil).batch(t.Context(), "read", partsOf(3), func(i int, a partAnswer) {
			n++
			if _, said := errors.AsType[*Error](a.err); !said {
				t.Errorf("part %d: %T", i+1, a.err)
			}
			speaks(t, fmt.Sprintf("part %d", i+1), printAll(a.err))
		}))
		if n != 3 {
			t.Errorf("%d parts", n)
		}
	})
}

// sentText is an error that is a value, such as textproto.ProtocolError: %#v shows those inside others.
type sentText string

func (s sentText) Error() string { return string(s) }

// TestHiddenCause: no verb and no log shows the cause, whatever its type.
func TestHiddenCause(t *testing.T) {
	err := &hiddenError{"text", sentText(secretToken + " " + someAddress)}
	speaks(t, "the cause", printAll(err)+printAll(*err)+printAll(&brokenError{"x", err})+printAll(error(err)))
	for _, err := range []error{cutBy(err.cause), broke(err.cause), broke(&url.Error{Op: "Get", URL: secretToken, Err: err.cause})} {
		speaks(t, "what broke", printAll(err))
	}
	if got, ok := errors.AsType[sentText](err); !ok || got == "" {
		t.Error("the cause is not to be found")
	}
}
