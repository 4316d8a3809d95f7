package graphconn

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/readdress-go/readdress/refresh"
)

// rights is what a connector has learned of the rights that it has. The zero rights have not been refused anything.
type rights struct {
	// usersOnly: asking for objects of any type was refused, so users are asked for, 15 in a question.
	usersOnly atomic.Bool
}

// The permissions that errors name (Microsoft, "Microsoft Graph permissions reference").
const (
	readUsers        = "User.Read.All"
	readGroups       = "GroupMember.Read.All"
	readDirectory    = "Directory.Read.All"
	readOrganization = "Organization.Read.All"
)

// needed is the permission that an operation needs, as far as its name tells: a list or a search may be one of users or of groups.
func needed(op string) string {
	switch op {
	case "organization":
		return readOrganization
	case "getByIds", "directoryObjects by id":
		return readDirectory
	case "groups by id", "groups/delta":
		return readGroups
	case "list", "find":
		return readUsers + ", and for groups " + readGroups
	case "deletedItems":
		return readUsers + ", and for groups Group.Read.All"
	}
	return readUsers
}

// narrows reports whether err refuses the right to ask for objects of any type, and remembers it. It says so at Warn, once.
// It is Graph that has to say so: a 403 of a proxy says nothing of rights.
func (c *Connector) narrows(ctx context.Context, err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != 403 || e.Code == "" {
		return false
	}
	if c.rights.usersOnly.CompareAndSwap(false, true) {
		c.opts.Logger.WarnContext(ctx, "graphconn: the permission "+readDirectory+" is lacking, so users are looked up 300 in a request and not 1000",
			"operation", e.Op, "code", e.Code, "request-id", e.RequestID)
	}
	return true
}

// The errors of an object that this application may not read.
var (
	errUserHidden  = hidden(readUsers)
	errGroupHidden = hidden(readGroups)
)

func hidden(permission string) error {
	return fmt.Errorf("graphconn: the service answered with the ID alone, because the application lacks the permission %s: %w", permission, refresh.ErrNotVisible)
}

// errType is an object that is there and is not of a type that is looked for.
var errType = fmt.Errorf("graphconn: the object is neither a user nor, with Options.Groups, a group: %w", refresh.ErrOutOfScope)

// judge says why an object with an ID that was asked for is no answer; nil when it is one. untyped: it was asked for among users.
func (c *Connector) judge(o *object, untyped bool) error {
	switch {
	case o.isUser(untyped):
		if o.limited(mailboxProperties, propLogin) {
			return errUserHidden
		}
	case o.typ == typeGroup && c.opts.Groups:
		if o.limited(groupProperties, propDisplayName) {
			return errGroupHidden
		}
	default:
		return errType
	}
	return nil
}
