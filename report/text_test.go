package report_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/readdress-go/readdress/internal/golden"
	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

func render(t *testing.T, r *refresh.Result, o *report.Options) string {
	t.Helper()
	var b strings.Builder
	if err := report.Text(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextGolden(t *testing.T) {
	partial := newResult(refresh.Preview, moved("r-1", refresh.Source, "mona"), failed("r-2", refresh.Source, "arne", refresh.CauseNoAnswer, "no answer"))
	partial.Partial = true
	var many []refresh.Row
	for i := range 30 {
		many = append(many, moved(fmt.Sprintf("r-%02d", i), refresh.Source, fmt.Sprintf("user%02d", i)))
	}
	empty := newResult(refresh.Preview)
	empty.Run.Source = &refresh.SideRun{System: "Active Directory", Path: refresh.PathIncremental, Why: "nothing changed since the last run"}
	for _, tc := range []struct {
		name, reason string
		r            *refresh.Result
		o            *report.Options
	}{
		{"everything", "every outcome, reason, cause, detail, warning and conflict of a preview", everything(refresh.Preview), nil},
		{"ascii", "the same for a terminal without UTF-8", everything(refresh.Preview), &report.Options{ASCII: true, Rows: 1}},
		{"narrow", "the same in 40 columns", everything(refresh.Applied), &report.Options{Width: 40, Rows: 1}},
		{"applied", "an applied result of both sides", newResult(refresh.Applied, moved("r-1", refresh.Source, "mona"), moved("r-1", refresh.Target, "mona")), nil},
		{"reverted", "a reverted one", newResult(refresh.Reverted, moved("r-1", refresh.Source, "mona")), nil},
		{"partial", "a run that was ended early", partial, nil},
		{"empty", "a run that selected nothing", empty, nil},
		{"target", "only the target was asked", newResult(refresh.Preview, moved("r-1", refresh.Target, "mona"), bound("r-2", refresh.Target, refresh.NotChanged, person("nils", "new.example"))), nil},
		{"many", "more rows than are listed", newResult(refresh.Preview, many...), &report.Options{Rows: 3}},
		{"hostile", "values that try to hide, to move their neighbours or to imitate the report", hostile(), nil},
		{"long", "values longer than a line", long(), &report.Options{Width: 60}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := render(t, tc.r, tc.o)
			golden.Check(t, tc.name+".txt", got)
			limit := 100
			if tc.o != nil && tc.o.Width != 0 {
				limit = tc.o.Width
			}
			for line := range strings.Lines(got) {
				if n := utf8.RuneCountInString(line) - 1; n > limit {
					t.Errorf("a line has %d characters, %d fit: %s", n, limit, line)
				}
			}
			if tc.o != nil && tc.o.ASCII && strings.ContainsFunc(got, func(r rune) bool { return r >= utf8.RuneSelf }) {
				t.Error("ASCII output holds other characters")
			}
		})
	}
}

// hostile returns rows whose names and addresses attack the reader.
func hostile() *refresh.Result {
	rename := func(key, before, after string) refresh.Row {
		row := bound(key, refresh.Source, refresh.Refreshed, person("ann", "new.example"))
		row.Before.DisplayName = before
		mb := row.Before
		mb.DisplayName = after
		row.After, row.Reasons = &mb, refresh.ReasonsOf(refresh.ReasonDetails)
		return row
	}
	address := func(key, before, after string) refresh.Row {
		row := rename(key, "Ann", "Ann")
		row.Before.Primary, row.After.Primary = refresh.Address(before), refresh.Address(after)
		return row
	}
	r := newResult(refresh.Preview,
		rename("newline", "Ann", "Ann\n✗ Source: Not refreshed – missing (1 row)"),
		rename("terminal", "Ann", "\x1b[2J\x1b[1;1HAnn\x07"),
		rename("not UTF-8", "Ann", "Ann\xff\xfe"),
		rename("override", "Ann", "Ann \u202egro.live\u202c"),
		rename("isolate", "Ann", "\u2066Ann\u2069"),
		rename("invisible", "Ann", "A\u200bnn\u00ad\ufeff\u3164\u2800"),
		rename("spaces", "Ann", " Ann  Berg "),
		rename("wide spaces", "Ann Berg", "Ann\u00a0Berg\u3000"),
		rename("marks", "Ann", "\u0301A\u0301\u0301\u0301\u0301\u0301nn"),
		rename("imitates an escape", "Ann", "<U+202E> <0xFF> <…12…> a<b"),
		rename("imitates an arrow", "Ann", "Eve → Ann -> Ann"),
		rename("composition", "Jos\u00e9", "Jose\u0301"),
		rename("width", "Ann", "\uff21nn"),
		rename("wide letters", "山田太郎", "山田花子"),
		rename("right to left", "אבג", "דהו"),
		address("right to left address", "אבג@דוגמה.example", "דהו@דוגמה.example"),
		address("line separator", "a\u2028b@old.example", "a\u2029b@new.example"),
		rename("key with \x1b[31m colour", "Ann", "Anne"),
	)
	r.JobName = "job\r\nResult     forged"
	r.Run.Operator = "anna\u202e"
	r.Run.Source.Server = "dc1\x1b]0;owned\x07"
	r.Warnings = []refresh.Warning{{Code: refresh.WarnConnector, Side: refresh.Source, Text: "it said \x1b[2J", Keys: []string{"a\nb", "c\u202e"}}}
	r.Conflicts = []refresh.Conflict{{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Source, Address: "a\u202e@b.example", Members: []refresh.Member{{Key: "x\ty"}}}}
	return r
}

// long returns rows with values that do not fit into a line.
func long() *refresh.Result {
	x := strings.Repeat("x", 60)
	mk := func(key string, before, after refresh.Address) refresh.Row {
		row := bound(key, refresh.Source, refresh.Refreshed, person("ann", "new.example"))
		row.Before.Primary = before
		mb := row.Before
		mb.Primary = after
		row.After, row.Reasons = &mb, refresh.ReasonsOf(refresh.ReasonPrimary)
		return row
	}
	row := mk("aliases", "a@b.example", "b@b.example")
	for i := range 14 {
		row.After.Aliases = append(row.After.Aliases, refresh.Address(fmt.Sprintf("alias%02d@b.example", i)))
	}
	return newResult(refresh.Preview,
		mk("two lines", "anna.very.long.name@old.example", "anna.very.long.name@new.example"),
		mk("differs at once", refresh.Address("a"+x+"@old.example"), refresh.Address("b"+x+"@old.example")),
		mk("differs in the middle", refresh.Address(x+"a"+x+"@old.example"), refresh.Address(x+"b"+x+"@old.example")),
		mk("differs at the end", refresh.Address(x+"@old.example"), refresh.Address(x+"@old.exampla")),
		mk("is longer", refresh.Address(x), refresh.Address(x+"x")),
		mk("key-"+x+x, "a@b.example", "b@b.example"),
		row,
	)
}

func TestTextPassesOnWriteErrors(t *testing.T) {
	full := errors.New("disk full")
	err := report.Text(writer(func([]byte) (int, error) { return 0, full }), everything(refresh.Preview), nil)
	if !errors.Is(err, full) {
		t.Errorf("error %v, want it to wrap %q: a report cut short must not pass for whole", err, full)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

func TestTextOfNothing(t *testing.T) {
	if err := report.Text(&strings.Builder{}, nil, nil); err == nil {
		t.Error("no result, and no error")
	}
	if got := render(t, &refresh.Result{}, nil); !strings.Contains(got, "No side was asked") {
		t.Errorf("the zero result renders as\n%s", got)
	}
}

func TestTextDoesNotChangeTheResult(t *testing.T) {
	r := everything(refresh.Preview)
	before := fmt.Sprintf("%+v", r)
	render(t, r, nil)
	if after := fmt.Sprintf("%+v", r); after != before {
		t.Error("rendering changed the result")
	}
}
