package refresh

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestFoldFastPath: text that is all ASCII takes a short cut, which must lead to where the long way leads.
func TestFoldFastPath(t *testing.T) {
	one := func(t interface{ Fatalf(string, ...any) }, s string) {
		if fast, slow := asciiLower(s), foldText(s); fast != slow {
			t.Fatalf("%q as a local part: %q, the long way %q", s, fast, slow)
		}
		empty := strings.Contains(strings.ToLower(s)+".", "xn--.") // an A-label of nothing, which IDNA drops and no domain has
		if fast := foldDomain(s); !empty {
			if slow, ok := toASCII(s); ok && slow != fast {
				t.Fatalf("%q as a domain: %q, by IDNA %q", s, fast, slow)
			}
		}
	}
	for _, s := range []string{"", "Ann.Arbor+TAG", "OLD.example", "XN--TDA.Example", "xn--bcher-kva.", "xn--zzzz", "[IPv6:FE80::1]", "a..b", "-a-", "ab--c", "xn--", "xn--a", "\x00\x7f"} {
		one(t, s)
	}
	rapid.Check(t, func(t *rapid.T) { one(t, rapid.StringMatching(`(XN--|xn--)?[ -~]{0,20}`).Draw(t, "ASCII")) })
}
