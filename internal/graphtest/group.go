package graphtest

import (
	"fmt"
)

// Group is a group of the tenant, in what little is needed of it.
type Group struct {
	ID           string // minted by [Server.PutGroup] where empty
	DisplayName  string
	Mail         string
	Proxies      []string
	Security     bool // a security group
	Distribution bool // a distribution list; a group that is neither is a Microsoft 365 group
}

// The sorts of groups. A group is kept as a user of which they are the type.
const (
	unified      = "Unified"
	security     = "security"
	distribution = "distribution"
)

// asUser is how a group is kept.
func (g *Group) asUser() User {
	u := User{ID: g.ID, DisplayName: g.DisplayName, Mail: g.Mail, Proxies: g.Proxies, UserType: unified, NoMailbox: true}
	switch {
	case g.Security:
		u.UserType = security
	case g.Distribution:
		u.UserType = distribution
	}
	return u
}

// group makes a [Group] of a view.
func (v *view) group() Group {
	u := v.user()
	return Group{u.ID, u.DisplayName, u.Mail, u.Proxies, u.UserType == security, u.UserType == distribution}
}

// groupProperties are the properties of groups. That the service gives some for one group alone is from the pages "group resource type" and
// "List groups".
func groupProperties() []property {
	is := func(sort string) func([]byte, *view) ([]byte, bool) {
		return func(dst []byte, v *view) ([]byte, bool) { return appendBool(dst, string(v.text[fType]) == sort), true }
	}
	return withSchema(typeGroup, []property{
		{name: "id", put: putID},
		{name: "displayName", put: textOf(fDisplay)},
		{name: "mail", put: textOf(fMail)},
		{name: "mailEnabled", put: func(dst []byte, v *view) ([]byte, bool) { return appendBool(dst, len(v.text[fMail]) > 0), true }},
		{name: "securityEnabled", put: is(security)},
		{name: "mailNickname", put: putNickname},
		{name: "proxyAddresses", put: putProxies},
		{name: "groupTypes", put: func(dst []byte, v *view) ([]byte, bool) {
			if string(v.text[fType]) != unified {
				return dst, false
			}
			return append(dst, `["Unified"]`...), true
		}},
		{name: "createdDateTime", put: func(dst []byte, v *view) ([]byte, bool) { return appendTime(dst, v.made), true }},
		{name: "deletedDateTime", put: putDeleted},
	}, `allowExternalSenders autoSubscribeNewMembers hideFromAddressLists hideFromOutlookClients isArchived isSubscribedByMail unseenCount
		accessType isFavorite unseenConversationsCount unseenMessagesCount welcomeMessageEnabled`)
}

// The default properties of a group.
const groupDefaults = "id,deletedDateTime,classification,createdDateTime,description,displayName,expirationDateTime,groupTypes,isAssignableToRole,mail," +
	"mailEnabled,mailNickname,membershipRule,membershipRuleProcessingState,onPremisesLastSyncDateTime,onPremisesSyncEnabled,proxyAddresses," +
	"renewedDateTime,securityEnabled,visibility"

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// group answers GET /groups/{id}.
func (c *call) group(id string) *reply {
	if !c.may(groupKind.read...) {
		return c.denied()
	}
	sel, bad := groupKind.selects(c.option("select"), typeGroup, true)
	if bad != nil {
		return c.problem(bad)
	}
	g, ok := parseGUID(id)
	if !ok {
		return c.refuse(400, "Request_BadRequest", fmt.Sprintf(sayInvalidID, id))
	}
	st := c.groups
	st.mu.RLock()
	defer st.mu.RUnlock()
	var v view
	if i, ok := st.byID[g]; !ok || !st.alive(i, c.read, &v) {
		return c.missing(id)
	}
	return c.ok(entity(appendObject(c.begin("groups"+sel.context()+"/$entity"), &v, &sel, form{})))
}
