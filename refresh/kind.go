package refresh

import "github.com/readdress-go/readdress/internal/enum"

// Kind is the type of recipient behind a mailbox. The zero Kind is [KindUnknown].
type Kind uint8

// The kinds of recipient.
const (
	KindUnknown   Kind = iota // the system does not say
	KindUser                  // a person's mailbox
	KindShared                // a mailbox that several people use
	KindRoom                  // a room's calendar
	KindEquipment             // a calendar of something that is lent
	KindLinked                // the account lives in another forest
	KindMailUser              // an account with an external address and no mailbox here
	KindRemote                // an on-premises account whose mailbox lives in the cloud
	KindGroup                 // several recipients under one address
	KindContact               // an external address in the directory
	KindSystem                // arbitration, discovery, monitoring, …
)

var kindWords = []string{"unknown", "user", "shared", "room", "equipment", "linked", "mail-user", "remote", "group", "contact", "system"}

// String returns the kind's word, such as "shared".
func (k Kind) String() string { return enum.String(kindWords, k) }

// MarshalText writes the kind as its word.
func (k Kind) MarshalText() ([]byte, error) { return enum.Text("kind", kindWords, k) }

// UnmarshalText reads the kind's word; any other word is an error.
func (k *Kind) UnmarshalText(b []byte) error { return enum.Parse("kind", kindWords, b, k) }

// Elsewhere reports whether a recipient of this kind has its mailbox in another system.
func (k Kind) Elsewhere() bool { return k == KindMailUser || k == KindRemote }

// isUser reports whether the job knows a mailbox as one of a user: by its kind, or because it has a login, which groups have not.
func (m *Mailbox) isUser() bool {
	switch m.Kind {
	case KindGroup, KindContact:
		return false
	case KindUnknown:
		return m.Login != ""
	}
	return true
}
