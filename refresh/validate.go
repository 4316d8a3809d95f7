package refresh

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/readdress-go/readdress/internal/strictjson"
)

// Validate reports the first rule that the job breaks, as an *[InvalidError] that names the row, the field and what
// is expected. Duplicate addresses are no error: see [Job.Conflicts].
func (j Job) Validate() error {
	if err := j.validateHeader(); err != nil {
		return err
	}
	keys := newKeyring(len(j.Matches))
	for i := range j.Matches {
		m := &j.Matches[i]
		if err := m.validate(); err != nil {
			return keys.first(j.Matches, i, err)
		}
		keys.add(m.Key, i)
	}
	return keys.first(j.Matches, len(j.Matches), nil)
}

func duplicateKey(row, first int, key string) error {
	return &InvalidError{What: "job", Row: row + 1, Key: key, Field: "key", Problem: fmt.Sprintf("is that of row %d already; keys must be unique", first+1)}
}

func inRow(err error, i int) error {
	if e, ok := err.(*InvalidError); ok {
		e.Row = i + 1
	}
	return err
}

func (j *Job) validateHeader() error {
	bad := func(field, problem string) error {
		return &InvalidError{What: "job", Field: field, Problem: problem}
	}
	if j.ID == "" {
		return bad("id", "is empty; make jobs with NewJob, which gives them a random ID")
	}
	if len(j.History) > MaxHistory {
		return bad("history", fmt.Sprintf("has %d events; at most %d are kept", len(j.History), MaxHistory))
	}
	return unfaithful("job", jobHeaderOf(j))
}

// unfaithful refuses what would not come back from a file as it is.
func unfaithful(what string, v any) error {
	if e, ok := errors.AsType[*strictjson.Error](strictjson.Faithful(v)); ok {
		return &InvalidError{What: what, Field: e.Path, Problem: e.Problem}
	}
	return nil
}

// checkKey says what is wrong with a key, which errors may print only when nothing is.
func checkKey(key string) (problem string) {
	switch {
	case key != "" && isPlain(key):
		return ""
	case key == "":
		return "is empty; every row needs a key of its own"
	case !utf8.ValidString(key), strings.ContainsFunc(key, unicode.IsControl):
		return "contains control characters or is not UTF-8"
	case strings.Contains(key, "@"):
		return "looks like an address; keys are printed in errors and logs, so use a number or another opaque word"
	}
	return ""
}

// isPlain reports whether a key is all ASCII without control characters and "@", as nearly all are.
func isPlain(key string) bool {
	for i := range len(key) {
		if c := key[i]; c < ' ' || c == '@' || c >= 0x7f {
			return false
		}
	}
	return true
}

func (m *Match) validate() error { return m.validateExcept([2]bool{}) }

// validateExcept does not look at the mailboxes of the sides that are known to be valid.
func (m *Match) validateExcept(known [2]bool) error {
	bad := func(field, problem string) error {
		return &InvalidError{What: "job", Key: m.Key, Field: field, Problem: problem}
	}
	if problem := checkKey(m.Key); problem != "" {
		return &InvalidError{What: "job", Field: "key", Problem: problem}
	}
	switch {
	case !utf8.ValidString(m.Part):
		return bad("part", "is not UTF-8")
	case m.SourceOrigin != Bound && m.SourceOrigin != Manual:
		return bad("sourceOrigin", fmt.Sprintf("is %s; a source is bound (it has an ID) or manual (it has an address)", m.SourceOrigin))
	}
	if problem := checkExt(m.Ext); problem != "" {
		return bad("ext", problem)
	}
	if field, problem := m.side(Source).check(&sourceFields, known[0]); problem != "" {
		return bad(field, problem)
	}
	if field, problem := m.side(Target).check(&targetFields, known[1]); problem != "" {
		return bad(field, problem)
	}
	return nil
}

// checkExt holds the host's own data to what ReadJob accepts.
func checkExt(ext json.RawMessage) (problem string) {
	if len(ext) == 0 {
		return ""
	}
	if len(ext) >= 10_000 { // in a file it stands one level deeper, and the depth of JSON is bounded
		ext = slices.Concat(json.RawMessage{'['}, ext, json.RawMessage{']'})
	}
	if e, ok := errors.AsType[*strictjson.Error](strictjson.Check(ext)); ok {
		return "is not valid JSON: " + e.Error()
	}
	return ""
}

// sideFields are the JSON names of what belongs to one side of a match, or of a row.
type sideFields struct{ mailbox, origin, use, mark, previous string }

var (
	sourceFields = sideFields{"source", "sourceOrigin", "sourceUse", "sourceMark", "sourcePrevious"}
	targetFields = sideFields{"target", "targetOrigin", "targetUse", "targetMark", "targetPrevious"}
	beforeFields = sideFields{"before", "origin", "use", "markBefore", "previousBefore"}
	afterFields  = sideFields{"after", "origin", "use", "markAfter", "previousBefore"}
)

// check returns the field at fault, by its JSON name, and what is wrong with it. It does not look at the values of a mailbox that is
// known to be valid.
func (at matchSide) check(in *sideFields, known bool) (field, problem string) {
	m := at.mailbox
	switch *at.origin {
	case None:
		if !m.IsZero() || *at.use != "" {
			return in.origin, "is none, but the side holds a mailbox or an address; expected bound, manual or planned, or nothing at all"
		}
	case Bound:
		if m.ID == "" {
			return in.mailbox + ".id", "is empty, but the side is bound; expected the mailbox's immutable ID, or origin manual"
		}
	case Manual:
		if m.ID != "" {
			return in.mailbox + ".id", "is set, but the side is manual; expected origin bound, or no ID"
		}
		if m.Primary == "" {
			return in.mailbox + ".primary", "is empty, but the side is manual; expected the address that was entered"
		}
	case Planned:
		if m.ID == "" && m.Primary == "" {
			return in.mailbox + ".primary", "is empty, but the side is planned without an account ID; expected the address to be created"
		}
	default:
		return in.origin, "is unknown; expected none, bound, manual or planned"
	}
	if !known && *at.origin != None {
		if field, problem := checkMailbox(m); problem != "" {
			return in.mailbox + "." + field, problem
		}
	}
	if *at.use != "" && !utf8.ValidString(string(*at.use)) || strings.ContainsFunc(string(*at.use), unicode.IsControl) {
		return in.use, "contains control characters or is not UTF-8"
	}
	if mark := *at.mark; mark != nil {
		switch {
		case *at.origin != Bound:
			return in.mark, "is set, but the side is not bound; only a mailbox with an ID can be proven missing"
		case !mark.Reason.Absent():
			return in.mark + ".reason", "is \"" + mark.Reason.String() + "\"; expected gone, soft-deleted, no-mailbox or moved"
		case mark.LastSeen.Before(mark.FirstSeen):
			return in.mark + ".lastSeen", "is before firstSeen"
		case !strictjson.RFC3339(mark.FirstSeen), !strictjson.RFC3339(mark.LastSeen):
			return in.mark, "holds a time that RFC 3339 cannot say"
		}
	}
	if p := *at.previous; p != nil {
		if field, problem := checkMailbox(&p.Mailbox); problem != "" {
			return in.previous + ".mailbox." + field, problem
		}
		if !utf8.ValidString(p.Replica) {
			return in.previous + ".replica", "is not UTF-8"
		}
	}
	return "", ""
}

func checkMailbox(m *Mailbox) (field, problem string) {
	for _, f := range []struct{ name, value string }{
		{"id", string(m.ID)}, {"instance", string(m.Instance)}, {"anchor", string(m.Anchor)}, {"login", m.Login}, {"displayName", m.DisplayName},
	} {
		if !utf8.ValidString(f.value) {
			return f.name, "is not UTF-8"
		}
	}
	if int(m.Kind) >= len(kindWords) {
		return "kind", "is unknown; expected one of " + strings.Join(kindWords, ", ")
	}
	if m.Primary != "" {
		if err := m.Primary.Check(); err != nil {
			return "primary", "is not an address: " + err.Error()
		}
	}
	for i, a := range m.Aliases {
		if err := a.Check(); err != nil {
			return fmt.Sprintf("aliases[%d]", i), "is not an address: " + err.Error()
		}
	}
	return "", ""
}
