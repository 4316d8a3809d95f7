package refresh_test

import (
	"encoding"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// enum is one of the package's small integers with words.
type enum interface {
	fmt.Stringer
	encoding.TextMarshaler
}

// words holds one type to the rules of all: every value has its word and reads it again, in JSON too, and no other
// text is read.
func words[E interface {
	~uint8
	enum
}, P interface {
	*E
	encoding.TextUnmarshaler
}](t *testing.T, what string, want ...string) {
	t.Helper()
	for i, word := range want {
		e := E(i)
		same(t, what+" in words", word, e.String())
		text, err := e.MarshalText()
		if err != nil || string(text) != word {
			t.Errorf("%s %d is written %q, %v", what, i, text, err)
		}
		var back E
		err = P(&back).UnmarshalText(text)
		if word == "" {
			if err == nil {
				t.Errorf("%s: no word was read as %d", what, back)
			}
			continue
		}
		if err != nil || back != e {
			t.Errorf("%s %q is read as %d, %v; want %d", what, word, back, err, i)
		}
		out, err := json.Marshal(e)
		if err != nil || string(out) != `"`+word+`"` {
			t.Errorf("%s %q is %s in JSON, %v", what, word, out, err)
		}
	}
	beyond := E(len(want))
	same(t, what+" beyond the last", fmt.Sprintf("(unknown value %d)", len(want)), beyond.String())
	if text, err := beyond.MarshalText(); err == nil {
		t.Errorf("%s beyond the last is written %q", what, text)
	}
	for _, bad := range []string{"", "x", "zaphod@old.example", strings.ToUpper(want[1]), " " + want[1], want[1] + "\n", strings.Repeat("a", 1000), "\xff"} {
		back := beyond
		err := P(&back).UnmarshalText([]byte(bad))
		if err == nil || back != beyond {
			t.Errorf("%s: %q is read as %d, %v", what, bad, back, err)
			continue
		}
		discreet(t, err)
		if len(err.Error()) > 300 {
			t.Errorf("%s: the error has %d characters", what, len(err.Error()))
		}
		if !strings.Contains(err.Error(), want[1]) {
			t.Errorf("%s: the error does not say what is known: %v", what, err)
		}
	}
}

func TestWords(t *testing.T) {
	words[refresh.Origin](t, "origin", "none", "bound", "manual", "planned")
	words[refresh.Side](t, "side", "", "source", "target")
	words[refresh.Tri](t, "answer", "unknown", "no", "yes")
	words[refresh.Kind](t, "kind", "unknown", "user", "shared", "room", "equipment", "linked", "mail-user", "remote", "group", "contact", "system")
	words[refresh.Outcome](t, "outcome", "", "refreshed", "not-changed", "missing", "entered-manually", "not-created-yet", "unmatched", "replaced", "lookup-failed")
	words[refresh.Severity](t, "severity", "same", "ok", "warning", "error")
	words[refresh.Reason](t, "reason", "", "primary", "aliases", "spelling", "login", "details", "restored", "gone", "soft-deleted", "no-mailbox", "moved")
	words[refresh.Cause](t, "cause", "", "no-answer", "failed", "not-visible", "out-of-scope", "mailbox-state-unknown", "replicas-disagree", "malformed-value", "reverted-or-stale")
	words[refresh.Proof](t, "proof", "", "tombstone", "direct-read", "empty-scope", "stated")
	words[refresh.AccountState](t, "account state", "", "there", "exists-now", "gone")
	words[refresh.Action](t, "action", "", "applied", "reverted", "pruned", "restored")
	words[refresh.State](t, "state", "preview", "applied", "reverted")
	words[refresh.Path](t, "path", "full", "incremental")
	words[refresh.ConflictKind](t, "conflict", "", "shared-address", "shared-target")
	words[refresh.ConflictState](t, "conflict state", "", "new", "existing", "resolved")
	words[refresh.WarningCode](t, "warning", "", "unpinned", "pin-unverified", "reconfigure", "suspicious", "expected-domain", "aliases-lost", "failover", "connector", "no-identity")
}

// TestSpokenWords: two enums are for people only and have no form in files.
func TestSpokenWords(t *testing.T) {
	same(t, "use states", []string{"kept", "moved", "still-alias", "lost", "(unknown value 4)"},
		[]string{refresh.UseKept.String(), refresh.UseMoved.String(), refresh.UseStillAlias.String(), refresh.UseLost.String(), refresh.UseState(4).String()})
	same(t, "verdicts", []string{"", "ready", "unverified", "blocked", "(unknown value 4)"},
		[]string{refresh.ReadyState(0).String(), refresh.Ready.String(), refresh.Unverified.String(), refresh.Blocked.String(), refresh.ReadyState(4).String()})
}

func TestElsewhere(t *testing.T) {
	for k := refresh.KindUnknown; k <= refresh.KindSystem; k++ {
		same(t, k.String(), k == refresh.KindMailUser || k == refresh.KindRemote, k.Elsewhere())
	}
}

func TestReasons(t *testing.T) {
	set := refresh.ReasonsOf(refresh.ReasonGone, refresh.ReasonPrimary, refresh.ReasonGone)
	same(t, "the order is fixed", []refresh.Reason{refresh.ReasonPrimary, refresh.ReasonGone}, set.List())
	same(t, "in words", "primary, gone", set.String())
	same(t, "of nothing", "", refresh.ReasonsOf().String())
	same(t, "has", []bool{true, false}, []bool{set.Has(refresh.ReasonGone), set.Has(refresh.ReasonMoved)})
	out, err := json.Marshal(set)
	if err != nil || string(out) != `["primary","gone"]` {
		t.Errorf("%s, %v", out, err)
	}
	var back refresh.Reasons
	if err := json.Unmarshal([]byte(`["gone","primary"]`), &back); err != nil || back != set {
		t.Errorf("%v, %v", back, err)
	}
	for _, bad := range []string{`["gone","gone"]`, `[""]`, `[null]`, `["away"]`, `{}`, `5`} {
		back := set
		if err := json.Unmarshal([]byte(bad), &back); err == nil || back != set {
			t.Errorf("%s is read as %v, %v", bad, back, err)
		}
	}
	for r := refresh.ReasonPrimary; r <= refresh.ReasonMoved; r++ {
		same(t, r.String(), r >= refresh.ReasonGone, r.Absent())
	}
	same(t, "no reason", false, refresh.Reason(0).Absent())
}
