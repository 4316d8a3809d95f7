package ldapconn

import (
	"slices"
	"sync"
)

// undigested is how many messages that go-ldap has decoded may not have become entries yet: ten in the queue to its
// dispatcher, one with it, and one with each search in flight.
const undigested = 24

// ledger knows what one connection was asked, and charges what its answers occupy to the budget: for a message that is being
// decoded, or was among the last, what decoding costs; later what stays of it, until its answer has ended and the
// caller is done with it. The zero value is ready.
type ledger struct {
	mu      sync.Mutex
	budget  *budget // of the connector; one of its own where it is nil
	charged int     // to the budget
	closed  bool

	asked   map[int]*reckoning // by message ID: what has no complete answer yet
	current *reckoning         // of the message that is being read
	partial int                // what has been charged for that message

	recent   []recent // oldest first
	decoding int      // the sum of their costs

	callers  int          // that wait for an answer or use one
	finished []*reckoning // complete answers that callers may be using
	kept     int          // what stays of all answers that are not settled
}

// reckoning is what one answer occupies.
type reckoning struct {
	op      byte // of the request
	total   int  // what stays of all its messages
	kept    int  // the part of it that is charged
	settled bool // nothing is charged any more
}

// recent is a message that go-ldap may still hold as it decoded it.
type recent struct {
	answer     *reckoning
	cost, kept int
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
		l.asked = map[int]*reckoning{}
	}
	l.asked[id] = &reckoning{op: op}
	return nil
}

// begin refuses an answer that nobody asked for, or whose end has come already.
func (l *ledger) begin(id int, op byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.asked[id]
	if a == nil || (a.op == opBindRequest) != (op == opBind) {
		return errKind
	}
	l.current = a
	if op == opBind || op == opDone {
		delete(l.asked, id)
	}
	return nil
}

// end notes that a message is whole.
func (l *ledger) end(op byte, cost, kept int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.current
	l.current = nil
	a.total += kept
	l.recent = append(l.recent, recent{a, cost, kept})
	l.decoding += cost
	switch {
	case op != opBind && op != opDone:
	case l.callers > 0:
		l.finished = append(l.finished, a)
	default:
		l.settle(a)
		l.idle()
	}
}

// digest is called when everything that was passed on has been decoded: then go-ldap holds the last messages only.
func (l *ledger) digest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := max(0, len(l.recent)-undigested)
	for _, m := range l.recent[:n] {
		l.decoding -= m.cost
		if !m.answer.settled {
			m.answer.kept += m.kept
			l.kept += m.kept
		}
	}
	l.recent = slices.Delete(l.recent, 0, n)
}

// charge brings the budget up to date. partial is the cost of the message that is being read.
func (l *ledger) charge(partial int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = partial
	if !l.book() {
		return errTooMuch
	}
	return nil
}

// hold is called before a search. What its answer occupies stays charged until release is called, when nobody uses the answer any more.
//
// go-ldap does not tell which message ID a search has. So release settles the smallest answer that is complete, which is never too
// much, and when nobody is left, all.
func (l *ledger) hold() (release func()) {
	l.mu.Lock()
	l.callers++
	l.mu.Unlock()
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.callers--
		for len(l.finished) > 0 {
			least := 0
			for i, a := range l.finished {
				if a.total < l.finished[least].total {
					least = i
				}
			}
			l.settle(l.finished[least])
			l.finished = slices.Delete(l.finished, least, least+1)
			if l.callers > 0 {
				break
			}
		}
		l.idle()
		l.book()
	})
}

func (l *ledger) settle(a *reckoning) {
	a.settled = true
	l.kept -= a.kept
}

// idle forgets the last messages when nobody waits for an answer any more.
func (l *ledger) idle() {
	if l.callers == 0 && len(l.asked) == 0 {
		l.recent, l.decoding = nil, 0
	}
}

// book charges the difference to the budget, and reports whether there was enough. The lock is held.
func (l *ledger) book() bool {
	if l.closed {
		return true
	}
	if l.budget == nil {
		l.budget = new(budget)
	}
	now := l.partial + l.decoding + l.kept
	if !l.budget.take(now - l.charged) {
		return false
	}
	l.charged = now
	return true
}

// close gives everything back.
func (l *ledger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	if l.budget != nil {
		l.budget.take(-l.charged)
	}
	l.recent, l.finished, l.asked = nil, nil, nil
}
