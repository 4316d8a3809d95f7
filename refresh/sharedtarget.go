package refresh

// targets finds the rows that go to one target: the same mailbox and part, and at least two rows that do not declare a
// merge. A refresh changes neither identity nor pairing, so these conflicts exist before as after.
func (c *conflictFinder) targets() []Conflict {
	type target struct {
		id         ID
		fold, part string
	}
	key := func(i int) (target, bool) {
		m := &c.matches[i]
		if m.TargetOrigin == None || m.Merge {
			return target{}, false
		}
		h := holderOf(m.Target, m.Part, false)
		return target{h.id, h.fold, h.part}, h.id != "" || h.fold != ""
	}
	first := make(map[target]int32, len(c.matches))
	var shared map[target][]int
	for i := range c.matches {
		k, ok := key(i)
		if !ok {
			continue
		}
		j, seen := first[k]
		if !seen {
			first[k] = int32(i)
			continue
		}
		if shared == nil {
			shared = make(map[target][]int)
		}
		if shared[k] == nil {
			shared[k] = []int{int(j)}
		}
		shared[k] = append(shared[k], i)
	}
	var out []Conflict
	for k, rows := range shared {
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
