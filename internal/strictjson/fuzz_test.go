package strictjson_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/internal/strictjson"
)

// FuzzUnmarshal: what this package accepts, encoding/json accepts with the same value, and writing that value gives
// something that is accepted again.
func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{
		`{}`, `null`, `{"format":"f","on":true,"count":-3,"small":255,"ratio":1.5e1,"when":"2026-01-31T08:00:00Z","colour":"red","even":4}`,
		`{"inner":{"name":"n","list":["a","\ud83d\ude00"]},"pointer":{"name":"p"},"many":[{},{"name":"x"}],"map":{"a":1},"raw":{"x":[null,1e400]},"rawPtr":[1],"any":{"k":null},"Plain":2}`,
		`{"count":1,"count":2}`, `{"Count":1}`, `{"when":"2026\u002d01-31T08:00:00Z"}`, `{"raw":{"a":1,"\u0061":2}}`, `{"ratio":1e39}`, `{"count":-0}`, "{\"format\":\"\xff\"}", `{"any":"\udc00"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var strict, lenient document
		if err := strictjson.Unmarshal(data, &strict); err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(&lenient); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if d := cmp.Diff(lenient, strict, compare...); d != "" {
			t.Fatalf("another value (-encoding/json +strictjson)\n%s", d)
		}
		again, err := json.Marshal(strict)
		if err != nil {
			t.Fatal(err)
		}
		var back document
		if err := strictjson.Unmarshal(again, &back); err != nil {
			t.Fatalf("refused what it read before, %s: %v", again, err)
		}
	})
}

// FuzzCheck: free values that are accepted are those that encoding/json reads, and they survive.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{`null`, `[1,{"a":{"b":[]}}]`, `{"a":1,"a":2}`, `"\ud800"`, `"\ud83d\ude00"`, "\"\xff\"", `1e400`, ` 1`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := strictjson.Check(data); err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatal("accepted what is not JSON")
		}
	})
}

var compare = cmp.Options{cmp.AllowUnexported(document{}), cmpopts.EquateEmpty()}
