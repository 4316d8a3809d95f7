package ldaptest

import "context"

// The extended operations.
const (
	oidStartTLS       = "1.3.6.1.4.1.1466.20037"
	oidWhoAmI         = "1.3.6.1.4.1.4203.1.11.3"
	oidPasswordModify = "1.3.6.1.4.1.4203.1.11.1"
)

// extended answers Who Am I? (RFC 4532), refuses other extended operations, and compare.
func (c *conn) extended(r *Request) (byte, result) {
	switch {
	case r.op == opCompareRequest:
		return opCompareResponse, result{code: UnwillingToPerform}
	case r.Name != oidWhoAmI:
		return opExtendedResponse, result{code: ProtocolError, text: "0000203D: LdapErr: DSID-0C091271, comment: Unknown extended request OID, data 0, v4563"}
	}
	who := ""
	if a := c.bound(); a != nil {
		if who = "dn:" + a.dn; c.dc.forest.cfg.System == ActiveDirectory {
			who = "u:" + a.down
		}
	}
	return opExtendedResponse, result{extra: appendString(nil, tagExtendedResponse, who)}
}

// startTLS is StartTLS (RFC 4511 section 4.14). It returns false when the connection is to end.
func (c *conn) startTLS(ctx context.Context, r *Request) bool {
	s := c.strike(ctx, r)
	if s.before(0, true) {
		return c.ctx.Err() == nil
	}
	name := appendString(nil, tagExtendedName, oidStartTLS)
	if c.secured.Load() {
		c.out.send(appendResult(nil, s.id(), opExtendedResponse, result{code: OperationsError, text: "TLS already started", extra: name}))
		return true
	}
	if c.reader.Buffered() > 0 { // somebody speaks before the handshake
		c.out.send(appendResult(nil, s.id(), opExtendedResponse, result{code: ProtocolError, extra: name}))
		return true
	}
	c.out.send(appendResult(nil, s.id(), opExtendedResponse, result{extra: name}))
	return c.secure() == nil
}
