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

// TestCatalogPartial: a catalog that does not hold what a mailbox is read from is refused, or a mailbox of another domain would have
// another address, or none.
func TestCatalogPartial(t *testing.T) {
	const extension = "extensionAttribute1"
	noExchange := ldaptest.Rights{Hides: func(o ldaptest.Object) bool { return strings.HasPrefix(o.Value("lDAPDisplayName"), "msExch") }}
	hidden := ldaptest.Rights{Hides: func(o ldaptest.Object) bool { return o.Value("lDAPDisplayName") != "" }}
	for _, tt := range []struct {
		name, reason string
		lacks        []string // the attributes that the catalog does not hold
		addresses    string
		domains      bool
		rights       ldaptest.Rights
		names        string // the attribute that the error names; "" where all is found
	}{
		{"held", "then it is as good as mail", []string{}, extension, false, ldaptest.Rights{}, ""},
		{"not held", "the catalog shows mail alone", []string{extension}, extension, false, ldaptest.Rights{}, extension},
		{"not held, and a server of each domain", "the catalog is not needed", []string{extension}, extension, true, ldaptest.Rights{}, ""},
		{"the type is not held", "every mailbox would be one of no kind", []string{"msExchRecipientTypeDetails"}, "", false, ldaptest.Rights{}, "msExchRecipientTypeDetails"},
		{"no Exchange in the schema", "nobody has what is not there", nil, "", false, noExchange, ""},
		{"no schema", "nothing says what the catalog holds", nil, "", false, hidden, "proxyAddresses"},
		{"not in the schema", "it may be a slip of the pen", nil, "nobodysAttribute", false, ldaptest.Rights{}, "nobodysAttribute"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := twoDomains(t, func(c *ldaptest.Config) { c.NotInCatalog = tt.lacks })
			f.SetRights(ldaptest.Reader, tt.rights)
			for i, id := range f.IDs() {
				if tt.addresses == extension {
					must(t, f.Replace(id, extension, "SMTP:real"+string(rune('0'+i))+"@source.example"))
				} else {
					must(t, f.SetAddresses(id, []string{"real" + string(rune('0'+i)) + "@source.example"}, []string{"SMTP:real" + string(rune('0'+i)) + "@source.example"}))
				}
			}
			cfg := forestConfig(f, ldaptest.Reader)
			cfg.Catalogs = []string{f.DCs[0].CatalogTLSAddr}
			if tt.domains {
				cfg.Domains = []string{f.DC("sub.source.example", 0).TLSAddr}
			}
			c := open(t, cfg, &ldapconn.Options{Timeout: 5 * time.Second, Attributes: ldapconn.Attributes{Addresses: tt.addresses}})
			refused := func(call string, err error) {
				t.Helper()
				switch {
				case tt.names == "" && err != nil, tt.names != "" && err == nil:
					t.Errorf("%s: %v: %s", call, err, tt.reason)
				case err != nil && (!errors.Is(err, refresh.ErrOutOfScope) || !strings.Contains(err.Error(), tt.names) || !strings.Contains(err.Error(), "Config.Domains")):
					t.Errorf("%s: the error says neither the attribute nor the remedy: %v", call, err)
				}
			}
			got, err := resolve(t.Context(), t, c, asIDs(f.IDs())[7])
			must(t, err)
			m, ok := got[0].Mailbox()
			if refused("Resolve", got[0].Err()); ok && m.Primary != "real7@source.example" {
				t.Errorf("the primary address is %q", m.Primary)
			}
			must(t, c.Find(t.Context(), []refresh.Address{"real7@source.example"}, func(_ int, fd refresh.Finding) {
				hits, ok := fd.Mailboxes()
				if refused("Find", fd.Err()); ok && len(hits) != 1 {
					t.Errorf("Find: %d hits", len(hits))
				}
			}))
			ids, err := list(t.Context(), c)
			if refused("List", err); err == nil && len(ids) != 9 {
				t.Errorf("List: %d entries, and no error", len(ids))
			}
		})
	}
}
