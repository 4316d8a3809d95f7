package scenario

import (
	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/refresh"
)

// World is a directory with the hands of its administrator: what the conformance suite does in it, of which [Play] needs Put,
// Update, Delete and the events of mailboxes, and what only the scenario does. An event that the directory does not have is nil.
type World struct {
	connectortest.World

	Rename    func(id refresh.ID, name string) error           // another RDN
	Relocate  func(id refresh.ID) error                        // to another organizational unit
	Hide      func(id refresh.ID) error                        // from the address book
	Elsewhere func(m refresh.Mailbox) (refresh.Mailbox, error) // Put into another domain of the forest
	Emigrate  func(id refresh.ID) error                        // to another domain of the forest
	Revive    func(m refresh.Mailbox) error                    // undelete, with everything that was lost set again

	// As returns how to connect as an account.
	As func(account string) func() (refresh.Connector, error)
}

// Reader is an account that refreshes run as.
type Reader struct {
	Account string
	// Deleted are the reason, the proof and the evidence with which it finds a deleted mailbox missing, and Why says why.
	Deleted, Why string
	// Verify: its refreshes ask which mailbox an account has (see [refresh.Options].Verify), where that costs a question for each. The
	// connector must then have a method Instances, by which the rows are enrolled.
	Verify bool
}
