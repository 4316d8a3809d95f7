package refresh

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Validate reports the first rule that the job breaks, as an *[InvalidError] that names the row, the field and what
// is expected. Duplicate addresses are no error: see [Job.Conflicts].
func (j Job) Validate() error {
	if err := j.validateHeader(); err != nil {
		return err
	}
	keys := make(map[string]int, len(j.Matches))
	for i := range j.Matches {
		m := &j.Matches[i]
		if err := m.validate(); err != nil {
			return inRow(err, i)
		}
		if first, ok := keys[m.Key]; ok {
			return duplicateKey(i, first, m.Key)
		}
		keys[m.Key] = i
	}
	return nil
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
	for _, f := range []struct{ name, value string }{
		{"id", j.ID}, {"name", j.Name},
		{"source.system", j.Source.System}, {"source.pin", j.Source.Pin}, {"source.account", j.Source.Account},
		{"target.system", j.Target.System}, {"target.pin", j.Target.Pin}, {"target.account", j.Target.Account},
		{"source.epoch", j.Source.Epoch}, {"target.epoch", j.Target.Epoch},
		{"source.cursor.token", j.Source.Cursor.Token}, {"target.cursor.token", j.Target.Cursor.Token},
	} {
		if !utf8.ValidString(f.value) {
			return bad(f.name, "is not UTF-8")
		}
	}
	if len(j.History) > MaxHistory {
		return bad("history", fmt.Sprintf("has %d events; at most %d are kept", len(j.History), MaxHistory))
	}
	for i, e := range j.History {
		if e.Action == 0 || int(e.Action) >= len(actionWords) {
			return bad(fmt.Sprintf("history[%d].action", i), "is missing")
		}
	}
	return nil
}

func (m *Match) validate() error {
	bad := func(field, problem string) error {
		return &InvalidError{What: "job", Key: m.Key, Field: field, Problem: problem}
	}
	switch {
	case m.Key == "":
		return bad("key", "is empty; every row needs a key of its own")
	case !utf8.ValidString(m.Key), strings.ContainsFunc(m.Key, unicode.IsControl):
		return &InvalidError{What: "job", Field: "key", Problem: "contains control characters or is not UTF-8"}
	case strings.Contains(m.Key, "@"):
		return &InvalidError{What: "job", Field: "key", Problem: "looks like an address; keys are printed in errors and logs, so use a number or another opaque word"}
	case !utf8.ValidString(m.Part):
		return bad("part", "is not UTF-8")
	case m.SourceOrigin != Bound && m.SourceOrigin != Manual:
		return bad("sourceOrigin", fmt.Sprintf("is %s; a source is bound (it has an ID) or manual (it has an address)", m.SourceOrigin))
	case len(m.Ext) > 0 && !json.Valid(m.Ext):
		return bad("ext", "is not valid JSON")
	}
	for _, s := range []Side{Source, Target} {
		if field, problem := m.side(s).check(s.String()); problem != "" {
			return bad(field, problem)
		}
	}
	return nil
}

// check returns the field at fault, by its JSON name, and what is wrong with it.
func (at matchSide) check(side string) (field, problem string) {
	m := at.mailbox
	switch *at.origin {
	case None:
		if !m.IsZero() || *at.use != "" {
			return side + "Origin", "is none, but the side holds a mailbox or an address; expected bound, manual or planned, or nothing at all"
		}
	case Bound:
		if m.ID == "" {
			return side + ".id", "is empty, but the side is bound; expected the mailbox's immutable ID, or origin manual"
		}
	case Manual:
		if m.ID != "" {
			return side + ".id", "is set, but the side is manual; expected origin bound, or no ID"
		}
		if m.Primary == "" {
			return side + ".primary", "is empty, but the side is manual; expected the address that was entered"
		}
	case Planned:
		if m.ID == "" && m.Primary == "" {
			return side + ".primary", "is empty, but the side is planned without an account ID; expected the address to be created"
		}
	default:
		return side + "Origin", "is unknown; expected none, bound, manual or planned"
	}
	if field, problem := checkMailbox(m); problem != "" {
		return side + "." + field, problem
	}
	if !utf8.ValidString(string(*at.use)) || strings.ContainsFunc(string(*at.use), unicode.IsControl) {
		return side + "Use", "contains control characters or is not UTF-8"
	}
	if mark := *at.mark; mark != nil {
		switch {
		case *at.origin != Bound:
			return side + "Mark", "is set, but the side is not bound; only a mailbox with an ID can be proven missing"
		case !mark.Reason.Absent():
			return side + "Mark.reason", "is " + mark.Reason.String() + "; expected gone, soft-deleted, no-mailbox or moved"
		case mark.LastSeen.Before(mark.FirstSeen):
			return side + "Mark.lastSeen", "is before firstSeen"
		}
	}
	if p := *at.previous; p != nil {
		if field, problem := checkMailbox(&p.Mailbox); problem != "" {
			return side + "Previous.mailbox." + field, problem
		}
	}
	if !utf8.ValidString(string(*at.stamp)) {
		return side + "Stamp", "is not UTF-8"
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
