package graphconn

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// property is one of the properties that are read.
type property uint8

const (
	propID property = iota
	propDisplayName
	propLogin
	propMail
	propProxies
	propAnchor
	propUserType
	propGiven
	propSurname
	propEmployeeID
	propDeletedAt
	propCount
)

// propertyNames are Graph's names (Microsoft, "user resource type", "group resource type").
var propertyNames = [propCount]string{
	"id", "displayName", "userPrincipalName", "mail", "proxyAddresses", "onPremisesImmutableId",
	"userType", "givenName", "surname", "employeeId", "deletedDateTime",
}

// properties is a set of them.
type properties uint16

func setOf(ps ...property) (s properties) {
	for _, p := range ps {
		s |= 1 << p
	}
	return s
}

func (s properties) has(p property) bool { return s&(1<<p) != 0 }

// names lists the properties for $select.
func (s properties) names() string {
	var names []string
	for p := range propCount {
		if s.has(p) {
			names = append(names, propertyNames[p])
		}
	}
	return strings.Join(names, ",")
}

// What is selected. Of a group, the login and the anchor do not exist; they may be selected beside users.
var (
	mailboxProperties = setOf(propID, propDisplayName, propLogin, propMail, propProxies, propAnchor)
	groupProperties   = setOf(propID, propDisplayName, propMail, propProxies)
	entryProperties   = mailboxProperties | setOf(propUserType, propGiven, propSurname, propEmployeeID)
)

// The types of objects that are read, as they are in @odata.type.
const (
	typeUser  = "#microsoft.graph.user"
	typeAgent = "#microsoft.graph.agentUser" // derived from user
	typeGroup = "#microsoft.graph.group"
)

// object is one object of an answer. A property that is absent is not one that is null.
type object struct {
	id      refresh.ID // in lower case
	typ     string     // empty where the answer does not say
	present properties // null or with a value
	text    [propCount]string
	proxies []string
	removed bool // @removed, in delta answers
}

var (
	errObject = errors.New("graphconn: an object in the answer has not the shape that was asked for")
	errNoID   = errors.New("graphconn: an object in the answer has no ID, or one that is no GUID")
)

// decodeObject reads one object. Where only a property is not what it should be, the error comes with the object's ID. Errors say nothing
// of what was read.
func decodeObject(raw json.RawMessage) (o object, err error) {
	malformed := false
	broken := members(raw, func(name []byte, v jsonText) error {
		if err := o.set(name, v); err != nil {
			malformed = true
		}
		return nil
	})
	id, err := idOf(refresh.ID(o.text[propID]))
	switch {
	case broken != nil:
		return object{}, errObject
	case err != nil:
		return object{}, errNoID
	case malformed:
		return object{id: id}, errObject
	}
	o.id = id
	return o, nil
}

// set takes over one member.
func (o *object) set(name []byte, v jsonText) (err error) {
	switch string(name) {
	case "@odata.type":
		o.typ, err = v.text()
		return err
	case "@removed":
		o.removed = !v.null()
		return nil
	}
	p, ok := propertyOf(name)
	switch {
	case !ok:
		return nil
	case o.present.has(p):
		return errObject // twice
	}
	o.present |= 1 << p
	switch {
	case v.null():
	case p == propProxies:
		o.proxies, err = v.texts() // never nil
	default:
		o.text[p], err = v.text()
	}
	return err
}

func propertyOf(name []byte) (property, bool) {
	for p, n := range propertyNames {
		if n == string(name) {
			return property(p), true
		}
	}
	return 0, false
}

// isUser reports whether the object is a user, where the collection it is in says so for objects without a type.
func (o *object) isUser(untyped bool) bool {
	return o.typ == typeUser || o.typ == typeAgent || o.typ == "" && untyped
}

// limited reports whether the object is one that this application may not read: the service answers with its type and ID, and leaves
// everything else out or null (Microsoft, "Limited information returned for inaccessible member objects"). A user without a
// userPrincipalName and a group without a displayName do not exist. Nor does one whose proxyAddresses are null: where there are none,
// the service says that they are empty (Microsoft, "user resource type": not nullable).
func (o *object) limited(want properties, needs property) bool {
	return o.present&want != want || o.text[needs] == "" || want.has(propProxies) && o.proxies == nil
}

// deletedAt returns the time of deletion; the zero time where it was not told.
func (o *object) deletedAt() time.Time {
	t, err := time.Parse(time.RFC3339, o.text[propDeletedAt])
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
