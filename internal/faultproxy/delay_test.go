package faultproxy_test

import (
	"bytes"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/faultproxy"
)

// echo runs a server that sends back what it gets, behind a proxy, and connects to it.
func echo(t *testing.T, roundTrip time.Duration) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.Copy(c, c)
	}()
	p, err := faultproxy.Start(l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	p.Delay(roundTrip)
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

func TestDelay(t *testing.T) {
	const roundTrip = 40 * time.Millisecond
	c := echo(t, roundTrip)
	start := time.Now()
	for i := range 3 {
		b := []byte{byte(i)}
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, b); err != nil || b[0] != byte(i) {
			t.Fatalf("read %v, %v; want %d", b, err, i)
		}
	}
	if took := time.Since(start); took < 3*roundTrip {
		t.Errorf("three questions, one after the other, took %v, less than %v", took, 3*roundTrip)
	}
}

// TestDelayCostsNoThroughput sends more than could be sent if only one piece at a time were on its way: 4 MiB in pieces
// of 64 KiB would take 64 round trips.
func TestDelayCostsNoThroughput(t *testing.T) {
	const roundTrip = 200 * time.Millisecond
	c := echo(t, roundTrip)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 4<<20/16)
	start := time.Now()
	go func() { _, _ = c.Write(sent) }()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if !bytes.Equal(sent, got) {
		t.Error("what came back is not what was sent")
	}
	if took < roundTrip || took > 20*roundTrip {
		t.Errorf("it took %v, want one round trip of %v and little more", took, roundTrip)
	}
}

// TestDelayedFault holds that a fault strikes at the same byte with a delay as without, and after what passed arrived.
func TestDelayedFault(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fault  faultproxy.Fault
		want   int
		reason string
	}{
		{"cut", faultproxy.Fault{Messages: 2}, 14, "two whole messages arrive before the end"},
		{"cut inside", faultproxy.Fault{Messages: 1, Inside: func(int) int { return 4 }}, 9, "and four bytes of the second"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, faultproxy.LDAP)
			p.Delay(60 * time.Millisecond)
			p.Arm(tt.fault)
			begin := time.Now()
			c, err := net.Dial("tcp", p.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
			got, err := io.ReadAll(c)
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(messages[:tt.want], got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
			if took := time.Since(begin); took < 30*time.Millisecond {
				t.Errorf("it arrived after %v, want at least half a round trip of 60 ms", took)
			}
		})
	}
}

// TestDelayIsExact holds that round trips need not be much longer than asked for, so that a measurement means what it says.
func TestDelayIsExact(t *testing.T) {
	const roundTrip = 5 * time.Millisecond
	c := echo(t, roundTrip)
	var took []time.Duration
	for range 40 {
		start := time.Now()
		if _, err := c.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	if best := slices.Min(took); best < roundTrip || best > roundTrip+roundTrip/2 {
		t.Errorf("the best of %d round trips took %v, want %v or a little more", len(took), best, roundTrip)
	}
}
