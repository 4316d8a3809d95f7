package refresh

import (
	"cmp"
	"errors"
	"unicode/utf8"
)

// verdict is what one answer means for one row.
type verdict struct {
	outcome  Outcome // Refreshed (found, to be compared), Missing, Replaced or LookupFailed
	reason   Reason  // of Missing
	err      error   // of LookupFailed
	cause    Cause
	mailbox  Mailbox // what was found; for Missing the account that is still there, if hasObject
	hasObj   bool
	evidence Evidence
	replica  string
}

func (v verdict) absent() bool { return v.outcome == Missing }

func failedBecause(err error, cause Cause) verdict {
	return verdict{outcome: LookupFailed, err: err, cause: cause}
}

var (
	errNoProof    = errors.New("the connector saw no such object, but could not prove that it is not there")
	errNoSight    = errors.New("the search was empty, and the connection saw no other mailbox either: it may lack the right to read")
	errNoInstance = errors.New("the account is there; whether its mailbox is could not be told, because no other answer of this run carried a mailbox identity")
	errUsersOnly  = errors.New("no user has this ID; whether a group has it could not be asked, and the job does not know it as a user's: grant the right to read groups, or all of the directory")
	errNoStored   = errors.New("the server says that the account has no mailbox, but the job never knew which mailbox it had")
)

// judgeAnswer says what one answer means for the row side at, given what the run saw beside it. It is the only place
// that decides that a mailbox is missing; a Missing verdict must still be confirmed.
func judgeAnswer(at matchSide, l Lookup, saw sight) verdict {
	var v verdict
	switch l.state {
	case lookupFound:
		v = judgeFound(at, l, saw)
	case lookupAbsent:
		v = judgeAbsent(at, l.absence)
	default:
		err := l.Err()
		v = failedBecause(err, causeOf(err))
	}
	v.replica = l.replica
	return v
}

func judgeAbsent(at matchSide, a *Absence) verdict {
	reason := a.Reason
	if reason == 0 {
		reason = ReasonGone
	}
	switch {
	case !reason.Absent() || a.Proof == ProofNone || int(a.Proof) >= len(proofWords):
		return failedBecause(errNoProof, CauseNotVisible)
	case a.Proof == ProofEmptyScope && !a.Sight:
		return failedBecause(errNoSight, CauseNotVisible)
	case a.UsersOnly && !at.mailbox.isUser():
		return failedBecause(errUsersOnly, CauseOutOfScope)
	case reason == ReasonNoMailbox && *at.origin == Bound && at.mailbox.Instance == "":
		return failedBecause(errNoStored, CauseMailboxUnknown)
	}
	v := verdict{outcome: Missing, reason: reason, evidence: Evidence{
		Proof: a.Proof, DeletedAt: writable(a.DeletedAt), RestorableUntil: writable(a.RestorableUntil),
		DeletionUnknown: a.DeletionUnknown, ForwardsTo: a.ForwardsTo,
	}}
	if a.Account != nil && a.Account.ID == at.mailbox.ID && checkFound(a.Account) == nil {
		v.mailbox, v.hasObj = *a.Account, true
	}
	return v
}

func judgeFound(at matchSide, l Lookup, saw sight) verdict {
	m, stored, instance := l.mailbox, at.mailbox, at.mailbox.Instance
	if l.unread {
		instance = ""
	}
	if err := checkFound(&m); err != nil {
		return failedBecause(err, CauseMalformed)
	}
	v := verdict{outcome: Refreshed, mailbox: m, hasObj: true, evidence: Evidence{ForwardsTo: l.forwards}}
	if *at.origin == Planned {
		return v // an account without a mailbox is what a planned target is
	}
	switch {
	case m.Kind.Elsewhere() && !stored.Kind.Elsewhere():
		v.outcome, v.reason, v.evidence.Proof = Missing, ReasonMoved, ProofStated
	case instance != "" && m.Instance == "" && !m.Kind.Elsewhere():
		if !saw[l.replica] {
			return failedBecause(errNoInstance, CauseMailboxUnknown)
		}
		v.outcome, v.reason, v.evidence.Proof, v.evidence.Licensed = Missing, ReasonNoMailbox, ProofStated, l.licensed
	case instance != "" && m.Instance == "":
		return failedBecause(errNoInstance, CauseMailboxUnknown)
	case instance != "" && m.Instance != instance:
		v.outcome, v.evidence = Replaced, Evidence{Instance: m.Instance}
	case m.Primary == "":
		return failedBecause(&ValueError{Attr: "primary address", Index: -1, Problem: "the object has none"}, CauseMalformed)
	}
	return v
}

// checkFound refuses values that no mail system should hold, so that they never reach a job.
func checkFound(m *Mailbox) error {
	if m.Primary != "" {
		if err := m.Primary.Check(); err != nil {
			return &ValueError{Attr: "primary address", Index: -1, Value: string(m.Primary), Problem: err.Error()}
		}
	}
	for i, a := range m.Aliases {
		if err := a.Check(); err != nil {
			return &ValueError{Attr: "aliases", Index: i, Value: string(a), Problem: err.Error()}
		}
	}
	for _, f := range []struct{ attr, value string }{
		{"login", m.Login}, {"display name", m.DisplayName}, {"instance", string(m.Instance)}, {"anchor", string(m.Anchor)},
	} {
		if !utf8.ValidString(f.value) {
			return &ValueError{Attr: f.attr, Index: -1, Value: f.value, Problem: "it is not UTF-8"}
		}
	}
	if int(m.Kind) >= len(kindWords) {
		return &ValueError{Attr: "kind", Index: -1, Problem: "it is not a known kind"}
	}
	return nil
}

// settle gives the final verdict for a row: an absence needs a second, equal answer.
func (s *sideRun) settle(at matchSide, acceptReverted bool) verdict {
	n := s.asked.find(at.mailbox.ID)
	judge := func(l Lookup, saw sight) verdict {
		if v := judgeAnswer(at, l, saw); acceptReverted || !s.isStale(at, l, v) {
			return v
		}
		v := failedBecause(errStale, CauseStale)
		seen := l.mailbox
		v.evidence.Seen, v.replica = &seen, l.replica
		return v
	}
	v := judge(s.lookup(n), s.saw)
	if !v.absent() {
		return v
	}
	l, asked := s.confirmed(n)
	if !asked {
		return failedBecause(ErrNoAnswer, CauseNoAnswer)
	}
	again := judge(l, s.sawAgain)
	switch {
	case again.outcome == LookupFailed:
		return again
	case !again.absent() || again.reason != v.reason:
		return failedBecause(ErrReplicasDisagree, CauseReplicasDisagree)
	}
	return again
}

// isStale reports whether an answer that would change something is the former value, read from another replica than
// the present one: a change taken back, or a replica that lags behind.
func (s *sideRun) isStale(at matchSide, l Lookup, v verdict) bool {
	was := *at.previous
	if l.state != lookupFound || v.outcome == LookupFailed || was == nil {
		return false
	}
	replica := cmp.Or(l.replica, s.record.Server)
	if replica == "" || was.Replica == "" || replica == was.Replica {
		return false
	}
	if v.outcome == Refreshed {
		if _, reasons := compare(*at.mailbox, l.mailbox, *at.origin); reasons == 0 {
			return false
		}
	}
	former := was.Mailbox
	if l.unread {
		former.Instance = ""
	}
	return isFormer(l.mailbox, former)
}

// isFormer reports whether found is the former value as far as either is known. A missing instance says something
// where the former value had one.
func isFormer(found, was Mailbox) bool {
	same := func(f, w string) bool { return f == "" || w == "" || f == w }
	return found.Primary == was.Primary &&
		sameAddresses(distinctAliases(found.Primary, found.Aliases), distinctAliases(was.Primary, was.Aliases)) &&
		(was.Instance == "" || found.Instance == was.Instance) && same(string(found.Anchor), string(was.Anchor)) &&
		same(found.Login, was.Login) && same(found.DisplayName, was.DisplayName) &&
		(found.Kind == KindUnknown || was.Kind == KindUnknown || found.Kind == was.Kind)
}

var errStale = errors.New("another replica answered with the value that the last applied refresh replaced: it was changed back, or the replica lags behind")
