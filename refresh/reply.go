package refresh

import (
	"math"
	"slices"
)

// reply is a [Lookup] in little memory: a run holds one for every ID, and most say what the job holds already.
type reply struct {
	// what is a *Mailbox (the job's own where it is equal), an *Absence or an error; a *Lookup where there is more to say; nil before
	// there is an answer.
	what    any
	replica uint16 // index into the names
	own     bool   // nobody else holds the mailbox
	unread  bool   // the answer did not say which instance; the mailbox has the job's
}

// replicaNames are the names of the replicas that answered.
type replicaNames []string

// replyOf returns the reply for an answer about a mailbox of which the job holds stored; nil is nothing.
func (r *replicaNames) replyOf(l *Lookup, stored *Mailbox) reply {
	n := slices.Index(*r, l.replica)
	if n < 0 && len(*r) <= math.MaxUint16 {
		n, *r = len(*r), append(*r, l.replica)
	}
	x := reply{replica: uint16(n), unread: l.unread}
	switch {
	case n < 0 || l.forwards != "" || l.licensed != Unknown:
		whole := *l // a copy in every case, so that l need not live on the heap
		x.what = &whole
	case l.state == lookupAbsent:
		x.what = l.absence
	case l.state != lookupFound:
		x.what = l.Err()
	default:
		x.found(&l.mailbox, stored)
	}
	return x
}

func (x *reply) found(mailbox, stored *Mailbox) {
	m := *mailbox
	if stored != nil && x.unread {
		m.Instance = stored.Instance
	}
	if stored != nil && identical(stored, &m) {
		x.what = stored
		return
	}
	if stored != nil {
		m.share(stored)
	}
	own := m
	x.what, x.own = &own, true
}

// lookup returns the answer.
func (r replicaNames) lookup(x *reply) Lookup {
	switch what := x.what.(type) {
	case *Mailbox:
		l := Lookup{state: lookupFound, mailbox: *what, unread: x.unread, replica: r[x.replica]}
		if x.unread {
			l.mailbox.Instance = ""
		}
		return l
	case *Absence:
		return Lookup{state: lookupAbsent, absence: what, replica: r[x.replica]}
	case error:
		return Lookup{state: lookupFailed, err: what, replica: r[x.replica]}
	case *Lookup:
		return *what
	}
	return Lookup{}
}

// fill gives those that have no answer an error.
func (r *replicaNames) fill(replies []reply, err error) {
	l := Failed(err)
	none := r.replyOf(&l, nil)
	for i := range replies {
		if replies[i].what == nil {
			replies[i] = none
		}
	}
}

// err is why there is no answer; nil where there is one.
func (x *reply) err() error {
	switch what := x.what.(type) {
	case error:
		return what
	case *Lookup:
		return what.Err()
	}
	return nil
}

// keep returns a mailbox that nobody else holds, with the value m: that of the reply where it is the same, once.
func (x *reply) keep(m *Mailbox) *Mailbox {
	if found, ok := x.what.(*Mailbox); ok && x.own && identical(found, m) {
		x.own = false
		return found
	}
	own := *m
	return &own
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
