package ldapconn_test

import (
	"bufio"
	"encoding/hex"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/connector/ldapconn"
)

// fake is a directory in memory that speaks as much LDAP as the connector asks for, and that can be made to break the
// protocol in ways that no real server offers.
type fake struct {
	entries []object
	// answer, when set, may change the messages that answer the n-th search of the whole tree, from 0. After a nil
	// message the connection is closed; an empty one is a pause.
	answer func(n int, id int64, filter string, messages [][]byte) [][]byte

	searches atomic.Int64
	accepted atomic.Int64
	addr     string
}

// object is an entry: its DN and its attributes.
type object struct {
	dn    string
	attrs map[string][]string
}

const base = "dc=source,dc=example"

// openLDAPRoot is the beginning of a directory that looks like OpenLDAP.
func openLDAPRoot() []object {
	return []object{
		{"", map[string][]string{"structuralObjectClass": {"OpenLDAProotDSE"}, "namingContexts": {base}}},
		{base, map[string][]string{"entryUUID": {"99999999-9999-4999-8999-999999999999"}}},
	}
}

func (f *fake) start(t testing.TB) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = l.Addr().String()
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.accepted.Add(1)
			go f.serve(c)
		}
	}()
	return f
}

func (f *fake) open(t testing.TB, timeout time.Duration) *ldapconn.Connector {
	t.Helper()
	return open(t, ldapconn.Config{Server: f.addr, User: "reader", Password: "p"}, &ldapconn.Options{InsecureClearText: true, Timeout: timeout})
}

func (f *fake) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		p, err := ber.ReadPacket(r)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id := p.Children[0].Value.(int64)
		var out [][]byte
		switch op := p.Children[1]; op.Tag {
		case ldap.ApplicationBindRequest:
			out = [][]byte{result(id, ldap.ApplicationBindResponse, 0)}
		case ldap.ApplicationSearchRequest:
			out = f.search(id, op)
		default:
			return
		}
		for _, m := range out {
			switch {
			case m == nil:
				return
			case len(m) == 0:
				time.Sleep(30 * time.Millisecond)
			}
			if _, err := c.Write(m); err != nil {
				return
			}
		}
	}
}

func (f *fake) search(id int64, op *ber.Packet) [][]byte {
	dn, _ := op.Children[0].Value.(string)
	scope, _ := op.Children[1].Value.(int64)
	filter, err := ldap.DecompileFilter(op.Children[6])
	if err != nil {
		return [][]byte{result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultProtocolError)}
	}
	asked := clauses(filter)
	var out [][]byte
	for _, e := range f.entries {
		switch scope {
		case ldap.ScopeBaseObject:
			if !strings.EqualFold(e.dn, dn) {
				continue
			}
		case ldap.ScopeSingleLevel:
			if _, parent, ok := strings.Cut(e.dn, ","); !ok || !strings.EqualFold(parent, dn) {
				continue
			}
		default:
			if e.dn == "" || !strings.HasSuffix(strings.ToLower(e.dn), strings.ToLower(dn)) || !e.holds(asked) {
				continue
			}
		}
		out = append(out, entry(id, e))
	}
	code := 0
	if scope == ldap.ScopeBaseObject && len(out) == 0 {
		code = ldap.LDAPResultNoSuchObject
	}
	out = append(out, result(id, ldap.ApplicationSearchResultDone, code))
	if f.answer != nil && scope == ldap.ScopeWholeSubtree {
		out = f.answer(int(f.searches.Add(1))-1, id, filter, out)
	}
	return out
}

var pause = []byte{}

var (
	clause  = regexp.MustCompile(`\(([A-Za-z0-9-]+)=([^()]*)\)`)
	escaped = regexp.MustCompile(`\\[0-9a-f]{2}`)
)

// clauses returns the equality clauses of a filter as "name=value", the name in lower case.
func clauses(filter string) map[string]bool {
	out := map[string]bool{}
	for _, m := range clause.FindAllStringSubmatch(filter, -1) {
		value := escaped.ReplaceAllStringFunc(m[2], func(x string) string {
			b, _ := hex.DecodeString(x[1:])
			return string(b)
		})
		out[strings.ToLower(m[1])+"="+value] = true
	}
	return out
}

// holds is true when the object fulfils any of the clauses, which is enough here.
func (e object) holds(clauses map[string]bool) bool {
	for name, values := range e.attrs {
		if len(values) > 0 && clauses[strings.ToLower(name)+"=*"] {
			return true
		}
		for _, v := range values {
			if clauses[strings.ToLower(name)+"="+v] {
				return true
			}
		}
	}
	return false
}

// message wraps an operation for the wire.
func message(id int64, op *ber.Packet) []byte {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	return p.Bytes()
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func result(id int64, tag ber.Tag, code int) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	op.AppendChild(text(""))
	op.AppendChild(text("secret words of user000001@source.example"))
	return message(id, op)
}

func entry(id int64, e object) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(text(e.dn))
	attrs := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for name, values := range e.attrs {
		a := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		a.AppendChild(text(name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(text(v))
		}
		a.AppendChild(set)
		attrs.AppendChild(a)
	}
	op.AppendChild(attrs)
	return message(id, op)
}

func reference(id int64, url string) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
	op.AppendChild(text(url))
	return message(id, op)
}
