package ldapconn_test

import (
	"math/rand/v2"

	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// secretWords are the server's own words in every fault; no error may repeat them.
const secretWords = "secret words about user000001@source.example"

// trouble is a row of the fault matrix.
type trouble struct {
	name  string
	fault ldaptest.Fault // what happens; where is said by a place
	vary  func(f *ldaptest.Fault, u usage, r *rand.Rand)
	only  []operation    // empty means all
	arm   func(w *realm) // done after the connection was opened and before the call
	waits bool           // a server that says it is busy is waited for, for as long as the connector's timeout
	hangs bool           // only the connector's own timeout ends it
	lies  bool           // in a way that nobody can notice
	// recovers: where it strikes once, or one of two servers only, everything is found all the same. That is promised
	// of look-ups.
	recovers bool
	limits   bool     // the server says that it is asked for too much
	causes   []string // parts of texts; every error must have one of them
	is       error    // and those that have the first one wrap this
}

// The parts of texts that name a cause.
var (
	causeEnded     = []string{"EOF", "connection reset", "closed network connection", "connection closed", "broken pipe", "response channel closed"}
	causeAnnounced = append([]string{"announced that it closes the connection"}, causeEnded...)
	causeLate      = []string{"no complete answer within", "i/o timeout"}
	causeTainted   = []string{"had a protocol error"}
	causeUnframed  = append([]string{"not an LDAP message", "first record does not look like a TLS handshake"}, causeTainted...)
	causeUnknown   = append([]string{"of a kind that nobody asked for"}, causeTainted...)
	causeMisread   = append([]string{"of a kind that nobody asked for", "not an LDAP message", "malformed", "nest"}, causeTainted...)
)

func refusal(name string, code ldaptest.Code, recovers bool, causes ...string) trouble {
	return trouble{name: name, fault: ldaptest.Fault{Do: ldaptest.Refuse, Code: code, Text: secretWords}, recovers: recovers, causes: causes}
}

func (t trouble) ofLimits() trouble          { t.limits = true; return t }
func (t trouble) waiting() trouble           { t.waits = true; return t }
func (t trouble) wrapping(err error) trouble { t.is = err; return t }

// troubles are the rows of the matrix.
var troubles = []trouble{
	{name: "cut between messages", fault: ldaptest.Fault{Do: ldaptest.Cut}, recovers: true, causes: causeEnded},
	{name: "cut at a random byte", fault: ldaptest.Fault{Do: ldaptest.Cut}, vary: somewhere, recovers: true, causes: causeEnded},
	{name: "reset", fault: ldaptest.Fault{Do: ldaptest.Reset}, vary: somewhere, recovers: true, causes: causeEnded},
	{name: "notice of disconnection", fault: ldaptest.Fault{Do: ldaptest.Notice, Text: secretWords}, recovers: true, causes: causeAnnounced},
	{name: "cut between any two messages", fault: ldaptest.Fault{Op: ldaptest.Message, Do: ldaptest.Cut}, recovers: true, causes: causeEnded},
	{name: "notice between any two messages", fault: ldaptest.Fault{Op: ldaptest.Message, Do: ldaptest.Notice}, recovers: true, causes: causeAnnounced},
	{name: "new connections refused", fault: ldaptest.Fault{Op: ldaptest.Connect, Do: ldaptest.Refuse}, arm: drop, recovers: true, causes: causeEnded},
	{name: "new connections cut at a random byte", fault: ldaptest.Fault{Op: ldaptest.Connect, Do: ldaptest.Cut}, vary: somewhere, arm: drop, recovers: true, causes: causeEnded},

	{name: "hang", fault: ldaptest.Fault{Do: ldaptest.Hang}, hangs: true, causes: causeLate},
	{name: "stall", fault: ldaptest.Fault{Do: ldaptest.Stall}, hangs: true, causes: causeLate},
	{name: "stall at any message", fault: ldaptest.Fault{Op: ldaptest.Message, Do: ldaptest.Stall}, hangs: true, causes: causeLate},
	{name: "slow drip", fault: ldaptest.Fault{Do: ldaptest.Drip, N: 100}, hangs: true, causes: causeLate},
	{name: "new connections hang", fault: ldaptest.Fault{Op: ldaptest.Connect, Do: ldaptest.Hang}, arm: drop, hangs: true, causes: append(causeLate, causeEnded...)},
	{name: "an ID of no request", fault: ldaptest.Fault{Do: ldaptest.WrongMessageID}, hangs: true, causes: append(causeLate, causeUnknown...)},

	{name: "garbage", fault: ldaptest.Fault{Do: ldaptest.Garbage}, recovers: true, causes: causeUnframed},
	{name: "garbage between any two messages", fault: ldaptest.Fault{Op: ldaptest.Message, Do: ldaptest.Garbage}, recovers: true, causes: causeUnframed},
	{name: "new connections begin with garbage", fault: ldaptest.Fault{Op: ldaptest.Connect, Do: ldaptest.Garbage}, arm: drop, recovers: true, causes: causeUnframed},
	{name: "an ExtendedResponse in answer", fault: ldaptest.Fault{Do: ldaptest.WrongKind}, recovers: true, causes: causeUnknown},
	{name: "malformed entry", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Malformed}, causes: causeMisread},
	{name: "a message of 20 MiB", fault: ldaptest.Fault{Do: ldaptest.Huge, N: 20 << 20}, causes: append(causeTainted, "larger than 16 MiB")},
	{name: "sequences in sequences", fault: ldaptest.Fault{Do: ldaptest.Nested, N: 20_000}, causes: causeMisread},

	refusal("busy", ldaptest.Busy, true, "Busy (LDAP result code 51)").waiting(),
	refusal("unavailable", ldaptest.Unavailable, true, "Unavailable (LDAP result code 52)").waiting(),
	refusal("size limit", ldaptest.SizeLimitExceeded, true, "Size Limit Exceeded (LDAP result code 4)").ofLimits(),
	refusal("time limit", ldaptest.TimeLimitExceeded, true, "Time Limit Exceeded (LDAP result code 3)").ofLimits(),
	refusal("admin limit", ldaptest.AdminLimitExceeded, true, "Admin Limit Exceeded (LDAP result code 11)").ofLimits(),
	{
		name:   "referral",
		fault:  ldaptest.Fault{Do: ldaptest.Refuse, Code: ldaptest.Referral, Text: secretWords, Referrals: []string{"ldap://secret.example/DC=secret,DC=example"}},
		causes: []string{"Referral (LDAP result code 10)"},
	},
	refusal("invalid credentials", ldaptest.InvalidCredentials, false, "Invalid Credentials (LDAP result code 49)").wrapping(refresh.ErrCredentials),
	refusal("insufficient rights", ldaptest.InsufficientAccessRights, false, "Insufficient Access Rights (LDAP result code 50)", "could be before").wrapping(refresh.ErrForbidden),
	refusal("other", ldaptest.Other, false, "Other (LDAP result code 80)"),
	// A run begins with a new connection, which is refused: TestFaultEvents changes the password later.
	{name: "password changed, then cut", fault: ldaptest.Fault{Do: ldaptest.Cut}, vary: somewhere, arm: changePassword, only: operations, causes: append([]string{"Invalid Credentials (LDAP result code 49)"}, causeEnded...), is: refresh.ErrCredentials},

	{name: "entry that was not asked for", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Unasked}, causes: append(causeTainted, "not asked for", "which domains the forest has cannot be read", "does not find it by", "not visible")},
	{name: "entry with another identity", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.WrongID}, lies: true, causes: append(causeTainted, "not asked for", "not visible", "another directory than before", "a part of the addresses only")},
	{name: "entry twice", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Twice}, causes: append(causeTainted, "answered twice", "not asked for")},
	{name: "entry after the end", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Late}, causes: causeUnknown},
	{name: "entry in answer to another search", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Crossed}, causes: append(causeUnknown, "not asked for", "not an LDAP message", "answered twice", "not there", "not visible", "whether this reader sees any mailbox", "showed a holder")},
	{name: "reference instead of an entry", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Elsewhere}, causes: append(causeTainted, "refers", "not there", "is there now", "not visible", "whether this reader sees any mailbox", "which domains the forest has cannot be read", "could be before", "as a global catalog does")},
	{name: "endless pages", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.EndlessPages}, only: []operation{listing}, causes: []string{"pages do not come to an end", "come again and again"}},
	{name: "empty pages", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.EmptyPages}, only: []operation{listing}, causes: []string{"pages do not come to an end"}},
	{name: "one cookie for ever", fault: ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.SameCookie}, only: []operation{listing}, causes: []string{"pages do not come to an end", "come again and again"}},
}

// somewhere puts a cut at a byte of what is still to come.
func somewhere(f *ldaptest.Fault, u usage, r *rand.Rand) {
	most := int64(2 * u.bytes / max(1, u.searches))
	f.N = 1 + r.Int64N(max(most, 300))
}

func drop(w *realm) {
	for _, d := range w.forest.DCs {
		d.Drop()
	}
}

func changePassword(w *realm) { w.forest.SetPassword(w.kind.account(), "another", false) }
