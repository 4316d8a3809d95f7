package ldapconn

import (
	"crypto/tls"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// openTest connects to a test forest.
func openTest(t *testing.T, f *ldaptest.Forest, a ldaptest.Account) *Connector {
	t.Helper()
	c, err := Open(t.Context(), Config{
		Server: f.DCs[0].TLSAddr, TLS: &tls.Config{RootCAs: f.Roots}, User: f.DN(a), Password: ldaptest.Password,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestAcceptedDomains(t *testing.T) {
	three := []string{"source.example", "new.example", "*.branch.example"}
	asked := func(r ldaptest.Request) bool {
		return len(r.Attributes) == 1 && r.Attributes[0] == acceptedName
	}
	for _, tt := range []struct {
		name    string
		config  ldaptest.Config
		account ldaptest.Account // empty means Reader
		rights  *ldaptest.Rights
		fault   ldaptest.Fault
		want    []string
		broken  bool
		reason  string
	}{
		{name: "three", config: ldaptest.Config{AcceptedDomains: three}, want: three, reason: "as they are written"},
		{name: "every domain", config: ldaptest.Config{AcceptedDomains: []string{"*"}}, want: []string{"*"}, reason: "as it is written"},
		{name: "no Exchange", reason: "the container is not there"},
		{name: "no right", config: ldaptest.Config{AcceptedDomains: three}, account: ldaptest.Frail, reason: "the container is hidden"},
		{name: "refused", config: ldaptest.Config{AcceptedDomains: three}, fault: ldaptest.Fault{Do: ldaptest.Refuse, Code: ldaptest.InsufficientAccessRights}, reason: "the right is lacking"},
		{name: "a name hidden", config: ldaptest.Config{AcceptedDomains: three}, rights: &ldaptest.Rights{
			HidesAttr: func(o ldaptest.Object, attr string) bool {
				return attr == acceptedName && o.Value(attr) == "new.example"
			},
		}, reason: "two domains of three would deny the third"},
		{name: "names hidden", config: ldaptest.Config{AcceptedDomains: three}, rights: &ldaptest.Rights{
			HidesAttr: func(_ ldaptest.Object, attr string) bool { return attr == acceptedName },
		}, reason: "none of them would deny all"},
		{name: "domains hidden", config: ldaptest.Config{AcceptedDomains: three}, rights: &ldaptest.Rights{
			Hides: func(o ldaptest.Object) bool { return o.Value(acceptedName) != "" },
		}, reason: "an empty answer does not say that nothing is accepted"},
		{name: "limit of the server", config: ldaptest.Config{AcceptedDomains: three, MaxPageSize: 2}, reason: "two of three with code 4"},
		{name: "limit of the account", config: ldaptest.Config{AcceptedDomains: append(three, "a", "b", "c", "d", "e", "f", "g", "h")}, account: ldaptest.Small, reason: "ten of eleven with code 4"},
		{name: "time limit", config: ldaptest.Config{AcceptedDomains: three}, fault: ldaptest.Fault{Do: ldaptest.Refuse, Code: ldaptest.TimeLimitExceeded, After: 2}, reason: "two of three with code 3"},
		{name: "admin limit", config: ldaptest.Config{AcceptedDomains: three}, fault: ldaptest.Fault{Do: ldaptest.Refuse, Code: ldaptest.AdminLimitExceeded, After: 2}, reason: "two of three with code 11"},
		{name: "busy", config: ldaptest.Config{AcceptedDomains: three}, fault: ldaptest.Fault{Do: ldaptest.Refuse, Code: ldaptest.Busy}, reason: "the server answers, only not this"},
		{name: "referral", config: ldaptest.Config{AcceptedDomains: three}, fault: ldaptest.Fault{
			Do: ldaptest.Refuse, Code: ldaptest.Referral, After: 2, Referrals: []string{"ldap://elsewhere.example/"},
		}, reason: "the rest is elsewhere"},
		{name: "cut", config: ldaptest.Config{AcceptedDomains: three}, fault: ldaptest.Fault{Do: ldaptest.Cut, After: 2}, broken: true, reason: "the connection is of no more use"},
		{name: "another answer", config: ldaptest.Config{AcceptedDomains: three}, fault: ldaptest.Fault{Do: ldaptest.WrongKind, After: 2}, broken: true, reason: "the server broke the protocol"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := ldaptest.Run(t, tt.config)
			account := tt.account
			if account == "" {
				account = ldaptest.Reader
			}
			s, err := openTest(t, f, account).home.connect(t.Context(), once)
			if err != nil {
				t.Fatal(err)
			}
			if tt.rights != nil {
				f.SetRights(account, *tt.rights)
			}
			if tt.fault.Do != 0 || tt.fault.Code != 0 {
				tt.fault.Op, tt.fault.When = ldaptest.Search, asked
				f.SetFaults(tt.fault)
			}
			got, err := s.acceptedDomains(t.Context(), s.facts.config)
			if (err != nil) != tt.broken {
				t.Errorf("error %v, want one: %t; %s", err, tt.broken, tt.reason)
			}
			var names []string
			for _, d := range got {
				names = append(names, d.Name)
			}
			if got != nil && len(got) == 0 {
				t.Errorf("an empty list that is not nil says that nothing is accepted; %s", tt.reason)
			}
			if diff := cmp.Diff(tt.want, names, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

// TestReconfigure: an account whose domain is no longer accepted is warned of before the sign-in fails, and rows that should
// have moved to an accepted domain and did not are listed.
func TestReconfigure(t *testing.T) {
	const moved = "new.example"
	for _, tt := range []struct {
		name     string
		accepted []string
		account  string
		expect   string
		want     map[refresh.WarningCode]int // rows named
		reason   string
	}{
		{"accepted", []string{"source.example", moved}, "admin@source.example", "", nil, "nothing to do"},
		{"no longer accepted", []string{moved}, "admin@source.example", "", map[refresh.WarningCode]int{refresh.WarnReconfigure: 0}, "the sign-in will stop working"},
		{"below a wildcard", []string{"*.source.example", moved}, "admin@a.branch.source.example", "", nil, "the wildcard is for everything below"},
		{"a wildcard's own", []string{"*.source.example", moved}, "admin@source.example", "", nil, "and for the domain itself"},
		{"beside a wildcard", []string{"*.source.example", moved}, "admin@open-source.example", "", map[refresh.WarningCode]int{refresh.WarnReconfigure: 0}, "it ends alike, and is not below"},
		{"every domain", []string{"*"}, "admin@source.example", "", nil, "all are accepted"},
		{"no Exchange", nil, "admin@source.example", "", nil, "what is accepted is not known"},
		{"down-level name", []string{moved}, `SOURCE\admin`, "", nil, "it is in no mail domain"},
		{"moved and not moved", []string{"source.example", moved}, "", moved, map[refresh.WarningCode]int{refresh.WarnExpectedDomain: 2}, "replication may be pending for two"},
		{"expected and not accepted", []string{"source.example"}, "", moved, nil, "nothing can move to it on this side"},
		{"expected, not known", nil, "", moved, map[refresh.WarningCode]int{refresh.WarnExpectedDomain: 2}, "it is not denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			people := ldaptest.People(5, "source.example")
			f := ldaptest.Run(t, ldaptest.Config{People: people, AcceptedDomains: tt.accepted})
			c := openTest(t, f, ldaptest.Reader)
			dir, err := c.Inspect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			job := refresh.NewJob("accepted")
			job.Source = refresh.Endpoint{Pin: dir.Pin, Account: tt.account}
			for e, err := range c.List(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				job.Matches = append(job.Matches, refresh.Match{Key: string(e.ID), Source: e.Mailbox, SourceOrigin: refresh.Bound})
			}
			for _, p := range people[2:] {
				at := p.UID + "@" + moved
				if err := f.SetAddresses(p.ID, []string{at}, []string{"SMTP:" + at}); err != nil {
					t.Fatal(err)
				}
			}
			res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, &refresh.Options{ExpectDomain: tt.expect})
			if err != nil {
				t.Fatal(err)
			}
			var got map[refresh.WarningCode]int
			for _, w := range res.Warnings {
				if got == nil {
					got = map[refresh.WarningCode]int{}
				}
				got[w.Code] = len(w.Keys)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("warnings: %s (-want +got):\n%s", tt.reason, diff)
			}
			if n := res.Counts(refresh.Source).ByOutcome; n[refresh.Refreshed] != 3 || n[refresh.NotChanged] != 2 {
				t.Errorf("outcomes: %v", n)
			}
		})
	}
}
