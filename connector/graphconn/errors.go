package graphconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// Error is what Microsoft Graph said instead of an answer. Its text has everything but Message.
type Error struct {
	Op     string // such as "getByIds"
	Status int    // the HTTP status
	Code   string // Graph's code, such as "Request_ResourceNotFound"; empty when the answer was not Graph's, such as a proxy's page
	// Message is Graph's own text. It may hold names and addresses, so nothing prints it by itself.
	Message string `json:"-"`
	// RequestID and ClientRequestID name the request to Microsoft's support.
	RequestID, ClientRequestID string
	// RetryAfter is how long the service asked to wait; zero when it did not say.
	RetryAfter time.Duration
	// Err is [refresh.ErrCredentials] or [refresh.ErrForbidden] where the status means that, otherwise nil.
	Err error

	damaged bool // the body was to be JSON and is not, so the code may be lost
}

// Error names the operation, the status, the code, the permission that is lacking where Graph says that one is, and the request.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "graphconn: %s: ", e.Op)
	if e.Err != nil {
		fmt.Fprintf(&b, "%v: ", e.Err)
	}
	fmt.Fprintf(&b, "HTTP status %d", e.Status)
	switch {
	case e.Code != "":
		fmt.Fprintf(&b, ", code %s", e.Code)
		if e.Status == 403 {
			fmt.Fprintf(&b, ", for which the application needs the permission %s", needed(e.Op))
		}
	case e.RequestID == "" && e.Status >= 400:
		b.WriteString(", not from Graph itself but from something on the way, such as a proxy")
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %v", e.RetryAfter)
	}
	sep := " ("
	for _, id := range []struct{ name, value string }{{"request-id", e.RequestID}, {"client-request-id", e.ClientRequestID}} {
		if id.value != "" {
			fmt.Fprintf(&b, "%s%s %s", sep, id.name, id.value)
			sep = ", "
		}
	}
	if sep != " (" {
		b.WriteByte(')')
	}
	return b.String()
}

// Unwrap returns the cause, if the status means one.
func (e *Error) Unwrap() error { return e.Err }

// Format leaves Graph's own message out of every verb, also where an Error is printed that is no pointer.
func (e Error) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, e.Error()) }

// LogValue leaves Graph's own message out of logs.
func (e Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// meaning is what a status means to the engine, whoever said it.
func meaning(status int) error {
	switch status {
	case 401:
		return refresh.ErrCredentials
	case 403:
		return refresh.ErrForbidden
	}
	return nil
}

// notFound reports whether Graph itself said that there is no such object. A proxy's 404, or that of a path which Graph does not know, is none.
func notFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == 404 && (e.Code == "Request_ResourceNotFound" || strings.EqualFold(e.Code, "itemNotFound"))
}

// hiddenError is a failure whose cause is not printed, because it may repeat a token, an address or what a hostile server
// sent. errors.Is and errors.As find the cause; errors.Unwrap does not, since who unwraps an error prints it.
type hiddenError struct {
	text  string
	cause error
}

func (e *hiddenError) Error() string        { return e.text }
func (e *hiddenError) Is(target error) bool { return errors.Is(e.cause, target) }
func (e *hiddenError) As(target any) bool   { return errors.As(e.cause, target) }

// Format leaves the cause out of every verb.
func (e hiddenError) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, e.text) }

// LogValue leaves the cause out of logs.
func (e hiddenError) LogValue() slog.Value { return slog.StringValue(e.text) }

// brokenError is a request that got no answer which counts. It may be asked again.
type brokenError struct {
	op  string
	err error // printable
}

func (e *brokenError) Error() string { return fmt.Sprintf("graphconn: %s: %v", e.op, e.err) }
func (e *brokenError) Unwrap() error { return e.err }

// timeoutError says that a request took longer than [Options].Timeout.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return fmt.Sprintf("no complete answer within %v", e.after) }
func (e timeoutError) Unwrap() error { return os.ErrDeadlineExceeded }

// broke describes what net/http returned. Its own errors hold the URL, and some hold what the server sent: only what is known to hold
// neither is repeated.
func broke(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the URL
	}
	var (
		dns       *net.DNSError
		hostname  x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
		errno     syscall.Errno
	)
	text := "the connection ended, or what came was not HTTP"
	switch {
	case errors.Is(err, errLink), errors.Is(err, errRedirect):
		text = "a redirect was refused"
	case errors.As(err, &dns) && dns.IsNotFound:
		text = "the host's name is not known"
	case errors.As(err, &dns):
		text = "the host's name could not be looked up"
	case errors.As(err, &authority):
		text = "the server's certificate is from an unknown authority"
	case errors.As(err, &hostname):
		text = "the server's certificate is for another host"
	case errors.As(err, &invalid):
		text = "the server's certificate is not valid"
	case errors.As(err, &alert):
		text = "TLS was refused"
	case errors.As(err, &errno):
		text = errno.Error()
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		text = "no answer in time"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		text = "the connection ended before the answer did"
	}
	return &hiddenError{text, err}
}
