package refresh

// targets finds the rows that go to one target: the same mailbox and part, and at least two rows that do not declare a
// merge. A refresh changes neither identity nor pairing, so these conflicts exist before as after.
func (c *conflictFinder) targets() []Conflict {
	shared := make(map[goal][]int)
	for _, i := range c.goals.rows() {
		k, _ := goalOf(&c.matches[i])
		shared[k] = append(shared[k], i)
	}
	var out []Conflict
	for k, rows := range shared {
		if len(rows) < 2 {
			continue
		}
		con := Conflict{Kind: SharedTarget, State: ConflictExisting, Side: Target, ID: k.id, Address: Address(k.fold)}
		for _, i := range rows {
			m := Member{Key: c.matches[i].Key, ID: k.id, Holder: Address(k.fold), Part: k.part}
			if row := c.rowOf(i, Target); row != nil {
				m.Outcome = row.Outcome
			}
			con.Members = append(con.Members, m)
		}
		out = append(out, con)
	}
	return out
}

// goal is where a row goes.
type goal struct {
	id         ID
	fold, part string // fold is the address where there is no ID
}

func goalOf(m *Match) (goal, bool) {
	if m.TargetOrigin == None || m.Merge {
		return goal{}, false
	}
	k := goal{id: m.Target.ID, part: m.Part}
	if k.id == "" {
		k.fold = m.Target.Primary.Fold()
	}
	return k, k.id != "" || k.fold != ""
}
