package enum_test

import (
	"strings"
	"testing"

	"github.com/readdress-go/readdress/internal/enum"
)

type colour uint8

func TestWords(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		words        []string
	}{
		{"all have words", "the zero value, too", []string{"red", "blue"}},
		{"the zero value has none", "it is never read", []string{"", "blue"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for c := range colour(2) {
				b, err := enum.Text("colour", tc.words, c)
				if err != nil || string(b) != tc.words[c] || enum.String(tc.words, c) != tc.words[c] {
					t.Fatalf("%d: %q, %v", c, b, err)
				}
				got := colour(9)
				err = enum.Parse("colour", tc.words, b, &got)
				if readable := tc.words[c] != ""; readable != (err == nil) || readable && got != c {
					t.Errorf("%q read as %d, %v: %s", b, got, err, tc.reason)
				}
			}
			got := colour(9)
			if err := enum.Parse("colour", tc.words, []byte("ann@old.example"), &got); err == nil || got != 9 || strings.Contains(err.Error(), "ann") || !strings.Contains(err.Error(), "blue") {
				t.Errorf("an unknown word: %d, %v", got, err)
			}
			if err := enum.Parse("colour", tc.words, []byte("green-ish"), &got); err == nil || !strings.Contains(err.Error(), `"green-ish"`) {
				t.Errorf("a mistaken word: %v", err)
			}
			if b, err := enum.Text("colour", tc.words, colour(2)); err == nil || !strings.Contains(enum.String(tc.words, colour(2)), "2") {
				t.Errorf("a value without a word: %q", b)
			}
		})
	}
}
