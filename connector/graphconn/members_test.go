package graphconn

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

func TestDecodeObject(t *testing.T) {
	for _, tt := range []struct {
		name, reason, json string
		id                 refresh.ID
		want               error
	}{
		{"nested", "what is not read may be of any shape", `{"a":{"b":[1,"}",{"c":null}]},"id":"` + annID + `" , "x":[],"y":-1.5e3,"z":true}`, annID, nil},
		{"no ID", "it cannot be told which object it is", `{"displayName":"x"}`, "", errNoID},
		{"null ID", "it cannot be told which object it is", `{"id":null}`, "", errNoID},
		{"ID of another form", "no object of ours has it", `{"id":"ann@c.example"}`, "", errNoID},
		{"two IDs", "it cannot be told which is meant", `{"id":"` + annID + `","id":"` + annID + `"}`, annID, errObject},
		{"proxyAddresses of another shape", "the object fails, and it is known which", `{"proxyAddresses":"SMTP:a@c.example","id":"` + annID + `"}`, annID, errObject},
		{"numbers in proxyAddresses", "the object fails, and it is known which", `{"id":"` + annID + `","proxyAddresses":[1]}`, annID, errObject},
		{"array", "it is no object", `["id"]`, "", errObject},
		{"text", "it is no object", `"id"`, "", errObject},
		{"null", "it is no object", `null`, "", errObject},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := decodeObject(json.RawMessage(tt.json))
			if !errors.Is(err, tt.want) || o.id != tt.id {
				t.Errorf("%s: ID %q, error %v; want %q and %v", tt.reason, o.id, err, tt.id, tt.want)
			}
		})
	}
}

// FuzzMembers holds the scanner against encoding/json: of everything that the latter takes for an object, both see the same members.
func FuzzMembers(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":1}`, ` { "a" : [ "x" , "y\\\"" ] , "b" : { } } `, `{"\u0061":"\ud800"}`, `{"a":"é","b":null,"c":[[],{}],"d":""}`, `{"a":[]}`, `[1]`, `{"a":"\u0000"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var want map[string]json.RawMessage
		if json.Unmarshal(b, &want) != nil || want == nil {
			_ = members(b, func(_ []byte, v jsonText) error { _, _ = v.text(); _, _ = v.texts(); return nil }) // must only not panic
			return
		}
		got := map[string]json.RawMessage{}
		err := members(b, func(name []byte, v jsonText) error {
			got[string(name)] = json.RawMessage(v)
			var text string
			if s, err := v.text(); (err == nil) != (json.Unmarshal(v, &text) == nil && !v.null()) || s != text {
				t.Errorf("text of %s: %q, %v, want %q", v, s, err, text)
			}
			var texts []*string
			if list, err := v.texts(); err == nil {
				if json.Unmarshal(v, &texts) != nil || len(texts) != len(list) {
					t.Fatalf("texts of %s: %q", v, list)
				}
				for i, s := range list {
					if texts[i] == nil || *texts[i] != s {
						t.Errorf("texts of %s: %q at %d", v, s, i)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-encoding/json +members):\n%s", b, d)
		}
	})
}
