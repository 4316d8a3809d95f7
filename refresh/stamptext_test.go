package refresh_test

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestStampText: a stamp has one text, so that a job that is read and written again is the same.
func TestStampText(t *testing.T) {
	for _, tt := range []struct {
		name, reason, text string
		want               refresh.Stamp // 0 for an error
	}{
		{"small", "it is a word of eight bytes, big end first", "AAAAAAAAXu0", 0x5eed},
		{"all bits", "the alphabet is that of URLs", "__________8", 1<<64 - 1},
		{"zero", "it would look like a stamp and be none", "AAAAAAAAAAA", 0},
		{"empty", "it is left out", "", 0},
		{"short", "it is cut", "AAAAAAAAXu", 0},
		{"long", "it is more than a word", "AAAAAAAAXu0A", 0},
		{"loose bits", "it is another text of the same word", "AAAAAAAAXu1", 0},
		{"padding", "it is another text of the same word", "AAAAAAAAXu0=", 0},
		{"line break", "it is another text of the same word", "AAAAAA\nAAXu0", 0},
		{"standard alphabet", "it is not that of URLs", "//////////8", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := refresh.Stamp(7)
			err := s.UnmarshalText([]byte(tt.text))
			if tt.want == 0 {
				if err == nil {
					t.Errorf("read as %v: %s", s, tt.reason)
				}
				same(t, "an error changes nothing", refresh.Stamp(7), s)
				return
			}
			must(t, err)
			same(t, tt.reason, tt.want, s)
			same(t, "its text", tt.text, s.String())
		})
	}
	same(t, "none has no text", "", refresh.Stamp(0).String())
}
