package refresh_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

// Generators of values as a job or result may hold them, with every field used now and then.

// maybe draws from g in half of the cases and gives the zero value in the others.
func maybe[T any](t *rapid.T, g *rapid.Generator[T]) T {
	var zero T
	if rapid.Bool().Draw(t, "set") {
		return g.Draw(t, "value")
	}
	return zero
}

func draw[T any](t *rapid.T, from ...T) T { return rapid.SampledFrom(from).Draw(t, "one of") }

func list[T any](t *rapid.T, most int, f func(*rapid.T) T) []T {
	n := rapid.IntRange(0, most).Draw(t, "length")
	var out []T
	for range n {
		out = append(out, f(t))
	}
	return out
}

// textGen makes UTF-8 text with what is hard to write: controls, quotes, separators, replacement characters.
var textGen = rapid.OneOf(rapid.StringN(1, 12, -1), rapid.SampledFrom([]string{
	"a", "Ann Arbor", "\"\\/\b\f\n\r\t\x00\x7f", "<b>&amp;</b>", "\u2028\u2029", "\uFFFD", "\uFEFF", "😀é\u0301", "ann@old.example", "null",
}))

func genText(t *rapid.T) string { return textGen.Draw(t, "text") }

var localGen = rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9._+-]{1,20}`), rapid.SampledFrom([]string{
	"Ann", "o'brien+tag", `"quoted`, "jürgen", "ju\u0308rgen", "ÅNGSTRÖM", "\u212a", "\u0130", "дмитрий", strings.Repeat("l", 64), "<&>", `back\slash`,
}))

var domainGen = rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9-]{1,10}(\.[A-Za-z]{2,6}){0,2}`), rapid.SampledFrom([]string{
	"old.example", "new.example", "ü.example", "xn--tda.example", "BÜCHER.example", "straße.example", "例え.テスト", "\u10a0.example", "[192.0.2.1]",
}))

// genAddress makes addresses that pass Check.
func genAddress(t *rapid.T) refresh.Address {
	return refresh.Address(localGen.Draw(t, "local") + "@" + domainGen.Draw(t, "domain"))
}

// genTime makes times that RFC 3339 can say, in several zones, some of them fine.
func genTime(t *rapid.T) time.Time {
	at := time.Unix(rapid.Int64Range(-30_000_000_000, 200_000_000_000).Draw(t, "seconds"), draw(t, int64(0), 0, 1, 999_999_999, 500_000_000))
	return at.In(draw(t, time.UTC, time.UTC, time.FixedZone("", 2*3600), time.FixedZone("", -(5*3600+30*60))))
}

func genID(t *rapid.T) refresh.ID {
	return refresh.ID(rapid.OneOf(rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}`), textGen).Draw(t, "id"))
}

func genMailbox(t *rapid.T) refresh.Mailbox {
	return refresh.Mailbox{
		ID: genID(t), Instance: maybe(t, rapid.Custom(genID)), Anchor: maybe(t, rapid.Custom(genID)),
		Login: maybe(t, textGen), DisplayName: maybe(t, textGen),
		Kind:    refresh.Kind(rapid.Uint8Range(0, uint8(refresh.KindSystem)).Draw(t, "kind")),
		Primary: maybe(t, rapid.Custom(genAddress)), Aliases: list(t, 3, genAddress),
	}
}

// genSide makes an origin and a mailbox that may stand together.
func genSide(t *rapid.T, origins ...refresh.Origin) (refresh.Origin, refresh.Mailbox) {
	m, o := genMailbox(t), draw(t, origins...)
	switch o {
	case refresh.None:
		m = refresh.Mailbox{}
	case refresh.Manual:
		m.ID, m.Primary = "", genAddress(t)
	case refresh.Planned:
		if rapid.Bool().Draw(t, "without account") {
			m.ID, m.Primary = "", genAddress(t)
		}
	}
	return o, m
}

func genMark(t *rapid.T) *refresh.Mark {
	first := genTime(t)
	return &refresh.Mark{
		Reason:    draw(t, refresh.ReasonGone, refresh.ReasonSoftDeleted, refresh.ReasonNoMailbox, refresh.ReasonMoved),
		FirstSeen: first, LastSeen: first.Add(draw(t, 0, time.Second, 1000*time.Hour)),
		DeletionUnknown: rapid.Bool().Draw(t, "deletion unknown"),
	}
}

func genPrevious(t *rapid.T) *refresh.Previous {
	return &refresh.Previous{Mailbox: genMailbox(t), Replica: maybe(t, textGen)}
}

// genUse makes an address in use or a login.
func genUse(t *rapid.T) refresh.Address {
	return draw(t, genAddress(t), "login", `DOMAIN\user`)
}

// genExt makes compact JSON values of any form, with numbers that no Go number can hold.
func genExt(t *rapid.T) json.RawMessage { return json.RawMessage(genJSON(t, 3)) }

func genJSON(t *rapid.T, depth int) string {
	kinds := 5
	if depth == 0 {
		kinds = 3
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "form") {
	case 0:
		return draw(t, "null", "true", "false", "{}", "[]", `""`)
	case 1:
		return draw(t, "0", "-0", "1e400", "12345678901234567890", "0.10", "1E+2", "-1.50e-7")
	case 2:
		return draw(t, `"a"`, `"\u00e9\ud83d\ude00"`, `"\/<>&"`, "\"é\u2028\"", `"ann@old.example"`)
	case 3:
		return "[" + strings.Join(list(t, 3, func(t *rapid.T) string { return genJSON(t, depth-1) }), ",") + "]"
	}
	var members []string
	for i := range rapid.IntRange(0, 3).Draw(t, "members") {
		members = append(members, strconv.Quote("m"+strconv.Itoa(i))+":"+genJSON(t, depth-1))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func genMatch(t *rapid.T, key string) refresh.Match {
	m := refresh.Match{
		Key: key, SourceUse: maybe(t, rapid.Custom(genUse)), Part: maybe(t, textGen), Merge: rapid.Bool().Draw(t, "merge"),
		SourceStamp: refresh.Stamp(maybe(t, rapid.Uint64())), TargetStamp: refresh.Stamp(maybe(t, rapid.Uint64())),
		SourcePrevious: maybe(t, rapid.Custom(genPrevious)), TargetPrevious: maybe(t, rapid.Custom(genPrevious)),
		Ext: maybe(t, rapid.Custom(genExt)),
	}
	m.SourceOrigin, m.Source = genSide(t, refresh.Bound, refresh.Bound, refresh.Manual)
	m.TargetOrigin, m.Target = genSide(t, refresh.Bound, refresh.Bound, refresh.Manual, refresh.Planned, refresh.None)
	if m.SourceOrigin == refresh.Bound {
		m.SourceMark = maybe(t, rapid.Custom(genMark))
	}
	if m.TargetOrigin == refresh.Bound {
		m.TargetMark = maybe(t, rapid.Custom(genMark))
	}
	if m.TargetOrigin != refresh.None {
		m.TargetUse = maybe(t, rapid.Custom(genUse))
	}
	return m
}

// genKey makes keys of all sorts, unique by their number.
func genKey(t *rapid.T, n int) string {
	return draw(t, "", "row ", "Zeile-ü ", `"`, "\u2028") + strconv.Itoa(n)
}

func genCursor(t *rapid.T) refresh.Cursor {
	return refresh.Cursor{Token: maybe(t, textGen), Taken: maybe(t, rapid.Custom(genTime))}
}

func genEndpoint(t *rapid.T) refresh.Endpoint {
	return refresh.Endpoint{
		System: maybe(t, textGen), Pin: maybe(t, textGen), Account: maybe(t, textGen), Cursor: genCursor(t), Epoch: maybe(t, textGen), Since: maybe(t, rapid.Custom(genTime)), Seal: maybe(t, textGen),
	}
}

func genEvent(t *rapid.T) refresh.Event {
	return refresh.Event{
		Action: refresh.Action(rapid.Uint8Range(1, uint8(refresh.ActionRestored)).Draw(t, "action")),
		Result: maybe(t, textGen), Run: maybe(t, textGen), Operator: maybe(t, textGen), At: genTime(t), Rows: rapid.IntRange(0, 1000).Draw(t, "rows"),
		Pinned: list(t, 2, func(t *rapid.T) refresh.Side { return draw(t, refresh.Source, refresh.Target) }),
	}
}

// genJob makes valid jobs of up to five rows.
func genJob(t *rapid.T) refresh.Job {
	j := refresh.Job{
		ID: genText(t), Name: maybe(t, textGen), Source: genEndpoint(t), Target: genEndpoint(t), History: list(t, 3, genEvent),
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "matches") {
		j.Matches = append(j.Matches, genMatch(t, genKey(t, i)))
	}
	return j
}

var jobs, results = rapid.Custom(genJob), rapid.Custom(genResult)

func genEvidence(t *rapid.T) *refresh.Evidence {
	e := &refresh.Evidence{
		HitIDs: list(t, 2, genID), HitsFailure: maybe(t, textGen), DomainAccepted: draw(t, refresh.Unknown, refresh.No, refresh.Yes),
		Account:   draw(t, 0, refresh.AccountThere, refresh.AccountExistsNow, refresh.AccountGone),
		DeletedAt: maybe(t, rapid.Custom(genTime)), RestorableUntil: maybe(t, rapid.Custom(genTime)), DeletionUnknown: rapid.Bool().Draw(t, "unknown"),
		Proof:      draw(t, refresh.ProofNone, refresh.ProofTombstone, refresh.ProofDirectRead, refresh.ProofEmptyScope, refresh.ProofStated),
		ForwardsTo: refresh.Address(maybe(t, textGen)), Licensed: rapid.SampledFrom([]refresh.Tri{refresh.Unknown, refresh.No, refresh.Yes}).Draw(t, "licensed"), Instance: maybe(t, rapid.Custom(genID)),
	}
	if rapid.Bool().Draw(t, "hits") {
		n := rapid.IntRange(0, 3).Draw(t, "n")
		e.Hits = &n
	}
	if rapid.Bool().Draw(t, "seen") {
		m := genMailbox(t)
		e.Seen = &m
	}
	return e
}

func genRow(t *rapid.T, key string, s refresh.Side) refresh.Row {
	r := refresh.Row{
		Key: key, Side: s, Outcome: draw(t, refresh.Outcomes()...), Evidence: maybe(t, rapid.Custom(genEvidence)),
		Failure: maybe(t, textGen), Replica: maybe(t, textGen), PreviousBefore: maybe(t, rapid.Custom(genPrevious)),
		Part: maybe(t, textGen), Merge: rapid.Bool().Draw(t, "merge"),
		StampBefore: refresh.Stamp(maybe(t, rapid.Uint64())),
	}
	if r.StampAfter = r.StampBefore; r.Outcome == refresh.Refreshed || r.Outcome == refresh.NotChanged {
		r.StampAfter = refresh.Stamp(maybe(t, rapid.Uint64()))
	}
	r.Origin, r.Before = genSide(t, originsOf(r.Outcome)...)
	if r.Origin != refresh.None {
		r.Use = maybe(t, rapid.Custom(genUse))
	}
	if r.Origin == refresh.Bound {
		r.MarkBefore = maybe(t, rapid.Custom(genMark))
		if r.MarkAfter = r.MarkBefore; r.Outcome == refresh.Refreshed || r.Outcome == refresh.Missing {
			r.MarkAfter = maybe(t, rapid.Custom(genMark))
		}
	}
	switch r.Outcome {
	case refresh.Refreshed, refresh.NotCreatedYet:
		if rapid.Bool().Draw(t, "writes") {
			_, after := genSide(t, r.Origin)
			after.ID = r.Before.ID
			if after.ID == "" {
				after.Primary = genAddress(t)
			}
			r.After = &after
		}
		if r.Outcome == refresh.Refreshed {
			r.Reasons = refresh.ReasonsOf(list(t, 3, func(t *rapid.T) refresh.Reason {
				return refresh.Reason(rapid.Uint8Range(1, uint8(refresh.ReasonRestored)).Draw(t, "reason"))
			})...)
		}
	case refresh.Missing:
		r.Reasons = refresh.ReasonsOf(genMark(t).Reason)
	case refresh.LookupFailed:
		r.Cause = refresh.Cause(rapid.Uint8Range(1, uint8(refresh.CauseStale)).Draw(t, "cause"))
	}
	return r
}

// originsOf returns the origins of a side that can have an outcome.
func originsOf(o refresh.Outcome) []refresh.Origin {
	switch o {
	case refresh.EnteredManually:
		return []refresh.Origin{refresh.Manual}
	case refresh.NotCreatedYet:
		return []refresh.Origin{refresh.Planned}
	case refresh.Unmatched:
		return []refresh.Origin{refresh.None}
	case refresh.LookupFailed:
		return []refresh.Origin{refresh.Bound, refresh.Planned}
	}
	return []refresh.Origin{refresh.Bound}
}

func genSideRun(t *rapid.T) *refresh.SideRun {
	return &refresh.SideRun{
		System: maybe(t, textGen), Directory: maybe(t, textGen), Server: maybe(t, textGen), Account: maybe(t, textGen),
		Pin: maybe(t, textGen), PinBefore: maybe(t, textGen), Path: draw(t, refresh.PathFull, refresh.PathIncremental), Why: maybe(t, textGen),
		Asked: rapid.IntRange(0, 9).Draw(t, "asked"), LastSync: maybe(t, rapid.Custom(genTime)),
		Failovers: list(t, 2, func(t *rapid.T) refresh.Failover {
			return refresh.Failover{From: genText(t), To: genText(t), Why: maybe(t, textGen), At: genTime(t)}
		}),
		Cursor: genCursor(t), Epoch: maybe(t, textGen), CursorBefore: genCursor(t), EpochBefore: maybe(t, textGen),
		Since: maybe(t, rapid.Custom(genTime)), SinceBefore: maybe(t, rapid.Custom(genTime)), SealBefore: maybe(t, textGen), Restarted: rapid.Bool().Draw(t, "restarted"),
	}
}

func genConflict(t *rapid.T) refresh.Conflict {
	c := refresh.Conflict{
		Kind:  draw(t, refresh.SharedAddress, refresh.SharedTarget),
		State: draw(t, refresh.ConflictNew, refresh.ConflictExisting, refresh.ConflictResolved),
		Side:  draw(t, refresh.Source, refresh.Target), Address: maybe(t, rapid.Custom(genAddress)), ID: maybe(t, rapid.Custom(genID)),
	}
	for i := range 2 {
		c.Members = append(c.Members, refresh.Member{
			Key: fmt.Sprint(i), ID: maybe(t, rapid.Custom(genID)), Outcome: draw(t, append(refresh.Outcomes(), 0)...), Primary: rapid.Bool().Draw(t, "primary"),
			Holder: maybe(t, rapid.Custom(genAddress)), Part: maybe(t, textGen), Merge: rapid.Bool().Draw(t, "merge"),
		})
	}
	return c
}

func genWarning(t *rapid.T) refresh.Warning {
	return refresh.Warning{
		Code: refresh.WarningCode(rapid.Uint8Range(1, uint8(refresh.WarnNoIdentity)).Draw(t, "code")),
		Side: draw(t, 0, refresh.Source, refresh.Target), Text: genText(t), Keys: list(t, 2, genText),
	}
}

// genResult makes valid results of up to five matches, one- or two-sided.
func genResult(t *rapid.T) *refresh.Result {
	r := &refresh.Result{
		ID: genText(t), JobID: genText(t), JobName: maybe(t, textGen), JobRows: rapid.IntRange(0, 9).Draw(t, "job rows"),
		State: draw(t, refresh.Preview, refresh.Applied, refresh.Reverted), Partial: rapid.Bool().Draw(t, "partial"),
		Warnings: list(t, 2, genWarning), Conflicts: list(t, 2, genConflict),
		Run: refresh.Run{
			ID: genText(t), Operator: maybe(t, textGen), Started: genTime(t), Finished: genTime(t), Library: genText(t), Verify: rapid.Bool().Draw(t, "verify"),
			Source: maybe(t, rapid.Custom(genSideRun)), Target: maybe(t, rapid.Custom(genSideRun)),
		},
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "matches") {
		key := genKey(t, i)
		for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
			if r.Run.Side(s) != nil {
				r.Rows = append(r.Rows, genRow(t, key, s))
			}
		}
	}
	return r
}

// shuffledMembers writes a JSON object with its members in random order, at every level but inside "ext".
func shuffledMembers(rng *rand.Rand, raw json.RawMessage) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil && object != nil {
		var members []string
		for k, v := range object {
			if k != "ext" {
				v = shuffledMembers(rng, v)
			}
			members = append(members, strconv.Quote(k)+": "+string(v))
		}
		rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		return json.RawMessage("{" + strings.Join(members, ",\n ") + "}")
	}
	var array []json.RawMessage
	if json.Unmarshal(raw, &array) == nil && array != nil {
		for i := range array {
			array[i] = shuffledMembers(rng, array[i])
		}
		out, _ := json.Marshal(array)
		return out
	}
	return raw
}
