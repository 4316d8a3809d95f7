package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/strictjson"
)

// colour reads itself from text.
type colour string

func (c *colour) UnmarshalText(b []byte) error {
	if string(b) != "red" && string(b) != "blue" {
		return errors.New("unknown colour: want one of red, blue")
	}
	*c = colour(b)
	return nil
}

func (c colour) MarshalText() ([]byte, error) { return []byte(c), nil }

// even reads itself from JSON.
type even int

func (e *even) UnmarshalJSON(b []byte) error {
	var n int
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	if n%2 != 0 {
		return errors.New("is not even")
	}
	*e = even(n)
	return nil
}

type header struct {
	Format string `json:"format"`
}

type inner struct {
	Name string   `json:"name,omitempty"`
	List []string `json:"list,omitempty"`
}

type document struct {
	header
	On      bool             `json:"on,omitempty"`
	Count   int              `json:"count,omitempty"`
	Small   uint8            `json:"small,omitempty"`
	Ratio   float32          `json:"ratio,omitempty"`
	When    time.Time        `json:"when,omitzero"`
	Colour  colour           `json:"colour,omitempty"`
	Even    even             `json:"even,omitempty"`
	Inner   inner            `json:"inner,omitzero"`
	Pointer **inner          `json:"pointer,omitempty"`
	Many    []inner          `json:"many,omitempty"`
	Map     map[string]int   `json:"map,omitempty"`
	Raw     json.RawMessage  `json:"raw,omitempty"`
	RawPtr  *json.RawMessage `json:"rawPtr,omitempty"`
	Any     any              `json:"any,omitempty"`
	Hidden  int              `json:"-"`
	Plain   int
	private int
}

const fields = "format, on, count, small, ratio, when, colour, even, inner, pointer, many, map, raw, rawPtr, any, Plain"

func TestUnmarshal(t *testing.T) {
	_ = document{}.private
	for _, c := range []struct {
		name, why, in string
		want          string // the error, empty for none
	}{
		{"empty object", "no member is compulsory here", `{}`, ""},
		{"everything", "each kind of field has a right value", `{"format":"f","on":true,"count":-3,"small":255,"ratio":1.5e1,"when":"2026-01-31T08:00:00.5+02:00","colour":"red","even":4,
			"inner":{"name":"n","list":["a","b"]},"pointer":{"name":"p"},"many":[{},{"name":"x"}],"map":{"a":1,"b":2},"raw":{"x":[null,1e400]},"rawPtr":[1],"any":{"k":null},"Plain":2}`, ""},
		{"space everywhere", "white space means nothing", " \t\r\n{ \"count\" : 1 , \"many\" : [ { } , { } ] } \n", ""},
		{"escapes in names and values", "an escape is another spelling", `{"co\u0075nt":1,"inner":{"name":"\ud83d\ude00\"\\\n"}}`, ""},
		{"raw null", "a raw value may be anything", `{"raw":null}`, ""},
		{"any null", "so may one of an interface type", `{"any":null}`, ""},
		{"empty name", "an empty member name is a name", `{"raw":{"":1}}`, ""},

		{"empty", "there is no value", ``, "is not JSON: unexpected end of JSON input"},
		{"truncated", "the value does not end", `{"count":1`, "is not JSON: unexpected end of JSON input"},
		{"trailing data", "one value is expected", `{} {}`, "is not JSON: invalid character '{' after top-level value"},
		{"not UTF-8", "text must be UTF-8", "{\"format\":\"\xff\"}", "is not UTF-8"},
		{"not UTF-8 in a name", "so must names be", "{\"\xc3\":1}", "is not UTF-8"},
		{"another type", "a struct needs an object", `[]`, "is an array; expected an object"},
		{"null document", "null is no object", `null`, "is null; leave the member out instead"},
		{"unknown field", "a misspelt field must not be lost", `{"colr":"red"}`, "colr: is not a known field; expected one of " + fields},
		{"unknown field, nested", "in inner structs too, with the path", `{"many":[{},{"naem":1}]}`, "many[1].naem: is not a known field; expected one of name, list"},
		{"field in another case", "encoding/json would take it", `{"inner":{"Name":"x"}}`, "inner.Name: is not a known field; expected one of name, list"},
		{"hidden field", "a field that is never written is never read", `{"Hidden":1}`, "Hidden: is not a known field; expected one of " + fields},
		{"private field", "an unexported field is no member", `{"private":1}`, "private: is not a known field; expected one of " + fields},
		{"duplicate", "the last would win silently", `{"count":1,"count":2}`, "count: is there twice; members must be unique"},
		{"duplicate, embedded", "the same in an embedded struct", `{"format":"","format":""}`, "format: is there twice; members must be unique"},
		{"duplicate by escape", "an escaped name is the same name", `{"count":1,"c\u006funt":2}`, "count: is there twice; members must be unique"},
		{"duplicate in raw", "free values are no exception", `{"raw":{"a":[{"b":1,"b":1}]}}`, "raw.a[0].b: is there twice; members must be unique"},
		{"duplicate in a map", "nor are maps", `{"map":{"a":1,"a":1}}`, "map.a: is there twice; members must be unique"},
		{"name that may be an address", "errors repeat no personal data", `{"raw":{"ann@old.example":1,"ann@old.example":2}}`, "raw.?: is there twice; members must be unique"},
		{"unknown field that may be an address", "errors repeat no personal data", `{"inner":{"ann@old.example":1}}`, "inner.?: is not a known field; expected one of name, list"},
		{"long name", "errors stay short", `{"raw":{"` + strings.Repeat("a", 41) + `":1,"` + strings.Repeat("a", 41) + `":1}}`, "raw.?: is there twice; members must be unique"},
		{"empty name twice", "an empty name counts too", `{"raw":{"":1,"":1}}`, "raw.?: is there twice; members must be unique"},
		{"null string", "null is not empty", `{"format":null}`, "format: is null; leave the member out instead"},
		{"null list", "null is not an empty list", `{"inner":{"list":null}}`, "inner.list: is null; leave the member out instead"},
		{"null in a list", "nor an empty string", `{"inner":{"list":["a",null]}}`, "inner.list[1]: is null; leave the member out instead"},
		{"null pointer", "a member that is not there is left out", `{"pointer":null}`, "pointer: is null; leave the member out instead"},
		{"null in a map", "map values too", `{"map":{"a":null}}`, "map.a: is null; leave the member out instead"},
		{"null time", "times too", `{"when":null}`, "when: is null; leave the member out instead"},
		{"null word", "words too", `{"colour":null}`, "colour: is null; leave the member out instead"},
		{"null for its own reader", "and values that read themselves", `{"even":null}`, "even: is null; leave the member out instead"},
		{"number for string", "no conversion", `{"format":1}`, "format: is a number; expected a string"},
		{"string for number", "no conversion", `{"count":"1"}`, "count: is a string; expected a number"},
		{"string for boolean", "no conversion", `{"on":"true"}`, "on: is a string; expected a boolean"},
		{"boolean for object", "no conversion", `{"inner":false}`, "inner: is a boolean; expected an object"},
		{"object for array", "no conversion", `{"many":{}}`, "many: is an object; expected an array"},
		{"array for map", "no conversion", `{"map":[]}`, "map: is an array; expected an object"},
		{"number for a word", "words are strings", `{"colour":1}`, "colour: is a number; expected a string"},
		{"unknown word", "the type's own error, with the path", `{"colour":"green"}`, "colour: unknown colour: want one of red, blue"},
		{"lone surrogate in a word", "it is no text", `{"colour":"\ud800"}`, "colour: contains half of a surrogate pair, which is not UTF-8"},
		{"own reader refuses", "the type's own error, with the path", `{"even":3}`, "even: is not even"},
		{"own reader wants another type", "without the names of Go types", `{"even":"x"}`, "even: contains a string that does not fit"},
		{"own reader, duplicate inside", "strict inside too", `{"even":{"a":1,"a":2}}`, "even.a: is there twice; members must be unique"},
		{"fraction", "an integer has no fraction", `{"count":1.5}`, "count: is 1.5; expected a whole number"},
		{"exponent", "encoding/json refuses it too", `{"count":1e2}`, "count: is 1e2; expected a whole number"},
		{"too great", "it would not fit", `{"count":9223372036854775808}`, "count: is 9223372036854775808; expected a whole number"},
		{"too great and long", "errors stay short", `{"count":1` + strings.Repeat("0", 99) + `}`, "count: is 1" + strings.Repeat("0", 29) + "…; expected a whole number"},
		{"negative", "small is unsigned", `{"small":-1}`, "small: is -1; expected a whole number of 0 or more"},
		{"over a byte", "it would not fit", `{"small":256}`, "small: is 256; expected a whole number of 0 or more"},
		{"over a float", "it would be infinite", `{"ratio":1e400}`, "ratio: is 1e400; expected a number that a float can hold"},
		{"no time", "without the text, which may be anything", `{"when":"ann@old.example"}`, "when: is not a time; expected RFC 3339, such as 2026-01-31T08:00:00Z"},
		{"time as a list", "times are strings", `{"when":[]}`, "when: is an array; expected a string"},
		{"time with half a pair", "times are text", `{"when":"\ud800"}`, "when: contains half of a surrogate pair, which is not UTF-8"},
		{"null for an interface's neighbour", "one null is one error", `{"any":null,"on":null}`, "on: is null; leave the member out instead"},
		{"boolean for a word", "words are strings", `{"colour":true}`, "colour: is a boolean; expected a string"},
		{"time as a number", "times are strings", `{"when":5}`, "when: is a number; expected a string"},
		{"lone high surrogate", "encoding/json would replace it", `{"format":"\ud800"}`, "format: contains half of a surrogate pair, which is not UTF-8"},
		{"lone low surrogate", "encoding/json would replace it", `{"format":"\udc00\ud800"}`, "format: contains half of a surrogate pair, which is not UTF-8"},
		{"high surrogate before a letter", "encoding/json would replace it", `{"format":"\ud800a"}`, "format: contains half of a surrogate pair, which is not UTF-8"},
		{"high surrogate before another escape", "encoding/json would replace it", `{"format":"\ud800\n"}`, "format: contains half of a surrogate pair, which is not UTF-8"},
		{"two high surrogates", "encoding/json would replace them", `{"format":"\ud800\ud800"}`, "format: contains half of a surrogate pair, which is not UTF-8"},
		{"lone surrogate in a name", "names are text", `{"raw":{"\ud800":1}}`, "raw: contains half of a surrogate pair, which is not UTF-8"},
		{"lone surrogate in raw", "free values are no exception", `{"raw":["\udfff"]}`, "raw[0]: contains half of a surrogate pair, which is not UTF-8"},
		{"escaped time", "encoding/json reads times without their escapes", `{"when":"2026\u002d01-31T08:00:00Z"}`, "when: is not a time; expected RFC 3339, such as 2026-01-31T08:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got document
			err := strictjson.Unmarshal([]byte(c.in), &got)
			if d := cmp.Diff(c.want, text(err)); d != "" {
				t.Errorf("%s (-want +got)\n%s", c.why, d)
			}
			if _, ok := errors.AsType[*strictjson.Error](err); err != nil && !ok {
				t.Errorf("the error is a %T", err)
			}
		})
	}
}

// TestNumberKeys: a type that this package does not know still gives an error of its own.
func TestNumberKeys(t *testing.T) {
	err := strictjson.Unmarshal([]byte(`{"ann@old.example":1}`), new(map[int]int))
	if got, want := text(err), "is a number that does not fit"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestManyMembers crosses the size at which a set of names becomes a map, and would take long if it were quadratic.
func TestManyMembers(t *testing.T) {
	object := func(n int, last string) []byte {
		var b bytes.Buffer
		b.WriteByte('{')
		for i := range n {
			fmt.Fprintf(&b, `"k%d":%d,`, i, i)
		}
		b.WriteString(`"` + last + `":0}`)
		return b.Bytes()
	}
	for _, n := range []int{1, 31, 32, 33, 34, 50_000} {
		if err := strictjson.Check(object(n, "other")); err != nil {
			t.Errorf("%d members: %v", n, err)
		}
		for _, again := range []int{0, n / 2, n - 1} {
			name := "k" + strconv.Itoa(again)
			if want, got := name+": is there twice; members must be unique", text(strictjson.Check(object(n, name))); got != want {
				t.Errorf("%d members and %s again: error %q, want %q", n, name, got, want)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"any value", ` [null, {"a": 1e400}, "x"] `, ""},
		{"bare word", `nul`, "is not JSON: invalid character ' ' in literal null (expecting 'l')"},
		{"duplicate", `[{"a":1,"a":2}]`, "[0].a: is there twice; members must be unique"},
		{"not UTF-8", "\"\xff\"", "is not UTF-8"},
		{"too deep", strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001), "is not JSON: invalid character '[' exceeded max depth"},
	} {
		if got := text(strictjson.Check([]byte(c.in))); got != c.want {
			t.Errorf("%s: error %q, want %q", c.name, got, c.want)
		}
	}
}
