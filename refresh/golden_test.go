package refresh_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// The files of version 1 in testdata must be readable for ever, with this meaning. Lines may be added for new
// fields; what is there is never changed. A new version of the format gets files of its own.

func golden(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoldenJob(t *testing.T) {
	got, err := refresh.ReadJob(bytes.NewReader(golden(t, "job-v1.json")))
	if err != nil {
		t.Fatalf("a job file of version 1 can no longer be read: %v", err)
	}
	same(t, "a job file of version 1 no longer means the same", goldenJob(), got)
	usesEveryField(t, goldenJob())
}

func TestGoldenResult(t *testing.T) {
	got, err := refresh.ReadResult(bytes.NewReader(golden(t, "result-v1.json")))
	if err != nil {
		t.Fatalf("a result file of version 1 can no longer be read: %v", err)
	}
	same(t, "a result file of version 1 no longer means the same", goldenResult(), got)
	usesEveryField(t, goldenResult())
}

// usesEveryField fails the test when some field of some struct inside v is zero everywhere.
func usesEveryField(t *testing.T, v any) {
	t.Helper()
	used := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[time.Time](), v.Type() == reflect.TypeFor[json.RawMessage]():
		case v.Kind() == reflect.Pointer && !v.IsNil():
			walk(v.Elem())
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				name := v.Type().Name() + "." + v.Type().Field(i).Name
				used[name] = used[name] || !v.Field(i).IsZero()
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(v))
	for name, ok := range used {
		if !ok {
			t.Errorf("the golden file of version 1 does not use %s: add it", name)
		}
	}
}

func day(d, hour int) time.Time { return time.Date(2026, 1, d, hour, 0, 0, 0, time.UTC) }

// goldenJob is what testdata/job-v1.json says.
func goldenJob() refresh.Job {
	return refresh.Job{
		ID: "0123456789abcdef", Name: "Zürich → Genève",
		Source: refresh.Endpoint{System: "Active Directory", Pin: "forest-1", Account: `OLD\admin`, Cursor: refresh.Cursor{Token: "usn:4711", Taken: day(30, 6)}, Epoch: "e-1", Since: day(29, 6), Seal: "AAECAwQFBgc"},
		Target: refresh.Endpoint{System: "Microsoft Graph", Pin: "tenant-2", Account: "admin@tenant.onmicrosoft.com", Cursor: refresh.Cursor{Token: "delta", Taken: day(30, 7)}, Epoch: "e-2"},
		History: []refresh.Event{
			{Action: refresh.ActionApplied, Result: "r-1", Run: "run-1", Operator: "ops", At: day(28, 8), Rows: 3, Pinned: []refresh.Side{refresh.Source, refresh.Target}},
			{Action: refresh.ActionReverted, Result: "r-1", Run: "run-1", At: day(28, 9), Rows: 3},
			{Action: refresh.ActionPruned, At: day(29, 8), Rows: 1},
			{Action: refresh.ActionRestored, At: day(29, 9), Rows: 1},
		},
		Matches: []refresh.Match{
			{
				Key: "1", SourceOrigin: refresh.Bound, TargetOrigin: refresh.Bound,
				Source: refresh.Mailbox{
					ID: "s-1", Instance: "s-box-1", Anchor: "s-anchor-1", Login: "zaphod@old.example", DisplayName: "Zaphod \u2028 <B>",
					Kind: refresh.KindShared, Primary: "Zaphod@old.example", Aliases: []refresh.Address{"president@old.example", "zäphod@bücher.example"},
				},
				Target:    refresh.Mailbox{ID: "t-1", Primary: "zaphod@new.example"},
				SourceUse: "president@old.example", TargetUse: "zaphod@tenant.onmicrosoft.com", Part: "archive", Merge: true,
				SourceMark:  &refresh.Mark{Reason: refresh.ReasonSoftDeleted, FirstSeen: day(20, 1), LastSeen: day(21, 1), DeletionUnknown: true},
				TargetMark:  &refresh.Mark{Reason: refresh.ReasonMoved, FirstSeen: day(20, 2), LastSeen: day(20, 2)},
				SourceStamp: 0x5eed, TargetStamp: 0xfeed,
				SourcePrevious: &refresh.Previous{Mailbox: refresh.Mailbox{ID: "s-1", Primary: "z@old.example"}, Replica: "dc1.old.example"},
				TargetPrevious: &refresh.Previous{Mailbox: refresh.Mailbox{ID: "t-1", Kind: refresh.KindMailUser}},
				Ext:            json.RawMessage(`{"big":12345678901234567890,"bigger":1e400,"null":null,"text":"\u00e9\/<&>"}`),
			},
			{Key: "2", SourceOrigin: refresh.Manual, Source: refresh.Mailbox{Primary: "trillian@old.example"}, TargetOrigin: refresh.Planned, Target: refresh.Mailbox{Primary: "trillian@new.example"}},
			{Key: "3", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: "s-3"}, TargetOrigin: refresh.Planned, Target: refresh.Mailbox{ID: "t-3"}},
			{Key: "4", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: "s-4"}, Ext: json.RawMessage(`null`)},
			{Key: "5", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: "s-5"}, TargetOrigin: refresh.Manual, Target: refresh.Mailbox{Primary: "marvin@new.example"}},
		},
	}
}

// goldenResult is what testdata/result-v1.json says: every field, and every word that a row can hold.
func goldenResult() *refresh.Result {
	hits := 2
	row := func(key string, s refresh.Side, o refresh.Origin, out refresh.Outcome, id refresh.ID) refresh.Row {
		return refresh.Row{Key: key, Side: s, Origin: o, Outcome: out, Before: refresh.Mailbox{ID: id}}
	}
	full := row("1", refresh.Source, refresh.Bound, refresh.Refreshed, "s-1")
	full.Reasons = refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonAliases, refresh.ReasonSpelling, refresh.ReasonLogin, refresh.ReasonDetails, refresh.ReasonRestored)
	full.Before = refresh.Mailbox{ID: "s-1", Instance: "s-box-1", Anchor: "s-anchor-1", Login: "zaphod@old.example", DisplayName: "Zaphod", Kind: refresh.KindUser, Primary: "zaphod@old.example", Aliases: []refresh.Address{"z@old.example"}}
	full.After = &refresh.Mailbox{ID: "s-1", Instance: "s-box-1", Primary: "zaphod@new.example", Aliases: []refresh.Address{"zaphod@old.example"}}
	full.Use, full.Part, full.Merge, full.Replica = "zaphod@old.example", "archive", true, "dc2.old.example"
	full.MarkBefore = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: day(20, 1), LastSeen: day(21, 1), DeletionUnknown: true}
	full.PreviousBefore = &refresh.Previous{Mailbox: refresh.Mailbox{ID: "s-1"}, Replica: "dc1.old.example"}
	full.StampBefore, full.StampAfter = 0xace, 0xdeed

	missing := row("2", refresh.Source, refresh.Bound, refresh.Missing, "s-2")
	missing.Reasons = refresh.ReasonsOf(refresh.ReasonSoftDeleted)
	missing.MarkAfter = &refresh.Mark{Reason: refresh.ReasonSoftDeleted, FirstSeen: day(31, 8), LastSeen: day(31, 8)}
	missing.Evidence = &refresh.Evidence{DeletedAt: day(30, 1), RestorableUntil: day(31, 23), DeletionUnknown: true, Proof: refresh.ProofTombstone}

	moved := row("2", refresh.Target, refresh.Bound, refresh.Missing, "t-2")
	moved.Reasons, moved.Evidence = refresh.ReasonsOf(refresh.ReasonMoved), &refresh.Evidence{Proof: refresh.ProofStated, ForwardsTo: "trillian@elsewhere.example", Licensed: refresh.No}

	replaced := row("3", refresh.Source, refresh.Bound, refresh.Replaced, "s-3")
	replaced.Evidence = &refresh.Evidence{Instance: "s-box-3b"}

	failed := row("3", refresh.Target, refresh.Bound, refresh.LookupFailed, "t-3")
	failed.Cause, failed.Failure = refresh.CauseStale, "another replica answered"
	failed.Evidence = &refresh.Evidence{Malformed: "ford@@old.example", Seen: &refresh.Mailbox{ID: "t-3", Primary: "ford@old.example"}}

	manual := row("4", refresh.Source, refresh.Manual, refresh.EnteredManually, "")
	manual.Before = refresh.Mailbox{Primary: "marvin@old.example"}
	manual.Evidence = &refresh.Evidence{Hits: &hits, HitIDs: []refresh.ID{"s-7", "s-8"}}

	planned := row("4", refresh.Target, refresh.Planned, refresh.NotCreatedYet, "t-4")
	planned.Evidence = &refresh.Evidence{HitsFailure: "no answer", DomainAccepted: refresh.No, Account: refresh.AccountExistsNow}

	return &refresh.Result{
		ID: "r-2", JobID: "0123456789abcdef", JobName: "Zürich → Genève", JobRows: 5, State: refresh.Applied, Partial: true,
		Run: refresh.Run{
			ID: "run-2", Operator: "ops", Started: day(31, 8), Finished: day(31, 9), Library: "v0.1.0", JobDigest: "00112233445566778899aabbccddeeff", Verify: true,
			Source: &refresh.SideRun{
				System: "Active Directory", Directory: "old.example", Server: "dc1.old.example", Account: `OLD\admin`, Pin: "forest-1", PinBefore: "forest-1",
				Path: refresh.PathIncremental, Why: "nothing forced a full one", Asked: 3, LastSync: day(31, 7),
				Failovers: []refresh.Failover{{From: "dc1.old.example", To: "dc2.old.example", Why: "cut", At: day(31, 8)}},
				Cursor:    refresh.Cursor{Token: "usn:4712", Taken: day(31, 8)}, Epoch: "e-1", CursorBefore: refresh.Cursor{Token: "usn:4711", Taken: day(30, 6)}, EpochBefore: "e-0",
				Since: day(31, 8), SinceBefore: day(29, 6), Restarted: true, SealBefore: "AAECAwQFBgc",
			},
			Target: &refresh.SideRun{System: "Microsoft Graph", Asked: 3},
		},
		Warnings: []refresh.Warning{
			{Code: refresh.WarnUnpinned, Side: refresh.Target, Text: "the job does not say which directory this is"},
			{Code: refresh.WarnExpectedDomain, Text: "not moved", Keys: []string{"3", "4"}},
		},
		Conflicts: []refresh.Conflict{
			{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Source, Address: "zaphod@new.example", Members: []refresh.Member{
				{Key: "1", ID: "s-1", Outcome: refresh.Refreshed, Primary: true}, {Key: "9", Holder: "zaphod@new.example", Part: "archive", Merge: true},
			}},
			{Kind: refresh.SharedTarget, State: refresh.ConflictExisting, Side: refresh.Target, ID: "t-3", Members: []refresh.Member{{Key: "3", ID: "t-3"}, {Key: "9", ID: "t-3"}}},
			{Kind: refresh.SharedAddress, State: refresh.ConflictResolved, Side: refresh.Target, Address: "x@new.example", Members: []refresh.Member{{Key: "3", ID: "t-3"}, {Key: "9", ID: "t-9"}}},
		},
		Rows: []refresh.Row{
			full, row("1", refresh.Target, refresh.Bound, refresh.NotChanged, "t-1"), missing, moved, replaced, failed, manual, planned,
			row("5", refresh.Source, refresh.Bound, refresh.NotChanged, "s-5"), row("5", refresh.Target, refresh.None, refresh.Unmatched, ""),
		},
	}
}
