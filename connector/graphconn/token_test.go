package graphconn

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

const someClaims = `{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`

// TestChallenge: after a 401 a fresh token is asked for once, with the claims that the service demands.
func TestChallenge(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte(someClaims))
	for _, tt := range []struct {
		name, header, claims string
	}{
		{"revoked", `Bearer realm="", authorization_uri="https://login/x?a=b,c=d", error="insufficient_claims", claims="` + b64 + `"`, someClaims},
		{"without padding", `Bearer claims="` + strings.TrimRight(b64, "=") + `"`, someClaims},
		{"as JSON", `Bearer claims="` + strings.ReplaceAll(someClaims, `"`, `\"`) + `", error="x"`, someClaims},
		{"unquoted", `Bearer claims=` + b64, someClaims},
		{"expired", `Bearer realm="", error="invalid_token", error_description="claims=\"e30=\" Lifetime validation failed"`, ""},
		{"no JSON", `Bearer claims="` + base64.StdEncoding.EncodeToString([]byte("{")) + `"`, ""},
		{"huge", `Bearer claims="` + base64.StdEncoding.EncodeToString([]byte(`"`+strings.Repeat("x", 10_000)+`"`)) + `"`, ""},
		{"open", `Bearer claims="`, ""},
		{"none", ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") == "Bearer "+secretToken {
						w.Header().Set("WWW-Authenticate", tt.header)
						refuse(w, 401, "InvalidAuthenticationToken")
						return
					}
					reply(w, 200, value())
				})
				c := f.connect(nil)
				must(t, c.call(t.Context(), get("/users"), nil))
				if got := fmt.Sprintf("%q", f.tokens); got != fmt.Sprintf("%q", []string{"", "!" + tt.claims}) {
					t.Errorf("asked for %s", got)
				}
				must(t, c.call(t.Context(), get("/users"), nil)) // the cache of the host still has the old one
				if len(f.requests()) != 3 || len(f.tokens) != 3 {
					t.Errorf("%d requests, %d tokens", len(f.requests()), len(f.tokens))
				}
			})
		})
	}
}

// TestRejected: a second 401 is the end, and quickly.
func TestRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, 401, "InvalidAuthenticationToken") })
		err := f.connect(nil).call(t.Context(), get("/users"), nil)
		if !errors.Is(err, refresh.ErrCredentials) || statusOf(err) != 401 || len(f.requests()) != 2 || len(f.tokens) != 2 {
			t.Errorf("%v after %d requests with %d tokens", err, len(f.requests()), len(f.tokens))
		}
		between(t, "at once", time.Since(f.start), 0, time.Second)
	})
}

// TestOneRenewal: many requests whose token expired at the same time cause one renewal.
func TestOneRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			if r.Header.Get("Authorization") == "Bearer "+secretToken {
				refuse(w, 401, "InvalidAuthenticationToken")
				return
			}
			reply(w, 200, value())
		})
		c := f.connect(&Options{InFlight: 8})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := c.call(t.Context(), get("/users"), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		renewed := 0
		for _, s := range f.tokens {
			renewed += len(s)
		}
		if renewed != 1 {
			t.Errorf("%d renewals", renewed)
		}
	})
}

type netError struct{ error }

func (netError) Timeout() bool   { return false }
func (netError) Temporary() bool { return true }

// TestTokenHangs: a Token function that does not return is asked again.
func TestTokenHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, value()) })
		var n atomic.Int64
		c := f.connect(nil, func(cfg *Config) {
			cfg.Token = func(ctx context.Context) (string, error) {
				if n.Add(1) == 1 {
					<-ctx.Done()
					return "", ctx.Err()
				}
				return secretToken, nil
			}
		})
		must(t, c.call(t.Context(), get("/users"), nil))
		between(t, "a timeout and a pause", time.Since(f.start), 30*time.Second, 31*time.Second)
	})
}

// TestTokenFails: trouble on the way to the sign-in is waited for, a refusal is not.
func TestTokenFails(t *testing.T) {
	own := errors.New("no such application")
	for _, tt := range []struct {
		name  string
		fail  error
		is    error
		again bool
	}{
		{"network", netError{errors.New("unreachable")}, nil, true},
		{"wrapped", fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: errors.New("y")}), nil, true},
		{"refused", fmt.Errorf("x: %w", refresh.ErrCredentials), refresh.ErrCredentials, false},
		{"other", own, own, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, value()) })
				var n atomic.Int64
				c := f.connect(nil, func(cfg *Config) {
					cfg.Token = func(context.Context) (string, error) {
						if n.Add(1) <= 2 {
							return "", tt.fail
						}
						return secretToken, nil
					}
				})
				err := c.call(t.Context(), get("/users"), nil)
				if (err == nil) != tt.again || tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}
