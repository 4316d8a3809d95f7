package ldapconn

import "fmt"

// validAttribute reports whether name is an attribute type as RFC 4512 section 2.5 has it, without options: a letter followed by
// letters, digits and hyphens, or a numeric OID. Anything else could change the filter that it is written into.
func validAttribute(name string) bool {
	if name == "" {
		return false
	}
	if first := name[0]; '0' <= first && first <= '9' {
		return isOID(name)
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && (c == '-' || '0' <= c && c <= '9'):
		default:
			return false
		}
	}
	return true
}

// isOID reports whether s is a numeric OID: two numbers or more, without leading zeros (RFC 4512 section 1.4).
func isOID(s string) bool {
	dots, digits := 0, 0
	zero := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.' && digits > 0:
			dots++
			digits = 0
		case '0' <= c && c <= '9' && (digits == 0 || !zero):
			zero = digits == 0 && c == '0'
			digits++
		default:
			return false
		}
	}
	return dots > 0 && digits > 0
}

// check finds what is not the name of an attribute. Empty stands for the preset, and "-" for none.
func (a Attributes) check() error {
	for _, f := range []struct{ field, name string }{
		{"Addresses", a.Addresses}, {"Mail", a.Mail}, {"Login", a.Login}, {"DisplayName", a.DisplayName},
		{"Given", a.Given}, {"Surname", a.Surname}, {"EmployeeID", a.EmployeeID}, {"LegacyDN", a.LegacyDN}, {"Admin", a.Admin},
		{"Instance", a.Instance}, {"Anchor", a.Anchor}, {"Kind", a.Kind}, {"Forward", a.Forward},
	} {
		if f.name != "" && f.name != "-" && !validAttribute(f.name) {
			return fmt.Errorf("ldapconn: Options.Attributes.%s is not the name of an attribute", f.field)
		}
	}
	return nil
}
