package sambatest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/readdress-go/readdress/internal/sambatest"
)

// TestNotRoot runs a test of this package as an ordinary user.
func TestNotRoot(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		sambatest.Run(t, sambatest.Config{})
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("another user cannot be taken on")
	}
	sambatest.Run(t, sambatest.Config{}) // skips where Samba is missing
	dir := t.TempDir()
	tmp := filepath.Join(dir, "tmp")
	step(t, os.Mkdir(tmp, 0o755))
	step(t, os.Chmod(tmp, 0o777))
	step(t, os.Chmod(filepath.Dir(dir), 0o755))
	program, err := os.ReadFile(os.Args[0])
	step(t, err)
	copied := filepath.Join(dir, "copy.test")
	step(t, os.WriteFile(copied, program, 0o755))
	for _, tt := range []struct{ name, require, word, reason string }{
		{"anywhere", "", "--- SKIP", "a developer's machine need not have servers"},
		{"where servers must be", "1", "--- FAIL", "a test that is silently left out proves nothing"},
	} {
		cmd := exec.CommandContext(t.Context(), copied, "-test.run=^TestNotRoot$", "-test.v")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), childEnv+"=1", "TMPDIR="+tmp, "READDRESS_REQUIRE_SERVERS="+tt.require)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, _ := cmd.CombinedOutput() // its exit status says less than what it prints
		if text := string(out); !strings.Contains(text, tt.word) || !strings.Contains(text, sambatest.ErrNotRoot.Error()) {
			t.Errorf("%s: want %s and why: %s; got:\n%s", tt.name, tt.word, tt.reason, text)
		}
	}
}
