package refresh_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/readdress-go/readdress/refresh"
)

// File contents of these tests use these local parts and this domain, so that a leak into an error text is seen.
var personal = regexp.MustCompile(`(?i)zaphod|trillian|old\.example|[^ ']@|@[^ ']`)

// discreet fails the test when an error text repeats an address or part of one.
func discreet(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if leak := personal.FindString(err.Error()); leak != "" {
		t.Errorf("the error repeats %q: %v", leak, err)
	}
}

// refused fails the test unless reading gave exactly this error, and nothing else.
func refused(t *testing.T, why string, err error, want refresh.InvalidError) {
	t.Helper()
	if err == nil {
		t.Fatalf("accepted; %s", why)
	}
	e := as[*refresh.InvalidError](t, err)
	same(t, why, &want, e, cmpopts.IgnoreFields(refresh.InvalidError{}, "Offset", "Err"))
	text := err.Error()
	for _, part := range []string{want.What, want.Field, want.Problem} {
		if !strings.Contains(text, part) {
			t.Errorf("the text %q does not say %q", text, part)
		}
	}
	if want.Row > 0 && !strings.Contains(text, fmt.Sprintf("row %d", want.Row)) {
		t.Errorf("the text %q does not name the row", text)
	}
	if want.Key != "" && !strings.Contains(text, fmt.Sprintf("key %q", want.Key)) {
		t.Errorf("the text %q does not name the key", text)
	}
	discreet(t, err)
}

// readJob reads a job and holds the reader to all or nothing.
func readJob(t *testing.T, r io.Reader) (refresh.Job, error) {
	t.Helper()
	j, err := refresh.ReadJob(r)
	if err != nil {
		same(t, "nothing is half-read", refresh.Job{}, j)
	}
	return j, err
}

const (
	goodSource = `"source":{"id":"S","primary":"zaphod@old.example"},"sourceOrigin":"bound"`
	goodRow    = `{"key":"1",` + goodSource + `}`
)

func jobFile(rows ...string) string {
	return `{"format":"readdress-job","version":1,"id":"J","matches":[` + strings.Join(rows, ",") + `]}`
}

// rowWith is a good row, the second of its file, with more members.
func rowWith(members string) string {
	return jobFile(goodRow, `{"key":"2",`+goodSource+`,`+members+`}`)
}

const truncated = "the file ends here: it is truncated; restore it from a copy"

func TestReadJobRefuses(t *testing.T) {
	const (
		notUTF8   = "the file is not UTF-8; save it as UTF-8 without a byte order mark"
		newer     = "is 2; this library reads versions 1 to 1: use a newer release"
		noVersion = "is missing or not a whole number from 1 to 1"
		noFormat  = `is not "readdress-job": this is no readdress job`
		null      = "is null; leave the member out instead"
		twice     = "is there twice; members must be unique"
		half      = "contains half of a surrogate pair, which is not UTF-8"

		jobFields     = "is not a known field; expected one of format, version, id, name, source, target, history"
		matchFields   = "is not a known field; expected one of key, source, target, sourceOrigin, targetOrigin, sourceUse, targetUse, part, merge, sourceMark, targetMark, sourceStamp, targetStamp, sourcePrevious, targetPrevious, ext"
		mailboxFields = "is not a known field; expected one of id, instance, anchor, login, displayName, kind, primary, aliases"
	)
	file := func(field, problem string) refresh.InvalidError {
		return refresh.InvalidError{What: "job", Field: field, Problem: problem}
	}
	row := func(n int, key, field, problem string) refresh.InvalidError {
		return refresh.InvalidError{What: "job", Row: n, Key: key, Field: field, Problem: problem}
	}
	many := strings.Repeat(`{"action":"applied","at":"2026-01-31T08:00:00Z","rows":1},`, 101)
	for _, c := range []struct {
		name, why, in string
		want          refresh.InvalidError
	}{
		// The file.
		{"empty", "a file of no bytes is a truncated one", "", file("", truncated)},
		{"white space", "so is one that holds nothing", " \n", file("", truncated)},
		{"no object", "a job is an object", `[]`, file("", "does not begin with an object")},
		{"no JSON", "a text file is no job", `Key;Source`, file("", "is not JSON: invalid character 'K' looking for beginning of value")},
		{"byte order mark", "some editors write one; the remedy is said", "\uFEFF" + jobFile(), file("", notUTF8)},
		{"UTF-16", "a file of another encoding", "\xff\xfe{\x00}\x00", file("", notUTF8)},
		{"truncated", "most of the file is not there", `{"format":"readdress-job","version":1,"id":"J","matches":[`, file("", truncated)},
		{"truncated rune", "the cut is in the middle of a letter", "{\"format\":\"readdress-job\",\"name\":\"\xe2\x82", file("", truncated)},
		{"something after the end", "two files in one", jobFile() + jobFile(), file("", "has something after its end")},
		{"rubbish after the end", "it may belong to something", jobFile() + "@", file("", "is not JSON: invalid character '@' looking for beginning of value")},
		{"half a letter after the end", "something is missing", jobFile() + "\xe2\x82", file("", truncated)},
		{"bad JSON after the rows", "it is in no row", `{"matches":[` + goodRow + `],"name":x}`, file("", "is not JSON: invalid character 'x' looking for beginning of value")},
		{"no comma between rows", "it is no JSON", jobFile(goodRow + goodRow), row(2, "", "", "is not JSON: expected comma after array element")},
		{"comma after the last row", "it is no JSON", jobFile(goodRow + ","), row(2, "", "", "is not JSON: invalid character ']' looking for beginning of value")},
		{"no comma between members", "it is no JSON", `{"format":"readdress-job" "version":1}`, file("", "is not JSON: invalid character '\"' after object key:value pair")},
		{"no value", "it is no JSON", `{"format":}`, file("", "is not JSON: invalid character '}' looking for beginning of value")},
		{"array closed as an object", "it is no JSON", `{"matches":[}`, row(0, "", "", "is not JSON: invalid character '}' looking for beginning of value")},

		// Format and version.
		{"missing format", "any other JSON file", `{"version":1,"id":"J","matches":[]}`, file("format", noFormat)},
		{"other format", "a result is no job", `{"format":"readdress-result","version":1,"id":"J","jobId":"J","rows":[]}`, file("format", noFormat)},
		{"format of another type", "it does not say what it is", `{"format":1,"version":1,"id":"J","matches":[]}`, file("format", noFormat)},
		{"null format", "it does not say what it is", `{"format":null,"version":1,"id":"J","matches":[]}`, file("format", noFormat)},
		{"format in another case", "member names are exact", `{"Format":"readdress-job","version":1,"id":"J","matches":[]}`, file("Format", jobFields)},
		{"missing version", "it cannot be known what its members mean", `{"format":"readdress-job","id":"J","matches":[]}`, file("version", noVersion)},
		{"version 0", "there never was one", `{"format":"readdress-job","version":0,"id":"J","matches":[]}`, file("version", noVersion)},
		{"negative version", "there never was one", `{"format":"readdress-job","version":-1,"id":"J","matches":[]}`, file("version", noVersion)},
		{"version as text", "no conversion", `{"format":"readdress-job","version":"1","id":"J","matches":[]}`, file("version", noVersion)},
		{"version with a fraction", "no conversion", `{"format":"readdress-job","version":1.0,"id":"J","matches":[]}`, file("version", noVersion)},
		{"null version", "no conversion", `{"format":"readdress-job","version":null,"id":"J","matches":[]}`, file("version", noVersion)},
		{"newer version", "a newer library wrote it", `{"format":"readdress-job","version":2,"id":"J","matches":[]}`, file("version", newer)},
		{"newer version, last", "the version counts wherever it stands", `{"matches":[{"key":5,"new":true}],"id":"J","more":{},"format":"readdress-job","version":2}`, file("version", newer)},
		{"newer version, bad rows", "rows of another version are not judged", `{"format":"readdress-job","version":2,"matches":[{"key":5,"new":true}]}`, file("version", newer)},
		{"newer version, no array", "nor is its structure", `{"format":"readdress-job","version":2,"matches":{"1":{}}}`, file("version", newer)},
		{"truncated where rows should be", "skipping what is no array", `{"format":"readdress-job","version":1,"matches":{"a":[{"b":`, file("", truncated)},
		{"rows as a scalar", "rows are an array", `{"format":"readdress-job","version":1,"matches":"rows"}`, file("matches", "is not an array")},
		{"newer version, array twice", "nor is its structure", `{"format":"readdress-job","version":2,"matches":[],"matches":[]}`, file("version", newer)},

		// The header.
		{"unknown field", "it may matter to whoever wrote it", `{"format":"readdress-job","version":1,"id":"J","nmae":"x","matches":[]}`, file("nmae", jobFields)},
		{"unknown field like an address", "errors print no addresses", `{"format":"readdress-job","version":1,"id":"J","zaphod@old.example":"x","matches":[]}`, file("?", jobFields)},
		{"field in another case", "encoding/json would take it", `{"format":"readdress-job","version":1,"ID":"J","matches":[]}`, file("ID", jobFields)},
		{"rows in another case", "it is not the array of rows", `{"format":"readdress-job","version":1,"id":"J","Matches":[]}`, file("Matches", jobFields)},
		{"unknown field of an endpoint", "at the next level too", `{"format":"readdress-job","version":1,"id":"J","source":{"pim":"x"},"matches":[]}`, file("source.pim", "is not a known field; expected one of system, pin, account, cursor, epoch, since, seal")},
		{"unknown field of a cursor", "and at the next", `{"format":"readdress-job","version":1,"id":"J","source":{"cursor":{"tok":"x"}},"matches":[]}`, file("source.cursor.tok", "is not a known field; expected one of token, taken")},
		{"unknown field of an event", "in arrays too", `{"format":"readdress-job","version":1,"id":"J","history":[{"who":"x"}],"matches":[]}`, file("history[0].who", "is not a known field; expected one of action, result, run, operator, at, rows, pinned")},
		{"no rows", "an empty job says so", `{"format":"readdress-job","version":1,"id":"J"}`, file("matches", "is missing; expected an array")},
		{"null rows", "null is no array", `{"format":"readdress-job","version":1,"id":"J","matches":null}`, file("matches", "is not an array")},
		{"rows in an object", "rows have an order", `{"format":"readdress-job","version":1,"id":"J","matches":{}}`, file("matches", "is not an array")},
		{"rows twice", "which of them counts?", `{"format":"readdress-job","version":1,"id":"J","matches":[],"matches":[]}`, file("matches", twice)},
		{"format twice", "which of them counts?", `{"format":"readdress-job","format":"readdress-job","version":1,"id":"J","matches":[]}`, file("format", twice)},
		{"version twice", "which of them counts?", `{"format":"readdress-job","version":1,"version":1,"id":"J","matches":[]}`, file("version", twice)},
		{"name twice", "which of them counts?", `{"format":"readdress-job","version":1,"id":"J","name":"a","matches":[],"name":"b"}`, file("name", twice)},
		{"twice in an endpoint", "at the next level too", `{"format":"readdress-job","version":1,"id":"J","target":{"pin":"a","pin":"a"},"matches":[]}`, file("target.pin", twice)},
		{"no ID", "results could not be held to it", `{"format":"readdress-job","version":1,"matches":[]}`, file("id", "is empty; make jobs with NewJob, which gives them a random ID")},
		{"null name", "null is not empty", `{"format":"readdress-job","version":1,"id":"J","name":null,"matches":[]}`, file("name", null)},
		{"ID of another type", "no conversion", `{"format":"readdress-job","version":1,"id":7,"matches":[]}`, file("id", "is a number; expected a string")},
		{"history of another type", "no conversion", `{"format":"readdress-job","version":1,"id":"J","history":{},"matches":[]}`, file("history", "is an object; expected an array")},
		{"too long a history", "it is bounded", `{"format":"readdress-job","version":1,"id":"J","matches":[],"history":[` + many[:len(many)-1] + `]}`, file("history", "has 101 events; at most 100 are kept")},
		{"event without an action", "it says nothing", `{"format":"readdress-job","version":1,"id":"J","history":[{"at":"2026-01-31T08:00:00Z","rows":1}],"matches":[]}`,
			file("history[0].action", `unknown action "": want one of applied, reverted, pruned, restored`)},
		{"event with an empty action", "an empty word is none", `{"format":"readdress-job","version":1,"id":"J","history":[{"action":""}],"matches":[]}`,
			file("history[0].action", `unknown action "": want one of applied, reverted, pruned, restored`)},
		{"bad action", "a word of a newer version or a mistake", `{"format":"readdress-job","version":1,"id":"J","history":[{"action":"Applied"}],"matches":[]}`,
			file("history[0].action", `unknown action "Applied": want one of applied, reverted, pruned, restored`)},
		{"bad time", "without the text", `{"format":"readdress-job","version":1,"id":"J","history":[{"action":"applied","at":"zaphod@old.example"}],"matches":[]}`,
			file("history[0].at", "is not a time; expected RFC 3339, such as 2026-01-31T08:00:00Z")},
		{"bad number", "no conversion", `{"format":"readdress-job","version":1,"id":"J","history":[{"action":"applied","rows":1.5}],"matches":[]}`, file("history[0].rows", "is 1.5; expected a whole number")},
		{"not UTF-8 in the name", "encoding/json would replace it", "{\"format\":\"readdress-job\",\"version\":1,\"id\":\"J\",\"name\":\"\xff\",\"matches\":[]}", file("", notUTF8)},
		{"not UTF-8 in a member name", "encoding/json would replace it", "{\"format\":\"readdress-job\",\"version\":1,\"id\":\"J\",\"\xff\":1,\"matches\":[]}", file("", notUTF8)},
		{"lone surrogate in the name", "encoding/json would replace it", `{"format":"readdress-job","version":1,"id":"J","name":"\ud800","matches":[]}`, file("name", half)},
		{"lone surrogate in a member name", "encoding/json replaces it; no field has that name", `{"format":"readdress-job","version":1,"id":"J","\ud800":1,"matches":[]}`, file("?", jobFields)},

		// Rows.
		{"row of another type", "a row is an object", jobFile(goodRow, `[]`), row(2, "", "", "is an array; expected an object")},
		{"null row", "a row is an object", jobFile(goodRow, `null`), row(2, "", "", null)},
		{"unknown field of a row", "a misspelt field must not be lost", rowWith(`"sourceorigin":"bound"`), row(2, "2", "sourceorigin", matchFields)},
		{"unknown field of a mailbox", "at the next level too", rowWith(`"target":{"mail":"trillian@old.example"}`), row(2, "2", "target.mail", mailboxFields)},
		{"unknown field of a mark", "at the next level too", rowWith(`"sourceMark":{"since":"x"}`), row(2, "2", "sourceMark.since", "is not a known field; expected one of reason, firstSeen, lastSeen, deletionUnknown")},
		{"unknown field of a former value", "and at the next", rowWith(`"sourcePrevious":{"mailbox":{"mail":"x"}}`), row(2, "2", "sourcePrevious.mailbox.mail", mailboxFields)},
		{"field of a row in another case", "encoding/json would take it", jobFile(`{"Key":"1",` + goodSource + `}`), row(1, "1", "Key", matchFields)},
		{"field of a mailbox in another case", "encoding/json would take it", rowWith(`"target":{"ID":"T"}`), row(2, "2", "target.ID", mailboxFields)},
		{"twice in a row", "which of them counts?", rowWith(`"part":"a","part":"b"`), row(2, "2", "part", twice)},
		{"key twice", "which of them counts?", jobFile(`{"key":"1","key":"1",` + goodSource + `}`), row(1, "1", "key", twice)},
		{"twice in a mailbox", "which of them counts?", rowWith(`"target":{"id":"T","id":"U"}`), row(2, "2", "target.id", twice)},
		{"twice in ext", "the host's data would lose one", rowWith(`"ext":{"a":[{"b":1,"b":2}]}`), row(2, "2", "ext.a[0].b", twice)},
		{"address twice in ext", "errors print no addresses", rowWith(`"ext":{"zaphod@old.example":1,"zaphod@old.example":2}`), row(2, "2", "ext.?", twice)},
		{"null field", "null is not empty", rowWith(`"part":null`), row(2, "2", "part", null)},
		{"null mailbox", "null is not empty", rowWith(`"target":null`), row(2, "2", "target", null)},
		{"null alias", "null is no address", rowWith(`"target":{"aliases":[null]}`), row(2, "2", "target.aliases[0]", null)},
		{"null mark", "a mark that is not there is left out", rowWith(`"sourceMark":null`), row(2, "2", "sourceMark", null)},
		{"null key", "null is no key", jobFile(`{"key":null,` + goodSource + `}`), row(1, "", "key", null)},
		{"key of another type", "no conversion", jobFile(`{"key":1,` + goodSource + `}`), row(1, "", "key", "is a number; expected a string")},
		{"boolean of another type", "no conversion", rowWith(`"merge":"yes"`), row(2, "2", "merge", "is a string; expected a boolean")},
		{"aliases of another type", "no conversion", rowWith(`"target":{"aliases":"trillian@old.example"}`), row(2, "2", "target.aliases", "is a string; expected an array")},
		{"origin of another type", "words are strings", rowWith(`"targetOrigin":1`), row(2, "2", "targetOrigin", "is a number; expected a string")},
		{"bad origin", "a word of a newer version or a mistake", rowWith(`"targetOrigin":"Bound"`), row(2, "2", "targetOrigin", `unknown origin "Bound": want one of none, bound, manual, planned`)},
		{"empty origin", "an empty word is none", rowWith(`"targetOrigin":""`), row(2, "2", "targetOrigin", `unknown origin "": want one of none, bound, manual, planned`)},
		{"bad kind", "a word of a newer version or a mistake", rowWith(`"target":{"kind":"usr"}`), row(2, "2", "target.kind", `unknown kind "usr": want one of unknown, user, shared, room, equipment, linked, mail-user, remote, group, contact, system`)},
		{"address for a kind", "errors print no addresses", rowWith(`"target":{"kind":"zaphod@old.example"}`), row(2, "2", "target.kind", `unknown kind: want one of unknown, user, shared, room, equipment, linked, mail-user, remote, group, contact, system`)},
		{"bad stamp", "the row must be looked up, and nobody would know", rowWith(`"sourceStamp":"stamp"`), row(2, "2", "sourceStamp", "is not a stamp: leave it out, so that the row is looked up")},
		{"empty stamp", "as for any word", rowWith(`"targetStamp":"AAAAAAAAAAA"`), row(2, "2", "targetStamp", "is not a stamp: leave it out, so that the row is looked up")},
		{"bad reason", "a word of a newer version or a mistake", rowWith(`"sourceMark":{"reason":"away"}`), row(2, "2", "sourceMark.reason",
			`unknown reason "away": want one of primary, aliases, spelling, login, details, restored, gone, soft-deleted, no-mailbox, moved`)},
		{"bad ext", "it is no JSON", rowWith(`"ext":{a}`), row(2, "", "", "is not JSON: invalid character 'a' looking for beginning of object key string")},
		{"lone surrogate in a key", "encoding/json would replace it", jobFile(`{"key":"\udc00",` + goodSource + `}`), row(1, "\uFFFD", "key", half)},
		{"lone surrogate in ext", "the host's data would change", rowWith(`"ext":"\ud800"`), row(2, "2", "ext", half)},
		{"not UTF-8 in a row", "encoding/json would replace it", rowWith("\"part\":\"\xc3\x28\""), row(2, "", "", notUTF8)},
		{"not UTF-8 in a key", "encoding/json would replace it", jobFile(goodRow, "{\"key\":\"\xed\xa0\x80\"}"), row(2, "", "", notUTF8)},
		{"key is there already", "with the row that has it", jobFile(goodRow, `{"key":"2",`+goodSource+`}`, goodRow), row(3, "1", "key", "is that of row 1 already; keys must be unique")},
		{"no key", "errors and results name rows by it", jobFile(`{` + goodSource + `}`), row(1, "", "key", "is empty; every row needs a key of its own")},
		{"address as a key", "errors and logs print keys", jobFile(`{"key":"zaphod@old.example",` + goodSource + `}`), row(1, "", "key", "looks like an address; keys are printed in errors and logs, so use a number or another opaque word")},
		{"control character in a key", "it would spoil a terminal", jobFile(`{"key":"1\u001b[2J",` + goodSource + `}`), row(1, "", "key", "contains control characters or is not UTF-8")},
		{"bad row with an address as a key", "errors print no addresses", jobFile(`{"key":"zaphod@old.example","merge":1,` + goodSource + `}`), row(1, "", "merge", "is a number; expected a boolean")},
		{"first bad row counts", "one error is reported", jobFile(`{"key":"1"}`, `{"key":5}`), row(1, "1", "sourceOrigin", "is none; a source is bound (it has an ID) or manual (it has an address)")},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readJob(t, strings.NewReader(c.in))
			refused(t, c.why, err, c.want)
		})
	}
}

// TestReadJobTruncated: wherever a file is cut, nothing of it is read. Only its last line feed may be missing.
func TestReadJobTruncated(t *testing.T) {
	full := bytes.TrimRight(golden(t, "job-v1.json"), "\n")
	for n := range full {
		_, err := readJob(t, bytes.NewReader(full[:n]))
		if err == nil {
			t.Fatalf("accepted the first %d of %d bytes", n, len(full))
		}
		if e := as[*refresh.InvalidError](t, err); e.Problem != truncated || e.What != "job" {
			t.Fatalf("the first %d of %d bytes: %v", n, len(full), err)
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("the first %d bytes: the cause is %v", n, errors.Unwrap(err))
		}
		discreet(t, err)
	}
	if _, err := readJob(t, bytes.NewReader(full)); err != nil {
		t.Errorf("only the line feed is missing: %v", err)
	}
}

// TestReadJobFlipped: a file with one byte changed is read as a whole or not at all, and the error stays discreet.
func TestReadJobFlipped(t *testing.T) {
	full := written(t, goldenJob())
	bytesTried := []byte{0, ' ', '"', '{', ']', ',', '\\', '5', 'x', 0xc3, 0xff}
	for n := range full {
		for k := range 2 {
			bad := bytes.Clone(full)
			bad[n] = bytesTried[(n+5*k)%len(bytesTried)]
			j, err := readJob(t, bytes.NewReader(bad))
			if err == nil {
				if err := j.Validate(); err != nil {
					t.Fatalf("byte %d as %q: read an invalid job: %v", n, bad[n], err)
				}
				continue
			}
			as[*refresh.InvalidError](t, err)
			discreet(t, err)
		}
	}
}

// big is a job file of more than a few reading buffers, with its members in random order and text of every width.
func big(t *testing.T) ([]byte, refresh.Job) {
	t.Helper()
	j := refresh.Job{ID: "J", Name: "größe", Source: refresh.Endpoint{Pin: "例"}}
	for i := range 1000 {
		m := pair(fmt.Sprint(i), box(refresh.ID(fmt.Sprintf("s%d", i)), "zaphod@old.example"), box(refresh.ID(fmt.Sprintf("t%d", i)), "trillian@old.example", "ü@ü.example", "例@old.example"))
		m.Source.DisplayName = strings.Repeat("😀é", i%7)
		m.Ext = json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))
		j.Matches = append(j.Matches, m)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	return shuffledMembers(rng, written(t, j)), j
}

func TestReadJobAnyOrder(t *testing.T) {
	file, want := big(t)
	for name, r := range map[string]io.Reader{
		"all at once":                 bytes.NewReader(file),
		"one byte at a time":          iotest.OneByteReader(bytes.NewReader(file)),
		"half of what is asked":       iotest.HalfReader(bytes.NewReader(file)),
		"data with the end":           iotest.DataErrReader(bytes.NewReader(file)),
		"one byte, end with it":       iotest.DataErrReader(iotest.OneByteReader(bytes.NewReader(file))),
		"nothing now and then":        &stutter{r: iotest.OneByteReader(bytes.NewReader(file))},
		"chunks that cut the runes":   &chunks{data: file, size: 7},
		"chunks of the buffer's size": &chunks{data: file, size: 512},
	} {
		got, err := readJob(t, r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(want, got) {
			same(t, name, want, got)
		}
	}
}

// chunks is a reader that returns size bytes at a time, then end, and after that goes on as if nothing had happened.
type chunks struct {
	data []byte
	size int
	at   int   // where to fail
	end  error // what to fail with
}

func (c *chunks) Read(p []byte) (int, error) {
	n := copy(p, c.data[:min(c.size, len(c.data))])
	before := c.at
	c.data, c.at = c.data[n:], c.at-n
	if c.end != nil && before > 0 && c.at <= 0 {
		return n, c.end
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// stutter is a reader that returns nothing every other time.
type stutter struct {
	r   io.Reader
	odd bool
}

func (s *stutter) Read(p []byte) (int, error) {
	if s.odd = !s.odd; s.odd {
		return 0, nil
	}
	return s.r.Read(p)
}

// TestReadJobReaderFails: an error of the reader is kept wherever it comes, also with data, also in the middle of a
// rune, and also when the reader would go on afterwards.
func TestReadJobReaderFails(t *testing.T) {
	own := fmt.Errorf("disk: %w", errOutage)
	file := []byte(`{"name":"ü例😀 and more", "format":"readdress-job", "version":1 , "id":"J" , "matches":[` + goodRow + ` , {"key":"ü例",` + goodSource + `} ] } `)
	if _, err := readJob(t, bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 3, 8, 512} {
		for at := 1; at < len(file); at++ {
			_, err := readJob(t, &chunks{data: file, size: size, at: at, end: own})
			if !errors.Is(err, errOutage) {
				t.Fatalf("chunks of %d, failure near byte %d: error %v does not keep the reader's", size, at, err)
			}
			e := as[*refresh.InvalidError](t, err)
			if want := "cannot be read: disk: the line is cut"; e.Problem != want {
				t.Fatalf("chunks of %d, failure near byte %d: %q, want %q", size, at, e.Problem, want)
			}
		}
	}
	_, err := readJob(t, iotest.ErrReader(own))
	is(t, err, errOutage)
}

// TestReadJobNotUTF8: a byte that is not UTF-8 is found at every place of a file, however it is cut into pieces, and
// its offset is said.
func TestReadJobNotUTF8(t *testing.T) {
	file := []byte(`{"format":"readdress-job","version":1, "id":"J", "matches":[` + goodRow + ` , {"key":"ü例",` + goodSource + `} ] } `)
	for at := 0; at <= len(file); at++ {
		if at < len(file) && file[at]&0xC0 == 0x80 {
			continue // between the bytes of a rune
		}
		bad := bytes.Join([][]byte{file[:at], file[at:]}, []byte{0xff})
		for _, size := range []int{1, 2, 5, 512} {
			_, err := readJob(t, &chunks{data: bad, size: size})
			if err == nil {
				t.Fatalf("byte %d, chunks of %d: accepted", at, size)
			}
			e := as[*refresh.InvalidError](t, err)
			if !strings.HasPrefix(e.Problem, "the file is not UTF-8") || e.Offset != int64(at) || e.Err.Error() != "not UTF-8" {
				t.Fatalf("byte %d, chunks of %d: %v", at, size, err)
			}
		}
	}
	for name, r := range map[string]io.Reader{
		"at once":            strings.NewReader("\uFEFF" + jobFile()),
		"one byte at a time": iotest.OneByteReader(strings.NewReader("\uFEFF" + jobFile())),
	} {
		_, err := readJob(t, r)
		refused(t, "a byte order mark, "+name, err, refresh.InvalidError{What: "job", Problem: "the file is not UTF-8; save it as UTF-8 without a byte order mark"})
	}
	inside := strings.ReplaceAll(jobFile(goodRow), `"key":"1"`, "\"key\":\"1\uFEFF\"")
	if _, err := readJob(t, strings.NewReader(inside)); err != nil {
		t.Errorf("a byte order mark inside is text: %v", err)
	}
}

// failing is a writer that fails after n bytes.
type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errOutage
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	_, job := big(t)
	size := len(written(t, job))
	for _, n := range []int{0, 1, 70_000, size - 1} {
		is(t, job.Write(&failing{n}), errOutage)
	}
	if err := job.Write(&failing{size}); err != nil {
		t.Error(err)
	}
	is(t, goldenResult().Write(&failing{0}), errOutage)
}

// tester is what testing.T, testing.F and rapid.T have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func written(t tester, v interface{ Write(io.Writer) error }) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := v.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sameFile compares what was written with what was read: an empty list becomes nil.
func sameFile[T any](t tester, want, got T) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("another value came back (-want +got)\n%s", d)
	}
}
