package refresh

import (
	"math"
	"slices"
)

// reply is a [Lookup] in little memory: a run holds one for every ID, and most say what the job holds already.
type reply struct {
	state   lookupState
	own     bool     // nobody else holds the mailbox
	replica uint16   // index into the names
	mailbox *Mailbox // what was found, where that is all; the job's own where it is equal
	other   *Lookup  // any other answer
}

// replicaNames are the names of the replicas that answered.
type replicaNames []string

// replyOf returns the reply for an answer about a mailbox of which the job holds stored; nil is nothing.
func (r *replicaNames) replyOf(l Lookup, stored *Mailbox) reply {
	n := slices.Index(*r, l.replica)
	if n < 0 && len(*r) <= math.MaxUint16 {
		n, *r = len(*r), append(*r, l.replica)
	}
	if l.state != lookupFound || l.forwards != "" || n < 0 {
		return otherReply(&l)
	}
	x := reply{state: lookupFound, replica: uint16(n), mailbox: stored}
	if stored == nil || !identical(stored, &l.mailbox) {
		m := l.mailbox
		if stored != nil {
			m.share(stored)
		}
		x.mailbox, x.own = &m, true
	}
	return x
}

func otherReply(l *Lookup) reply { return reply{state: l.state, other: l} }

// lookup returns the answer.
func (r replicaNames) lookup(x *reply) Lookup {
	switch {
	case x.other != nil:
		return *x.other
	case x.mailbox != nil:
		return Lookup{state: x.state, mailbox: *x.mailbox, replica: r[x.replica]}
	}
	return Lookup{}
}

// keep returns a mailbox that nobody else holds, with the value m: that of the reply where it is the same, once.
func (x *reply) keep(m Mailbox) *Mailbox {
	if x.own && identical(x.mailbox, &m) {
		x.own = false
		return x.mailbox
	}
	return &m
}

// share takes what is equal from the memory of another mailbox, so that there is one of it.
func (a *Mailbox) share(b *Mailbox) {
	shareText(&a.ID, b.ID)
	shareText(&a.Instance, b.Instance)
	shareText(&a.Anchor, b.Anchor)
	shareText(&a.Login, b.Login)
	shareText(&a.DisplayName, b.DisplayName)
	shareText(&a.Primary, b.Primary)
	if identicalAliases(a.Aliases, b.Aliases) {
		a.Aliases = b.Aliases
	}
}

func shareText[T ~string](a *T, b T) {
	if *a == b {
		*a = b
	}
}

// identical reports whether two mailboxes are the same in every letter, aliases in the same order.
func identical(a, b *Mailbox) bool {
	return a.ID == b.ID && a.Instance == b.Instance && a.Anchor == b.Anchor && a.Login == b.Login && a.DisplayName == b.DisplayName &&
		a.Kind == b.Kind && a.Primary == b.Primary && identicalAliases(a.Aliases, b.Aliases)
}

// identicalAliases tells an empty list from none, so that rows do not depend on what others hold.
func identicalAliases(a, b []Address) bool { return slices.Equal(a, b) && (a == nil) == (b == nil) }
