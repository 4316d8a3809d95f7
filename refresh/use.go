package refresh

import "github.com/readdress-go/readdress/internal/enum"

// UseState says what a refresh does to the address that the host works with.
type UseState uint8

// The states of an address in use.
const (
	UseKept       UseState = iota // still the same
	UseMoved                      // the primary address is in use and changed; it moves along
	UseStillAlias                 // it was the primary address or login and is an alias now
	UseLost                       // the mailbox no longer holds it: migrating with it will fail
)

var useWords = []string{"kept", "moved", "still-alias", "lost"}

// String returns the state's word, such as "lost".
func (u UseState) String() string { return enum.String(useWords, u) }

// UseLost reports whether the mailbox no longer holds the address that the host works with, by this result or an
// earlier one: migrating with it will fail.
func (r *Row) UseLost() bool {
	state, _ := r.useProblem()
	return state == Blocked
}

// UseState compares the address in use before and after Apply.
func (r *Row) UseState() UseState {
	if r.After == nil {
		return UseKept
	}
	if r.Use == "" {
		if r.Before.Primary != "" && !r.Before.Primary.Same(r.After.Primary) {
			return UseMoved
		}
		return UseKept
	}
	isName := func(m *Mailbox) bool { return m.Primary.Same(r.Use) || Address(m.Login).Same(r.Use) }
	switch {
	case isName(r.After):
		return UseKept
	case !r.After.Holds(r.Use):
		if !isName(&r.Before) && !r.Before.Holds(r.Use) {
			return UseKept // it was never among the known addresses: nothing is known to be lost
		}
		return UseLost
	case isName(&r.Before):
		return UseStillAlias
	}
	return UseKept
}
