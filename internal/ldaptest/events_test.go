package ldaptest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func TestEvents(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna"), person("bob"), person("carl"), person("dora"), person("ewa"), person("fritz")}})
	ids := f.IDs()
	c := reader(t, f)
	before := map[string]ldaptest.Person{}
	for _, id := range ids {
		before[id], _ = f.Get(id)
	}
	// seen is what a reader sees of an object as the events are about it.
	seen := func(id string) string {
		es := find(t, c, f.Suffix(), "(objectGUID="+escape(id)+")")
		if len(es) == 0 {
			return "none"
		}
		e := es[0]
		return strings.Join([]string{e.DN[:strings.Index(e.DN, ",DC=")], e.GetAttributeValue("mail"), strings.Join(e.GetAttributeValues("proxyAddresses"), ";"), e.GetAttributeValue("userPrincipalName"),
			e.GetAttributeValue("msExchRecipientTypeDetails"), e.GetAttributeValue("targetAddress")}, "|")
	}
	step := func(name string, err error, id, want string) {
		t.Helper()
		must(t, err)
		if diff := cmp.Diff(want, seen(id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	rest := func(uid string) string {
		return "|SMTP:" + uid + "@source.example;smtp:" + uid + ".berg@source.example|"
	}
	step("rename", f.Rename(ids[0], "Anna Tal"), ids[0], "CN=Anna Tal,OU=People|anna@source.example"+rest("anna")+"anna@source.example|1|")
	step("addresses", f.SetAddresses(ids[0], []string{"a@new.example"}, []string{"SMTP:a@new.example"}), ids[0], "CN=Anna Tal,OU=People|a@new.example|SMTP:a@new.example|anna@source.example|1|")
	must(t, f.AddOU("OU=A,"+f.Suffix()), f.AddOU("OU=B,"+f.Suffix()), f.Move(ids[1], "OU=A,"+f.Suffix()))
	step("move", nil, ids[1], "CN=bob,OU=A|bob@source.example"+rest("bob")+"bob@source.example|1|")
	usn := find(t, c, f.Suffix(), "(cn=bob)")[0].GetAttributeValue("uSNChanged")
	step("move of the container", f.Move(got[string](t)(f.Lookup("OU=A,"+f.Suffix())), "OU=B,"+f.Suffix()), ids[1], "CN=bob,OU=A,OU=B|bob@source.example"+rest("bob")+"bob@source.example|1|")
	if now := find(t, c, f.Suffix(), "(cn=bob)")[0].GetAttributeValue("uSNChanged"); now != usn {
		t.Errorf("uSNChanged of an object whose container moved: %s, want %s", now, usn)
	}
	step("swap", f.Swap(ids[2], ids[3]), ids[2], "CN=carl,OU=People|dora@source.example"+rest("dora")+"carl@source.example|1|")
	step("swap, the other", nil, ids[3], "CN=dora,OU=People|carl@source.example"+rest("carl")+"dora@source.example|1|")
	step("disable mailbox", f.DisableMailbox(ids[2]), ids[2], "CN=carl,OU=People|||carl@source.example||")
	if v := f.Values(ids[2], "msExchMailboxGuid"); v != nil {
		t.Errorf("a disabled mailbox keeps msExchMailboxGuid %x", v)
	}
	box := got[string](t)(f.ReplaceMailbox(ids[3]))
	step("replace mailbox", nil, ids[3], "CN=dora,OU=People|carl@source.example"+rest("carl")+"dora@source.example|1|")
	if v := ldaptest.GUID(f.Values(ids[3], "msExchMailboxGuid")[0]); v != box || v == before[ids[3]].Mailbox {
		t.Errorf("a replaced mailbox has %s, want %s", v, box)
	}
	step("remote", f.BecomeRemote(ids[4], "ewa@cloud.example"), ids[4],
		"CN=ewa,OU=People|ewa@source.example|SMTP:ewa@source.example;smtp:ewa.berg@source.example;smtp:ewa@cloud.example|ewa@source.example|2147483648|SMTP:ewa@cloud.example")
	again := got[string](t)(f.Recreate(ids[5]))
	step("recreate, the old", nil, ids[5], "none")
	step("recreate, the new", nil, again, "CN=fritz,OU=People|fritz@source.example"+rest("fritz")+"fritz@source.example|1|")
	p, _ := f.Get(again)
	if diff := cmp.Diff(before[ids[5]], p, cmpopts.IgnoreFields(ldaptest.Person{}, "ID", "Mailbox")); diff != "" || p.Mailbox == before[ids[5]].Mailbox || p.ID != again {
		t.Errorf("recreated (-want +got):\n%s", diff)
	}
	if n := f.SwitchDomain("source.example", "new.example", true); n != 6 {
		t.Errorf("switched %d objects, want 6", n)
	}
	step("switch, old kept", nil, again, "CN=fritz,OU=People|fritz@new.example|smtp:fritz@source.example;SMTP:fritz@new.example;smtp:fritz.berg@source.example|fritz@new.example|1|")
	if n := f.SwitchDomain("new.example", "newer.example", false); n != 6 {
		t.Errorf("switched %d objects, want 6", n)
	}
	step("switch, old dropped", nil, ids[0], "CN=Anna Tal,OU=People|a@newer.example|SMTP:a@newer.example|anna@newer.example|1|")
	step("update", f.Update(again, func(p *ldaptest.Person) { p.Login, p.Type, p.Hidden = "f@x.example", ldaptest.SharedMailbox, true }), again,
		"CN=fritz,OU=People|fritz@newer.example|smtp:fritz@source.example;SMTP:fritz@newer.example;smtp:fritz.berg@source.example|f@x.example|4|")
	if v := f.Values(again, "msExchHideFromAddressLists"); len(v) != 1 || v[0] != "TRUE" {
		t.Errorf("hidden: %q", v)
	}
	if len(f.IDs()) != 6 {
		t.Errorf("%d people, want 6", len(f.IDs()))
	}
}

// TestNothingShared: what callers do with their slices afterwards does not change the world.
func TestNothingShared(t *testing.T) {
	mine := person("anna")
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{mine}})
	id := f.IDs()[0]
	want, _ := f.Get(id)
	mine.Proxies[0] = "x"
	p, _ := f.Get(id)
	p.Proxies[1] = "x"
	f.Values(id, "mail")[0] = "x"
	values := []string{"anna@source.example"}
	must(t, f.Replace(id, "mail", values...))
	values[0] = "x"
	p, _ = f.Get(id)
	want.Proxies, p.Mail = []string{"SMTP:anna@source.example", "smtp:anna.berg@source.example"}, append([]string(nil), p.Mail...)
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("the world changed (-want +got):\n%s", diff)
	}
}

func TestEventErrors(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: []ldaptest.Person{person("anna"), person("bob")}})
	ids := f.IDs()
	gone := got[string](t)(f.Put("", person("carl")))
	must(t, f.Delete(gone), f.AddOU("OU=A,"+f.Suffix()))
	ou := got[string](t)(f.Lookup("OU=A," + f.Suffix()))
	put := func(p ldaptest.Person) error { _, err := f.Put("", p); return err }
	for name, err := range map[string]error{
		"twice the same name":      put(person("anna")),
		"twice the same identity":  put(ldaptest.Person{ID: ids[0]}),
		"no identity":              put(ldaptest.Person{ID: "x"}),
		"no parent":                put(ldaptest.Person{Parent: "OU=None," + f.Suffix()}),
		"rename onto another":      f.Rename(ids[0], "BOB"),
		"rename nobody":            f.Rename(f.Never(), "x"),
		"rename a deleted one":     f.Rename(gone, "x"),
		"move nowhere":             f.Move(ids[0], "OU=None,"+f.Suffix()),
		"move into itself":         f.Move(ou, "OU=A,"+f.Suffix()),
		"to an unknown domain":     f.MoveDomain(ids[0], "x.example", ""),
		"to the same domain":       f.MoveDomain(ids[0], "source.example", ""),
		"an OU that is there":      f.AddOU("OU=A," + f.Suffix()),
		"an OU without parent":     f.AddOU("OU=A,OU=None," + f.Suffix()),
		"swap with a deleted one":  f.Swap(ids[0], gone),
		"delete a deleted one":     f.Delete(gone),
		"undelete onto another":    func() error { must(t, put(person("carl"))); return f.Undelete(gone) }(),
		"an unknown domain to put": func() error { _, err := f.Put("x.example", person("z")); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if !strings.HasPrefix(err.Error(), "ldaptest: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.PutAll("", []ldaptest.Person{person("new"), person("anna")}); err == nil || len(find(t, reader(t, f), f.Suffix(), "(cn=new)")) != 0 {
		t.Error("a part of a list was put")
	}
}
