package imapconn

import (
	"errors"
	"flag"
	"slices"
	"testing"
)

var (
	pairSeed  = flag.Uint64("pairs.seed", 6, "seed of the random pairs of mailboxes")
	pairCount = flag.Int("pairs", 100_000, "how many random pairs of mailboxes; more take longer")
)

// TestNoFalseAccept: no mailbox proves the witness of another one, as long as one message shows, to somebody who knows all that the other one ever got,
// that it is not the same. Each pair has a witness: those of mailboxes with too few messages are counted apart.
func TestNoFalseAccept(t *testing.T) {
	every := append(slices.Clone(kinds), kind{"swapped", (*dice).swapped})
	n := *pairCount / len(every)
	if testing.Short() || fewerPairs {
		n /= 10
	}
	t.Logf("%d pairs of each kind, seed %d", n, *pairSeed)
	for k, kind := range every {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			d := newDice(*pairSeed + uint64(k)<<32)
			var unminted, alike, wrong, loose, hidden, asked int
			for pairs := 0; pairs < n; {
				c := kind.make(d)
				w, err := Mint(c.then.sample())
				if errors.Is(err, ErrNoWitness) {
					if unminted++; c.then.count() >= minSample {
						t.Fatalf("no witness of %d messages: %v", c.then.count(), err)
					}
					continue
				} else if err != nil {
					t.Fatal(err)
				}
				pairs++
				now := c.other.again(w)
				asked = max(asked, now.count())
				o := w.Overlap(now)
				if o.SameInbox && o.Present > 0 {
					alike++
				}
				anyShare := o
				anyShare.Sampled = min(o.Sampled, o.Present*presentShare)
				if anyShare.Proves() && c.other.shows(c.then) {
					loose++
				}
				switch {
				case !o.Proves():
				case c.other.shows(c.then):
					if wrong++; wrong <= 3 {
						t.Errorf("pair %d: %v, and it is another mailbox", pairs, o)
					}
				default:
					hidden++
				}
			}
			t.Logf("%d of %d wrongly accepted (%d without a share); %d pairs share messages; %d more have no witness; %d accepted copies show nothing of their own; at most %d messages were read",
				wrong, n, loose, alike, unminted, hidden, asked)
			if limit := maxFolders * (maxSample + maxGaps); asked > limit {
				t.Errorf("%d messages were read of one mailbox, more than %d", asked, limit)
			}
		})
	}
}

func (s Sample) count() int {
	n := 0
	for _, f := range s {
		n += len(f.Messages)
	}
	return n
}
