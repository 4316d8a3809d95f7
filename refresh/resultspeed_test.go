package refresh_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// crowdedResult is a result of n rows that all change; every tenth is missing, with a mark and evidence of its own.
func crowdedResult(n int) *refresh.Result {
	m := mirror{"old.example", "new.example"}
	r := &refresh.Result{ID: "R", JobID: "J", JobRows: n, Rows: make([]refresh.Row, n), Run: refresh.Run{ID: "U", Source: &refresh.SideRun{}}}
	for i := range r.Rows {
		id := fmt.Sprintf("a1b2c3d4-0000-4000-8000-%012d", i)
		before := m.mailbox(id)
		row := refresh.Row{Key: id[24:], Side: refresh.Source, Origin: refresh.Bound, Before: before}
		if i%10 == 0 {
			row.Outcome, row.Reasons = refresh.Missing, refresh.ReasonsOf(refresh.ReasonGone)
			row.MarkAfter = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day(1, 8), LastSeen: day(2, 8)}
			row.Evidence = &refresh.Evidence{Proof: refresh.ProofTombstone, DeletedAt: day(1, 7)}
		} else {
			after := before
			after.Primary, after.Aliases = "renamed."+before.Primary, []refresh.Address{before.Primary, before.Aliases[0]}
			row.Outcome, row.Reasons, row.After, row.StampAfter = refresh.Refreshed, refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonAliases), &after, refresh.Stamp(i+1)
		}
		r.Rows[i] = row
	}
	return r
}

// TestResultWriteMemory: writing takes a hash of each key, and no more for more rows.
func TestResultWriteMemory(t *testing.T) {
	if raceDetector {
		t.Skip("its memory is not that of the program")
	}
	const n = 200_000
	r := crowdedResult(n)
	runtime.GC()
	before := heap()
	used := int64(peakOf(func() {
		if err := r.Write(io.Discard); err != nil {
			t.Error(err)
		}
	})) - int64(before)
	t.Logf("%.1f bytes a row", float64(used)/n)
	if most := int64(32 << 20 * n / 1_000_000); used > most {
		t.Errorf("writing %d rows takes %d bytes beside the result, want at most %d", n, used, most)
	}
	runtime.KeepAlive(r)
}

// TestResultSpeed holds a result of a million rows to the speed of encoding/json on the same structs, and to its memory. It takes a minute, and runs with
// READDRESS_SPEED=1 only.
func TestResultSpeed(t *testing.T) {
	if os.Getenv("READDRESS_SPEED") != "1" {
		t.Skip("set READDRESS_SPEED=1 to hold results on paper to their speed")
	}
	const n = 1_000_000
	r := crowdedResult(n)
	took := func(f func()) time.Duration {
		runtime.GC()
		start := time.Now()
		f()
		return time.Since(start)
	}
	for range 3 {
		bare := took(func() {
			w := bufio.NewWriterSize(io.Discard, 64<<10)
			e := json.NewEncoder(w)
			for i := range r.Rows {
				must(t, e.Encode(&r.Rows[i]))
			}
		})
		runtime.GC()
		before := heap()
		var used uint64
		ours := took(func() { used = peakOf(func() { must(t, r.Write(io.Discard)) }) })
		t.Logf("writing: encoding/json %v, Result.Write %v, %.2f times its speed, %.1f MiB beside the result", bare, ours, float64(bare)/float64(ours), float64(int64(used)-int64(before))/(1<<20))
		if 3*bare < ours || int64(used)-int64(before) > 32<<20 {
			t.Error("want at least a third of the speed, and at most 32 MiB")
		}
	}
	var file bytes.Buffer
	must(t, r.Write(&file))
	r = nil
	for range 2 {
		var plain struct {
			Rows []refresh.Row `json:"rows"`
		}
		bare := took(func() { must(t, json.NewDecoder(bytes.NewReader(file.Bytes())).Decode(&plain)) })
		plain.Rows = nil
		ours := took(func() {
			got, err := refresh.ReadResult(bytes.NewReader(file.Bytes()))
			must(t, err)
			if len(got.Rows) != n {
				t.Fatal(len(got.Rows))
			}
		})
		t.Logf("reading: encoding/json %v, ReadResult %v, %.2f times its speed", bare, ours, float64(bare)/float64(ours))
		if 3*bare < ours {
			t.Error("want at least a third of the speed")
		}
	}
}
