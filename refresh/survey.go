package refresh

import (
	"context"
	"hash/maphash"
	"runtime"

	"github.com/readdress-go/readdress/internal/fanout"
)

// survey is what one pass over a job finds: that it is valid, which rows' stamps vouch for what they hold, and hashes of what no two
// rows should share. The rows of a large job lie scattered in memory, so that each further pass would cost as much again.
type survey struct {
	stamped [2][]idTag // by match: the tag of this side's ID, where the stamp vouches for what it holds
	seal    [2]seal
	digest  digest
	seed    maphash.Seed // of the tags
	claims  *conflictFinder
}

// surveyRows is how many rows are worth a processor of their own.
const surveyRows = 2048

func (j *Job) survey() (*survey, error) {
	if err := j.validateHeader(); err != nil {
		return nil, err
	}
	rows := len(j.Matches)
	v := &survey{claims: newConflictFinder(j.Matches)}
	for s := range v.stamped {
		v.stamped[s] = make([]idTag, rows)
	}
	keys := newKeyring(rows)
	v.seed = keys.seed
	parts := make([]*surveyor, max(1, min(runtime.GOMAXPROCS(0), rows/surveyRows)))
	_ = fanout.Each(context.Background(), 0, len(parts), func(_ context.Context, k int) error {
		parts[k] = &surveyor{job: j, survey: v, claims: v.claims.another(len(parts)), keys: keys.another(len(parts))}
		parts[k].read(rows*k/len(parts), rows*(k+1)/len(parts))
		return nil
	})
	for _, p := range parts {
		keys.join(&p.keys.repeats)
		v.claims.join(p.claims)
		for s := range v.seal {
			v.seal[s] += p.seal[s]
			v.digest[s] += p.digest[s]
		}
		if p.err != nil {
			return nil, keys.first(j.Matches, p.bad, p.err)
		}
	}
	if err := keys.first(j.Matches, rows, nil); err != nil {
		return nil, err
	}
	return v, nil
}

// surveyor reads a part of the rows.
type surveyor struct {
	job    *Job
	survey *survey
	claims *conflictFinder
	keys   keyring
	seal   [2]seal
	digest digest
	err    error // of row bad, the first one that is not valid
	bad    int
}

func (p *surveyor) read(from, to int) {
	epochs := [2]stampHash{stamping(p.job.Source.Epoch), stamping(p.job.Target.Epoch)}
	for i := from; i < to; i++ {
		m := &p.job.Matches[i]
		key := hashText(m.Key)
		var stamped [2]bool
		var mailboxes [2]Stamp
		for s, at := range [2]matchSide{m.side(Source), m.side(Target)} {
			mailboxes[s] = epochs[s].stamp(at.mailbox)
			stamped[s] = *at.stamp == mailboxes[s] && at.mayBeStamped(&epochs[s])
			if stamped[s] {
				p.survey.stamped[s][i] = tagOf(p.keys.seed, at.mailbox.ID)
			}
			p.seal[s] += sealWith(key, *at.stamp)
		}
		// What a stamp vouches for was valid when it was written.
		if err := m.validateExcept(stamped); err != nil {
			p.err, p.bad = err, i
			return
		}
		p.digest.add(i, m, key, mailboxes)
		p.keys.add(m.Key, i)
		p.claims.note(i)
	}
}

// mayBeStamped reports whether a stamp that fits what a side holds vouches for it.
func (at matchSide) mayBeStamped(epoch *stampHash) bool {
	return *at.origin == Bound && *at.mark == nil && at.mailbox.ID != "" && !epoch.none
}

// keyring finds keys that two rows have.
type keyring struct {
	seed maphash.Seed
	rows int
	repeats
}

func newKeyring(rows int) keyring {
	return keyring{seed: maphash.MakeSeed(), rows: rows, repeats: newRepeats(rows, 1)}
}

// another returns one for one of so many parts of the rows.
func (k *keyring) another(parts int) keyring {
	return keyring{seed: k.seed, rows: k.rows, repeats: newRepeats(k.rows, parts)}
}

func (k *keyring) add(key string, row int) { k.repeats.add(maphash.String(k.seed, key), row) }

// first returns the error of the first row that is at fault: one before row n with the key of an earlier one, else err, that of row n.
func (k *keyring) first(matches []Match, n int, err error) error {
	rows := make(map[string]int)
	for _, i := range k.repeats.rows() {
		key := matches[i].Key
		if first, ok := rows[key]; ok {
			return duplicateKey(i, first, key)
		}
		rows[key] = i
	}
	return inRow(err, n)
}
