package ldaptest

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// syntax is how the values of an attribute compare.
type syntax uint8

const (
	text    syntax = iota // case does not count
	octets                // bytes
	integer               // decimal text
	boolean               // TRUE or FALSE
	dnName                // a DN
	moment                // generalised time, which orders as text
	idText                // an identity in text form, case does not count
)

// attrDef is an attribute of the schema.
type attrDef struct {
	name   string
	syntax syntax
	flags  attrFlags
}

type attrFlags uint16

const (
	kept        attrFlags = 1 << iota // a tombstone keeps it (searchFlags fPRESERVEONDELETE, and the fixed list of MS-ADTS section 3.1.1.5.5.1.1)
	local                             // not in the global catalog
	single                            // one value at most
	operational                       // answered only when asked for by name or "+"
	computed                          // made when it is read
	indexed                           // has an equality index
)

func (d *attrDef) is(f attrFlags) bool { return d.flags&f != 0 }

// The attributes that the server itself sets or computes.
const (
	aClass       = "objectClass"
	aGUID        = "objectGUID"
	aSID         = "objectSid"
	aCategory    = "objectCategory"
	aDN          = "distinguishedName"
	aName        = "name"
	aUSNCreated  = "uSNCreated"
	aUSNChanged  = "uSNChanged"
	aCreated     = "whenCreated"
	aChanged     = "whenChanged"
	aDeleted     = "isDeleted"
	aRecycled    = "isRecycled"
	aLastParent  = "lastKnownParent"
	aLastRDN     = "msDS-LastKnownRDN"
	aMember      = "member"
	aMemberOf    = "memberOf"
	aUUID        = "entryUUID"
	aUniqueID    = "nsUniqueId"
	aEntryDN     = "entryDN"
	aEntryCSN    = "entryCSN"
	aContextCSN  = "contextCSN"
	aCreateTime  = "createTimestamp"
	aModifyTime  = "modifyTimestamp"
	aMail        = "mail"
	aProxies     = "proxyAddresses"
	aLogin       = "userPrincipalName"
	aAccount     = "sAMAccountName"
	aNickname    = "mailNickname"
	aDisplay     = "displayName"
	aGiven       = "givenName"
	aSurname     = "sn"
	aEmployee    = "employeeID"
	aNumber      = "employeeNumber"
	aMailbox     = "msExchMailboxGuid"
	aAnchor      = "mS-DS-ConsistencyGuid"
	aType        = "msExchRecipientTypeDetails"
	aRemoteType  = "msExchRemoteRecipientType"
	aTarget      = "targetAddress"
	aHidden      = "msExchHideFromAddressLists"
	aLegacyDN    = "legacyExchangeDN"
	aHomeMDB     = "homeMDB"
	aAccountFlag = "userAccountControl"
	aAccountType = "sAMAccountType"
)

// commonAttributes are known to every system. More text attributes come into being when they are used.
var commonAttributes = []attrDef{
	{aClass, text, kept}, {"cn", text, kept | single}, {"uid", text, indexed}, {"ou", text, 0}, {"dc", text, 0}, {"o", text, 0}, {"c", text, 0},
	{aMail, text, indexed}, {aProxies, text, indexed}, {aDisplay, text, 0}, {aGiven, text, 0}, {aSurname, text, 0},
	{aNumber, text, local}, {aLegacyDN, text, kept | single}, {"description", text, 0}, {"title", text, 0}, {"telephoneNumber", text, 0},
	{"userPassword", octets, operational},
}

var activeDirectoryAttributes = []attrDef{
	{aGUID, octets, kept | single}, {aSID, octets, kept | single}, {aCategory, dnName, single}, {aDN, dnName, computed | single},
	{aName, text, computed | single}, {"instanceType", integer, kept | single}, {aCreated, moment, kept | single}, {aChanged, moment, kept | single},
	{aUSNCreated, integer, computed | single}, {aUSNChanged, integer, computed | single}, {aDeleted, boolean, kept | single}, {aRecycled, boolean, kept | single},
	{aLastParent, dnName, kept | single}, {aLastRDN, text, kept | single}, {aAccount, text, kept | single | indexed}, {aAccountType, integer, single},
	{aAccountFlag, integer, kept | single}, {"primaryGroupID", integer, single}, {"groupType", integer, kept | single}, {aLogin, text, single | indexed},
	{aMember, dnName, computed}, {aMemberOf, dnName, computed}, {aEmployee, text, local | single},
	{aNickname, text, single}, {aMailbox, octets, kept | single}, {"msExchArchiveGUID", octets, kept | single}, {aAnchor, octets, local | single | indexed},
	{aType, integer, single}, {"msExchRecipientDisplayType", integer, single}, {aRemoteType, integer, local | single}, {aTarget, text, single},
	{aHidden, boolean, single}, {aHomeMDB, dnName, single}, {"msExchHomeServerName", text, single}, {"msExchVersion", integer, single},
	{"msExchMasterAccountSid", octets, single}, {"altRecipient", dnName, single}, {"company", text, 0}, {"department", text, 0}, {"extensionAttribute1", text, single},
	{"nCName", dnName, single}, {"systemFlags", integer, kept | single}, {"dnsRoot", text, 0}, {"nETBIOSName", text, single}, {"trustParent", dnName, single}, {"rootTrust", dnName, single},
	{"dNSHostName", text, kept | single}, {"serverReference", dnName, single}, {"invocationId", octets, single}, {"options", integer, single}, {"hasMasterNCs", dnName, 0},
	{"msDS-EnabledFeature", dnName, 0}, {"tombstoneLifetime", integer, single}, {"msDS-DeletedObjectLifetime", integer, single}, {"lDAPAdminLimits", text, 0},
	{"lDAPDisplayName", text, single}, {"isMemberOfPartialAttributeSet", boolean, single}, {"searchFlags", integer, single}, {"isSingleValued", boolean, single},
	{"uPNSuffixes", text, 0}, {"msExchAcceptedDomainName", text, single}, {"msExchAcceptedDomainFlags", integer, single},
}

var plainAttributes = []attrDef{ // OpenLDAP and 389 Directory Server
	{aEntryDN, dnName, operational | computed}, {aCreateTime, moment, operational}, {aModifyTime, moment, operational},
	{"structuralObjectClass", text, operational}, {"manager", dnName, 0}, {aMember, dnName, computed},
}

// schema is the attributes that a directory knows.
type schema struct {
	system System
	mu     sync.RWMutex
	defs   map[string]*attrDef // by name, in the schema's spelling and in lower case
	dns    map[string]string   // DNs folded before; many objects share a few
	sorted []*attrDef          // those that were there from the start, by name
}

func newSchema(system System, notInCatalog []string) *schema {
	s := &schema{system: system, defs: map[string]*attrDef{}, dns: map[string]string{}}
	lists := [][]attrDef{commonAttributes}
	switch system {
	case ActiveDirectory:
		lists = append(lists, activeDirectoryAttributes)
	case OpenLDAP:
		lists = append(lists, plainAttributes, []attrDef{{aUUID, idText, operational | single}, {aEntryCSN, text, operational | computed}, {aContextCSN, text, operational | computed}})
	case Directory389:
		lists = append(lists, plainAttributes, []attrDef{{aUniqueID, idText, operational | single}})
	}
	for _, list := range lists {
		for _, d := range list {
			if notInCatalog != nil {
				d.flags &^= local
				if slices.ContainsFunc(notInCatalog, func(n string) bool { return strings.EqualFold(n, d.name) }) {
					d.flags |= local
				}
			}
			s.defs[d.name], s.defs[strings.ToLower(d.name)] = &d, &d
			s.sorted = append(s.sorted, &d)
		}
	}
	slices.SortFunc(s.sorted, func(a, b *attrDef) int { return strings.Compare(a.name, b.name) })
	return s
}

// find returns an attribute, nil when the directory does not know it.
func (s *schema) find(name string) *attrDef {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if d := s.defs[name]; d != nil {
		return d
	}
	return s.defs[strings.ToLower(name)]
}

// must returns an attribute, a new text attribute when the directory did not know it.
func (s *schema) must(name string) *attrDef {
	if d := s.find(name); d != nil {
		return d
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	low := strings.ToLower(name)
	if s.defs[low] == nil {
		s.defs[low] = &attrDef{name: name}
		s.defs[name] = s.defs[low]
	}
	return s.defs[low]
}

// fold is the form under which two values of the attribute are equal. ok is false when v can be no value of it.
func (s *schema) fold(d *attrDef, v string) (norm string, ok bool) {
	switch d.syntax {
	case octets, moment:
		return v, true
	case integer:
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		if err != nil {
			return v, false
		}
		return strconv.FormatInt(n, 10), true
	case boolean:
		v = strings.ToUpper(v)
		return v, v == "TRUE" || v == "FALSE"
	case dnName:
		return s.foldDN(v), true
	case idText:
		return strings.ToLower(v), true
	}
	if s.system == ActiveDirectory {
		return foldWide(v), true
	}
	return foldNarrow(v), true
}

// foldDN is foldDN with a memory.
func (s *schema) foldDN(v string) string {
	s.mu.RLock()
	norm, ok := s.dns[v]
	s.mu.RUnlock()
	if !ok {
		norm = foldDN(v)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.dns) >= 1000 {
			clear(s.dns)
		}
		s.dns[v] = norm
	}
	return norm
}
