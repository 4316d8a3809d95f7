package report

import "github.com/readdress-go/readdress/internal/enum"

var detailWords = []string{
	"none", "use-lost", "use-still-alias", "deletion-unknown", "no-holder", "one-holder", "several-holders", "holders-unknown",
	"domain-refused", "account-exists-now", "account-gone",
}

// String returns the detail's word, such as "use-lost".
func (d Detail) String() string { return enum.String(detailWords, d) }

// MarshalText writes the detail as its word.
func (d Detail) MarshalText() ([]byte, error) { return enum.Text("detail", detailWords, d) }

// UnmarshalText reads the detail's word; any other word is an error.
func (d *Detail) UnmarshalText(b []byte) error { return enum.Parse("detail", detailWords, b, d) }
