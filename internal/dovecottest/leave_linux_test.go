package dovecottest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/readdress-go/readdress/internal/dovecottest"
)

// processes returns the processes that run in a process group, without those that have ended.
func processes(t *testing.T, pgid int) (names []string) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	step(t, err)
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid pgrp …; the name may hold anything.
		i := strings.LastIndexByte(string(text), ')')
		if f := strings.Fields(string(text[i+1:])); len(f) > 2 && f[0] != "Z" && f[2] == strconv.Itoa(pgid) {
			names = append(names, string(text[:i+1]))
		}
	}
	return names
}

// gone fails unless all processes of the server end soon.
func gone(t *testing.T, pgid int) {
	t.Helper()
	for range 500 {
		if processes(t, pgid) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("processes %q of server %d are left", processes(t, pgid), pgid)
}

// outside describes every file where an installed Dovecot keeps its own.
func outside(t *testing.T) map[string]string {
	t.Helper()
	files := make(map[string]string)
	for _, dir := range []string{"/etc/dovecot", "/var/lib/dovecot", "/run/dovecot", "/var/mail"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				return nil
			}
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err == nil {
				files[path] = fmt.Sprint(info.ModTime(), info.Size(), info.Mode())
			}
			return err
		})
		step(t, err)
	}
	return files
}

// TestDownUp holds that no process of a server that is down runs, with somebody logged in as it goes, and that it comes back as it was.
func TestDownUp(t *testing.T) {
	before := outside(t)
	s := dovecottest.Run(t, dovecottest.Config{Users: []dovecottest.User{{Login: "anna", Password: "aa"}}})
	step(t, s.Deliver("anna", letters("", "a", 3)...))
	c := as(t, s, "anna")
	want := c.messages("INBOX")
	pid, addrs := s.PID(), []string{s.IMAPSAddr, s.IMAPAddr}
	for range 2 {
		step(t, s.Down())
	}
	if left := processes(t, pid); left != nil {
		t.Errorf("processes %q are left", left)
	}
	if text, err := io.ReadAll(c.r); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection outlived the server: %q", text)
	}
	for _, addr := range addrs {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			t.Errorf("%s answers while the server is down", addr)
		}
	}
	step(t, s.Up(t.Context()))
	if s.Up(t.Context()) == nil {
		t.Error("it was started twice")
	}
	same(t, "the addresses", addrs, []string{s.IMAPSAddr, s.IMAPAddr})
	same(t, "the mail", want, as(t, s, "anna").messages("INBOX"))
	step(t, syscall.Kill(s.PID(), syscall.SIGKILL)) // a crash
	pid = s.PID()
	step(t, s.Down())
	if left := processes(t, pid); left != nil {
		t.Errorf("processes %q are left of a server that crashed", left)
	}
	step(t, s.Up(t.Context()))
	same(t, "the mail after a crash", want, as(t, s, "anna").messages("INBOX"))
	step(t, s.Stop())
	same(t, "Dovecot's own files", before, outside(t))
}

// childEnv is set in the process that [TestLeavesNothing] starts.
const childEnv = "DOVECOTTEST_CHILD"

// TestLeavesNothing runs a failing test in a process of its own, and then kills that process, which a server of its own
// must not survive. Where the test is root, it does all that again as an ordinary user.
func TestLeavesNothing(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		child(t)
		return
	}
	dovecottest.Run(t, dovecottest.Config{}) // skips where Dovecot is missing
	dir := t.TempDir()
	program, err := os.ReadFile(os.Args[0])
	step(t, err)
	copied, tmp := filepath.Join(dir, "copy.test"), filepath.Join(dir, "t")
	step(t, os.WriteFile(copied, program, 0o755))
	step(t, os.Mkdir(tmp, 0o700))
	step(t, os.Chmod(tmp, 0o777))
	step(t, os.Chmod(filepath.Dir(dir), 0o755))
	users := map[string]*syscall.Credential{"as here": nil}
	if os.Geteuid() == 0 {
		users["as an ordinary user"] = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	for name, who := range users {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), copied, "-test.run=^TestLeavesNothing$", "-test.v")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), childEnv+"=1", "TMPDIR="+tmp)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
			killed(t, cmd, tmp)
		})
	}
}

// killed runs the other process until it is killed.
func killed(t *testing.T, cmd *exec.Cmd, tmp string) {
	out, err := cmd.StdoutPipe()
	step(t, err)
	in, err := cmd.StdinPipe()
	step(t, err)
	step(t, cmd.Start())
	ended := false
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		word, number, _ := strings.Cut(lines.Text(), " ")
		pid, err := strconv.Atoi(number)
		switch {
		case err != nil:
		case word == "failed": // the test that had this server has ended
			gone(t, pid)
			if left, _ := filepath.Glob(filepath.Join(tmp, "*")); left != nil {
				t.Errorf("a test that failed left %q", left)
			}
			step(t, in.Close())
		case word == "running":
			if n := len(processes(t, pid)); n < 3 {
				t.Errorf("server %d has %d processes", pid, n)
			}
			step(t, cmd.Process.Kill())
			ended = true
			gone(t, pid)
		}
	}
	if err := cmd.Wait(); err == nil || !ended {
		t.Errorf("the other process did not come to its end: %v\n%s", err, strings.Join(said, "\n"))
	}
	left, err := filepath.Glob(filepath.Join(tmp, "*"))
	step(t, err)
	for _, path := range left { // nobody could remove it
		step(t, os.RemoveAll(path))
	}
}

// child is the other process. What it prints begins a line of its own.
func child(t *testing.T) {
	config := dovecottest.Config{Users: []dovecottest.User{{Login: "anna", Password: "aa"}}}
	var pid int
	t.Run("fails", func(t *testing.T) {
		s := dovecottest.Run(t, config)
		step(t, s.Deliver("anna", letters("", "a", 3)...))
		if n := len(as(t, s, "anna").messages("INBOX")); n != 3 {
			t.Errorf("%d messages, want 3", n)
			return
		}
		pid = s.PID()
		t.Fatal("on purpose")
	})
	fmt.Printf("\nfailed %d\n", pid)
	_, _ = io.Copy(io.Discard, os.Stdin) // until that was checked
	s := dovecottest.Run(t, config)
	as(t, s, "anna").must("SELECT INBOX")
	fmt.Printf("\nrunning %d\n", s.PID())
	time.Sleep(time.Minute) // until it is killed
}
