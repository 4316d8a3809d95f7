package report_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/report"
)

// TestCSVSpeed: CSV takes at most three times as long as package encoding/csv for strings that are there already, and so does
// ReadCSV, which makes records of them. It takes a minute and 4 GiB, and runs with READDRESS_SPEED=1 only.
func TestCSVSpeed(t *testing.T) {
	if os.Getenv("READDRESS_SPEED") != "1" {
		t.Skip("set READDRESS_SPEED=1 to hold CSV to its speed")
	}
	r := crowd(1_000_000)
	checkCSVMemory(t, r)
	var file bytes.Buffer
	if err := report.CSV(&file, r, nil); err != nil {
		t.Fatal(err)
	}
	bare := readAll(t, file.Bytes())
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	compare := func(what string, ours, theirs func()) {
		t.Helper()
		var shares []float64
		for range 5 {
			took := [2]time.Duration{}
			for i, f := range []func(){ours, theirs} {
				start := time.Now()
				f()
				took[i] = time.Since(start)
			}
			t.Logf("%s: %v, encoding/csv %v", what, took[0], took[1])
			shares = append(shares, took[0].Seconds()/took[1].Seconds())
		}
		slices.Sort(shares)
		if share := shares[len(shares)/2]; share > 3 {
			t.Errorf("%s takes %.1f times as long as encoding/csv, want at most 3", what, share)
		}
	}
	compare("CSV", func() { check(report.CSV(io.Discard, r, nil)) }, func() {
		w := csv.NewWriter(io.Discard)
		for _, line := range bare {
			check(w.Write(line[:]))
		}
		w.Flush()
	})
	compare("ReadCSV", func() {
		n := 0
		for _, err := range report.ReadCSV(bytes.NewReader(file.Bytes())) {
			check(err)
			n++
		}
		if n != len(r.Rows) {
			t.Fatal(n)
		}
	}, func() {
		in := csv.NewReader(bytes.NewReader(file.Bytes()))
		in.ReuseRecord = true
		n := -1
		for {
			_, err := in.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			check(err)
			n++
		}
		if n != len(r.Rows) {
			t.Fatal(n)
		}
	})
}

// readAll reads the lines of a report without the header; strings that are the same are one.
func readAll(t *testing.T, file []byte) [][35]string {
	t.Helper()
	in := csv.NewReader(bytes.NewReader(file))
	in.ReuseRecord = true
	var out [][35]string
	one := map[string]string{}
	for {
		line, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out[1:]
		} else if err != nil {
			t.Fatal(err)
		}
		var cells [35]string
		if copy(cells[:], line) != len(line) || len(line) != len(cells) {
			t.Fatalf("a line has %d cells", len(line))
		}
		for i, s := range cells {
			if known, ok := one[s]; ok {
				cells[i] = known
			} else {
				s = strings.Clone(s)
				cells[i] = s
				if len(one) < 1000 {
					one[s] = s
				}
			}
		}
		out = append(out, cells)
	}
}
