package report

// htmlFlow is the matrix of domains of one side.
type htmlFlow struct {
	Side, Word string
	To         []string // the columns
	From       []htmlFlowRow
	Others     int  // old domains that are not shown
	Elsewhere  bool // there are new domains without a column
}

// htmlFlowRow is one old domain.
type htmlFlowRow struct {
	Domain             string
	Cells              []htmlFlowCell // one for each column
	Elsewhere          int            // to domains without a column
	Still, Open, Total int
	LeftBehind         bool // some stay, and others of the domain moved
}

// htmlFlowCell is the number of rows that moved to a domain.
type htmlFlowCell struct {
	To    string
	Count int
}

// The bounds of the matrix; the table below filters by any domain.
const (
	maxFlowFrom = 25
	maxFlowTo   = 6
)

func newHTMLFlow(f flow) htmlFlow {
	out := htmlFlow{Side: sideLabel(f.side), Word: f.side.String()}
	to := f.to[:min(len(f.to), maxFlowTo)]
	for _, d := range to {
		out.To = append(out.To, domainLabel(d))
	}
	for i, from := range f.from {
		if i == maxFlowFrom {
			out.Others = len(f.from) - i
			break
		}
		row := htmlFlowRow{Domain: domainLabel(from.domain), Still: from.still, Open: from.open, Total: from.total, LeftBehind: from.still > 0 && len(from.moved) > 0}
		moved := 0
		for _, d := range to {
			row.Cells = append(row.Cells, htmlFlowCell{domainLabel(d), from.moved[d]})
			moved += from.moved[d]
		}
		row.Elsewhere = from.total - from.still - from.open - moved
		out.Elsewhere = out.Elsewhere || row.Elsewhere > 0
		out.From = append(out.From, row)
	}
	return out
}

func domainLabel(d string) string {
	if d == "" {
		return "(none)"
	}
	return brief(d)
}
