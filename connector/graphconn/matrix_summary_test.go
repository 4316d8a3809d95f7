package graphconn_test

import (
	"fmt"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// summary counts cells by trouble.
type summary struct {
	mu    sync.Mutex
	rows  map[string]*summaryRow
	order []string
}

type summaryRow struct {
	cells, struck, whole, missing, wrong int
	slowest                              time.Duration
}

func newSummary() *summary { return &summary{rows: map[string]*summaryRow{}} }

func (s *summary) add(x *cell, o cellOutcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{x.fault.name, "all"} {
		row := s.rows[name]
		if row == nil {
			row = &summaryRow{}
			s.rows[name] = row
			s.order = append(s.order, name)
		}
		row.cells++
		row.missing += o.missing
		row.slowest = max(row.slowest, o.took)
		for _, c := range []struct {
			is bool
			n  *int
		}{{o.struck > 0, &row.struck}, {o.whole, &row.whole}, {o.verdict.String() != "", &row.wrong}} {
			if c.is {
				*c.n++
			}
		}
	}
}

// String is a table.
func (s *summary) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "\nfault\tcells\tstruck\tcomplete all the same\tfalse missing\twrong\tslowest\t")
	for _, name := range s.order {
		r := s.rows[name]
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%v\t\n", name, r.cells, r.struck, r.whole, r.missing, r.wrong, r.slowest.Round(time.Millisecond))
	}
	_ = w.Flush()
	return b.String()
}
