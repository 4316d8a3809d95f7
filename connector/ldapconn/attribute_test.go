package ldapconn

import (
	"reflect"
	"strings"
	"testing"
)

func TestValidAttribute(t *testing.T) {
	for _, tt := range []struct {
		name   string
		want   bool
		reason string
	}{
		{"mail", true, ""},
		{"msExchMailboxGuid", true, ""},
		{"ms-DS-ConsistencyGuid", true, "with hyphens"},
		{"x", true, ""},
		{"x121Address", true, "with digits"},
		{"0.9.2342.19200300.100.1.3", true, "the OID of mail"},
		{"1.2", true, ""},
		{"", false, ""},
		{"-mail", false, "a name begins with a letter"},
		{"1mail", false, "neither a name nor an OID"},
		{"1", false, "an OID has two numbers at least"},
		{"1.", false, ""}, {".1", false, ""}, {"1..2", false, ""}, {"1.02", false, "no leading zeros"}, {"1.00", false, ""},
		{"mail;lang-en", false, "options are not read"},
		{"mail;range=0-9", false, ""},
		{"mail=*)(objectClass", false, "injection"},
		{"mail)(uid", false, ""}, {"*", false, "all attributes"}, {"+", false, ""}, {"mail,uid", false, ""}, {"mail ", false, ""},
		{"mail:dn", false, "an extensible match"}, {"mail>", false, ""}, {"mail~", false, ""}, {"mail\\2a", false, ""},
		{"ma_il", false, "not in RFC 4512"}, {"maïl", false, ""}, {"mail\x00", false, ""}, {"\xff", false, ""}, {"mail\n", false, ""},
	} {
		if got := validAttribute(tt.name); got != tt.want {
			t.Errorf("%q: %v, want %v (%s)", tt.name, got, tt.want, tt.reason)
		}
	}
}

// TestAttributesCheck: every field is checked.
func TestAttributesCheck(t *testing.T) {
	if err := (Attributes{}).check(); err != nil {
		t.Errorf("no attributes: %v", err)
	}
	fields := reflect.TypeFor[Attributes]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		for value, ok := range map[string]bool{"": true, "-": true, "extensionAttribute7": true, "1.2.840.113556.1.2.210": true, "a)(b": false, "--": false} {
			var a Attributes
			reflect.ValueOf(&a).Elem().Field(i).SetString(value)
			err := a.check()
			if (err == nil) != ok || err != nil && (!strings.Contains(err.Error(), "Attributes."+name+" ") || strings.Contains(err.Error(), value)) {
				t.Errorf("%s = %q: %v, want ok: %v, an error that names the field and not the value", name, value, err, ok)
			}
		}
	}
}
