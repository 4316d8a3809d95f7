package match

import "github.com/readdress-go/readdress/refresh"

// rematch is the state of one call of [Rematch].
type rematch struct {
	job      refresh.Job
	selected []bool
	out      *Rematching

	sources, targets []refresh.Entry
	read             int                 // how many of the sources were read in this run; the others are what the job stores
	sourceOf         []int               // of each row, in sources; unclear where an address is several sources'
	gone             map[refresh.ID]bool // sources that were not there
	needs            []Need
	back             map[int]bool        // rows whose missing target is in the list again
	empty            map[refresh.ID]bool // former targets without what made them one
	byID             map[refresh.ID]int
	byAddress        map[string][]int // targets
	byAnchor, byBox  map[string][]int
	sourceIDs        map[string]bool // folded, made when they are needed
	pairing          *Pairing
}

const unclear = -1

// sort finds the row's sources and says which rows need a target.
func (w *rematch) sort() {
	w.indexTargets()
	w.findSources()
	w.empty = make(map[refresh.ID]bool)
	w.needs, w.back = make([]Need, len(w.job.Matches)), make(map[int]bool)
	for i := range w.job.Matches {
		m := &w.job.Matches[i]
		t, isListed := w.byID[m.Target.ID]
		switch {
		case m.TargetOrigin == refresh.None:
			w.needs[i] = NeedFirst
		case m.TargetOrigin == refresh.Manual:
			w.needs[i] = NeedID
		case m.TargetOrigin == refresh.Planned && m.Target.ID == "":
			w.needs[i] = NeedCreated // if anybody is found
		case m.TargetOrigin == refresh.Planned && isListed && hasMailboxNow(&w.targets[t].Mailbox):
			w.needs[i] = NeedCreated
		case m.TargetOrigin == refresh.Bound && m.TargetMark != nil:
			w.needs[i] = NeedOther
			w.back[i] = isListed && isBack(m.TargetMark.Reason, &w.targets[t].Mailbox)
		}
	}
	w.dropEmpty()
}

func hasMailboxNow(m *refresh.Mailbox) bool { return m.Instance != "" && !m.Kind.Elsewhere() }

// isBack reports whether what was missing of a target is there again. Whether its mailbox is the former one is for a refresh to judge.
func isBack(missing refresh.Reason, m *refresh.Mailbox) bool {
	switch missing {
	case refresh.ReasonNoMailbox:
		return hasMailboxNow(m)
	case refresh.ReasonMoved:
		return !m.Kind.Elsewhere()
	}
	return true
}

func (w *rematch) indexTargets() {
	w.byID, w.byAddress = make(map[refresh.ID]int), make(map[string][]int)
	w.byAnchor, w.byBox = make(map[string][]int), make(map[string][]int)
	for i := range w.targets {
		t := &w.targets[i]
		if t.ID != "" {
			w.byID[t.ID] = i
		}
		held := make(folds)
		held.addMailbox(&t.Mailbox)
		for fold := range held {
			w.byAddress[fold] = append(w.byAddress[fold], i)
		}
		if k := foldID(t.Anchor); k != "" {
			w.byAnchor[k] = append(w.byAnchor[k], i)
		}
		if k := foldID(t.Instance); k != "" {
			w.byBox[k] = append(w.byBox[k], i)
		}
	}
}

// findSources finds each row's source among those that were read, and adds those that were not.
func (w *rematch) findSources() {
	at := make(map[refresh.ID]int)
	for i := range w.sources {
		if id := w.sources[i].ID; id != "" {
			at[id] = i
		}
	}
	w.sourceOf = make([]int, len(w.job.Matches))
	for i := range w.job.Matches {
		m := &w.job.Matches[i].Source
		if m.ID == "" {
			continue
		}
		n, known := at[m.ID]
		if !known {
			n = len(w.sources)
			w.sources = append(w.sources, refresh.Entry{Mailbox: *m})
			at[m.ID] = n
		}
		w.sourceOf[i] = n
	}
	holders := make(map[string][]int)
	for i := range w.sources {
		held := make(folds)
		held.addMailbox(&w.sources[i].Mailbox)
		for fold := range held {
			holders[fold] = append(holders[fold], i)
		}
	}
	for i := range w.job.Matches {
		m := &w.job.Matches[i].Source
		if m.ID != "" {
			continue
		}
		fold := m.Primary.Fold()
		switch who := holders[fold]; len(who) {
		case 0:
			holders[fold] = []int{len(w.sources)}
			w.sourceOf[i] = len(w.sources)
			w.sources = append(w.sources, refresh.Entry{Mailbox: *m})
		case 1:
			w.sourceOf[i] = who[0]
		default:
			w.sourceOf[i] = unclear
		}
	}
}

// dropEmpty leaves out the former targets that are in the list without what made them one: nobody can have them, and they would stand in the
// way of the row's new target. A target that some row is well with stays.
func (w *rematch) dropEmpty() {
	empty, well := make(map[refresh.ID]bool), make(map[refresh.ID]bool)
	for i := range w.job.Matches {
		if id := w.job.Matches[i].Target.ID; id != "" {
			if w.needs[i] == NeedOther && !w.back[i] {
				empty[id] = true
			} else {
				well[id] = true
			}
		}
	}
	var kept []refresh.Entry
	for _, t := range w.targets {
		if t.ID != "" && empty[t.ID] && !well[t.ID] {
			w.empty[t.ID] = true
			continue
		}
		kept = append(kept, t)
	}
	if len(kept) < len(w.targets) {
		w.targets = kept
		w.indexTargets()
	}
}
