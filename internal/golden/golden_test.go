package golden

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// recorder is a test that notes its failures instead of failing.
type recorder struct {
	testing.TB
	failed []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

// Fatalf cannot stop the caller without ending the real test, so it panics with the recorder.
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(r)
}

// failure returns what a check fails with.
func failure(check func(testing.TB)) (failed string) {
	r := &recorder{}
	defer func() {
		if v := recover(); v != nil && v != any(r) {
			panic(v)
		}
		failed = strings.Join(r.failed, "\n")
	}()
	check(r)
	return ""
}

func TestCheck(t *testing.T) {
	set(t, false)
	t.Chdir(t.TempDir())
	if err := write("testdata/sub/a.golden", "one\ntwo\n"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile("testdata/sub/a.golden"); err != nil || string(b) != "one\ntwo\n" {
		t.Fatalf("written %q, %v", b, err)
	}
	for _, tc := range []struct{ name, reason, file, got, want string }{
		{"equal", "the same bytes pass", "sub/a.golden", "one\ntwo\n", ""},
		{"different", "the difference is shown", "sub/a.golden", "one\nthree\n", "-want +got"},
		{"trailing newline", "every byte counts", "sub/a.golden", "one\ntwo", "-want +got"},
		{"no file", "a missing golden never passes, even for empty output", "none.golden", "", "-update to write it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := failure(func(t testing.TB) { Check(t, tc.file, tc.got) })
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%s: failed with %q, want %q in it", tc.reason, got, tc.want)
			}
		})
	}
}

func TestSection(t *testing.T) {
	t.Chdir(t.TempDir())
	const doc = "# Title\n<!-- a -->\nold\n<!-- /a -->\ntail\n"
	if err := write("doc.md", doc); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, reason string
		update       bool
		section, got string
		want         string // in the failure
		doc          string // afterwards
	}{
		{"equal", "the same text passes", false, "a", "old\n", "", doc},
		{"different", "the difference is shown, the file stays", false, "a", "new\n", "-want +got", doc},
		{"no section", "a missing section never passes", false, "b", "", "no section", doc},
		{"update", "the section is written anew, the rest stays", true, "a", "new\n", "", strings.Replace(doc, "old", "new", 1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			set(t, tc.update)
			got := failure(func(t testing.TB) { Section(t, "doc.md", tc.section, tc.got) })
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%s: failed with %q, want %q in it", tc.reason, got, tc.want)
			}
			if b, err := os.ReadFile("doc.md"); err != nil || string(b) != tc.doc {
				t.Errorf("%s: the file holds %q, %v", tc.reason, b, err)
			}
		})
	}
}

// set runs the rest of a test with -update on or off.
func set(t *testing.T, on bool) {
	was := *update
	t.Cleanup(func() { *update = was })
	*update = on
}
