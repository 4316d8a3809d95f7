package refresh

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestASCIILower: eight letters at a time give what one at a time gives.
func TestASCIILower(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for range 200_000 {
		b := make([]byte, rng.IntN(20))
		for i := range b {
			b[i] = byte(rng.IntN(128))
		}
		if len(b) > 0 && rng.IntN(4) == 0 {
			b[rng.IntN(len(b))] |= 0x80
		}
		s, want := string(b), strings.ToLower(string(b))
		if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
			want = ""
		}
		if got := asciiLower(s); got != want {
			t.Fatalf("asciiLower(%q) = %q, want %q", s, got, want)
		}
	}
}
