package graphtest

import (
	"fmt"
	"net/url"
	"strings"
)

// split takes a path into its segments.
func split(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// endpointOf tells the endpoint of a path below the version. Names of segments are compared without case, as Graph does.
func endpointOf(path string) Endpoint {
	seg := split(path)
	is := func(i int, name string) bool {
		if i >= len(seg) {
			return false
		}
		plain, err := url.PathUnescape(seg[i])
		if rest, ok := strings.CutPrefix(plain, "graph."); ok {
			plain = "microsoft.graph." + rest // the alias of the namespace in the CSDL; msgraph-sdk-go writes it
		}
		return err == nil && strings.EqualFold(plain, name)
	}
	delta := is(1, "delta") || is(1, "delta()") || is(1, "microsoft.graph.delta()") || is(1, "microsoft.graph.delta")
	switch n := len(seg); {
	case n == 1 && is(0, "$batch"):
		return Batch
	case n == 1 && is(0, "users"):
		return Users
	case n == 1 && is(0, "organization"):
		return Organization
	case n == 2 && is(0, "users") && delta:
		return Delta
	case n == 1 && is(0, "groups"):
		return Groups
	case n == 2 && is(0, "groups") && delta:
		return GroupsDelta
	case n == 2 && is(0, "users") && is(1, "$count"):
		return UsersCount
	case n == 2 && is(0, "users"):
		return OneUser
	case n == 4 && is(0, "users") && is(2, "settings") && is(3, "exchange"):
		return Exchange
	case n == 2 && is(0, "groups"):
		return OneGroup
	case n == 2 && is(0, "directoryObjects") && (is(1, "getByIds") || is(1, "microsoft.graph.getByIds")):
		return GetByIDs
	case n == 2 && is(0, "directoryObjects"):
		return OneObject
	case n == 3 && is(0, "directory") && is(1, "deletedItems") && is(2, typeUser):
		return DeletedUsers
	case n == 3 && is(0, "directory") && is(1, "deletedItems") && is(2, typeGroup):
		return DeletedGroups
	case n == 3 && is(0, "directory") && is(1, "deletedItems"):
		return DeletedItem
	}
	return Other
}

// answer makes the answer to a request or a part. The order of the refusals is that of Graph: who asks, what, how much, with which right.
func (c *call) answer(fault *Fault) (r *reply) {
	if fault != nil && fault.Status != 0 && !fault.HTML {
		return fault.refusal(c)
	}
	grant, refused := c.authenticate()
	if refused != nil {
		return refused
	}
	c.grant = grant
	if refused := c.method(); refused != nil {
		return refused
	}
	if c.Endpoint == Other || c.Endpoint == Exchange && c.opts.NoExchangeSettings {
		seg := split(c.Path)
		return c.refuse(400, "BadRequest", fmt.Sprintf(sayUnknownSegment, seg[len(seg)-1]))
	}
	for name := range c.Query {
		switch strings.TrimPrefix(name, "$") {
		case "skip", "apply", "compute", "format":
			if strings.HasPrefix(name, "$") {
				return c.refuse(400, "Request_BadRequest", fmt.Sprintf(sayOption, name))
			}
		}
	}
	if refused := c.charge(); refused != nil {
		return refused
	}
	seg := split(c.Path)
	last, err := url.PathUnescape(seg[len(seg)-1])
	if err != nil {
		return c.refuse(400, "BadRequest", "Invalid URL.")
	}
	switch c.Endpoint {
	case Batch:
		return c.batch()
	case Users:
		return c.list(userKind)
	case Groups:
		return c.list(groupKind)
	case UsersCount:
		return c.usersCount()
	case OneUser:
		return c.user(last)
	case Exchange:
		name, err := url.PathUnescape(seg[1])
		if err != nil {
			return c.refuse(400, "BadRequest", "Invalid URL.")
		}
		return c.exchange(name)
	case Delta:
		return c.delta(userKind)
	case GroupsDelta:
		return c.delta(groupKind)
	case GetByIDs:
		return c.getByIDs()
	case DeletedUsers:
		return c.deletedList(userKind)
	case DeletedGroups:
		return c.deletedList(groupKind)
	case DeletedItem:
		return c.deletedItem(last)
	case OneObject:
		return c.object(last)
	case Organization:
		return c.organization()
	}
	return c.group(last)
}

// method refuses what is not asked with its own method. What would write is recorded, so that a test can say that none came.
func (c *call) method() *reply {
	post := c.Endpoint == GetByIDs || c.Endpoint == Batch
	switch c.Method {
	case "GET":
		if !post || c.Endpoint == GetByIDs && c.option("skiptoken") != "" {
			return nil
		}
	case "POST":
		if post {
			if !strings.HasPrefix(c.Header.Get("Content-Type"), "application/json") {
				return c.refuse(400, "BadRequest", sayType)
			}
			return nil
		}
		fallthrough
	case "PATCH", "PUT", "DELETE":
		c.counts.do(func(t *Counters) { t.Writes = append(t.Writes, c.Method+" "+c.Path) })
		return c.denied()
	}
	return c.refuse(405, "Request_BadRequest", sayMethod)
}

// missing answers that an object is not there.
func (c *call) missing(id string) *reply {
	return c.refuse(404, "Request_ResourceNotFound", fmt.Sprintf(sayNotFound, id))
}
