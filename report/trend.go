package report

import "github.com/readdress-go/readdress/internal/enum"

// Trend says what became of one side of a row from one refresh to a later one. The zero Trend is [Same].
type Trend uint8

// The trends.
const (
	Same      Trend = iota // nothing to tell
	Worsened               // it needs a person now, and did not before: newly missing, newly failed …
	Turned                 // it needs a person for another reason than before
	Persisted              // it needs a person as before: still missing, still entered manually …
	Healed                 // it needs nobody any more
	Pending                // the same change is found again: the earlier result was not applied
	Changed                // there is something new to write, or it was matched
	Settled                // what the earlier refresh wrote is what the later one found
	Added                  // only the later refresh looked at it
	Dropped                // only the earlier refresh looked at it
)

var trendWords = []string{"same", "worsened", "turned", "persisted", "healed", "pending", "changed", "settled", "added", "dropped"}

// Trends lists every trend in the order in which reports show them.
func Trends() []Trend {
	return []Trend{Worsened, Turned, Persisted, Healed, Changed, Pending, Settled, Added, Dropped, Same}
}

// String returns the trend's word, such as "healed".
func (t Trend) String() string { return enum.String(trendWords, t) }

// MarshalText writes the trend as its word.
func (t Trend) MarshalText() ([]byte, error) { return enum.Text("trend", trendWords, t) }

// UnmarshalText reads the trend's word; any other word is an error.
func (t *Trend) UnmarshalText(b []byte) error { return enum.Parse("trend", trendWords, b, t) }

// Label returns the trend in plain words.
func (t Trend) Label() string {
	switch t {
	case Same:
		return "As before"
	case Worsened:
		return "Newly needs a person"
	case Turned:
		return "Needs a person for another reason"
	case Persisted:
		return "Still needs a person"
	case Healed:
		return "Healed"
	case Pending:
		return "Still to be applied"
	case Changed:
		return "Changed since"
	case Settled:
		return "Settled"
	case Added:
		return "Only in the later refresh"
	case Dropped:
		return "Only in the earlier refresh"
	}
	return t.String()
}
