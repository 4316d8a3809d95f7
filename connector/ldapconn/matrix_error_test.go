package ldapconn_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// in returns whether an error's text holds a part.
func in(err error) func(part string) bool {
	text := err.Error()
	return func(part string) bool { return strings.Contains(text, part) }
}

// flaw says what is wrong with an error in the cell: it must name a server and the cause, and nothing of what was read or sent.
func (x *cell) flaw(err error) string {
	all := strings.ToLower(fmt.Sprintf("%v %+v", err, err))
	for _, bad := range []string{"@", "secret", "user0", "last1", "dc=", "ou=", ldaptest.Password} {
		if strings.Contains(all, bad) {
			return fmt.Sprintf("an error says %q: %v", bad, err)
		}
	}
	names, f := in(err), x.fault
	switch {
	case !slices.ContainsFunc(x.world.servers(), names):
		return fmt.Sprintf("an error names no server: %v", err)
	case !slices.ContainsFunc(f.causes, names):
		return fmt.Sprintf("an error does not name the cause: %v", err)
	case f.is != nil && x.op != refreshing && names(f.causes[0]) && !errors.Is(err, f.is):
		return fmt.Sprintf("an error does not wrap %v: %v", f.is, err)
	}
	return ""
}
