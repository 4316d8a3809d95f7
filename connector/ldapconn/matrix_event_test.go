package ldapconn_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// event is something that happens in the middle of a run.
type event struct {
	name   string
	happen func(w *realm)
}

var events = []event{
	{"the password is changed", func(w *realm) { w.forest.SetPassword(w.kind.account(), "another", true) }},
	{"the account is disabled", func(w *realm) {
		w.forest.SetState(w.kind.account(), ldaptest.Disabled)
		drop(w)
	}},
	{"the reader goes blind", becomes(ldaptest.Blind)},
	{"the reader sees no addresses", becomes(ldaptest.Veiled)},
	{"the reader sees no identities", becomes(ldaptest.NoID)},
	{"the reader sees nothing at all", becomes(ldaptest.Frail)},
	{"the reader is refused", func(w *realm) {
		w.forest.SetRights(w.kind.account(), ldaptest.Rights{Refused: ldaptest.InsufficientAccessRights})
	}},
	{"the first server goes down", func(w *realm) { outage(w.forest.DCs[0]) }},
	{"every server goes down", func(w *realm) {
		for _, d := range w.forest.DCs {
			outage(d)
		}
	}},
	{"every connection breaks", drop},
}

// outage is as DC.Down, but for the ports, which nobody else shall get.
func outage(d *ldaptest.DC) {
	d.SetFaults(ldaptest.Fault{Op: ldaptest.Connect, Times: 1 << 30, Do: ldaptest.Refuse})
	d.Drop()
}

func becomes(a ldaptest.Account) func(*realm) {
	return func(w *realm) { w.forest.SetRights(w.kind.account(), w.forest.Rights(a)) }
}

// tapped is a connector to which something happens at the n-th answer.
type tapped struct {
	*ldapconn.Connector
	at   int
	does func()
}

// Resolve counts answers.
func (c *tapped) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return c.Connector.Resolve(ctx, ids, func(i int, l refresh.Lookup) {
		if c.at--; c.at == 0 {
			c.does()
		}
		answer(i, l)
	})
}

// TestFaultEvents: what changes in the middle of a run makes nobody missing.
func TestFaultEvents(t *testing.T) {
	seed := seedOf(t)
	ws := newRealms(t)
	sideBySide(matrixWorkers/2, func(run func(func())) {
		for _, k := range realmKinds {
			for _, e := range events {
				for _, at := range []string{"first", "any", "last"} {
					run(func() {
						t.Run(fmt.Sprintf("%s/%s/%s answer", k, e.name, at), func(t *testing.T) {
							w, err := ws.take(t.Context(), k)
							must(t, err)
							defer ws.give(w)
							n := map[string]int{"first": 1, "last": len(w.truth)}[at]
							if n == 0 {
								n = 1 + rand.New(rand.NewPCG(seed, uint64(len(e.name)))).IntN(len(w.truth))
							}
							w.during(t, e, n)
						})
					})
				}
			}
		}
	})
}

// during makes a run in which an event happens at the n-th answer.
func (w *realm) during(t *testing.T, e event, n int) {
	c, err := w.open(t.Context(), w.kind.account(), longTimeout)
	must(t, err)
	defer c.Close()
	tap := &tapped{c, n, func() { e.happen(w) }}
	res, err := refresh.Refresh(t.Context(), w.job(), refresh.Sides{Source: tap}, &refresh.Options{ConfirmAfter: 5 * time.Millisecond})
	x := &cell{world: w, kind: w.kind, op: refreshing, fault: trouble{causes: causeEvents}}
	v := x.judge(matrixReply{result: res, err: err})
	for _, err := range v.errs {
		if s := x.flaw(err); s != "" {
			v.problem("%s", s)
		}
	}
	if s := v.String(); s != "" {
		t.Error(s)
	}
	if w.kind == inForest && e.name == "the first server goes down" && outcomes(res)[refresh.LookupFailed] > 0 {
		t.Errorf("with another server there: %v", outcomes(res))
	}
}

// causeEvents are the causes of all events.
var causeEvents = append([]string{
	"Invalid Credentials (LDAP result code 49)", "Insufficient Access Rights (LDAP result code 50)", "No Such Object (LDAP result code 32)",
	"not visible", "may be hidden", "has no single value", "out of scope", "refused", "disagree", "could be before", "a range of values", "a part of the addresses only",
}, causeEnded...)
