package report

import (
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// System is a kind of system, as far as what a person does there differs. The zero System is any.
type System uint8

// The systems.
const (
	AnySystem       System = iota
	ActiveDirectory        // with Exchange Server
	LDAP                   // OpenLDAP, 389 Directory Server
	Microsoft365           // with Exchange Online
	IMAP
)

// SystemOf returns the system of a name as connectors tell it, see [refresh.Info]: [AnySystem] where it is not known.
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
