//go:build !linux

package dovecottest

import (
	"errors"
	"os/exec"
	"time"
)

// process is never made here: only Linux ends the server together with this program.
type process struct {
	done chan struct{}
	err  error
}

func startProcess(*exec.Cmd, owner) (*process, error) { return nil, errors.ErrUnsupported }

func (p *process) stop(time.Duration) error { return nil }

func (p *process) pid() int { return 0 }
