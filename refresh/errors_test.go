package refresh_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

const hostile = "zaphod@old.example\x1b[2J"

// TestValueErrorShowsNowhere: however a value that a server sent is printed or logged, it does not show.
func TestValueErrorShowsNowhere(t *testing.T) {
	e := &refresh.ValueError{Attr: "proxyAddresses", Index: 3, Value: hostile, Problem: "the address contains a space, control or direction character"}
	const want = "malformed value in proxyAddresses[3]: the address contains a space, control or direction character"
	wrapped := fmt.Errorf("row 7: %w", e)
	joined := errors.Join(errOutage, wrapped)
	printed := map[string]string{
		"Error": e.Error(),
		"%v":    fmt.Sprintf("%v", e), "%+v": fmt.Sprintf("%+v", e), "%#v": fmt.Sprintf("%#v", e), "%s": fmt.Sprintf("%s", e), "%q": fmt.Sprintf("%q", e), "%d": fmt.Sprintf("%d", e), "%x": fmt.Sprintf("%x", e),
		"value %v": fmt.Sprintf("%v", *e), "value %+v": fmt.Sprintf("%+v", *e), "value %#v": fmt.Sprintf("%#v", *e),
	}
	for how, got := range printed {
		if got != want {
			t.Errorf("%s gives %q, want %q", how, got, want)
		}
	}
	around := []any{
		wrapped, joined, []error{e}, []*refresh.ValueError{e}, []refresh.ValueError{*e}, map[string]error{"a": e}, struct{ Err error }{e}, struct{ V refresh.ValueError }{*e},
		&refresh.InvalidError{What: "job", Problem: "x", Err: e}, &refresh.ReconfigureError{Side: refresh.Source, Err: wrapped}, refresh.Failed(wrapped), refresh.FindFailed(wrapped),
	}
	for _, v := range around {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if got := fmt.Sprintf(verb, v); personal.MatchString(got) {
				t.Errorf("%s of a %T gives %q", verb, v, got)
			}
		}
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		for _, v := range append(around, e, *e) {
			var b bytes.Buffer
			slog.New(handler(&b)).With("before", v).Error("failed", "err", v, slog.Group("in", "err", v))
			if personal.MatchString(b.String()) || strings.Contains(b.String(), "!ERROR") {
				t.Errorf("%s log of a %T: %s", name, v, b.String())
			}
		}
		var b bytes.Buffer
		slog.New(handler(&b)).Error("failed", "err", e)
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s log %s does not say what is wrong", name, b.String())
		}
	}
	out, err := json.Marshal(e)
	if err != nil || personal.Match(out) {
		t.Errorf("as JSON it is %s, %v", out, err)
	}
}

func TestValueErrorText(t *testing.T) {
	for _, c := range []struct {
		in   refresh.ValueError
		want string
	}{
		{refresh.ValueError{Attr: "mail", Index: -1}, "malformed value in mail"},
		{refresh.ValueError{Attr: "mail", Index: 0}, "malformed value in mail[0]"},
		{refresh.ValueError{Attr: "mail", Index: -1, Problem: "it is not UTF-8"}, "malformed value in mail: it is not UTF-8"},
	} {
		same(t, "text", c.want, c.in.Error())
	}
}

func TestUnsupportedError(t *testing.T) {
	e := &refresh.UnsupportedError{Side: refresh.Target, System: "IMAP", Need: refresh.CanResolve | refresh.CanFind, Reason: "it has no identities", Remedy: "match again"}
	same(t, "text", "refresh: the target side (IMAP) cannot resolve+find: it has no identities; match again", e.Error())
	is(t, fmt.Errorf("x: %w", e), errors.ErrUnsupported)
	if errors.Is(e, refresh.ErrCredentials) {
		t.Error("it is every error")
	}
}

func TestInvalidErrorText(t *testing.T) {
	for _, c := range []struct {
		in   refresh.InvalidError
		want string
	}{
		{refresh.InvalidError{What: "job", Problem: "is bad"}, "refresh: invalid job: is bad"},
		{refresh.InvalidError{What: "result", Row: 3, Key: "a\n", Field: "source.id", Offset: 17, Problem: "is bad"}, `refresh: invalid result, row 3 (key "a\n"), field source.id, near byte 17: is bad`},
	} {
		same(t, "text", c.want, c.in.Error())
	}
	is(t, &refresh.InvalidError{Err: errOutage}, errOutage)
	if (&refresh.InvalidError{}).Unwrap() != nil {
		t.Error("a cause out of nothing")
	}
}

func TestStaleErrorText(t *testing.T) {
	var rows []refresh.StaleRow
	for i := range 6 {
		rows = append(rows, refresh.StaleRow{Key: fmt.Sprint(i), Side: refresh.Source, Reason: "its mailbox was changed"})
	}
	same(t, "one row", `refresh: nothing written: 1 rows changed since the result was made; refresh again. First: source "0" (its mailbox was changed)`, (&refresh.StaleError{Rows: rows[:1]}).Error())
	if text := (&refresh.StaleError{Rows: rows}).Error(); !strings.HasSuffix(text, `source "4" (its mailbox was changed) …`) {
		t.Errorf("of many rows the first five are named: %s", text)
	}
	is(t, &refresh.ReconfigureError{Err: errOutage}, errOutage)
}
