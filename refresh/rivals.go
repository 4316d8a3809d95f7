package refresh

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// Conflicts lists the addresses and targets that several mailboxes or rows of the job hold, all as existing. A job
// with conflicts is valid.
func (j Job) Conflicts() []Conflict { return conflictsOf(j.Matches, nil) }

// conflictsOf lists the conflicts of the job before and after rows are applied. Rows that were not looked up take
// part with what the job holds.
func conflictsOf(matches []Match, rows []Row) []Conflict {
	c := newConflictFinder(matches)
	for i := range matches {
		c.note(i)
	}
	if len(rows) > 0 {
		c.rowOf = rowIndex(matches, rows)
		for i := range matches {
			for _, s := range []Side{Source, Target} {
				if row := c.rowOf(i, s); row != nil {
					c.noteAfter(i, row)
				}
			}
		}
	}
	return c.find()
}

// find lists the conflicts, once every match and row is noted.
func (c *conflictFinder) find() []Conflict {
	var out []Conflict
	for _, side := range []Side{Source, Target} {
		out = append(out, c.addresses(side)...)
	}
	out = append(out, c.targets()...)
	slices.SortFunc(out, orderConflicts)
	return out
}

func orderConflicts(a, b Conflict) int {
	return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Address, b.Address), cmp.Compare(a.ID, b.ID),
		slices.CompareFunc(a.Members, b.Members, func(a, b Member) int { return cmp.Compare(a.Key, b.Key) }))
}

// conflictFinder finds what several rows hold. A first pass over hashes, in note and noteAfter, tells which few rows share anything;
// only those are looked at closely.
type conflictFinder struct {
	matches []Match
	rowOf   func(match int, s Side) *Row // nil for a row that was not looked up
	seed    maphash.Seed
	held    [2]repeats // the addresses of each side, before and after
	goals   repeats    // the targets
}

func newConflictFinder(matches []Match) *conflictFinder {
	c := conflictFinder{matches: matches, rowOf: func(int, Side) *Row { return nil }, seed: maphash.MakeSeed()}
	return c.another(1)
}

// another returns one that notes one of so many parts of the matches.
func (c *conflictFinder) another(parts int) *conflictFinder {
	one := *c
	n := newRepeats(len(c.matches), parts)
	one.held, one.goals = [2]repeats{n, n}, n
	return &one
}

// join takes over what another one noted.
func (c *conflictFinder) join(o *conflictFinder) {
	for s := range c.held {
		c.held[s].join(&o.held[s])
	}
	c.goals.join(&o.goals)
}

func (c *conflictFinder) hash(text string) uint64 { return maphash.String(c.seed, text) }

// note takes in what a match holds.
func (c *conflictFinder) note(i int) {
	m := &c.matches[i]
	if m.SourceOrigin != None {
		c.noteAddresses(Source, i, &m.Source)
	}
	if m.TargetOrigin != None {
		c.noteAddresses(Target, i, &m.Target)
	}
	if m.TargetOrigin != None && !m.Merge {
		c.noteGoal(i, m)
	}
}

func (c *conflictFinder) noteGoal(i int, m *Match) {
	to := string(m.Target.ID) // see goalOf
	if to == "" {
		to = m.Target.Primary.Fold()
	}
	if to == "" {
		return
	}
	h := c.hash(to)
	if m.Part != "" {
		h += 5 * c.hash(m.Part)
	}
	c.goals.add(h, i)
}

// noteAfter takes in what Apply writes.
func (c *conflictFinder) noteAfter(i int, row *Row) {
	if row.After == nil || row.Origin == None {
		return
	}
	noted := c.matches[i].side(row.Side).mailbox // not row.Before, which may be of another state of the job
	if row.After.Primary != "" && row.After.Primary != noted.Primary {
		c.noteAddress(row.Side, i, row.After.Primary)
	}
	for _, a := range row.After.Aliases {
		if !slices.Contains(noted.Aliases, a) {
			c.noteAddress(row.Side, i, a)
		}
	}
}

func (c *conflictFinder) noteAddresses(s Side, i int, m *Mailbox) {
	if m.Primary != "" {
		c.noteAddress(s, i, m.Primary)
	}
	for _, a := range m.Aliases {
		c.noteAddress(s, i, a)
	}
}

func (c *conflictFinder) noteAddress(s Side, i int, a Address) {
	c.held[s.index()].add(c.hash(a.Fold()), i)
}

// rowIndex finds the row of a match. Rows are in the order of the matches, so one forward pass finds them all.
func rowIndex(matches []Match, rows []Row) func(int, Side) *Row {
	at := make([]int32, 0, len(matches)) // index of each match's first row, -1 for none
	n := 0
	for i := range matches {
		at = append(at, -1)
		if n < len(rows) && rows[n].Key == matches[i].Key {
			at[i] = int32(n)
			for n < len(rows) && rows[n].Key == matches[i].Key {
				n++
			}
		}
	}
	return func(match int, s Side) *Row {
		if n := at[match]; n >= 0 {
			for k := int(n); k < len(rows) && k <= int(n)+1 && rows[k].Key == matches[match].Key; k++ {
				if rows[k].Side == s {
					return &rows[k]
				}
			}
		}
		return nil
	}
}

// claim is one row's hold on an address.
type claim struct {
	fold          string
	match         int
	key           string
	row           *Row
	who           holder
	before, after bool
	// the address is, or was, the primary one
	primary, wasPrimary bool
}

// holder is the mailbox behind a claim: its ID, or the folded address where there is no ID.
type holder struct {
	id    ID
	fold  string
	part  string
	merge bool
}

// rivals reports whether two holders of one address are different mailboxes. Without an ID, another part of the
// same person or a declared merge may well be the same mailbox.
func (h holder) rivals(o holder) bool {
	if h.id != "" && o.id != "" {
		return h.id != o.id
	}
	return (h.id != o.id || h.fold != o.fold) && h.part == o.part && !h.merge && !o.merge
}

// holderOf identifies the mailbox behind a row. A refresh never changes it.
func holderOf(now Mailbox, part string, merge bool) holder {
	h := holder{id: now.ID, part: part, merge: merge}
	if h.id == "" {
		h.fold = now.Primary.Fold()
	}
	return h
}

// claims calls f for each address that a side of a match holds before or after the refresh.
func (c *conflictFinder) claims(match int, s Side, f func(claim)) {
	m := &c.matches[match]
	if m.Origin(s) == None {
		return
	}
	before := m.side(s).mailbox
	x := claim{match: match, key: m.Key, row: c.rowOf(match, s), who: holderOf(*before, m.Part, m.Merge && s == Target)}
	var after *Mailbox
	if x.row != nil {
		after = x.row.After
	}
	x.held(before, after, f)
}

// held calls f with x for each address of before and after; a nil after is the same as before.
func (x claim) held(before, after *Mailbox, f func(claim)) {
	x.after = true
	if after == nil {
		x.before = true
		eachAddress(before, func(fold string, primary bool) { x.fold, x.primary, x.wasPrimary = fold, primary, primary; f(x) })
		return
	}
	eachAddress(after, func(fold string, primary bool) {
		x.fold, x.primary, x.before = fold, primary, before.Holds(Address(fold))
		x.wasPrimary = x.before && before.Primary.Fold() == fold
		f(x)
	})
	x.before, x.after, x.primary = true, false, false
	eachAddress(before, func(fold string, primary bool) {
		if !after.Holds(Address(fold)) {
			x.fold, x.wasPrimary = fold, primary
			f(x)
		}
	})
}

// eachAddress calls f for each distinct folded address.
func eachAddress(m *Mailbox, f func(fold string, primary bool)) {
	primary := m.Primary.Fold()
	if primary != "" {
		f(primary, true)
	}
	for i, a := range m.Aliases {
		fold := a.Fold()
		if fold != primary && (i == 0 || !slices.ContainsFunc(m.Aliases[:i], func(x Address) bool { return x.Fold() == fold })) {
			f(fold, false)
		}
	}
}

// addresses finds the addresses that rivals hold.
func (c *conflictFinder) addresses(s Side) []Conflict {
	groups := make(map[string][]claim)
	for _, i := range c.held[s.index()].rows() {
		c.claims(i, s, func(x claim) { groups[x.fold] = append(groups[x.fold], x) })
	}
	var out []Conflict
	for fold, claims := range groups {
		if con, ok := conflictAmong(claims); ok {
			con.Kind, con.Side, con.Address = SharedAddress, s, Address(fold)
			out = append(out, con)
		}
	}
	return out
}

// rivalsAmong returns the claims that hold at one time and have a rival then.
func rivalsAmong(claims []claim, holds func(claim) bool) []claim {
	var now []claim
	same := true
	for _, x := range claims {
		if holds(x) {
			now = append(now, x)
			same = same && x.who.id != "" && x.who.id == now[0].who.id
		}
	}
	if same {
		return nil // many rows of one mailbox
	}
	var out []claim
	for _, x := range now {
		if slices.ContainsFunc(now, func(y claim) bool { return x.match != y.match && x.who.rivals(y.who) }) {
			out = append(out, x)
		}
	}
	return out
}

// conflictAmong compares the rivals for one address before and after the refresh.
func conflictAmong(claims []claim) (Conflict, bool) {
	before := rivalsAmong(claims, func(x claim) bool { return x.before })
	after := rivalsAmong(claims, func(x claim) bool { return x.after })
	con := Conflict{State: ConflictExisting}
	members := after
	switch {
	case len(after) == 0 && len(before) == 0:
		return con, false
	case len(after) == 0:
		con.State, members = ConflictResolved, before
	case len(before) == 0:
		con.State = ConflictNew
	}
	for _, x := range members {
		m := x.member()
		if con.State == ConflictResolved {
			m.Primary = x.wasPrimary
		}
		con.Members = append(con.Members, m)
	}
	return con, true
}

func (x claim) member() Member {
	m := Member{Key: x.key, ID: x.who.id, Holder: Address(x.who.fold), Part: x.who.part, Merge: x.who.merge, Primary: x.primary}
	if x.row != nil {
		m.Outcome = x.row.Outcome
	}
	return m
}
