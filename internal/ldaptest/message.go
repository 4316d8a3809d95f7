package ldaptest

import (
	"strings"
	"time"
)

// The operations as bytes on the wire (RFC 4511 section 4).
const (
	opBindRequest       = 0x60
	opBindResponse      = 0x61
	opUnbindRequest     = 0x42
	opSearchRequest     = 0x63
	opSearchEntry       = 0x64
	opSearchDone        = 0x65
	opModifyRequest     = 0x66
	opModifyResponse    = 0x67
	opAddRequest        = 0x68
	opAddResponse       = 0x69
	opDeleteRequest     = 0x4a
	opDeleteResponse    = 0x6b
	opModifyDNRequest   = 0x6c
	opModifyDNResponse  = 0x6d
	opCompareRequest    = 0x6e
	opCompareResponse   = 0x6f
	opAbandonRequest    = 0x50
	opSearchReference   = 0x73
	opExtendedRequest   = 0x77
	opExtendedResponse  = 0x78
	tagControls         = 0xa0
	tagReferral         = 0xa3
	tagSASLCredentials  = 0x87
	tagExtendedName     = 0x8a
	tagExtendedResponse = 0x8b
)

// Op is a kind of operation.
type Op uint8

// The operations. Connect and Message are for a [Fault]: a connection that was accepted, and each single message that the server is about to send.
const (
	AnyOp Op = iota
	Bind
	Search
	StartTLS
	Extended // other than StartTLS
	Compare
	Write // add, modify, delete, modify DN, password modify
	Unbind
	Abandon
	Connect
	Message
)

// String names the operation.
func (o Op) String() string {
	names := [...]string{"any", "bind", "search", "starttls", "extended", "compare", "write", "unbind", "abandon", "connect", "message"}
	return names[min(int(o), len(names)-1)]
}

// Request is a request as the server understood it. It must not be changed.
type Request struct {
	Op      Op
	At      time.Time
	Server  string  // the name of the server
	Conn    int     // number of the connection on that server, from 1
	Account Account // who was bound when it came; for a bind, who asked
	TLS     bool
	Catalog bool // on a port of the global catalog

	// Of a search:
	Base                 string
	Scope                int // 0 base, 1 one level, 2 subtree
	SizeLimit, TimeLimit int
	TypesOnly            bool
	Attributes           []string

	Controls []Control
	Name     string // of an extended operation: its OID; of a bind: the name

	id     int64
	op     byte
	filter *filter
	rest   []element // of a bind or an extended operation
}

// Filter writes the filter of a search as text (RFC 4515).
func (r Request) Filter() string {
	if r.filter == nil {
		return ""
	}
	var b strings.Builder
	r.filter.write(&b)
	return b.String()
}

// Clauses counts the conditions in the filter of a search.
func (r Request) Clauses() int {
	if r.filter == nil {
		return 0
	}
	return r.filter.clauses()
}

// Control returns the control of a type.
func (r Request) Control(oid string) (Control, bool) {
	for _, c := range r.Controls {
		if c.OID == oid {
			return c, true
		}
	}
	return Control{}, false
}

// Control is a control of a request (RFC 4511 section 4.1.11).
type Control struct {
	OID      string
	Critical bool
	Raw      byte // the criticality as on the wire: 0xFF, 0x01 as go-ldap writes it, 0 when it was left out
	Value    []byte
}

// decode reads a message.
func (s *schema) decode(msg []byte) (*Request, error) {
	outer, _, err := take(msg)
	if err != nil {
		return nil, err
	}
	es, err := parts(outer.body)
	if err != nil || len(es) < 2 || es[0].tag != tagInteger {
		return nil, errBER
	}
	r := &Request{op: es[1].tag}
	if r.id, err = es[0].integer(); err != nil {
		return nil, err
	}
	if len(es) > 2 && es[2].tag == tagControls {
		if r.Controls, err = decodeControls(es[2].body); err != nil {
			return nil, err
		}
	}
	switch r.op {
	case opBindRequest:
		r.Op = Bind
		if r.rest, err = parts(es[1].body); err == nil && len(r.rest) != 3 {
			err = errBER
		}
		if err == nil {
			r.Name = string(r.rest[1].body)
		}
	case opUnbindRequest:
		r.Op = Unbind
	case opAbandonRequest:
		r.Op, r.rest = Abandon, []element{es[1]}
	case opSearchRequest:
		r.Op = Search
		err = s.decodeSearch(r, es[1].body)
	case opExtendedRequest:
		r.Op = Extended
		if r.rest, err = parts(es[1].body); err == nil && len(r.rest) == 0 {
			err = errBER
		}
		if err == nil {
			r.Name = string(r.rest[0].body)
		}
		switch r.Name {
		case oidStartTLS:
			r.Op = StartTLS
		case oidPasswordModify:
			r.Op = Write
		}
	case opCompareRequest:
		r.Op = Compare
	case opAddRequest, opModifyRequest, opDeleteRequest, opModifyDNRequest:
		r.Op = Write
	default:
		err = errBER
	}
	return r, err
}

func (s *schema) decodeSearch(r *Request, body []byte) error {
	es, err := parts(body)
	if err != nil || len(es) != 8 {
		return errBER
	}
	var n [4]int64
	for i := range n {
		if n[i], err = es[1+i].integer(); err != nil {
			return err
		}
	}
	r.Base, r.Scope, r.SizeLimit, r.TimeLimit = string(es[0].body), int(n[0]), int(n[2]), int(n[3])
	r.TypesOnly = len(es[5].body) == 1 && es[5].body[0] != 0
	if r.filter, err = s.decodeFilter(es[6], 0); err != nil {
		return err
	}
	attrs, err := parts(es[7].body)
	for _, a := range attrs {
		r.Attributes = append(r.Attributes, string(a.body))
	}
	return err
}

func decodeControls(body []byte) ([]Control, error) {
	list, err := parts(body)
	if err != nil {
		return nil, err
	}
	var out []Control
	for _, e := range list {
		es, err := parts(e.body)
		if err != nil || len(es) == 0 {
			return nil, errBER
		}
		c := Control{OID: string(es[0].body)}
		for _, x := range es[1:] {
			switch {
			case x.tag == tagBoolean && len(x.body) == 1:
				c.Raw, c.Critical = x.body[0], x.body[0] != 0 // BER: anything but zero is TRUE
			case x.tag == tagString:
				c.Value = x.body
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// appendResult writes a message that ends an answer.
func appendResult(b []byte, id int64, op byte, r result) []byte {
	b, msg := begin(b, tagSequence)
	b = appendInt(b, tagInteger, id)
	b, body := begin(b, op)
	b = appendInt(b, tagEnumerated, int64(r.code))
	b = appendString(b, tagString, r.matched)
	b = appendString(b, tagString, r.text)
	if len(r.referrals) > 0 {
		var refs int
		b, refs = begin(b, tagReferral)
		for _, u := range r.referrals {
			b = appendString(b, tagString, u)
		}
		b = end(b, refs)
	}
	b = end(append(b, r.extra...), body)
	if len(r.controls) > 0 {
		var at int
		b, at = begin(b, tagControls)
		b = end(append(b, r.controls...), at)
	}
	return end(b, msg)
}

// appendReference writes a SearchResultReference.
func appendReference(b []byte, id int64, url string) []byte {
	b, msg := begin(b, tagSequence)
	b = appendInt(b, tagInteger, id)
	b, body := begin(b, opSearchReference)
	b = end(appendString(b, tagString, url), body)
	return end(b, msg)
}
