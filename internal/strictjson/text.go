package strictjson

import (
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// literal reads a string as it stands, without its quotes, and refuses escaped lone surrogates, which encoding/json would silently replace.
func (w *walker) literal() (raw []byte, escaped bool, err error) {
	start := w.pos
	w.pos++
	for w.data[w.pos] != '"' {
		if w.data[w.pos] != '\\' {
			w.pos++
			continue
		}
		escaped = true
		if w.data[w.pos+1] != 'u' {
			w.pos += 2
			continue
		}
		r := hex4(w.data[w.pos+2:])
		w.pos += 6
		if !utf16.IsSurrogate(r) {
			continue
		}
		if w.data[w.pos] != '\\' || w.data[w.pos+1] != 'u' || utf16.DecodeRune(r, hex4(w.data[w.pos+2:])) == utf8.RuneError {
			return nil, false, w.fail("contains half of a surrogate pair, which is not UTF-8")
		}
		w.pos += 6
	}
	w.pos++
	return w.data[start+1 : w.pos-1], escaped, nil
}

// string reads a string, which stands in the data itself where it can: who keeps it copies it.
func (w *walker) string() ([]byte, error) {
	start := w.pos
	raw, escaped, err := w.literal()
	if err != nil || !escaped {
		return raw, err
	}
	var s string
	_ = json.Unmarshal(w.data[start:w.pos], &s) // valid, or check would have refused it
	return []byte(s), nil
}

// hex4 reads the four digits of an escape that is known to be valid.
func hex4(b []byte) rune {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(n)
}

// appendPrintable appends a member name for an error's path, "?" when it is no word: a host's own data may be keyed by
// addresses.
func appendPrintable(path, name []byte) []byte {
	if len(name) == 0 || len(name) > 40 {
		return append(path, '?')
	}
	for _, c := range name {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return append(path, '?')
		}
	}
	return append(path, name...)
}

// names is a set of member names. Most objects are small, and a slice is the fastest set for them.
type names struct {
	few  []string
	many map[string]bool
}

// add reports whether name is new.
func (n *names) add(name string) bool {
	if n.many != nil {
		again := n.many[name]
		n.many[name] = true
		return !again
	}
	for _, s := range n.few {
		if s == name {
			return false
		}
	}
	if n.few = append(n.few, name); len(n.few) > 32 {
		n.many = make(map[string]bool, 2*len(n.few))
		for _, s := range n.few {
			n.many[s] = true
		}
	}
	return true
}
