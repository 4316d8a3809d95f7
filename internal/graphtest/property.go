package graphtest

import (
	"strings"
	"time"
)

// property is a property of a type of Graph. put writes its value and is false where it has none; nil: it is not kept.
type property struct {
	name  string
	edm   EDM
	never bool // exists, but the service does not give it in a directory query: 501
	put   func(dst []byte, v *view) ([]byte, bool)
}

func textOf(field int) func([]byte, *view) ([]byte, bool) {
	return func(dst []byte, v *view) ([]byte, bool) {
		if len(v.text[field]) == 0 {
			return dst, false
		}
		return appendJSON(dst, v.text[field]), true
	}
}

func appendTime(dst []byte, unix int64) []byte {
	dst = append(dst, '"')
	dst = time.Unix(unix, 0).UTC().AppendFormat(dst, "2006-01-02T15:04:05Z")
	return append(dst, '"')
}

// userProperties are the properties of users. That the service gives some for one user alone is from the page "user resource type"; that
// deviceEnrollmentLimit, print, authorizationInfo, customSecurityAttributes and signInActivity are like them is a guess: some of these need
// another right.
func userProperties() []property {
	return withSchema(typeUser, []property{
		{name: "id", put: putID},
		{name: "userPrincipalName", put: putUPN},
		{name: "mail", put: textOf(fMail)},
		{name: "displayName", put: textOf(fDisplay)},
		{name: "givenName", put: textOf(fGiven)},
		{name: "surname", put: textOf(fSurname)},
		{name: "employeeId", put: textOf(fEmployee)},
		{name: "userType", put: func(dst []byte, v *view) ([]byte, bool) {
			if len(v.text[fType]) == 0 {
				return append(dst, `"Member"`...), true
			}
			return appendJSON(dst, v.text[fType]), true
		}},
		{name: "onPremisesImmutableId", put: textOf(fImmutable)},
		{name: "onPremisesLastSyncDateTime", put: func(dst []byte, v *view) ([]byte, bool) {
			if v.sync == 0 {
				return dst, false
			}
			return appendTime(dst, v.sync), true
		}},
		{name: "onPremisesSyncEnabled", put: func(dst []byte, v *view) ([]byte, bool) {
			return append(dst, "true"...), v.sync != 0
		}},
		{name: "accountEnabled", put: func(dst []byte, v *view) ([]byte, bool) {
			return appendBool(dst, v.flags&flagDisabled == 0), true
		}},
		{name: "createdDateTime", put: func(dst []byte, v *view) ([]byte, bool) { return appendTime(dst, v.made), true }},
		{name: "deletedDateTime", put: putDeleted},
		{name: "mailNickname", put: putNickname},
		{name: "proxyAddresses", put: putProxies},
		{name: "assignedPlans", put: putPlans},
	}, `aboutMe birthday hireDate interests mailboxSettings mySite pastProjects preferredName responsibilities schools skills
		authorizationInfo customSecurityAttributes deviceEnrollmentLimit print signInActivity`)
}

// The default properties of a user, in Graph's order.
const userDefaults = "businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation,preferredLanguage,surname,userPrincipalName,id"

func putID(dst []byte, v *view) ([]byte, bool) {
	return append(v.id.append(append(dst, '"')), '"'), true
}

func putDeleted(dst []byte, v *view) ([]byte, bool) {
	if v.state != deleted {
		return dst, false
	}
	return appendTime(dst, v.deleted), true
}

func putNickname(dst []byte, v *view) ([]byte, bool) { return appendJSON(dst, v.nickname()), true }

// nickname is the local part of the userPrincipalName, or of a group's mail.
func (v *view) nickname() string {
	name := v.text[fUPN]
	if len(name) == 0 {
		name = v.text[fMail]
	}
	local, _, _ := strings.Cut(string(name), "@")
	return local
}

// putUPN prefixes the name of a deleted user with its ID without dashes, as Graph does.
func putUPN(dst []byte, v *view) ([]byte, bool) {
	if v.state != deleted {
		return appendJSON(dst, v.text[fUPN]), true
	}
	return appendJSON(dst, v.upn()), true
}

func (v *view) upn() string {
	if v.state != deleted {
		return string(v.text[fUPN])
	}
	return strings.ReplaceAll(v.id.String(), "-", "") + string(v.text[fUPN])
}

func putProxies(dst []byte, v *view) ([]byte, bool) {
	dst = append(dst, '[')
	some := false
	v.proxies(func(p []byte) bool {
		if some {
			dst = append(dst, ',')
		}
		some = true
		dst = appendJSON(dst, p)
		return true
	})
	return append(dst, ']'), some
}

func putPlans(dst []byte, v *view) ([]byte, bool) {
	plans := v.plans()
	dst = append(dst, '[')
	for i, p := range plans {
		if i > 0 {
			dst = append(dst, ',')
		}
		if p.Status == "" {
			p.Status = "Enabled"
		}
		dst = append(dst, `{"assignedDateTime":`...)
		dst = appendTime(dst, v.made)
		dst = append(dst, `,"capabilityStatus":`...)
		dst = appendJSON(dst, p.Status)
		dst = append(dst, `,"service":`...)
		dst = appendJSON(dst, p.Service)
		dst = append(dst, `,"servicePlanId":`...)
		if p.ID == "" {
			dst = append(dst, "null}"...)
			continue
		}
		dst = append(appendJSON(dst, p.ID), '}')
	}
	return append(dst, ']'), len(plans) > 0
}
