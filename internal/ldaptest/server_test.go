package ldaptest_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func TestNothingIsWritten(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna")}})
	c := bind(t, f, f.DCs[0].TLSAddr, ldaptest.Admin)
	dn := f.EntryDN(f.IDs()[0])
	mod := ldap.NewModifyRequest(dn, nil)
	mod.Replace("mail", []string{"x@y.example"})
	_, pw := c.PasswordModify(ldap.NewPasswordModifyRequest(dn, "", "x"))
	for name, err := range map[string]error{
		"add":             c.Add(ldap.NewAddRequest("CN=x,"+dn, nil)),
		"modify":          c.Modify(mod),
		"modify DN":       c.ModifyDN(ldap.NewModifyDNRequest(dn, "CN=x", true, "")),
		"delete":          c.Del(ldap.NewDelRequest(dn, nil)),
		"password modify": pw,
	} {
		if code(err) != ldaptest.UnwillingToPerform {
			t.Errorf("%s: %v, want code 53", name, err)
		}
	}
	if n := f.Counts().Writes(); n != 5 {
		t.Errorf("counted %d attempts to write, want 5", n)
	}
	if e := find(t, c, f.Suffix(), "(cn=anna)")[0]; e.GetAttributeValue("mail") != "anna@source.example" {
		t.Errorf("it was written: %s", e.GetAttributeValue("mail"))
	}
}

func TestRecord(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{Record: true, People: []ldaptest.Person{person("anna")}})
	c := reader(t, f)
	f.ForgetRequests()
	req := request(f.Suffix(), ldap.ScopeWholeSubtree, `(|(mail=a\2a\28@x)(!(cn=b*c*d))(&(sn>=1)(x:1.2.3:=4)(y=*)))`, "mail", "cn")
	req.Controls, req.SizeLimit, req.TimeLimit = []ldap.Control{control{oid: showDeleted, raw: 0x01}}, 500, 7
	_, err := c.Search(req)
	must(t, err)
	rs := f.Requests()
	if len(rs) != 1 {
		t.Fatalf("%d requests, want 1", len(rs))
	}
	r := rs[0]
	want := `search reader true false DC=source,DC=example 2 500 7 [mail cn] (|(mail=a\2a\28@x)(!(cn=b*c*d))(&(sn>=1)(x:1.2.3:=4)(y=*))) 5 1`
	ctl, _ := r.Control(showDeleted)
	if got := fmt.Sprint(r.Op, " ", r.Account, r.TLS, r.Catalog, r.Base, r.Scope, r.SizeLimit, r.TimeLimit, r.Attributes, r.Filter(), r.Clauses(), ctl.Raw); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("recorded\n%s\nwant\n%s", got, want)
	}
}

func TestStop(t *testing.T) {
	before := runtime.NumGoroutine()
	f := got[*ldaptest.Forest](t)(ldaptest.Start(ldaptest.Config{Domains: []ldaptest.Domain{{Name: "a.example", Controllers: 2, People: ldaptest.People(100, "a.example")}}, Latency: 20 * time.Millisecond}))
	var addrs []string
	for _, d := range f.DCs {
		addrs = append(addrs, d.Addr, d.TLSAddr, d.CatalogAddr, d.CatalogTLSAddr)
	}
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Nth: 2, Do: ldaptest.Hang})
	var conns []*ldap.Conn
	for range 5 {
		c, err := ldap.DialURL("ldaps://"+addrs[1], ldap.DialWithTLSConfig(clientTLS(f)))
		must(t, err, c.Bind(f.UPN(ldaptest.Reader), ldaptest.Password))
		conns = append(conns, c)
		go func() { _, _ = c.Search(request(f.Suffix(), 2, "(mail=*)")) }()
	}
	raw := got[net.Conn](t)(net.Dial("tcp", addrs[1])) // never says a word
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	must(t, f.Stop(), f.Stop())
	if took := time.Since(start); took > time.Second {
		t.Errorf("Stop took %v", took)
	}
	raw.Close()
	for _, c := range conns {
		c.Close()
	}
	for _, a := range addrs {
		if c, err := net.Dial("tcp", a); err == nil {
			c.Close()
			t.Errorf("%s still answers", a)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
}

func TestOutage(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	d := f.DCs[0]
	addr := d.TLSAddr
	c := reader(t, f)
	must(t, d.Down())
	if _, err := c.Search(request("", 0, "(objectClass=*)")); err == nil {
		t.Error("a connection survived the outage")
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("the port answers in the outage")
	}
	must(t, d.Up(), d.Up())
	find(t, reader(t, f), f.Suffix(), "(objectClass=domain)")
	if d.TLSAddr != addr {
		t.Errorf("it moved from %s to %s", addr, d.TLSAddr)
	}
	c = reader(t, f)
	d.Drop()
	if _, err := c.Search(request("", 0, "(objectClass=*)")); err == nil {
		t.Error("a dropped connection works")
	}
	find(t, reader(t, f), f.Suffix(), "(objectClass=domain)")
}

func TestLatency(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(1000, "source.example")})
	c := reader(t, f)
	timed := func(do func()) time.Duration { start := time.Now(); do(); return time.Since(start) }
	const delay = 60 * time.Millisecond
	plain := timed(func() { find(t, c, f.Suffix(), "(mail=*)") })
	f.SetLatency(delay)
	if d := timed(func() { find(t, c, f.Suffix(), "(mail=user000001@source.example)") }); d < delay {
		t.Errorf("one round trip took %v, want at least %v", d, delay)
	}
	// Many at a time, and much at a time, are delayed once.
	many := timed(func() {
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() { find(t, c, f.Suffix(), fmt.Sprintf("(mail=user%06d@source.example)", i), "mail") })
		}
		wg.Wait()
	})
	if many > 10*delay {
		t.Errorf("fifty searches at a time took %v", many)
	}
	if d := timed(func() { find(t, c, f.Suffix(), "(mail=*)") }); d > 5*plain+10*delay {
		t.Errorf("a large answer took %v, without latency %v", d, plain)
	}
	f.SetLatency(0)
	find(t, c, f.Suffix(), "(mail=user000001@source.example)")
}

func TestLoad(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	d := f.DCs[0]
	c := reader(t, f)
	d.SetLoad(20*time.Millisecond, 2)
	d.ResetCounts()
	start := time.Now()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { find(t, c, f.Suffix(), "(objectClass=domain)") })
	}
	wg.Wait()
	if took := time.Since(start); took < 80*time.Millisecond {
		t.Errorf("eight searches of 20 ms, two at a time, took %v", took)
	}
	if n := d.Counts(); n.Searches() != 8 || n.MaxSearches < 4 || n.Open != 1 {
		t.Errorf("counted %d searches, %d at a time, %d connections open", n.Searches(), n.MaxSearches, n.Open)
	}
}

func TestAbandon(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(100, "source.example")})
	f.SetFaults(ldaptest.Fault{Op: ldaptest.Search, Nth: 1, Do: ldaptest.Drip, N: 20_000})
	conn := got[net.Conn](t)(net.Dial("tcp", f.DCs[0].Addr))
	defer conn.Close()
	c := ldap.NewConn(conn, false)
	c.Start()
	defer c.Close()
	must(t, c.Bind(f.UPN(ldaptest.Reader), ldaptest.Password))
	ctx, cancel := context.WithCancel(t.Context())
	res := c.SearchAsync(ctx, request(f.Suffix(), 2, "(mail=*)"), 0)
	res.Next()
	cancel()
	for res.Next() {
	}
	// go-ldap abandons when the context ends; what is left of the answer does not hold up the next one for long.
	op := ber.NewInteger(ber.ClassApplication, ber.TypePrimitive, ldap.ApplicationAbandonRequest, 2, "")
	_, err := conn.Write(message(99, op))
	must(t, err)
	for range 200 {
		if f.Counts().Ops[ldaptest.Abandon] > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	f.SetFaults()
	start := time.Now()
	find(t, c, f.Suffix(), "(mail=user000001@source.example)", "mail")
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the search after an abandoned one took %v", took)
	}
	before := f.Counts().Entries
	time.Sleep(300 * time.Millisecond)
	if n := f.Counts().Entries - before; n > 1 {
		t.Errorf("%d more entries were sent although the search was abandoned", n)
	}
}

func TestTooLarge(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{MaxRequest: 1000})
	c := reader(t, f)
	_, err := c.Search(request(f.Suffix(), 2, "(cn="+strings.Repeat("x", 1000)+")"))
	if c := code(err); c != -1 && c < 200 {
		t.Errorf("a request that is too large: %v, want a closed connection", err)
	}
}
