package ldapconn_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/faultproxy"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// deleted are the people of the cut tests who really are gone.
var deleted = map[int]bool{0: true, 31: true, 60: true, 61: true, 119: true}

func cutWorld(t *testing.T) (*slapdtest.Server, []refresh.ID) {
	t.Helper()
	people := slapdtest.People(120, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	for i := range deleted {
		must(t, s.Delete(s.PersonDN(people[i].UID)))
	}
	return s, idsOf(people)
}

// lies counts the answers that say a mailbox is gone that is there, or there that is gone.
func lies(got []refresh.Lookup) (n int) {
	for i, l := range got {
		if _, absent := l.Absence(); absent && !deleted[i] {
			n++
		}
		if _, there := l.Mailbox(); there && deleted[i] {
			n++
		}
	}
	return n
}

// TestCutEverywhere cuts the connection at every message boundary and inside every message that the server sends,
// from the bind to the last answer. Whatever happens, nobody who is there may be called gone.
func TestCutEverywhere(t *testing.T) {
	s, ids := cutWorld(t)
	p := proxy(t, s.Addr)
	c, err := through(t, p, s, slapdtest.Reader, 20*time.Second)
	must(t, err)
	opening := p.Messages()
	got, err := resolve(t.Context(), t, c, ids...)
	must(t, err, c.Close())
	if n := count(got); n != (tally{Found: 115, NotFound: 5}) {
		t.Fatalf("without a fault: %+v", n)
	}
	total := p.Messages()
	if total-opening < 118 { // 115 entries and 3 ends
		t.Fatalf("only %d messages in all, %d while opening", total, opening)
	}

	places := []struct {
		name   string
		inside func(int) int
	}{
		{"boundary", nil},
		{"first byte", func(int) int { return 1 }},
		{"within the head", func(int) int { return 6 }},
		{"half", func(n int) int { return n / 2 }},
		{"but one byte", func(n int) int { return n - 1 }},
	}
	type cut struct {
		message, k int
		refuse     bool
	}
	todo := make(chan cut)
	go func() {
		defer close(todo)
		for message := 0; message <= total; message++ {
			if testing.Short() && message%7 != 0 {
				continue
			}
			for k := range places {
				for _, refuse := range []bool{true, false} {
					if !refuse && k > 0 && message%4 != k-1 {
						continue // with new connections allowed, one place inside each message
					}
					todo <- cut{message, k, refuse}
				}
			}
		}
	}()
	var mu sync.Mutex
	var cuts, whole, answered, reopened int
	var slowest time.Duration
	one := func(p *faultproxy.Proxy, x cut) {
		place := places[x.k]
		p.Refuse(false)
		how := faultproxy.Close
		if (x.message+x.k)%2 == 0 {
			how = faultproxy.Reset
		}
		p.Arm(faultproxy.Fault{Messages: x.message, Inside: place.inside, How: how, Refuse: x.refuse})
		accepted, start := p.Accepted(), time.Now()
		c, err := through(t, p, s, slapdtest.Reader, 20*time.Second)
		var got []refresh.Lookup
		if err == nil {
			got, err = resolve(t.Context(), t, c, ids...)
			_ = c.Close()
		}
		took := time.Since(start)
		mu.Lock()
		defer mu.Unlock()
		if got == nil {
			if x.message > opening {
				t.Errorf("message %d, %s: Open failed after it was through: %v", x.message, place.name, err)
			}
			cuts++
			return
		}
		slowest = max(slowest, took)
		select {
		case <-p.Fired():
			cuts++
		default: // an inside of the message after the last one
		}
		if n := lies(got); n > 0 {
			t.Errorf("message %d, %s, refuse %v: %d false answers", x.message, place.name, x.refuse, n)
		}
		if took > 20*time.Second {
			t.Errorf("message %d, %s, refuse %v: %v", x.message, place.name, x.refuse, took)
		}
		n := count(got)
		if n.Failed == 0 {
			whole++
		}
		if !x.refuse && x.message > opening && n.Failed > 0 {
			t.Errorf("message %d, %s: with a new connection allowed %d look-ups failed: %v", x.message, place.name, n.Failed, err)
		}
		answered += n.Found + n.NotFound
		reopened += p.Accepted() - accepted - 1
	}
	var wg sync.WaitGroup
	for range 16 { // most of the time is waiting before a connection is made anew
		p := proxy(t, s.Addr)
		wg.Go(func() {
			for x := range todo {
				one(p, x)
			}
		})
	}
	wg.Wait()
	t.Logf("%d cuts over %d messages: 0 false answers; %d runs complete all the same, %d answers in all, %d connections made anew, slowest run %v", cuts, total, whole, answered, reopened, slowest)
}

// TestCutTLS does the same inside TLS, where boundaries are not to be seen: a cut every few hundred bytes.
func TestCutTLS(t *testing.T) {
	s, ids := cutWorld(t)
	p, err := faultproxy.Start(s.TLSAddr, nil)
	must(t, err)
	t.Cleanup(func() { p.Close() })
	cfg := config(s, slapdtest.Reader)
	cfg.Server = p.Addr()
	cuts := 0
	for at := 0; ; at += 701 {
		p.Refuse(false)
		p.Arm(faultproxy.Fault{Messages: at, Refuse: at%2 == 0})
		c, err := ldapconn.Open(t.Context(), cfg, nil)
		if err != nil {
			cuts++
			continue
		}
		got, _ := resolve(t.Context(), t, c, ids...)
		_ = c.Close()
		if n := lies(got); n > 0 {
			t.Errorf("cut after %d bytes: %d false answers", at, n)
		}
		select {
		case <-p.Fired():
			cuts++
			continue
		default:
		}
		break
	}
	if cuts < 40 {
		t.Errorf("only %d cuts", cuts)
	}
}

// TestStall: the server falls silent in the middle of an answer, with and without a context that ends.
func TestStall(t *testing.T) {
	s, ids := cutWorld(t)
	p := proxy(t, s.Addr)
	c, err := through(t, p, s, slapdtest.Reader, 2*time.Second)
	must(t, err)
	p.Arm(faultproxy.Fault{Messages: 40, How: faultproxy.Stall})
	start := time.Now()
	got, err := resolve(t.Context(), t, c, ids...)
	must(t, err)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the timeout of 2 s ended it after %v", took)
	}
	if n := count(got); lies(got) > 0 || n.Failed == 0 {
		t.Errorf("after the timeout: %+v, %d false", n, lies(got))
	}

	c, err = through(t, p, s, slapdtest.Reader, time.Minute)
	must(t, err)
	within(t, 100*time.Millisecond, func() time.Duration {
		p.Arm(faultproxy.Fault{Messages: 40, How: faultproxy.Stall})
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		why := errors.New("stop")
		var ended time.Time
		go func() {
			<-p.Fired()
			time.Sleep(20 * time.Millisecond)
			ended = time.Now()
			cancel(why)
		}()
		got, err = resolve(ctx, t, c, ids...)
		if !errors.Is(err, why) || lies(got) > 0 {
			t.Errorf("err %v, want the context's cause; %d false answers", err, lies(got))
		}
		return time.Since(ended)
	})
	// The connector is not harmed: the next call makes a new connection.
	got, err = resolve(t.Context(), t, c, ids...)
	if n := count(got); err != nil || n != (tally{Found: 115, NotFound: 5}) {
		t.Errorf("afterwards: %v, %+v", err, n)
	}
}

// TestCloseEndsCalls: Close ends what is in progress, and leaves no goroutine.
func TestCloseEndsCalls(t *testing.T) {
	s, ids := cutWorld(t)
	p := proxy(t, s.Addr)
	before := runtime.NumGoroutine()
	c, err := through(t, p, s, slapdtest.Reader, time.Minute)
	must(t, err)
	p.Arm(faultproxy.Fault{Messages: 10, How: faultproxy.Stall})
	go func() {
		<-p.Fired()
		_ = c.Close()
	}()
	start := time.Now()
	got, err := resolve(t.Context(), t, c, ids...)
	if took := time.Since(start); took > 10*time.Second || lies(got) > 0 || count(got).Found == 115 {
		t.Errorf("%v after %v, %+v", err, took, count(got))
	}
	settleGoroutines(t, before)
}

// TestNoGoroutineLeft: calls leave nothing behind that was not there after Open.
func TestNoGoroutineLeft(t *testing.T) {
	s, ids := cutWorld(t)
	start := runtime.NumGoroutine()
	c, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: s.TLSAddr, TLS: &tls.Config{RootCAs: s.Roots}, User: s.DN(slapdtest.Reader), Password: slapdtest.Password}, nil)
	must(t, err)
	opened := runtime.NumGoroutine()
	for range 3 {
		_, err := resolve(t.Context(), t, c, ids...)
		must(t, err)
		_, err = c.Inspect(t.Context())
		must(t, err)
		must(t, c.Find(t.Context(), []refresh.Address{"user000001@source.example"}, func(int, refresh.Finding) {}))
		for range c.List(t.Context()) {
			break
		}
	}
	settleGoroutines(t, opened)
	must(t, c.Close())
	settleGoroutines(t, start)
}

func settleGoroutines(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 64<<10)
			t.Errorf("%d goroutines, want %d:\n%s", runtime.NumGoroutine(), want, buf[:runtime.Stack(buf, true)])
			return
		}
	}
}

// TestConcurrentCalls: calls at the same time have a connection each, and an ended one does not harm the others.
func TestConcurrentCalls(t *testing.T) {
	s, ids := cutWorld(t)
	c := open(t, config(s, slapdtest.Reader), nil)
	errs := make(chan error, 12)
	for k := range cap(errs) {
		go func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if k%3 == 0 {
				time.AfterFunc(time.Millisecond, cancel)
			}
			var found, absent int
			err := c.Resolve(ctx, ids, func(_ int, l refresh.Lookup) {
				if _, ok := l.Mailbox(); ok {
					found++
				} else if _, ok := l.Absence(); ok {
					absent++
				}
			})
			if k%3 == 0 && err != nil {
				err = nil
			} else if err == nil && (found != 115 || absent != 5) {
				err = net.ErrClosed
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
