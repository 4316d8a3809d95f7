package ldapconn_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestProbeFindsAbsent: the look whether this reader sees anybody finds the very mailbox that was left out before. It is not absent.
func TestProbeFindsAbsent(t *testing.T) {
	f := &fake{entries: append(openLDAPRoot(), mailbox(0))}
	f.answer = func(n int, _ int64, _ string, out [][]byte) [][]byte {
		switch n {
		case 0: // it is not there yet
			return out[len(out)-1:]
		case 1: // the fake takes the suffix for a mailbox
			return out[len(out)-2:]
		}
		return out
	}
	f.start(t)
	got, err := resolve(t.Context(), t, f.open(t, 5*time.Second), refresh.ID(uuidOf(0)), refresh.ID(uuidOf(1)))
	must(t, err)
	if !errors.Is(got[0].Err(), refresh.ErrReplicasDisagree) || got[0].Replica() == "" {
		t.Errorf("%s of %q", word(got[0]), got[0].Replica())
	}
	if _, absent := got[1].Absence(); !absent {
		t.Errorf("another one: %s", word(got[1]))
	}
}

// TestProbeForInstanceFindsAbsent is the same of the look whether this reader sees which mailbox an account has.
func TestProbeForInstanceFindsAbsent(t *testing.T) {
	f := adWorld(base)
	account := object{"CN=Berta,OU=People," + base, map[string][]string{"objectGUID": {strings.Repeat("\x22", 16)}, "cn": {"Berta"}, "displayName": {"Berta"}, "userPrincipalName": {"berta@source.example"}}}
	f.entries = append(f.entries, account, adUser(nil))
	f.answer = func(n int, id int64, _ string, out [][]byte) [][]byte {
		switch n {
		case 0: // the mailbox is not there yet
			return append(out[:1:1], out[2:]...)
		case 1, 2: // which mailboxes there are, and then this one
			return out[len(out)-2:]
		}
		return [][]byte{result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultInsufficientAccessRights)} // deleted objects
	}
	f.start(t)
	got, err := resolve(t.Context(), t, f.open(t, 5*time.Second), adID, "22222222-2222-2222-2222-222222222222")
	must(t, err)
	if _, found := got[1].Mailbox(); !found {
		t.Errorf("the account: %s", word(got[1]))
	}
	if !errors.Is(got[0].Err(), refresh.ErrReplicasDisagree) {
		t.Error(word(got[0]))
	}
}

// TestProbeOfDomainFindsAbsent is the same of the look for somebody in each domain of a catalog.
func TestProbeOfDomainFindsAbsent(t *testing.T) {
	f := twoDomains(t, nil)
	id := f.IDs()[7]
	child := strings.ToLower(f.SuffixOf("sub.source.example"))
	var there atomic.Bool
	f.SetRights(ldaptest.Reader, ldaptest.Rights{Hides: func(o ldaptest.Object) bool {
		return o.Person() && strings.HasSuffix(strings.ToLower(o.DN()), child) && (o.ID() != id || !there.Load())
	}})
	c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Catalogs = []string{f.DCs[0].CatalogTLSAddr} })
	f.DCs[0].SetFaults(ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Refuse, Code: ldaptest.InsufficientAccessRights, When: func(r ldaptest.Request) bool {
		there.CompareAndSwap(false, r.Catalog && strings.EqualFold(r.Base, child) && strings.Contains(r.Filter(), "sAMAccountType"))
		_, deleted := r.Control("1.2.840.113556.1.4.417") // LDAP_SERVER_SHOW_DELETED_OID: it would show it, too
		return deleted
	}})
	got, err := resolve(t.Context(), t, c, refresh.ID(id))
	must(t, err)
	if !there.Load() || !errors.Is(got[0].Err(), refresh.ErrReplicasDisagree) {
		t.Errorf("%s, looked: %v", word(got[0]), there.Load())
	}
}
