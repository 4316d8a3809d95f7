package proptest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// event is something that happens in a directory. It returns what happened, "" when it could not.
type event struct {
	name   string
	weight int
	do     func(d dice, w *world) string
}

func allEvents() []event {
	return []event{
		{"rename", 10, rename},
		{"respell", 5, respellSome},
		{"relogin", 5, relogin},
		{"details", 5, details},
		{"aliases", 6, aliases},
		{"rotate", 12, rotate},
		{"switch domain", 5, switchDomain},
		{"delete", 6, softDelete},
		{"undelete", 5, undelete},
		{"purge", 4, purge},
		{"recreate", 5, recreate},
		{"disable", 5, disable},
		{"replace", 5, replace},
		{"move", 5, move},
		{"lag", 5, func(d dice, w *world) string { r := pick(d, replicas); w.lag(r); return "lag " + r }},
		{"sync", 6, func(d dice, w *world) string { r := pick(d, replicas); w.sync(r); return "sync " + r }},
		{"collide", 2, collide},
		{"create", 2, func(d dice, w *world) string { return "create " + string(w.create(d)) }},
	}
}

func (w *world) box(id refresh.ID) refresh.Mailbox {
	m := w.now[id].mailbox
	m.Aliases = slices.Clone(m.Aliases)
	return m
}

// one returns some object that has the status, "" when there is none.
func (w *world) one(d dice, states ...status) refresh.ID {
	if ids := w.among(d, 1, 1, states...); ids != nil {
		return ids[0]
	}
	return ""
}

func rename(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	m, to, old := w.box(id), w.fresh(d), memconn.DropOld
	if d.chance(50) {
		old = memconn.KeepOld
		m.Aliases = append(m.Aliases, m.Primary)
	}
	if m.Primary == "" {
		return ""
	}
	m.Primary = to
	w.now[id] = object{mailbox: m}
	w.system.Rename(id, to, old)
	return fmt.Sprintf("rename %s to %s (old %d)", id, to, old)
}

func respellSome(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	m := w.box(id)
	m.Primary = respell(d, m.Primary)
	if d.chance(50) {
		m.Login = string(respell(d, refresh.Address(m.Login)))
	}
	for i := range m.Aliases {
		m.Aliases[i] = respell(d, m.Aliases[i])
	}
	w.set(m)
	return fmt.Sprintf("respell %s: %s %s %s", id, m.Primary, m.Login, m.Aliases)
}

func relogin(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	m := w.box(id)
	m.Login = ""
	if d.chance(80) {
		m.Login = string(w.fresh(d))
	}
	w.set(m)
	return fmt.Sprintf("relogin %s to %q", id, m.Login)
}

func details(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	m := w.box(id)
	switch d.IntN(3) {
	case 0:
		m.DisplayName = pick(d, []string{"", "New Name", "Other Name"})
	case 1:
		m.Anchor = pick(d, []refresh.ID{"", "anchor-x", "anchor-y"})
	default:
		if m.Kind.Elsewhere() {
			return ""
		}
		m.Kind = pick(d, kinds)
	}
	w.set(m)
	return fmt.Sprintf("details of %s: name %q kind %s anchor %s", id, m.DisplayName, m.Kind, m.Anchor)
}

func aliases(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	m := w.box(id)
	switch {
	case len(m.Aliases) > 0 && d.chance(25):
		i := d.IntN(len(m.Aliases))
		m.Aliases = slices.Delete(m.Aliases, i, i+1)
	case len(m.Aliases) > 0 && m.Primary != "" && d.chance(40):
		i := d.IntN(len(m.Aliases))
		m.Primary, m.Aliases[i] = m.Aliases[i], m.Primary
	case d.chance(40):
		m.Aliases = shuffled(d, m.Aliases)
	default:
		m.Aliases = append(m.Aliases, w.fresh(d))
	}
	w.set(m)
	return fmt.Sprintf("aliases of %s: %s, %s", id, m.Primary, m.Aliases)
}

// rotate passes addresses around two to five mailboxes: a swap or a cycle.
func rotate(d dice, w *world) string {
	n := 2 + d.weighted(6, 3, 2, 1)
	ids := w.among(d, 2, len(w.ids), there)
	if ids == nil {
		return ""
	}
	if d.chance(70) { // those that a job of few rows holds too
		slices.Sort(ids)
	}
	n = min(n, len(ids))
	from := d.IntN(min(len(ids), max(n, 8)) - n + 1)
	ids = ids[from : from+n]
	if len(ids) == 2 && d.chance(50) {
		a, b := w.box(ids[0]), w.box(ids[1])
		a.Primary, b.Primary = b.Primary, a.Primary
		a.Aliases, b.Aliases = b.Aliases, a.Aliases
		w.now[a.ID], w.now[b.ID] = object{mailbox: a}, object{mailbox: b}
		w.system.Swap(a.ID, b.ID)
		return fmt.Sprintf("swap %s", ids)
	}
	withAliases := d.chance(50)
	first := w.box(ids[0])
	for i, id := range ids {
		next, m := first, w.box(id)
		if i+1 < len(ids) {
			next = w.box(ids[i+1])
		}
		m.Primary = next.Primary
		if withAliases {
			m.Aliases = next.Aliases
		}
		w.set(m)
	}
	return fmt.Sprintf("rotate %s (aliases too: %t)", ids, withAliases)
}

func switchDomain(d dice, w *world) string {
	from, to := pick(d, domains), pick(d, domains)
	if from == to {
		return ""
	}
	old := pick(d, []memconn.Old{memconn.KeepOld, memconn.DropOld})
	w.system.SwitchDomain(from, to, old)
	// Colliding spellings may make the outcome hard to foretell: take it over as it is.
	for _, id := range w.ids {
		if m, ok := w.system.Get(id); ok {
			w.now[id] = object{mailbox: m}
		}
	}
	return fmt.Sprintf("switch %s to %s (old %d)", from, to, old)
}

func softDelete(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	w.now[id] = object{w.now[id].mailbox, softDeleted}
	w.system.Delete(id, longAgo, longAgo.Add(30*24*time.Hour))
	return fmt.Sprintf("delete %s", id)
}

func undelete(d dice, w *world) string {
	id := w.one(d, softDeleted)
	if id == "" {
		return ""
	}
	w.now[id] = object{w.now[id].mailbox, there}
	w.system.Undelete(id)
	return fmt.Sprintf("undelete %s", id)
}

func purge(d dice, w *world) string {
	id := w.one(d, there, softDeleted)
	if id == "" {
		return ""
	}
	if d.chance(50) {
		w.now[id] = object{w.now[id].mailbox, erased}
		w.system.Erase(id)
		return fmt.Sprintf("erase %s", id)
	}
	w.now[id] = object{w.now[id].mailbox, tombstoned}
	w.system.Purge(id)
	return fmt.Sprintf("purge %s", id)
}

func recreate(d dice, w *world) string {
	id := w.one(d, there, softDeleted, tombstoned, erased)
	if id == "" {
		return ""
	}
	if o := w.now[id]; o.status == there {
		w.now[id] = object{o.mailbox, tombstoned}
	}
	m := w.system.Recreate(id)
	w.ids = append(w.ids, m.ID)
	w.now[m.ID] = object{mailbox: m}
	return fmt.Sprintf("recreate %s as %s", id, m.ID)
}

func disable(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	m := w.box(id)
	if m.Kind.Elsewhere() {
		return ""
	}
	m.Instance = ""
	if d.chance(40) { // as Active Directory does
		m.Primary, m.Aliases = "", nil
		w.set(m)
		return fmt.Sprintf("disable %s, addresses removed", id)
	}
	w.now[id] = object{mailbox: m}
	w.system.DisableMailbox(id)
	return fmt.Sprintf("disable %s", id)
}

func replace(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	m := w.system.ReplaceMailbox(id)
	if m.Primary == "" {
		m.Primary = w.fresh(d)
		w.set(m)
	}
	w.now[id] = object{mailbox: m}
	return fmt.Sprintf("replace %s: instance %s", id, m.Instance)
}

func move(d dice, w *world) string {
	id := w.one(d, there)
	if id == "" {
		return ""
	}
	m := w.box(id)
	if m.Kind.Elsewhere() && !w.noInsts { // and back again
		if m.Primary == "" {
			return ""
		}
		m.Kind, m.Instance = refresh.KindUser, refresh.ID(fmt.Sprintf("back-%d", w.serial))
		w.serial++
		w.set(m)
		return fmt.Sprintf("move %s back", id)
	}
	m.Kind = pick(d, []refresh.Kind{refresh.KindMailUser, refresh.KindRemote})
	m.Instance = ""
	w.now[id] = object{mailbox: m}
	w.system.Move(id, m.Kind, refresh.Address("fwd@"+strings.ToLower(pick(d, domains))))
	return fmt.Sprintf("move %s (%s)", id, m.Kind)
}

// collide gives one mailbox an address of another, which a directory should not do and some do.
func collide(d dice, w *world) string {
	ids := w.among(d, 2, 2, there)
	if ids == nil {
		return ""
	}
	a, b := w.box(ids[0]), w.box(ids[1])
	if b.Primary == "" || a.Holds(b.Primary) {
		return ""
	}
	a.Aliases = append(a.Aliases, b.Primary)
	w.set(a)
	return fmt.Sprintf("collide: %s also holds the address of %s", a.ID, b.ID)
}
