package ldapconn

import (
	"encoding/hex"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

// clause is a filter as it is on the wire (RFC 4511 section 4.5.1.7).
type clause struct {
	Kind  string // and, or, not, equal, at least, present, substrings
	Attr  string
	Value string   // of an equality, or a bound
	Parts []string // of substrings: "^initial", "any", "final$"
	In    []clause
}

func or(in ...clause) clause          { return clause{Kind: "or", In: in} }
func and(in ...clause) clause         { return clause{Kind: "and", In: in} }
func equal(attr, value string) clause { return clause{Kind: "equal", Attr: attr, Value: value} }
func isThere(attr string) clause      { return clause{Kind: "present", Attr: attr} }
func both(attr, pattern string) []clause {
	return []clause{like(attr, "smtp:"+pattern), like(attr, "SMTP:"+pattern)}
}

// like is the clause for a pattern in which * stands for any text.
func like(attr, pattern string) clause {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return equal(attr, pattern)
	}
	c := clause{Kind: "substrings", Attr: attr}
	for i, p := range parts {
		switch {
		case p == "":
			continue
		case i == 0:
			p = "^" + p
		case i == len(parts)-1:
			p += "$"
		}
		c.Parts = append(c.Parts, p)
	}
	if c.Parts == nil {
		return isThere(attr)
	}
	return c
}

// onWire compiles a filter as go-ldap does when it is sent, and reads the bytes back.
func onWire(t *testing.T, filter string) clause {
	t.Helper()
	p, err := ldap.CompileFilter(filter)
	if err != nil {
		t.Fatalf("%q is no filter: %v", filter, err)
	}
	if p, err = ber.DecodePacketErr(p.Bytes()); err != nil {
		t.Fatal(err)
	}
	return clauseOf(t, p)
}

func clauseOf(t *testing.T, p *ber.Packet) clause {
	t.Helper()
	content := func(p *ber.Packet) string { return p.Data.String() }
	if p.ClassType != ber.ClassContext {
		t.Fatalf("an element of class %v in a filter", p.ClassType)
	}
	c := clause{}
	switch p.Tag {
	case ldap.FilterAnd, ldap.FilterOr, ldap.FilterNot:
		c.Kind = map[ber.Tag]string{ldap.FilterAnd: "and", ldap.FilterOr: "or", ldap.FilterNot: "not"}[p.Tag]
		for _, x := range p.Children {
			c.In = append(c.In, clauseOf(t, x))
		}
	case ldap.FilterPresent:
		c.Kind, c.Attr = "present", content(p)
	case ldap.FilterEqualityMatch, ldap.FilterGreaterOrEqual:
		c.Kind, c.Attr, c.Value = map[ber.Tag]string{ldap.FilterEqualityMatch: "equal", ldap.FilterGreaterOrEqual: "at least"}[p.Tag], content(p.Children[0]), content(p.Children[1])
	case ldap.FilterSubstrings:
		c.Kind, c.Attr = "substrings", content(p.Children[0])
		for _, x := range p.Children[1].Children {
			c.Parts = append(c.Parts, map[ber.Tag]string{ldap.FilterSubstringsInitial: "^"}[x.Tag]+content(x)+map[ber.Tag]string{ldap.FilterSubstringsFinal: "$"}[x.Tag])
		}
	default:
		t.Fatalf("a filter of kind %d", p.Tag)
	}
	return c
}

// adAttributes and bareAttributes are what values are looked for in.
var (
	adAttributes   = Attributes{}.or(activeDirectory.preset)
	bareAttributes = Attributes{Addresses: "-", Mail: "mail", Login: "-"}.or(openLDAP.preset)
)

// builders are the functions that write a value from outside into a filter. build returns false where they refuse the value; want
// is the filter that is meant, made without them.
var builders = []struct {
	name  string // of the function
	build func(in string) (string, bool)
	want  func(in string) clause
}{
	{"condition", conditionOf(activeDirectory), func(in string) clause { return equal("objectGUID", storedGUID(in)) }},
	{"condition", conditionOf(openLDAP), func(in string) clause { return equal("entryUUID", in) }},
	{"condition", conditionOf(directory389), func(in string) clause { return equal("nsUniqueId", in) }},
	{"conditions", conditionsOf(activeDirectory), func(in string) clause {
		x := equal("objectGUID", storedGUID(in))
		return or(x, x)
	}},
	{"holds", holdsOf(adAttributes), func(in string) clause {
		var all []clause
		for _, x := range spellings(in) {
			all = append(all, equal("proxyAddresses", "smtp:"+x), equal("proxyAddresses", "SMTP:"+x), equal("mail", x), equal("userPrincipalName", x))
		}
		return or(all...)
	}},
	{"holds", holdsOf(bareAttributes), func(in string) clause {
		var all []clause
		for _, x := range spellings(in) {
			all = append(all, equal("mail", x))
		}
		return or(all...)
	}},
	{"addressFilter", patternOf(adAttributes), func(in string) clause {
		if in == "" {
			return or(isThere("proxyAddresses"), isThere("mail"))
		}
		return or(append(both("proxyAddresses", in), like("mail", in))...)
	}},
	{"addressFilter", patternOf(bareAttributes), func(in string) clause {
		if in == "" {
			return or(isThere("mail"))
		}
		return or(like("mail", in))
	}},
	{"anyMail", func(in string) (string, bool) {
		a := Attributes{Addresses: in, Mail: in}
		return anyMail(a), validAttribute(in) && a.check() == nil
	}, func(in string) clause { return or(isThere(in), isThere(in)) }},
}

func conditionOf(d *dialect) func(string) (string, bool) {
	return func(in string) (string, bool) {
		filter, err := d.condition(refresh.ID(in))
		return filter, err == nil
	}
}

// conditionsOf puts the value between others that are refused, and gives it twice.
func conditionsOf(d *dialect) func(string) (string, bool) {
	return func(in string) (string, bool) {
		filter := conditions(d, []refresh.ID{"", refresh.ID(in), "*)(", refresh.ID(in)})
		return "(|" + filter + ")", filter != ""
	}
}

func holdsOf(a Attributes) func(string) (string, bool) {
	c := &Connector{attrs: a}
	return func(in string) (string, bool) { return "(|" + c.holds(refresh.Address(in)) + ")", true }
}

func patternOf(a Attributes) func(string) (string, bool) {
	return func(in string) (string, bool) {
		o := Options{Filter: Filter{Address: in}}
		return (&Connector{attrs: a, opts: o}).addressFilter(), o.Filter.check() == nil
	}
}

// spellings are the forms of an address that are looked for.
func spellings(in string) []string {
	if fold := refresh.Address(in).Fold(); !strings.EqualFold(fold, in) {
		return []string{in, fold}
	}
	return []string{in}
}

// storedGUID is a GUID as Active Directory stores it: the first three fields are little-endian.
func storedGUID(in string) string {
	var out []byte
	for i, field := range strings.Split(in, "-") {
		b, _ := hex.DecodeString(field)
		if i < 3 {
			slices.Reverse(b)
		}
		out = append(out, b...)
	}
	return string(out)
}

// hostile are values with which filters are broken where they are put together without care.
var hostile = []string{
	"", "*", "**", "a*b*c", "*@old.example", "*)(objectClass=*", "*)(|(mail=*", ")", "(", "\\", "\\2a", "\\zz", "\\28", "a\\", "\x00", "a\x00b", "a=b", ":=", ":dn:=x", ">=a", "~=",
	"user@source.example", "O'Brien+x=(y)*\\z@source.example", "müller@bücher.example", "a@b\xff", "\xff\xfe", "\xef\xbf\xbd", "\u202e", "a\r\nb", " a ", "&", "|(a=b)", "!(a=b)", "K@source.example", // the last one begins with the Kelvin sign
	"0c1d148b-0143-4234-8265-f2f8d891d4c0", "0C1D148B-0143-4234-8265-F2F8D891D4C0", "2a28295c-2a28-2a28-2a28-2a28295c0000", "0c1d148b-01434234-8265f2f8-d891d4c0", "00000000-0000-0000-0000-000000000000",
	"mail", "mail;lang-en", "mail)(uid", "1.2.840.113556.1.4.221", "dc=x", "cn=a\\,b,dc=x", "<GUID=0c1d148b-0143-4234-8265-f2f8d891d4c0>",
}

// FuzzFilter: whatever the value, the filter says what was meant: as many clauses, about the same attributes, with the same bytes.
func FuzzFilter(f *testing.F) {
	for _, in := range hostile {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, b := range builders {
			filter, ok := b.build(in)
			if !ok {
				continue
			}
			if diff := cmp.Diff(b.want(in), onWire(t, filter)); diff != "" {
				t.Errorf("%s of %q is %q (-want +got):\n%s", b.name, in, filter, diff)
			}
		}
	})
}

// FuzzAttributes: the names of attributes go into filters as they are, so whatever is not one is refused.
func FuzzAttributes(f *testing.F) {
	for _, in := range hostile {
		f.Add(in, in, in)
	}
	f.Fuzz(func(t *testing.T, addresses, mail, login string) {
		a := Attributes{Addresses: addresses, Mail: mail, Login: login}
		if a.check() != nil {
			return
		}
		a = a.or(activeDirectory.preset)
		c := &Connector{attrs: a}
		var any, holds, like []clause
		if a.Addresses != "" {
			any = append(any, isThere(a.Addresses))
			holds = append(holds, equal(a.Addresses, "smtp:x@y.example"), equal(a.Addresses, "SMTP:x@y.example"))
			like = both(a.Addresses, "x*y")
		}
		if a.Mail != "" {
			any = append(any, isThere(a.Mail))
			holds = append(holds, equal(a.Mail, "x@y.example"))
			like = append(like, clause{Kind: "substrings", Attr: a.Mail, Parts: []string{"^x", "y$"}})
		}
		if a.Login != "" {
			holds = append(holds, equal(a.Login, "x@y.example"))
		}
		if len(any) == 0 {
			return // Open refuses it
		}
		for _, x := range []struct {
			filter string
			want   clause
		}{
			{anyMail(a), or(any...)},
			{"(&(" + activeDirectory.identity + "=*)" + anyMail(a) + ")", and(isThere("objectGUID"), or(any...))},
			{"(|" + c.holds("x@y.example") + ")", or(holds...)},
			{(&Connector{attrs: a, opts: Options{Filter: Filter{Address: "x*y"}}}).addressFilter(), or(like...)},
		} {
			if diff := cmp.Diff(x.want, onWire(t, x.filter)); diff != "" {
				t.Errorf("%+v: %q (-want +got):\n%s", a, x.filter, diff)
			}
		}
	})
}

// FuzzCursors: a cursor comes from a file, and what is read of it goes into a filter, or into the cookie of RFC 4533, as it is.
func FuzzCursors(f *testing.F) {
	const csn = "20250102030405.123456Z#000000#001#000000"
	for _, in := range append(hostile, csnKind+";"+csn+";ldap.source.example:636", csnKind+";"+csn+","+csn+";x", csnKind+";"+csn[:39]+");x",
		usnKind+";home:0c1d148b-0143-4234-8265-f2f8d891d4c0:0c1d148b-0143-4234-8265-f2f8d891d4c1:4711", usnKind+";home:0c1d148b-0143-4234-8265-f2f8d891d4c0:0c1d148b-0143-4234-8265-f2f8d891d4c1:1)(a=*") {
		f.Add(in)
	}
	plain := regexp.MustCompile(`^[0-9A-Za-z.#]{40}$`)
	f.Fuzz(func(t *testing.T, in string) {
		if m, err := readCSN(in); err == nil {
			for _, x := range m.csns {
				if diff := cmp.Diff(clause{Kind: "at least", Attr: entryCSN, Value: x}, onWire(t, "("+entryCSN+">="+x+")")); diff != "" || !plain.MatchString(x) {
					t.Errorf("%q of %q (-want +got):\n%s", x, in, diff)
				}
			}
		}
		marks, err := readUSN(in)
		if err != nil {
			return
		}
		for _, m := range marks {
			if m.usn < 0 || !canonical.MatchString(m.settings) || !canonical.MatchString(m.invocation) {
				t.Errorf("%+v of %q", m, in)
			}
		}
	})
}

// canonical are the IDs that are looked for. They are written into DNs too, such as <GUID=…>.
var canonical = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-?[0-9a-f]{4}-[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{8}$`)

// FuzzNames: what is to be a DN is sent as it is, as one value, and an ID is hexadecimal digits and hyphens.
func FuzzNames(f *testing.F) {
	for _, in := range hostile {
		f.Add(in)
	}
	f.Add("OU=People,DC=source,DC=example")
	f.Add("OU=a\\2Cb\\\"\\+c,DC=source,DC=example")
	f.Fuzz(func(t *testing.T, in string) {
		for _, d := range []*dialect{activeDirectory, openLDAP, directory389} {
			if _, err := d.condition(refresh.ID(in)); err == nil && !canonical.MatchString(in) {
				t.Errorf("%s looks for the ID %q", d.system, in)
			}
		}
		cfg := Config{Server: "x", User: "x", Password: "x", Base: in}
		if cfg.check(Options{}) != nil && (Filter{Group: in}).check() != nil {
			return
		}
		if got := sentBase(t, in); got != in {
			t.Errorf("the base %q was sent as %q", in, got)
		}
	})
}

// sentBase searches, as a session does, and returns the base that the server reads.
func sentBase(t *testing.T, base string) string {
	t.Helper()
	client, server := net.Pipe()
	g := &guard{Conn: client, timeout: time.Minute}
	s := &session{conn: ldap.NewConn(g, true), raw: client, guard: g, timeout: time.Minute}
	s.conn.Start()
	defer s.close()
	got := make(chan string, 1)
	go func() {
		defer server.Close()
		p, err := ber.ReadPacket(server)
		if err != nil {
			got <- err.Error()
			return
		}
		got <- p.Children[1].Children[0].Data.String()
	}()
	_, _ = s.read(t.Context(), base) // the server hangs up
	return <-got
}
