package refresh_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// What becomes of the endpoints of parts.
func TestEndpointsOfParts(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 8, 0, 0, 0, time.UTC) }
	cursor := refresh.Cursor{Token: "t", Taken: day(9)}
	full := refresh.Endpoint{System: "Memory", Pin: "p", Account: "admin", Cursor: cursor, Epoch: "e", Since: day(5), Seal: "AAAAAAAAAAE"}
	change := func(f func(*refresh.Endpoint)) refresh.Endpoint {
		e := full
		f(&e)
		return e
	}
	for _, c := range []struct {
		name, reason  string
		second, joint refresh.Endpoint
	}{
		{"the same", "seals add up", full, change(func(e *refresh.Endpoint) { e.Seal = "AAAAAAAAAAI" })},
		{"an older full look", "MaxAge counts from the oldest", change(func(e *refresh.Endpoint) { e.Since, e.Seal = day(3), "" }), change(func(e *refresh.Endpoint) { e.Since = day(3) })},
		{"a younger full look", "MaxAge counts from the oldest", change(func(e *refresh.Endpoint) { e.Since, e.Seal = day(7), "" }), full},
		{"another system and account", "the first part names them", change(func(e *refresh.Endpoint) { e.System, e.Account, e.Seal = "x", "y", "" }), full},
		{"another cursor", "changes are known up to different moments", change(func(e *refresh.Endpoint) { e.Cursor.Token, e.Seal = "u", "" }),
			change(func(e *refresh.Endpoint) { e.Cursor, e.Epoch, e.Since = refresh.Cursor{}, "", time.Time{} })},
		{"the same cursor taken at another time", "a token may come again in another life of the directory", change(func(e *refresh.Endpoint) { e.Cursor.Taken, e.Seal = day(8), "" }),
			change(func(e *refresh.Endpoint) { e.Cursor, e.Epoch, e.Since = refresh.Cursor{}, "", time.Time{} })},
		{"another epoch", "stamps of the other would vouch for nothing", change(func(e *refresh.Endpoint) { e.Epoch, e.Seal = "f", "" }),
			change(func(e *refresh.Endpoint) { e.Cursor, e.Epoch, e.Since = refresh.Cursor{}, "", time.Time{} })},
		{"no cursor", "a part was never refreshed", refresh.Endpoint{},
			change(func(e *refresh.Endpoint) { e.Cursor, e.Epoch, e.Since = refresh.Cursor{}, "", time.Time{} })},
		{"a seal that nobody can read", "it fits no rows, nor does that of the whole", change(func(e *refresh.Endpoint) { e.Seal = "?" }), change(func(e *refresh.Endpoint) { e.Seal = "?" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, s := range bothSides {
				var files []io.Reader
				for _, e := range []refresh.Endpoint{full, c.second} {
					j := refresh.Job{ID: "J"}
					*endpointOf(&j, s) = e
					files = append(files, bytes.NewReader(written(t, j)))
				}
				want := refresh.Job{ID: "J"}
				*endpointOf(&want, s) = c.joint
				got, err := readWhole(files...)
				if err != nil {
					t.Fatal(err)
				}
				same(t, c.reason, want, got)
			}
		})
	}
}
