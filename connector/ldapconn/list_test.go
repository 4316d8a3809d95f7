package ldapconn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/faultproxy"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

func list(ctx context.Context, c refresh.Lister) (ids []refresh.ID, err error) {
	for e, err := range c.List(ctx) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, e.ID)
	}
	return ids, nil
}

func TestList(t *testing.T) {
	people := slapdtest.People(1203, "source.example")
	other := slapdtest.Person{UID: "noMail", ID: uuidOf(9)}
	malformed := slapdtest.Person{UID: "malformed", ID: uuidOf(8), Name: "Mal", Proxies: []string{"SMTP:a@s.example", "SMTP:b@s.example"}}
	s := slapdtest.Run(t, slapdtest.Config{People: append(slices.Clone(people), other, malformed)})
	want := append(idsOf(people), refresh.ID(malformed.ID))
	slices.Sort(want)
	for _, tt := range []struct {
		account slapdtest.Account
		reason  string
	}{
		{slapdtest.Reader, "whose searches without pages end at 500"},
		{slapdtest.Small, "whose pages hold ten, so that the first sizes are refused"},
	} {
		c := open(t, config(s, tt.account), nil)
		got, err := list(t.Context(), c)
		must(t, err)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", tt.account, tt.reason, diff)
		}
	}
	cfg := config(s, slapdtest.Reader)
	cfg.Base = s.PersonDN(people[3].UID)
	for e, err := range open(t, cfg, nil).List(t.Context()) {
		must(t, err)
		want := refresh.Entry{
			Mailbox: refresh.Mailbox{ID: refresh.ID(people[3].ID), Login: people[3].UID, DisplayName: "First3 Last3", Kind: refresh.KindUser, Primary: "user000003@source.example", Aliases: []refresh.Address{"first3.last3@source.example"}},
			Given:   "First3", Surname: "Last3", Attrs: map[string][]string{"x500": {"/o=Example/ou=Recipients/cn=user000003"}},
		}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Errorf("an entry (-want +got):\n%s", diff)
		}
	}
	cfg.Base = s.PersonDN("malformed")
	for e, err := range open(t, cfg, nil).List(t.Context()) {
		if err != nil || e.DisplayName != "Mal" || e.Primary != "" || e.Aliases != nil {
			t.Errorf("a malformed entry is listed without addresses: %+v, %v", e, err)
		}
	}
	cfg.Base = "ou=Nowhere," + s.Suffix
	if got, err := list(t.Context(), open(t, cfg, nil)); err == nil {
		t.Errorf("a base that is not there: %d entries, no error", len(got))
	}
}

// TestListEnds: a list that is cut short ends with an error, whatever cut it.
func TestListEnds(t *testing.T) {
	people := slapdtest.People(1100, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	p := proxy(t, s.Addr)
	c, err := through(t, p, s, slapdtest.Reader, time.Minute)
	must(t, err)
	hasty, err := through(t, p, s, slapdtest.Reader, 2*time.Second)
	must(t, err)
	for _, f := range []faultproxy.Fault{
		{Messages: 5}, {Messages: 300}, {Messages: 300, How: faultproxy.Reset}, {Messages: 300, Inside: func(n int) int { return n / 2 }},
		{Messages: 505}, {Messages: 506}, {Messages: 507}, {Messages: 1007}, {Messages: 1008}, {Messages: 1100, How: faultproxy.Stall}, {Messages: 1107},
	} {
		p.Arm(f)
		who := c
		if f.How == faultproxy.Stall {
			who = hasty
		}
		got, err := list(t.Context(), who)
		if err == nil {
			t.Errorf("cut after %d messages: %d entries and no error", f.Messages, len(got))
		}
		select {
		case <-p.Fired():
		default:
			t.Errorf("cut after %d messages: not reached", f.Messages)
		}
	}
	got, err := list(t.Context(), c)
	if err != nil || len(got) != 1100 {
		t.Errorf("afterwards: %d entries, %v", len(got), err)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	why := errors.New("enough")
	n := 0
	for _, err := range c.List(ctx) {
		if n++; n == 10 {
			cancel(why)
		}
		if n == 11 && !errors.Is(err, why) || n > 11 {
			t.Errorf("item %d after the context ended: %v", n, err)
		}
	}
	n = 0
	for range c.List(t.Context()) {
		if n++; n == 700 {
			break
		}
	}
	if got, err := list(t.Context(), c); err != nil || len(got) != 1100 {
		t.Errorf("after a break: %d entries, %v", len(got), err)
	}
}

func TestListProtocol(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(int, int64, string, [][]byte) [][]byte
		want   string
	}{
		{"no paging", nil, "ignored the paging control"},
		{"reference", func(_ int, id int64, _ string, out [][]byte) [][]byte {
			return append([][]byte{reference(id, "ldap://x.example/ou=x")}, out...)
		}, "elsewhere"},
		{"size limit", func(_ int, id int64, _ string, out [][]byte) [][]byte {
			return append(out[:len(out)-1], result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultSizeLimitExceeded))
		}, "LDAP result code 4"},
		{"never satisfied", func(_ int, id int64, _ string, out [][]byte) [][]byte {
			return [][]byte{result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultAdminLimitExceeded)}
		}, "LDAP result code 11"},
	} {
		f := (&fake{entries: append(openLDAPRoot(), mailbox(1)), answer: tt.answer}).start(t)
		_, err := list(t.Context(), f.open(t, 10*time.Second))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// paged makes the last message the end of a last page.
func paged(id int64, out [][]byte) [][]byte {
	done := ber.DecodePacket(out[len(out)-1])
	controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
	controls.AppendChild(ldap.NewControlPaging(0).Encode())
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(done.Children[1])
	p.AppendChild(controls)
	return append(out[:len(out)-1], p.Bytes())
}

// TestListForest: the list of one domain is complete only where it is all there is, or where it was asked for.
func TestListForest(t *testing.T) {
	child := "DC=child," + base
	for _, tt := range []struct {
		name     string
		domains  []string
		base     string
		complete bool
		reason   string
	}{
		{"one domain", []string{base}, "", true, "all there is"},
		{"two domains", []string{base, child}, "", false, "the child's entries are elsewhere"},
		{"two domains, a base above both", []string{base, child}, base, false, "the child's entries are elsewhere"},
		{"two domains, a base in the one", []string{base, child}, "OU=People," + base, true, "the other one was not asked for"},
		{"not known", nil, "", false, "there may be others"},
	} {
		f := adWorld(tt.domains...)
		f.entries = append(f.entries, adUser(nil))
		f.answer = func(_ int, id int64, _ string, out [][]byte) [][]byte {
			out = paged(id, out)
			if len(tt.domains) > 1 && tt.base != "OU=People,"+base {
				out = append([][]byte{reference(id, "ldap://child.source.example/"+child)}, out...)
			}
			return out
		}
		f.start(t)
		c := open(t, ldapconn.Config{Server: f.addr, User: "u", Password: "p", Base: tt.base}, &ldapconn.Options{InsecureClearText: true, Timeout: 5 * time.Second})
		got, err := list(t.Context(), c)
		if len(got) != 1 || (err == nil) != tt.complete || err != nil && !errors.Is(err, refresh.ErrOutOfScope) {
			t.Errorf("%s: %d entries, %v, want complete %v: %s", tt.name, len(got), err, tt.complete, tt.reason)
		}
	}
}

func TestInspect(t *testing.T) {
	s := slapdtest.Run(t, slapdtest.Config{})
	id, err := s.Lookup(s.Suffix)
	must(t, err)
	c := open(t, config(s, slapdtest.Reader), nil)
	d, err := c.Inspect(t.Context())
	must(t, err)
	want := refresh.Directory{System: "OpenLDAP", Pin: s.Suffix + " " + id, Name: s.Suffix, Server: s.TLSAddr}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, a := range []slapdtest.Account{slapdtest.Frail, slapdtest.NoID} {
		if d, err := open(t, config(s, a), nil).Inspect(t.Context()); !errors.Is(err, refresh.ErrForbidden) {
			t.Errorf("%s: %+v, %v, want ErrForbidden", a, d, err)
		}
	}
	if got := fmt.Sprint(c); got != "ldapconn.Connector{OpenLDAP "+s.TLSAddr+"}" {
		t.Errorf("printed: %s", got)
	}
}
