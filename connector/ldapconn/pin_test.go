package ldapconn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestPinRefusal: why a server is not believed to be of this directory says no more than what is known.
func TestPinRefusal(t *testing.T) {
	corp := func(suffix, id string) []object {
		o := object{suffix, map[string][]string{}}
		if id != "" {
			o.attrs["entryUUID"] = []string{id}
		}
		return []object{{"", map[string][]string{"structuralObjectClass": {"OpenLDAProotDSE"}, "namingContexts": {suffix}}}, o}
	}
	const one, two = "99999999-9999-4999-8999-999999999999", "88888888-8888-4888-8888-888888888888"
	const other, hidden = "another directory than before", "could be before"
	for _, tt := range []struct {
		name, reason  string
		before, after []object
		want          string // "" where it is taken
	}{
		{"unread, another suffix", "no pin was ever there", corp("o=corp", ""), corp("o=other", ""), other},
		{"unread, the same suffix", "no more is known of either", corp("o=corp", ""), corp("o=corp", ""), ""},
		{"read, then unread", "it may be the same", corp("o=corp", one), corp("o=corp", ""), hidden},
		{"read, then unread, another suffix", "it is not the same", corp("o=corp", one), corp("o=other", ""), other},
		{"read, then another", "it is not the same", corp("o=corp", one), corp("o=corp", two), other},
		{"unread, then read", "a right was granted", corp("o=corp", ""), corp("o=corp", one), ""},
	} {
		before, after := (&fake{entries: tt.before}).start(t), (&fake{entries: tt.after}).start(t)
		c := balanced(t, func(n int) *fake {
			if n > 1 {
				return after
			}
			return before
		})
		_, err := c.Inspect(t.Context())
		text := ""
		if err != nil {
			text = err.Error()
		}
		for _, x := range []string{other, hidden} {
			if strings.Contains(text, x) != (x == tt.want) {
				t.Errorf("%s: %v; want %q: %s", tt.name, err, tt.want, tt.reason)
			}
		}
	}
}

// TestPinOfOtherDomain: a server of another domain that does not show which forest it is of is not believed, and is not said to be
// what was there before.
func TestPinOfOtherDomain(t *testing.T) {
	f := twoDomains(t, nil)
	config := f.ConfigID()
	f.SetRights(ldaptest.Reader, ldaptest.Rights{HidesAttr: func(o ldaptest.Object, name string) bool {
		return strings.EqualFold(name, "objectGUID") && o.ID() == config
	}})
	c := openForest(t, f, ldaptest.Reader, func(c *ldapconn.Config) { c.Domains = []string{f.DC("sub.source.example", 0).TLSAddr} })
	if d, err := c.Inspect(t.Context()); !errors.Is(err, refresh.ErrForbidden) {
		t.Errorf("the pin %q, %v", d.Pin, err)
	}
	got, err := resolve(t.Context(), t, c, refresh.ID(f.Never()))
	must(t, err)
	if why := got[0].Err(); !errors.Is(why, refresh.ErrForbidden) || !strings.Contains(why.Error(), "whether it belongs to the forest") {
		t.Error(word(got[0]))
	}
}
