package match

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/readdress-go/readdress/refresh"
)

// Default returns the rules that need no setting, the strongest first: [Refusals], [Anchor], [Instance], [X500], [EmployeeID], [Primary], [Login],
// [AnyAlias] and [DisplayName].
//
// Two of them rest on what may not be true of every pair of directories. [Anchor] blocks targets that are anchored elsewhere, which all are whose
// tenant is provisioned from a directory of its own, and [EmployeeID] takes equal numbers for one person's, which they are not where two companies
// count from one each: take such a rule out with [Without].
func Default() []Rule {
	return []Rule{Refusals(), Anchor(), Instance(), X500(), EmployeeID(), Primary(), Login(), AnyAlias(), DisplayName()}
}

// Without returns the rules but for those with the names.
func Without(rules []Rule, names ...string) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return slices.Contains(names, r.Name) })
}

// Anchor is the hard match of Microsoft Entra: the target carries the source's ID as its anchor (onPremisesImmutableId,
// ms-DS-ConsistencyGuid). A target that is anchored to another object is refused to everybody else (Microsoft, "How objects and credentials are
// synchronized", "Entra Connect: when you have an existing tenant").
func Anchor() Rule {
	return Rule{
		Name: "anchor", Doc: "The target was provisioned from the source: it carries the source's ID as its anchor.",
		Keys:      func(dst []string, e *refresh.Entry) []string { return identity(dst, e.ID) },
		Target:    func(dst []string, e *refresh.Entry) []string { return identity(dst, e.Anchor) },
		Raw:       func(dst []string, e *refresh.Entry) []string { return append(dst, string(e.ID)) },
		TargetRaw: func(dst []string, e *refresh.Entry) []string { return append(dst, string(e.Anchor)) },
		Exclusive: true, Refusal: "the target is anchored to another source object",
	}
}

// Instance matches by the mailbox's own GUID, which a mail user that was prepared for a migration carries (ExchangeGuid).
func Instance() Rule {
	return Rule{
		Name: "instance", Doc: "The target was prepared for the source's mailbox: both carry its GUID (ExchangeGuid).",
		Keys: func(dst []string, e *refresh.Entry) []string { return identity(dst, e.Instance) },
		Raw:  func(dst []string, e *refresh.Entry) []string { return append(dst, string(e.Instance)) },
	}
}

// identity is an ID without the case of its ASCII letters: GUIDs are written in both.
func identity(dst []string, id refresh.ID) []string {
	s := strings.TrimSpace(string(id))
	if s == "" || !utf8.ValidString(s) {
		return dst
	}
	if strings.IndexFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' }) < 0 {
		return append(dst, s)
	}
	return append(dst, strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s))
}

// The names under which [refresh.Entry].Attrs has what rules need and a mailbox does not store. ldapconn and graphconn fill them.
const (
	AttrLegacyDN = "legacyExchangeDN"
	AttrX500     = "x500" // X500 addresses, without the prefix
)

// X500 matches a source whose legacyExchangeDN is among the X500 addresses of the target, where a migration puts it so that old replies arrive.
func X500() Rule {
	legacy := func(dst []string, e *refresh.Entry) []string { return append(dst, e.Attrs[AttrLegacyDN]...) }
	x500 := func(dst []string, e *refresh.Entry) []string { return append(dst, e.Attrs[AttrX500]...) }
	return Rule{
		Name: "x500", Doc: "The target has the source's legacyExchangeDN among its X500 addresses.",
		Keys: folded(legacy), Target: folded(x500), Raw: legacy, TargetRaw: x500,
	}
}

// EmployeeID matches by the employee's number. Who has different ones is not one person.
func EmployeeID() Rule {
	raw := func(dst []string, e *refresh.Entry) []string { return append(dst, e.EmployeeID) }
	return Rule{Name: "employee-id", Doc: "Both have one employee ID.", Keys: folded(raw), Raw: raw, Exclusive: true}
}

// Attribute matches by the values of one attribute of [refresh.Entry].Attrs, in any case.
func Attribute(name string) Rule {
	raw := func(dst []string, e *refresh.Entry) []string { return append(dst, e.Attrs[name]...) }
	return Rule{Name: "attribute " + name, Doc: "Both have one value of the attribute " + name + ".", Keys: folded(raw), Raw: raw}
}

// folded makes keys of values: composed, without case and without space around them.
func folded(raw Keys) Keys {
	return func(dst []string, e *refresh.Entry) []string {
		from := len(dst)
		dst = raw(dst, e)
		for i := from; i < len(dst); i++ {
			dst[i] = foldText(dst[i])
		}
		return dst
	}
}
