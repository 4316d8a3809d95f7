package ldapconn

import (
	"net"
	"sync"

	"github.com/go-ldap/ldap/v3"
)

// ledger knows what one connection was asked and holds what has come in answer, charged to the budget until somebody takes it.
// The zero value is ready.
type ledger struct {
	mu      sync.Mutex
	budget  *budget // of the connector; one of its own where it is nil
	charged int     // to the budget
	closed  bool

	asked    map[int]*gathered // by message ID: what has no complete answer yet
	finished map[int]*gathered // what has, until somebody takes it
	current  *gathered         // that the message belongs to that is being read
	partial  int               // what is charged for that message
	passed   []int             // what is charged for messages that were passed on and that go-ldap may hold, the last ones
}

// undigested is how many decoded messages go-ldap may hold: ten in the queue to its dispatcher, one with it, and one with each
// search in flight.
const undigested = 24

// gathered is what has come in answer to a request.
type gathered struct {
	op         byte // of the request
	entries    []*ldap.Entry
	references []string
	charged    int
}

// asks notes a request that is about to be sent, a message in one piece, as go-ldap writes it.
func (l *ledger) asks(p []byte) error {
	m, ok, err := readHeader(p)
	if err != nil || !ok || m.tag != tagSequence || m.width+m.size != len(p) {
		return errFrame
	}
	p = p[m.width:]
	h, ok, err := readHeader(p)
	if err != nil || !ok || h.tag != tagInteger || h.size > 4 || h.width+h.size >= len(p) {
		return errFrame
	}
	id := 0
	for _, x := range p[h.width : h.width+h.size] {
		id = id<<8 | int(x)
	}
	op := p[h.width+h.size]
	if op != opBindRequest && op != opSearchRequest {
		return nil // unbind and abandon have no answer; the answers to others are refused
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asked == nil {
		l.asked, l.finished = map[int]*gathered{}, map[int]*gathered{}
	}
	l.asked[id] = &gathered{op: op}
	return nil
}

// begin refuses an answer that nobody asked for, or whose end has come already.
func (l *ledger) begin(id int, op byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = l.asked[id]
	if l.current == nil || (l.current.op == opBindRequest) != (op == opBind) {
		return errKind
	}
	return nil
}

// charge sees to it that the cost of the message that is being read is charged.
func (l *ledger) charge(cost int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.budget == nil {
		l.budget = new(budget)
	}
	if l.closed {
		return net.ErrClosed
	}
	if !l.budget.take(cost - l.partial) {
		return errTooMuch
	}
	l.charged += cost - l.partial
	l.partial = cost
	return nil
}

// end notes that the message is whole, and files the answer when it is complete with it. Nobody takes the answer to a bind,
// nor one that is passed on as it comes.
func (l *ledger) end(id int, op byte, passing bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if passing {
		l.passed = append(l.passed, l.partial)
	} else {
		l.current.charged += l.partial
	}
	l.partial = 0
	if op == opDone || op == opBind {
		delete(l.asked, id)
		l.finished[id] = l.current
	}
	if op == opBind || op == opDone && passing {
		l.settle(id)
	}
}

// digest is called when everything that was passed on has been decoded: then only the last messages can be held.
func (l *ledger) digest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.passed) > undigested && !l.closed {
		l.charged -= l.passed[0]
		l.budget.take(-l.passed[0])
		l.passed = l.passed[1:]
	}
}

// take returns a complete answer and forgets it, nil when there is none.
func (l *ledger) take(id int) *gathered {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settle(id)
}

func (l *ledger) settle(id int) *gathered {
	a := l.finished[id]
	delete(l.finished, id)
	if a != nil && !l.closed {
		l.charged -= a.charged
		l.budget.take(-a.charged)
	}
	return a
}

// close gives everything back.
func (l *ledger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed && l.budget != nil {
		l.budget.take(-l.charged)
	}
	l.closed = true
}
