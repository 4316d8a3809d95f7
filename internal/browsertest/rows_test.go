package browsertest

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// This file says, from the result alone, which rows the page has to show and in which order.

// rowName names a row as the page does.
type rowName struct{ Key, Side string }

func nameOf(row *refresh.Row) rowName { return rowName{row.Key, row.Side.String()} }

// choice returns the rows for which keep is true, in reading order, or in another.
func choice(r *refresh.Result, keep func(*refresh.Row) bool, order ...func(a, b *refresh.Row) int) []*refresh.Row {
	var out []*refresh.Row
	for i := range r.Rows {
		if keep(&r.Rows[i]) {
			out = append(out, &r.Rows[i])
		}
	}
	by := reading(r)
	if len(order) > 0 {
		by = order[0]
	}
	slices.SortStableFunc(out, by)
	return out
}

func all(*refresh.Row) bool { return true }

func namesOf(rows []*refresh.Row) []rowName {
	out := []rowName{}
	for _, row := range rows {
		out = append(out, nameOf(row))
	}
	return out
}

// reading compares by what needs a person first: rows whose address in use is lost, errors, warnings, the rest.
func reading(r *refresh.Result) func(a, b *refresh.Row) int {
	severity := func(c report.Case) refresh.Severity {
		if c.Detail == report.UseLost {
			return refresh.SeverityError + 1
		}
		return c.Outcome.Severity()
	}
	rank := func(c report.Case) int { return slices.Index(refresh.Outcomes(), c.Outcome) }
	return func(x, y *refresh.Row) int {
		a, b := report.CaseOf(r, x), report.CaseOf(r, y)
		return cmp.Or(cmp.Compare(severity(b), severity(a)), cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Side, b.Side),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Detail, b.Detail))
	}
}

// alphabetical compares a text of each row as people do: case and numbers as in a phone book.
func alphabetical(text func(*refresh.Row) string) func(a, b *refresh.Row) int {
	c := collate.New(language.English, collate.Numeric)
	return func(a, b *refresh.Row) int {
		return c.CompareString(strings.ToLower(text(a)), strings.ToLower(text(b)))
	}
}

func address(row *refresh.Row) string { return string(row.Now().Primary) }

// addresses returns the present addresses, one a line.
func addresses(rows []*refresh.Row) string {
	var out []string
	for _, row := range rows {
		if a := address(row); a != "" {
			out = append(out, a)
		}
	}
	return strings.Join(out, "\n")
}

// inDomain reports whether a row is or was in a domain.
func inDomain(row *refresh.Row, domain string) bool {
	if row.Before.Primary.Domain() == domain {
		return true
	}
	found := row.Outcome == refresh.Refreshed || row.Outcome == refresh.NotChanged || row.After != nil
	return found && row.Now().Primary.Domain() == domain
}

// reasonsOf returns the words by which a row is filtered.
func reasonsOf(r *refresh.Result, row *refresh.Row) []string {
	var out []string
	for _, reason := range row.Reasons.List() {
		out = append(out, reasonWords[reason])
	}
	if row.Reasons.Has(refresh.ReasonPrimary) {
		before, _ := row.Before.Primary.Split()
		if after, _ := row.After.Primary.Split(); before != after {
			out = append(out, "other name before the @")
		}
	}
	c := report.CaseOf(r, row)
	for _, word := range []string{causeWords[c.Cause], detailWords[c.Detail]} {
		if word != "" {
			out = append(out, word)
		}
	}
	return out
}

var (
	reasonWords = map[refresh.Reason]string{
		refresh.ReasonPrimary: "primary address", refresh.ReasonAliases: "aliases", refresh.ReasonSpelling: "spelling", refresh.ReasonLogin: "sign-in name",
		refresh.ReasonDetails: "name, kind or identifiers", refresh.ReasonGone: "gone", refresh.ReasonSoftDeleted: "deleted, can be restored",
		refresh.ReasonMoved: "mailbox lives elsewhere",
	}
	causeWords  = map[refresh.Cause]string{refresh.CauseFailed: "error", refresh.CauseNotVisible: "not visible"}
	detailWords = map[report.Detail]string{
		report.UseLost: "address in use is lost", report.UseStillAlias: "address in use is an alias now", report.NoHolder: "nobody holds the address",
		report.AccountExistsNow: "has a mailbox now",
	}
)
