// Package strictjson decodes JSON that must be exactly what its Go type says. Beyond encoding/json it refuses unknown
// and duplicate members, member names in another case, null where a value is expected, a value of another JSON type,
// text that is not UTF-8 and escaped lone surrogates, and it says at which path. What it accepts, encoding/json accepts
// with the same meaning.
//
// It knows the types that documents of this module are made of: structs (also embedded ones), maps with string keys,
// slices, strings, booleans, numbers, pointers, interfaces, [encoding/json.RawMessage], [time.Time], and types that
// read themselves from text or JSON.
package strictjson
