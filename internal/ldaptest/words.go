package ldaptest

import "strings"

// words returns the diagnostic message of Active Directory for a code; the other systems mostly send none.
func (d *DC) words(code Code, best ...string) string {
	if d.forest.cfg.System != ActiveDirectory {
		return ""
	}
	text := words[code]
	if len(best) > 0 {
		text = strings.Replace(text, "%s", best[0], 1)
	}
	return text
}

// referralText is the diagnostic message beside a referral to a URL.
func (d *DC) referralText(url string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "ldap://"), "/")
	return "0000202B: RefErr: DSID-0310074A, data 0, 1 access points\n\tref 1: '" + host + "'\n"
}
