package ldapconn

import (
	"errors"
	"fmt"
	"io"
	"net"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// outcome is an LDAPResult (RFC 4511 section 4.1.9) with the octets that bind and extended answers add to it.
type outcome struct {
	code   uint16
	data   []byte // serverSaslCreds or responseValue; nil when there is none
	packet *ber.Packet
}

// refusal is the error that go-ldap makes of a result, for [failure].
func (a outcome) refusal() error {
	text, _ := a.packet.Children[1].Children[2].Value.(string)
	return &ldap.Error{ResultCode: a.code, Err: errors.New(text), Packet: a.packet}
}

// ask sends one request and reads its answer, before go-ldap takes the connection over. It reads no byte beyond that
// answer.
func ask(conn net.Conn, id int64, op *ber.Packet, want ber.Tag) (outcome, error) {
	req := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	req.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	req.AppendChild(op)
	if _, err := conn.Write(req.Bytes()); err != nil {
		return outcome{}, err
	}
	p, err := readMessage(conn)
	if err != nil {
		return outcome{}, err
	}
	return readAnswer(p, id, want)
}

// readMessage reads one message of at most maxAnswer bytes. Errors of the decoder are not passed on, because they may repeat what was read.
func readMessage(r io.Reader) (*ber.Packet, error) {
	head := make([]byte, 2, 6)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	if head[0] != 0x30 || head[1] > 0x84 || head[1] == 0x80 { // a SEQUENCE, in the definite form
		return nil, errFrame
	}
	size := uint64(head[1])
	if size > 0x80 {
		more := head[2 : 2+size-0x80]
		if _, err := io.ReadFull(r, more); err != nil {
			return nil, fmt.Errorf("no answer: %w", err)
		}
		head, size = head[:2+len(more)], 0
		for _, b := range more {
			size = size<<8 | uint64(b)
		}
	}
	if size > maxAnswer {
		return nil, errTooLong
	}
	message := append(head, make([]byte, size)...)
	if _, err := io.ReadFull(r, message[len(head):]); err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	if cost, ok := measure(message, maxDepth); !ok || cost > maxDecoded {
		return nil, errMalformed
	}
	p, err := ber.DecodePacketErr(message)
	if err != nil {
		return nil, errMalformed
	}
	return p, nil
}

var errTooLong = fmt.Errorf("the server broke the protocol: an answer before the first search is larger than %d KiB", maxAnswer>>10)

// readAnswer takes a message as the answer to a request.
func readAnswer(p *ber.Packet, id int64, want ber.Tag) (outcome, error) {
	if len(p.Children) < 2 || !universal(p.Children[0], ber.TagInteger) {
		return outcome{}, errFrame
	}
	op := p.Children[1]
	switch is := p.Children[0].Value; {
	case is == int64(0) && op.ClassType == ber.ClassApplication && op.Tag == ldap.ApplicationExtendedResponse:
		return outcome{}, errNotice
	case is != id || op.ClassType != ber.ClassApplication || op.Tag != want:
		return outcome{}, errKind
	}
	parts := op.Children
	if op.TagType != ber.TypeConstructed || len(parts) < 3 ||
		!universal(parts[0], ber.TagEnumerated) || !universal(parts[1], ber.TagOctetString) || !universal(parts[2], ber.TagOctetString) {
		return outcome{}, errMalformed
	}
	n := len(parts[0].ByteValue) // the decoder takes none and too many for the number 0, which would be success
	code, ok := parts[0].Value.(int64)
	if !ok || n < 1 || n > 4 || code < 0 || code > 0xffff {
		return outcome{}, errMalformed
	}
	tag := ber.Tag(7) // serverSaslCreds, RFC 4511 section 4.2.2
	if want == ldap.ApplicationExtendedResponse {
		tag = 11 // responseValue, section 4.12
	}
	a := outcome{code: uint16(code), packet: p}
	for _, x := range parts[3:] {
		if x.ClassType != ber.ClassContext || x.Tag != tag {
			continue
		}
		if x.TagType != ber.TypePrimitive || a.data != nil {
			return outcome{}, errMalformed
		}
		a.data = x.Data.Bytes()
		if a.data == nil {
			a.data = []byte{}
		}
	}
	return a, nil
}

func universal(p *ber.Packet, tag ber.Tag) bool {
	return p.ClassType == ber.ClassUniversal && p.TagType == ber.TypePrimitive && p.Tag == tag
}
