package graphtest

import (
	"fmt"
	"strings"
)

// groupProperties are the properties of groups that are kept; false: it is kept nowhere and null.
var groupProperties = map[string]bool{
	"id": true, "displayName": true, "mail": true, "proxyAddresses": true, "mailEnabled": true, "securityEnabled": true,
	"groupTypes": true, "mailNickname": true, "description": false, "createdDateTime": false, "deletedDateTime": false,
	"visibility": false, "classification": false, "renewedDateTime": false, "onPremisesSyncEnabled": false,
	"onPremisesLastSyncDateTime": false,
}

const groupDefaults = "id,deletedDateTime,classification,createdDateTime,description,displayName,groupTypes,mail,mailEnabled,mailNickname," +
	"onPremisesLastSyncDateTime,onPremisesSyncEnabled,proxyAddresses,renewedDateTime,securityEnabled,visibility"

func (c *call) group(id string) *reply {
	if !c.may(GroupReadAll, DirectoryReadAll) {
		return c.denied()
	}
	text := c.option("select")
	names := text
	if names == "" {
		names = groupDefaults
	}
	for name := range strings.SplitSeq(names, ",") {
		if _, ok := groupProperties[name]; !ok {
			return c.refuse(400, "BadRequest", fmt.Sprintf(sayUnknownProperty, name, typeGroup))
		}
	}
	g, ok := parseGUID(id)
	if !ok {
		return c.refuse(400, "Request_BadRequest", fmt.Sprintf(sayInvalidID, id))
	}
	c.store.mu.RLock()
	group := c.store.groups[g]
	c.store.mu.RUnlock()
	if group == nil {
		return c.missing(id)
	}
	dst := c.begin("groups" + selection{text: text}.context() + "/$entity")
	dst = appendGroup(dst, group, strings.Split(names, ","), form{})
	return c.ok(entity(dst))
}

// appendGroup writes a group as JSON. Properties that only users have are left out.
func appendGroup(dst []byte, g *Group, names []string, f form) []byte {
	dst = append(dst, '{')
	first := len(dst)
	if f.typed {
		dst = append(dst, `"@odata.type":"#`+typeGroup+`",`...)
	}
	id := false
	for _, name := range names {
		kept, ok := groupProperties[name]
		if !ok || f.limited && f.bare && name != "id" {
			continue
		}
		id = id || name == "id"
		dst = appendKey(dst, name)
		many := name == "proxyAddresses" || name == "groupTypes"
		switch {
		case f.limited && name != "id", !kept:
			if many {
				dst = append(dst, "[]"...)
			} else {
				dst = append(dst, "null"...)
			}
		default:
			dst = appendGroupValue(dst, g, name)
		}
		dst = append(dst, ',')
	}
	if !id && f.limited {
		dst = append(appendJSON(append(dst, `"id":`...), g.ID), ',')
	}
	if len(dst) > first {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '}')
}

func appendGroupValue(dst []byte, g *Group, name string) []byte {
	switch name {
	case "id":
		return appendJSON(dst, g.ID)
	case "displayName":
		return appendJSON(dst, g.DisplayName)
	case "mailEnabled":
		return fmt.Append(dst, g.Mail != "")
	case "securityEnabled":
		return fmt.Append(dst, g.Security)
	case "groupTypes":
		if g.Security {
			return append(dst, "[]"...)
		}
		return append(dst, `["Unified"]`...)
	case "mailNickname":
		local, _, _ := strings.Cut(g.Mail, "@")
		return appendJSON(dst, local)
	case "proxyAddresses":
		dst = append(dst, '[')
		for i, p := range g.Proxies {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, p)
		}
		return append(dst, ']')
	}
	if g.Mail == "" {
		return append(dst, "null"...)
	}
	return appendJSON(dst, g.Mail)
}
