package match

import "github.com/readdress-go/readdress/refresh"

// Refusals refuses, whatever rule found them: two recipients that are of different types, such as a person and a group, and a target that holds an
// administrative role. Microsoft Entra refuses both, because who is put in the place of an administrator becomes one. What a
// directory does not tell is not refused.
func Refusals() Rule {
	return Rule{Name: "refusals", Doc: "Recipients of different types, and administrators, are not paired automatically.", Refuse: refuseBoth}
}

// RefuseTypes is [Refusals] for an operator who allows administrators.
func RefuseTypes() Rule {
	return Rule{Name: "refusals", Doc: "Recipients of different types are not paired automatically.", Refuse: refuseType}
}

func refuseBoth(s, t *refresh.Entry) string {
	if why := refuseType(s, t); why != "" {
		return why
	}
	if t.Privileged == refresh.Yes {
		return "the target holds an administrative role"
	}
	return ""
}

func refuseType(s, t *refresh.Entry) string {
	a, b := typeOf(s.Kind), typeOf(t.Kind)
	if a == "" || b == "" || a == b {
		return ""
	}
	return "one is a " + a + ", the other a " + b
}

// typeOf is what a kind cannot change into: mailboxes of people, rooms and shared ones are of one type.
func typeOf(k refresh.Kind) string {
	switch k {
	case refresh.KindUnknown:
		return ""
	case refresh.KindGroup:
		return "group"
	case refresh.KindContact:
		return "contact"
	case refresh.KindSystem:
		return "system mailbox"
	}
	return "mailbox or mail user"
}
