package refresh

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf8"
)

// A result of a million rows is written without a piece of memory for each: its rows append themselves. What they append is what
// encoding/json writes of them, which a test compares.

// jsonObject appends the members of an object.
type jsonObject struct{ b []byte }

func beginObject(b []byte) *jsonObject { return &jsonObject{append(b, '{')} }

func (o *jsonObject) end() []byte { return append(o.b, '}') }

// name begins a member.
func (o *jsonObject) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

// text is a member that is always there; optional is left out where it is empty.
func (o *jsonObject) text(name, value string) {
	o.name(name)
	o.b = appendJSONString(o.b, value)
}

func (o *jsonObject) optional(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

// word is a member with the word of an enum, left out where that is its zero value.
func (o *jsonObject) word(name string, words []string, value uint8) {
	if value != 0 {
		o.text(name, words[value])
	}
}

func (o *jsonObject) flag(name string, value bool) {
	if value {
		o.name(name)
		o.b = append(o.b, "true"...)
	}
}

func (o *jsonObject) time(name string, t time.Time) {
	o.name(name)
	o.b = append(t.AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
}

func (o *jsonObject) optionalTime(name string, t time.Time) {
	if !t.IsZero() {
		o.time(name, t)
	}
}

func (o *jsonObject) stamp(name string, s Stamp) {
	if s == 0 {
		return
	}
	o.name(name)
	var word [8]byte
	binary.BigEndian.PutUint64(word[:], uint64(s))
	o.b = append(base64.RawURLEncoding.AppendEncode(append(o.b, '"'), word[:]), '"')
}

// list appends an array of texts.
func list[T ~string](o *jsonObject, name string, values []T) {
	if len(values) == 0 {
		return
	}
	o.name(name)
	for i, v := range values {
		if i == 0 {
			o.b = append(o.b, '[')
		} else {
			o.b = append(o.b, ',')
		}
		o.b = appendJSONString(o.b, string(v))
	}
	o.b = append(o.b, ']')
}

// appendJSONString appends a JSON string as encoding/json does that does not escape HTML.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
			if r != '\u2028' && r != '\u2029' && (r != utf8.RuneError || size > 1) {
				i += size
				continue
			}
		}
		b = append(b, s[from:i]...)
		i += size
		from = i
		switch r {
		case '"', '\\':
			b = append(b, '\\', byte(r))
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

func (o *jsonObject) number(name string, n int) {
	o.name(name)
	o.b = strconv.AppendInt(o.b, int64(n), 10)
}
