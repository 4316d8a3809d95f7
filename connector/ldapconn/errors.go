package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// Error is an operation that failed. Its text names the server, the operation and the cause, and neither the
// server's own words nor anything that was read or sent.
type Error struct {
	Server string // host:port
	Op     string // "connect", "StartTLS", "TLS", "bind" or "search"
	// Code is the server's LDAP result code; 0 when the server did not refuse but the operation broke.
	Code uint16
	// Diagnostic is the server's own text. It may hold names and addresses, so nothing prints it by itself.
	Diagnostic string `json:"-"`
	// Err is the cause: [refresh.ErrCredentials] or [refresh.ErrForbidden] where the result code means that, otherwise what broke.
	Err error
}

// Error names the server, the operation and the cause.
func (e *Error) Error() string {
	switch {
	case e.Code != 0:
		return fmt.Sprintf("ldapconn: %s on %s: %s (LDAP result code %d)", e.Op, e.Server, codeText(e.Code), e.Code)
	case e.Err != nil:
		return fmt.Sprintf("ldapconn: %s on %s: %v", e.Op, e.Server, e.Err)
	}
	return fmt.Sprintf("ldapconn: %s on %s failed", e.Op, e.Server)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Format leaves the server's own words out of every verb, also where an Error is printed that is no pointer.
func (e Error) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, e.Error()) }

// LogValue leaves the server's own words out of logs.
func (e Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// ErrClosed: the connector was closed.
var ErrClosed = fmt.Errorf("ldapconn: the connector is closed: %w", net.ErrClosed)

var (
	errTooMuch    = errors.New("the server broke the protocol: a message is larger than 16 MiB")
	errFrame      = errors.New("the server broke the protocol: not an LDAP message")
	errKind       = errors.New("the server broke the protocol: an answer of a kind that nobody asked for")
	errMalformed  = errors.New("the server broke the protocol: a malformed result")
	errNotice     = errors.New("the server announced that it closes the connection")
	errUnasked    = errors.New("the server answered with an object that was not asked for")
	errTwice      = errors.New("the server answered twice with one object")
	errTainted    = errors.New("the connection had a protocol error, so what it left out proves nothing")
	errOtherPlace = errors.New("the server that answers now is another directory than before")
	errPinHidden  = errors.New("which directory the server that answers now is cannot be read, and could be before")
	errNoPin      = fmt.Errorf("which directory the server is cannot be read, so whether it belongs to the forest is not known: %w", refresh.ErrForbidden)
	errElsewhere  = errors.New("the answer refers to a part of the directory that is elsewhere")
	errEnded      = errors.New("the connection to it ended")
	errNotPaged   = errors.New("the server ignored the paging control, so the list may be cut short")
)

// withCause adds to err why it is so, where that is known.
func withCause(err, cause error) error {
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// timeoutError says that an operation took longer than [Options].Timeout.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return fmt.Sprintf("no complete answer within %v", e.after) }
func (e timeoutError) Unwrap() error { return os.ErrDeadlineExceeded }

// victimError is an operation that ended because another one broke their connection.
type victimError struct{ why error }

func (e victimError) Error() string {
	return fmt.Sprintf("the connection ended because of another search on it: %v", e.why)
}
func (e victimError) Unwrap() error { return net.ErrClosed }

// codeText is the name of a result code (RFC 4511 section 4.1.9).
func codeText(code uint16) string {
	if text, ok := ldap.LDAPResultCodeMap[code]; ok {
		return text
	}
	return "refused"
}

// resultCode returns the server's result code in err, 0 when there is none.
func resultCode(err error) uint16 {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return 0
}

// failure describes what an operation returned. Only errors that carry a packet repeat the server's words.
func failure(ctx context.Context, server, op string, err error) error {
	e := &Error{Server: server, Op: op, Err: err}
	if cause := context.Cause(ctx); cause != nil {
		e.Err = cause
		return e
	}
	le, ok := errors.AsType[*ldap.Error](err)
	switch {
	case !ok:
		return e
	case le.Packet == nil:
		e.Err = le.Err
		return e
	case ownCode(le.ResultCode):
		e.Err = errMalformed
		return e
	}
	e.Code, e.Err = le.ResultCode, nil
	if le.Err != nil {
		e.Diagnostic = le.Err.Error()
	}
	switch le.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		e.Err = refresh.ErrCredentials
	case ldap.LDAPResultInsufficientAccessRights:
		e.Err = refresh.ErrForbidden
	}
	return e
}

// ownCode reports whether a code is one that go-ldap made up; they begin at 200, where no server's are.
func ownCode(code uint16) bool { return ldap.ErrorNetwork <= code && code < ldap.ErrorNetwork+100 }
