package slapdtest

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel end the child when this program dies, even by a signal or a panic.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
