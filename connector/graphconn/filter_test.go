package graphconn

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// questions returns the filters that Find asks for addresses.
func questions(t *testing.T, kind string, addrs ...refresh.Address) (out []string) {
	t.Helper()
	q := &inquiry{by: map[string]*wanted{}}
	for i, a := range addrs {
		q.want(i, a)
	}
	for _, f := range findFilters(kind, q.order) {
		u, err := url.Parse(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(f.path, "+") || strings.Contains(f.path, " ") {
			t.Errorf("a blank is not escaped as %%20: %s", f.path)
		}
		out = append(out, u.Query().Get("$filter"))
	}
	return out
}

func TestFindFilters(t *testing.T) {
	got := questions(t, "users", "O'Neil@c.example", "o'neil@C.example")
	want := []string{
		"proxyAddresses/any(p:p eq 'smtp:o''neil@c.example') or proxyAddresses/any(p:p eq 'SMTP:o''neil@c.example')",
		"mail in ('o''neil@c.example')",
		"userPrincipalName in ('o''neil@c.example')",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := questions(t, "groups", "g@c.example"); len(got) != 2 || strings.Contains(strings.Join(got, ""), "userPrincipalName") {
		t.Errorf("a group has no userPrincipalName: %q", got)
	}
}

// TestFilterBounds holds every filter to what the service takes: 15 expressions, and addresses that are not too long.
func TestFilterBounds(t *testing.T) {
	for _, length := range []int{20, 254} {
		var addrs []refresh.Address
		for i := range 100 {
			a := fmt.Sprintf("%04d%s@c.example", i, strings.Repeat("x", length-4-len("@c.example")))
			addrs = append(addrs, refresh.Address(a))
		}
		seen := map[string]int{}
		for _, f := range questions(t, "users", addrs...) {
			if n := max(strings.Count(f, "any("), strings.Count(f, "','")+1); n > 15 || len(f) > 4000 {
				t.Errorf("a filter of %d expressions and %d bytes", n, len(f))
			}
			for _, a := range addrs {
				seen[string(a)] += strings.Count(f, string(a)+"'")
			}
		}
		for a, n := range seen {
			if n != 4 {
				t.Errorf("%s is asked for %d times, want SMTP:, smtp:, mail and userPrincipalName", a, n)
			}
		}
	}
}
