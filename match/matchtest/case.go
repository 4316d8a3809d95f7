package matchtest

import (
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// Case is two sides and what is expected of them.
type Case struct {
	Name             string
	File             string // for messages
	Line             int    // where it begins
	Rules            string // the name of the rules that it is for, as of [RunSets]; empty for those that have none
	Sources, Targets []refresh.Entry
	Pins             []match.Pin
	Wants            []Want
}

// Want is what is expected of one mailbox.
type Want struct {
	Line   int
	Target bool // it is about a target
	ID     refresh.ID
	Status match.Status
	// Others are the partner of who is matched or pinned, otherwise the candidates; they are not compared where there are none, but
	// of who is ambiguous.
	Others []refresh.ID
	Rule   string // not compared where it is empty
}
