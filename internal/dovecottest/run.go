package dovecottest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// TB is what [Run] needs of a *testing.T or *testing.B. Naming it here keeps package testing out of programs.
type TB interface {
	Helper()
	Cleanup(func())
	Skip(args ...any)
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

// Run starts a server for a test and stops it when the test ends, however it ends. Where Dovecot is not installed the
// test is skipped, or fails when the environment has READDRESS_REQUIRE_SERVERS=1.
func Run(tb TB, cfg Config) *Server {
	tb.Helper()
	return run(tb, cfg, Start)
}

func run(tb TB, cfg Config, start func(context.Context, string, Config) (*Server, error)) *Server {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	// Not the test's own folder: nobody but its user may pass that one, and a socket's path has room for 107 bytes.
	dir, err := os.MkdirTemp(scratch(), "dovecot-")
	if err != nil {
		tb.Fatal(fmt.Errorf("dovecottest: %w", err))
	}
	s, err := start(ctx, dir, cfg)
	tb.Cleanup(func() {
		if s != nil {
			if err := s.Stop(); err != nil {
				tb.Errorf("%v", err)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			tb.Errorf("dovecottest: %v", err)
		}
	})
	switch {
	case errors.Is(err, ErrNotInstalled) && os.Getenv("READDRESS_REQUIRE_SERVERS") != "1":
		tb.Skip(err)
	case err != nil:
		tb.Fatal(err)
	}
	return s
}
