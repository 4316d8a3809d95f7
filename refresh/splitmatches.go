package refresh

import (
	"fmt"
	"iter"
	"slices"
)

// SplitMatches divides a job that is too large to be held into parts of size rows, in order, and holds one part at a time:
// [Split] row by row. Every part has the job's ID and endpoints, and is refreshed or written like any job; [ReadMatches]
// makes one job of the files of its parts. As with [Split], take one [Marks] before the first part is refreshed; [TakeMarks] does
// with head alone, but names no witnesses then.
//
// The endpoints' seals, which say that no row was moved by hand since the last refresh, can be compared with all rows only
// before the first part. So rows is ranged over twice, unless the job has no seal because it was never refreshed by
// changes. An error of rows, or one that says that the rows changed in between, is yielded last.
func SplitMatches(head Job, rows iter.Seq2[Match, error], size int) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		s := &splitter{head: head, size: size}
		s.head.Matches = nil
		if err := s.compare(rows); err != nil {
			yield(Job{}, err)
			return
		}
		if err := s.parts(rows, yield); err != nil && err != errStop {
			yield(Job{}, err)
		}
	}
}

type splitter struct {
	head  Job
	size  int
	fits  [2]bool // the seal is that of the rows
	seals [2]seal // of the parts so far
}

// compare looks whether the seals fit all rows.
func (s *splitter) compare(rows iter.Seq2[Match, error]) error {
	if s.size < 1 {
		return fmt.Errorf("refresh: split: into parts of %d rows", s.size)
	}
	if s.head.Source.Seal == "" && s.head.Target.Seal == "" {
		return nil
	}
	var sums [2]seal
	for m, err := range rows {
		if err != nil {
			return err
		}
		for _, side := range []Side{Source, Target} {
			sums[side.index()] += sealOf(m.Key, *m.side(side).stamp)
		}
	}
	for _, side := range []Side{Source, Target} {
		sum, ok := readSeal(s.head.endpoint(side).Seal)
		s.fits[side.index()] = ok && sum == sums[side.index()]
	}
	return nil
}

// parts yields the parts.
func (s *splitter) parts(rows iter.Seq2[Match, error], yield func(Job, error) bool) error {
	n := 0
	var part []Match
	pass := func() error {
		n++
		if !yield(s.part(part), nil) {
			return errStop
		}
		part = nil
		return nil
	}
	for m, err := range rows {
		if err != nil {
			return err
		}
		if part = append(part, m); len(part) == s.size {
			if err := pass(); err != nil {
				return err
			}
		}
	}
	if len(part) > 0 || n == 0 {
		if err := pass(); err != nil {
			return err
		}
	}
	for _, side := range []Side{Source, Target} {
		if s.fits[side.index()] && s.seals[side.index()].text() != s.head.endpoint(side).Seal {
			return errRowsDiffer
		}
	}
	return nil
}

func (s *splitter) part(rows []Match) Job {
	p := s.head
	p.Matches = slices.Clip(rows)
	for _, side := range []Side{Source, Target} {
		if s.fits[side.index()] { // else the part does not fit either, as in Split
			sum := p.sealOf(side)
			p.endpoint(side).Seal = sum.text()
			s.seals[side.index()] += sum
		}
	}
	return p
}
