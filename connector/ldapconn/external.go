package ldapconn

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// External is the SASL mechanism EXTERNAL (RFC 4422 appendix A) for [Config].SASL: the server takes the client certificate
// in [Config].TLS for who reads. It fails without TLS, before anything is sent.
//
// Before the mechanism EXTERNAL is used the server is asked who the connection is (Who am I?, RFC 4532), and where it is somebody
// already, that counts as the bind: Active Directory binds a connection by LDAPS at the sight of the certificate and refuses
// EXTERNAL then; with StartTLS it wants EXTERNAL (MS-ADTS section 5.1.1.2).
func External(_ context.Context, _ string, state *tls.ConnectionState) (Mechanism, error) {
	if state == nil {
		return nil, errors.New("EXTERNAL needs TLS with a client certificate")
	}
	return certificate{}, nil
}

// certificate is EXTERNAL without an authorization identity: the server derives it from the certificate.
type certificate struct{}

func (certificate) Name() string { return "EXTERNAL" }

func (certificate) Step(_ context.Context, challenge []byte) ([]byte, error) {
	if len(challenge) > 0 {
		return nil, errors.New("the server sent a challenge, which EXTERNAL has none of")
	}
	return []byte{}, nil
}

func (certificate) Finish(data []byte) error {
	if len(data) > 0 {
		return errors.New("the server sent data, which EXTERNAL has none of")
	}
	return nil
}

// whoAmI reports whether the connection is bound already. A server that refuses to say has not bound it.
func whoAmI(conn net.Conn, id int64) (bool, error) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	op.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, ldap.ControlTypeWhoAmI, ""))
	a, err := ask(conn, id, op, ldap.ApplicationExtendedResponse)
	if err != nil {
		return false, err
	}
	who := string(a.data)
	nobody := who == "" || who == "dn:" || who == "u:"
	return a.code == ldap.LDAPResultSuccess && !nobody, nil
}
