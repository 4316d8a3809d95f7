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

func check(name, got string) (failed string) {
	r := &recorder{}
	defer func() {
		if v := recover(); v != nil && v != any(r) {
			panic(v)
		}
		failed = strings.Join(r.failed, "\n")
	}()
	Check(r, name, got)
	return ""
}

func TestCheck(t *testing.T) {
	defer func(was bool) { *update = was }(*update)
	*update = false // what follows tests the comparing
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
			got := check(tc.file, tc.got)
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%s: failed with %q, want %q in it", tc.reason, got, tc.want)
			}
		})
	}
}
