package ldapconn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestGroupHidden: a group that shows no member may show none to this reader only.
func TestGroupHidden(t *testing.T) {
	for _, system := range []ldaptest.System{ldaptest.ActiveDirectory, ldaptest.OpenLDAP} {
		f := ldaptest.Run(t, ldaptest.Config{System: system, People: ldaptest.People(6, "source.example")})
		ids := f.IDs()
		put := func(name string, members ...string) string {
			id, err := f.Put("", ldaptest.Person{UID: name, CN: name, Class: ldaptest.Group})
			must(t, err)
			must(t, f.SetMembers(id, members...))
			return id
		}
		inner := put("inner", ids[:3]...)
		outer := put("outer", inner, ids[3])
		for _, tt := range []struct {
			name, reason string
			of           string // whose members are hidden
			want         int
			hidden       bool
		}{
			{"nothing", "both groups are read", "", 4, false},
			{"outer", "an empty list would be wrong", outer, 0, true},
			{"inner", "it may be empty on Active Directory, and nowhere else", inner, map[bool]int{true: 1}[system == ldaptest.ActiveDirectory], system != ldaptest.ActiveDirectory},
		} {
			f.SetRights(ldaptest.Bulk, ldaptest.Rights{HidesAttr: func(o ldaptest.Object, a string) bool { return strings.EqualFold(a, "member") && o.ID() == tt.of }})
			cfg := forestConfig(f, ldaptest.Bulk)
			cfg.User = f.DN(ldaptest.Bulk)
			got, err := list(t.Context(), open(t, cfg, &ldapconn.Options{Filter: ldapconn.Filter{Group: f.EntryDN(outer)}}))
			if len(got) != tt.want || errors.Is(err, refresh.ErrNotVisible) != tt.hidden || !tt.hidden && err != nil {
				t.Errorf("%v, %s: %d entries, %v; want %d: %s", system, tt.name, len(got), err, tt.want, tt.reason)
			}
		}
	}
}
