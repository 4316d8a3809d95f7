package ldaptest

import "fmt"

// TB is what [Run] needs of a *testing.T or *testing.B. Naming it here keeps package testing out of programs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

// Run starts a directory for a test and stops it when the test ends, however it ends.
func Run(tb TB, cfg Config) *Forest {
	tb.Helper()
	f, err := Start(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.Stop(); err != nil {
			tb.Errorf("%v", err)
		}
	})
	return f
}

func errf(format string, args ...any) error { return fmt.Errorf("ldaptest: "+format, args...) }
