package slapdtest_test

import (
	"errors"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/slapdtest"
)

// told is what a server says of changes since a moment (RFC 4533).
type told struct {
	entries, deleted, present int
	deletes                   bool // what was not named is unchanged; otherwise it may be gone
	code                      uint16
}

// changes asks what changed since the CSN, as refreshOnly.
func changes(t *testing.T, c *ldap.Conn, suffix, csn string) (got told) {
	t.Helper()
	req := ldap.NewSearchRequest(suffix, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{"1.1"}, nil)
	r := c.Syncrepl(t.Context(), req, 0, ldap.SyncRequestModeRefreshOnly, []byte("rid=000,csn="+csn), false)
	for r.Next() {
		if r.Entry() != nil {
			got.entries++
		}
		for _, x := range r.Controls() {
			switch x := x.(type) {
			case *ldap.ControlSyncInfo:
				switch {
				case x.SyncIdSet == nil:
				case x.SyncIdSet.RefreshDeletes:
					got.deleted += len(x.SyncIdSet.SyncUUIDs)
				default:
					got.present += len(x.SyncIdSet.SyncUUIDs)
				}
			case *ldap.ControlSyncDone:
				got.deletes = x.RefreshDeletes
			}
		}
	}
	if e, ok := errors.AsType[*ldap.Error](r.Err()); ok {
		got.code = e.ResultCode
	} else if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return got
}

func contextCSN(t *testing.T, c *ldap.Conn, suffix string) string {
	t.Helper()
	res, err := c.Search(ldap.NewSearchRequest(suffix, ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{"contextCSN"}, nil))
	if err != nil || len(res.Entries) != 1 {
		t.Fatal(res, err)
	}
	return res.Entries[0].GetAttributeValue("contextCSN")
}

func TestSync(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		sync         slapdtest.Sync
		restart      bool
		want         told
	}{
		{"log", "the log knows the deletion", slapdtest.SyncLog, false, told{entries: 1, deleted: 1, deletes: true}},
		{"no log", "everything else that is still there is named", slapdtest.SyncNoLog, false, told{entries: 1, present: 13}},
		{"short log", "the log began later", slapdtest.SyncShortLog, false, told{entries: 1, present: 13}},
		{"restart", "the log is lost", slapdtest.SyncLog, true, told{entries: 1, present: 13}},
		{"none", "there is no overlay, and the control is critical", slapdtest.NoSync, false, told{code: ldap.LDAPResultUnavailableCriticalExtension}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := slapdtest.Run(t, slapdtest.Config{People: slapdtest.People(3, "source.example"), Sync: tt.sync})
			c, err := bind(t, s, slapdtest.Bulk, slapdtest.Password)
			if err != nil {
				t.Fatal(err)
			}
			since := contextCSN(t, c, s.Suffix)
			if tt.sync == slapdtest.NoSync {
				since = "20200101000000.000000Z#000000#000#000000"
			}
			for i := range 2 {
				if err := s.Replace(s.PersonDN("user000000"), "displayName", string(rune('a'+i))); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Delete(s.PersonDN("user000001")); err != nil {
				t.Fatal(err)
			}
			if tt.restart {
				if err := s.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
				if c, err = bind(t, s, slapdtest.Bulk, slapdtest.Password); err != nil {
					t.Fatal(err)
				}
			}
			if got := changes(t, c, s.Suffix, since); got != tt.want {
				t.Errorf("%+v, want %+v: %s", got, tt.want, tt.reason)
			}
		})
	}
}
