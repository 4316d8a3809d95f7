package sambatest

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

// Run starts a server for a test and stops it when the test ends, however it ends. Where Samba is not installed or the
// test does not run as root it is skipped, or fails when the environment has READDRESS_REQUIRE_SERVERS=1.
func Run(tb TB, cfg Config) *Server {
	tb.Helper()
	// A domain takes 5 s of processor time to make, and 10,000 people 25 s to load.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	s, err := Start(ctx, tb.TempDir(), cfg)
	switch {
	case (errors.Is(err, ErrNotInstalled) || errors.Is(err, ErrNotRoot)) && os.Getenv("READDRESS_REQUIRE_SERVERS") != "1":
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
