package refresh_test

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// What a refresh in which nothing changes lists as existing is what the rows have.
func TestConflictsEqualRefresh(t *testing.T) {
	w := crowd(30)
	w.job.Matches[5].Target = w.job.Matches[25].Target
	w.job.Matches[7].Part = "archive"
	w.source.Update(w.job.Matches[3].Source.ID, func(m *refresh.Mailbox) { m.Aliases = []refresh.Address{"U4@old.example"} })
	sides, _, _ := w.connect(nil)
	j := apply(t, w.job, run(t, w.job, sides, nil))
	want := run(t, j, sides, nil).Conflicts
	for i := range want {
		for k := range want[i].Members {
			want[i].Members[k].Outcome = 0 // nothing was looked up
		}
	}
	got, err := refresh.Conflicts(rowsOf(j.Matches...))
	if err != nil || len(got) < 2 {
		t.Fatalf("%d conflicts, %v", len(got), err)
	}
	same(t, "conflicts", want, got)
}

// live is the memory in use now, garbage excepted.
func live() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// people makes n rows of n/rows people, each with two addresses on each side, and measures the memory in use behind the
// last row of each reading.
func people(n, rows int, used *[]int) iter.Seq2[refresh.Match, error] {
	return func(yield func(refresh.Match, error) bool) {
		for i := range n {
			who := i % (n / rows)
			box := func(domain string) refresh.Mailbox {
				a := refresh.Address(fmt.Sprintf("user%d@%s", who, domain))
				return refresh.Mailbox{ID: refresh.ID(a), Primary: a, Aliases: []refresh.Address{"alias." + a}}
			}
			m := pair(fmt.Sprint(i), box("old.example"), box("new.example"))
			m.Part = fmt.Sprint(i / (n / rows))
			if !yield(m, nil) {
				return
			}
		}
		*used = append(*used, live())
	}
}

// Conflicts keeps a hash of each address and target, and nothing of rows that share nothing with another mailbox.
func TestConflictsMemory(t *testing.T) {
	if raceDetector {
		t.Skip("its memory is not that of the program")
	}
	const n = 200_000
	for _, c := range []struct {
		name, why string
		rows      int
		most      []int // bytes in each reading
	}{
		{"one row each", "10 to 12.5 bytes for each of 4 addresses and the target", 1, []int{5 * n * 13}},
		{"two rows each", "5 hashes a row at first, but half of the addresses; then those that are shared, with their holders", 2,
			[]int{(3*n + 2*n) * 13, 2*n*13 + 2*n*48, 0}},
	} {
		base := live()
		var used []int
		got, err := refresh.Conflicts(people(n, c.rows, &used))
		if err != nil || len(got) != 0 || len(used) != len(c.most) {
			t.Fatalf("%s: %d conflicts, %v, %d readings, want %d", c.name, len(got), err, len(used), len(c.most))
		}
		for i := range used {
			t.Logf("%s: reading %d holds %.1f bytes a row", c.name, i+1, float64(used[i]-base)/n)
			if used[i]-base > c.most[i]+1<<20 {
				t.Errorf("%s: reading %d holds %d bytes, want at most %d: %s", c.name, i+1, used[i]-base, c.most[i], c.why)
			}
		}
	}
}

// jobReader makes the document of a job of n rows while it is read.
type jobReader struct {
	n, next int
	buf     bytes.Buffer
}

// rowPieces are a row without its number.
var rowPieces = strings.Split("\n"+`{"key":"#","source":{"id":"s-#","primary":"user#@old.example"},"target":{"id":"t-#","primary":"user#@new.example"},"sourceOrigin":"bound","targetOrigin":"bound"}`, "#")

func (r *jobReader) Read(p []byte) (int, error) {
	for r.buf.Len() < len(p) && r.next <= r.n {
		switch i := r.next; i {
		case 0:
			r.buf.WriteString(`{"format":"readdress-job","version":1,"id":"J","name":"large","matches":[`)
		default:
			if i > 1 {
				r.buf.WriteByte(',')
			}
			key := strconv.AppendInt(nil, int64(i), 10)
			for k, piece := range rowPieces {
				if k > 0 {
					r.buf.Write(key)
				}
				r.buf.WriteString(piece)
			}
		}
		if r.next++; r.next > r.n {
			r.buf.WriteString("\n]}\n")
		}
	}
	return r.buf.Read(p)
}

// compareWriter wants to be given what another reader has, and watches the memory in use.
type compareWriter struct {
	t      *testing.T
	want   io.Reader
	buf    []byte
	writes int
	peak   uint64 // HeapInuse
}

func (w *compareWriter) Write(p []byte) (int, error) {
	w.buf = append(w.buf[:0], p...)
	if _, err := io.ReadFull(w.want, w.buf); err != nil || !bytes.Equal(p, w.buf) {
		w.t.Fatalf("error %v, written %.200q, want %.200q", err, p, w.buf)
	}
	if w.writes++; w.writes%100 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.peak = max(w.peak, m.HeapInuse)
	}
	return len(p), nil
}

// A million rows are copied, to the byte, in the memory that two sets of keys take.
func TestCopyAMillionRows(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("a million rows")
	}
	const n = 1_000_000
	base := live()
	head, rows, err := refresh.ReadMatches(&jobReader{n: n})
	if err != nil {
		t.Fatal(err)
	}
	w := &compareWriter{t: t, want: &jobReader{n: n}}
	start := time.Now()
	if err := refresh.WriteMatches(w, head, rows); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(w.want); len(rest) > 0 {
		t.Errorf("%.200q is missing", rest)
	}
	peak := int(w.peak) - base
	t.Logf("%v; at most %d MB in use, garbage included: %d bytes a row", time.Since(start).Round(time.Millisecond), peak>>20, peak/n)
	if peak > 130*n { // twice 25 bytes a row, and as much garbage before it is collected
		t.Errorf("%d bytes a row are in use", peak/n)
	}
}
