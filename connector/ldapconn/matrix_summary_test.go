package ldapconn_test

import (
	"fmt"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// summary counts cells by trouble.
type summary struct {
	mu   sync.Mutex
	rows map[string]*summaryRow
	hit  map[pair]bool // struck at least once
}

type summaryRow struct {
	cells, struck, whole, missing, hung int
	slowest                             time.Duration
}

func newSummary() *summary { return &summary{rows: map[string]*summaryRow{}, hit: map[pair]bool{}} }

func (s *summary) add(x *cell, o cellOutcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hit[x.pair()] = s.hit[x.pair()] || o.struck
	for _, name := range []string{x.fault.name, "all"} {
		row := s.rows[name]
		if row == nil {
			row = &summaryRow{}
			s.rows[name] = row
		}
		row.cells++
		row.missing += o.missing
		row.slowest = max(row.slowest, o.took)
		for _, c := range []struct {
			is bool
			n  *int
		}{{o.struck, &row.struck}, {o.whole, &row.whole}, {o.hung, &row.hung}} {
			if c.is {
				*c.n++
			}
		}
	}
}

// cells counts those that ran.
func (s *summary) cells() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all := s.rows["all"]; all != nil {
		return all.cells
	}
	return 0
}

// struck reports whether a pair struck in some cell.
func (s *summary) struck(p pair) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hit[p]
}

// String is a table.
func (s *summary) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "\nfault\tcells\tstruck\tcomplete all the same\tfalse missing\thangs\tslowest\t")
	for _, t := range append(troubles, trouble{name: "all"}) {
		if r := s.rows[t.name]; r != nil {
			_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%v\t\n", t.name, r.cells, r.struck, r.whole, r.missing, r.hung, r.slowest.Round(time.Millisecond))
		}
	}
	_ = w.Flush()
	return b.String()
}
