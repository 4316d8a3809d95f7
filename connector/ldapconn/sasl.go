package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Mechanism is the client's side of one SASL exchange (RFC 4422), by which a connection is bound without a password in
// [Config]: with Kerberos (GSSAPI, RFC 4752; GSS-SPNEGO, MS-ADTS section 5.1.1.1.2), with NTLM (GSS-SPNEGO), or with whatever else the
// server offers. [External] is the one that this package brings; the others take a library of the caller's choice and a few
// lines: see the example.
//
// [Config].SASL makes one for each connection, so a connector that loses a connection asks for another one, and it
// may ask for several at a time. The methods of one Mechanism are called one after the other. Where it has a method
// Close() error, that is called once when the exchange is over, however it ended.
//
// A Mechanism proves who the two sides are, and no more: integrity and privacy come from TLS. One that could negotiate a
// security layer must choose none, because the connection goes on without it. (Active Directory refuses such
// layers inside TLS, MS-ADTS section 5.1.2.2.)
//
// What a Mechanism returns as an error ends the connection, is wrapped once and so is part of what hosts print: its text must hold
// no secret and nothing of the server's words. An error that means that the credentials are wrong, such as that of a ticket server,
// should wrap [refresh.ErrCredentials].
type Mechanism interface {
	// Name is the registered name, such as "GSS-SPNEGO".
	Name() string

	// Step returns what to send next. The challenge is nil at the first call, when the server has not said anything, and
	// never after that: a challenge without data is an empty slice. In the response nil and empty differ: nil leaves
	// the credentials out of the request, as mechanisms want in which the server speaks first, and an empty one sends
	// empty ones. ctx ends when the time for the whole connection is over; a Step that waits must heed it.
	Step(ctx context.Context, challenge []byte) (response []byte, err error)

	// Finish is called when the server reports success, with the data that came with it, nil when none came. It consents by
	// returning nil; without its consent the connection is not used. A mechanism that authenticates the server
	// too must refuse here when that has not happened yet, because a server that cannot prove itself says "success" as
	// easily as any other.
	Finish(data []byte) error
}

const (
	maxAnswer = 128 << 10 // bytes of one answer before go-ldap takes the connection over; a Kerberos token is at most 64 KiB
	maxRounds = 16        // requests of one exchange; Kerberos and NTLM need two to four
)

// mechanismName is what RFC 4422 section 3.1 allows.
var mechanismName = regexp.MustCompile(`^[A-Z0-9_-]{1,20}$`)

// saslBind binds with m, which it closes, on a connection on which go-ldap has not begun to read. Whoever calls it closes the
// connection when ctx ends, and when it fails or panics.
func saslBind(ctx context.Context, conn net.Conn, m Mechanism) (err error) {
	if m == nil {
		return errors.New("Config.SASL returned no mechanism")
	}
	if c, ok := m.(io.Closer); ok {
		defer func() {
			if e := c.Close(); e != nil && err == nil {
				err = fmt.Errorf("SASL: %w", e)
			}
		}()
	}
	name := m.Name()
	if !mechanismName.MatchString(name) {
		return errors.New("the mechanism that Config.SASL returned has no valid name")
	}
	return exchange(ctx, conn, name, m)
}

// exchange is what client and server say (RFC 4511 section 4.2, RFC 4513 section 5.2). It is over when the server says so and the mechanism agrees.
func exchange(ctx context.Context, conn net.Conn, name string, m Mechanism) error {
	id := int64(1) // go-ldap begins at 1 again, when every answer to these has been read
	if _, ok := m.(certificate); ok {
		switch bound, err := whoAmI(conn, id); {
		case err != nil:
			return err
		case bound:
			return nil
		}
	}
	var challenge []byte
	for range maxRounds {
		id++
		response, err := m.Step(ctx, challenge)
		if err != nil {
			return fmt.Errorf("SASL %s: %w", name, err)
		}
		a, err := ask(conn, id, bindRequest(name, response), ldap.ApplicationBindResponse)
		switch {
		case err != nil:
			return err
		case a.code == ldap.LDAPResultSuccess:
			if err := m.Finish(a.data); err != nil {
				return fmt.Errorf("SASL %s: the server reports success, but: %w", name, err)
			}
			return nil
		case a.code != ldap.LDAPResultSaslBindInProgress:
			return a.refusal()
		}
		challenge = a.data
		if challenge == nil {
			challenge = []byte{}
		}
	}
	return fmt.Errorf("SASL %s: no end after %d rounds", name, maxRounds)
}

// bindRequest is one step of a SASL bind (RFC 4511 section 4.2). Credentials that are nil are left out.
func bindRequest(mechanism string, credentials []byte) *ber.Packet {
	auth := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
	auth.AppendChild(octets(mechanism))
	if credentials != nil {
		auth.AppendChild(octets(string(credentials)))
	}
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationBindRequest, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 3, ""))
	op.AppendChild(octets("")) // the name is the mechanism's matter
	op.AppendChild(auth)
	return op
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}
