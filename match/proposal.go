package match

import (
	"fmt"

	"github.com/readdress-go/readdress/internal/enum"
	"github.com/readdress-go/readdress/refresh"
)

// Proposal says which target a row could have that needs one. It is for people, so it shows addresses.
type Proposal struct {
	Key  string `json:"key"`
	Need Need   `json:"need"`
	// Mailbox is the proposed target; nil where there is none, as Reason says.
	Mailbox *refresh.Mailbox `json:"mailbox,omitempty"`
	// IdentityChanged: it is another mailbox than the one that the row had so far, or not known to be the same. What the migration noted
	// for the former one, such as the state of delta passes, is void: the row has to be migrated in full.
	IdentityChanged bool `json:"identityChanged,omitempty"`
	// UseDropped is the address in use that is not the proposed target's own, so that adopting it takes it away.
	UseDropped refresh.Address `json:"useDropped,omitempty"`
	// Decision is how the search among all targets ended for the row's source, with the candidates.
	Decision Decision `json:"decision,omitzero"`
	// Evidence is what the listed objects have of the row's former, entered or planned target: at most [MaxHits].
	Evidence []Evidence `json:"evidence,omitempty"`
	// SourceRead: the source was read in this run. Otherwise its addresses are those that the job stores, which may be stale.
	SourceRead bool `json:"sourceRead,omitempty"`
	// Rows are the keys of other rows that have the mailbox or were to be proposed it.
	Rows   []string `json:"rows,omitempty"`
	Reason string   `json:"reason,omitempty"`
	// The row as it was looked at: [Rematching.Apply] refuses one that has changed.
	Source Held `json:"source"`
	Before Held `json:"before"`
}

// Need says why a row needs a target. The zero Need is none.
type Need uint8

// The needs.
const (
	NeedNothing Need = iota
	NeedFirst        // the row has no target yet
	NeedOther        // the target was proven missing
	NeedID           // the target was entered by its address
	NeedCreated      // the target was planned, and exists now
)

var needWords = []string{"nothing", "unmatched", "missing", "entered-manually", "exists-now"}

// String returns the need's word, such as "missing".
func (n Need) String() string { return enum.String(needWords, n) }

// MarshalText writes the need as its word.
func (n Need) MarshalText() ([]byte, error) { return enum.Text("need", needWords, n) }

// UnmarshalText reads the need's word; any other word is an error.
func (n *Need) UnmarshalText(b []byte) error { return enum.Parse("need", needWords, b, n) }

// Evidence is an object of the target side that has something of the row's.
type Evidence struct {
	Code EvidenceCode `json:"code"`
	ID   refresh.ID   `json:"id,omitempty"`
	Text string       `json:"text"`
}

// EvidenceCode says what an object has. The zero EvidenceCode has the word "none".
type EvidenceCode uint8

// What an object may have.
const (
	NoEvidence      EvidenceCode = iota
	CarriesMailbox               // the GUID of the former target's mailbox
	CarriesAnchor                // the former target's anchor, or the source's ID as its anchor
	HoldsAddress                 // the address that was entered, planned or the former target's
	HasMailboxNow                // it is the account that was planned, and has its mailbox
	IsBack                       // it is the former target itself
	HasOtherMailbox              // it is the former target, without its mailbox or with another one
)

var evidenceWords = []string{"none", "mailbox", "anchor", "address", "account", "back", "account-only"}

var evidenceTexts = []string{
	"", "the mailbox GUID is now on another object", "another object carries this anchor", "an object holds the row's address",
	"the planned account has its mailbox now", "the target is back: refresh the row", "the account is still there, not its mailbox",
}

// String returns the code's word, such as "anchor".
func (e EvidenceCode) String() string { return enum.String(evidenceWords, e) }

// MarshalText writes the code as its word.
func (e EvidenceCode) MarshalText() ([]byte, error) { return enum.Text("evidence", evidenceWords, e) }

// UnmarshalText reads the code's word; any other word is an error.
func (e *EvidenceCode) UnmarshalText(b []byte) error {
	return enum.Parse("evidence", evidenceWords, b, e)
}

func (p *Proposal) note(code EvidenceCode, id refresh.ID) {
	for _, e := range p.Evidence {
		if e.Code == code && e.ID == id {
			return
		}
	}
	if len(p.Evidence) < MaxHits {
		p.Evidence = append(p.Evidence, Evidence{Code: code, ID: id, Text: evidenceTexts[code]})
	}
}

// refuse takes the proposal back.
func (p *Proposal) refuse(format string, args ...any) {
	p.Mailbox, p.IdentityChanged, p.UseDropped, p.Reason = nil, false, "", fmt.Sprintf(format, args...)
}
