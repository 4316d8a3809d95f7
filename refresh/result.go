package refresh

import (
	"time"
)

// Result is what a refresh found and the plan of what applying it will write: a preview until [Job.Apply].
// Treat it as immutable. Reading it from several goroutines is safe.
type Result struct {
	// ID is random and names this plan; [Result.Only] gives the narrowed plan its own.
	ID string `json:"id"`
	// JobID is the Job.ID of the job that the result was made from.
	JobID   string `json:"jobId"`
	JobName string `json:"jobName,omitempty"`
	// JobRows is the number of rows of the job, selected or not.
	JobRows int `json:"jobRows"`
	// State says whether the result is applied. Refresh makes a preview; a host that saves a result after
	// applying it sets State to [Job.State].
	State State `json:"state"`
	// Partial: the context ended before the run did; rows without an answer are LookupFailed.
	Partial bool `json:"partial,omitempty"`
	Run     Run  `json:"run"`
	// Warnings concern the run or many rows at once.
	Warnings []Warning `json:"warnings,omitempty"`
	// Conflicts lists addresses and targets that several mailboxes or rows hold after Apply, and those
	// that Apply resolves.
	Conflicts []Conflict `json:"conflicts,omitempty"`
	// Rows holds one row for each selected match and asked side, in the order of the job, source before target.
	Rows []Row `json:"rows"`
}

// State says whether a result is applied. The zero State is [Preview].
type State uint8

// The states.
const (
	Preview State = iota
	Applied
	Reverted
)

var stateWords = []string{"preview", "applied", "reverted"}

// String returns "preview", "applied" or "reverted".
func (s State) String() string { return enumString(stateWords, s) }

// MarshalText writes the state as its word.
func (s State) MarshalText() ([]byte, error) { return enumText("state", stateWords, s) }

// UnmarshalText reads the state's word; any other word is an error.
func (s *State) UnmarshalText(b []byte) error { return enumParse("state", stateWords, b, s) }

// Run is the audit record of one refresh.
type Run struct {
	ID       string    `json:"id"` // random
	Operator string    `json:"operator,omitempty"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Library  string    `json:"library"` // version of this library
	Verify   bool      `json:"verify,omitempty"`
	Source   *SideRun  `json:"source,omitempty"` // nil: the side was not asked
	Target   *SideRun  `json:"target,omitempty"`
}

// Side returns the record of one side, nil when it was not asked.
func (r Run) Side(s Side) *SideRun {
	if s == Target {
		return r.Target
	}
	return r.Source
}

// SideRun is the audit record of one side of a refresh.
type SideRun struct {
	System    string `json:"system,omitempty"`
	Directory string `json:"directory,omitempty"` // the directory's name
	Server    string `json:"server,omitempty"`
	Account   string `json:"account,omitempty"` // Endpoint.Account
	// Pin is the directory reached; PinBefore is what the job held. Apply writes Pin where PinBefore is empty.
	Pin       string `json:"pin,omitempty"`
	PinBefore string `json:"pinBefore,omitempty"`
	// Path is how the side was refreshed, and Why the reason for it.
	Path Path   `json:"path"`
	Why  string `json:"why,omitempty"`
	// Asked is the number of distinct IDs looked up.
	Asked    int       `json:"asked"`
	LastSync time.Time `json:"lastSync,omitzero"`
	// Failovers lists the changes of replica during the run.
	Failovers []Failover `json:"failovers,omitempty"`
	// Cursor and Epoch are what Apply advances to, and CursorBefore and EpochBefore what the job held.
	Cursor       Cursor `json:"cursor,omitzero"`
	Epoch        string `json:"epoch,omitempty"`
	CursorBefore Cursor `json:"cursorBefore,omitzero"`
	EpochBefore  string `json:"epochBefore,omitempty"`
}

// Failover records that a connector went on at another replica.
type Failover struct {
	From string    `json:"from"`
	To   string    `json:"to"`
	Why  string    `json:"why,omitempty"`
	At   time.Time `json:"at"`
}

// Path is how a side was refreshed. The zero Path is [PathFull].
type Path uint8

// The paths.
const (
	PathFull        Path = iota // every row was looked up
	PathIncremental             // only changes and rows without a valid stamp were looked up
)

var pathWords = []string{"full", "incremental"}

// String returns "full" or "incremental".
func (p Path) String() string { return enumString(pathWords, p) }

// MarshalText writes the path as its word.
func (p Path) MarshalText() ([]byte, error) { return enumText("path", pathWords, p) }

// UnmarshalText reads the path's word; any other word is an error.
func (p *Path) UnmarshalText(b []byte) error { return enumParse("path", pathWords, b, p) }

// Row is what happened to one side of one match, and what Apply writes there.
type Row struct {
	Key     string  `json:"key"`
	Side    Side    `json:"side"`
	Origin  Origin  `json:"origin,omitempty"`
	Outcome Outcome `json:"outcome"`
	// Reasons refines Refreshed and Missing.
	Reasons Reasons `json:"reasons,omitempty"`
	// Cause and Failure say why a look-up failed.
	Cause   Cause  `json:"cause,omitempty"`
	Failure string `json:"failure,omitempty"`
	// Before is what the job held. After is what Apply writes; nil means that Apply leaves the mailbox as it is.
	Before Mailbox  `json:"before,omitzero"`
	After  *Mailbox `json:"after,omitempty"`
	// Use is the address the host works with where it is not the primary one; Part and Merge are the match's.
	Use   Address `json:"use,omitempty"`
	Part  string  `json:"part,omitempty"`
	Merge bool    `json:"merge,omitempty"`
	// Evidence is what else is known, for people; nil when there is nothing.
	Evidence *Evidence `json:"evidence,omitempty"`
	// Replica is the server that answered, where it is not the one the run started on.
	Replica string `json:"replica,omitempty"`
	// What the job held beside the mailbox, so that Revert restores it, and the mark that Apply leaves.
	MarkBefore     *Mark     `json:"markBefore,omitempty"`
	MarkAfter      *Mark     `json:"markAfter,omitempty"`
	PreviousBefore *Previous `json:"previousBefore,omitempty"`
	StampBefore    Stamp     `json:"stampBefore,omitempty"`
	StampAfter     Stamp     `json:"stampAfter,omitempty"`
}

// ID returns the identity that was looked up, empty when there is none.
func (r *Row) ID() ID { return r.Before.ID }

// Now returns the mailbox as it is after Apply.
func (r *Row) Now() Mailbox {
	if r.After != nil {
		return *r.After
	}
	return r.Before
}

// Writes reports whether Apply writes anything to this side of the match.
func (r *Row) Writes() bool {
	return r.After != nil || !sameMark(r.MarkBefore, r.MarkAfter) || r.StampAfter != r.StampBefore
}

// Evidence is what a run learned beside an outcome. Every zero field means "not known" or "not asked".
type Evidence struct {
	// Hits is the number of objects that hold the address (Verify), with their IDs; nil means not asked.
	Hits   *int `json:"hits,omitempty"`
	HitIDs []ID `json:"hitIds,omitempty"`
	// HitsFailure says why the address could not be looked for.
	HitsFailure string `json:"hitsFailure,omitempty"`
	// DomainAccepted: whether the directory accepts the domain of the planned address.
	DomainAccepted Tri `json:"domainAccepted,omitempty"`
	// Account is the state of a planned target's account.
	Account AccountState `json:"account,omitempty"`
	// DeletedAt, RestorableUntil and DeletionUnknown concern a deleted object.
	DeletedAt       time.Time `json:"deletedAt,omitzero"`
	RestorableUntil time.Time `json:"restorableUntil,omitzero"`
	DeletionUnknown bool      `json:"deletionUnknown,omitempty"`
	// Proof is what a Missing outcome rests on.
	Proof Proof `json:"proof,omitempty"`
	// ForwardsTo is where mail to a moved mailbox goes.
	ForwardsTo Address `json:"forwardsTo,omitempty"`
	// Instance is the mailbox found in place of the stored one (Replaced); pass it to [Job.Accept].
	Instance ID `json:"instance,omitempty"`
	// Seen is the former value that a stale replica answered with.
	Seen *Mailbox `json:"seen,omitempty"`
}

// AccountState is the state of a planned target's account. The zero AccountState has no word.
type AccountState uint8

// The states of an account.
const (
	AccountThere     AccountState = iota + 1 // the account is there, no mailbox was seen
	AccountExistsNow                         // the account has a mailbox now: bind it
	AccountGone                              // the account is proven not to be there
)

var accountWords = []string{"", "there", "exists-now", "gone"}

// String returns "there", "exists-now" or "gone".
func (a AccountState) String() string { return enumString(accountWords, a) }

// MarshalText writes the state as its word.
func (a AccountState) MarshalText() ([]byte, error) {
	return enumText("account state", accountWords, a)
}

// UnmarshalText reads the state's word; any other word is an error.
func (a *AccountState) UnmarshalText(b []byte) error {
	return enumParse("account state", accountWords, b, a)
}

// Warning concerns a run or many rows at once.
type Warning struct {
	Code WarningCode `json:"code"`
	Side Side        `json:"side,omitempty"`
	Text string      `json:"text"`           // what was seen, without addresses
	Keys []string    `json:"keys,omitempty"` // the rows concerned
}

// WarningCode names a warning. The zero WarningCode has no word.
type WarningCode uint8

// The warnings.
const (
	WarnUnpinned       WarningCode = iota + 1 // the job does not say which directory the side is; Apply pins it
	WarnPinUnverified                         // a right is lacking to check the pin
	WarnReconfigure                           // the connection's account, or its credentials, are of yesterday
	WarnSuspicious                            // half of at least 20 rows are missing
	WarnExpectedDomain                        // rows that should have moved to Options.ExpectDomain did not
	WarnAliasesLost                           // every row that had aliases lost all of them
	WarnFailover                              // the run went on at another replica
	WarnConnector                             // the connector broke its contract
)

var warningWords = []string{"", "unpinned", "pin-unverified", "reconfigure", "suspicious", "expected-domain", "aliases-lost", "failover", "connector"}

// String returns the warning's word, such as "unpinned".
func (w WarningCode) String() string { return enumString(warningWords, w) }

// MarshalText writes the code as its word.
func (w WarningCode) MarshalText() ([]byte, error) { return enumText("warning", warningWords, w) }

// UnmarshalText reads the code's word; any other word is an error.
func (w *WarningCode) UnmarshalText(b []byte) error { return enumParse("warning", warningWords, b, w) }

// Conflict is an address that several mailboxes of a side hold, or a target that several rows share. A job with
// conflicts is valid: nothing is dropped, a person decides.
type Conflict struct {
	Kind  ConflictKind  `json:"kind"`
	State ConflictState `json:"state"`
	Side  Side          `json:"side"`
	// Address is the folded address that is shared; empty for a shared target that has an ID.
	Address Address  `json:"address,omitempty"`
	ID      ID       `json:"id,omitempty"` // the shared target
	Members []Member `json:"members"`
}

// Member is a row that takes part in a conflict.
type Member struct {
	Key string `json:"key"`
	ID  ID     `json:"id,omitempty"`
	// Holder stands for the mailbox where there is no ID: the folded primary address.
	Holder Address `json:"holder,omitempty"`
	Part   string  `json:"part,omitempty"`
	Merge  bool    `json:"merge,omitempty"`
	// Outcome is empty for a row that was not looked up in this run.
	Outcome Outcome `json:"outcome,omitempty"`
	// Primary: the address is the row's primary address.
	Primary bool `json:"primary,omitempty"`
}

// ConflictKind is the kind of a conflict. The zero ConflictKind has no word.
type ConflictKind uint8

// The kinds of conflict.
const (
	SharedAddress ConflictKind = iota + 1 // two different mailboxes of a side hold one address
	SharedTarget                          // two rows go to one target: same part, no merge declared
)

var conflictWords = []string{"", "shared-address", "shared-target"}

// String returns "shared-address" or "shared-target".
func (c ConflictKind) String() string { return enumString(conflictWords, c) }

// MarshalText writes the kind as its word.
func (c ConflictKind) MarshalText() ([]byte, error) { return enumText("conflict", conflictWords, c) }

// UnmarshalText reads the kind's word; any other word is an error.
func (c *ConflictKind) UnmarshalText(b []byte) error {
	return enumParse("conflict", conflictWords, b, c)
}

// ConflictState says how a conflict relates to the refresh. The zero ConflictState has no word.
type ConflictState uint8

// The states of a conflict.
const (
	ConflictNew      ConflictState = iota + 1 // Apply brings it about
	ConflictExisting                          // the job had it before, and has it after
	ConflictResolved                          // Apply ends it
)

var conflictStateWords = []string{"", "new", "existing", "resolved"}

// String returns "new", "existing" or "resolved".
func (c ConflictState) String() string { return enumString(conflictStateWords, c) }

// MarshalText writes the state as its word.
func (c ConflictState) MarshalText() ([]byte, error) {
	return enumText("conflict state", conflictStateWords, c)
}

// UnmarshalText reads the state's word; any other word is an error.
func (c *ConflictState) UnmarshalText(b []byte) error {
	return enumParse("conflict state", conflictStateWords, b, c)
}

// Counts are the rows of one side by outcome and, within it, by reason or cause.
type Counts struct {
	Total     int
	ByOutcome map[Outcome]int
	// ByReason counts reasons; a Refreshed row may count under several. ByCause counts failed look-ups.
	ByReason map[Reason]int
	ByCause  map[Cause]int
}

// Counts counts the rows of one side. The outcomes add up to Total, the number of selected rows; a side that was
// not asked has none.
func (r *Result) Counts(s Side) Counts {
	c := Counts{ByOutcome: map[Outcome]int{}, ByReason: map[Reason]int{}, ByCause: map[Cause]int{}}
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Side != s {
			continue
		}
		c.Total++
		c.ByOutcome[row.Outcome]++
		for _, reason := range row.Reasons.List() {
			c.ByReason[reason]++
		}
		if row.Cause != 0 {
			c.ByCause[row.Cause]++
		}
	}
	return c
}

func sameMark(a, b *Mark) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Reason == b.Reason && a.FirstSeen.Equal(b.FirstSeen) && a.LastSeen.Equal(b.LastSeen)
}

// UseState says what a refresh does to the address that the host works with.
type UseState uint8

// The states of an address in use.
const (
	UseKept       UseState = iota // still the same
	UseMoved                      // the primary address is in use and changed; it moves along
	UseStillAlias                 // it was the primary address or login and is an alias now
	UseLost                       // the mailbox no longer holds it: migrating with it will fail
)

var useWords = []string{"kept", "moved", "still-alias", "lost"}

// String returns the state's word, such as "lost".
func (u UseState) String() string { return enumString(useWords, u) }

// UseState compares the address in use before and after Apply.
func (r *Row) UseState() UseState {
	if r.After == nil {
		return UseKept
	}
	if r.Use == "" {
		if r.Before.Primary != "" && !r.Before.Primary.Same(r.After.Primary) {
			return UseMoved
		}
		return UseKept
	}
	isName := func(m *Mailbox) bool { return m.Primary.Same(r.Use) || Address(m.Login).Same(r.Use) }
	switch {
	case isName(r.After):
		return UseKept
	case !r.After.Holds(r.Use):
		if !isName(&r.Before) && !r.Before.Holds(r.Use) {
			return UseKept // it was never among the known addresses: nothing is known to be lost
		}
		return UseLost
	case isName(&r.Before):
		return UseStillAlias
	}
	return UseKept
}
