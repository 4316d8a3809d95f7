package refresh_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

func TestResultRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := results.Draw(t, "result")
		file := written(t, want)
		got, err := refresh.ReadResult(iotest.HalfReader(bytes.NewReader(file)))
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		sameFile(t, want, got)
		if again := written(t, got); !bytes.Equal(file, again) {
			t.Fatalf("what was read is written in another way:\n%s\n%s", file, again)
		}
	})
}

func readResult(t *testing.T, r io.Reader) (*refresh.Result, error) {
	t.Helper()
	res, err := refresh.ReadResult(r)
	if err != nil && res != nil {
		t.Error("a result came together with an error")
	}
	return res, err
}

const resultHead = `{"format":"readdress-result","version":1,"id":"R","jobId":"J","jobRows":1,"state":"preview","run":{"id":"U","started":"2026-01-31T08:00:00Z","finished":"2026-01-31T08:00:00Z","library":"","source":{"path":"full","asked":1}}`

func resultFile(rows ...string) string {
	return resultHead + `,"rows":[` + strings.Join(rows, ",") + `]}`
}

const goodResultRow = `{"key":"1","side":"source","origin":"bound","outcome":"not-changed","before":{"id":"S"}}`

// TestReadResultRefuses: reading is that of jobs; here is what only results have.
func TestReadResultRefuses(t *testing.T) {
	if _, err := readResult(t, strings.NewReader(resultFile(goodResultRow))); err != nil {
		t.Fatalf("the good file of this test: %v", err)
	}
	const rowFields = "is not a known field; expected one of key, side, origin, outcome, merge, reasons, cause, failure, before, after, part, use, evidence, replica, markBefore, markAfter, previousBefore, stampBefore, stampAfter"
	one := func(n int, key, field, problem string) refresh.InvalidError {
		return refresh.InvalidError{What: "result", Row: n, Key: key, Field: field, Problem: problem}
	}
	with := func(members string) string {
		return resultFile(goodResultRow, `{"key":"2","side":"source","origin":"bound","before":{"id":"S"},`+members+`}`)
	}
	for _, c := range []struct {
		name, why, in string
		want          refresh.InvalidError
	}{
		{"a job", "a job is no result", jobFile(), one(0, "", "format", `is not "readdress-result": this is no readdress result`)},
		{"newer version", "a newer library wrote it", `{"rows":5,"format":"readdress-result","version":7}`, one(0, "", "version", "is 7; this library reads versions 1 to 1: use a newer release")},
		{"truncated", "most of the file is not there", resultHead, one(0, "", "", truncated)},
		{"no rows", "a result of nothing says so", resultHead + `}`, one(0, "", "rows", "is missing; expected an array")},
		{"unknown field", "it may matter to whoever wrote it", strings.Replace(resultFile(), `"jobRows"`, `"jobRaws"`, 1), one(0, "", "jobRaws", "is not a known field; expected one of format, version, id, jobId, jobName, jobRows, state, partial, run, warnings, conflicts")},
		{"unknown field of a row", "a misspelt field must not be lost", with(`"outcom":"missing"`), one(2, "2", "outcom", rowFields)},
		{"twice in a row", "which of them counts?", with(`"outcome":"missing","outcome":"refreshed"`), one(2, "2", "outcome", "is there twice; members must be unique")},
		{"null", "null is not empty", with(`"outcome":"not-changed","after":null`), one(2, "2", "after", "is null; leave the member out instead")},
		{"bad outcome", "a word of a newer version or a mistake", with(`"outcome":"notChanged"`), one(2, "2", "outcome", `unknown outcome "notChanged": want one of refreshed, not-changed, missing, entered-manually, not-created-yet, unmatched, replaced, lookup-failed`)},
		{"bad reason", "a word of a newer version or a mistake", with(`"outcome":"missing","reasons":["away"]`), one(2, "2", "reasons", `unknown reason "away": want one of primary, aliases, spelling, login, details, restored, gone, soft-deleted, no-mailbox, moved`)},
		{"empty reason", "an empty word is none", with(`"outcome":"missing","reasons":[""]`), one(2, "2", "reasons", `unknown reason "": want one of primary, aliases, spelling, login, details, restored, gone, soft-deleted, no-mailbox, moved`)},
		{"null reason", "null is no reason", with(`"outcome":"missing","reasons":[null]`), one(2, "2", "reasons", "a reason is empty")},
		{"reason twice", "a set holds it once", with(`"outcome":"refreshed","reasons":["login","login"]`), one(2, "2", "reasons", "the reason login is repeated")},
		{"reasons of another type", "without the names of Go types", with(`"outcome":"missing","reasons":5`), one(2, "2", "reasons", "contains a number that does not fit")},

		{"no ID", "Apply could not be held to it", strings.Replace(resultFile(), `"id":"R",`, "", 1), one(0, "", "id", "is empty")},
		{"no job ID", "it could be applied to any job", strings.Replace(resultFile(), `"jobId":"J",`, "", 1), one(0, "", "jobId", "is empty; expected the ID of the job that the result was made from")},
		{"no key", "it is nobody's outcome", resultFile(`{"side":"source","outcome":"unmatched"}`), one(1, "", "key", "is empty; every row needs a key of its own")},
		{"address as a key", "errors and logs print keys", resultFile(`{"key":"zaphod@old.example","side":"source","outcome":"unmatched"}`), one(1, "", "key", "looks like an address; keys are printed in errors and logs, so use a number or another opaque word")},
		{"no side", "it is an outcome of neither", resultFile(`{"key":"1","outcome":"unmatched"}`), one(1, "1", "side", "is missing; expected source or target")},
		{"side that was not asked", "an outcome needs a run", resultFile(`{"key":"1","side":"target","outcome":"unmatched"}`), one(1, "1", "side", "is target, but run.target is missing")},
		{"row twice", "a row has one outcome on each side", resultFile(goodResultRow, goodResultRow), one(2, "1", "key", "is there twice on this side; every row has one outcome")},
		{"no outcome", "every row has one", with(`"part":"x"`), one(2, "2", "outcome", "is missing")},
		{"another ID", "a refresh never changes an identity", with(`"outcome":"refreshed","reasons":["login"],"after":{"id":"T"}`), one(2, "2", "after.id", "differs from before.id; a refresh never changes an identity")},
		{"missing that writes", "nothing is written on a mailbox that is not there", with(`"outcome":"missing","reasons":["gone"],"after":{"id":"S"}`), one(2, "2", "after", "is set, but a row that is missing writes no mailbox")},
		{"failure that writes", "nothing is written on an outage", with(`"outcome":"lookup-failed","cause":"failed","after":{"id":"S"}`), one(2, "2", "after", "is set, but a row that is lookup-failed writes no mailbox")},
		{"replaced that writes", "nothing is written into another mailbox", with(`"outcome":"replaced","after":{"id":"S"}`), one(2, "2", "after", "is set, but a row that is replaced writes no mailbox")},
		{"not changed that writes", "it says so itself", with(`"outcome":"not-changed","after":{"id":"S"}`), one(2, "2", "after", "is set, but a row that is not-changed writes no mailbox")},
		{"missing without a reason", "what is missing is missing for a reason", with(`"outcome":"missing"`), one(2, "2", "reasons", "is not one of gone, soft-deleted, no-mailbox or moved, but the row is missing")},
		{"missing for two reasons", "it is one of them", with(`"outcome":"missing","reasons":["gone","moved"]`), one(2, "2", "reasons", "is not one of gone, soft-deleted, no-mailbox or moved, but the row is missing")},
		{"missing for another reason", "a reason of refreshed", with(`"outcome":"missing","reasons":["gone","login"]`), one(2, "2", "reasons", "is not one of gone, soft-deleted, no-mailbox or moved, but the row is missing")},
		{"refreshed and gone", "it cannot be both", with(`"outcome":"refreshed","reasons":["login","gone"]`), one(2, "2", "reasons", "says why a mailbox is missing, but the row is refreshed")},
		{"failure without a cause", "people are told why", with(`"outcome":"lookup-failed"`), one(2, "2", "cause", "is missing, but the look-up failed")},
		{"cause without a failure", "nothing failed", with(`"outcome":"not-changed","cause":"no-answer"`), one(2, "2", "cause", "is set, but the row is not-changed")},
		{"bad address before", "Apply would compare it with nothing", resultFile(`{"key":"1","side":"source","origin":"bound","outcome":"not-changed","before":{"id":"S","primary":"zaphod"}}`), one(1, "1", "before.primary", "is not an address: the address has no @")},
		{"bad address after", "Apply would write it", with(`"outcome":"refreshed","reasons":["aliases"],"after":{"id":"S","aliases":["a@b.example","zaphod @old.example"]}`), one(2, "2", "after.aliases[1]", "is not an address: the address contains a space, control or direction character")},
		{"bound without an ID", "no such row was looked up", resultFile(`{"key":"1","side":"source","origin":"bound","outcome":"not-changed"}`), one(1, "1", "before.id", "is empty, but the side is bound; expected the mailbox's immutable ID, or origin manual")},
		{"manual without an address", "Apply would not recognise it", resultFile(`{"key":"1","side":"source","origin":"manual","outcome":"entered-manually"}`), one(1, "1", "before.primary", "is empty, but the side is manual; expected the address that was entered")},
		{"planned loses its address", "the job would be invalid afterwards", resultFile(`{"key":"1","side":"source","origin":"planned","outcome":"not-created-yet","before":{"primary":"a@b.example"},"after":{}}`), one(1, "1", "after.primary", "is empty, but the side is planned without an account ID; expected the address to be created")},
		{"unmatched with a mailbox", "there is none", resultFile(`{"key":"1","side":"source","outcome":"unmatched","before":{"id":"S"}}`), one(1, "1", "origin", "is none, but the side holds a mailbox or an address; expected bound, manual or planned, or nothing at all")},
		{"mark of another reason", "the job would be invalid afterwards", with(`"outcome":"missing","reasons":["gone"],"markAfter":{"reason":"login","firstSeen":"2026-01-31T08:00:00Z","lastSeen":"2026-01-31T08:00:00Z"}`), one(2, "2", "markAfter.reason", `is "login"; expected gone, soft-deleted, no-mailbox or moved`)},
		{"mark from the future to the past", "times have an order", with(`"outcome":"not-changed","markBefore":{"reason":"gone","firstSeen":"2026-01-31T08:00:01Z","lastSeen":"2026-01-31T08:00:00Z"}`), one(2, "2", "markBefore.lastSeen", "is before firstSeen")},
		{"mark on a planned row", "only a mailbox with an ID can be proven missing", resultFile(`{"key":"1","side":"source","origin":"planned","outcome":"not-created-yet","before":{"id":"S"},"markAfter":{"reason":"gone","firstSeen":"2026-01-31T08:00:00Z","lastSeen":"2026-01-31T08:00:00Z"}}`),
			one(1, "1", "markAfter", "is set, but the side is not bound; only a mailbox with an ID can be proven missing")},
		{"bad former value", "the job would be invalid afterwards", with(`"outcome":"not-changed","previousBefore":{"mailbox":{"primary":"zaphod"}}`), one(2, "2", "previousBefore.mailbox.primary", "is not an address: the address has no @")},
		{"bad address seen", "reports print it as an address", with(`"outcome":"lookup-failed","cause":"reverted-or-stale","evidence":{"seen":{"primary":"zaphod"}}`), one(2, "2", "evidence.seen.primary", "is not an address: the address has no @")},
		{"mark on a row that did not change", "only what was found or proven missing changes a mark", with(`"outcome":"not-changed","markAfter":{"reason":"gone","firstSeen":"2026-01-31T08:00:00Z","lastSeen":"2026-01-31T08:00:00Z"}`), one(2, "2", "markAfter", "differs from markBefore, but a row that is not-changed changes no mark")},
		{"mark taken off on an outage", "a failed look-up heals nothing", with(`"outcome":"lookup-failed","cause":"failed","markBefore":{"reason":"gone","firstSeen":"2026-01-31T08:00:00Z","lastSeen":"2026-01-31T08:00:00Z"}`), one(2, "2", "markAfter", "differs from markBefore, but a row that is lookup-failed changes no mark")},
		{"stamp on an outage", "a failed look-up vouches for nothing", with(`"outcome":"lookup-failed","cause":"failed","stampAfter":"AAAAAAAAAAE"`), one(2, "2", "stampAfter", "differs from stampBefore, but a row that is lookup-failed gets no stamp")},
		{"stamp on a missing row", "unhealthy rows are always done again", with(`"outcome":"missing","reasons":["gone"],"stampAfter":"AAAAAAAAAAE"`), one(2, "2", "stampAfter", "differs from stampBefore, but a row that is missing gets no stamp")},
		{"conflict with itself", "a conflict is between rows", resultHead + `,"conflicts":[{"kind":"shared-target","state":"new","side":"target","members":[{"key":"1"}]}],"rows":[]}`, one(0, "", "conflicts[0].members", "has fewer than two; a conflict is between rows")},
		{"bad state", "a word of a newer version or a mistake", strings.Replace(resultFile(), "preview", "planned", 1), one(0, "", "state", `unknown state "planned": want one of preview, applied, reverted`)},
		{"warning without a code", "it says nothing", resultHead + `,"warnings":[{"text":"x"}],"rows":[]}`, one(0, "", "warnings[0].code", `unknown warning "": want one of unpinned, pin-unverified, reconfigure, suspicious, expected-domain, aliases-lost, failover, connector, no-identity`)},
		{"conflict without a side", "it says nothing", resultHead + `,"conflicts":[{"kind":"shared-target","state":"new","members":[]}],"rows":[]}`, one(0, "", "conflicts[0].side", `unknown side "": want one of source, target`)},
		{"conflict without members", "it would be written as null", resultHead + `,"conflicts":[{"kind":"shared-target","state":"new","side":"target"}],"rows":[]}`, one(0, "", "conflicts[0].members", "is missing")},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readResult(t, strings.NewReader(c.in))
			refused(t, c.why, err, c.want)
		})
	}
}

func TestReadResultTruncated(t *testing.T) {
	full := bytes.TrimRight(written(t, goldenResult()), "\n")
	for n := range full {
		_, err := readResult(t, bytes.NewReader(full[:n]))
		if err == nil {
			t.Fatalf("accepted the first %d of %d bytes", n, len(full))
		}
		if e := as[*refresh.InvalidError](t, err); e.Problem != truncated || e.What != "result" {
			t.Fatalf("the first %d of %d bytes: %v", n, len(full), err)
		}
	}
	_, err := readResult(t, iotest.TimeoutReader(iotest.HalfReader(bytes.NewReader(full))))
	is(t, err, iotest.ErrTimeout)
}

// TestWriteInvalidResult: what would not come back as it is, is not written, and not one byte of it.
func TestWriteInvalidResult(t *testing.T) {
	far := time.Date(30828, 9, 14, 2, 48, 5, 0, time.UTC) // the end of time in Active Directory
	for _, c := range []struct {
		name, field string
		row         int
		change      func(*refresh.Result)
	}{
		{"no ID", "id", 0, func(r *refresh.Result) { r.ID = "" }},
		{"job name is not UTF-8", "jobName", 0, func(r *refresh.Result) { r.JobName = "\xff" }},
		{"server is not UTF-8", "run.source.server", 0, func(r *refresh.Result) { r.Run.Source.Server = "\xff" }},
		{"time out of range", "run.source.lastSync", 0, func(r *refresh.Result) { r.Run.Source.LastSync = far }},
		{"warning is not UTF-8", "warnings[1].keys[1]", 0, func(r *refresh.Result) { r.Warnings[1].Keys[1] = "\xff" }},
		{"unknown state", "state", 0, func(r *refresh.Result) { r.State = 9 }},
		{"unknown warning", "warnings[0].code", 0, func(r *refresh.Result) { r.Warnings[0].Code = 99 }},
		{"no warning", "warnings[0].code", 0, func(r *refresh.Result) { r.Warnings[0].Code = 0 }},
		{"nil members", "conflicts[1].members", 0, func(r *refresh.Result) { r.Conflicts[1].Members = nil }},
		{"key is not UTF-8", "key", 1, func(r *refresh.Result) { r.Rows[0].Key = "\xff" }},
		{"unknown side", "side", 1, func(r *refresh.Result) { r.Rows[0].Side = 9 }},
		{"unknown outcome", "outcome", 1, func(r *refresh.Result) { r.Rows[0].Outcome = 99 }},
		{"unknown origin", "origin", 1, func(r *refresh.Result) { r.Rows[0].Origin = 9 }},
		{"unknown reason", "reasons", 1, func(r *refresh.Result) { r.Rows[0].Reasons |= 1 << 12 }},
		{"zero reason", "reasons", 1, func(r *refresh.Result) { r.Rows[0].Reasons |= 1 }},
		{"unknown kind", "after.kind", 1, func(r *refresh.Result) { r.Rows[0].After.Kind = 99 }},
		{"unknown cause", "cause", 6, func(r *refresh.Result) { r.Rows[5].Cause = 99 }},
		{"failure is not UTF-8", "failure", 6, func(r *refresh.Result) { r.Rows[5].Failure = "\xff" }},
		{"replica is not UTF-8", "replica", 1, func(r *refresh.Result) { r.Rows[0].Replica = "\xff" }},
		{"part is not UTF-8", "part", 1, func(r *refresh.Result) { r.Rows[0].Part = "\xff" }},
		{"use is not UTF-8", "use", 1, func(r *refresh.Result) { r.Rows[0].Use = "\xff" }},
		{"former replica is not UTF-8", "previousBefore.replica", 1, func(r *refresh.Result) { r.Rows[0].PreviousBefore.Replica = "\xff" }},
		{"mark's time out of range", "markBefore", 1, func(r *refresh.Result) { r.Rows[0].MarkBefore.LastSeen = far }},
		{"evidence's time out of range", "evidence.restorableUntil", 3, func(r *refresh.Result) { r.Rows[2].Evidence.RestorableUntil = far }},
		{"evidence is not UTF-8", "evidence.hitIds[0]", 7, func(r *refresh.Result) { r.Rows[6].Evidence.HitIDs[0] = "\xff" }},
		{"unknown proof", "evidence.proof", 3, func(r *refresh.Result) { r.Rows[2].Evidence.Proof = 99 }},
		{"row twice", "key", 2, func(r *refresh.Result) { r.Rows[1].Side = refresh.Source }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := goldenResult()
			c.change(r)
			var b bytes.Buffer
			err := r.Write(&b)
			if err == nil {
				t.Fatal("it was written")
			}
			e := as[*refresh.InvalidError](t, err)
			if e.What != "result" || e.Field != c.field || e.Row != c.row {
				t.Errorf("error %v, want one about row %d, field %s", err, c.row, c.field)
			}
			discreet(t, err)
			same(t, "not one byte of it", "", b.String())
		})
	}
}

// FuzzReadResult: no input makes ReadResult panic, and whatever it accepts comes back from a file.
func FuzzReadResult(f *testing.F) {
	f.Add(golden(f, "result-v1.json"))
	f.Add(written(f, goldenResult()))
	for _, s := range []string{
		``, `{}`, resultFile(), resultFile(goodResultRow), resultFile(goodResultRow, goodResultRow), resultHead + `,"warnings":[{"code":"","text":""}],"rows":[]}`,
		resultHead + `,"conflicts":[{"kind":"shared-target","state":"new","side":"target","members":[]}],"rows":[]}`,
		resultFile(`{"key":"1","side":"source","origin":"bound","outcome":"missing","reasons":["gone"],"before":{"id":"S"},"evidence":{"hits":0,"hitIds":[],"deletedAt":"0001-01-01T00:00:00Z"}}`),
	} {
		f.Add([]byte(s))
	}
	for seed := range 5 {
		f.Add(written(f, results.Example(seed)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := refresh.ReadResult(bytes.NewReader(data))
		if err != nil {
			as[*refresh.InvalidError](t, err)
			if r != nil {
				t.Fatal("a result came together with an error")
			}
			return
		}
		file := written(t, r)
		back, err := refresh.ReadResult(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		sameFile(t, r, back)
		if again := written(t, back); !bytes.Equal(file, again) {
			t.Fatalf("what was read is written in another way:\n%s\n%s", file, again)
		}
	})
}
