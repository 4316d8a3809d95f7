package imapconn

import "github.com/readdress-go/readdress/refresh"

// Explain says why an ability is not there and what to do instead. Of resolving it says nothing where the connector has no rename plan, because
// what to do depends on the side: the refusal of package refresh tells a source to create a new job, or to use a proven rename, and a
// target to reconfigure the connection and match again.
func (c *Connector) Explain(ability refresh.Capability) (reason, remedy string) {
	switch {
	case ability.Has(refresh.CanResolve):
		return "", ""
	case ability.Has(refresh.CanList):
		return "the connector was not told which accounts there are, and IMAP does not list them", "set Config.Accounts, such as from a CSV file with ReadAccounts"
	case ability.Has(refresh.CanFind):
		return "IMAP does not say who holds an address", "ask the directory that the mail server uses"
	case ability.Has(refresh.CanTrack):
		return "IMAP does not report which accounts changed", "refresh in full"
	}
	return "IMAP does not offer it", "use a connector for another system"
}
