package main

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestCutoverOnSlapd plays the story on two real servers: people and addresses come out as in memory.
func TestCutoverOnSlapd(t *testing.T) {
	dir, out := t.TempDir(), &bytes.Buffer{}
	err := run(t.Context(), out, dir, true)
	if errors.Is(err, slapdtest.ErrNotInstalled) && os.Getenv("READDRESS_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	job, res := saved(t, dir)
	withMailbox := len(disabled) + len(replaced) + len(movedAway) // stories that OpenLDAP cannot tell
	source := map[refresh.Outcome]int{
		refresh.Refreshed: 306 + withMailbox, refresh.LookupFailed: len(failing),
		refresh.Missing: len(softDeleted) + len(erased) + len(recreated),
	}
	if d := cmp.Diff(source, res.Counts(refresh.Source).ByOutcome); d != "" {
		t.Errorf("source outcomes (-want +got):\n%s", d)
	}
	memory := t.TempDir()
	if err := run(t.Context(), out, memory, false); err != nil {
		t.Fatal(err)
	}
	want, _ := saved(t, memory)
	told := map[string]bool{}
	for _, k := range append(append(append([]string{}, disabled...), replaced...), movedAway...) {
		told[k] = true
	}
	for i, m := range job.Matches {
		if w := want.Matches[i]; !told[m.Key] && (m.Source.Primary != w.Source.Primary || m.Target.Primary != w.Target.Primary) {
			t.Errorf("%s: the primary addresses differ from those in memory", m.Key)
		}
	}
}
