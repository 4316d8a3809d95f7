package match

import "strings"

// roles are the mailbox names of RFC 2142 and those that are as common: every company has them, so that they say nothing of who somebody is.
var roles = map[string]bool{
	"abuse": true, "admin": true, "administrator": true, "billing": true, "contact": true, "ftp": true, "helpdesk": true, "hostmaster": true,
	"hr": true, "info": true, "it": true, "jobs": true, "list": true, "list-request": true, "mail": true, "mailer-daemon": true,
	"marketing": true, "news": true, "no-reply": true, "noc": true, "noreply": true, "office": true, "postmaster": true, "reception": true,
	"root": true, "sales": true, "security": true, "service": true, "support": true, "team": true, "trouble": true, "usenet": true,
	"uucp": true, "webmaster": true, "www": true,
}

// isRole reports whether a folded local part is the name of a role (RFC 2142). What follows a "+" does not count.
func isRole(local string) bool {
	local, _, _ = strings.Cut(local, "+")
	return roles[local] || strings.HasSuffix(local, "-request")
}
