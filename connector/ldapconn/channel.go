package ldapconn

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// ServerEndPoint returns the channel binding "tls-server-end-point" of a connection (RFC 5929 section 4.1): the hash of the server's
// certificate, by the hash of its signature, but SHA-256 in place of MD5 and SHA-1. Domain controllers may demand
// it of SASL mechanisms inside TLS (LdapEnforceChannelBinding, MS-ADTS section 5.1.2.2). It has 32, 48 or 64 bytes and no prefix: as
// application data of GSS-API bindings it is written after "tls-server-end-point:". A certificate with a signature that has
// no hash of its own, such as Ed25519, has no such binding.
func ServerEndPoint(state *tls.ConnectionState) ([]byte, error) {
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil, errors.New("ldapconn: there is no server certificate to bind to")
	}
	cert := state.PeerCertificates[0]
	switch cert.SignatureAlgorithm {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.DSAWithSHA256, x509.ECDSAWithSHA256:
		h := sha256.Sum256(cert.Raw)
		return h[:], nil
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		h := sha512.Sum384(cert.Raw)
		return h[:], nil
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		h := sha512.Sum512(cert.Raw)
		return h[:], nil
	}
	return nil, fmt.Errorf("ldapconn: channel binding is not defined for a certificate signed with %v", cert.SignatureAlgorithm)
}
