package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

var detailWords = []string{
	"", "use-lost", "use-still-alias", "deletion-unknown", "no-holder", "one-holder", "several-holders", "holders-unknown",
	"domain-refused", "account-exists-now", "account-gone",
}

// String returns the detail's word, such as "use-lost", and "" for [NoDetail].
func (d Detail) String() string {
	if int(d) < len(detailWords) {
		return detailWords[d]
	}
	return fmt.Sprintf("(unknown value %d)", uint8(d))
}

// MarshalText writes the detail as its word.
func (d Detail) MarshalText() ([]byte, error) {
	if int(d) >= len(detailWords) {
		return nil, fmt.Errorf("report: detail has no word for value %d", uint8(d))
	}
	return []byte(detailWords[d]), nil
}

// UnmarshalText reads the detail's word, "" as [NoDetail]; any other word is an error.
func (d *Detail) UnmarshalText(b []byte) error {
	i := slices.Index(detailWords, string(b))
	if i < 0 {
		return errors.New("unknown detail: want one of " + strings.Join(detailWords[1:], ", "))
	}
	*d = Detail(i)
	return nil
}
