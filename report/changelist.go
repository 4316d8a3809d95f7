package report

import "github.com/readdress-go/readdress/refresh"

// change is one value that Apply writes, before and after; "" where there is none.
type change struct{ label, before, after string }

// changesOf lists what differs between the mailbox before and after, the primary address first.
func changesOf(row *refresh.Row) []change {
	if row.After == nil {
		return nil
	}
	before, after := &row.Before, row.After
	var out []change
	add := func(label, b, a string) {
		if b != a {
			out = append(out, change{label, b, a})
		}
	}
	add("primary", string(before.Primary), string(after.Primary))
	add("sign-in", before.Login, after.Login)
	for _, c := range aliasChanges(before.Aliases, after.Aliases) {
		add("alias", string(c.before), string(c.after))
	}
	add("name", before.DisplayName, after.DisplayName)
	add("kind", before.Kind.String(), after.Kind.String())
	add("anchor", string(before.Anchor), string(after.Anchor))
	add("mailbox id", string(before.Instance), string(after.Instance))
	return out
}
