package faultproxy_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/faultproxy"
)

// messages are three LDAP messages of 5, 9 and 133 bytes, the last with a long-form length.
var messages = append([]byte{
	0x30, 3, 'a', 'b', 'c',
	0x30, 7, 'd', 'e', 'f', 'g', 'h', 'i', 'j',
	0x30, 0x81, 130}, make([]byte, 130)...)

// start runs a server that sends the messages byte by byte to whoever connects, and waits for the other side to close.
func start(t *testing.T, frame func([]byte) int) *faultproxy.Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for i := range messages {
					if _, err := c.Write(messages[i : i+1]); err != nil {
						return
					}
				}
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	p, err := faultproxy.Start(l.Addr().String(), frame)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestFault(t *testing.T) {
	half := func(n int) int { return n / 2 }
	butOne := func(n int) int { return n - 1 }
	for _, tt := range []struct {
		name   string
		frame  func([]byte) int
		fault  faultproxy.Fault
		want   int
		err    error
		reason string
	}{
		{"before the first", faultproxy.LDAP, faultproxy.Fault{}, 0, nil, "no message passes"},
		{"first boundary", faultproxy.LDAP, faultproxy.Fault{Messages: 1}, 5, nil, "one whole message"},
		{"last boundary", faultproxy.LDAP, faultproxy.Fault{Messages: 3}, 147, nil, "a cut after everything still cuts"},
		{"inside the first", faultproxy.LDAP, faultproxy.Fault{Inside: half}, 2, nil, "half of five bytes"},
		{"inside a long one", faultproxy.LDAP, faultproxy.Fault{Messages: 2, Inside: butOne}, 146, nil, "all but the last byte"},
		{"bytes", nil, faultproxy.Fault{Messages: 7}, 7, nil, "without a frame every byte is a message"},
		{"reset", faultproxy.LDAP, faultproxy.Fault{Messages: 1, How: faultproxy.Reset}, 5, syscall.ECONNRESET, "the client sees a reset"},
		{"stall", faultproxy.LDAP, faultproxy.Fault{Messages: 1, How: faultproxy.Stall}, 5, os.ErrDeadlineExceeded, "the connection stays open"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, tt.frame)
			p.Arm(tt.fault)
			c, err := net.Dial("tcp", p.Addr())
			if tt.err == syscall.ECONNRESET && errors.Is(err, tt.err) {
				<-p.Fired() // on a busy machine the reset overtakes even the end of Dial
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
			got, err := io.ReadAll(c)
			if tt.err != syscall.ECONNRESET || len(got) > 0 { // a reset may overtake the bytes before it
				if diff := cmp.Diff(messages[:tt.want], got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
				}
			}
			if !errors.Is(err, tt.err) {
				t.Errorf("the end: %v, want %v (%s)", err, tt.err, tt.reason)
			}
			<-p.Fired()
		})
	}
}

func TestRefuse(t *testing.T) {
	p := start(t, faultproxy.LDAP)
	p.Arm(faultproxy.Fault{Messages: 1, Refuse: true})
	for i, want := range []int{5, 0, 0} {
		c, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(c)
		c.Close()
		if len(got) != want {
			t.Errorf("connection %d: %d bytes, want %d", i, len(got), want)
		}
	}
	if p.Accepted() != 3 || p.Messages() != 1 {
		t.Errorf("accepted %d, messages %d; want 3, 1", p.Accepted(), p.Messages())
	}
	p.Refuse(false)
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, len(messages))); err != nil {
		t.Errorf("after Refuse(false): %v", err)
	}
	p.Drop()
	if n, _ := c.Read(make([]byte, 1)); n != 0 {
		t.Error("the connection lives on after Drop")
	}
}

func TestStallForAll(t *testing.T) {
	p := start(t, faultproxy.LDAP)
	p.Arm(faultproxy.Fault{How: faultproxy.Stall, Refuse: true})
	for i := range 2 {
		c, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if n, err := c.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d: %d bytes, %v; want silence", i, n, err)
		}
	}
}
