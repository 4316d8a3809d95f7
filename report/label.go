package report

import "github.com/readdress-go/readdress/refresh"

// Label returns the users' own words for an outcome. Of a preview nothing is written yet, so [refresh.Refreshed]
// reads "Would be refreshed" there.
func Label(o refresh.Outcome, s refresh.State) string {
	switch o {
	case refresh.Refreshed:
		if s == refresh.Preview {
			return "Would be refreshed"
		}
		return "Refreshed"
	case refresh.NotChanged:
		return "Not changed"
	case refresh.Missing:
		return "Not refreshed – missing"
	case refresh.EnteredManually:
		return "Entered manually"
	case refresh.NotCreatedYet:
		return "Not created yet"
	case refresh.Unmatched:
		return "Unmatched"
	case refresh.Replaced:
		return "Replaced"
	case refresh.LookupFailed:
		return "Look-up failed"
	}
	return o.String()
}

func reasonLabel(r refresh.Reason) string {
	switch r {
	case refresh.ReasonPrimary:
		return "primary address"
	case refresh.ReasonAliases:
		return "aliases"
	case refresh.ReasonSpelling:
		return "spelling"
	case refresh.ReasonLogin:
		return "sign-in name"
	case refresh.ReasonDetails:
		return "name, kind or identifiers"
	case refresh.ReasonRestored:
		return "was missing, is back"
	case refresh.ReasonGone:
		return "gone"
	case refresh.ReasonSoftDeleted:
		return "deleted, can be restored"
	case refresh.ReasonNoMailbox:
		return "account there, no mailbox"
	case refresh.ReasonMoved:
		return "mailbox lives elsewhere"
	}
	return r.String()
}

func causeLabel(c refresh.Cause) string {
	switch c {
	case refresh.CauseNoAnswer:
		return "no answer"
	case refresh.CauseFailed:
		return "error"
	case refresh.CauseNotVisible:
		return "not visible"
	case refresh.CauseOutOfScope:
		return "out of scope"
	case refresh.CauseMailboxUnknown:
		return "mailbox state unknown"
	case refresh.CauseReplicasDisagree:
		return "replicas disagree"
	case refresh.CauseMalformed:
		return "malformed value"
	case refresh.CauseStale:
		return "reverted or stale"
	}
	return c.String()
}

func proofLabel(p refresh.Proof) string {
	switch p {
	case refresh.ProofTombstone:
		return "it is among the deleted objects"
	case refresh.ProofDirectRead:
		return "no such object, read directly"
	case refresh.ProofEmptyScope:
		return "a complete search of the whole directory did not find it"
	case refresh.ProofStated:
		return "the directory says so"
	}
	return p.String()
}

func warningLabel(c refresh.WarningCode) string {
	switch c {
	case refresh.WarnUnpinned:
		return "Not pinned to a directory"
	case refresh.WarnPinUnverified:
		return "Directory not verified"
	case refresh.WarnReconfigure:
		return "Reconfigure the connection"
	case refresh.WarnSuspicious:
		return "Suspiciously many missing"
	case refresh.WarnExpectedDomain:
		return "Replication or sync pending"
	case refresh.WarnAliasesLost:
		return "All aliases lost"
	case refresh.WarnFailover:
		return "Went on at another server"
	case refresh.WarnConnector:
		return "The connector broke its contract"
	case refresh.WarnNoIdentity:
		return "Rows without an identity"
	}
	return c.String()
}

func sideLabel(s refresh.Side) string {
	switch s {
	case refresh.Source:
		return "Source"
	case refresh.Target:
		return "Target"
	}
	return "Job"
}
