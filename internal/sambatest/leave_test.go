package sambatest_test

import (
	"bufio"
	"context"
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
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/sambatest"
)

// group returns the processes of a process group.
func group(t *testing.T, pgid int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	step(t, err)
	var pids []int
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid pgrp …; the name may hold anything.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) > 2 && fields[2] == strconv.Itoa(pgid) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// gone fails unless the server's processes end soon.
func gone(t *testing.T, pid int) {
	t.Helper()
	for range 500 {
		if group(t, pid) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("processes %v of server %d are left", group(t, pid), pid)
}

// outside describes every file where an installed Samba keeps its own.
func outside(t *testing.T) map[string]string {
	t.Helper()
	files := make(map[string]string)
	for _, dir := range []string{"/etc/samba", "/var/lib/samba", "/var/cache/samba", "/var/log/samba", "/run/samba"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
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

func TestStop(t *testing.T) {
	before := outside(t)
	s := sambatest.Run(t, sambatest.Config{})
	if got := group(t, s.PID); !cmp.Equal(got, []int{s.PID}) {
		t.Errorf("the server's processes are %v, want %d alone", got, s.PID)
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	if pids := group(t, s.PID); pids != nil {
		t.Errorf("processes %v after Stop, want none", pids)
	}
	for _, addr := range []string{s.Addr, s.TLSAddr, s.CatalogAddr, s.CatalogTLSAddr} {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			t.Errorf("%s still answers after Stop", addr)
		}
	}
	if diff := cmp.Diff(before, outside(t)); diff != "" {
		t.Errorf("Samba's own files changed (-before +after):\n%s", diff)
	}
}

func TestStartFails(t *testing.T) {
	sambatest.Run(t, sambatest.Config{}) // skips where Samba is missing
	dir := t.TempDir()
	if _, err := sambatest.Start(t.Context(), dir, sambatest.Config{LDIF: "dn: OU=a,DC=not,DC=here\nobjectClass: organizationalUnit\n\n"}); err == nil {
		t.Error("entries that ldbadd refuses: no error")
	}
	if _, err := os.Stat(filepath.Join(dir, "log", "output.log")); err == nil {
		t.Error("a server was started all the same")
	}
}

// TestStartEnds holds that ctx ends a start, with everything that the start runs.
func TestStartEnds(t *testing.T) {
	sambatest.Run(t, sambatest.Config{}) // skips where Samba is missing
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := sambatest.Start(ctx, t.TempDir(), sambatest.Config{Forest: "never made"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a start that takes longer than its context: %v", err)
	}
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", os.Getpid()))
	step(t, err)
	for _, list := range lists {
		text, _ := os.ReadFile(list) // a thread that has ended has no children
		for _, child := range strings.Fields(string(text)) {
			if name, _ := os.ReadFile("/proc/" + child + "/comm"); string(name) != "samba\n" {
				t.Errorf("process %s, %q, is left", child, name)
			}
		}
	}
}

// TestLongFolder starts a server where the path of a socket would be too long.
func TestLongFolder(t *testing.T) {
	sambatest.Run(t, sambatest.Config{}) // skips where Samba is missing
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	step(t, os.Mkdir(dir, 0o755))
	s, err := sambatest.Start(t.Context(), dir, sambatest.Config{})
	step(t, err)
	step(t, s.Stop())
}

// childEnv is set in the process that [TestLeavesNothing] starts.
const childEnv = "SAMBATEST_CHILD"

// TestLeavesNothing runs a failing test in a process of its own, and then kills that process, which a server of its own
// must not survive.
func TestLeavesNothing(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		child(t)
		return
	}
	if testing.Short() {
		t.Skip("another process makes a domain of its own, which takes seconds")
	}
	sambatest.Run(t, sambatest.Config{}) // skips where Samba is missing
	tmp := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLeavesNothing$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"=1", "TMPDIR="+tmp)
	out, err := cmd.StdoutPipe()
	step(t, err)
	in, err := cmd.StdinPipe()
	step(t, err)
	step(t, cmd.Start())
	killed := false
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
			if group(t, pid) == nil {
				t.Errorf("server %d does not run", pid)
			}
			step(t, cmd.Process.Kill())
			killed = true
			gone(t, pid)
		}
	}
	if err := cmd.Wait(); err == nil || !killed {
		t.Errorf("the other process did not come to its end: %v\n%s", err, strings.Join(said, "\n"))
	}
	if images, _ := filepath.Glob(filepath.Join(tmp, "sambatest-*")); images != nil {
		t.Errorf("a program that was killed left %q", images)
	}
}

// child is the other process. What it prints begins a line of its own.
func child(t *testing.T) {
	var pid int
	t.Run("fails", func(t *testing.T) {
		pid = sambatest.Run(t, sambatest.Config{}).PID
		t.Fatal("on purpose")
	})
	fmt.Printf("\nfailed %d\n", pid)
	_, _ = io.Copy(io.Discard, os.Stdin) // until that was checked
	s := sambatest.Run(t, sambatest.Config{})
	fmt.Printf("\nrunning %d\n", s.PID)
	time.Sleep(time.Minute) // until it is killed
}
