package connectortest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// Run holds a connector to the contract of package refresh. It calls open for each check; what open starts it stops with
// t.Cleanup. Each check is a subtest; a broken rule is printed in words, with what was seen. Checks that do not apply
// to the system do not run: Run logs once which they are, and why. At its end it logs when the connector proved no absence.
func Run(t *testing.T, open func(t *testing.T) World) {
	t.Helper()
	var w World
	var conn traits
	if !t.Run("world", func(t *testing.T) {
		w = open(t)
		var err error
		if conn, err = look(w); err != nil {
			t.Fatalf("connectortest: %v", err)
		}
		if text := leftOut(w, conn); text != "" {
			t.Log(text)
		}
	}) {
		return
	}
	var seen proofs
	for _, c := range checks() {
		if c.inapplicable(w, conn) != "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			broken, err := c.perform(open(t), connector.Intercept, &seen)
			for _, v := range broken {
				t.Error(v)
			}
			if err != nil {
				t.Fatalf("connectortest: %v", err)
			}
		})
	}
	if text := seen.neverProven(); text != "" {
		t.Log(text)
	}
}

// look looks at a world: is it complete, and what is its connector?
func look(w World) (traits, error) {
	full, err := w.complete()
	if err != nil {
		return traits{}, err
	}
	c, err := w.Connect()
	if err != nil {
		return traits{}, fmt.Errorf("the world's Connect failed: %w", err)
	}
	if c == nil {
		return traits{}, errors.New("the world's Connect returned no connector")
	}
	conn := traitsOf(c)
	if t, ok := refresh.As[refresh.Tracker](c); ok {
		ctx, cancel := context.WithTimeout(context.Background(), 6*full.Patience)
		_, err := t.Mark(ctx)
		cancel()
		conn.mayNotTrack = errors.Is(err, refresh.ErrForbidden) // the checks look at every other error
	}
	if x, ok := c.(closer); ok {
		_ = x.Close() // the checks look at what Close does
	}
	return conn, nil
}

// leftOut says which checks do not apply and why.
func leftOut(w World, conn traits) string {
	var order []string
	by := make(map[string][]string)
	for _, c := range checks() {
		if why := c.inapplicable(w, conn); why != "" {
			if by[why] == nil {
				order = append(order, why)
			}
			by[why] = append(by[why], fmt.Sprintf("%q", c.name))
		}
	}
	var b strings.Builder
	for _, why := range order {
		fmt.Fprintf(&b, "\n  %s: %s", why, strings.Join(by[why], ", "))
	}
	if b.Len() == 0 {
		return ""
	}
	return "checks that do not apply to this system:" + b.String()
}
