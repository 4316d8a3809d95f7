package match_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/readdress-go/readdress/match"
)

// TestGolden holds the metrics to values from the literature.
func TestGolden(t *testing.T) {
	for _, tt := range []struct {
		a, b     string
		jaro, jw float64
		damerau  int
		reason   string
	}{
		{"martha", "marhta", 0.944, 0.961, 1, "Winkler's table"},
		{"dwayne", "duane", 0.822, 0.840, 2, "Winkler's table"},
		{"dixon", "dicksonx", 0.767, 0.813, 4, "Winkler's table"},
		{"jones", "johnson", 0.790, 0.832, 4, "Winkler's table"},
		{"abroms", "abrams", 0.889, 0.922, 1, "Winkler's table"},
		{"jon", "jan", 0.778, 0.800, 1, "Winkler's table"},
		{"ca", "abc", 0, 0, 2, "exchanged letters may be changed again: the restricted distance would be 3"},
		{"", "", 0, 0, 0, "nothing is not similar to nothing"},
		{"jörg", "jorg", 0.833, 0.850, 1, "letters, not bytes"},
	} {
		if got := match.Jaro(tt.a, tt.b); math.Abs(got-tt.jaro) > 0.0006 {
			t.Errorf("Jaro(%q, %q) = %.4f, want %.3f: %s", tt.a, tt.b, got, tt.jaro, tt.reason)
		}
		if got := match.JaroWinkler(tt.a, tt.b); math.Abs(got-tt.jw) > 0.0006 {
			t.Errorf("JaroWinkler(%q, %q) = %.4f, want %.3f: %s", tt.a, tt.b, got, tt.jw, tt.reason)
		}
		if got := match.Damerau(tt.a, tt.b); got != tt.damerau {
			t.Errorf("Damerau(%q, %q) = %d, want %d: %s", tt.a, tt.b, got, tt.damerau, tt.reason)
		}
	}
}

// TestPublishedGolden holds them to the published files of a library of string metrics.
func TestPublishedGolden(t *testing.T) {
	for file, f := range map[string]func(a, b string) float64{
		"jaro_distance.csv": match.Jaro, "jaro_winkler.csv": match.JaroWinkler,
		"damerau_levenshtein.csv": func(a, b string) float64 { return float64(match.Damerau(a, b)) },
	} {
		in, err := os.Open(publicData(t, "jellyfish", file))
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		rows, err := csv.NewReader(in).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			want, err := strconv.ParseFloat(row[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			if got := f(row[0], row[1]); math.Abs(got-want) > 0.0006 {
				t.Errorf("%s: %q, %q: %.4f, want %.3f", file, row[0], row[1], got, want)
			}
			if there, back := f(row[0], row[1]), f(row[1], row[0]); math.Abs(there-back) > 1e-9 {
				t.Errorf("%s: %q, %q: %v one way, %v the other", file, row[0], row[1], there, back)
			}
		}
		t.Logf("%s: %d values", file, len(rows))
	}
}
