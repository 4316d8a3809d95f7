package refresh_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// Histories in which a job is refreshed in files (SplitMatches, parts applied by themselves, ReadMatches): incremental equals full.
func TestStreamHistories(t *testing.T) {
	inc, moved := 0, 0
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 99))
		s := memconn.New("contoso", &memconn.Options{Tracking: true})
		j := jobOf()
		n := 2 + rng.IntN(6)
		var old []refresh.Match
		var kept []refresh.Job
		for i := range n {
			j.Matches = append(j.Matches, one(refresh.Source, fmt.Sprint(i), refresh.Bound, s.Put(box("", refresh.Address(fmt.Sprintf("u%d@old.example", i))))))
		}
		conn := func(fail bool) refresh.Sides {
			o := &memconn.ConnOptions{}
			if fail {
				o.Faults.FailIDs = map[refresh.ID]error{j.Matches[rng.IntN(len(j.Matches))].Source.ID: errors.New("busy")}
			}
			return refresh.Sides{Source: s.Connect(o)}
		}
		dead := map[refresh.ID]bool{}
		change := func() {
			m := j.Matches[rng.IntN(len(j.Matches))]
			if dead[m.Source.ID] {
				return
			}
			if rng.IntN(8) == 0 {
				dead[m.Source.ID] = true
				s.Delete(m.Source.ID, time.Now(), time.Now().Add(time.Hour))
			} else {
				s.Rename(m.Source.ID, refresh.Address(fmt.Sprintf("n%d-%d@old.example", seed, rng.Uint32())), memconn.DropOld)
			}
		}
		opts := func(marks *refresh.Marks) *refresh.Options {
			o := &refresh.Options{ConfirmAfter: -1, Marks: marks, Full: rng.IntN(8) == 0}
			if rng.IntN(12) == 0 {
				o.MaxAge = time.Nanosecond
			}
			if rng.IntN(4) == 0 {
				k := rng.IntN(n)
				o.Select = func(m refresh.Match) bool { return m.Key != fmt.Sprint(k) }
			}
			return o
		}
		var marks *refresh.Marks
		for range 3 + rng.IntN(8) {
			switch rng.IntN(8) {
			case 0, 1:
				change()
			case 2: // whole
				r := run(t, j, conn(rng.IntN(4) == 0), opts(nil))
				if rng.IntN(3) > 0 {
					j = apply(t, j, r)
				}
			case 3: // hand edits
				k := rng.IntN(len(j.Matches))
				ms := append([]refresh.Match{}, j.Matches...)
				switch rng.IntN(4) {
				case 0:
					ms[k].Source.Primary = "hand@old.example"
				case 1:
					if len(ms) > 2 {
						old = append(old, ms[k])
						ms = append(ms[:k], ms[k+1:]...)
					}
				case 2:
					if len(old) > 0 {
						ms = append(ms, old[0])
						old = old[1:]
					}
				default:
					if len(kept) > 0 {
						if m, ok := kept[rng.IntN(len(kept))].Match(ms[k].Key); ok {
							ms[k].Source = m.Source
						}
					}
				}
				j.Matches = ms
				if j.Validate() != nil {
					t.Fatal(j.Validate())
				}
			default: // in files
				if marks == nil || rng.IntN(5) > 0 { // else the marks of another day again
					var err error
					head := j
					if rng.IntN(2) == 0 {
						head.Matches = nil
					}
					marks, err = refresh.TakeMarks(t.Context(), head, conn(false))
					must(t, err)
				}
				lone := rng.IntN(5) == 0
				var files []io.Reader
				for p, err := range refresh.SplitMatches(j, rowsOf(j.Matches...), 1+rng.IntN(4)) {
					must(t, err)
					m := marks
					if lone {
						m = nil
					}
					rounds := 1
					if rng.IntN(6) == 0 {
						rounds = 2
					}
					for range rounds {
						if rng.IntN(3) == 0 {
							change()
						}
						if rng.IntN(10) == 0 {
							continue
						}
						r := run(t, p, conn(rng.IntN(5) == 0), opts(m))
						if rng.IntN(10) > 0 {
							was := p
							p = apply(t, p, r)
							if rng.IntN(12) == 0 {
								back, err := p.Revert(r)
								must(t, err)
								_ = was
								p = back
							}
						}
					}
					files = append(files, bytes.NewReader(written(t, p)))
				}
				if rng.IntN(6) == 0 {
					rng.Shuffle(len(files), func(a, b int) { files[a], files[b] = files[b], files[a] })
				}
				before := j.Source.Cursor
				var err error
				j, err = readWhole(files...)
				must(t, err)
				if !j.Source.Cursor.IsZero() && !reflect.DeepEqual(before, j.Source.Cursor) {
					moved++
				}
			}
			kept = append(kept, j)
			a := run(t, j, conn(false), &refresh.Options{ConfirmAfter: -1})
			b := run(t, j, conn(false), &refresh.Options{ConfirmAfter: -1, Full: true})
			if a.Run.Source.Path == refresh.PathIncremental {
				inc++
			}
			for i := range a.Rows {
				x, y := a.Rows[i], b.Rows[i]
				if x.Outcome != y.Outcome || !reflect.DeepEqual(x.After, y.After) || x.Reasons != y.Reasons {
					t.Fatalf("seed %d row %s: incremental %v %v, full %v %v", seed, x.Key, x.Outcome, x.After, y.Outcome, y.After)
				}
			}
		}
	}
	t.Log("incremental", inc, "joined cursors that moved", moved)
}
