package refresh

import "github.com/readdress-go/readdress/internal/enum"

// Warning concerns a run or many rows at once.
type Warning struct {
	Code WarningCode `json:"code"`           // what it is about
	Side Side        `json:"side,omitempty"` // absent where no one side is meant
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
	WarnNoIdentity                            // rows have an address and no ID, so a switch of domains cannot be followed: enrol them before
)

var warningWords = []string{"", "unpinned", "pin-unverified", "reconfigure", "suspicious", "expected-domain", "aliases-lost", "failover", "connector", "no-identity"}

// String returns the warning's word, such as "unpinned".
func (w WarningCode) String() string { return enum.String(warningWords, w) }

// MarshalText writes the code as its word.
func (w WarningCode) MarshalText() ([]byte, error) { return enum.Text("warning", warningWords, w) }

// UnmarshalText reads the code's word; any other word is an error.
func (w *WarningCode) UnmarshalText(b []byte) error { return enum.Parse("warning", warningWords, b, w) }
