package ldapconn_test

import (
	"cmp"
	"context"
	"encoding/binary"
	"net"
	"sync/atomic"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/faultproxy"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/internal/sambatest"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// The worlds differ in how it goes on after a connection was cut: the server binds nobody, or its name leads to another
// directory, or to a server with another certificate. None of that is worth another try, so the many cuts take little time.

// cut opens a connection that breaks after n more pieces, from whichever server, and then nobody binds any more.
func (h *hands) cut(n int) (refresh.Connector, error) {
	h.f.SetFaults()
	c, err := connect(h.t, h.config("cut"), nil)
	last := int64(n * max(1, h.piece))
	var sent atomic.Int64
	h.f.SetFaults(
		ldaptest.Fault{Op: ldaptest.Message, Account: "cut", Times: 1 << 30, Do: ldaptest.Cut, When: func(ldaptest.Request) bool { return sent.Add(1) > last }},
		h.refuse(func(ldaptest.Request) bool { return sent.Load() > last }),
	)
	return c, err
}

// refuse is a server that is up and takes nobody: nothing says that it will soon.
func (h *hands) refuse(when func(ldaptest.Request) bool) ldaptest.Fault {
	return ldaptest.Fault{Op: ldaptest.Bind, When: when, Times: 1 << 30, Do: ldaptest.Refuse, Code: cmp.Or(h.code, ldaptest.UnwillingToPerform)}
}

// outage breaks every connection and lets nobody in. (Closed ports, after which a connector waits and tries again each time
// that it is called, are the outage of the real servers.)
func (h *hands) outage() error {
	h.f.SetFaults(h.refuse(nil))
	for _, dc := range h.f.DCs {
		dc.Drop()
	}
	return nil
}

func (h *hands) stall() (refresh.Connector, error) {
	h.f.SetFaults()
	c, err := connect(h.t, h.config("stall"), nil)
	h.f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Account: "stall", Times: 1 << 30, Do: ldaptest.Stall})
	return c, err
}

// takenOver opens a connector whose server is reached through the proxy and, once a fault of the proxy has struck, at another
// address: that of another directory, which no answer may come from.
func takenOver(t *testing.T, p *faultproxy.Proxy, by string, cfg ldapconn.Config, opts ldapconn.Options) (refresh.Connector, error) {
	opts.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		to := p.Addr()
		select {
		case <-p.Fired():
			to = by
		default:
		}
		return new(net.Dialer).DialContext(ctx, network, to)
	}
	return connect(t, cfg, &opts)
}

// faulty opens a connection of its own proxy, on which the fault is armed once it is open. It is in clear text, so that the
// cuts are at messages. A new connection reaches an empty directory that has the same name and knows the same reader.
func (h *slapd) faulty(f faultproxy.Fault) (refresh.Connector, error) {
	if h.other == nil {
		h.other = ldaptest.Run(h.t, ldaptest.Config{System: ldaptest.OpenLDAP})
	}
	p := proxy(h.t, h.s.Addr)
	cfg := ldapconn.Config{Server: p.Addr(), User: h.s.DN(slapdtest.Reader), Password: slapdtest.Password}
	c, err := takenOver(h.t, p, h.other.DCs[0].Addr, cfg, ldapconn.Options{InsecureClearText: true})
	if err == nil {
		p.Arm(f)
	}
	return c, err
}

// cut breaks the connection after n/2 records, at their end or in the middle of the next one.
func (h *samba) cut(n int) (refresh.Connector, error) {
	f := faultproxy.Fault{Messages: n / 2}
	if n%2 == 1 {
		f.Inside = func(length int) int { return length / 2 }
	}
	return h.faulty(f)
}

// faulty opens a connection of its own proxy, on which the fault is armed once it is open. A new connection reaches a
// server with a certificate that nobody trusts.
func (h *samba) faulty(f faultproxy.Fault) (refresh.Connector, error) {
	if h.other == nil {
		h.other = ldaptest.Run(h.t, ldaptest.Config{})
	}
	p := frontOf(h.t, h.s.TLSAddr)
	c, err := takenOver(h.t, p, h.other.DCs[0].TLSAddr, h.config(sambatest.Reader, p.Addr()), ldapconn.Options{})
	if err == nil {
		p.Arm(f)
	}
	return c, err
}

// frontOf is a proxy whose messages are the records of TLS.
func frontOf(t *testing.T, addr string) *faultproxy.Proxy {
	t.Helper()
	p, err := faultproxy.Start(addr, records)
	must(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

// records frames the records of TLS (RFC 8446 section 5.1).
func records(b []byte) int {
	const header = 5
	if len(b) < header || len(b) < header+int(binary.BigEndian.Uint16(b[3:])) {
		return 0
	}
	return header + int(binary.BigEndian.Uint16(b[3:]))
}
