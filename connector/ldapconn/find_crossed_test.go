package ldapconn_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestFindCrossed: the holder of an address comes in answer to the search for anybody, which shows that this reader sees mailboxes.
// Whatever comes there looks like an answer, so the holder must not be called nobody.
func TestFindCrossed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		keep   int // entries of the right answer to the search for anybody that come, too
		reason string
	}{
		{"beside another entry", 1, "more than the size limit allows, which Samba does always"},
		{"instead of another entry", 0, "nothing is wrong with the answer itself"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := openLDAPRoot()
			f := &fake{entries: []object{root[0], mailbox(1), mailbox(2), root[1]}}
			crossed := false
			f.answer = func(_ int, id int64, filter string, out [][]byte) [][]byte {
				switch {
				case strings.Contains(filter, "smtp:"):
					return out[len(out)-1:]
				case strings.Contains(filter, "(entryUUID=*)"):
					crossed = true
					return append(append(out[:tt.keep:tt.keep], entry(id, mailbox(2))), out[len(out)-1])
				}
				return out
			}
			c := f.start(t).open(t, 10*time.Second)
			must(t, c.Find(t.Context(), []refresh.Address{"u2@source.example"}, func(_ int, x refresh.Finding) {
				if hits, ok := x.Mailboxes(); ok || !errors.Is(x.Err(), refresh.ErrReplicasDisagree) {
					t.Errorf("%s: %d holders, %v", tt.reason, len(hits), x.Err())
				}
			}))
			if !crossed {
				t.Error("nobody looked for anybody")
			}
		})
	}
}

// TestPinRefused: where the right to read the pin is refused, the error of another place says what the server said.
func TestPinRefused(t *testing.T) {
	f := twoDomains(t, nil)
	pin := func(r ldaptest.Request) bool {
		return r.Scope == 0 && strings.HasPrefix(strings.ToLower(r.Base), "cn=configuration,")
	}
	for _, d := range f.DCs {
		d.SetFaults(ldaptest.Fault{Op: ldaptest.Search, When: pin, Nth: 1, Times: 100, Do: ldaptest.Refuse, Code: ldaptest.InsufficientAccessRights})
	}
	c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Domains = []string{f.DCs[2].TLSAddr} })
	failed := 0
	must(t, c.Find(t.Context(), []refresh.Address{"nobody@source.example"}, func(_ int, x refresh.Finding) {
		if err := x.Err(); err == nil || !errors.Is(err, refresh.ErrForbidden) || !strings.Contains(err.Error(), "(LDAP result code 50)") {
			t.Errorf("the cause is %v", err)
		}
		failed++
	}))
	if failed != 1 {
		t.Errorf("%d answers", failed)
	}
}
