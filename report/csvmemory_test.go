package report_test

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// crowd returns a result of n rows on one side, of which nearly all are renamed as in a switch of domains, and some need a person.
func crowd(n int) *refresh.Result {
	r := newResult(refresh.Preview)
	r.Run.Source = &refresh.SideRun{System: "Active Directory", Directory: "old.example", Server: "dc1.old.example", Account: `OLD\migration`, Pin: "0c1d148b-0143-4234-8265-f2f8d891d4c0"}
	r.Rows = make([]refresh.Row, n)
	for i := range r.Rows {
		name := fmt.Sprintf("user%07d", i)
		row := bound(fmt.Sprint(i), refresh.Source, refresh.NotChanged, person(name, "old.example"))
		row.Before.ID, row.Before.DisplayName = refresh.ID(fmt.Sprintf("a1b2c3d4-0000-4000-8000-%012d", i)), "User "+name
		switch i % 20 {
		case 0:
			row.Outcome, row.Reasons = refresh.Missing, refresh.ReasonsOf(refresh.ReasonGone)
		case 1:
			row.Outcome, row.Cause, row.Failure = refresh.LookupFailed, refresh.CauseNotVisible, "not visible to the account"
		case 2, 3, 4, 5:
		default:
			after := row.Before
			after.Primary, after.Login = refresh.Address(name+"@new.example"), name+"@new.example"
			after.Aliases = []refresh.Address{row.Before.Primary}
			row.Outcome, row.After, row.Reasons = refresh.Refreshed, &after, refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonLogin, refresh.ReasonAliases)
		}
		r.Rows[i] = row
	}
	return r
}

// heap is the memory of objects that are in use or not yet collected.
func heap() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}

// lines counts and drops what is written to it, and looks at the memory now and then.
type lines struct {
	bytes, peak int64
}

func (l *lines) Write(b []byte) (int, error) {
	l.bytes += int64(len(b))
	l.look()
	return len(b), nil
}

func (l *lines) look() { l.peak = max(l.peak, heap()) }

// maxCSVMemory is what CSV and ReadCSV may take beyond what they are given.
const maxCSVMemory = 32 << 20

// checkCSVMemory writes a result of n rows and reads it, and holds both to their memory.
func checkCSVMemory(t *testing.T, r *refresh.Result) {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(1)) // what is left to be collected is nobody's need
	runtime.GC()
	before := heap()
	w := new(lines)
	if err := report.CSV(w, r, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("CSV: %d bytes, %d KiB of memory", w.bytes, (w.peak-before)>>10)
	if w.peak-before > maxCSVMemory {
		t.Errorf("CSV takes %d bytes of memory for %d rows", w.peak-before, len(r.Rows))
	}

	in, out := io.Pipe()
	go func() { _ = out.CloseWithError(report.CSV(out, r, nil)) }() // ends with the file, or as it is closed
	defer in.Close()
	runtime.GC()
	before = heap()
	var peak lines
	n := 0
	for _, err := range report.ReadCSV(in) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%1000 == 0 {
			peak.look()
		}
	}
	t.Logf("ReadCSV: %d KiB of memory", (peak.peak-before)>>10)
	if n != len(r.Rows) || peak.peak-before > maxCSVMemory {
		t.Errorf("ReadCSV takes %d bytes of memory for %d of %d rows", peak.peak-before, n, len(r.Rows))
	}
}

// TestCSVMemory: what CSV and ReadCSV need does not follow the number of rows. TestCSVSpeed has ten times as many.
func TestCSVMemory(t *testing.T) { checkCSVMemory(t, crowd(100_000)) }
