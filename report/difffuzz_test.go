package report_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/report"
)

// FuzzReadDifference: no bytes make it fall over, and what it accepts is written and read again as the same, and rendered.
func FuzzReadDifference(f *testing.F) {
	var b bytes.Buffer
	if err := twoRefreshes(f).Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"format":"readdress-difference","version":1,"jobId":"","earlier":{},"later":{},"sameSource":0,"sameTarget":0,"rows":[]}`))
	f.Add([]byte(`{"format":"readdress-difference","version":1,"rows":[{"key":"","side":"source","trend":"added","later":{"outcome":"missing"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := report.ReadDifference(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := report.ReadDifference(&b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("another difference came back (-want +got):\n%s", diff)
		}
		for _, write := range []func(*bytes.Buffer) error{
			func(b *bytes.Buffer) error { return d.Text(b, nil) }, func(b *bytes.Buffer) error { return d.CSV(b, nil) }, func(b *bytes.Buffer) error { return d.HTML(b, nil) },
		} {
			if err := write(new(bytes.Buffer)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
