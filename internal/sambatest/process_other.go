//go:build !linux

package sambatest

import (
	"context"
	"errors"
	"os/exec"
	"time"
)

// process is never made here: the addresses 127.x.y.z that the servers need exist on Linux alone.
type process struct {
	done chan struct{}
	err  error
}

func startProcess(*exec.Cmd) (*process, error) { return nil, errors.ErrUnsupported }

func (p *process) wait(context.Context) error { return errors.ErrUnsupported }

func (p *process) stop(time.Duration) error { return nil }
