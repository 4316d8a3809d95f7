package proptest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// clash is a conflict as the model sees it. Members that need not be listed are in brackets.
type clash struct {
	name    string // kind, side, address or ID, and part: what makes it the same conflict before and after
	state   refresh.ConflictState
	members []string // sorted; "key*" where the address is the row's primary one
	may     []string // rows that may be listed beside them
}

// clashes recomputes the conflicts of one side of a job: rule 4 of the design, by comparing everything with
// everything.
func clashes(job refresh.Job, s refresh.Side) map[string]clash {
	out := map[string]clash{}
	note := func(name string, may bool, members ...string) {
		c := out[name]
		c.name = name
		for _, m := range members {
			switch {
			case may && !slices.Contains(c.may, m):
				c.may = append(c.may, m)
			case !may && !slices.Contains(c.members, m):
				c.members = append(c.members, m)
			}
		}
		out[name] = c
	}
	var held [][]string // the folded addresses of each row
	for _, m := range job.Matches {
		var folded []string
		for _, a := range m.Mailbox(s).Addresses() {
			folded = append(folded, a.Fold())
		}
		held = append(held, folded)
	}
	for i, a := range job.Matches {
		for k := i + 1; k < len(job.Matches); k++ {
			b := job.Matches[k]
			x, y := a.Mailbox(s), b.Mailbox(s)
			for _, fold := range held[i] {
				if !slices.Contains(held[k], fold) {
					continue
				}
				if identity(x) != identity(y) && (x.ID != "" && y.ID != "" || a.Part == b.Part) {
					if s == refresh.Target && (a.Merge || b.Merge) && (x.ID == "" || y.ID == "") {
						continue // an address alone may name the very mailbox that the rows share on purpose
					}
					note(fmt.Sprintf("shared-address %s %s", s, fold), false, member(a, s, fold), member(b, s, fold))
				}
			}
		}
	}
	if s == refresh.Target {
		for name, rows := range byTarget(job) {
			var plain, merged []string
			for _, m := range rows {
				if m.Merge {
					merged = append(merged, m.Key)
				} else {
					plain = append(plain, m.Key)
				}
			}
			if len(plain) > 1 {
				note(name, false, plain...) // those that declare a merge may be listed beside them
				note(name, true, merged...)
			}
		}
	}
	for name, c := range out {
		slices.Sort(c.members)
		out[name] = c
	}
	return out
}

// byTarget groups the rows by target and part.
func byTarget(job refresh.Job) map[string][]refresh.Match {
	out := map[string][]refresh.Match{}
	for _, m := range job.Matches {
		if id := identity(m.Target); id != "" {
			name := fmt.Sprintf("shared-target target %s part %q", id, m.Part)
			out[name] = append(out[name], m)
		}
	}
	return out
}

// identity tells mailboxes apart: by ID, or by folded address where there is none.
func identity(m refresh.Mailbox) string {
	switch {
	case m.ID != "":
		return "id:" + string(m.ID)
	case m.Primary != "":
		return "address:" + m.Primary.Fold()
	}
	return ""
}

func member(m refresh.Match, s refresh.Side, fold string) string {
	if m.Mailbox(s).Primary.Fold() == fold {
		return m.Key + "*"
	}
	return m.Key
}

// expectClashes compares one side's conflicts before and after Apply.
func expectClashes(before, after refresh.Job, s refresh.Side) map[string]clash {
	was, is := clashes(before, s), clashes(after, s)
	out := map[string]clash{}
	for name, c := range is {
		c.state = refresh.ConflictNew
		if _, ok := was[name]; ok {
			c.state = refresh.ConflictExisting
		}
		out[name] = c
	}
	for name, c := range was {
		if _, ok := is[name]; !ok {
			c.state = refresh.ConflictResolved
			out[name] = c
		}
	}
	return out
}

// checkConflicts compares what was reported with what is expected. On a side that was not asked a conflict may be left out.
func checkConflicts(got []refresh.Conflict, want map[string]clash, asked map[refresh.Side]bool, parts map[string]string) error {
	seen := map[string]bool{}
	for _, g := range got {
		name := conflictName(g, parts)
		w, ok := want[name]
		switch {
		case !ok:
			return fmt.Errorf("reported but not there: %s (%s)", name, g.State)
		case seen[name]:
			return fmt.Errorf("reported twice: %s", name)
		case g.State != w.state:
			return fmt.Errorf("%s: state %s, want %s", name, g.State, w.state)
		}
		seen[name] = true
		var members []string
		for _, m := range g.Members {
			text := m.Key
			if m.Primary && g.Kind == refresh.SharedAddress {
				text += "*"
			}
			if !slices.Contains(w.may, text) || slices.Contains(w.members, text) {
				members = append(members, text)
			}
		}
		if g.State == refresh.ConflictResolved { // primary of whom, before or after, is not said
			members, w.members = unstarred(members), unstarred(w.members)
		}
		slices.Sort(members)
		if !slices.Equal(members, w.members) {
			return fmt.Errorf("%s (%s): members %s, want %s", name, g.State, members, w.members)
		}
	}
	for name, w := range want {
		side := refresh.Source
		if strings.Contains(name, " target ") {
			side = refresh.Target
		}
		if !seen[name] && asked[side] && len(w.members) > 0 {
			return fmt.Errorf("not reported: %s (%s), members %s", name, w.state, w.members)
		}
	}
	return nil
}

// conflictName names a reported conflict like the model's. The part of a shared target is that of its first member.
func conflictName(c refresh.Conflict, parts map[string]string) string {
	if c.Kind == refresh.SharedAddress {
		return fmt.Sprintf("shared-address %s %s", c.Side, c.Address)
	}
	id := "id:" + string(c.ID)
	if c.ID == "" {
		id = "address:" + string(c.Address)
	}
	part := ""
	if len(c.Members) > 0 {
		part = parts[c.Members[0].Key]
	}
	return fmt.Sprintf("shared-target target %s part %q", id, part)
}

func unstarred(members []string) []string {
	var out []string
	for _, m := range members {
		out = append(out, strings.TrimSuffix(m, "*"))
	}
	return out
}

func partsOf(job refresh.Job) map[string]string {
	out := map[string]string{}
	for _, m := range job.Matches {
		out[m.Key] = m.Part
	}
	return out
}
