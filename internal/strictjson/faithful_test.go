package strictjson_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/readdress-go/readdress/internal/strictjson"
)

type record struct {
	Text    string          `json:"text"`
	List    []string        `json:"list"`
	Short   []string        `json:"short,omitempty"`
	When    time.Time       `json:"when"`
	Last    time.Time       `json:"last,omitzero"`
	Colour  colour          `json:"colour,omitempty"`
	Must    colour          `json:"must"`
	Next    *record         `json:"next,omitempty"`
	Records []record        `json:"records,omitempty"`
	Number  int             `json:"number"`
	Raw     json.RawMessage `json:"raw,omitempty"`
	Owner   *inner          `json:"owner"`
	Any     any             `json:"any,omitempty"`
	Mute    mute            `json:"mute,omitempty"`
}

// mute is a word that cannot be written.
type mute int

func (mute) MarshalText() ([]byte, error)  { return nil, errNoWord }
func (*mute) UnmarshalText(b []byte) error { return nil }

var errNoWord = &strictjson.Error{Problem: "there is no word"}

func TestFaithful(t *testing.T) {
	day := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	good := func() record {
		return record{Text: "é", List: []string{}, When: day, Must: "red", Owner: &inner{}}
	}
	for _, c := range []struct {
		name, why, want string
		change          func(*record)
	}{
		{"good", "nothing is wrong", "", func(*record) {}},
		{"all set", "nothing is wrong with any field", "", func(r *record) {
			r.Short, r.Last, r.Colour, r.Raw, r.Any = []string{"a"}, day, "blue", json.RawMessage(`{"a":null}`), "x"
			r.Records = []record{good(), good()}
			r.Next = &r.Records[0]
		}},
		{"text", "encoding/json would replace the byte", "text: is not UTF-8", func(r *record) { r.Text = "\xff" }},
		{"text in a list", "the path has the index", "list[1]: is not UTF-8", func(r *record) { r.List = []string{"a", "\xff"} }},
		{"text in a pointer", "the path goes through", "next.text: is not UTF-8", func(r *record) { n := good(); n.Text = "\xc3"; r.Next = &n }},
		{"text in records", "and through lists of structs", "records[1].list[0]: is not UTF-8", func(r *record) {
			r.Records = []record{good(), good()}
			r.Records[1].List = []string{"\xff"}
		}},
		{"text in an interface", "and through interfaces", "any: is not UTF-8", func(r *record) { r.Any = "\xff" }},
		{"nil list", "it would be written as null", "list: is missing", func(r *record) { r.List = nil }},
		{"nil pointer", "it would be written as null", "owner: is missing", func(r *record) { r.Owner = nil }},
		{"late time", "MarshalJSON refuses it", "when: is no time that RFC 3339 can say", func(r *record) { r.When = day.AddDate(8000, 0, 0) }},
		{"early time", "MarshalJSON refuses it", "last: is no time that RFC 3339 can say", func(r *record) { r.Last = day.AddDate(-2100, 0, 0) }},
		{"far zone", "MarshalJSON refuses it", "when: is no time that RFC 3339 can say", func(r *record) { r.When = day.In(time.FixedZone("", 24*3600)) }},
		{"zone with seconds", "the seconds would be lost", "when: is no time that RFC 3339 can say", func(r *record) { r.When = day.In(time.FixedZone("", 3208)) }},
		{"zone", "a whole minute is fine", "", func(r *record) { r.When = day.In(time.FixedZone("", -3180)) }},
		{"no word", "the reader would refuse it", "must: unknown colour: want one of red, blue", func(r *record) { r.Must = "" }},
		{"word that cannot be written", "the writer refuses it", "mute: there is no word", func(r *record) { r.Mute = 1 }},
		{"raw", "the reader would refuse it", "raw: contains JSON that is not UTF-8", func(r *record) { r.Raw = json.RawMessage("\"\xff\"") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := good()
			c.change(&r)
			if got := text(strictjson.Faithful(&r)); got != c.want {
				t.Errorf("error %q, want %q: %s", got, c.want, c.why)
			}
		})
	}
}
