package match_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

// Generators of valid jobs whose values are hard to write into a file of pairs.

var hardText = rapid.OneOf(rapid.StringN(0, 12, -1), rapid.SampledFrom([]string{
	"", " ", "=1+1", "+49", "-1", "@SUM(A1)", "'", "''x", `"`, `"x"`, `""`, `"a\nb"`, "a\r\nb", "\n", "\r", "\t=1", "a,b;c", "a\"b", "\uFEFFkey", "＝1", "\u2028", "\x00", "é\u0301", "😀",
	"yes", "no", "key", "#x", `\.`, "a\\", " lead", "trail ",
}))

var hardLocal = rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9._+-]{1,12}`), rapid.SampledFrom([]string{
	"=cmd|'calc'!A1", "+tag", "-dash", "'apostrophe", `"quoted"`, `"a,b"`, "o'brien", "jürgen", "дмитрий", "＝x", "a,b", "a;b", "@", "x@y", `back\n`,
}))

func hardAddress(t *rapid.T) refresh.Address {
	return refresh.Address(hardLocal.Draw(t, "local") + "@" + rapid.SampledFrom([]string{"old.example", "new.example", "bücher.example"}).Draw(t, "domain"))
}

func hardMailbox(t *rapid.T) refresh.Mailbox {
	m := refresh.Mailbox{
		ID: refresh.ID("i" + hardText.Draw(t, "id")), Instance: refresh.ID(hardText.Draw(t, "instance")), Login: hardText.Draw(t, "login"), DisplayName: hardText.Draw(t, "name"),
		Kind: refresh.Kind(rapid.Uint8Range(0, uint8(refresh.KindSystem)).Draw(t, "kind")),
	}
	if rapid.Bool().Draw(t, "formula ID") {
		m.ID = refresh.ID("=" + hardText.Draw(t, "id"))
	}
	if rapid.Bool().Draw(t, "has primary") {
		m.Primary = hardAddress(t)
	}
	if rapid.Bool().Draw(t, "has alias") {
		m.Aliases = []refresh.Address{hardAddress(t)}
	}
	return m
}

func hardUse(t *rapid.T) refresh.Address {
	return rapid.OneOf(rapid.Custom(hardAddress), rapid.SampledFrom([]refresh.Address{"", "login", `DOM\user`, "=x", `"q"`, "'"})).Draw(t, "use")
}

func hardSide(t *rapid.T, origins ...refresh.Origin) (refresh.Mailbox, refresh.Origin, refresh.Address) {
	m, o := hardMailbox(t), rapid.SampledFrom(origins).Draw(t, "origin")
	switch {
	case o == refresh.None:
		return refresh.Mailbox{}, o, ""
	case o == refresh.Manual, o == refresh.Planned && rapid.Bool().Draw(t, "no account"):
		m.ID, m.Primary = "", hardAddress(t)
	}
	return m, o, hardUse(t)
}

func hardMatch(t *rapid.T, n int) refresh.Match {
	m := refresh.Match{
		Key:  rapid.SampledFrom([]string{"", "=", "+", "'", `"`, "ü ", "a,", "\uFEFF"}).Draw(t, "key") + strconv.Itoa(n),
		Part: hardText.Draw(t, "part"), Merge: rapid.Bool().Draw(t, "merge"),
		SourceStamp: refresh.Stamp(rapid.Uint64().Draw(t, "stamp")), TargetStamp: refresh.Stamp(rapid.Uint64().Draw(t, "stamp")),
		SourcePrevious: &refresh.Previous{Mailbox: hardMailbox(t)}, TargetPrevious: &refresh.Previous{Mailbox: hardMailbox(t)},
		Ext: json.RawMessage(`{"x":1}`),
	}
	m.Source, m.SourceOrigin, m.SourceUse = hardSide(t, refresh.Bound, refresh.Manual)
	m.Target, m.TargetOrigin, m.TargetUse = hardSide(t, refresh.Bound, refresh.Bound, refresh.Manual, refresh.Planned, refresh.None)
	mark := &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: time.Unix(1, 0).UTC(), LastSeen: time.Unix(2, 0).UTC()}
	if m.SourceOrigin == refresh.Bound && rapid.Bool().Draw(t, "marked") {
		m.SourceMark = mark
	}
	if m.TargetOrigin == refresh.Bound && rapid.Bool().Draw(t, "marked") {
		m.TargetMark = mark
	}
	return m
}

func hardJob(t *rapid.T) refresh.Job {
	j := refresh.Job{ID: "job", Name: strings.ToValidUTF8(hardText.Draw(t, "name"), "?")}
	for i := range rapid.IntRange(0, 4).Draw(t, "rows") {
		j.Matches = append(j.Matches, hardMatch(t, i))
	}
	return j
}

var hardJobs = rapid.Custom(hardJob)
