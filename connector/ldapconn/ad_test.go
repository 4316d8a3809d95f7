package ldapconn_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/refresh"
)

const adConfig = "CN=Configuration," + base

// adID is an objectGUID as text, adBytes the same as it is stored.
const (
	adID    = "0c1d148b-0143-4234-8265-f2f8d891d4c0"
	adBytes = "\x8b\x14\x1d\x0c\x43\x01\x34\x42\x82\x65\xf2\xf8\xd8\x91\xd4\xc0"
	adGone  = "0c1d148b-0143-4234-8265-f2f8d891d4c1"
)

// adWorld is a directory that looks like a domain controller of a forest with the given domains.
func adWorld(domains ...string) *fake {
	f := &fake{entries: []object{
		{"", map[string][]string{
			"supportedCapabilities": {"1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670"}, "dnsHostName": {"dc1.source.example"},
			"defaultNamingContext": {base}, "rootDomainNamingContext": {base}, "configurationNamingContext": {adConfig}, "namingContexts": {base, adConfig, "DC=DomainDnsZones," + base},
		}},
		{adConfig, map[string][]string{"objectGUID": {"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"}}},
		{"CN=Config,CN=Partitions," + adConfig, map[string][]string{"objectClass": {"crossRef"}, "nCName": {adConfig}, "systemFlags": {"1"}}},
		{"CN=Zones,CN=Partitions," + adConfig, map[string][]string{"objectClass": {"crossRef"}, "nCName": {"DC=DomainDnsZones," + base}, "systemFlags": {"5"}}},
	}}
	for _, d := range domains {
		f.entries = append(f.entries, object{"CN=D,CN=Partitions," + adConfig, map[string][]string{"objectClass": {"crossRef"}, "nCName": {d}, "systemFlags": {"3"}}})
	}
	return f
}

func adUser(change map[string][]string) object {
	o := object{"CN=Anna,OU=People," + base, map[string][]string{
		"objectGUID": {adBytes}, "userPrincipalName": {"anna@source.example"}, "displayName": {"Anna"}, "cn": {"Anna"},
		"mail": {"anna@source.example"}, "proxyAddresses": {"SMTP:anna@source.example", "smtp:a@source.example"},
		"msExchMailboxGuid": {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"}, "ms-DS-ConsistencyGuid": {adBytes},
		"msExchRecipientTypeDetails": {"4"}, "targetAddress": {"SMTP:anna@tenant.example"},
	}}
	for k, v := range change {
		if v == nil {
			delete(o.attrs, k)
		} else {
			o.attrs[k] = v
		}
	}
	return o
}

func TestActiveDirectory(t *testing.T) {
	f := adWorld(base)
	f.entries = append(f.entries, adUser(nil))
	f.answer = func(_ int, id int64, _ string, out [][]byte) [][]byte { // every domain controller adds these
		return append([][]byte{reference(id, "ldap://DomainDnsZones.source.example/DC=DomainDnsZones,DC=source,DC=example"), reference(id, "ldap://source.example/CN=Configuration,DC=source,DC=example")}, out...)
	}
	c := f.start(t).open(t, 10*time.Second)
	got, err := resolve(t.Context(), t, c, adID, adGone)
	must(t, err)
	m, _ := got[0].Mailbox()
	want := refresh.Mailbox{
		ID: adID, Instance: "04030201-0605-0807-090a-0b0c0d0e0f10", Anchor: adID, Login: "anna@source.example", DisplayName: "Anna",
		Kind: refresh.KindShared, Primary: "anna@source.example", Aliases: []refresh.Address{"a@source.example"},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("mailbox (-want +got):\n%s", diff)
	}
	if got[0].ForwardsTo() != "anna@tenant.example" || got[0].Replica() != "dc1.source.example" {
		t.Errorf("forwards to %q, read from %q", got[0].ForwardsTo(), got[0].Replica())
	}
	a, ok := got[1].Absence()
	if diff := cmp.Diff(refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofEmptyScope, Sight: true, DeletionUnknown: true}, a); !ok || diff != "" {
		t.Errorf("absence: %s (-want +got):\n%s", word(got[1]), diff)
	}
	d, err := c.Inspect(t.Context())
	must(t, err)
	if diff := cmp.Diff(refresh.Directory{System: "Active Directory", Pin: "33221100-5544-7766-8899-aabbccddeeff", Name: base, Server: "dc1.source.example"}, d); diff != "" {
		t.Errorf("Inspect (-want +got):\n%s", diff)
	}
}

// TestForest: where other domains exist, or it is not known whether they do, absence is out of scope.
func TestForest(t *testing.T) {
	root := func(value ...string) func(*fake) {
		return func(f *fake) { f.entries[0].attrs["rootDomainNamingContext"] = value }
	}
	part := func(name, value string) func(*fake) {
		return func(f *fake) { f.entries[len(f.entries)-1].attrs[name] = strings.Fields(value) }
	}
	for _, tt := range []struct {
		name    string
		domains []string
		change  func(*fake)
	}{
		{"two domains", []string{base, "DC=child," + base}, nil}, {"unknown", nil, nil}, {"another one", []string{"DC=other,DC=example"}, nil},
		{"the root is another, hidden one", []string{base}, root("DC=root,DC=example")}, {"the root is not said", []string{base}, root()},
		{"flags of the other one hidden", []string{base, "DC=child," + base}, part("systemFlags", "")},
		{"flags of the other one no number", []string{base, "DC=child," + base}, part("systemFlags", "x")},
		{"name of the other one hidden", []string{base, "DC=child," + base}, part("nCName", "")},
	} {
		f := adWorld(tt.domains...)
		if tt.change != nil {
			tt.change(f)
		}
		f.entries = append(f.entries, adUser(nil))
		c := f.start(t).open(t, 10*time.Second)
		got, err := resolve(t.Context(), t, c, adID, adGone)
		must(t, err)
		if _, there := got[0].Mailbox(); !there || !errors.Is(got[1].Err(), refresh.ErrOutOfScope) {
			t.Errorf("%s: %s; %s, want out of scope", tt.name, word(got[0]), word(got[1]))
		}
		must(t, c.Find(t.Context(), []refresh.Address{"nobody@source.example", "anna@source.example"}, func(i int, f refresh.Finding) {
			// Somebody in another domain may hold it, too.
			if hits, _ := f.Mailboxes(); !errors.Is(f.Err(), refresh.ErrOutOfScope) {
				t.Errorf("%s: Find %d: %v, %v", tt.name, i, hits, f.Err())
			}
		}))
	}
}

func TestActiveDirectoryValues(t *testing.T) {
	malformed := "failed: malformed value in "
	for _, tt := range []struct {
		name   string
		change map[string][]string
		want   string
	}{
		{"bad mailbox GUID", map[string][]string{"msExchMailboxGuid": {"short"}}, malformed + "msExchMailboxGuid[0]: it is not one GUID of 16 bytes"},
		{"bad anchor", map[string][]string{"ms-DS-ConsistencyGuid": {adBytes + "x"}}, malformed + "ms-DS-ConsistencyGuid[0]: it is not one GUID of 16 bytes"},
		{"bad type", map[string][]string{"msExchRecipientTypeDetails": {"user"}}, malformed + "msExchRecipientTypeDetails[0]: it is not a number"},
		{"part of the addresses", map[string][]string{"proxyAddresses": {}, "proxyAddresses;range=0-1499": {"SMTP:anna@source.example"}}, "failed: the server answered with a part of the addresses only"},
		{"no mail attribute", map[string][]string{"proxyAddresses": nil, "mail": nil}, "failed: the entry is there, but none of its mail attributes: they may be hidden by access rules"},
		{"attribute names in capitals", map[string][]string{"proxyAddresses": nil, "PROXYADDRESSES": {"SMTP:b@source.example"}}, "found b@source.example []"},
		{"hostile forward", map[string][]string{"targetAddress": {"SMTP:\x00"}}, "found anna@source.example [a@source.example]"},
	} {
		f := adWorld(base)
		f.entries = append(f.entries, adUser(tt.change))
		got, err := resolve(t.Context(), t, f.start(t).open(t, 10*time.Second), adID)
		must(t, err)
		if diff := cmp.Diff(tt.want, word(got[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestAttributesOption(t *testing.T) {
	f := (&fake{entries: append(openLDAPRoot(), object{"uid=a," + base, map[string][]string{
		"entryUUID": {uuidOf(0)}, "uid": {"a"}, "mailRoutingAddress": {"a@source.example"}, "proxyAddresses": {"SMTP:ignored@source.example"}, "mailNickname": {"nick"},
	}})}).start(t)
	c, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: f.addr, User: "u", Password: "p"}, &ldapconn.Options{
		InsecureClearText: true, Attributes: ldapconn.Attributes{Addresses: "-", Mail: "mailRoutingAddress", Login: "mailNickname", DisplayName: "-"},
	})
	must(t, err)
	defer c.Close()
	got, err := resolve(t.Context(), t, c, refresh.ID(uuidOf(0)))
	must(t, err)
	m, _ := got[0].Mailbox()
	if diff := cmp.Diff(refresh.Mailbox{ID: refresh.ID(uuidOf(0)), Login: "nick", Kind: refresh.KindUser, Primary: "a@source.example"}, m); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: f.addr, User: "u", Password: "p"}, &ldapconn.Options{
		InsecureClearText: true, Attributes: ldapconn.Attributes{Addresses: "-", Mail: "-"},
	}); err == nil {
		t.Error("no attribute holds addresses: no error")
	}
}
