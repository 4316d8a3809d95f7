package imapconn_test

import (
	"crypto/tls"
	"net"
	"sync/atomic"
	"testing"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

// TestResolveGivesUp: a server that ends each connection is not asked for each of many accounts.
func TestResolveGivesUp(t *testing.T) {
	var calls atomic.Int32
	addr, _ := scripted(t, func(net.Conn) { calls.Add(1) })
	ids := make([]refresh.ID, 60)
	for i := range ids {
		ids[i] = never()
	}
	n := 0
	c, err := imapconn.New(imapconn.Config{Server: addr, TLS: clientTLS()}, &imapconn.Options{InFlight: 2, Rename: func(old refresh.Address) []imapconn.Candidate {
		n++
		return []imapconn.Candidate{{Login: string(old), Password: "p"}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	stored := map[refresh.ID]refresh.Mailbox{}
	for i, id := range ids {
		stored[id] = refresh.Mailbox{ID: id, Primary: refresh.Address(string(rune('a'+i%26)) + string(rune('a'+i/26)) + "@old.example")}
	}
	ctx := refresh.WithStored(t.Context(), func(id refresh.ID) (refresh.Mailbox, bool) { return stored[id], true })
	err = c.Resolve(ctx, ids, func(i int, l refresh.Lookup) { t.Errorf("%d: %v", i, l.Err()) })
	if err == nil {
		t.Error("no error")
	}
	quiet(t, err)
	if got := calls.Load(); n != len(ids) || got > 8 {
		t.Errorf("%d connections for %d accounts", got, n)
	}
}

// TestOldTLS: TLS 1.1 is no encryption any more.
func TestOldTLS(t *testing.T) {
	addr, _ := scripted(t, func(c net.Conn) {
		old := serverTLS()
		old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		x := tls.Server(c, old)
		if x.Handshake() == nil {
			t.Error("TLS 1.1 is spoken")
		}
	})
	c, err := imapconn.New(imapconn.Config{Server: addr, TLS: clientTLS(), Accounts: imapconn.ListOf(imapconn.Account{Login: "a", Password: "p"})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := probes(t, c)[0]; p.State != imapconn.Down {
		t.Errorf("%s: %v", p.State, p.Err)
	}
}
