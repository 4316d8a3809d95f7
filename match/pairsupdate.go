package match

import "github.com/readdress-go/readdress/refresh"

// update writes the cells of a line into a row. The column is the one at fault where there is a problem.
func update(m *refresh.Match, cells map[string]string) (column, problem string, changed bool) {
	if part, ok := cells[colPart]; ok && part != m.Part {
		m.Part, changed = part, true
	}
	if merge, ok := cells[colMerge]; ok {
		yes, ok := isYes(merge)
		if !ok {
			return colMerge, "is neither yes nor no", false
		}
		if yes != m.Merge {
			m.Merge, changed = yes, true
		}
	}
	for _, x := range []pairSide{
		{m: m, cells: cells, address: colSource, id: colSourceID, use: colSourceUse, side: refresh.Source},
		{m: m, cells: cells, address: colTarget, id: colTargetID, use: colTargetUse, planned: colPlanned, side: refresh.Target},
	} {
		column, problem, did := x.update()
		if problem != "" {
			return column, problem, false
		}
		changed = changed || did
	}
	return "", "", changed
}

// pairSide is one side of a line and its columns.
type pairSide struct {
	m                         *refresh.Match
	cells                     map[string]string
	address, id, use, planned string
	side                      refresh.Side
}

// value returns the cell of a column, and whether it says something else than the row.
func (x *pairSide) value(column string) (text string, there, changed bool) {
	text, there = x.cells[column]
	return text, there, there && text != pairValue(x.m, column)
}

func (x *pairSide) update() (column, problem string, changed bool) {
	address, _, newAddress := x.value(x.address)
	id, idThere, newID := x.value(x.id)
	was := heldBy(x.m, x.side)
	isPlanned := was.Origin == refresh.Planned
	if text, there := x.cells[x.planned]; there && x.planned != "" {
		yes, ok := isYes(text)
		if !ok {
			return x.planned, "is neither yes nor no", false
		}
		isPlanned = yes
	}
	newPlan := isPlanned != (was.Origin == refresh.Planned)
	use, useThere, newUse := x.value(x.use)
	if !newAddress && !newID && !newPlan {
		if newUse {
			x.set(was.Mailbox, was.Origin, refresh.Address(use), false)
		}
		return "", "", newUse
	}
	now := refresh.Mailbox{ID: refresh.ID(id), Primary: refresh.Address(address)}
	switch {
	case newAddress && address == "" && !newID, newID && id == "" && address == "":
		return x.unmatch(newPlan && isPlanned, newUse && use != "")
	case newPlan && !newAddress && !newID: // the cells that are there say what the row holds
		now = was.Mailbox
	case newAddress && !newID && idThere && id != "":
		if was.Origin != refresh.Planned || !isPlanned {
			return x.id, "is still that of the former mailbox while the address is another: blank it, or give the new one", false
		}
		now = was.Mailbox // another address is planned for the account
		now.Primary = refresh.Address(address)
	}
	origin := knownBy(now.ID)
	if isPlanned {
		origin = refresh.Planned
	}
	keeps := was.Mailbox.Primary != "" && was.Mailbox.Primary.Same(now.Primary) || was.Mailbox.ID != "" && was.Mailbox.ID == now.ID
	switch {
	case newUse:
	case keeps || refresh.Address(use) != "" && refresh.Address(use).Same(now.Primary):
		use = string(was.Use)
	case useThere && use != "":
		return x.use, "is still the former mailbox's while that is replaced: blank it, or give the new one's", false
	default:
		use = ""
	}
	x.set(now, origin, refresh.Address(use), true)
	return "", "", true
}

// unmatch takes the target away.
func (x *pairSide) unmatch(plans, uses bool) (column, problem string, changed bool) {
	switch {
	case x.side == refresh.Source:
		return x.address, "is blank; every row needs a source", false
	case plans:
		return x.planned, "is yes, and there is no address to plan", false
	case uses:
		return x.use, "is given, and there is no target", false
	}
	x.set(refresh.Mailbox{}, refresh.None, "", true)
	return "", "", true
}

// set stores a side. Of another mailbox nothing is known: what was marked, vouched for and replaced was the former one's.
func (x *pairSide) set(mb refresh.Mailbox, o refresh.Origin, use refresh.Address, another bool) {
	m := x.m
	if x.side == refresh.Source {
		m.Source, m.SourceOrigin, m.SourceUse = mb, o, use
		if another {
			m.SourceMark, m.SourceStamp, m.SourcePrevious = nil, 0, nil
		}
		return
	}
	m.Target, m.TargetOrigin, m.TargetUse = mb, o, use
	if another {
		m.TargetMark, m.TargetStamp, m.TargetPrevious = nil, 0, nil
	}
}
