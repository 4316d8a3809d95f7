package ldapconn_test

import (
	"errors"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

const (
	bertID       = "0c1d148b-0143-4234-8265-f2f8d891d4ff"
	annaInstance = "04030201-0605-0807-090a-0b0c0d0e0f10"
)

// bert is another mailbox in Active Directory.
func bert(change map[string][]string) object {
	o := adUser(map[string][]string{
		"objectGUID": {adBytes[:15] + "\xff"}, "userPrincipalName": {"b@source.example"}, "mail": {"b@source.example"}, "proxyAddresses": {"SMTP:b@source.example"},
		"msExchMailboxGuid": {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x11"}, "msExchRecipientTypeDetails": {"1"}, "targetAddress": nil,
	})
	o.dn = "CN=Bert,OU=People," + base
	for k, v := range change {
		if o.attrs[k] = v; v == nil {
			delete(o.attrs, k)
		}
	}
	return o
}

// disabled is what Disable-Mailbox of Exchange takes from an account.
func disabled(more ...string) map[string][]string {
	m := map[string][]string{"mail": nil, "proxyAddresses": nil, "msExchMailboxGuid": nil, "msExchRecipientTypeDetails": nil, "targetAddress": nil}
	for _, name := range more {
		m[name] = nil
	}
	return m
}

// TestAccountWithoutMailbox: an account is answered without a mailbox only for a reader who reads mailboxes and their Instances.
func TestAccountWithoutMailbox(t *testing.T) {
	hidden := disabled()
	hidden["msExchRecipientTypeDetails"] = []string{"1"}
	halfHidden := disabled()
	halfHidden["msExchMailboxGuid"] = []string{adBytes}
	for _, tt := range []struct {
		name    string
		anna    map[string][]string
		bert    map[string][]string
		missing bool
		cause   error
		reason  string
	}{
		{"disabled", disabled(), nil, true, nil, "what Disable-Mailbox leaves"},
		{"nobody has an Instance", disabled(), map[string][]string{"msExchMailboxGuid": nil, "msExchRecipientTypeDetails": nil}, false, refresh.ErrNotVisible, "the reader may lack the right to it"},
		{"nobody has an address", disabled(), map[string][]string{"mail": nil, "proxyAddresses": nil}, false, refresh.ErrNotVisible, "the reader may lack the right to them"},
		{"of a kind", hidden, nil, false, refresh.ErrNotVisible, "it says that it is a mailbox, so the rest is hidden"},
		{"with an Instance", halfHidden, nil, false, refresh.ErrNotVisible, "there is a mailbox, so its addresses are hidden"},
		{"forwarding", map[string][]string{"mail": nil, "proxyAddresses": nil, "msExchMailboxGuid": nil, "msExchRecipientTypeDetails": nil}, nil, false, refresh.ErrNotVisible, "Exchange clears the forwarding too"},
		{"nameless", disabled("userPrincipalName", "displayName", "cn"), nil, false, refresh.ErrNotVisible, "an account of which nothing at all is read is hidden"},
		{"kind and Instance hidden, forwarding", map[string][]string{"msExchMailboxGuid": nil, "msExchRecipientTypeDetails": nil, "targetAddress": {"SMTP:a@cloud.example"}}, nil, false, refresh.ErrMailboxUnknown, "it may be a remote mailbox, whose kind is hidden"},
		{"Instance hidden", map[string][]string{"msExchMailboxGuid": nil}, nil, false, refresh.ErrMailboxUnknown, "a mailbox by its kind and addresses, so only the Instance is hidden"},
	} {
		f := adWorld(base)
		f.entries = append(f.entries, adUser(tt.anna), bert(tt.bert))
		c := f.start(t).open(t, 5*time.Second)
		job := refresh.NewJob("x")
		job.Matches = []refresh.Match{
			{Key: "1", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: adID, Instance: annaInstance, Primary: "anna@source.example"}},
			{Key: "2", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: bertID, Primary: "b@source.example"}},
		}
		res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, &refresh.Options{ConfirmAfter: -1})
		must(t, err)
		if missing := res.Rows[0].Outcome == refresh.Missing; missing != tt.missing {
			t.Errorf("%s: %s %s %v; %s", tt.name, res.Rows[0].Outcome, res.Rows[0].Cause, res.Rows[0].Failure, tt.reason)
		}
		got, err := resolve(t.Context(), t, c, adID) // alone, as a confirmation asks
		must(t, err)
		if m, ok := got[0].Mailbox(); ok != (tt.cause == nil) || ok && (m.Primary != "" || m.Instance != "") || !errors.Is(got[0].Err(), tt.cause) {
			t.Errorf("%s, alone: %s; %s", tt.name, word(got[0]), tt.reason)
		}
	}
}

// TestInstanceNotReadable: a reader who reads no Instance anywhere works as one on a system without it.
func TestInstanceNotReadable(t *testing.T) {
	f := adWorld(base)
	f.entries = append(f.entries, adUser(map[string][]string{"msExchMailboxGuid": nil}), bert(map[string][]string{"msExchMailboxGuid": nil}))
	got, err := resolve(t.Context(), t, f.start(t).open(t, 5*time.Second), adID, bertID)
	must(t, err)
	if n := count(got); n.Found != 2 {
		t.Errorf("%s; %s", word(got[0]), word(got[1]))
	}
}
