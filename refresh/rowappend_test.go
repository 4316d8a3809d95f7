package refresh_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestRowsAppendAsJSONWrites: rows are written as encoding/json writes them.
func TestRowsAppendAsJSONWrites(t *testing.T) {
	check := func(t tester, file []byte, rows int, row func(i int) any) {
		lines := bytes.Split(file, []byte("\n"))
		for i := range rows {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(row(i)); err != nil {
				t.Fatal(err)
			}
			if got := append(bytes.TrimSuffix(lines[1+i], []byte{','}), '\n'); !bytes.Equal(got, b.Bytes()) {
				t.Fatalf("row %d is written as\n%s, and encoding/json writes\n%s", i, got, b.Bytes())
			}
		}
	}
	golden := goldenResult()
	check(t, written(t, golden), len(golden.Rows), func(i int) any { return golden.Rows[i] })
	rapid.Check(t, func(t *rapid.T) {
		r := results.Draw(t, "result")
		check(t, written(t, r), len(r.Rows), func(i int) any { return r.Rows[i] })
	})
}
