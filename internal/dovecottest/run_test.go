package dovecottest

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// recorder is a test that only notes how it ends.
type recorder struct {
	skipped, failed string
	cleanups        []func()
}

func (*recorder) Helper()               {}
func (r *recorder) Cleanup(f func())    { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Skip(args ...any)    { r.skipped = fmt.Sprint(args...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)   { r.failed = fmt.Sprint(args...); runtime.Goexit() }
func (*recorder) Errorf(string, ...any) {}

// TestNotInstalled: without the server a test is skipped by a text that names the package, unless servers are required.
func TestNotInstalled(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	missing := func(context.Context, string, Config) (*Server, error) {
		return nil, fmt.Errorf("start: %w", ErrNotInstalled)
	}
	for _, tt := range []struct{ require, skipped, failed string }{
		{"", "apt-get install dovecot-imapd", ""}, {"0", "apt-get install dovecot-imapd", ""}, {"1", "", "apt-get install dovecot-imapd"},
	} {
		t.Setenv("READDRESS_REQUIRE_SERVERS", tt.require)
		var r recorder
		done := make(chan struct{})
		go func() {
			defer close(done)
			run(&r, Config{}, missing)
		}()
		<-done
		if !strings.Contains(r.skipped, tt.skipped) || !strings.Contains(r.failed, tt.failed) || (r.failed != "") != (tt.failed != "") {
			t.Errorf("READDRESS_REQUIRE_SERVERS=%q: skipped %q, failed %q", tt.require, r.skipped, r.failed)
		}
		for _, f := range r.cleanups {
			f()
		}
		if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
			t.Errorf("READDRESS_REQUIRE_SERVERS=%q: %v is left", tt.require, left)
		}
	}
}
