package connectortest

// rule is one rule of the contract between refresh and a connector: a name to talk about it, and its words.
type rule struct{ name, words string }

// The rules that every call of every check is held to.
var (
	ruleRange    = rule{"asked-index", "An answer is for an index into what was asked."}
	ruleOnce     = rule{"answer-once", "An index is answered at most once in a call."}
	ruleLate     = rule{"answer-in-call", "Nothing is answered after the call has returned."}
	ruleSerial   = rule{"answer-serial", "Answers of one call come one at a time, never concurrently."}
	ruleOwnID    = rule{"own-id", "A mailbox that is found carries the ID that was asked for."}
	ruleProof    = rule{"proof", "NotFound says why and on what proof; ProofEmptyScope counts only with Sight."}
	ruleAliases  = rule{"aliases", "Aliases repeat neither the primary address nor each other, in any spelling."}
	ruleSMTP     = rule{"smtp-only", "Primary and Aliases are SMTP addresses: no prefix such as smtp: or X500:, nothing empty."}
	rulePrivacy  = rule{"error-privacy", "The text of an error contains no address and no login."}
	ruleListOnce = rule{"list-once", "A list names each object once."}
	ruleListEnd  = rule{"list-end", "After an error, or after the loop was left, a list yields nothing more."}
)

// everyCall are the rules that hold in every check.
var everyCall = []rule{
	ruleRange, ruleOnce, ruleLate, ruleSerial, ruleOwnID, ruleProof, ruleAliases, ruleSMTP, rulePrivacy, ruleListOnce, ruleListEnd,
}

// The rules about what a connector says of itself.
var (
	ruleInfo    = rule{"info", "Info names the system and at least one ability, and says the same at every time."}
	ruleBits    = rule{"ability-bits", "Every bit of Info().Can is an ability that the connector has methods for."}
	ruleExplain = rule{"explain", "An Explainer that gives a reason why it cannot resolve gives a remedy as well, and the other way round."}
	ruleSame    = rule{"intercept-same", "Wrapped in connector.Intercept, a connector has the same abilities and gives the same answers."}
	ruleSees    = rule{"intercept-sees", "Every call of an ability passes the interceptor, and none happens that it refuses."}
)

// The rules about looking up by ID.
var (
	ruleFound     = rule{"found", "Every object that is there and visible is found, with its present values as the server spells them."}
	rulePresent   = rule{"false-absence", "An object that is there is never NotFound."}
	ruleIdentity  = rule{"identity", "An object that took over the addresses of a deleted one is not answered for the old ID."}
	ruleAbsent    = rule{"false-presence", "An ID without an object is never Found."}
	ruleMalformed = rule{"malformed-id", "A text that cannot be an ID fails for its own index and spoils no other."}
	ruleEmpty     = rule{"nothing-asked", "Nothing asked: no answer, no error."}
	ruleSpoilt    = rule{"malformed-value", "A value that cannot be read fails for its own index, with a *refresh.ValueError, and spoils no other."}
	ruleSoft      = rule{"soft-deleted", "An object that can be restored is not called gone, unless the reader may not look at deleted ones and says so."}
	rulePurged    = rule{"purged", "An object that is gone for good is not called restorable."}
	ruleDisabled  = rule{"disabled", "An account whose mailbox was removed is not gone, and does not still have its old Instance."}
	ruleReplaced  = rule{"replaced", "An account with another mailbox is found with the new Instance."}
	ruleMoved     = rule{"moved", "A mailbox that moved away is reported as living elsewhere, not as gone."}
)

// The rules about trouble: an outage must never be read as a deletion.
var (
	ruleBlind      = rule{"blind", "A reader without rights sees nothing, which proves nothing: never NotFound, never no hits."}
	ruleMasked     = rule{"masked", "Addresses that the reader may not see are not reported as removed: the look-up fails."}
	ruleClosed     = rule{"closed", "A closed connection gives errors or failed answers, never an absence."}
	ruleCut        = rule{"cut", "A connection that is cut in a call gives an error or failed answers, never an absence."}
	ruleOutage     = rule{"outage", "A system that cannot be reached gives errors or failed answers, never an absence."}
	ruleCancel     = rule{"cancel", "A call whose context ends returns an error that wraps context.Cause, and never an absence."}
	rulePrompt     = rule{"cancel-prompt", "A call returns promptly when its context ends."}
	ruleParallel   = rule{"parallel", "Calls at the same time give the same answers as calls one after another."}
	ruleGoroutines = rule{"no-goroutine", "A call leaves no goroutine behind."}
)

// The rules about the other abilities.
var (
	ruleHits    = rule{"find", "Find names every object that holds the address, primary or alias, in any spelling, with its present values, and no other."}
	ruleNoHits  = rule{"find-none", "An address that nobody holds is answered with no hits, which is a complete answer."}
	ruleLiteral = rule{"find-literal", "The characters of an address mean themselves: wildcards, quotes and brackets find nothing else and spoil no other address."}
	ruleList    = rule{"list", "A list that ends without an error names every object, with its present values."}
	ruleBreak   = rule{"list-break", "The connector can be used after a loop over its list was left early."}
	rulePin     = rule{"pin", "The pin of a directory is the same on every connection and does not change with its objects."}
)

// The rules about tracking changes: a change that is not named is one that a refresh never sees.
var (
	ruleChanges = rule{"changes", "Changes since a mark name every object that was made, changed, moved, deleted, restored or purged after it."}
	ruleEnd     = rule{"changes-end", "The pages of changes come to an end."}
	ruleQuiet   = rule{"changes-none", "When nothing changed, Changes return no error, and a Next that is a cursor."}
	ruleNext    = rule{"changes-next", "The Next of the last page is as good as a mark: the changes since it name everything that happened after the call."}
	ruleBetween = rule{"changes-between", "What changes between two pages, or while look-ups run that began after the mark, is named, there or by the changes since the last Next."}
	ruleOld     = rule{"cursor-old", "A cursor that was used before still names all changes since it, or is ErrCursorExpired; it never names fewer."}
	ruleKept    = rule{"cursor-kept", "A cursor outlives its connection and comes through JSON unchanged."}
	ruleCursor  = rule{"cursor", "A cursor that the system does not know is ErrCursorExpired."}
	ruleUnseen  = rule{"changes-unseen", "A reader who may not see every change gets an error, never fewer changes."}
)

// rules lists every rule once.
var rules = append(everyCall[:len(everyCall):len(everyCall)],
	ruleInfo, ruleBits, ruleExplain, ruleSame, ruleSees,
	ruleFound, rulePresent, ruleIdentity, ruleAbsent, ruleMalformed, ruleEmpty, ruleSpoilt, ruleSoft, rulePurged, ruleDisabled, ruleReplaced, ruleMoved,
	ruleBlind, ruleMasked, ruleClosed, ruleCut, ruleOutage, ruleCancel, rulePrompt, ruleParallel, ruleGoroutines,
	ruleHits, ruleNoHits, ruleLiteral, ruleList, ruleBreak, rulePin,
	ruleChanges, ruleEnd, ruleQuiet, ruleNext, ruleBetween, ruleOld, ruleKept, ruleCursor, ruleUnseen,
)

// violation is a rule that was seen broken.
type violation struct {
	rule rule
	seen string
}

// String says which rule is broken, in its own words, and what was seen.
func (v violation) String() string {
	return "rule " + v.rule.name + " is broken: " + v.rule.words + "\nseen: " + v.seen
}
