package report_test

import (
	"fmt"
	"io"
	"runtime"
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

// gauge counts and drops what is written to it, and looks now and then at how much memory is in use.
type gauge struct {
	bytes, peak, before int64
	looks               int
}

func newGauge() *gauge {
	g := new(gauge)
	g.look()
	g.before, g.peak = g.peak, 0
	return g
}

func (g *gauge) Write(b []byte) (int, error) {
	g.bytes += int64(len(b))
	if g.looks%500 == 0 { // also the first time: who writes all at once has it all in memory then
		g.look()
	}
	g.looks++
	return len(b), nil
}

func (g *gauge) look() {
	runtime.GC() // what is left to be collected is nobody's need
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	g.peak = max(g.peak, int64(s[0].Value.Uint64()))
}

// check holds what was seen to 32 MiB.
func (g *gauge) check(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s takes %d KiB of memory", what, (g.peak-g.before)>>10)
	if g.peak == 0 || g.peak-g.before > 32<<20 {
		t.Errorf("%s takes %d bytes of memory", what, g.peak-g.before)
	}
}

// checkCSVMemory writes a result and reads it, and holds both to their memory beyond what they are given.
func checkCSVMemory(t *testing.T, r *refresh.Result) {
	t.Helper()
	w := newGauge()
	if err := report.CSV(w, r, nil); err != nil {
		t.Fatal(err)
	}
	w.check(t, fmt.Sprintf("CSV of %d bytes", w.bytes))

	in, out := io.Pipe()
	go func() { _ = out.CloseWithError(report.CSV(out, r, nil)) }() // ends with the file, or as it is closed
	defer in.Close()
	reading, n := newGauge(), 0
	for _, err := range report.ReadCSV(in) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%(len(r.Rows)/20) == 0 {
			reading.look()
		}
	}
	reading.check(t, "ReadCSV")
	if n != len(r.Rows) {
		t.Errorf("ReadCSV reads %d of %d rows", n, len(r.Rows))
	}
	runtime.KeepAlive(r)
}

// TestCSVMemory: what CSV and ReadCSV need does not follow the number of rows. TestCSVSpeed has ten times as many.
func TestCSVMemory(t *testing.T) { checkCSVMemory(t, crowd(100_000)) }
