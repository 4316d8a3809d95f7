package proptest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// makeJob makes a random job over the two directories. A row that skip holds is left out; the other rows stay as they
// would be with it.
func makeJob(seed uint64, worlds [3]*world, skip map[int]bool, current bool) refresh.Job {
	d := newDice(seed, hash("job"))
	j := refresh.Job{
		ID: fmt.Sprintf("job-%d", seed), Name: "Property test",
		Source: refresh.Endpoint{System: "Memory source", Pin: worlds[refresh.Source].pin, Account: "admin@old.example"},
		Target: refresh.Endpoint{System: "Memory target", Pin: worlds[refresh.Target].pin, Account: pick(d, []string{
			"", "admin@third.example", "admin@tenant.onmicrosoft.com", `CORP\admin`, "cn=admin,dc=old,dc=example",
		})},
	}
	if d.chance(20) {
		j.Source.Pin = ""
	}
	if d.chance(20) {
		j.Target.Pin = ""
	}
	rows := d.between(3, 12)
	for i := range rows {
		m := makeMatch(newDice(seed, hash("row")+uint64(i)), worlds, i, current)
		if !skip[i] {
			j.Matches = append(j.Matches, m)
		}
	}
	return j
}

func makeMatch(d dice, worlds [3]*world, i int, current bool) refresh.Match {
	m := refresh.Match{Key: fmt.Sprintf("r%d", i)}
	m.Source, m.SourceMark, m.SourcePrevious = boundTo(d, worlds[refresh.Source], i, current)
	m.SourceOrigin = refresh.Bound
	if d.chance(10) {
		m.Source, m.SourceOrigin, m.SourceMark, m.SourcePrevious = manual(d, worlds[refresh.Source]), refresh.Manual, nil, nil
	}
	switch d.weighted(60, 10, 8, 12, 10) {
	case 0:
		m.Target, m.TargetMark, m.TargetPrevious = boundTo(d, worlds[refresh.Target], i, current)
		m.TargetOrigin = refresh.Bound
	case 1:
		m.Target, m.TargetOrigin = manual(d, worlds[refresh.Target]), refresh.Manual
	case 2:
		m.Target, m.TargetOrigin = manual(d, worlds[refresh.Target]), refresh.Planned
	case 3:
		m.Target, _, _ = boundTo(d, worlds[refresh.Target], i, current)
		m.Target.Instance, m.TargetOrigin = "", refresh.Planned
		if d.chance(30) {
			m.Target = refresh.Mailbox{ID: m.Target.ID, Primary: worlds[refresh.Target].fresh(d)}
		}
	}
	if d.chance(12) {
		m.Part = "archive"
	}
	m.Merge = d.chance(12)
	m.SourceUse = use(d, m.Source)
	m.TargetUse = use(d, m.Target)
	if d.chance(40) {
		m.Ext = json.RawMessage(fmt.Sprintf(`{"batch":%d,"note":"a<b"}`, d.IntN(9)))
	}
	return m
}

// boundTo returns what a job may hold of an object: mostly one of its own per row, sometimes one that others hold too.
func boundTo(d dice, w *world, i int, current bool) (refresh.Mailbox, *refresh.Mark, *refresh.Previous) {
	id := w.ids[i%len(w.ids)]
	if d.chance(15) {
		id = w.ids[d.IntN(len(w.ids))]
	}
	m := w.box(id)
	if current {
		return m, nil, nil
	}
	if d.chance(4) {
		m.ID = "00000000-dead-4000-8000-000000000000"
	}
	if d.chance(30) {
		m.Instance = ""
	} else if d.chance(4) {
		m.Instance = "another-instance"
	}
	if d.chance(12) {
		m.Login, m.DisplayName, m.Anchor, m.Kind = "", "", "", refresh.KindUnknown
	}
	if d.chance(15) {
		m.Primary = w.fresh(d)
	}
	if d.chance(12) {
		m.Primary = respell(d, m.Primary)
	}
	if d.chance(15) {
		m.Aliases = shuffled(d, m.Aliases)
	}
	if d.chance(8) {
		m.Aliases = append(m.Aliases, w.fresh(d))
	}
	var mark *refresh.Mark
	if d.chance(8) {
		mark = &refresh.Mark{
			Reason:    pick(d, []refresh.Reason{refresh.ReasonGone, refresh.ReasonSoftDeleted, refresh.ReasonNoMailbox, refresh.ReasonMoved}),
			FirstSeen: longAgo, LastSeen: longAgo.Add(time.Hour),
		}
	}
	var previous *refresh.Previous
	if d.chance(10) {
		before := m
		before.Primary, before.Aliases = w.fresh(d), slices.Clone(m.Aliases)
		previous = &refresh.Previous{Mailbox: before, Replica: pick(d, []string{"", "dc1", "dc2"})}
	}
	return m, mark, previous
}

// manual is an address that somebody typed: one that is held, in some spelling, or any other.
func manual(d dice, w *world) refresh.Mailbox {
	if d.chance(40) {
		return refresh.Mailbox{Primary: w.fresh(d)}
	}
	a := w.now[w.ids[d.IntN(len(w.ids))]].mailbox.Primary
	if a == "" {
		a = w.fresh(d)
	}
	if d.chance(30) {
		a = respell(d, a)
	}
	return refresh.Mailbox{Primary: a}
}

func use(d dice, m refresh.Mailbox) refresh.Address {
	if m.Primary == "" {
		return ""
	}
	switch d.weighted(75, 10, 10, 5) {
	case 1:
		return refresh.Address(m.Login)
	case 2:
		return pick(d, m.Addresses())
	case 3:
		return "someone@tenant.onmicrosoft.com"
	}
	return ""
}

// clone copies a job so that it shares nothing with the original.
func clone(j refresh.Job) refresh.Job {
	j.History = slices.Clone(j.History)
	j.Matches = slices.Clone(j.Matches)
	for i := range j.Matches {
		m := &j.Matches[i]
		m.Source.Aliases, m.Target.Aliases = slices.Clone(m.Source.Aliases), slices.Clone(m.Target.Aliases)
		m.SourceMark, m.TargetMark = clonePtr(m.SourceMark), clonePtr(m.TargetMark)
		m.SourcePrevious, m.TargetPrevious = clonePrevious(m.SourcePrevious), clonePrevious(m.TargetPrevious)
		m.Ext = slices.Clone(m.Ext)
	}
	return j
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func clonePrevious(p *refresh.Previous) *refresh.Previous {
	p = clonePtr(p)
	if p != nil {
		p.Mailbox.Aliases = slices.Clone(p.Mailbox.Aliases)
	}
	return p
}

// part gives access to the fields of one side of a row.
type part struct {
	box      *refresh.Mailbox
	origin   *refresh.Origin
	mark     **refresh.Mark
	previous **refresh.Previous
}

func partOf(m *refresh.Match, s refresh.Side) part {
	if s == refresh.Target {
		return part{&m.Target, &m.TargetOrigin, &m.TargetMark, &m.TargetPrevious}
	}
	return part{&m.Source, &m.SourceOrigin, &m.SourceMark, &m.SourcePrevious}
}
