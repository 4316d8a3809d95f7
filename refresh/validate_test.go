package refresh_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

func TestValidateRows(t *testing.T) {
	const (
		printed  = "looks like an address; keys are printed in errors and logs, so use a number or another opaque word"
		controls = "contains control characters or is not UTF-8"
		notNone  = "is none, but the side holds a mailbox or an address; expected bound, manual or planned, or nothing at all"
		badTime  = "holds a time that RFC 3339 cannot say"
	)
	mark := func(r refresh.Reason) *refresh.Mark {
		return &refresh.Mark{Reason: r, FirstSeen: day(1, 0), LastSeen: day(2, 0)}
	}
	target := func(m *refresh.Match, o refresh.Origin, mb refresh.Mailbox) { m.TargetOrigin, m.Target = o, mb }
	for _, c := range []struct {
		name, why      string
		change         func(*refresh.Match)
		field, problem string // empty when the row is valid
	}{
		{"good", "the row that the cases change", func(m *refresh.Match) {}, "", ""},
		{"no key", "errors and results name rows by it", func(m *refresh.Match) { m.Key = "" }, "key", "is empty; every row needs a key of its own"},
		{"address as a key", "errors and logs print keys", func(m *refresh.Match) { m.Key = "zaphod@old.example" }, "key", printed},
		{"bare at sign in a key", "it may be part of one", func(m *refresh.Match) { m.Key = "@" }, "key", printed},
		{"line feed in a key", "it would forge log lines", func(m *refresh.Match) { m.Key = "1\n2" }, "key", controls},
		{"C1 control in a key", "terminals obey these too", func(m *refresh.Match) { m.Key = "1\u009b2" }, "key", controls},
		{"key is not UTF-8", "it would not come back", func(m *refresh.Match) { m.Key = "\xff" }, "key", controls},
		{"odd key", "any other text may name a row", func(m *refresh.Match) { m.Key = " ü\u2028\"%s" }, "", ""},
		{"part is not UTF-8", "it would not come back", func(m *refresh.Match) { m.Part = "\xff" }, "part", "is not UTF-8"},

		{"source none", "a row without a source is no row", func(m *refresh.Match) { m.SourceOrigin, m.Source = refresh.None, refresh.Mailbox{} }, "sourceOrigin", "is none; a source is bound (it has an ID) or manual (it has an address)"},
		{"source planned", "only targets are created", func(m *refresh.Match) { m.SourceOrigin = refresh.Planned }, "sourceOrigin", "is planned; a source is bound (it has an ID) or manual (it has an address)"},
		{"source of no origin", "there is no such word", func(m *refresh.Match) { m.SourceOrigin = 9 }, "sourceOrigin", "is (unknown value 9); a source is bound (it has an ID) or manual (it has an address)"},
		{"target of no origin", "there is no such word", func(m *refresh.Match) { m.TargetOrigin = 9 }, "targetOrigin", "is unknown; expected none, bound, manual or planned"},
		{"source bound without an ID", "it could not be looked up", func(m *refresh.Match) { m.Source.ID = "" }, "source.id", "is empty, but the side is bound; expected the mailbox's immutable ID, or origin manual"},
		{"target bound without an ID", "it could not be looked up", func(m *refresh.Match) { m.Target.ID = "" }, "target.id", "is empty, but the side is bound; expected the mailbox's immutable ID, or origin manual"},
		{"bound with nothing but an ID", "addresses are learned", func(m *refresh.Match) { target(m, refresh.Bound, refresh.Mailbox{ID: "t"}) }, "", ""},
		{"source manual with an ID", "then it is bound", func(m *refresh.Match) { m.SourceOrigin = refresh.Manual }, "source.id", "is set, but the side is manual; expected origin bound, or no ID"},
		{"target manual with an ID", "then it is bound", func(m *refresh.Match) { m.TargetOrigin = refresh.Manual }, "target.id", "is set, but the side is manual; expected origin bound, or no ID"},
		{"manual without an address", "there is nothing that was entered", func(m *refresh.Match) { target(m, refresh.Manual, refresh.Mailbox{DisplayName: "Zaphod"}) }, "target.primary", "is empty, but the side is manual; expected the address that was entered"},
		{"manual", "an address was entered", func(m *refresh.Match) { target(m, refresh.Manual, box("", "zaphod@old.example")) }, "", ""},
		{"none", "there is no target yet", func(m *refresh.Match) { target(m, refresh.None, refresh.Mailbox{}) }, "", ""},
		{"none with an address", "then it was entered or found", func(m *refresh.Match) { target(m, refresh.None, box("", "zaphod@old.example")) }, "targetOrigin", notNone},
		{"none with an alias", "then it was entered or found", func(m *refresh.Match) { target(m, refresh.None, box("", "", "zaphod@old.example")) }, "targetOrigin", notNone},
		{"none with a name", "there is no mailbox to have one", func(m *refresh.Match) { target(m, refresh.None, refresh.Mailbox{DisplayName: "x"}) }, "targetOrigin", notNone},
		{"none with an ID", "then it is bound", func(m *refresh.Match) { target(m, refresh.None, refresh.Mailbox{ID: "t"}) }, "targetOrigin", notNone},
		{"none with a use", "there is nothing to work with", func(m *refresh.Match) {
			target(m, refresh.None, refresh.Mailbox{})
			m.TargetUse = "zaphod@old.example"
		}, "targetOrigin", notNone},
		{"none with an empty alias list", "an empty list is nothing", func(m *refresh.Match) { target(m, refresh.None, refresh.Mailbox{Aliases: []refresh.Address{}}) }, "", ""},
		{"planned with neither", "there is nothing to create", func(m *refresh.Match) { target(m, refresh.Planned, refresh.Mailbox{}) }, "target.primary", "is empty, but the side is planned without an account ID; expected the address to be created"},
		{"planned with an account", "its address is learned", func(m *refresh.Match) { target(m, refresh.Planned, refresh.Mailbox{ID: "t"}) }, "", ""},
		{"planned with an address", "it is created by it", func(m *refresh.Match) { target(m, refresh.Planned, box("", "zaphod@old.example")) }, "", ""},

		{"bad primary", "no mail system takes it", func(m *refresh.Match) { m.Source.Primary = "zaphod" }, "source.primary", "is not an address: the address has no @"},
		{"bad alias", "the index is said", func(m *refresh.Match) { m.Target.Aliases = []refresh.Address{"a@b.example", "@old.example"} }, "target.aliases[1]", "is not an address: the address has nothing before the @"},
		{"empty alias", "an alias is an address", func(m *refresh.Match) { m.Target.Aliases = []refresh.Address{""} }, "target.aliases[0]", "is not an address: the address is empty"},
		{"address twice", "that is a conflict for people, not an error", func(m *refresh.Match) { m.Target.Aliases = []refresh.Address{"a@b.example", "A@b.example"} }, "", ""},
		{"ID is not UTF-8", "it would not come back", func(m *refresh.Match) { m.Source.ID = "\xff" }, "source.id", "is not UTF-8"},
		{"instance is not UTF-8", "it would not come back", func(m *refresh.Match) { m.Source.Instance = "\xff" }, "source.instance", "is not UTF-8"},
		{"anchor is not UTF-8", "it would not come back", func(m *refresh.Match) { m.Target.Anchor = "\xff" }, "target.anchor", "is not UTF-8"},
		{"login is not UTF-8", "it would not come back", func(m *refresh.Match) { m.Target.Login = "\xff" }, "target.login", "is not UTF-8"},
		{"name is not UTF-8", "it would not come back", func(m *refresh.Match) { m.Target.DisplayName = "\xff" }, "target.displayName", "is not UTF-8"},
		{"unknown kind", "it would not be written", func(m *refresh.Match) { m.Target.Kind = 99 }, "target.kind", "is unknown; expected one of unknown, user, shared, room, equipment, linked, mail-user, remote, group, contact, system"},
		{"use is not UTF-8", "it would not come back", func(m *refresh.Match) { m.SourceUse = "\xff" }, "sourceUse", controls},
		{"control character in a use", "no login has one", func(m *refresh.Match) { m.TargetUse = "a\x00b" }, "targetUse", controls},
		{"login as a use", "a host may work with logins", func(m *refresh.Match) { m.TargetUse = `OLD\zaphod` }, "", ""},

		{"mark", "the source was proven gone", func(m *refresh.Match) { m.SourceMark = mark(refresh.ReasonGone) }, "", ""},
		{"mark on a manual side", "without an ID nothing is proven", func(m *refresh.Match) {
			target(m, refresh.Manual, box("", "zaphod@old.example"))
			m.TargetMark = mark(refresh.ReasonGone)
		}, "targetMark", "is set, but the side is not bound; only a mailbox with an ID can be proven missing"},
		{"mark on a side of none", "there is nothing to miss", func(m *refresh.Match) {
			target(m, refresh.None, refresh.Mailbox{})
			m.TargetMark = mark(refresh.ReasonGone)
		}, "targetMark", "is set, but the side is not bound; only a mailbox with an ID can be proven missing"},
		{"mark of no reason", "a mailbox is missing for a reason", func(m *refresh.Match) { m.SourceMark = mark(0) }, "sourceMark.reason", `is ""; expected gone, soft-deleted, no-mailbox or moved`},
		{"mark of a reason to refresh", "a mailbox is missing for another reason", func(m *refresh.Match) { m.SourceMark = mark(refresh.ReasonLogin) }, "sourceMark.reason", `is "login"; expected gone, soft-deleted, no-mailbox or moved`},
		{"mark seen last before first", "times have an order", func(m *refresh.Match) {
			m.SourceMark = mark(refresh.ReasonMoved)
			m.SourceMark.LastSeen = day(1, 0).Add(-1)
		}, "sourceMark.lastSeen", "is before firstSeen"},
		{"mark of the year 12026", "it could not be written", func(m *refresh.Match) {
			m.SourceMark = mark(refresh.ReasonMoved)
			m.SourceMark.LastSeen = day(1, 0).AddDate(10_000, 0, 0)
		}, "sourceMark", badTime},
		{"mark with a zone of seconds", "the seconds would be lost", func(m *refresh.Match) {
			m.SourceMark = mark(refresh.ReasonMoved)
			m.SourceMark.FirstSeen = day(1, 0).In(time.FixedZone("LMT", 2048))
		}, "sourceMark", badTime},
		{"bad former value", "Revert would write it", func(m *refresh.Match) {
			m.TargetPrevious = &refresh.Previous{Mailbox: box("t", "zaphod")}
		}, "targetPrevious.mailbox.primary", "is not an address: the address has no @"},
		{"former replica is not UTF-8", "it would not come back", func(m *refresh.Match) { m.TargetPrevious = &refresh.Previous{Replica: "\xff"} }, "targetPrevious.replica", "is not UTF-8"},

		{"ext", "the host's data may be any JSON", func(m *refresh.Match) { m.Ext = json.RawMessage(` {"a":[null,1e400]} `) }, "", ""},
		{"ext of no JSON", "it would spoil the file", func(m *refresh.Match) { m.Ext = json.RawMessage(`{a}`) }, "ext", "is not valid JSON: is not JSON: invalid character 'a' looking for beginning of object key string"},
		{"ext of two values", "it would spoil the file", func(m *refresh.Match) { m.Ext = json.RawMessage(`1 2`) }, "ext", "is not valid JSON: is not JSON: invalid character '2' after top-level value"},
		{"ext is not UTF-8", "the file would be refused", func(m *refresh.Match) { m.Ext = json.RawMessage("\"\xff\"") }, "ext", "is not valid JSON: is not UTF-8"},
		{"ext with a member twice", "the file would be refused", func(m *refresh.Match) { m.Ext = json.RawMessage(`{"a":{"b":1,"b":2}}`) }, "ext", "is not valid JSON: a.b: is there twice; members must be unique"},
		{"ext with half a surrogate pair", "the file would be refused", func(m *refresh.Match) { m.Ext = json.RawMessage(`"\ud800"`) }, "ext", "is not valid JSON: contains half of a surrogate pair, which is not UTF-8"},
		{"ext as deep as can be", "the file could not be read", func(m *refresh.Match) {
			m.Ext = json.RawMessage(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000))
		}, "ext", "is not valid JSON: is not JSON: invalid character '[' exceeded max depth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := pair("2", box("s", "zaphod@old.example"), box("t", "trillian@old.example"))
			c.change(&m)
			j := jobOf(pair("1", box("s1", ""), box("t1", "")), m)
			err := j.Validate()
			if c.problem == "" {
				if err != nil {
					t.Fatalf("%v; %s", err, c.why)
				}
				written(t, j)
				return
			}
			want := refresh.InvalidError{What: "job", Row: 2, Key: "2", Field: c.field, Problem: c.problem}
			if c.field == "key" {
				want.Key = ""
			}
			refused(t, c.why, err, want)
		})
	}
}

func TestValidateJob(t *testing.T) {
	row := pair("1", box("s", ""), box("t", ""))
	for _, c := range []struct {
		name, why      string
		change         func(*refresh.Job)
		field, problem string
	}{
		{"no ID", "results could not be held to it", func(j *refresh.Job) { j.ID = "" }, "id", "is empty; make jobs with NewJob, which gives them a random ID"},
		{"ID is not UTF-8", "it would not come back", func(j *refresh.Job) { j.ID = "\xff" }, "id", "is not UTF-8"},
		{"name is not UTF-8", "it would not come back", func(j *refresh.Job) { j.Name = "\xff" }, "name", "is not UTF-8"},
		{"pin is not UTF-8", "it would not come back", func(j *refresh.Job) { j.Source.Pin = "\xff" }, "source.pin", "is not UTF-8"},
		{"cursor is not UTF-8", "it would not come back", func(j *refresh.Job) { j.Target.Cursor.Token = "\xff" }, "target.cursor.token", "is not UTF-8"},
		{"cursor of the year 12026", "it could not be written", func(j *refresh.Job) { j.Target.Cursor.Taken = day(1, 0).AddDate(10_000, 0, 0) }, "target.cursor.taken", "is no time that RFC 3339 can say"},
		{"too many events", "the history is bounded", func(j *refresh.Job) { j.History = make([]refresh.Event, refresh.MaxHistory+1) }, "history", "has 101 events; at most 100 are kept"},
		{"event of no action", "it says nothing", func(j *refresh.Job) { j.History = make([]refresh.Event, 1) }, "history[0].action", `unknown action "": want one of applied, reverted, pruned, restored`},
		{"event of an unknown action", "it would not be written", func(j *refresh.Job) { j.History = []refresh.Event{{Action: 9}} }, "history[0].action", "action has no word for value 9"},
		{"operator is not UTF-8", "it would not come back", func(j *refresh.Job) {
			j.History = []refresh.Event{{Action: refresh.ActionPruned}, {Action: refresh.ActionPruned, Operator: "\xff"}}
		}, "history[1].operator", "is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := jobOf(row)
			c.change(&j)
			refused(t, c.why, j.Validate(), refresh.InvalidError{What: "job", Field: c.field, Problem: c.problem})
		})
	}
	j := jobOf(row, pair("2", box("s", ""), box("t", "")), pair("1", box("u", ""), box("v", "")))
	refused(t, "keys are unique", j.Validate(), refresh.InvalidError{What: "job", Row: 3, Key: "1", Field: "key", Problem: "is that of row 1 already; keys must be unique"})
	j.Matches = slices.Delete(j.Matches, 2, 3)
	j.History = slices.Repeat([]refresh.Event{{Action: refresh.ActionApplied}}, refresh.MaxHistory)
	if err := j.Validate(); err != nil {
		t.Errorf("a full history, and two rows with one mailbox: %v", err)
	}
	if err := (refresh.Job{ID: "J"}).Validate(); err != nil {
		t.Errorf("an empty job: %v", err)
	}
}

// TestValidateIsReadJob: what Validate accepts can be written and read, and what it refuses is not written.
func TestValidateIsReadJob(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := jobs.Draw(t, "job")
		for i := range j.Matches { // break some rule, or none
			m := &j.Matches[i]
			switch rapid.IntRange(0, 9).Draw(t, "break") {
			case 0:
				m.SourceOrigin = refresh.Origin(rapid.Uint8Range(0, 4).Draw(t, "origin"))
			case 1:
				m.TargetOrigin = refresh.Origin(rapid.Uint8Range(0, 4).Draw(t, "origin"))
			case 2:
				m.Target.ID = ""
			case 3:
				m.Ext = rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "ext")
			case 4:
				m.Target.DisplayName = string(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "name"))
			}
		}
		valid := j.Validate() == nil
		var b strings.Builder
		if err := j.Write(&b); (err == nil) != valid {
			t.Fatalf("valid %v, but writing gives %v", valid, err)
		}
		if !valid {
			return
		}
		if _, err := refresh.ReadJob(strings.NewReader(b.String())); err != nil {
			t.Fatalf("valid, but not readable: %v", err)
		}
	})
}
