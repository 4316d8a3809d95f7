package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/internal/fanout"
)

// preflight inspects both sides and makes every refusal before any look-up: a job must never be compared with
// another directory than its own.
func (r *run) preflight(ctx context.Context) error {
	refusals := make([]error, len(r.sides))
	_ = fanout.Each(ctx, 0, len(r.sides), func(ctx context.Context, i int) error {
		s := r.sides[i]
		refusals[i] = s.inspect(withReporter(ctx, r.reporter(s)), r.opts.SkipPinCheck)
		return nil
	})
	for i, s := range r.sides {
		if refusals[i] != nil {
			return refusals[i]
		}
		if ctx.Err() != nil {
			s.failed = context.Cause(ctx) // perhaps never inspected, so never to be asked
		}
	}
	return nil
}

// inspect returns a refusal. Anything else that goes wrong fails the look-ups of this side and lets the other go on.
func (s *sideRun) inspect(ctx context.Context, skipPinCheck bool) error {
	inspector, ok := As[Inspector](s.conn)
	if !ok {
		return s.unpinnable(skipPinCheck)
	}
	dir, err := inspector.Inspect(ctx)
	switch {
	case err == nil:
	case errors.Is(err, ErrCredentials):
		return &ReconfigureError{Side: s.side, System: s.record.System, Err: err}
	case errors.Is(err, ErrForbidden):
		if s.endpoint.Pin == "" {
			s.warn(WarnUnpinned, "the job does not say which directory this side is, and the right to ask is lacking")
		} else {
			s.warn(WarnPinUnverified, "the right to check that this is the job's directory is lacking")
		}
		return nil
	default:
		s.failed = fmt.Errorf("inspecting the directory: %w", err)
		return nil
	}
	dir.System, dir.Name, dir.Server, dir.Pin = printable(dir.System), printable(dir.Name), printable(dir.Server), printable(dir.Pin)
	s.dir = dir
	if dir.System != "" {
		s.record.System = dir.System
	}
	s.record.Directory, s.record.Server, s.record.LastSync = dir.Name, dir.Server, writable(dir.LastSync)
	if dir.Pin == "" {
		if refusal := s.unpinnable(skipPinCheck); refusal != nil {
			return refusal
		}
	} else if err := s.checkPin(); err != nil {
		return err
	}
	s.checkAccount()
	return nil
}

// unpinnable handles a directory that cannot be told from others.
func (s *sideRun) unpinnable(skipPinCheck bool) error {
	switch {
	case s.endpoint.Pin == "":
		s.warn(WarnUnpinned, "the job does not say which directory this side is, and the connector cannot tell")
	case skipPinCheck:
		s.warn(WarnPinUnverified, "whether this is the job's directory was not checked, as asked for")
	default:
		return &PinError{Side: s.side, System: s.record.System}
	}
	return nil
}

func (s *sideRun) checkPin() error {
	if s.endpoint.Pin != "" && s.endpoint.Pin != s.dir.Pin {
		return &WrongDirectoryError{Side: s.side, Want: s.endpoint.Pin, Got: s.dir.Pin}
	}
	if s.endpoint.Pin == "" {
		s.warn(WarnUnpinned, "the job did not say which directory this side is; applying the result pins it to the one reached")
	}
	s.record.Pin = s.dir.Pin
	return nil
}

// checkAccount warns when the account that the connection was configured with lives in a domain that the
// directory no longer accepts: the sign-in still works today, and stops when the old name is cleaned up.
func (s *sideRun) checkAccount() {
	domain, ok := accountDomain(s.endpoint.Account)
	if !ok || s.dir.Accepts(domain) != No || s.isInitial(domain) {
		return
	}
	s.warn(WarnReconfigure, "the connection's account is in a domain that the directory no longer accepts: reconfigure the connection")
}

// accountDomain returns the domain of an account that is an address. App-only sign-ins, distinguished names and
// DOMAIN\user are none.
func accountDomain(account string) (string, bool) {
	at := strings.IndexByte(account, '@')
	if at < 0 || strings.ContainsAny(account, `\,`) || strings.Contains(account[:at], "=") || Address(account).Check() != nil {
		return "", false
	}
	return Address(account).Domain(), true
}

// initialSuffixes are those of tenants' initial domains: global, Germany (closed), US government, China.
var initialSuffixes = []string{".onmicrosoft.com", ".onmicrosoft.de", ".onmicrosoft.us", ".partner.onmschina.cn"}

// isInitial asks the directory's own word first; the suffix decides only where the directory marks no domain.
func (s *sideRun) isInitial(domain string) bool {
	marked := false
	for _, d := range s.dir.Domains {
		if d.Initial {
			marked = true
			if foldDomain(d.Name) == domain {
				return true
			}
		}
	}
	return !marked && slices.ContainsFunc(initialSuffixes, func(x string) bool { return strings.HasSuffix(domain, x) })
}

func (s *sideRun) warn(code WarningCode, text string, keys ...string) {
	s.warned = append(s.warned, Warning{Code: code, Side: s.side, Text: text, Keys: keys})
}
