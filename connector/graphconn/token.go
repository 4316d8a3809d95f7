package graphconn

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// challenge is what a Token function is told by its ctx.
type challenge struct{ claims string }

type challengeKey struct{}

// Challenge says what a [Config].Token function is asked for by its ctx. rejected: the service did not take the token that the function
// returned last, so one from a cache will not do. claims is what the new token must prove in addition, as JSON, when the service said so
// (Microsoft, "How to use Continuous Access Evaluation enabled APIs in your applications"); otherwise it is empty.
func Challenge(ctx context.Context) (claims string, rejected bool) {
	c, ok := ctx.Value(challengeKey{}).(challenge)
	return c.claims, ok
}

// tokens hands out tokens. It remembers which one the service rejected and what came instead, so that many requests in progress
// cause one renewal. It is safe for concurrent use.
type tokens struct {
	ask   func(ctx context.Context) (string, error)
	limit time.Duration // of one call
	turn  chan struct{} // held while a token is renewed, or what is remembered is read

	rejected [sha256.Size]byte
	instead  func() string // a function, so that printing cannot show the token; nil when nothing was rejected
}

func newTokens(ask func(ctx context.Context) (string, error), limit time.Duration) *tokens {
	return &tokens{ask: ask, limit: limit, turn: make(chan struct{}, 1)}
}

// get returns a token for one request.
func (t *tokens) get(ctx context.Context, op string) (string, error) {
	token, err := t.call(ctx, op)
	if err != nil {
		return "", err
	}
	if err := t.lock(ctx); err != nil {
		return "", err
	}
	defer t.unlock()
	if t.instead != nil && sha256.Sum256([]byte(token)) == t.rejected {
		return t.instead(), nil
	}
	return token, nil
}

// renew returns a token instead of one that the service rejected.
func (t *tokens) renew(ctx context.Context, op, rejected, claims string) (string, error) {
	if err := t.lock(ctx); err != nil {
		return "", err
	}
	defer t.unlock()
	sum := sha256.Sum256([]byte(rejected))
	if t.instead != nil && sum == t.rejected {
		return t.instead(), nil // another request was here first
	}
	token, err := t.call(context.WithValue(ctx, challengeKey{}, challenge{claims}), op)
	if err != nil {
		return "", err
	}
	t.rejected, t.instead = sum, func() string { return token }
	if token == rejected {
		t.instead = nil // asked again by whoever is next: it may be a matter of time
	}
	return token, nil
}

func (t *tokens) lock(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *tokens) unlock() { <-t.turn }

// call asks the function and looks at what it returns, so that net/http does not have to refuse it.
func (t *tokens) call(ctx context.Context, op string) (string, error) {
	tctx, cancel := context.WithTimeoutCause(ctx, t.limit, timeoutError{t.limit})
	defer cancel()
	token, err := t.ask(tctx)
	switch {
	case err != nil && ctx.Err() == nil && tctx.Err() != nil:
		return "", &brokenError{op, fmt.Errorf("Config.Token: %w", context.Cause(tctx))}
	case err != nil:
		return "", tokenFailure(ctx, op, err)
	}
	for i := range len(token) {
		if b := token[i]; b <= ' ' || b >= 0x7f {
			return "", fmt.Errorf("graphconn: %s: Config.Token returned something with blanks or signs that no token has", op)
		}
	}
	if token == "" {
		return "", fmt.Errorf("graphconn: %s: Config.Token returned an empty token", op)
	}
	return token, nil
}

// tokenFailure hides what the function said. Trouble with the network may pass, everything else is final.
func tokenFailure(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("graphconn: %s: %w", op, context.Cause(ctx))
	}
	if errors.Is(err, refresh.ErrCredentials) {
		return &hiddenError{fmt.Sprintf("graphconn: %s: Config.Token: %v", op, refresh.ErrCredentials), err}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return &brokenError{op, &hiddenError{"Config.Token could not reach the place where it signs in", err}}
	}
	return &hiddenError{fmt.Sprintf("graphconn: %s: Config.Token failed", op), err}
}

// maxClaims bounds a claims challenge; real ones have some hundred bytes.
const maxClaims = 8 << 10

// claimsOf returns the claims that a 401 answer demands, as JSON, and "" when it demands none.
func claimsOf(h http.Header) string {
	for _, v := range h.Values("WWW-Authenticate") {
		text, ok := parameter(v, "claims")
		if !ok || len(text) > maxClaims {
			continue
		}
		if json.Valid([]byte(text)) {
			return text
		}
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			if b, err := enc.DecodeString(text); err == nil && json.Valid(b) {
				return string(b)
			}
		}
	}
	return ""
}
