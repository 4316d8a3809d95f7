package dovecottest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/internal/dovecottest"
)

func TestStartFails(t *testing.T) {
	dovecottest.Run(t, dovecottest.Config{}) // skips where Dovecot is missing
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name, reason string
		ctx          context.Context
		dir          string
		users        []dovecottest.User
	}{
		{"no folder", "it is the caller's to make", t.Context(), filepath.Join(t.TempDir(), "none"), nil},
		{"long folder", "the path of a socket has room for 107 bytes", t.Context(), open(t, strings.Repeat("long", 30)), nil},
		{"ended", "nobody waits for the server any more", ended, open(t, "d"), nil},
		{"login", "a path", t.Context(), open(t, "d"), []dovecottest.User{{Login: "../anna"}}},
		{"twice", "two users of one login", t.Context(), open(t, "d"), []dovecottest.User{{Login: "anna"}, {Login: "Anna"}}},
	} {
		s, err := dovecottest.Start(tt.ctx, tt.dir, dovecottest.Config{Users: tt.users})
		if err == nil {
			t.Errorf("%s: no error: %s", tt.name, tt.reason)
			step(t, s.Stop())
		}
		if errors.Is(err, dovecottest.ErrNotInstalled) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if os.Geteuid() == 0 {
		dir := open(t, "d")
		step(t, os.Chmod(filepath.Dir(dir), 0o700))
		if _, err := dovecottest.Start(t.Context(), dir, dovecottest.Config{}); err == nil || !strings.Contains(err.Error(), filepath.Dir(dir)) {
			t.Errorf("a folder that the server's user may not reach: %v", err)
		}
	}
}

// open makes a folder that everybody may pass.
func open(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	step(t, os.Chmod(filepath.Dir(dir), 0o755))
	dir = filepath.Join(dir, name)
	step(t, os.Mkdir(dir, 0o755))
	return dir
}

func TestUnknownUsers(t *testing.T) {
	s := dovecottest.Run(t, dovecottest.Config{Users: []dovecottest.User{{Login: "anna"}, {Login: "bert"}}})
	for name, err := range map[string]error{
		"rename nobody":       s.Rename("nobody", "carl"),
		"rename to somebody":  s.Rename("anna", "bert"),
		"swap with nobody":    s.Swap("anna", "nobody"),
		"remove nobody":       s.Remove("nobody"),
		"lock nobody":         s.Lock("nobody"),
		"add somebody":        s.AddUser("anna", "x"),
		"password of nobody":  s.SetPassword("nobody", "x"),
		"copy to nobody":      s.CopyMailbox("anna", "nobody"),
		"deliver to a path":   s.Deliver("../anna", dovecottest.Message{}),
		"deliver to a folder": s.Deliver("anna", dovecottest.Message{Folder: "a/b"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
