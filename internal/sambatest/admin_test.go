package sambatest_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/sambatest"
)

const (
	id       = "0c1d148b-0143-4234-8265-f2f8d891d4c0"
	instance = "00112233-4455-4677-8899-aabbccddeeff"
)

// mailbox is what a reader finds of a person.
type mailbox struct {
	DN, Mail, Instance, Type, Target string
	Proxies                          []string
	Deleted                          bool
}

// read looks the person up by objectGUID as an adapter does, and says how many there are.
func read(t *testing.T, s *sambatest.Server, a sambatest.Account, controls ...ldap.Control) []mailbox {
	t.Helper()
	const filter = `(objectGUID=\8b\14\1d\0c\43\01\34\42\82\65\f2\f8\d8\91\d4\c0)`
	found, code := search(t, dial(t, s, a), s.Suffix, ldap.ScopeWholeSubtree, filter, []string{
		"mail", "msExchMailboxGuid", "msExchRecipientTypeDetails", "targetAddress", "proxyAddresses", "isDeleted",
	}, controls...)
	if code != 0 {
		t.Fatalf("result code %d", code)
	}
	var list []mailbox
	for _, e := range found {
		m := mailbox{
			DN: e.DN, Mail: e.GetAttributeValue("mail"), Type: e.GetAttributeValue("msExchRecipientTypeDetails"),
			Instance: strconv.QuoteToASCII(e.GetAttributeValue("msExchMailboxGuid")), Target: e.GetAttributeValue("targetAddress"),
			Deleted: e.GetAttributeValue("isDeleted") == "TRUE",
		}
		if proxies := e.GetAttributeValues("proxyAddresses"); len(proxies) > 0 {
			m.Proxies = proxies
		}
		list = append(list, m)
	}
	return list
}

// TestAdmin takes one person through everything that happens to people, and looks by objectGUID after each step.
func TestAdmin(t *testing.T) {
	s := sambatest.Run(t, sambatest.Config{People: []sambatest.Person{
		{
			Name: "a", ID: id, Instance: instance, Type: 1, Nickname: "a", LegacyDN: "/o=Example/cn=a",
			Mail: "a@source.example", Proxies: []string{"SMTP:a@source.example"},
		},
	}})
	const quoted, quotedNew = `"3\"\x11\x00UDwF\x88\x99\xaa\xbb\xcc\xdd\xee\xff"`, `"\x04\x03\x02\x01\x06\x05\bG\x89\n\v\f\r\x0e\x0f\x10"`
	now := mailbox{DN: s.PersonDN("a"), Mail: "a@source.example", Instance: quoted, Type: "1", Proxies: []string{"SMTP:a@source.example"}}
	for _, tt := range []struct {
		name   string
		do     func() error
		want   func(*mailbox)
		reason string
	}{
		{"nothing", func() error { return nil }, func(*mailbox) {}, "the person is as loaded"},
		{"switch the domain", func() error {
			return s.SetAddresses(now.DN, "a@target.example", []string{"SMTP:a@target.example"})
		}, func(m *mailbox) { m.Mail, m.Proxies = "a@target.example", []string{"SMTP:a@target.example"} }, "only the addresses change"},
		{"rename", func() error { return s.Rename(now.DN, "CN=z", "") }, func(m *mailbox) { m.DN = s.PersonDN("z") }, "objectGUID survives"},
		{"move", func() error {
			if err := s.AddOU("Moved"); err != nil {
				return err
			}
			return s.Rename(now.DN, "CN=z", s.OU("Moved"))
		}, func(m *mailbox) { m.DN = "CN=z," + s.OU("Moved") }, "objectGUID survives"},
		{"replace the mailbox", func() error { return s.SetMailbox(now.DN, "01020304-0506-4708-890a-0b0c0d0e0f10") },
			func(m *mailbox) { m.Instance = quotedNew }, "the account is the same, the mailbox is not"},
		{"move to the cloud", func() error { return s.MoveToCloud(now.DN, "z@t.mail.onmicrosoft.com") },
			func(m *mailbox) { m.Type, m.Target = "2147483648", "SMTP:z@t.mail.onmicrosoft.com" }, "the mailbox lives elsewhere"},
		{"disable the mailbox", func() error { return s.DisableMailbox(now.DN) },
			func(m *mailbox) { *m = mailbox{DN: m.DN, Instance: `""`} }, "the account stays"},
		{"enable a mailbox", func() error { return s.SetMailbox(now.DN, instance) },
			func(m *mailbox) { m.Instance, m.Type = quoted, "1" }, "the account has a mailbox again"},
		{"set one attribute", func() error { return s.Replace(now.DN, "mail", "z@source.example") },
			func(m *mailbox) { m.Mail = "z@source.example" }, "the others stay"},
	} {
		step(t, tt.do())
		tt.want(&now)
		if diff := cmp.Diff([]mailbox{now}, read(t, s, sambatest.Reader)); diff != "" {
			t.Fatalf("%s: %s (-want +got):\n%s", tt.name, tt.reason, diff)
		}
	}
}

// TestTombstone holds who sees what of the deleted, without the recycle bin and with it.
func TestTombstone(t *testing.T) {
	for _, recycle := range []bool{false, true} {
		t.Run(map[bool]string{false: "tombstone", true: "recycle bin"}[recycle], func(t *testing.T) {
			person := sambatest.Person{
				Name: "a", ID: id, Instance: instance, Type: 1, Mail: "a@source.example", Proxies: []string{"SMTP:a@source.example"},
			}
			s := sambatest.Run(t, sambatest.Config{People: []sambatest.Person{person}, Recycle: recycle})
			alive := read(t, s, sambatest.Reader)
			step(t, s.Delete(s.PersonDN("a")))

			kept := alive[0]
			kept.DN, kept.Deleted = `CN=a\0ADEL:`+id+",CN=Deleted Objects,"+s.Suffix, true
			if !recycle {
				kept.Mail, kept.Type, kept.Proxies = "", "", nil
			}
			show := ldap.NewControlString("1.2.840.113556.1.4.417", true, "")
			for _, tt := range []struct {
				account  sambatest.Account
				controls []ldap.Control
				want     []mailbox
				reason   string
			}{
				{sambatest.Admin, nil, nil, "without Show Deleted there is nothing to see"},
				{sambatest.Admin, []ldap.Control{show}, []mailbox{kept}, "the administrator may"},
				{sambatest.Auditor, []ldap.Control{show}, []mailbox{kept}, "the auditor has the right"},
				{sambatest.Reader, []ldap.Control{show}, nil, "an ordinary user sees absence, not an error"},
				{sambatest.Blind, []ldap.Control{show}, nil, "so does one who sees nobody"},
			} {
				if diff := cmp.Diff(tt.want, read(t, s, tt.account, tt.controls...)); diff != "" {
					t.Errorf("%s, %d controls: %s (-want +got):\n%s", tt.account, len(tt.controls), tt.reason, diff)
				}
			}

			if recycle {
				if err := s.Undelete(id); !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("undeleting from the recycle bin: %v, want what Samba cannot do", err)
				}
			} else {
				step(t, s.Undelete(id))
				alive[0].Mail, alive[0].Type, alive[0].Proxies = "", "", nil
				if diff := cmp.Diff(alive, read(t, s, sambatest.Reader)); diff != "" {
					t.Errorf("undeleted (-want +got):\n%s", diff)
				}
				if err := s.Undelete(id); err == nil {
					t.Error("undeleting who is not deleted: no error")
				}
				step(t, s.Delete(s.PersonDN("a")))
			}
			person.ID = ""
			step(t, s.Add(person))
			if got := read(t, s, sambatest.Reader); got != nil {
				t.Errorf("somebody new with the same name and address has the old objectGUID: %v", got)
			}
			if another, err := s.Lookup(s.PersonDN("a")); err != nil || another == id || another == "" {
				t.Errorf("the new one is %q, %v; want another objectGUID", another, err)
			}
		})
	}
}

func TestAddRefusesID(t *testing.T) {
	s := sambatest.Run(t, sambatest.Config{})
	if err := s.Add(sambatest.Person{Name: "a", ID: id}); err == nil {
		t.Error("a person whose ID the server would ignore: no error")
	}
	step(t, s.Stop())
	if err := s.Add(sambatest.Person{Name: "a"}); err == nil {
		t.Error("an operation after Stop: no error")
	}
}
