package faultproxy

import (
	"syscall"
	"time"
)

// sleep waits as exactly as the system can. [time.Sleep] is up to a millisecond late in a program that is idle otherwise,
// which is a lot beside a round trip of five.
func sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	left := syscall.NsecToTimespec(int64(d))
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
}
