package refresh

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Connector talks to one mail system. What it can do, it says in two ways that must agree: by implementing an
// ability ([Resolver], [Finder], …) and by the bit in [Info].Can. Connectors are safe for concurrent use and
// leave no goroutine behind when a call returns.
type Connector interface {
	// Info describes the connector without I/O.
	Info() Info
}

// Info is what a connector says of itself.
type Info struct {
	System string     // such as "Active Directory" or "Microsoft Graph"
	Can    Capability // the abilities that this connector really has
	// Limits says in a few words what the system does not tell, such as "cannot detect a replaced mailbox"; empty for nothing of note.
	Limits string
}

// Capability is a set of abilities.
type Capability uint16

// The abilities of a connector.
const (
	CanResolve Capability = 1 << iota // Resolver
	CanConfirm                        // Confirmer
	CanFind                           // Finder
	CanList                           // Lister
	CanInspect                        // Inspector
	CanTrack                          // Tracker
)

var capabilityWords = []string{"resolve", "confirm", "find", "list", "inspect", "track"}

// Has reports whether c contains every ability of want.
func (c Capability) Has(want Capability) bool { return c&want == want }

// String lists the abilities, such as "resolve+find".
func (c Capability) String() string {
	var words []string
	for i, w := range capabilityWords {
		if c.Has(1 << i) {
			words = append(words, w)
		}
	}
	if rest := c >> len(capabilityWords); rest != 0 || len(words) == 0 {
		words = append(words, fmt.Sprintf("%#x", uint16(rest)<<len(capabilityWords)))
	}
	return strings.Join(words, "+")
}

// Resolver looks mailboxes up by their immutable IDs.
//
// Resolve gets every ID of the side at once, each only once, and batches as it knows best. It calls answer one
// call at a time, in any order, at most once for each index i into ids, and not after it has returned. An index
// never answered is failed: with the returned error, or [ErrNoAnswer]. Answers given before an error count.
// An answer must be about ids[i]: never fall back to an address. Absence is answered only when it is proven;
// in doubt answer [Failed] with [ErrNotVisible] or [ErrOutOfScope]. The conformance suite is connector/connectortest.
type Resolver interface {
	Connector
	Resolve(ctx context.Context, ids []ID, answer func(i int, l Lookup)) error
}

// Confirmer asks once more about IDs that Resolve answered with NotFound, at another replica or after a pause that
// suits the system. The contract is that of [Resolver.Resolve]. Without this ability the engine pauses
// ([Options].ConfirmAfter) and calls Resolve again.
type Confirmer interface {
	Connector
	Confirm(ctx context.Context, ids []ID, answer func(i int, l Lookup)) error
}

// Finder looks objects up by address: evidence for people, never a way to resolve an identity.
// The contract of answer is that of [Resolver.Resolve]. A call may ask for several spellings of one address; each gets an answer.
type Finder interface {
	Connector
	Find(ctx context.Context, addrs []Address, answer func(i int, f Finding)) error
}

// Lister lists the mailboxes of a system. A sequence that does not end with an error is complete; after an error it ends.
type Lister interface {
	Connector
	List(ctx context.Context) iter.Seq2[Entry, error]
}

// Inspector says which directory the connection reaches. Credentials that the server rejects are an error that
// wraps [ErrCredentials]; a right that is lacking one that wraps [ErrForbidden].
type Inspector interface {
	Connector
	Inspect(ctx context.Context) (Directory, error)
}

// Tracker says which objects changed since a mark.
//
// Mark returns a cursor for this moment: whatever [Tracker.Changes] leaves out since then was visible to every look-up that
// began after Mark returned. Changes names every object that was made, changed, moved, deleted, restored or purged since a
// cursor, at least once; it may name an object several times, in any order, again in a later page or call, and
// objects that are no mailboxes. While [ChangePage].More is set, the next page is at [ChangePage].Next, and what More no longer is
// set on ends with a Next that is as good as a Mark from before the call. The changes yield IDs only, which are then resolved.
//
// A cursor that the directory, or the replica that answers now, does not know is [ErrCursorExpired]. Who may not see every
// change, such as deletions, must not be told fewer: that is [ErrForbidden], from Mark already where it is known then. Changes,
// and the look-ups after it, talk to the replica of the cursor. Both are safe for concurrent use.
// The conformance suite is connector/connectortest.
type Tracker interface {
	Connector
	Mark(ctx context.Context) (Cursor, error)
	Changes(ctx context.Context, since Cursor) (ChangePage, error)
}

// Explainer says why an ability is not there and what to do instead.
type Explainer interface {
	Explain(Capability) (reason, remedy string)
}

// Entry is a listed mailbox with what matching needs beside it.
type Entry struct {
	Mailbox
	Given, Surname, EmployeeID string
	Privileged                 Tri // holds an administrative role
	Attrs                      map[string][]string
}

// Directory is what a connection reaches.
type Directory struct {
	System   string    // such as "Active Directory"
	Pin      string    // identity of the directory; empty where the system has none
	Name     string    // such as a tenant's or naming context's name
	Server   string    // the replica that answers
	Domains  []Domain  // the accepted domains; nil where unknown
	LastSync time.Time // when the directory last took over changes from another one, where known
}

// Domain is a mail domain that a directory accepts. Exchange knows "*.contoso.com" for all
// domains below contoso.com, which is taken to be accepted itself, too, and "*" for every domain (Microsoft, "Accepted domains").
type Domain struct {
	Name    string
	Initial bool // the tenant's initial domain, such as contoso.onmicrosoft.com
}

// Accepts reports whether the directory accepts the domain; [Unknown] when its domains are not known.
func (d Directory) Accepts(domain string) Tri {
	if d.Domains == nil {
		return Unknown
	}
	for _, x := range d.Domains {
		if x.accepts(domain) {
			return Yes
		}
	}
	return No
}

func (d Domain) accepts(domain string) bool {
	domain = foldDomain(domain)
	if d.Name == "*" {
		return true
	}
	if rest, wild := strings.CutPrefix(d.Name, "*."); wild {
		rest = foldDomain(rest)
		return domain == rest || strings.HasSuffix(domain, "."+rest)
	}
	return foldDomain(d.Name) == domain
}

// Cursor is a point in a directory's series of changes: opaque to everyone but the connector that made it.
type Cursor struct {
	Token string    `json:"token"` // the connector's own text
	Taken time.Time `json:"taken"` // when it was taken
}

// IsZero reports whether there is no cursor.
func (c Cursor) IsZero() bool { return c.Token == "" && c.Taken.IsZero() }

// ChangePage is one page of changes.
type ChangePage struct {
	IDs  []ID
	Next Cursor
	More bool
}

// As returns c as the ability T when c both has the method and sets the bit in Info().Can. It does not unwrap: a
// wrapper must offer an ability itself. For an interface that has no bit the methods alone decide.
func As[T Connector](c Connector) (T, bool) {
	t, ok := c.(T)
	if !ok {
		return t, false
	}
	if want := capabilityOf[T](); !c.Info().Can.Has(want) {
		var none T
		return none, false
	}
	return t, true
}

func capabilityOf[T Connector]() Capability {
	switch any((*T)(nil)).(type) {
	case *Resolver:
		return CanResolve
	case *Confirmer:
		return CanConfirm
	case *Finder:
		return CanFind
	case *Lister:
		return CanList
	case *Inspector:
		return CanInspect
	case *Tracker:
		return CanTrack
	}
	return 0
}
