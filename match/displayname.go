package match

import "github.com/readdress-go/readdress/refresh"

// DisplayName suggests who has the same display name. It never decides: people share names.
func DisplayName() Rule {
	raw := func(dst []string, e *refresh.Entry) []string { return append(dst, e.DisplayName) }
	return Rule{Name: "display-name", Doc: "Both have one display name.", Keys: folded(raw), Raw: raw, SuggestOnly: true}
}
