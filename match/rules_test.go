package match_test

import (
	"strings"
	"testing"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// one makes an entry with an ID.
func one(id refresh.ID, edit func(e *refresh.Entry)) refresh.Entry {
	e := refresh.Entry{Mailbox: refresh.Mailbox{ID: id}}
	edit(&e)
	return e
}

func with(id refresh.ID, primary refresh.Address, aliases ...refresh.Address) refresh.Entry {
	return refresh.Entry{Mailbox: refresh.Mailbox{ID: id, Primary: primary, Aliases: aliases}}
}

// TestRules pairs two entries by the shipped rules.
func TestRules(t *testing.T) {
	mapped := append(match.Default(), must(match.MappedDomain("old.example=new.example", "old.example=extra.example")))
	for _, tt := range []struct {
		name   string
		rules  []match.Rule
		s, t   refresh.Entry
		want   match.Status
		rule   string
		reason string
	}{
		{"anchor", nil, with("S", "a@x.example"), one("t", func(e *refresh.Entry) { e.Anchor = "s" }), match.Matched, "anchor", "in any case"},
		{"anchored elsewhere", nil, with("s", "a@x.example"), one("t", func(e *refresh.Entry) { e.Anchor, e.Primary = "z", "a@x.example" }), match.Blocked, "primary", "Entra refuses a soft match with an anchored object"},
		{"no anchor", nil, with("s", "a@x.example"), with("t", "a@x.example"), match.Matched, "primary", "a soft match"},
		{"type mismatch", nil, one("s", func(e *refresh.Entry) { e.Primary, e.Kind = "a@x.example", refresh.KindUser }), one("t", func(e *refresh.Entry) { e.Primary, e.Kind = "a@x.example", refresh.KindGroup }), match.Blocked, "primary", "a person is no group"},
		{"mail user", nil, one("s", func(e *refresh.Entry) { e.Primary, e.Kind = "a@x.example", refresh.KindUser }), one("t", func(e *refresh.Entry) { e.Primary, e.Kind = "a@x.example", refresh.KindMailUser }), match.Matched, "primary", "what a target is before its migration"},
		{"administrator", nil, with("s", "a@x.example"), one("t", func(e *refresh.Entry) { e.Primary, e.Privileged = "a@x.example", refresh.Yes }), match.Blocked, "primary", "who takes its place becomes one"},
		{"administrator, anchored", nil, with("s", "a@x.example"), one("t", func(e *refresh.Entry) { e.Anchor, e.Privileged = "s", refresh.Yes }), match.Blocked, "anchor", "by a hard match, too"},
		{"administrator, allowed", append([]match.Rule{match.RefuseTypes()}, match.Without(match.Default(), "refusals")...), with("s", "a@x.example"), one("t", func(e *refresh.Entry) { e.Primary, e.Privileged = "a@x.example", refresh.Yes }), match.Matched, "primary", "the operator allows it"},
		{"administrator of the source", nil, one("s", func(e *refresh.Entry) { e.Primary, e.Privileged = "a@x.example", refresh.Yes }), with("t", "a@x.example"), match.Matched, "primary", "nobody becomes one by it"},
		{"instance", nil, one("s", func(e *refresh.Entry) { e.Instance = "G" }), one("t", func(e *refresh.Entry) { e.Instance = "g" }), match.Matched, "instance", "the mail user carries the mailbox's GUID"},
		{"x500", nil, one("s", func(e *refresh.Entry) { e.Attrs = map[string][]string{"legacyExchangeDN": {"/o=A/cn=X"}} }), one("t", func(e *refresh.Entry) { e.Attrs = map[string][]string{"x500": {"/o=b/cn=y", "/O=a/CN=x"}} }), match.Matched, "x500", "in any case"},
		{"x500 of both", nil, one("s", func(e *refresh.Entry) { e.Attrs = map[string][]string{"x500": {"/o=A/cn=X"}} }), one("t", func(e *refresh.Entry) { e.Attrs = map[string][]string{"x500": {"/o=A/cn=X"}} }), match.NoCandidate, "", "two forwarders of one third"},
		{"employee ID", nil, one("s", func(e *refresh.Entry) { e.EmployeeID = " 17 " }), one("t", func(e *refresh.Entry) { e.EmployeeID = "17" }), match.Matched, "employee-id", "space around it does not count"},
		{"another employee ID", nil, one("s", func(e *refresh.Entry) { e.EmployeeID, e.Primary = "17", "a@x.example" }), one("t", func(e *refresh.Entry) { e.EmployeeID, e.Primary = "18", "a@x.example" }), match.Conflict, "primary", "an address that was given to somebody else"},
		{"primary", nil, with("s", "Ä@Bücher.example"), with("t", "ä@xn--bcher-kva.example"), match.Matched, "primary", "two spellings of one address"},
		{"the Kelvin sign", nil, with("s", "\u212a@x.example"), with("t", "k@x.example"), match.NoCandidate, "", "it is no k"},
		{"a tag", nil, with("s", "a+b@x.example"), with("t", "a@x.example"), match.NoCandidate, "", "tags tell mailboxes apart"},
		{"placeholder", nil, with("s", "anna+1234@x.onmicrosoft.com"), with("t", "anna+1234@x.onmicrosoft.com"), match.NoCandidate, "", "who has it depends on who came second"},
		{"placeholder in China", nil, with("s", "anna+1@x.partner.onmschina.cn"), with("t", "anna+1@x.partner.onmschina.cn"), match.NoCandidate, "", "the same there"},
		{"tag elsewhere", nil, with("s", "anna+1234@x.example"), with("t", "anna+1234@x.example"), match.Matched, "primary", "no initial domain"},
		{"malformed", nil, with("s", "a b@x.example"), with("t", "a b@x.example"), match.NoCandidate, "", "no address"},
		{"login", nil, one("s", func(e *refresh.Entry) { e.Login = "A@x.example" }), one("t", func(e *refresh.Entry) { e.Login = "a@x.example" }), match.Matched, "login", "as addresses are"},
		{"account name", nil, one("s", func(e *refresh.Entry) { e.Login = "anna" }), one("t", func(e *refresh.Entry) { e.Login = "anna" }), match.NoCandidate, "", "there is an anna on every server"},
		{"alias", nil, with("s", "a@x.example", "c@x.example"), with("t", "b@y.example", "c@x.example"), match.Matched, "alias", "an address in common"},
		{"primary is an alias", nil, with("s", "a@x.example"), with("t", "b@y.example", "A@x.example"), match.Matched, "alias", "the old address is kept"},
		{"mapped", mapped, with("s", "a@old.example"), with("t", "A@new.example"), match.Matched, "mapped-domain", "the local part is the same"},
		{"mapped to the second", mapped, with("s", "a@old.example"), with("t", "b@z.example", "a@extra.example"), match.Matched, "mapped-domain", "one old domain, two new ones"},
		{"not mapped", mapped, with("s", "a@other.example"), with("t", "a@new.example"), match.NoCandidate, "", "another company's"},
		{"mapped backwards", mapped, with("s", "a@new.example"), with("t", "a@old.example"), match.NoCandidate, "", "a mapping has a direction"},
		{"mapped role", mapped, with("s", "info@old.example"), with("t", "info@new.example"), match.NoCandidate, "", "every company has it (RFC 2142)"},
		{"display name", nil, one("s", func(e *refresh.Entry) { e.DisplayName = "Berg, Anna" }), one("t", func(e *refresh.Entry) { e.DisplayName = "anna  berg" }), match.NoCandidate, "", "a suggestion only"},
		{"attribute", []match.Rule{match.Attribute("badge")}, one("s", func(e *refresh.Entry) { e.Attrs = map[string][]string{"badge": {"", "7"}} }), one("t", func(e *refresh.Entry) { e.Attrs = map[string][]string{"badge": {"7"}} }), match.Matched, "attribute badge", "one's own"},
		{"not UTF-8", []match.Rule{match.Attribute("badge")}, one("s", func(e *refresh.Entry) { e.Attrs = map[string][]string{"badge": {"\xff"}} }), one("t", func(e *refresh.Entry) { e.Attrs = map[string][]string{"badge": {"\xff"}} }), match.NoCandidate, "", "no evidence"},
	} {
		if tt.rules == nil {
			tt.rules = match.Default()
		}
		p, err := match.Pair(match.Entries([]refresh.Entry{tt.s}), match.Entries([]refresh.Entry{tt.t}), tt.rules, nil)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		for d := range p.Sources() {
			if d.Status != tt.want || d.Rule != tt.rule {
				t.Errorf("%s: %s by %q, %s; want %s by %q: %s", tt.name, d.Status, d.Rule, d.Reason, tt.want, tt.rule, tt.reason)
			}
			if d.Status != match.Matched && d.Reason == "" {
				t.Errorf("%s: no reason", tt.name)
			}
			if d.Status == match.Matched && (d.Key == "" || d.Other == nil) {
				t.Errorf("%s: no key, or no partner", tt.name)
			}
		}
	}
}

func must(r match.Rule, err error) match.Rule {
	if err != nil {
		panic(err)
	}
	return r
}

func TestMappedDomainRefuses(t *testing.T) {
	for _, m := range [][]string{nil, {"old.example"}, {"=new.example"}, {"old.example="}, {"a b=c"}, {"a.example=b.example", "A.example=b.example"}} {
		if _, err := match.MappedDomain(m...); err == nil {
			t.Errorf("%q is taken", m)
		}
	}
}

// TestPairRefuses: what would make a pairing wrong is an error that names the place, without an address.
func TestPairRefuses(t *testing.T) {
	fine := []refresh.Entry{with("1", "a@x.example")}
	for _, tt := range []struct {
		name    string
		s, t    []refresh.Entry
		rules   []match.Rule
		pins    []match.Pin
		mention string
	}{
		{"an ID twice", []refresh.Entry{with("1", "a@x.example"), with("2", "b@x.example"), with("1", "c@x.example")}, fine, match.Default(), nil, "source mailboxes 1 and 3"},
		{"nothing to know somebody by", fine, []refresh.Entry{{}}, match.Default(), nil, "target mailbox 1"},
		{"two rules of one name", fine, fine, []match.Rule{match.Primary(), match.Primary()}, nil, "primary"},
		{"a rule without a name", fine, fine, []match.Rule{{Keys: match.Primary().Keys}}, nil, "rule 1"},
		{"a rule that does nothing", fine, fine, []match.Rule{{Name: "x"}}, nil, "x"},
		{"a pin of nobody", fine, fine, match.Default(), []match.Pin{{}}, "pin 1"},
		{"two pins of one", fine, fine, match.Default(), []match.Pin{{Source: "1"}, {Source: "1", Target: "1"}}, "pin 2"},
	} {
		_, err := match.Pair(match.Entries(tt.s), match.Entries(tt.t), tt.rules, &match.Options{Pins: tt.pins})
		if err == nil || !strings.Contains(err.Error(), tt.mention) || strings.Contains(err.Error(), "@") {
			t.Errorf("%s: %v, want something about %q", tt.name, err, tt.mention)
		}
	}
}
