package match

import (
	"fmt"

	"github.com/readdress-go/readdress/internal/enum"
	"github.com/readdress-go/readdress/refresh"
)

// Offer says what was found for one side of a row that has an address and no identity. It is for people, so it shows addresses.
type Offer struct {
	Key   string       `json:"key"`
	Side  refresh.Side `json:"side"`
	State OfferState   `json:"state"`
	// Mailbox is what the row can be bound to, with its ID, and its Instance where Find tells it; only where State is [Offered].
	Mailbox *refresh.Mailbox `json:"mailbox,omitempty"`
	// By is the row's address that found it. ByLogin: it is the login of the mailbox, which does not receive mail under it.
	By      refresh.Address `json:"by,omitempty"`
	ByLogin bool            `json:"byLogin,omitempty"`
	// Hits are the objects that hold the row's addresses, where they are not the offer: at most [MaxHits] of Total.
	Hits  []refresh.Mailbox `json:"hits,omitempty"`
	Total int               `json:"total,omitempty"`
	// Rows are the keys of other rows that hold the mailbox or were to be offered it.
	Rows []string `json:"rows,omitempty"`
	// Reason says in words why there is no offer.
	Reason string `json:"reason,omitempty"`
	// Before is the row as it was asked about: [Enrolment.Apply] refuses one that has changed.
	Before Held `json:"before"`
}

// MaxHits is how many objects an offer lists.
const MaxHits = 20

// Held is what a side of a row holds.
type Held struct {
	Mailbox refresh.Mailbox `json:"mailbox,omitzero"`
	Origin  refresh.Origin  `json:"origin,omitempty"`
	Use     refresh.Address `json:"use,omitempty"`
	Part    string          `json:"part,omitempty"`
	Merge   bool            `json:"merge,omitempty"`
}

func heldBy(m *refresh.Match, s refresh.Side) Held {
	h := Held{Mailbox: m.Mailbox(s), Origin: m.Origin(s), Use: m.SourceUse, Part: m.Part, Merge: m.Merge}
	if s == refresh.Target {
		h.Use = m.TargetUse
	}
	return h
}

func (h *Held) same(x Held) bool {
	return h.Mailbox.Equal(x.Mailbox) && h.Origin == x.Origin && h.Use == x.Use && h.Part == x.Part && h.Merge == x.Merge
}

// OfferState says what came of looking for a row's address. The zero OfferState is [NotAnswered].
type OfferState uint8

// The states of an offer.
const (
	NotAnswered   OfferState = iota // there was no complete answer, so nothing is known
	Offered                         // exactly one mailbox holds the address, and the row can have it
	Nobody                          // nobody holds the address
	Several                         // several objects do, or the address in use is another one's
	Unfit                           // the one that does is no mailbox that a row can be bound to
	HeldAlready                     // another row of the side has the mailbox
	OfferedTwice                    // it would be the offer of several rows
	NotSearchable                   // the connector cannot look for addresses
)

var offerWords = []string{"not-answered", "offered", "nobody", "several", "unfit", "held-already", "offered-twice", "not-searchable"}

// String returns the state's word, such as "offered".
func (o OfferState) String() string { return enum.String(offerWords, o) }

// MarshalText writes the state as its word.
func (o OfferState) MarshalText() ([]byte, error) { return enum.Text("offer state", offerWords, o) }

// UnmarshalText reads the state's word; any other word is an error.
func (o *OfferState) UnmarshalText(b []byte) error {
	return enum.Parse("offer state", offerWords, b, o)
}

// refuse takes the offer back.
func (o *Offer) refuse(state OfferState, format string, args ...any) {
	if o.Mailbox != nil {
		o.list([]refresh.Mailbox{*o.Mailbox})
	}
	o.State, o.Mailbox, o.Reason = state, nil, fmt.Sprintf(format, args...)
}

func (o *Offer) list(hits []refresh.Mailbox) {
	o.Total, o.Hits = len(hits), hits[:min(len(hits), MaxHits)]
}

// unfit says why a row cannot be bound to what was found by an address of it; empty when it can.
func unfit(row, hit *refresh.Mailbox, by refresh.Address) string {
	switch {
	case hit.ID == "":
		return "what holds the address has no identity"
	case !hit.Holds(by) && !signsInBy(hit, by):
		return "what was found does not show the address among its own"
	case hit.Kind.Elsewhere():
		return "its mailbox lives in another system: it is a " + hit.Kind.String()
	case hit.Kind == refresh.KindSystem, hit.Kind == refresh.KindContact:
		return "it is a " + hit.Kind.String() + ", which has no mailbox"
	case hit.Kind == refresh.KindGroup && row.Kind != refresh.KindGroup:
		return "it is a group"
	}
	if a, b := typeOf(row.Kind), typeOf(hit.Kind); a != "" && b != "" && a != b {
		return "it is a " + b + ", and the row says " + a
	}
	return ""
}

// signsInBy reports whether an address is the mailbox's login.
func signsInBy(m *refresh.Mailbox, a refresh.Address) bool {
	return m.Login != "" && refresh.Address(m.Login).Same(a)
}
