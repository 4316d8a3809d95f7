package ldaptest_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// grave reads an object by its identity with a control, "" where it is not there.
func grave(t testing.TB, f *ldaptest.Forest, a ldaptest.Account, id, oid string, raw byte) *ldap.Entry {
	t.Helper()
	req := request(f.Suffix(), ldap.ScopeWholeSubtree, "(objectGUID="+ldap.EscapeFilter(ldaptest.Octets(id))+")")
	if oid != "" {
		req.Controls = []ldap.Control{control{oid: oid, raw: raw}}
	}
	res, err := bind(t, f, f.DCs[0].TLSAddr, a).Search(req)
	must(t, err)
	if len(res.Entries) == 0 {
		return nil
	}
	return res.Entries[0]
}

// state says what of an entry is there.
func state(e *ldap.Entry) string {
	if e == nil {
		return "none"
	}
	var out []string
	for _, a := range []string{"isDeleted", "isRecycled", "mail", "proxyAddresses", "userPrincipalName", "msExchMailboxGuid", "objectGUID", "sAMAccountName", "lastKnownParent", "msDS-LastKnownRDN", "legacyExchangeDN"} {
		if len(e.GetAttributeValues(a)) > 0 {
			out = append(out, a)
		}
	}
	return strings.Join(out, " ")
}

func TestDelete(t *testing.T) {
	const full = "mail proxyAddresses userPrincipalName msExchMailboxGuid objectGUID sAMAccountName"
	for _, tt := range []struct {
		bin  bool
		want string
	}{
		{false, "isDeleted isRecycled msExchMailboxGuid objectGUID sAMAccountName lastKnownParent legacyExchangeDN"},
		{true, "isDeleted " + full + " lastKnownParent msDS-LastKnownRDN legacyExchangeDN"},
	} {
		f := ldaptest.Run(t, ldaptest.Config{RecycleBin: tt.bin, People: []ldaptest.Person{person("anna"), person("bob")}})
		id := f.IDs()[0]
		before := f.DCs[0].HighestUSN()
		must(t, f.Delete(id))
		for _, see := range []struct {
			account ldaptest.Account
			oid     string
			raw     byte
			want    string
			reason  string
		}{
			{ldaptest.Admin, "", 0, "none", "without the control"},
			{ldaptest.Admin, showDeleted, 0xff, tt.want, "critical as in DER"},
			{ldaptest.Admin, showDeleted, 0x01, tt.want, "critical as go-ldap writes it"},
			{ldaptest.Admin, showDeleted, 0, tt.want, "not critical"},
			{ldaptest.Admin, showRecycled, 0xff, tt.want, "shows deleted ones as well"},
			{ldaptest.Reader, showDeleted, 0xff, "none", "an ordinary reader sees absence"},
		} {
			if diff := cmp.Diff(see.want, state(grave(t, f, see.account, id, see.oid, see.raw))); diff != "" {
				t.Errorf("bin %v: %s, %s (-want +got):\n%s", tt.bin, see.account, see.reason, diff)
			}
		}
		e := grave(t, f, ldaptest.Admin, id, showDeleted, 0xff)
		if want := `CN=anna\0ADEL:` + id + ",CN=Deleted Objects,DC=source,DC=example"; e.DN != want {
			t.Errorf("DN %s, want %s", e.DN, want)
		}
		if p := e.GetAttributeValue("lastKnownParent"); p != "OU=People,DC=source,DC=example" {
			t.Errorf("lastKnownParent %s", p)
		}
		if usn := e.GetAttributeValue("uSNChanged"); usn != strconv.FormatInt(before+1, 10) || e.GetAttributeValue("name") != "anna\nDEL:"+id {
			t.Errorf("uSNChanged %s, name %q", usn, e.GetAttributeValue("name"))
		}
		// By its DN, by <GUID=…>, and in its container.
		c := bind(t, f, f.DCs[0].TLSAddr, ldaptest.Admin)
		for _, base := range []string{e.DN, "<GUID=" + id + ">", "CN=Deleted Objects," + f.Suffix(), "<WKGUID=18E2EA80684F11D2B9AA00C04F79F805," + f.Suffix() + ">"} {
			req := request(base, ldap.ScopeWholeSubtree, "(objectClass=user)")
			if _, err := c.Search(req); code(err) != ldaptest.NoSuchObject {
				t.Errorf("%s without the control: %v, want code 32", base, err)
			}
			req.Controls = []ldap.Control{ldap.NewControlMicrosoftShowDeleted()}
			if res, err := c.Search(req); err != nil || len(res.Entries) != 1 {
				t.Errorf("%s: %v", base, err)
			}
		}
		if grave(t, f, ldaptest.Admin, f.IDs()[0], "", 0) == nil {
			t.Error("somebody else went too")
		}
	}
}

func TestUndelete(t *testing.T) {
	for _, bin := range []bool{false, true} {
		f := ldaptest.Run(t, ldaptest.Config{RecycleBin: bin, People: []ldaptest.Person{person("anna")}})
		id := f.IDs()[0]
		p, _ := f.Get(id)
		group := got[string](t)(f.Put("", ldaptest.Person{UID: "staff", Class: ldaptest.Group}))
		must(t, f.SetMembers(group, id), f.Delete(id))
		c := reader(t, f)
		if e := find(t, c, f.Suffix(), "(cn=staff)", "member")[0]; len(e.Attributes) != 0 {
			t.Errorf("a deleted member is listed: %v", e.Attributes)
		}
		must(t, f.Undelete(id))
		q, ok := f.Get(id)
		want := p
		if !bin {
			want.Given, want.Surname, want.Name, want.Login, want.Nickname, want.Mail, want.Proxies, want.Type = "", "", "", "", "", nil, nil, 0
		}
		if diff := cmp.Diff(want, q); !ok || diff != "" {
			t.Errorf("bin %v: undeleted (-want +got):\n%s", bin, diff)
		}
		if v := f.Values(id, "lastKnownParent"); len(v) != 1 || f.Values(id, "isDeleted") != nil || f.Values(id, "isRecycled") != nil || f.Values(id, "objectCategory") == nil {
			t.Errorf("bin %v: undeleted with lastKnownParent %q, isDeleted %q, isRecycled %q", bin, v, f.Values(id, "isDeleted"), f.Values(id, "isRecycled"))
		}
		if dn := f.EntryDN(id); dn != "CN=anna,OU=People,DC=source,DC=example" {
			t.Errorf("bin %v: undeleted to %s", bin, dn)
		}
		if got := len(find(t, c, f.Suffix(), "(memberOf=CN=staff,OU=People,"+f.Suffix()+")")) == 1; got != bin {
			t.Errorf("bin %v: the membership came back: %v", bin, got)
		}
		if f.Undelete(id) == nil || f.Purge(id) == nil || f.Recycle(id) == nil {
			t.Error("a live object was undeleted, purged or recycled")
		}
	}
}

func TestLifetime(t *testing.T) {
	day := 24 * time.Hour
	f := ldaptest.Run(t, ldaptest.Config{RecycleBin: true, People: []ldaptest.Person{person("anna"), person("bob"), person("carl")}})
	ids := f.IDs()
	must(t, f.Delete(ids[0]), f.Delete(ids[1]), f.Recycle(ids[1]), f.Delete(ids[2]), f.Purge(ids[2]))
	check := func(when, anna, bob, carl string) {
		t.Helper()
		for i, want := range []string{anna, bob, carl} {
			deleted, recycled := grave(t, f, ldaptest.Admin, ids[i], showDeleted, 0xff) != nil, grave(t, f, ldaptest.Admin, ids[i], showRecycled, 0xff) != nil
			got := map[[2]bool]string{{true, true}: "deleted", {false, true}: "recycled", {false, false}: "gone"}[[2]bool{deleted, recycled}]
			if got != want {
				t.Errorf("%s: object %d is %s, want %s", when, i, got, want)
			}
		}
	}
	check("at once", "deleted", "recycled", "gone")
	if s := state(grave(t, f, ldaptest.Admin, ids[1], showRecycled, 0xff)); s != "isDeleted isRecycled msExchMailboxGuid objectGUID sAMAccountName lastKnownParent msDS-LastKnownRDN legacyExchangeDN" {
		t.Errorf("recycled: %s", s)
	}
	if f.Undelete(ids[1]) == nil {
		t.Error("a recycled object came back")
	}
	f.Advance(179 * day)
	check("after 179 days", "deleted", "recycled", "gone")
	f.Advance(2 * day)
	check("after 181 days", "recycled", "gone", "gone")
	f.Advance(180 * day)
	check("after 361 days", "gone", "gone", "gone")
}

func TestDeleteTree(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{})
	ou := "OU=Staff," + f.Suffix()
	must(t, f.AddOU(ou))
	p := person("anna")
	p.Parent = ou
	id := got[string](t)(f.Put("", p))
	must(t, f.Delete(got[string](t)(f.Lookup(ou))))
	if e := grave(t, f, ldaptest.Admin, id, showDeleted, 0xff); e == nil || e.GetAttributeValue("lastKnownParent") != ou {
		t.Errorf("what was below it: %v", e)
	}
	if err := f.Delete(f.ConfigID()); err == nil {
		t.Error("the configuration was deleted")
	}
	must(t, f.Undelete(id))
	if dn := f.EntryDN(id); dn != "CN=anna,OU=People,"+f.Suffix() {
		t.Errorf("its parent is gone, so it came back to %s", dn)
	}
}
