package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

func TestCutoverInMemory(t *testing.T) {
	dir, out := t.TempDir(), &bytes.Buffer{}
	if err := run(t.Context(), out, dir, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"306 were refreshed; now 0 refreshed, 306 not changed",
		"5 were refreshed; now 0 refreshed, 300 not changed",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	job, res := saved(t, dir)
	if res.State != refresh.Applied {
		t.Errorf("result.json says %s; it was saved after it was applied", res.State)
	}
	source := map[refresh.Outcome]int{
		refresh.Refreshed: 306, refresh.Missing: len(softDeleted) + len(erased) + len(recreated) + len(disabled) + len(movedAway),
		refresh.Replaced: len(replaced), refresh.LookupFailed: len(failing),
	}
	if d := cmp.Diff(source, res.Counts(refresh.Source).ByOutcome); d != "" {
		t.Errorf("source outcomes (-want +got):\n%s", d)
	}
	target := map[refresh.Outcome]int{
		refresh.Refreshed: len(fellBack), refresh.NotChanged: 295, refresh.EnteredManually: 6, refresh.NotCreatedYet: 8, refresh.Unmatched: 6,
	}
	if d := cmp.Diff(target, res.Counts(refresh.Target).ByOutcome); d != "" {
		t.Errorf("target outcomes (-want +got):\n%s", d)
	}
	for key, want := range map[string]refresh.Address{
		"row-013": "noah.adler@" + newDomain, // swapped with row-014
		"row-014": "mia.adler@" + newDomain,
		"row-020": "tilda.adler@" + newDomain,
		"row-026": "felix.braun@" + oldDomain, // recreated: the address belongs to another person now
		"row-034": "noah.braun@" + oldDomain,  // the look-up failed
	} {
		if m, _ := job.Match(key); m.Source.Primary != want {
			t.Errorf("%s has another primary address than it should", key)
		}
	}
}

func saved(t *testing.T, dir string) (refresh.Job, *refresh.Result) {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "job.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	job, err := refresh.ReadJob(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := refresh.ReadResult(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "result.txt")); err != nil || len(text) == 0 {
		t.Errorf("result.txt: %d bytes, %v", len(text), err)
	}
	return job, res
}
