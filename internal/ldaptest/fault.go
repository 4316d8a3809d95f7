package ldaptest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Fault makes a server misbehave. It waits for an operation, lets some entries of its answer pass, and strikes.
type Fault struct {
	// Op is what it waits for; the zero value is every operation that has an answer. [Connect] is a connection
	// that was just accepted, [Message] each single message that is about to be sent.
	Op Op
	// Account limits it to operations of connections that are bound as this account.
	Account Account
	// When limits it further. It is called with locks held and must not call the forest.
	When func(Request) bool
	// Nth is which matching operation it strikes, counted from 1 since the faults were set; 0 is every one.
	Nth int
	// Times is how many in a row from the Nth on; 0 means 1.
	Times int
	// After is how many entries of the answer pass before. An answer with fewer is struck before its end.
	After int

	// Do is what happens.
	Do Trouble
	// N is its amount; see the troubles.
	N int64
	// Code, Text and Referrals are the answer of [Refuse]; Code is that of [Notice] too, where 0 means unavailable.
	Code      Code
	Text      string
	Referrals []string
}

// Trouble is a way to misbehave.
type Trouble uint8

// The troubles. Those of the first group are for every operation, the second for searches. [Connect] knows Refuse, which
// closes, and Hang, Stall, Garbage, Drip, Cut and Reset; [Message] knows Stall, Drip, Garbage, Cut, Reset and Notice.
const (
	Refuse         Trouble = iota // the answer ends with Code
	Hang                          // this operation gets no more answer
	Stall                         // nor does anything else on the connection
	Drip                          // from here on the connection passes N bytes a second
	Garbage                       // N random bytes, 64 when 0, and no more answer to this operation
	WrongKind                     // an ExtendedResponse with the operation's message ID instead of the rest
	WrongMessageID                // the rest carries a message ID that nobody uses
	Cut                           // the connection ends in good order after N more bytes; 0 is between messages
	Reset                         // the same with a TCP reset
	Notice                        // a Notice of Disconnection, then the end of the connection
	Huge                          // one message of N bytes, 256 MiB when 0, made while it is sent; then the rest
	Nested                        // one message with N sequences in each other, 100,000 when 0; then the rest

	EndlessPages // after the last page it starts over, with new cookies
	EmptyPages   // after the last page come empty ones, with new cookies
	SameCookie   // every page carries one cookie, which gives the same page again
	Unasked      // an entry that the search did not ask for is slipped in
	WrongID      // the next entry carries another identity
	Twice        // the next entry comes twice
	Malformed    // the next entry is well framed and cannot be read
	Late         // an entry comes after the end of the answer
	Crossed      // an entry comes in answer to another search that is in progress on the connection
	Elsewhere    // instead of the next entry comes a reference to another server
)

// faults are what is set for a server.
type faults struct {
	mu      sync.Mutex
	list    []*armed
	message atomic.Bool // some wait for messages
	struck  atomic.Int64
}

type armed struct {
	Fault
	seen int
}

// SetFaults says how the server misbehaves from now on, and counts from 1 again. Of several that would strike one
// operation the first does. None heals the server; what a fault did to a connection stays.
func (d *DC) SetFaults(list ...Fault) {
	d.faults.mu.Lock()
	defer d.faults.mu.Unlock()
	d.faults.list = nil
	message := false
	for _, f := range list {
		f.check()
		d.faults.list = append(d.faults.list, &armed{Fault: f})
		message = message || f.Op == Message
	}
	d.faults.message.Store(message)
	d.faults.struck.Store(0)
}

// SetFaults is [DC.SetFaults] for every server; each counts for itself.
func (f *Forest) SetFaults(list ...Fault) {
	for _, d := range f.DCs {
		d.SetFaults(list...)
	}
}

// Struck counts the times that a fault struck since the faults were set.
func (d *DC) Struck() int { return int(d.faults.struck.Load()) }

// check panics on what no server could do.
func (f Fault) check() {
	fits := true
	switch {
	case f.Op == Connect:
		fits = slices.Contains([]Trouble{Refuse, Hang, Stall, Garbage, Drip, Cut, Reset}, f.Do)
	case f.Op == Message:
		fits = slices.Contains([]Trouble{Stall, Drip, Garbage, Cut, Reset, Notice}, f.Do)
	case f.Op != Search && f.Op != AnyOp:
		fits = f.Do < EndlessPages
	}
	if !fits || f.Do > Elsewhere || f.Do == Refuse && f.Code == Success && f.Op != Connect || f.Do == Drip && f.N <= 0 || f.N < 0 {
		panic(fmt.Sprintf("ldaptest: fault: trouble %d with code %d and amount %d does not fit %s", f.Do, f.Code, f.N, f.Op))
	}
}

func (x *faults) watches(o Op) bool { return o == Message && x.message.Load() }

// hit counts an operation and returns the fault that strikes it, nil for none.
func (x *faults) hit(r *Request) *Fault {
	x.mu.Lock()
	defer x.mu.Unlock()
	var strikes *Fault
	for _, a := range x.list {
		any := a.Op == AnyOp && r.Op != Connect && r.Op != Message
		if !any && a.Op != r.Op || a.Account != "" && a.Account != r.Account || a.When != nil && !a.When(*r) {
			continue
		}
		a.seen++
		if strikes == nil && (a.Nth == 0 || a.seen >= a.Nth && a.seen < a.Nth+max(a.Times, 1)) {
			strikes = &a.Fault
		}
	}
	return strikes
}
