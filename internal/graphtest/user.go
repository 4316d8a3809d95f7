package graphtest

import (
	"fmt"
	"iter"
	"time"
)

// User is a user of the tenant.
type User struct {
	ID                string // minted by [Server.Put] where empty
	UserPrincipalName string
	Mail              string
	DisplayName       string
	GivenName         string
	Surname           string
	EmployeeID        string
	UserType          string // "" is Member
	ImmutableID       string // onPremisesImmutableId
	MailboxID         string // primaryMailboxId; minted by [Server.Put] where empty, unless NoMailbox
	NoMailbox         bool
	Disabled          bool      // accountEnabled is false, as of shared mailboxes
	Agent             bool      // an agentUser
	LastSync          time.Time // onPremisesLastSyncDateTime, to the second
	Proxies           []string  // proxyAddresses, such as "SMTP:ann@contoso.example"
	Plans             []Plan
}

// Plan is one of a user's assignedPlans.
type Plan struct {
	Service string // such as "exchange"
	Status  string // capabilityStatus; "" is Enabled
	ID      string // servicePlanId, a GUID; "" is null
}

// People makes n users of a domain, user0 to user(n-1), each with a name, a primary address and an alias.
func People(n int, domain string) iter.Seq[User] {
	return func(yield func(User) bool) {
		for i := range n {
			name := fmt.Sprintf("user%d", i)
			u := User{
				UserPrincipalName: name + "@" + domain, Mail: name + "@" + domain,
				DisplayName: fmt.Sprintf("User %d", i), GivenName: "User", Surname: fmt.Sprint(i), EmployeeID: fmt.Sprintf("E%07d", i),
				Proxies: []string{"SMTP:" + name + "@" + domain, "smtp:" + name + ".alias@" + domain},
			}
			if !yield(u) {
				return
			}
		}
	}
}
