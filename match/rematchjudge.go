package match

import (
	"fmt"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// propose says what row i could have. In doubt it is nothing.
func (w *rematch) propose(i int) {
	m := &w.job.Matches[i]
	p := Proposal{Key: m.Key, Need: w.needs[i], Source: heldBy(m, refresh.Source), Before: heldBy(m, refresh.Target)}
	p.weigh(w, m)
	n := w.sourceOf[i]
	switch {
	case m.SourceMark != nil, w.gone[m.Source.ID]:
		p.Reason = "the row's source is missing"
	case n == unclear:
		p.Reason = "several sources hold the address of the row's source: enrol it first"
	case w.back[i]:
		p.note(IsBack, m.Target.ID)
		p.Reason = "its target is in the list again: a refresh heals the row"
	default:
		p.Decision, p.SourceRead = w.pairing.decision(source, int32(n)), n < w.read
		p.decide(w, m)
	}
	if p.Need == NeedCreated && m.Target.ID == "" && p.Mailbox == nil && len(p.Evidence) == 0 {
		return // it is not created yet
	}
	w.out.Proposals = append(w.out.Proposals, p)
}

// weigh notes what listed objects have of the row's target.
func (p *Proposal) weigh(w *rematch, m *refresh.Match) {
	note := func(code EvidenceCode, targets []int) {
		for _, t := range targets {
			if id := w.targets[t].ID; id == "" || id != m.Target.ID {
				p.note(code, id)
			}
		}
	}
	switch p.Need {
	case NeedOther:
		note(CarriesMailbox, w.byBox[foldID(m.Target.Instance)])
		note(CarriesAnchor, w.byAnchor[foldID(m.Target.Anchor)])
		note(CarriesAnchor, w.byAnchor[foldID(m.Source.ID)])
		if w.empty[m.Target.ID] {
			p.note(HasOtherMailbox, m.Target.ID)
		}
	case NeedCreated:
		if m.Target.ID != "" {
			p.note(HasMailboxNow, m.Target.ID)
			return
		}
	}
	for _, fold := range rowAddresses(m) {
		note(HoldsAddress, w.byAddress[fold])
	}
}

// decide takes the rules' word, as far as nothing that the row says speaks against it.
func (p *Proposal) decide(w *rematch, m *refresh.Match) {
	d := &p.Decision
	if d.Other == nil {
		if p.Reason = d.Reason; p.Reason == "" {
			p.Reason = "no rule found anybody"
		}
		return
	}
	t := d.Other.Mailbox
	switch why := misfit(&m.Target, &t); {
	case why != "":
		p.Reason = why
		return
	case p.Need == NeedOther && t.ID == m.Target.ID:
		p.Reason = "what was found is the former target, which has no mailbox"
		return
	case p.Need == NeedCreated && m.Target.ID != "" && t.ID != m.Target.ID:
		p.Reason = "the row is planned for another account"
		return
	case p.Need == NeedID || p.Need == NeedCreated && m.Target.ID == "":
		if w.heldByAnother(m, t.ID) {
			p.Reason = fmt.Sprintf("the row's address is another one's than the mailbox that the rule %q found", d.Rule)
			return
		}
	}
	p.Mailbox = &t
	p.IdentityChanged = m.Target.ID != "" && m.Target.ID != t.ID || m.TargetOrigin == refresh.Manual && !owns(&t, m.Target.Primary)
	if m.TargetUse != "" && !owns(&t, m.TargetUse) {
		p.UseDropped = m.TargetUse
	}
	if _, err := p.adopt(*m); err != nil {
		p.refuse("what was found cannot be stored: %v", err)
	}
}

// heldByAnother reports whether an object that is not the one with the ID holds an address that the row has.
func (w *rematch) heldByAnother(m *refresh.Match, id refresh.ID) bool {
	for _, fold := range rowAddresses(m) {
		for _, t := range w.byAddress[fold] {
			if w.targets[t].ID != id {
				return true
			}
		}
	}
	return false
}

// misfit says why a row cannot be bound to a listed target; empty when it can.
func misfit(row, t *refresh.Mailbox) string {
	switch {
	case t.ID == "":
		return "what was found has no identity"
	case t.Kind == refresh.KindMailUser:
		return "what was found is a mail user, which has no mailbox yet: plan to enable one"
	case t.Kind == refresh.KindRemote:
		return "the mailbox of what was found lives in another system"
	case t.Kind == refresh.KindSystem, t.Kind == refresh.KindContact:
		return "what was found is a " + t.Kind.String() + ", which has no mailbox"
	case t.Kind == refresh.KindGroup && row.Kind != refresh.KindGroup:
		return "what was found is a group"
	}
	return ""
}

// refuseHeld takes back what another row has, and what several would be proposed. A target that is missing is had by nobody.
func (w *rematch) refuseHeld() {
	at := make(map[string]int, len(w.job.Matches))
	for i := range w.job.Matches {
		at[w.job.Matches[i].Key] = i
	}
	held, wanted := holdingOf(w.job.Matches, refresh.Target, nil), make(holding)
	named := make(map[claim][]int) // rows that have a target by its address alone
	for i := range w.job.Matches {
		if m := &w.job.Matches[i]; m.Target.ID == "" && m.Target.Primary != "" && !m.Merge {
			k := claim{refresh.ID(m.Target.Primary.Fold()), m.Part}
			named[k] = append(named[k], i)
		}
	}
	for n := range w.out.Proposals {
		p := &w.out.Proposals[n]
		if p.Mailbox == nil {
			continue
		}
		row := at[p.Key]
		k, ok := claimOf(&w.job.Matches[row], refresh.Target, p.Mailbox.ID)
		if !ok {
			continue
		}
		others := held[k]
		for _, a := range p.Mailbox.Addresses() {
			others = append(others[:len(others):len(others)], named[claim{refresh.ID(a.Fold()), k.part}]...)
		}
		for _, r := range others {
			if key := w.job.Matches[r].Key; r != row && !slices.Contains(p.Rows, key) {
				p.Rows = append(p.Rows, key)
			}
		}
		if len(p.Rows) > 0 {
			p.refuse("row %q has what was found", p.Rows[0])
			continue
		}
		wanted[k] = append(wanted[k], n)
	}
	for _, rivals := range wanted {
		if len(rivals) < 2 {
			continue
		}
		keys := make([]string, len(rivals))
		for i, n := range rivals {
			keys[i] = w.out.Proposals[n].Key
		}
		for _, n := range rivals {
			p := &w.out.Proposals[n]
			p.Rows = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == p.Key })
			p.refuse("%d rows would be proposed this mailbox", len(rivals))
		}
	}
}
