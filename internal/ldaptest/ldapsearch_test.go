package ldaptest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// TestLdapsearch asks with OpenLDAP's own client, where it is installed (Debian package ldap-utils).
func TestLdapsearch(t *testing.T) {
	program, err := exec.LookPath("ldapsearch")
	if err != nil {
		const missing = "ldapsearch is not installed; on Debian: apt-get install ldap-utils"
		if os.Getenv("READDRESS_REQUIRE_SERVERS") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(1200, "source.example")})
	ids := f.IDs()
	must(t, f.Delete(ids[3]))
	for _, tt := range []struct {
		name    string
		account ldaptest.Account
		args    []string
		want    string
		count   int
	}{
		{"pages", ldaptest.Reader, []string{"-E", "pr=500/noprompt", "-b", f.Suffix(), "(mail=*)", "mail"}, "mail: ", 1199},
		{"too many", ldaptest.Reader, []string{"-b", f.Suffix(), "(mail=*)", "mail"}, "mail: ", 1000},
		{"deleted", ldaptest.Auditor, []string{"-E", "!1.2.840.113556.1.4.417", "-b", "<GUID=" + ids[3] + ">", "-s", "base"}, "isDeleted: TRUE", 1},
		{"references", ldaptest.Reader, []string{"-b", f.Suffix(), "(cn=nobody)"}, "ref: ldap://", 3},
		{"who am I", ldaptest.Reader, []string{"-s", "base", "-b", "", "dnsHostName"}, "dnsHostName: dc1.source.example", 1},
	} {
		args := append([]string{"-x", "-o", "ldif_wrap=no", "-H", "ldap://" + f.DCs[0].Addr, "-D", f.UPN(tt.account), "-w", ldaptest.Password}, tt.args...)
		out, _ := exec.CommandContext(t.Context(), program, args...).CombinedOutput() // it exits with the result code
		if n := strings.Count(string(out), tt.want); n != tt.count {
			t.Errorf("%s: %q %d times, want %d; it ends with\n%s", tt.name, tt.want, n, tt.count, out[max(0, len(out)-600):])
		}
	}
}
