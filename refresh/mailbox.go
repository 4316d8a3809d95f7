package refresh

import "slices"

// ID is the immutable identity of an object in one directory: opaque, comparable, never reused. It is the
// objectGUID of Active Directory in its canonical lower-case text form, the entryUUID of OpenLDAP, the
// nsUniqueId of 389 Directory Server, the id of a Microsoft Graph user, or an IMAP witness.
// It is never an address and never a distinguished name.
type ID string

// Mailbox is what a job stores of a mailbox and what a connector reads of it.
// Treat a Mailbox as immutable: to change its aliases, assign a new slice, because copies of a job share it.
type Mailbox struct {
	// ID identifies the object in its directory.
	ID ID `json:"id,omitempty"`
	// Instance identifies the mailbox as opposed to the account (msExchMailboxGuid, Graph primaryMailboxId);
	// empty where unknown.
	Instance ID `json:"instance,omitempty"`
	// Anchor is the source ID that a target object was provisioned from, in the source's own ID text.
	Anchor ID `json:"anchor,omitempty"`
	// Login is the sign-in name: userPrincipalName, or the IMAP login.
	Login       string `json:"login,omitempty"`
	DisplayName string `json:"displayName,omitempty"` // for people
	Kind        Kind   `json:"kind,omitempty"`        // the type of recipient
	// Primary is the address that mail from this mailbox carries.
	Primary Address `json:"primary,omitempty"`
	// Aliases are the other SMTP addresses, without the primary, in any order.
	Aliases []Address `json:"aliases,omitempty"`
}

// Equal reports whether a and b store the same: the same spelling everywhere, aliases in any order.
func (a Mailbox) Equal(b Mailbox) bool {
	return a.ID == b.ID && a.Instance == b.Instance && a.Anchor == b.Anchor && a.Login == b.Login &&
		a.DisplayName == b.DisplayName && a.Kind == b.Kind && a.Primary == b.Primary && sameAddresses(a.Aliases, b.Aliases)
}

// Addresses returns the primary address followed by the aliases; an empty primary is left out.
func (a Mailbox) Addresses() []Address {
	out := make([]Address, 0, 1+len(a.Aliases))
	if a.Primary != "" {
		out = append(out, a.Primary)
	}
	return append(out, a.Aliases...)
}

// Holds reports whether some spelling of addr is the primary address or an alias.
func (a Mailbox) Holds(addr Address) bool {
	fold := addr.Fold()
	return a.Primary.Fold() == fold || slices.ContainsFunc(a.Aliases, func(x Address) bool { return x.Fold() == fold })
}

// IsZero reports whether nothing at all is stored.
func (a Mailbox) IsZero() bool { return len(a.Aliases) == 0 && a.Equal(Mailbox{}) }

// sameAddresses compares spellings as multisets.
func sameAddresses(a, b []Address) bool {
	if len(a) != len(b) {
		return false
	}
	if slices.Equal(a, b) {
		return true
	}
	x, y := slices.Clone(a), slices.Clone(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}
