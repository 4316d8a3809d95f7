package match

import (
	"errors"

	"github.com/readdress-go/readdress/refresh"
)

// share is the rows that have one planned address on purpose: as different parts, or merged. Of rows that have it without a purpose each is a
// share of its own, the nth one.
type share struct {
	fold string
	nth  int
}

// elsewhere owns the addresses that no share may have.
var elsewhere = share{nth: -1}

// shares sorts the planned rows, and says whose the addresses of all targets are.
type shares struct {
	order  []share
	rows   map[share][]int // of the selected ones
	parts  map[goal]int
	owners map[string]share
	made   folds
}

// add takes a row in and returns its share.
func (s *shares) add(m *refresh.Match) share {
	g := elsewhere
	if ActionOf(m) == CreateMailbox {
		if g = (share{fold: m.Target.Primary.Fold()}); !m.Merge {
			k := goal{fold: g.fold, part: m.Part}
			g.nth = s.parts[k]
			s.parts[k]++
		}
	}
	held := make(folds)
	held.addMailbox(&m.Target)
	for fold := range held {
		if had, ok := s.owners[fold]; !ok {
			s.owners[fold] = g
		} else if had.fold != g.fold {
			s.owners[fold] = elsewhere
		}
	}
	return g
}

// taken reports whether an address is not for a share: another one has it, or got it.
func (s *shares) taken(g share) func(fold string) bool {
	return func(fold string) bool {
		owner, owned := s.owners[fold]
		return s.made.has(fold) || owned && owner != g
	}
}

// plan makes the new addresses, which do not depend on what the directory says.
func (r *Replanning) plan(job refresh.Job, t Template, opts *ReplanOptions) error {
	s := &shares{rows: make(map[share][]int), parts: make(map[goal]int), owners: make(map[string]share), made: make(folds)}
	var matches []*refresh.Match
	for i := range job.Matches {
		m := &job.Matches[i]
		g := s.add(m)
		if ActionOf(m) != CreateMailbox || opts.Select != nil && !opts.Select(*m) {
			continue
		}
		if s.rows[g] == nil {
			s.order = append(s.order, g)
		}
		s.rows[g] = append(s.rows[g], len(r.Rows))
		r.Rows = append(r.Rows, Replanned{Key: m.Key, Old: Planning{Address: m.Target.Primary}, Before: heldBy(m, refresh.Target)})
		matches = append(matches, m)
	}
	for _, g := range s.order {
		e := opts.entry(matches[s.rows[g][0]])
		address, err := t.Address(&e, s.taken(g))
		if err != nil && !errors.Is(err, ErrNoAddress) {
			return err
		}
		if err == nil {
			s.made.add(address)
		}
		for _, n := range s.rows[g] {
			row := &r.Rows[n]
			switch {
			case err != nil:
				row.Reason = err.Error()
			case address.Same(row.Old.Address):
				row.New.Address = row.Old.Address
			default:
				row.New.Address = address
			}
		}
	}
	return nil
}

// entry is what a template knows of a row: its source, with the planned address for a present one.
func (o *ReplanOptions) entry(m *refresh.Match) refresh.Entry {
	e := refresh.Entry{Mailbox: m.Source}
	if o.Entry != nil {
		if told, ok := o.Entry(*m); ok {
			e = told
		}
	}
	e.Primary = m.Target.Primary
	return e
}
