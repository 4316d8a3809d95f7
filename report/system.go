package report

import (
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// System is a kind of system, as far as what a person does there differs. The zero System is any. It follows from the name by which a
// connector tells what it talks to ([refresh.Info].System, kept in [refresh.SideRun].System), see [SystemOf]. A connector with a name of
// its own gets the texts for any system in every report; one that reads a known system in its own way gets the texts of that system
// by telling its known name. A host that renders its own window can map any name: it sets [Case].System before it calls [Remedy].
type System uint8

// The systems.
const (
	AnySystem       System = iota
	ActiveDirectory        // with Exchange Server
	LDAP                   // OpenLDAP, 389 Directory Server
	Microsoft365           // with Exchange Online
	IMAP
)

// SystemOf returns the system of a name as connectors tell it, in upper or lower case: "Active Directory", "Exchange", "Exchange Server";
// "OpenLDAP", "389 Directory Server", "LDAP"; "Microsoft Graph", "Microsoft 365", "Exchange Online"; "IMAP". It is [AnySystem] for every
// other name.
func SystemOf(name string) System {
	switch strings.ToLower(name) {
	case "active directory", "exchange", "exchange server":
		return ActiveDirectory
	case "openldap", "389 directory server", "ldap":
		return LDAP
	case "microsoft graph", "microsoft 365", "exchange online":
		return Microsoft365
	case "imap":
		return IMAP
	}
	return AnySystem
}

// systemOf returns the system of one side of a result.
func systemOf(r *refresh.Result, s refresh.Side) System {
	if run := r.Run.Side(s); run != nil {
		return SystemOf(run.System)
	}
	return AnySystem
}
