package match

import "github.com/readdress-go/readdress/refresh"

// folds is a set of folded addresses. A nil one takes nothing in.
type folds map[string]bool

func (f folds) has(fold string) bool { return f[fold] }

func (f folds) add(a refresh.Address) {
	if f != nil && a != "" {
		f[a.Fold()] = true
	}
}

func (f folds) addMailbox(m *refresh.Mailbox) {
	if f == nil {
		return
	}
	f.add(m.Primary)
	for _, a := range m.Aliases {
		f.add(a)
	}
	if refresh.Address(m.Login).Check() == nil {
		f.add(refresh.Address(m.Login)) // who signs in by an address will hardly let it to somebody else
	}
}

// goal is where a row goes: two rows with one goal are a conflict, as [refresh.SharedTarget] says.
type goal struct {
	id         refresh.ID
	fold, part string // fold is the address where there is no ID
}

// goals says which row claimed a goal first.
type goals map[goal]int

// claim notes the goal of row i. Rows that declare a merge share theirs.
func (g goals) claim(m *refresh.Match, i int) (other int, clash bool) {
	if m.TargetOrigin == refresh.None || m.Merge {
		return 0, false
	}
	k := goal{id: m.Target.ID, part: m.Part}
	if k.id == "" {
		k.fold = m.Target.Primary.Fold()
	}
	if first, taken := g[k]; taken {
		return first, true
	}
	g[k] = i
	return 0, false
}

// claim is what a row makes of a mailbox: no two rows may, unless they are different parts of it, or merged into it.
type claim struct {
	id   refresh.ID
	part string
}

// holding lists the rows that hold, or want, a mailbox of one side.
type holding map[claim][]int

// of is what row i claims with a mailbox of a side. A merge is of sources into one target, so that it excuses no second row of a source.
func claimOf(m *refresh.Match, s refresh.Side, id refresh.ID) (claim, bool) {
	if id == "" || s == refresh.Target && m.Merge {
		return claim{}, false
	}
	return claim{id, m.Part}, true
}

// holdingOf lists what the rows of a job hold on a side, of those that keep says yes to.
func holdingOf(rows []refresh.Match, s refresh.Side, keep func(i int) bool) holding {
	h := make(holding)
	for i := range rows {
		if k, ok := claimOf(&rows[i], s, rows[i].Mailbox(s).ID); ok && (keep == nil || keep(i)) {
			h[k] = append(h[k], i)
		}
	}
	return h
}
