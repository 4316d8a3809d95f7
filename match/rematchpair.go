package match

import "github.com/readdress-go/readdress/refresh"

// pair lets the rules decide, among everybody.
func (w *rematch) pair(rules []Rule, opts *RematchOptions) error {
	for i := range w.job.Matches {
		w.tellSource(i)
	}
	p, err := Pair(Entries(w.sources), Entries(w.targets), rowRules(rules), &Options{Pins: w.pins(), MaxCandidates: opts.MaxCandidates, Names: opts.Names})
	w.pairing = p
	return err
}

// tellSource gives what a row says of its target to the rules.
func (w *rematch) tellSource(i int) {
	n, m := w.sourceOf[i], &w.job.Matches[i]
	if n == unclear || m.Merge {
		return // what sources share says nothing of one of them
	}
	e := &w.sources[n]
	switch {
	case w.needs[i] == NeedID, w.needs[i] == NeedCreated && m.Target.ID == "":
		tell(e, attrAddress, rowAddresses(m)...)
	case w.needs[i] == NeedOther && !w.back[i]:
		tell(e, attrFormer, rowAddresses(m)...)
		tell(e, attrMailbox, foldID(m.Target.Instance))
		if !w.anchorsAnother(m) {
			tell(e, attrAnchor, foldID(m.Target.Anchor))
		}
	}
}

// anchorsAnother reports whether the former target was anchored to another source of the job, so that its anchor is that one's.
func (w *rematch) anchorsAnother(m *refresh.Match) bool {
	anchor := foldID(m.Target.Anchor)
	if anchor == "" || anchor == foldID(m.Source.ID) {
		return false
	}
	if w.sourceIDs == nil {
		w.sourceIDs = make(map[string]bool, len(w.sources))
		for i := range w.sources {
			w.sourceIDs[foldID(w.sources[i].ID)] = true
		}
	}
	return w.sourceIDs[anchor]
}

// pins are what rows have: taken, whether or not the rules would say so.
func (w *rematch) pins() []Pin {
	var out []Pin
	pinned := [2]map[refresh.ID]bool{{}, {}}
	needy := make(map[int]bool) // sources of rows that need a target
	for i := range w.job.Matches {
		if n := w.sourceOf[i]; n != unclear && w.needs[i] != NeedNothing && !w.back[i] {
			needy[n] = true
		}
	}
	add := func(s, t refresh.ID) {
		if pinned[0][s] {
			s = ""
		}
		if pinned[1][t] {
			t = ""
		}
		if s == "" && t == "" {
			return
		}
		out = append(out, Pin{Source: s, Target: t})
		if s != "" {
			pinned[0][s] = true
		}
		if t != "" {
			pinned[1][t] = true
		}
	}
	// A pin of two comes before one of a source alone, which another row of it may yet pin to its target.
	for i := range w.job.Matches {
		m := &w.job.Matches[i]
		if _, isListed := w.byID[m.Target.ID]; !isListed || m.Target.ID == "" || w.needs[i] == NeedOther && !w.back[i] {
			continue
		}
		s := refresh.ID("")
		if n := w.sourceOf[i]; n != unclear {
			s = w.sources[n].ID
		}
		if pinned[1][m.Target.ID] || pinned[0][s] {
			continue
		}
		add(s, m.Target.ID)
	}
	for i := range w.job.Matches {
		m := &w.job.Matches[i]
		if m.Target.ID == "" || w.needs[i] != NeedNothing && !w.back[i] {
			continue
		}
		if _, isListed := w.byID[m.Target.ID]; isListed {
			add("", m.Target.ID)
		}
		if n := w.sourceOf[i]; n != unclear && !needy[n] {
			add(w.sources[n].ID, "")
		}
	}
	return out
}
