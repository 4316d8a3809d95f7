package ldapconn_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLateEntry: an entry that comes when its search has ended, while deleted objects are looked for, breaks the protocol. What
// the connection left out is asked once more, and then it has failed.
func TestLateEntry(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		late         int // how often
		want         tally
	}{
		{"never", "it answers at once", 0, tally{Found: 2}},
		{"once", "another connection answers", 1, tally{Found: 2}},
		{"again", "nothing is proven", 100, tally{Found: 1, Failed: 1}},
	} {
		f := adWorld(base)
		f.entries = append(f.entries,
			adUser(map[string][]string{"objectGUID": {strings.Repeat("\x11", 16)}}),
			adUser(map[string][]string{"objectGUID": {strings.Repeat("\x22", 16)}}))
		var held []byte
		f.answer = func(n int, id int64, filter string, out [][]byte) [][]byte {
			if n/2 >= tt.late || len(out) < 2 {
				return out
			}
			if n%2 == 0 { // the look-up: the first one is held back
				held = out[0]
				return out[1:]
			}
			return append([][]byte{held}, out[len(out)-1:]...) // the deleted objects
		}
		f.start(t)
		got, err := resolve(t.Context(), t, f.open(t, 5*time.Second), "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222")
		must(t, err)
		if diff := cmp.Diff(tt.want, count(got)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s%s", tt.name, tt.reason, diff, word(got[0]))
		}
	}
}
