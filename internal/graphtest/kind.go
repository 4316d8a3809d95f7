package graphtest

import "sync"

// kind is a type of objects that live in a collection of their own.
type kind struct {
	name     string // of the collection, in paths and contexts
	resource string // in the words of refusals
	typ      string
	defaults string // what is selected where nothing is
	known    func() map[string]*property
	filters  map[string]bool // the properties that a filter knows here
	// read are the rights of which one is needed to read the objects, and deleted those for what was deleted.
	read, deleted []Right
	of            func(*Server) *store
}

// Rights from the pages "List users", "List groups" and "List deletedItems (directory objects)".
var (
	userKind = &kind{
		name: "users", resource: "User", typ: typeUser, defaults: userDefaults, known: sync.OnceValue(func() map[string]*property { return byName(userProperties()) }),
		filters: map[string]bool{
			"id": true, "userPrincipalName": true, "mail": true, "displayName": true, "givenName": true, "surname": true, "employeeId": true,
			"userType": true, "onPremisesImmutableId": true, "accountEnabled": true, "mailNickname": true, "onPremisesSyncEnabled": true,
			"proxyAddresses": true,
		},
		read: []Right{UserReadAll, DirectoryReadAll}, deleted: []Right{UserReadAll, DirectoryReadAll},
		of: func(s *Server) *store { return s.store },
	}
	groupKind = &kind{
		name: "groups", resource: "Group", typ: typeGroup, defaults: groupDefaults, known: sync.OnceValue(func() map[string]*property { return byName(groupProperties()) }),
		filters: map[string]bool{"id": true, "mail": true, "displayName": true, "mailNickname": true, "proxyAddresses": true},
		read:    []Right{GroupMemberReadAll, GroupReadAll, DirectoryReadAll}, deleted: []Right{GroupReadAll, DirectoryReadAll},
		of: func(s *Server) *store { return s.groups },
	}
)

func byName(list []property) map[string]*property {
	m := make(map[string]*property, len(list))
	for i := range list {
		m[list[i].name] = &list[i]
	}
	return m
}

const (
	typeUser   = "microsoft.graph.user"
	typeGroup  = "microsoft.graph.group"
	typeAgent  = "microsoft.graph.agentUser"
	typeObject = "microsoft.graph.directoryObject"

	typeOrganization = "microsoft.graph.organization"
)
