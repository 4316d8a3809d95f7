package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// dough is bytes that a result is made from.
type dough []byte

func (d *dough) byte() byte {
	if len(*d) == 0 {
		return 0
	}
	b := (*d)[0]
	*d = (*d)[1:]
	return b
}

// text takes a length and as many bytes.
func (d *dough) text() string {
	n := min(int(d.byte()), len(*d))
	s := string((*d)[:n])
	*d = (*d)[n:]
	return s
}

func (d *dough) addresses() (out []refresh.Address) {
	for range d.byte() % 4 {
		out = append(out, refresh.Address(d.text()))
	}
	return out
}

func (d *dough) mailbox() refresh.Mailbox {
	return refresh.Mailbox{ID: refresh.ID(d.text()), Login: d.text(), DisplayName: d.text(), Primary: refresh.Address(d.text()), Aliases: d.addresses()}
}

func (d *dough) time() time.Time {
	n := int64(0)
	for range 6 {
		n = n<<8 | int64(d.byte())
	}
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).In(time.FixedZone("", int(d.byte())*60)) // within this and the next centuries
}

func (d *dough) row() refresh.Row {
	row := refresh.Row{
		Key: d.text(), Side: refresh.Source + refresh.Side(d.byte()%2), Outcome: refresh.Refreshed + refresh.Outcome(d.byte()%8),
		Reasons: refresh.Reasons(d.byte()) << 1, Cause: refresh.Cause(d.byte() % 9), Failure: d.text(), Replica: d.text(), Use: refresh.Address(d.text()), Before: d.mailbox(),
	}
	if flags := d.byte(); flags&1 != 0 {
		after := d.mailbox()
		row.After = &after
		if flags&2 != 0 {
			after.Aliases = append(after.Aliases, row.Before.Aliases...)
		}
		if flags&4 != 0 {
			row.Evidence = &refresh.Evidence{HitsFailure: d.text(), Account: refresh.AccountState(d.byte() % 4), DomainAccepted: refresh.Tri(d.byte() % 3)}
		}
	}
	return row
}

func (d *dough) result() *refresh.Result {
	r := &refresh.Result{
		JobName: d.text(), ID: d.text(), JobID: d.text(), State: refresh.State(d.byte() % 3),
		Run: refresh.Run{ID: d.text(), Operator: d.text(), Library: d.text(), JobDigest: d.text(), Started: d.time(), Finished: d.time()},
	}
	for _, side := range []**refresh.SideRun{&r.Run.Source, &r.Run.Target} {
		if d.byte()%4 != 0 {
			*side = &refresh.SideRun{System: d.text(), Directory: d.text(), Pin: d.text(), Server: d.text(), Account: d.text(), Path: refresh.Path(d.byte() % 2)}
		}
	}
	for len(*d) > 0 && len(r.Rows) < 20 {
		r.Rows = append(r.Rows, d.row())
	}
	return r
}

// knead is the inverse of dough.text for some texts.
func knead(texts ...string) []byte {
	var b []byte
	for _, s := range texts {
		b = append(append(b, byte(len(s))), s...)
	}
	return b
}

// FuzzCSV: what CSV writes of any result, with any options, ReadCSV reads as the result's records.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"=1+1", "'x", "x;\"=1", "a\r\nb", "\u202e<U+202E>", "\xff", `a;b\`, ""} {
		f.Add(knead(slices.Repeat([]string{s}, 60)...), byte(0))
		f.Add(slices.Concat(knead(s, s, s), slices.Repeat([]byte{1, '='}, 200)), byte(0xff))
	}
	f.Fuzz(func(t *testing.T, bytes []byte, options byte) {
		d := dough(bytes)
		r := d.result()
		o := report.CSVOptions{Comma: []rune{0, ',', ';', '\t'}[options%4], BOM: options&4 != 0, Raw: options&8 != 0}
		file := renderCSV(t, r, o)
		if strings.Count(file, "\n") != len(r.Rows)+1 && !o.Raw {
			t.Fatalf("%d rows have %d lines", len(r.Rows), strings.Count(file, "\n"))
		}
		got, err := readCSV(file)
		if err != nil {
			t.Fatalf("%v\n%q", err, file)
		}
		want := slices.Collect(report.Records(r))
		for i := range want {
			asRead(&want[i], o.Raw)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("(-want +got):\n%s\n%q", d, file)
		}
	})
}

// FuzzReadCSV: no file is too much for ReadCSV, and what it reads is the same when it is written and read again.
func FuzzReadCSV(f *testing.F) {
	for _, r := range []*refresh.Result{newResult(refresh.Preview, moved("r-1", refresh.Source, "mona")), hostile(), formulas("=1+1")} {
		r.Rows = r.Rows[:min(len(r.Rows), 3)]
		for _, o := range []report.CSVOptions{{}, {Comma: ';', BOM: true}, {Comma: '\t'}, {Raw: true}} {
			f.Add([]byte(renderCSV(f, r, o)), byte(0))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, options byte) {
		first, err := readCSV(string(file))
		if err != nil && strings.Contains(err.Error(), "@") {
			t.Fatalf("the error may show a value: %v", err)
		}
		o := report.CSVOptions{Comma: []rune{0, ',', ';', '\t'}[options%4], BOM: options&4 != 0, Raw: options&8 != 0}
		var b strings.Builder
		if err := report.WriteRecords(&b, slices.Values(first), o); err != nil {
			t.Fatal(err)
		}
		again, err := readCSV(b.String())
		if err != nil {
			t.Fatalf("%v\n%q", err, b.String())
		}
		for i := range first {
			asRead(&first[i], o.Raw)
		}
		if d := cmp.Diff(first, again, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("(-read +written and read again):\n%s\n%q", d, b.String())
		}
	})
}
