//go:build !linux

package slapdtest

import "os/exec"

// dieWithParent does nothing here: only Linux offers it. Run and Stop end the child in every orderly case.
func dieWithParent(*exec.Cmd) {}
