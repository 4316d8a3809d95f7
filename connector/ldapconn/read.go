package ldapconn

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

var errNoEntry = errors.New("the entry is not there")

// read reads one entry by its DN.
func (s *session) read(ctx context.Context, dn string, attrs ...string) (*ldap.Entry, error) {
	res, err := s.search(ctx, &ldap.SearchRequest{BaseDN: dn, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attributes: attrs})
	switch {
	case err != nil:
		return nil, err
	case len(res.Entries) == 0:
		return nil, &Error{Server: s.server, Op: "search", Err: errNoEntry}
	case len(res.Entries) > 1:
		s.tainted.Store(true)
		return nil, &Error{Server: s.server, Op: "search", Err: errUnasked}
	}
	return res.Entries[0], nil
}

// raw returns the values of an attribute, whose name the server may spell in any case. part is true when they are
// only some of them: Active Directory answers "name;range=0-1499" instead (MS-ADTS section 3.1.1.3.1.3.3).
func raw(e *ldap.Entry, name string) (values [][]byte, part bool) {
	for _, a := range e.Attributes {
		base, options, _ := strings.Cut(a.Name, ";")
		switch {
		case !strings.EqualFold(base, name):
		case options == "":
			values = append(values, a.ByteValues...)
		case strings.HasPrefix(strings.ToLower(options), "range="):
			part = true
		}
	}
	return values, part
}

// rawOne returns the only value of an attribute.
func rawOne(e *ldap.Entry, name string) ([]byte, bool) {
	values, part := raw(e, name)
	if part || len(values) != 1 {
		return nil, false
	}
	return values[0], true
}

// all returns the values as text.
func all(e *ldap.Entry, name string) []string {
	values, _ := raw(e, name)
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// one returns the only value as text, "" when there is none or more than one.
func one(e *ldap.Entry, name string) string {
	v, _ := rawOne(e, name)
	return string(v)
}

func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
