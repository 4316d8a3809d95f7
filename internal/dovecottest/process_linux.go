package dovecottest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a child that this package started, at the head of a process group of its own in which its children stay.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it ended; read after done
}

// startProcess starts cmd as the owner and watches it until it ends. One goroutine does both and keeps its thread, because
// the kernel ends the child together with the thread that started it, not only with the program.
func startProcess(cmd *exec.Cmd, o owner) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if o.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// pid is its number, and its group's.
func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks the process and its children to end, and kills after grace whoever is left. The head alone would let those who
// are logged in stay for ten seconds.
func (p *process) stop(grace time.Duration) error {
	pgid := p.pid()
	if len(members(pgid)) > 0 {
		_ = syscall.Kill(-pgid, syscall.SIGTERM)
	}
	for end := time.Now().Add(grace); ; time.Sleep(2 * time.Millisecond) {
		left := members(pgid)
		switch {
		case len(left) == 0:
			<-p.done
			return nil
		case onlyLog(left, pgid):
			// The mailboxes are closed. The head now waits a second for the last words of the process that writes the log.
			_ = syscall.Kill(-pgid, syscall.SIGKILL)
		case time.Now().After(end):
			// While somebody of the group is left, the kernel gives its number to nobody else.
			_ = syscall.Kill(-pgid, syscall.SIGKILL)
			<-p.done
			return fmt.Errorf("dovecottest: processes %v had to be killed", left)
		}
	}
}

// member is a running process of a group.
type member struct {
	pid  int
	name string
}

// members returns the processes of a group that have not ended. Who has ended and was left behind waits for the machine's first
// process to take note of it, which is not ours to await.
func members(pgid int) []member {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var all []member
	for _, path := range stats {
		text, _ := os.ReadFile(path) // one that cannot be read has ended
		// pid (name) state ppid pgrp …; the name may hold anything.
		before, after, ok := cutLast(string(text), ") ")
		fields := strings.Fields(after)
		if !ok || len(fields) < 3 || fields[0] == "Z" || fields[0] == "X" || fields[2] != strconv.Itoa(pgid) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		_, name, _ := strings.Cut(before, "(")
		all = append(all, member{pid, name})
	}
	return all
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// onlyLog reports whether nobody but the log is left beside the head.
func onlyLog(left []member, head int) bool {
	return !slices.ContainsFunc(left, func(m member) bool { return m.pid != head && m.name != "log" })
}
