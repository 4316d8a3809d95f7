package memnet_test

import (
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/internal/memnet"
)

func TestPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memnet.Pipe()
		big := make([]byte, 1<<20)
		go func() {
			_, _ = a.Write([]byte("first"))
			_, _ = a.Write(big)
			_ = a.Close()
		}()
		got, err := io.ReadAll(b)
		if err != nil || len(got) != 5+len(big) || string(got[:5]) != "first" {
			t.Fatal(len(got), err)
		}
		if _, err := b.Write([]byte("x")); err == nil {
			t.Error("a write to a closed connection succeeded")
		}
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memnet.Pipe()
		defer a.Close()
		start := time.Now()
		must(t, a.SetReadDeadline(start.Add(time.Minute)))
		if _, err := a.Read(make([]byte, 1)); err != os.ErrDeadlineExceeded || time.Since(start) != time.Minute {
			t.Error(err, time.Since(start))
		}
		must(t, b.SetWriteDeadline(start.Add(2*time.Minute)))
		var err error
		for err == nil {
			_, err = b.Write(make([]byte, 4096)) // nobody reads
		}
		if err != os.ErrDeadlineExceeded || time.Since(start) != 2*time.Minute {
			t.Error(err, time.Since(start))
		}
	})
}

// Both ends of TLS write a last word when they close. On a connection without buffers neither could read the other's.
func TestBothEndsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memnet.Pipe()
		done := make(chan struct{}, 2)
		for _, c := range []net.Conn{a, b} {
			go func() {
				_, _ = c.Write(make([]byte, 31))
				_ = c.Close()
				done <- struct{}{}
			}()
		}
		<-done
		<-done
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
