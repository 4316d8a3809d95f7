package ldapconn

import (
	"bytes"
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
}

// gathered is what has come in answer to a request.
type gathered struct {
	op         byte // of the request
	syncing    bool // it asks for intermediate responses
	entries    []*ldap.Entry
	references []string
	vanished   // by intermediate responses
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
	l.asked[id] = &gathered{op: op, syncing: synchronizes(p[h.width+h.size:])}
	return nil
}

// synchronizes reports whether a request, from its operation on, carries the control of RFC 4533.
func synchronizes(p []byte) bool {
	_, _, controls, ok := element(p)
	return ok && bytes.Contains(controls, []byte(ldap.ControlTypeSyncRequest))
}

// begin refuses an answer that nobody asked for, or whose end has come already.
func (l *ledger) begin(id int, op byte) (syncing bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = l.asked[id]
	if l.current == nil || (l.current.op == opBindRequest) != (op == opBind) {
		return false, errKind
	}
	return l.current.syncing, nil
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

// end notes that the message is whole, and files the answer when it is complete with it. Nobody takes the answer to a bind.
// Of an intermediate response nothing is left but what it names, which has a bound of its own.
func (l *ledger) end(id int, op byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if op != opIntermediate {
		l.current.charged += l.partial
	} else if !l.closed {
		l.charged -= l.partial
		l.budget.take(-l.partial)
	}
	l.partial = 0
	if op == opDone || op == opBind {
		delete(l.asked, id)
		l.finished[id] = l.current
	}
	if op == opBind {
		l.settle(id)
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
