package match

import (
	"github.com/readdress-go/readdress/refresh"

	"github.com/readdress-go/readdress/internal/enum"
)

// Action is what a migration does with a source. The zero Action is [Undecided].
type Action uint8

// The actions.
const (
	Undecided     Action = iota // a person has to decide; the row waits for a target
	Migrate                     // to a mailbox that exists
	EnableMailbox               // for a user that exists and has no mailbox: the target is planned, with the account's ID
	CreateMailbox               // the target is planned, with an address and no account
	Leave                       // do not migrate: there is no row
)

var actionWords = []string{"undecided", "migrate", "enable-mailbox", "create-mailbox", "leave"}

// String returns the action's word, such as "enable-mailbox".
func (a Action) String() string { return enum.String(actionWords, a) }

// MarshalText writes the action as its word.
func (a Action) MarshalText() ([]byte, error) { return enum.Text("action", actionWords, a) }

// UnmarshalText reads the action's word; any other word is an error.
func (a *Action) UnmarshalText(b []byte) error { return enum.Parse("action", actionWords, b, a) }

// Actions returns all actions, in the order of their words in a summary.
func Actions() []Action { return []Action{Migrate, EnableMailbox, CreateMailbox, Leave, Undecided} }

// ActionOf returns what the migration does with a row, by the origin of its target. It is never [Leave]: who is left has no row.
func ActionOf(m *refresh.Match) Action {
	switch {
	case m.TargetOrigin == refresh.Bound, m.TargetOrigin == refresh.Manual:
		return Migrate
	case m.TargetOrigin == refresh.Planned && m.Target.ID != "":
		return EnableMailbox
	case m.TargetOrigin == refresh.Planned:
		return CreateMailbox
	}
	return Undecided
}

// Summary counts the rows of a job by their actions.
func Summary(job refresh.Job) map[Action]int {
	n := make(map[Action]int)
	for i := range job.Matches {
		n[ActionOf(&job.Matches[i])]++
	}
	return n
}
