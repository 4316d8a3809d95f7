package imapconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/readdress-go/readdress/refresh"
)

// Error is an operation that failed. Its text names the operation, the server and the cause, and neither the server's own words nor
// a login, an address or a secret.
type Error struct {
	Op     string // "connect", "TLS", "STARTTLS", "greeting", "login", "CAPABILITY", "LIST", "EXAMINE", "FETCH", …
	Server string // host:port
	Code   string // the registered response code of the refusal, such as "AUTHENTICATIONFAILED"; empty where there was none
	// Err is the cause: [ErrRejected], [ErrUnavailable], [refresh.ErrCredentials] of a master user, a refusal, or what broke.
	Err error
}

// Error names the operation, the server and the cause.
func (e *Error) Error() string {
	code := ""
	if e.Code != "" {
		code = " [" + e.Code + "]"
	}
	if e.Err == nil {
		return fmt.Sprintf("imapconn: %s on %s failed%s", e.Op, e.Server, code)
	}
	return fmt.Sprintf("imapconn: %s on %s: %v%s", e.Op, e.Server, e.Err, code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Format writes [Error.Error] for every verb.
func (e Error) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, e.Error()) }

// LogValue is [Error.Error].
func (e Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }

var (
	// ErrRejected: the server answered, and rejected the login of this one account. It is [refresh.ErrForbidden], so that nothing tries a
	// rejected login again, and not [refresh.ErrCredentials], which is about the whole side.
	ErrRejected error = &markedError{"the server rejected the login of this account", refresh.ErrForbidden}
	// ErrUnavailable: the server answered that it cannot serve this account now (NO [UNAVAILABLE], [INUSE], [LIMIT], [SERVERBUG], …).
	ErrUnavailable = errors.New("the account is not available now")
)

var (
	errMaster     = fmt.Errorf("the server rejected the master user: %w", refresh.ErrCredentials)
	errTooMuch    = errors.New("the server broke the protocol: an answer is larger than it may be")
	errProtocol   = errors.New("the server broke the protocol: an answer that is no IMAP, or one that nobody asked for")
	errEnded      = errors.New("the server ended the connection")
	errRefused    = errors.New("the server refused")
	errBye        = errors.New("the server ended the connection at once (BYE)")
	errPreauth    = errors.New("the server says that somebody is logged in already (PREAUTH)")
	errNoStartTLS = errors.New("the server refused STARTTLS, so nothing was sent")
	errInjected   = errors.New("the server, or somebody on the way, sent more than the answer to STARTTLS before TLS began")
	errMechanism  = errors.New("the server offers none of the mechanisms that Config.Auth allows")
	errDisabled   = errors.New("the server offers no SASL PLAIN and disables LOGIN")
	errSlow       = errors.New("the server took longer than Options.Timeout while other answers were large")
)

// markedError is text that is another error without printing it.
type markedError struct {
	text string
	is   error
}

func (e *markedError) Error() string { return e.text }
func (e *markedError) Unwrap() error { return e.is }

// hiddenError is a failure whose cause is not printed, because it may repeat a secret. errors.Is and errors.As find it.
type hiddenError struct {
	text  string
	cause error
}

func (e *hiddenError) Error() string             { return e.text }
func (e *hiddenError) Is(target error) bool      { return errors.Is(e.cause, target) }
func (e *hiddenError) As(target any) bool        { return errors.As(e.cause, target) }
func (e hiddenError) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, e.text) }
func (e hiddenError) LogValue() slog.Value       { return slog.StringValue(e.text) }

// timeoutError says that an operation took longer than [Options].Timeout.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return fmt.Sprintf("no complete answer within %v", e.after) }
func (e timeoutError) Unwrap() error { return os.ErrDeadlineExceeded }

// registered are the response codes that are printed: the server's other words may hold anything (IANA, "IMAP Response Codes").
var registered = map[string]bool{
	"ALERT": true, "ALREADYEXISTS": true, "AUTHENTICATIONFAILED": true, "AUTHORIZATIONFAILED": true, "CANNOT": true, "CLIENTBUG": true,
	"CONTACTADMIN": true, "CORRUPTION": true, "EXPIRED": true, "HASCHILDREN": true, "INUSE": true, "LIMIT": true, "NONEXISTENT": true,
	"NOPERM": true, "OVERQUOTA": true, "PARSE": true, "PRIVACYREQUIRED": true, "REFERRAL": true, "SERVERBUG": true, "TRYCREATE": true,
	"UNAVAILABLE": true, "USEATTR": true, "WEBALERT": true, "NOUPDATE": true, "BADCHARSET": true, "MAXCONVERTMESSAGES": true,
}

// codeOf is the response code of a refusal where it is a registered one.
func codeOf(e *imap.Error) string {
	if code := strings.ToUpper(string(e.Code)); registered[code] {
		return code
	}
	return ""
}

// unavailable reports whether a code says that the same may work later.
func unavailable(code string) bool {
	switch code {
	case "UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CORRUPTION", "OVERQUOTA":
		return true
	}
	return false
}

// refused returns the server's refusal in err: a NO or BAD of its own, after which the connection is good.
func refused(err error) (*imap.Error, bool) {
	e, ok := errors.AsType[*imap.Error](err)
	return e, ok && (e.Type == imap.StatusResponseTypeNo || e.Type == imap.StatusResponseTypeBad)
}

// failure describes what an operation returned. Nothing of go-imap's own errors is repeated: they hold what the server sent.
func failure(ctx context.Context, server, op string, err error) error {
	e := &Error{Op: op, Server: server, Err: err}
	if cause := context.Cause(ctx); cause != nil {
		e.Err = cause
		return e
	}
	if already, ok := errors.AsType[*Error](err); ok {
		return already
	}
	if no, ok := errors.AsType[*imap.Error](err); ok {
		e.Code, e.Err = codeOf(no), errRefused
		switch {
		case no.Type == imap.StatusResponseTypeBye:
			e.Err = errBye
		case unavailable(e.Code):
			e.Err = ErrUnavailable
		}
	}
	return e
}

// encryption describes why there is no TLS. What a certificate says of itself is not repeated.
func encryption(err error) error {
	var (
		hostname  x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
		record    tls.RecordHeaderError
	)
	text := ""
	switch {
	case errors.As(err, &authority):
		text = "the server's certificate is from an unknown authority"
	case errors.As(err, &hostname):
		text = "the server's certificate is for another host"
	case errors.As(err, &invalid):
		text = "the server's certificate is not valid"
	case errors.As(err, &alert):
		text = "the server refused TLS"
	case errors.As(err, &record):
		text = "the server does not speak TLS"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errEnded
	default:
		return err
	}
	return &hiddenError{text, err}
}

// broke describes how a connection ended. known is what was found out below go-imap, whose own errors hold what the server sent.
func broke(known, err error) error {
	if known != nil {
		err = known
	}
	var timeout net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return errEnded
	case errors.As(err, &timeout) && timeout.Timeout():
		return os.ErrDeadlineExceeded
	case known != nil:
		return known
	}
	return errProtocol
}
