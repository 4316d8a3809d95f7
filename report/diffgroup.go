package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// diffCase is what rows of a difference have in common: the trend, and what the two refreshes said.
type diffCase struct {
	trend     Trend
	was, is   Case // zero where that refresh did not look
	rematched bool
}

func (d *Difference) caseOf(row *DiffRow) diffCase {
	c := diffCase{trend: row.Trend, rematched: row.Rematched}
	if row.Earlier != nil {
		c.was = row.Earlier.caseOn(row.Side, d.Earlier.Run)
	}
	if row.Later != nil {
		c.is = row.Later.caseOn(row.Side, d.Later.Run)
	}
	return c
}

// last is what is known last.
func (c diffCase) last() Case {
	if c.trend == Dropped {
		return c.was
	}
	return c.is
}

// severity is that of what is known now; of rows that are no longer looked at, a person should look.
func (c diffCase) severity() refresh.Severity {
	if c.trend == Dropped {
		return refresh.SeveritySame
	}
	return c.is.severity()
}

// label says the case in the users' words, such as "Newly missing, gone".
func (c diffCase) label(earlier, later refresh.State) string {
	was, is := c.was.Label(earlier), c.is.Label(later)
	label := ""
	switch c.trend {
	case Worsened:
		label = "Newly: " + is + " (was: " + lower(was) + ")"
	case Turned:
		label = is + " (was: " + lower(was) + ")"
	case Persisted:
		label = "Still: " + is
	case Healed:
		label = "Healed: " + lower(is) + " (was: " + lower(was) + ")"
	case Added:
		label = "Only in the later refresh: " + lower(is)
	case Dropped:
		label = "Only in the earlier refresh: " + lower(was)
	default:
		label = c.trend.Label() + ": " + lower(is) + " (was: " + lower(was) + ")"
	}
	if c.rematched {
		label += ", matched to another mailbox"
	}
	return label
}

// lower writes the first letter small.
func lower(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// remedy is what to do now, "" where there is nothing to do.
func (c diffCase) remedy() string {
	if c.severity() < refresh.SeverityWarning {
		return ""
	}
	return Remedy(c.is)
}

// compare orders cases for reading: what needs a person now, addresses in use that are lost before all, then by trend.
func (c diffCase) compare(o diffCase) int {
	rank := func(t Trend) int { return slices.Index(Trends(), t) }
	flag := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	lost := func(c diffCase) int { return flag(c.last().Detail != UseLost) }
	return cmp.Or(flag(o.needs())-flag(c.needs()), lost(c)-lost(o), cmp.Compare(rank(c.trend), rank(o.trend)),
		c.last().compare(o.last()), c.was.compare(o.was), flag(c.rematched)-flag(o.rematched))
}

func (c diffCase) needs() bool { return c.severity() >= refresh.SeverityWarning }

// diffGroup is the rows of one case, as indices into Difference.Rows.
type diffGroup struct {
	about diffCase
	rows  []int
}

func (d *Difference) groups() []diffGroup {
	at := map[diffCase]int{}
	var out []diffGroup
	for i := range d.Rows {
		c := d.caseOf(&d.Rows[i])
		g, ok := at[c]
		if !ok {
			g = len(out)
			at[c] = g
			out = append(out, diffGroup{about: c})
		}
		out[g].rows = append(out[g].rows, i)
	}
	slices.SortFunc(out, func(a, b diffGroup) int { return a.about.compare(b.about) })
	return out
}

// sides lists the sides that either refresh asked.
func (d *Difference) sides() []refresh.Side {
	var out []refresh.Side
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		if d.Earlier.Run.Side(s) != nil || d.Later.Run.Side(s) != nil {
			out = append(out, s)
		}
	}
	return out
}
