package refresh

import (
	"hash/maphash"
	"iter"
	"slices"
)

// Conflicts lists the conflicts of a job that is too large to be held, as [Job.Conflicts] does for one in memory. It holds
// 10 to 12.5 bytes for each address of each side and for each target, and the rows that share an address or a target with
// another row.
//
// It ranges over rows twice, and where more than 65,536 addresses and targets stand in several rows, as in a job with two rows
// for everyone, a third time, so that rows of one mailbox need not be held. It returns the error of rows, or one that says
// that the rows changed in between. It does not validate them; [ReadMatches] does.
func Conflicts(rows iter.Seq2[Match, error]) ([]Conflict, error) { return conflictsAmong(rows, 1<<16) }

// conflictsAmong finds candidates by hashes: what two rows claim, then what two mailboxes claim. A collision makes a
// candidate too many, never one too few. The rows that are left are compared as those of a small job.
func conflictsAmong(rows iter.Seq2[Match, error], few int) ([]Conflict, error) {
	c := &conflictScan{seeds: [3]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed(), maphash.MakeSeed()}}
	var seen, shared hashSet[[1]uint64]
	if err := c.read(rows, func(_ *Match, claims []hashClaim) {
		for _, x := range claims {
			if !seen.add(x.hash) {
				shared.add(x.hash)
			}
		}
	}); err != nil || shared.n == 0 {
		return nil, err
	}
	seen = hashSet[[1]uint64]{}
	if shared.n > few {
		holders := make(map[[1]uint64]uint64)
		var disputed hashSet[[1]uint64]
		if err := c.read(rows, func(_ *Match, claims []hashClaim) {
			for _, x := range claims {
				if !shared.has(x.hash) {
					continue
				}
				if first, ok := holders[x.hash]; !ok {
					holders[x.hash] = x.holder
				} else if first != x.holder {
					disputed.add(x.hash)
				}
			}
		}); err != nil {
			return nil, err
		}
		shared = disputed
	}
	var job Job
	err := c.read(rows, func(m *Match, claims []hashClaim) {
		if slices.ContainsFunc(claims, func(x hashClaim) bool { return shared.has(x.hash) }) {
			keep := *m
			keep.Ext, keep.SourcePrevious, keep.TargetPrevious = nil, nil, nil
			job.Matches = append(job.Matches, keep)
		}
	})
	if err != nil {
		return nil, err
	}
	return job.Conflicts(), nil
}

// conflictScan reads the rows of a job several times.
type conflictScan struct {
	seeds  [3]maphash.Seed // of the sides, and of targets
	again  bool
	rows   int
	sum    uint64 // of the hashes of one reading
	claims []hashClaim
}

// hashClaim is a row's hold on an address or a target, which it may share only with claims of the same hash.
type hashClaim struct {
	hash   [1]uint64
	holder uint64 // those of one mailbox are equal
}

// read calls f with each row and what it claims.
func (c *conflictScan) read(rows iter.Seq2[Match, error], f func(*Match, []hashClaim)) error {
	n, sum := 0, uint64(0)
	for m, err := range rows {
		if err != nil {
			return err
		}
		n++
		c.claim(&m, uint64(n))
		for _, x := range c.claims {
			sum += x.hash[0] ^ x.holder
		}
		f(&m, c.claims)
	}
	if c.again && (n != c.rows || sum != c.sum) {
		return errRowsDiffer
	}
	c.again, c.rows, c.sum = true, n, sum
	return nil
}

// claim gathers what a row claims.
func (c *conflictScan) claim(m *Match, row uint64) {
	c.claims = c.claims[:0]
	for _, s := range []Side{Source, Target} {
		c.addresses(m.side(s).mailbox, c.seeds[s.index()])
	}
	if who := holderOf(m.Target, m.Part, false); !m.Merge && (who.id != "" || who.fold != "") {
		c.claims = append(c.claims, hashClaim{[1]uint64{maphash.Comparable(c.seeds[2], who)}, row})
	}
}

func (c *conflictScan) addresses(m *Mailbox, seed maphash.Seed) {
	who := maphash.Comparable(seed, holderOf(*m, "", false))
	first := len(c.claims)
	add := func(a Address) {
		h := [1]uint64{maphash.String(seed, a.Fold())}
		if a != "" && !slices.ContainsFunc(c.claims[first:], func(x hashClaim) bool { return x.hash == h }) {
			c.claims = append(c.claims, hashClaim{h, who})
		}
	}
	add(m.Primary)
	for _, a := range m.Aliases {
		add(a)
	}
}
