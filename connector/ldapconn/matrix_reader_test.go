package ldapconn_test

import (
	"fmt"
	"testing"

	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestFaultReaders: who may not see is told so, and is never told that nobody is there. Who gets little at a time gets everything.
func TestFaultReaders(t *testing.T) {
	ws := newRealms(t)
	denied := trouble{name: "reader without rights", causes: []string{
		"not visible", "may be hidden", "permission lacking", "has no single value", "out of scope", "none of its mail attributes",
		"No Such Object (LDAP result code 32)", "could be before",
	}}
	for _, k := range realmKinds {
		w, err := ws.take(t.Context(), k)
		must(t, err)
		for _, a := range []ldaptest.Account{ldaptest.Blind, ldaptest.Veiled, ldaptest.NoID, ldaptest.Frail, ldaptest.Small} {
			for _, op := range append(operations, refreshing) {
				t.Run(fmt.Sprintf("%s/%s/%s", k, a, op), func(t *testing.T) {
					x := &cell{world: w, kind: k, op: op, fault: denied}
					c, err := w.open(t.Context(), a, longTimeout)
					must(t, err)
					defer c.Close()
					r := op.call(t.Context(), w, c)
					v := x.judge(r)
					if op == listing && (a == ldaptest.Blind || a == ldaptest.Veiled || a == ldaptest.Frail) {
						v.missing = 0 // an empty list is all that tells such a reader from an empty directory
					}
					for _, err := range v.errs {
						if s := x.flaw(err); s != "" {
							v.problem("%s", s)
						}
					}
					if s := v.String(); s != "" {
						t.Error(s)
					}
					if a == ldaptest.Small {
						if !v.whole {
							t.Errorf("not everything was answered: %v", v.errs)
						}
						return
					}
					for i, l := range r.lookups {
						if _, absent := l.Absence(); absent {
							t.Errorf("index %d: %s, to a reader who cannot know", i, word(l))
						}
					}
					if r.result != nil && outcomes(r.result)[refresh.Missing] > 0 {
						t.Errorf("%v, to a reader who cannot know", outcomes(r.result))
					}
				})
			}
		}
	}
}
