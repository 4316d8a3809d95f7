package refresh

import "hash/maphash"

// survey is what one pass over a job finds: that it is valid, which rows' stamps vouch for what they hold, and hashes of what no two
// rows should share. The rows of a large job lie scattered in memory, so that each further pass would cost as much again.
type survey struct {
	stamped [2][]bool // by match: the stamp vouches for what this side holds
	seal    [2]seal
	claims  *conflictFinder
}

func (j *Job) survey() (*survey, error) {
	if err := j.validateHeader(); err != nil {
		return nil, err
	}
	v := &survey{claims: newConflictFinder(j.Matches)}
	epochs := [2]string{j.Source.Epoch, j.Target.Epoch}
	for s := range v.stamped {
		v.stamped[s] = make([]bool, len(j.Matches))
	}
	keys := newKeyring(len(j.Matches))
	for i := range j.Matches {
		m := &j.Matches[i]
		var stamped [2]bool
		for s, at := range [2]matchSide{m.side(Source), m.side(Target)} {
			stamped[s] = at.stamped(epochs[s])
			v.stamped[s][i] = stamped[s]
			v.seal[s] += sealOf(m.Key, *at.stamp)
		}
		// What a stamp vouches for was valid when it was written.
		if err := m.validateExcept(stamped); err != nil {
			return nil, keys.first(j.Matches, i, err)
		}
		keys.add(m.Key, i)
		v.claims.note(i)
	}
	if err := keys.first(j.Matches, len(j.Matches), nil); err != nil {
		return nil, err
	}
	v.claims.scratch = keys.scratch
	return v, nil
}

// stamped reports whether a side's stamp vouches for what it holds.
func (at matchSide) stamped(epoch string) bool {
	return *at.origin == Bound && *at.mark == nil && at.mailbox.ID != "" && at.stamp.valid(epoch, at.mailbox)
}

// keyring finds keys that two rows have.
type keyring struct {
	seed maphash.Seed
	repeats
	scratch []uint64
}

func newKeyring(rows int) keyring {
	return keyring{seed: maphash.MakeSeed(), repeats: repeats{expect: rows}}
}

func (k *keyring) add(key string, row int) { k.repeats.add(maphash.String(k.seed, key), row) }

// first returns the error of the first row that is at fault: one before row n with the key of an earlier one, else err, that of row n.
func (k *keyring) first(matches []Match, n int, err error) error {
	rows := make(map[string]int)
	for _, i := range k.rows(&k.scratch) {
		key := matches[i].Key
		if first, ok := rows[key]; ok {
			return duplicateKey(i, first, key)
		}
		rows[key] = i
	}
	return inRow(err, n)
}
