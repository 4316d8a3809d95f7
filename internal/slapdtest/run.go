package slapdtest

import (
	"context"
	"errors"
	"os"
	"time"
)

// TB is what [Run] needs of a *testing.T or *testing.B. Naming it here keeps package testing out of programs.
type TB interface {
	Helper()
	TempDir() string
	Cleanup(func())
	Skip(args ...any)
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

// Run starts a server for a test and stops it when the test ends, however it ends. Where slapd is not installed the
// test is skipped, or fails when the environment has READDRESS_REQUIRE_SERVERS=1.
func Run(tb TB, cfg Config) *Server {
	tb.Helper()
	return run(tb, cfg, Start)
}

func run(tb TB, cfg Config, start func(context.Context, string, Config) (*Server, error)) *Server {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := start(ctx, tb.TempDir(), cfg)
	switch {
	case errors.Is(err, ErrNotInstalled) && os.Getenv("READDRESS_REQUIRE_SERVERS") != "1":
		tb.Skip(err)
	case err != nil:
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Stop(); err != nil {
			tb.Errorf("%v", err)
		}
	})
	return s
}
