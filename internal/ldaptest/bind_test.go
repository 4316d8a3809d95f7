package ldaptest_test

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func TestTransports(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna")}})
	d := f.DCs[0]
	for _, tt := range []struct {
		name string
		dial func() (*ldap.Conn, error)
	}{
		{"plain", func() (*ldap.Conn, error) { return ldap.DialURL("ldap://" + d.Addr) }},
		{"StartTLS", func() (*ldap.Conn, error) {
			c, err := ldap.DialURL("ldap://" + d.Addr)
			if err == nil {
				err = c.StartTLS(clientTLS(f))
			}
			return c, err
		}},
		{"LDAPS", func() (*ldap.Conn, error) {
			return ldap.DialURL("ldaps://"+d.TLSAddr, ldap.DialWithTLSConfig(clientTLS(f)))
		}},
		{"LDAPS by address", func() (*ldap.Conn, error) {
			return ldap.DialURL("ldaps://"+d.TLSAddr, ldap.DialWithTLSConfig(&tls.Config{RootCAs: f.Roots}))
		}},
		{"catalog", func() (*ldap.Conn, error) { return ldap.DialURL("ldap://" + d.CatalogAddr) }},
		{"catalog over TLS", func() (*ldap.Conn, error) {
			return ldap.DialURL("ldaps://"+d.CatalogTLSAddr, ldap.DialWithTLSConfig(clientTLS(f)))
		}},
	} {
		c, err := tt.dial()
		must(t, err, c.Bind(f.UPN(ldaptest.Reader), ldaptest.Password))
		if n := names(find(t, c, f.Suffix(), "(mail=anna@source.example)")); n != "anna" {
			t.Errorf("%s: found %q", tt.name, n)
		}
		must(t, c.Close())
	}
	if _, err := ldap.DialURL("ldaps://" + d.TLSAddr); err == nil {
		t.Error("a client that does not trust the certificate connected")
	}
	c := got[*ldap.Conn](t)(ldap.DialURL("ldap://" + d.Addr))
	defer c.Close()
	must(t, c.StartTLS(clientTLS(f)))
	if err := c.StartTLS(clientTLS(f)); err == nil {
		t.Error("TLS started twice")
	}
}

func TestBind(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	must(t, f.AddAccount("off", "p", ldaptest.Rights{}), f.AddAccount("locked", "p", ldaptest.Rights{}))
	f.SetState("off", ldaptest.Disabled)
	f.SetState("locked", ldaptest.Locked)
	for _, tt := range []struct {
		name, user, password string
		want                 ldaptest.Code
		text                 string
		reason               string
	}{
		{"DN", f.DN(ldaptest.Reader), ldaptest.Password, 0, "", "the standard way"},
		{"DN in capitals", strings.ToUpper(f.DN(ldaptest.Reader)), ldaptest.Password, 0, "", "DNs compare without case"},
		{"UPN", f.UPN(ldaptest.Reader), ldaptest.Password, 0, "", "Active Directory's own"},
		{"down-level", f.DownLevel(ldaptest.Reader), ldaptest.Password, 0, "", "DOMAIN\\user"},
		{"wrong password", f.UPN(ldaptest.Reader), "wrong", 49, "data 52e", "the reason is in the text"},
		{"nobody", "nobody@source.example", "x", 49, "data 525", "as Active Directory tells"},
		{"disabled", f.UPN("off"), "p", 49, "data 533", ""},
		{"locked", f.UPN("locked"), "p", 49, "data 775", ""},
	} {
		err := dial(t, f, f.DCs[0].TLSAddr).Bind(tt.user, tt.password)
		if code(err) != tt.want || tt.text != "" && !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v, want code %d with %q (%s)", tt.name, err, tt.want, tt.text, tt.reason)
		}
	}
	if n := f.Counts(); n.Refused != 4 || n.Ops[ldaptest.Bind] != 8 {
		t.Errorf("counted %d binds, %d refused; want 8, 4", n.Ops[ldaptest.Bind], n.Refused)
	}
}

func TestAnonymous(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	c := dial(t, f, f.DCs[0].TLSAddr)
	must(t, c.UnauthenticatedBind(f.UPN(ldaptest.Reader))) // succeeds, and is nobody
	if _, err := c.Search(request("", ldap.ScopeBaseObject, "(objectClass=*)")); err != nil {
		t.Errorf("the root DSE as nobody: %v", err)
	}
	if _, err := c.Search(request(f.Suffix(), ldap.ScopeWholeSubtree, "(objectClass=*)")); code(err) != ldaptest.OperationsError {
		t.Errorf("a search as nobody: %v, want code 1", err)
	}
	must(t, c.Bind(f.UPN(ldaptest.Reader), ldaptest.Password))
	find(t, c, f.Suffix(), "(objectClass=domain)")
	if err := c.Bind(f.UPN(ldaptest.Reader), "wrong"); code(err) != 49 {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := c.Search(request(f.Suffix(), ldap.ScopeWholeSubtree, "(objectClass=*)")); code(err) != ldaptest.OperationsError {
		t.Errorf("a failed bind leaves the connection as nobody's: %v, want code 1", err)
	}
}

func TestRequireTLS(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{RequireTLS: true})
	c := got[*ldap.Conn](t)(ldap.DialURL("ldap://" + f.DCs[0].Addr))
	defer c.Close()
	if err := c.Bind(f.UPN(ldaptest.Reader), ldaptest.Password); code(err) != ldaptest.StrongerAuthRequired {
		t.Errorf("in clear text: %v, want code 8", err)
	}
	must(t, c.StartTLS(clientTLS(f)), c.Bind(f.UPN(ldaptest.Reader), ldaptest.Password))
}

func TestPasswordChange(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	c, other := reader(t, f), bind(t, f, f.DCs[0].TLSAddr, ldaptest.Bulk)
	f.SetPassword(ldaptest.Reader, "new", false)
	find(t, c, f.Suffix(), "(objectClass=domain)") // stays
	if err := dial(t, f, f.DCs[0].TLSAddr).Bind(f.UPN(ldaptest.Reader), ldaptest.Password); code(err) != 49 {
		t.Errorf("the old password: %v, want code 49", err)
	}
	f.SetPassword(ldaptest.Reader, "newer", true)
	if _, err := c.Search(request(f.Suffix(), 2, "(objectClass=domain)")); err == nil {
		t.Error("the connection stayed although it was to be dropped")
	}
	find(t, other, f.Suffix(), "(objectClass=domain)") // somebody else's stays
}

func TestWhoAmI(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	if who := got[*ldap.WhoAmIResult](t)(reader(t, f).WhoAmI(nil)); who.AuthzID != `u:SOURCE\reader` {
		t.Errorf("who am I: %q", who.AuthzID)
	}
}

func TestExternal(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	cfg := clientTLS(f)
	cfg.Certificates = []tls.Certificate{got[tls.Certificate](t)(f.ClientCertificate(ldaptest.Bulk))}
	c := got[*ldap.Conn](t)(ldap.DialURL("ldaps://"+f.DCs[0].TLSAddr, ldap.DialWithTLSConfig(cfg)))
	defer c.Close()
	must(t, c.ExternalBind())
	if who := got[*ldap.WhoAmIResult](t)(c.WhoAmI(nil)); who.AuthzID != `u:SOURCE\bulk` {
		t.Errorf("who am I: %q", who.AuthzID)
	}
	if err := dial(t, f, f.DCs[0].TLSAddr).ExternalBind(); code(err) != 49 {
		t.Errorf("without a certificate: %v, want code 49", err)
	}
}

// exchange is a mechanism of two steps.
type exchange struct{ step int }

func (e *exchange) Step(token []byte) ([]byte, ldaptest.Account, bool, error) {
	e.step++
	switch {
	case e.step == 1 && string(token) == "hello":
		return []byte("who?"), "", false, nil
	case e.step == 2 && string(token) == "reader":
		return nil, ldaptest.Reader, true, nil
	}
	return nil, "", false, errors.New("no")
}

func TestMechanism(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{Mechanisms: map[string]func() ldaptest.Mechanism{"TWO-STEP": func() ldaptest.Mechanism { return &exchange{} }}})
	for _, tt := range []struct {
		mechanism string
		tokens    []string
		want      []int64
	}{
		{"TWO-STEP", []string{"hello", "reader"}, []int64{14, 0}},
		{"TWO-STEP", []string{"hello", "liar"}, []int64{14, 49}},
		{"OTHER", []string{"hello"}, []int64{7}},
	} {
		conn := got[net.Conn](t)(net.Dial("tcp", f.DCs[0].Addr))
		for i, token := range tt.tokens {
			auth := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
			auth.AppendChild(text(tt.mechanism))
			auth.AppendChild(text(token))
			op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationBindRequest, nil, "")
			op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 3, ""))
			op.AppendChild(text(""))
			op.AppendChild(auth)
			_, err := conn.Write(message(int64(i+1), op))
			must(t, err)
			res := got[*ber.Packet](t)(ber.ReadPacket(conn))
			if c := res.Children[1].Children[0].Value.(int64); c != tt.want[i] {
				t.Errorf("%s, step %d: code %d, want %d", tt.mechanism, i, c, tt.want[i])
			}
		}
		conn.Close()
	}
}

func message(id int64, op *ber.Packet) []byte {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	return p.Bytes()
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}
