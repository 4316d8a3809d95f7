package graphclients

import (
	"context"
	"fmt"
)

// Client asks one server with one token. Where the service refuses, the error is a [*Refusal].
type Client interface {
	// Users lists users, top in a page, with the properties of [Selected], and says how many pages that took.
	Users(ctx context.Context, top int) (users []Object, pages int, err error)
	// User reads one user with the properties of [Selected].
	User(ctx context.Context, id string) (Object, error)
	// ByIDs asks getByIds for users and groups, with the properties of [Selected], and follows its links.
	ByIDs(ctx context.Context, ids []string) ([]Object, error)
	// Delta asks users/delta for a round: the first one where link is empty, otherwise the one after the round with that deltaLink.
	Delta(ctx context.Context, link string) (Round, error)
	// Batch asks for the paths below the version with GET, 20 at most, in one $batch. The answers are in the order of the paths.
	Batch(ctx context.Context, paths []string) ([]Part, error)
	// DeletedUsers lists the users among the deleted items.
	DeletedUsers(ctx context.Context) ([]Object, error)
	// Organization reads the tenant.
	Organization(ctx context.Context) (Organization, error)
}

// Selected are the properties that clients select.
const Selected = "id,displayName,userPrincipalName,mail,proxyAddresses,onPremisesImmutableId,userType,givenName,surname,employeeId," +
	"accountEnabled,onPremisesLastSyncDateTime,assignedPlans,deletedDateTime"

// Object is a user or a group as a client got it, under Graph's names. Times are as in JSON; a null is empty.
type Object struct {
	Type           string   `json:"@odata.type"`
	ID             string   `json:"id"`
	DisplayName    string   `json:"displayName"`
	Login          string   `json:"userPrincipalName"`
	Mail           string   `json:"mail"`
	Proxies        []string `json:"proxyAddresses"`
	ImmutableID    string   `json:"onPremisesImmutableId"`
	UserType       string   `json:"userType"`
	Given          string   `json:"givenName"`
	Surname        string   `json:"surname"`
	EmployeeID     string   `json:"employeeId"`
	AccountEnabled *bool    `json:"accountEnabled"`
	LastSync       string   `json:"onPremisesLastSyncDateTime"`
	Plans          []Plan   `json:"assignedPlans"`
	DeletedAt      string   `json:"deletedDateTime"`
	Removed        *Removed `json:"@removed"`
}

// Plan is one of assignedPlans.
type Plan struct {
	Service string `json:"service"`
	Status  string `json:"capabilityStatus"`
	ID      string `json:"servicePlanId"`
}

// Removed is the annotation of an object that went away, in a delta.
type Removed struct {
	Reason string `json:"reason"`
}

// Round is a round of users/delta.
type Round struct {
	Objects []Object `json:"objects"`
	Pages   int      `json:"pages"`
	Link    string   `json:"link"` // deltaLink
}

// Part is the answer to a part of a batch.
type Part struct {
	Status     int    `json:"status"`
	RetryAfter string `json:"retryAfter"`
	Body       struct {
		Object
		MailboxID string `json:"primaryMailboxId"`
		Error     struct {
			Code string `json:"code"`
		} `json:"error"`
	} `json:"body"`
}

// Organization is the tenant.
type Organization struct {
	ID      string   `json:"id"`
	Name    string   `json:"displayName"`
	Domains []Domain `json:"verifiedDomains"`
}

// Domain is one of verifiedDomains.
type Domain struct {
	Name    string `json:"name"`
	Initial bool   `json:"isInitial"`
	Default bool   `json:"isDefault"`
	Type    string `json:"type"`
}

// Refusal is what a client says of an answer that is none.
type Refusal struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"requestId"` // of the body
	HeaderID  string `json:"headerId"`  // request-id of the header
	Date      string `json:"date"`      // of the body, as RFC 3339
}

// Error names the status and Graph's code.
func (r *Refusal) Error() string {
	return fmt.Sprintf("graphclients: refused with %d %s", r.Status, r.Code)
}
