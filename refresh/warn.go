package refresh

import (
	"fmt"
	"strconv"
)

// suspiciousRows is the number of looked-up rows from which a share of missing ones is worth a warning.
const suspiciousRows = 20

// warnings gathers the warnings of both sides, source first.
func (r *run) warnings() []Warning {
	var out []Warning
	for _, s := range r.sides {
		out = append(out, s.warned...)
		for _, f := range s.record.Failovers {
			out = append(out, Warning{Code: WarnFailover, Side: s.side, Text: fmt.Sprintf("the run went on at %s instead of %s", f.To, f.From)})
		}
	}
	return out
}

// expect returns the domain that rows of a side should be in, "" when nobody asked or the directory does not accept it.
func (s *sideRun) expect(domain string) string {
	if domain = foldDomain(domain); s.dir.Accepts(domain) == No {
		return ""
	}
	return domain
}

// judgeRun warns about what only shows in many rows together.
func (r *run) judgeRun() {
	for _, s := range r.sides {
		s.warned = append(s.warned, s.tally.warnings(s.side)...)
	}
}

type tally struct {
	expect              string // domain that rows should be in; "" when not asked for
	rows                int
	nameless            []string // rows of origin Manual
	asked, missing      int
	pending             []string
	hadAliases, lostAll int
	anyAliases          bool
}

func (t *tally) add(row *Row) {
	t.count(row.Key, row.Origin)
	if row.Origin != Bound {
		return
	}
	t.asked++
	switch row.Outcome {
	case Missing:
		t.missing++
	case NotChanged:
		if t.expect != "" && row.Before.Primary.Domain() != t.expect {
			t.pending = append(t.pending, row.Key)
		}
	}
	if row.Outcome == Refreshed || row.Outcome == NotChanged {
		after := len(row.Before.Aliases)
		if row.After != nil {
			after = len(row.After.Aliases)
		}
		t.anyAliases = t.anyAliases || after > 0
		if len(row.Before.Aliases) > 0 {
			t.hadAliases++
			if after == 0 {
				t.lostAll++
			}
		}
	}
}

// count counts a row, whatever is found of it.
func (t *tally) count(key string, o Origin) {
	t.rows++
	if o == Manual {
		t.nameless = append(t.nameless, key)
	}
}

// warnings says what the rows of a side show together.
func (t *tally) warnings(s Side) []Warning {
	var out []Warning
	if t.asked >= suspiciousRows && 2*t.missing >= t.asked {
		out = append(out, Warning{Code: WarnSuspicious, Side: s, Text: fmt.Sprintf("%d of %d mailboxes are missing: check that the connection reaches the right server with the right permissions before you apply this", t.missing, t.asked)})
	}
	if len(t.pending) > 0 {
		out = append(out, Warning{Code: WarnExpectedDomain, Side: s, Text: pendingText(len(t.pending)), Keys: t.pending})
	}
	if t.hadAliases > 1 && t.lostAll == t.hadAliases && !t.anyAliases {
		out = append(out, Warning{Code: WarnAliasesLost, Side: s, Text: fmt.Sprintf("all %d mailboxes that had aliases have none now: check that the connection may read them before you apply this", t.lostAll)})
	}
	if n := len(t.nameless); n > 0 {
		have := "have"
		if n == 1 {
			have = "has"
		}
		text := fmt.Sprintf("%s of %s rows %s no identity: enrol before the switch", grouped(n), grouped(t.rows), have)
		out = append(out, Warning{Code: WarnNoIdentity, Side: s, Text: text, Keys: t.nameless})
	}
	return out
}

// grouped writes a count with a comma before every three digits.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func pendingText(n int) string {
	return fmt.Sprintf("%d mailboxes are not changed and not in the expected domain: replication or synchronisation may be pending, retry later", n)
}
