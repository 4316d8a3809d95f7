package match

import (
	"github.com/readdress-go/readdress/refresh"
)

// What a row says of its target is given to the rules as attributes of its source.
const (
	attrMailbox = "row: mailbox"
	attrAnchor  = "row: anchor"
	attrAddress = "row: address"
	attrFormer  = "row: former address"
)

// rowRules puts those that go by what the rows say of their targets around the caller's: the strongest is the GUID of the mailbox that the row has
// been migrated to, the weakest an address, which may have gone to somebody else since. That of a missing target never decides.
func rowRules(rules []Rule) []Rule {
	attribute := func(name, doc, attr string, target Keys) Rule {
		return Rule{
			Name: name, Doc: doc, Target: target,
			Keys: func(dst []string, e *refresh.Entry) []string { return append(dst, e.Attrs[attr]...) },
		}
	}
	addresses := func(dst []string, e *refresh.Entry) []string {
		for _, a := range e.Addresses() {
			dst = append(dst, a.Fold())
		}
		if refresh.Address(e.Login).Check() == nil {
			dst = append(dst, refresh.Address(e.Login).Fold())
		}
		return dst
	}
	former := attribute("former-address", "The target holds the address of the row's former target.", attrFormer, addresses)
	former.SuggestOnly = true
	out := []Rule{
		attribute("row-mailbox", "The target has the mailbox that the row's former target had.", attrMailbox,
			func(dst []string, e *refresh.Entry) []string { return identity(dst, e.Instance) }),
		attribute("row-anchor", "The target carries the anchor of the row's former target.", attrAnchor,
			func(dst []string, e *refresh.Entry) []string { return identity(dst, e.Anchor) }),
	}
	out = append(out, rules...)
	return append(out, attribute("row-address", "The target holds the address that was entered or planned for the row.", attrAddress, addresses), former)
}

// tell adds what a row says of its target to its source.
func tell(e *refresh.Entry, attr string, values ...string) {
	attrs := make(map[string][]string, len(e.Attrs)+1)
	for k, v := range e.Attrs {
		attrs[k] = v
	}
	list := append([]string(nil), attrs[attr]...)
	for _, v := range values {
		if v != "" {
			list = append(list, v)
		}
	}
	if len(list) > 0 {
		attrs[attr] = list
		e.Attrs = attrs
	}
}

// rowAddresses are the folded addresses that a row has for its target.
func rowAddresses(m *refresh.Match) []string {
	var out []string
	for _, a := range []refresh.Address{m.Target.Primary, m.TargetUse} {
		if a.Check() == nil && (len(out) == 0 || out[0] != a.Fold()) {
			out = append(out, a.Fold())
		}
	}
	return out
}

func foldID(id refresh.ID) string {
	for _, k := range identity(nil, id) {
		return k
	}
	return ""
}
