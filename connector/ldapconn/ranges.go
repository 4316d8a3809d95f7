package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// Bounds of what is fetched of one attribute in ranges.
const (
	maxRanges = 200
	maxValues = 200_000
)

var (
	errRange   = errors.New("the server broke the protocol: a range of values that does not continue the one before")
	errUnquiet = errors.New("the entry changed again and again while its values were read")
)

// complete fetches the rest of the attributes of which the server answered some values only. Active Directory answers at most
// 1500 at a time, as "name;range=0-1499" (MS-ADTS section 3.1.1.3.1.3.3). A range that makes no sense or is refused leaves the attribute
// as it is, so that decode refuses it, and lack says why; err is for what broke.
func (c *Connector) complete(ctx context.Context, s *session, id refresh.ID, e *ldap.Entry) (lack, err error) {
	if s.facts.dialect != activeDirectory {
		return nil, nil
	}
	for i, a := range e.Attributes {
		name, options, _ := strings.Cut(a.Name, ";")
		if _, _, ok := parseRange(options); !ok || !c.reads(name) {
			continue
		}
		values, err := s.rangesOf(ctx, id, name)
		switch {
		case errors.Is(err, errRange), errors.Is(err, errUnquiet), errors.Is(err, errNoEntry), resultCode(err) != 0 && !isBusy(err):
			lack = err
			c.opts.Logger.DebugContext(ctx, "ldapconn: values were not read in full", "server", s.server, "attribute", name, "why", err)
		case err != nil:
			return nil, err
		default:
			e.Attributes[i] = &ldap.EntryAttribute{Name: name, ByteValues: values}
		}
	}
	return lack, nil
}

// ifRefused returns err where the server refused to give the values, or gave none: that may be over in a moment. Nonsense is not,
// and an entry may be deleted meanwhile.
func ifRefused(err error) error {
	if code := resultCode(err); code == ldap.LDAPResultNoSuchObject || code == 0 && !errors.Is(err, errNoEntry) {
		return nil
	}
	return err
}

// reads reports whether an attribute is one that is asked for.
func (c *Connector) reads(name string) bool {
	return slices.ContainsFunc(slices.Concat(c.attrs.mailbox(), c.attrs.person(), memberAttributes), func(x string) bool { return strings.EqualFold(x, name) })
}

// rangesOf reads all values of an attribute. They belong together: when the entry changes on the way, it begins again.
func (s *session) rangesOf(ctx context.Context, id refresh.ID, name string) ([][]byte, error) {
	var last error = &Error{Server: s.server, Op: "search", Err: errUnquiet}
	for range 3 {
		switch values, quiet, err := s.ranges(ctx, id, name); {
		case isTooMany(err) && !s.dead():
			last = err
		case err != nil || quiet:
			return values, err
		}
	}
	return nil, last
}

// ranges reads all values of an attribute once. quiet says that the entry did not change meanwhile.
func (s *session) ranges(ctx context.Context, id refresh.ID, name string) (values [][]byte, quiet bool, err error) {
	bad := &Error{Server: s.server, Op: "search", Err: errRange}
	version := ""
	for n := range maxRanges {
		e, err := s.read(ctx, "<GUID="+string(id)+">", fmt.Sprintf("%s;range=%d-*", name, len(values)), s.facts.dialect.identity, usnChanged)
		if err != nil {
			return nil, false, err
		}
		if got, err := identityOf(s.facts.dialect, e); err != nil || got != id {
			return nil, false, bad
		}
		if v := one(e, usnChanged); n == 0 {
			version = v
		} else if v != version || v == "" {
			return nil, false, nil
		}
		part, last, ok := rangeOf(e, name, len(values))
		if !ok || len(values)+len(part) > maxValues {
			return nil, false, bad
		}
		if values = append(values, part...); last {
			return values, true, nil
		}
	}
	return nil, false, bad
}

// usnChanged is the version of an entry on one server (MS-ADTS section 3.1.1.1.9).
const usnChanged = "uSNChanged"

// rangeOf returns the values of an attribute from the given index on, and whether they are the last ones.
func rangeOf(e *ldap.Entry, name string, from int) (values [][]byte, last, ok bool) {
	for _, a := range e.Attributes {
		base, options, _ := strings.Cut(a.Name, ";")
		if !strings.EqualFold(base, name) {
			continue
		}
		low, high, ranged := parseRange(options)
		switch {
		case options == "" && len(a.ByteValues) == 0: // Active Directory sends the bare name, too
		case options == "" && from == 0:
			return a.ByteValues, true, true // they all fit now
		case !ranged, low != int64(from), len(a.ByteValues) == 0:
			return nil, false, false
		case high == openEnd:
			return a.ByteValues, true, true
		default:
			return a.ByteValues, false, high-low+1 == int64(len(a.ByteValues))
		}
	}
	return nil, false, false
}

// openEnd is the upper end of the last range.
const openEnd = -1

// parseRange reads "range=0-1499" or "range=1500-*".
func parseRange(option string) (low, high int64, ok bool) {
	const prefix = "range="
	if len(option) < len(prefix) || !strings.EqualFold(option[:len(prefix)], prefix) {
		return 0, 0, false
	}
	from, to, _ := strings.Cut(option[len(prefix):], "-")
	low, ok = number(from)
	if to == "*" {
		return low, openEnd, ok && low >= 0
	}
	high, ok2 := number(to)
	return low, high, ok && ok2 && 0 <= low && low <= high
}
