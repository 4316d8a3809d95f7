package match

import (
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"math"

	"github.com/readdress-go/readdress/refresh"
)

// Pair decides who of the one side belongs to whom of the other. The sequences are those of [refresh.Lister], or made of a slice by [Entries]; an
// error in one of them ends Pair with it, because somebody who is left out makes others look unique. The entries are copied; their slices and
// maps are shared and must not change while the Pairing is used.
//
// Every entry needs an ID or an address, and no ID may come twice on a side. An error names the entry by its number, from 1.
//
// It takes time and memory in proportion to the entries and their keys.
func Pair(sources, targets iter.Seq2[refresh.Entry, error], rules []Rule, opts *Options) (*Pairing, error) {
	if err := checkRules(rules); err != nil {
		return nil, err
	}
	if len(rules) > math.MaxInt16 {
		return nil, errors.New("match: more rules than can be told apart")
	}
	p := &Pairing{rules: rules}
	w := &work{Pairing: p}
	for s, list := range []iter.Seq2[refresh.Entry, error]{sources, targets} {
		if err := p.sides[s].read(side(s), list, &w.groups); err != nil {
			return nil, err
		}
	}
	if opts == nil {
		opts = &Options{}
	}
	if err := p.pin(opts.Pins); err != nil {
		return nil, err
	}
	if w.most = opts.MaxCandidates; w.most <= 0 {
		w.most = defaultCandidates
	}
	for r := range rules {
		if rules[r].Keys != nil {
			w.tier(r)
		}
	}
	if opts.Names != nil {
		w.names(opts.Names)
	}
	for s := range p.sides {
		p.sides[s].sortCandidates()
	}
	return p, nil
}

// Entries makes a sequence of a slice, for [Pair].
func Entries(list []refresh.Entry) iter.Seq2[refresh.Entry, error] {
	return func(yield func(refresh.Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// chunk is how many entries are kept together: they are never moved.
const chunk = 1024

// read takes all entries of a side.
func (h *half) read(s side, list iter.Seq2[refresh.Entry, error], g *groups) error {
	name := refresh.Source
	if s == target {
		name = refresh.Target
	}
	h.candidates, h.totals = make(map[int32][]Candidate), make(map[int32]int)
	if list == nil {
		return nil
	}
	var block []refresh.Entry
	for e, err := range list {
		n := len(h.entries) + 1
		switch {
		case err != nil:
			return fmt.Errorf("match: the %s mailboxes: %w", name, err)
		case e.ID == "" && e.Primary == "" && len(e.Aliases) == 0:
			return fmt.Errorf("match: %s mailbox %d has neither an ID nor an address", name, n)
		case n > math.MaxInt32:
			return fmt.Errorf("match: more %s mailboxes than can be told apart", name)
		}
		if len(block) == cap(block) {
			block = make([]refresh.Entry, 0, chunk)
		}
		block = append(block, e)
		h.entries = append(h.entries, &block[len(block)-1])
	}
	h.states = make([]state, len(h.entries))
	for i := range h.states {
		h.states[i] = state{other: nobody, rule: -1}
	}
	return h.distinct(name, g)
}

// distinct refuses an ID that comes twice.
func (h *half) distinct(name refresh.Side, g *groups) error {
	g.reset(len(h.entries))
	for i, e := range h.entries {
		if e.ID == "" {
			continue
		}
		in, _ := g.find(maphash.String(g.seed, string(e.ID)))
		if in == nil {
			g.add(string(e.ID), int32(i))
		} else if h.entries[in.first].ID == e.ID {
			return fmt.Errorf("match: %s mailboxes %d and %d have one ID", name, in.first+1, i+1)
		}
	}
	return nil
}

// pin decides what the operator did.
func (p *Pairing) pin(pins []Pin) error {
	if len(pins) == 0 {
		return nil
	}
	var at [2]map[refresh.ID]int32
	for s := range p.sides {
		at[s] = make(map[refresh.ID]int32, len(pins))
		for i, e := range p.sides[s].entries {
			if e.ID != "" {
				at[s][e.ID] = int32(i)
			}
		}
	}
	for n, pin := range pins {
		i, t := nobody, nobody
		if pin.Source == "" && pin.Target == "" {
			return fmt.Errorf("match: pin %d names nobody", n+1)
		}
		if x, ok := at[source][pin.Source]; ok && pin.Source != "" {
			i = x
		}
		if x, ok := at[target][pin.Target]; ok && pin.Target != "" {
			t = x
		}
		if pin.Source != "" && i < 0 || pin.Target != "" && t < 0 {
			p.lost = append(p.lost, pin)
			continue
		}
		for s, x := range []int32{i, t} {
			if x >= 0 && p.sides[s].states[x].status == Pinned {
				return fmt.Errorf("match: pin %d names a mailbox that an earlier one names", n+1)
			}
		}
		why := noReason
		if i < 0 || t < 0 {
			why = isAlone
		}
		if i >= 0 {
			p.sides[source].states[i] = state{t, -1, Pinned, why}
		}
		if t >= 0 {
			p.sides[target].states[t] = state{i, -1, Pinned, why}
		}
	}
	return nil
}
