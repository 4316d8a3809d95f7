package ldapconn_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestResolveMapping(t *testing.T) {
	malformed := "failed: malformed value in "
	cases := []struct {
		name   string
		person slapdtest.Person
		want   string
		reason string
	}{
		{"primary and aliases", slapdtest.Person{Mail: []string{"x@s.example"}, Proxies: []string{"smtp:b@s.example", "SMTP:A@s.example", "X500:/o=E", "SIP:a@s.example"}},
			"found A@s.example [b@s.example]", "capitals mark the primary; other types and mail are ignored"},
		{"prefix in mixed case", slapdtest.Person{Proxies: []string{"SMTP:a@s.example", "Smtp:b@s.example"}}, "found a@s.example [b@s.example]", "only all capitals mark the primary"},
		{"mail alone", slapdtest.Person{Mail: []string{"a@s.example"}}, "found a@s.example []", "plain OpenLDAP has no proxyAddresses"},
		{"mail and aliases", slapdtest.Person{Mail: []string{"a@s.example"}, Proxies: []string{"smtp:b@s.example", "smtp:A@S.example"}}, "found a@s.example [b@s.example]", "the primary is no alias of itself"},
		{"two primaries", slapdtest.Person{Proxies: []string{"SMTP:a@s.example", "SMTP:b@s.example"}}, malformed + "proxyAddresses[1]: it is a second primary address", "reported, not guessed"},
		{"no primary", slapdtest.Person{Proxies: []string{"smtp:a@s.example"}}, malformed + "proxyAddresses: no value is a primary address, and there is no mail", "an alias is not promoted"},
		{"two mails", slapdtest.Person{Mail: []string{"a@s.example", "b@s.example"}}, malformed + "mail: it has several values, and none is marked as the primary address", "values have no order"},
		{"no address", slapdtest.Person{Proxies: []string{"SMTP:nonsense"}}, malformed + "proxyAddresses[0]: the address has no @", "hostile text never reaches a job"},
		{"bad alias", slapdtest.Person{Proxies: []string{"SMTP:a@s.example", "smtp:b@s.example\u202e"}}, malformed + "proxyAddresses[1]: the address contains a space, control or direction character", "nor does a hostile alias"},
		{"no mail at all", slapdtest.Person{}, "failed: the entry is there, but none of its mail attributes: they may be hidden by access rules", "an entry without mail may be hidden mail"},
	}
	var people []slapdtest.Person
	for i, tt := range cases {
		p := tt.person
		p.UID, p.ID = fmt.Sprintf("p%d", i), fmt.Sprintf("11111111-2222-4333-8444-%012d", i)
		people = append(people, p)
	}
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	c := open(t, config(s, slapdtest.Reader), nil)
	got, err := resolve(t.Context(), t, c, idsOf(people)...)
	must(t, err)
	for i, tt := range cases {
		if diff := cmp.Diff(tt.want, word(got[i])); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", tt.name, tt.reason, diff)
		}
	}
}

func TestResolveFull(t *testing.T) {
	s := slapdtest.Run(t, slapdtest.Config{People: []slapdtest.Person{{
		UID: "zoe", ID: "00112233-4455-4677-8899-aabbccddeeff", Given: "Zoë", Surname: "Ω", Name: "Zoë Ω",
		Mail: []string{"zoe@s.example"}, Proxies: []string{"SMTP:zoe@bücher.example", "smtp:z@s.example"},
	}, {
		UID: "plain", ID: "00112233-4455-4677-8899-aabbccddeefe", Given: "No", Surname: "Name", Mail: []string{"p@s.example"},
	}}})
	c := open(t, config(s, slapdtest.Reader), nil)
	got, err := resolve(t.Context(), t, c, "00112233-4455-4677-8899-aabbccddeeff", "00112233-4455-4677-8899-aabbccddeefe")
	must(t, err)
	want := []refresh.Mailbox{
		{ID: "00112233-4455-4677-8899-aabbccddeeff", Login: "zoe", DisplayName: "Zoë Ω", Kind: refresh.KindUser, Primary: "zoe@bücher.example", Aliases: []refresh.Address{"z@s.example"}},
		{ID: "00112233-4455-4677-8899-aabbccddeefe", Login: "plain", DisplayName: "No Name", Kind: refresh.KindUser, Primary: "p@s.example"},
	}
	for i := range want {
		m, _ := got[i].Mailbox()
		if diff := cmp.Diff(want[i], m); diff != "" {
			t.Errorf("mailbox %d (-want +got):\n%s", i, diff)
		}
		if got[i].Replica() != s.TLSAddr {
			t.Errorf("mailbox %d: replica %q, want %q", i, got[i].Replica(), s.TLSAddr)
		}
	}
}

// TestResolveLife follows people through what happens to them between two refreshes.
func TestResolveLife(t *testing.T) {
	people := slapdtest.People(130, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people, LDIF: "dn: ou=Elsewhere," + slapdtest.DefaultSuffix + "\nobjectClass: organizationalUnit\nou: Elsewhere\n\n"})
	cfg := config(s, slapdtest.Reader)
	cfg.Base = "ou=People," + s.Suffix // a listing base, which look-ups must ignore
	c := open(t, cfg, nil)
	dn := func(i int) string { return s.PersonDN(people[i].UID) }
	must(t,
		s.SetAddresses(people[0].UID, []string{"new@source.example"}, []string{"SMTP:new@source.example", "smtp:user000000@source.example"}),
		s.Rename(dn(1), "uid=renamed", ""),
		s.Rename(dn(2), "uid="+people[2].UID, "ou=Elsewhere,"+s.Suffix),
		s.Delete(dn(3)),
		s.Delete(dn(4)),
		s.Add(slapdtest.Person{UID: people[4].UID, Mail: people[4].Mail, Proxies: people[4].Proxies}), // recreated: a new identity
		s.SetAddresses(people[5].UID, people[6].Mail, []string{"SMTP:" + people[6].Mail[0]}),
		s.SetAddresses(people[6].UID, people[5].Mail, []string{"SMTP:" + people[5].Mail[0]}),
	)
	ids := append(idsOf(people), "ffffffff-ffff-4fff-bfff-ffffffffffff", "not-a-uuid", "*", refresh.ID(people[7].ID)+")(uid=*", "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA", "")
	got, err := resolve(t.Context(), t, c, ids...)
	must(t, err)
	malformed := "failed: malformed value in entryUUID: the ID to look up is not a lower-case UUID"
	for _, tt := range []struct {
		at     int
		want   string
		reason string
	}{
		{0, "found new@source.example [user000000@source.example]", "the primary changed"},
		{1, "found user000001@source.example [first1.last1@source.example]", "a renamed entry keeps its identity"},
		{2, "found user000002@source.example [first2.last2@source.example]", "the whole naming context is searched, not the listing base"},
		{3, "absent: empty-scope, sight true", "deleted"},
		{4, "absent: empty-scope, sight true", "recreated under the same name is another object"},
		{5, "found user000006@source.example []", "swapped"},
		{6, "found user000005@source.example []", "swapped"},
		{130, "absent: empty-scope, sight true", "never was"},
		{131, malformed, "no UUID"},
		{132, malformed, "a filter's wildcard is never sent"},
		{133, malformed, "nor is a filter"},
		{134, malformed, "IDs are canonical"},
		{135, malformed, "empty"},
	} {
		if diff := cmp.Diff(tt.want, word(got[tt.at])); diff != "" {
			t.Errorf("index %d: %s (-want +got):\n%s", tt.at, tt.reason, diff)
		}
	}
	if diff := cmp.Diff(tally{Found: 128, NotFound: 3, Failed: 5}, count(got)); diff != "" {
		t.Errorf("all answers (-want +got):\n%s", diff)
	}
}

// TestResolveRights asks as readers who cannot see. None of them may call anybody absent.
func TestResolveRights(t *testing.T) {
	people := slapdtest.People(60, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	must(t, s.Delete(s.PersonDN(people[0].UID)))
	for _, tt := range []struct {
		account slapdtest.Account
		want    tally
		cause   error
		reason  string
	}{
		{slapdtest.Reader, tally{59, 1, 0}, nil, "sees everybody"},
		{slapdtest.Blind, tally{0, 0, 60}, refresh.ErrNotVisible, "entries are hidden, which looks like an empty directory"},
		{slapdtest.Veiled, tally{0, 0, 60}, refresh.ErrNotVisible, "mail attributes are hidden, so the entries prove no sight"},
		{slapdtest.NoID, tally{0, 0, 60}, refresh.ErrNotVisible, "mailboxes are visible, and none can be found by identity"},
		{slapdtest.Frail, tally{0, 0, 60}, nil, "the naming context itself is not disclosed: result code 32 is a failure"},
	} {
		t.Run(string(tt.account), func(t *testing.T) {
			c := open(t, config(s, tt.account), nil)
			got, err := resolve(t.Context(), t, c, idsOf(people)...)
			must(t, err)
			if diff := cmp.Diff(tt.want, count(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
			for i, l := range got {
				if tt.cause != nil && !errors.Is(l.Err(), tt.cause) {
					t.Fatalf("index %d: %v, want %v", i, l.Err(), tt.cause)
				}
			}
			// The second question asks for the missing one alone, so that only a probe can prove sight.
			got, err = resolve(t.Context(), t, c, refresh.ID(people[0].ID))
			must(t, err)
			if want := min(tt.want.NotFound, 1); count(got).NotFound != want {
				t.Errorf("alone: %s", word(got[0]))
			}
		})
	}
}

// TestResolveSizeLimit: a server that cuts an answer short sends ten entries with result code 4. It is asked for fewer at a time.
func TestResolveSizeLimit(t *testing.T) {
	people := slapdtest.People(58, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	must(t, s.Delete(s.PersonDN(people[0].UID)))
	c := open(t, config(s, slapdtest.Small), nil)
	got, err := resolve(t.Context(), t, c, idsOf(people)...)
	must(t, err)
	if diff := cmp.Diff(tally{Found: 57, NotFound: 1}, count(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResolveEdges(t *testing.T) {
	people := slapdtest.People(3, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	c := open(t, config(s, slapdtest.Reader), nil)
	if got, err := resolve(t.Context(), t, c); err != nil || len(got) != 0 {
		t.Errorf("no IDs: %v", err)
	}
	id := refresh.ID(people[0].ID)
	got, err := resolve(t.Context(), t, c, id, id, "x", "x", id)
	must(t, err)
	if diff := cmp.Diff(tally{Found: 3, Failed: 2}, count(got)); diff != "" {
		t.Errorf("an ID given twice is answered twice (-want +got):\n%s", diff)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the operator pressed stop")
	cancel(why)
	got, err = resolve(ctx, t, c, id)
	if !errors.Is(err, why) || count(got) != (tally{Failed: 1}) {
		t.Errorf("an ended context: %v, %s; want its cause", err, word(got[0]))
	}
	must(t, c.Close(), c.Close())
	if _, err := resolve(t.Context(), t, c, id); !errors.Is(err, ldapconn.ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
}
