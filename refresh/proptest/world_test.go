package proptest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// status is what is true of an object.
type status int

const (
	there status = iota
	softDeleted
	tombstoned // gone for good, with a tombstone
	erased     // gone for good, without a trace
)

var statusWords = []string{"there", "soft-deleted", "tombstoned", "erased"}

// object is the test's own record of one object of a directory.
type object struct {
	mailbox refresh.Mailbox
	status  status
}

// snapshot is what a replica shows.
type snapshot map[refresh.ID]object

// world is one side's directory: the record of what is true beside the memconn system that shows it.
type world struct {
	side    refresh.Side
	system  *memconn.System
	ids     []refresh.ID // in the order of their making
	now     snapshot
	lagging map[string]snapshot
	serial  int
	pin     string
	direct  bool // the system reads objects directly
	noInsts bool // the system does not tell mailboxes from accounts
	domains []refresh.Domain
}

var replicas = []string{"dc1", "dc2"}

func newWorld(d dice, side refresh.Side) *world {
	w := &world{side: side, now: snapshot{}, lagging: map[string]snapshot{}, direct: d.chance(30), noInsts: d.chance(12)}
	w.pin = "pin-" + side.String()
	if d.chance(5) {
		w.pin = ""
	}
	if d.chance(70) {
		for _, name := range domains {
			w.domains = append(w.domains, refresh.Domain{Name: name, Initial: name == "tenant.onmicrosoft.com"})
		}
	}
	w.system = memconn.New(side.String(), &memconn.Options{
		System: "Memory " + side.String(), Replicas: replicas, DirectRead: w.direct, NoInstances: w.noInsts, Domains: w.domains,
	})
	w.system.SetPin(w.pin)
	for range 14 {
		w.create(d)
	}
	return w
}

// fresh returns an address that nobody holds, in one of the domains.
func (w *world) fresh(d dice) refresh.Address {
	w.serial++
	domain := domains[d.weighted(8, 4, 2, 2)]
	if d.chance(6) {
		domain = pick(d, []string{uLabel, aLabel})
	}
	return refresh.Address(fmt.Sprintf("%s%d@%s", pick(d, locals), w.serial, domain))
}

func (w *world) create(d dice) refresh.ID {
	m := refresh.Mailbox{Primary: w.fresh(d), Kind: pick(d, kinds)}
	for range d.weighted(4, 4, 2) {
		m.Aliases = append(m.Aliases, w.fresh(d))
	}
	if d.chance(80) {
		m.Login = string(m.Primary)
	}
	if d.chance(80) {
		m.DisplayName = pick(d, locals) + " Example"
	}
	if w.side == refresh.Target && d.chance(50) {
		m.Anchor = refresh.ID(fmt.Sprintf("anchor-%d", w.serial))
	}
	if d.chance(6) {
		m.Kind = pick(d, []refresh.Kind{refresh.KindMailUser, refresh.KindRemote})
	}
	return w.put(m)
}

func (w *world) put(m refresh.Mailbox) refresh.ID {
	m = w.system.Put(m)
	w.ids = append(w.ids, m.ID)
	w.now[m.ID] = object{mailbox: m}
	return m.ID
}

// among returns up to n objects that have the status, nil when there are fewer than need.
func (w *world) among(d dice, need, n int, states ...status) []refresh.ID {
	var have []refresh.ID
	for _, id := range w.ids {
		if slices.Contains(states, w.now[id].status) {
			have = append(have, id)
		}
	}
	if len(have) < need {
		return nil
	}
	d.Shuffle(len(have), func(i, j int) { have[i], have[j] = have[j], have[i] })
	return have[:min(n, len(have))]
}

// set records a mailbox and shows it.
func (w *world) set(m refresh.Mailbox) {
	w.now[m.ID] = object{mailbox: m}
	w.system.Update(m.ID, func(x *refresh.Mailbox) { *x = m })
}

// view is what a replica shows.
func (w *world) view(replica string) snapshot {
	if v, ok := w.lagging[replica]; ok {
		return v
	}
	return w.now
}

// views returns what the named replica shows; without a name what each of them does.
func (w *world) views(replica string) []snapshot {
	if replica != "" {
		return []snapshot{w.view(replica)}
	}
	return []snapshot{w.view("dc1"), w.view("dc2")}
}

func (w *world) lag(replica string) {
	if _, ok := w.lagging[replica]; !ok {
		w.lagging[replica] = maps.Clone(w.now)
		w.system.Lag(replica)
	}
}

func (w *world) sync(replica string) {
	delete(w.lagging, replica)
	w.system.Sync(replica)
}

// agrees compares the record with the system.
func (w *world) agrees() error {
	for _, id := range w.ids {
		o := w.now[id]
		m, ok := w.system.Get(id)
		switch {
		case ok != (o.status == there):
			return fmt.Errorf("%s %s: the record says %s, the system %t", w.side, id, statusWords[o.status], ok)
		case ok && !m.Equal(o.mailbox):
			return fmt.Errorf("%s %s: the record says %+v, the system %+v", w.side, id, o.mailbox, m)
		}
	}
	return nil
}

// absent reports whether a replica's view bears out a proven absence for the reason.
func (v snapshot) absent(id refresh.ID, reason refresh.Reason, hideDeleted bool) bool {
	o, known := v[id]
	switch reason {
	case refresh.ReasonGone:
		return !known || o.status == tombstoned || o.status == erased || o.status == softDeleted && hideDeleted
	case refresh.ReasonSoftDeleted:
		return known && o.status == softDeleted && !hideDeleted
	case refresh.ReasonNoMailbox:
		return known && o.status == there && o.mailbox.Instance == ""
	case refresh.ReasonMoved:
		return known && o.status == there && o.mailbox.Kind.Elsewhere()
	}
	return false
}

var longAgo = time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)
