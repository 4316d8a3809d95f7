package match_test

import (
	"encoding/csv"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// publicData is where the public data sets with ground truth are.
func publicData(t *testing.T, path ...string) string {
	t.Helper()
	dir := os.Getenv("READDRESS_DATA")
	if dir == "" {
		t.Skip("set READDRESS_DATA to the directory of the public data sets (febrl, splink, jellyfish)")
	}
	return filepath.Join(append([]string{dir}, path...)...)
}

// table reads a CSV file with a header.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	var header []string
	var out []map[string]string
	for {
		line, err := r.Read()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if header == nil {
			header = line
			continue
		}
		row := make(map[string]string)
		for i, v := range line {
			row[strings.TrimSpace(header[i])] = strings.TrimSpace(v)
		}
		out = append(out, row)
	}
}

// febrl is one set: the originals, and of each the first copy with errors, if there is one. who is the number that the two share.
type febrl struct {
	sources, targets []*refresh.Entry
	whoS, whoT       []string
	pairs            int
}

func readFebrl(t *testing.T, path string) febrl {
	var f febrl
	there := make(map[string]int)
	for _, row := range table(t, path) {
		id := strings.Split(row["rec_id"], "-")
		e := &refresh.Entry{Given: row["given_name"], Surname: row["surname"], Attrs: map[string][]string{}}
		e.ID = refresh.ID(row["rec_id"])
		for k, v := range row {
			if v != "" {
				e.Attrs[k] = []string{v}
			}
		}
		switch {
		case id[2] == "org":
			f.sources, f.whoS = append(f.sources, e), append(f.whoS, id[1])
			there[id[1]]++
		case id[3] == "0":
			f.targets, f.whoT = append(f.targets, e), append(f.whoT, id[1])
			there[id[1]]++
		}
	}
	for _, n := range there {
		if n == 2 {
			f.pairs++
		}
	}
	return f
}

// score counts right and wrong suggestions.
func (f febrl) score(list []match.Suggestion) (right, wrong int) {
	for _, x := range list {
		if f.whoS[x.Source] == f.whoT[x.Target] {
			right++
		} else {
			wrong++
		}
	}
	return right, wrong
}

// exact are the pairs whose names are equal and unique on both sides.
func (f febrl) exact() (out []match.Suggestion) {
	type name struct{ given, surname string }
	by := func(list []*refresh.Entry) map[name][]int {
		m := make(map[name][]int)
		for i, e := range list {
			if n := (name{e.Given, e.Surname}); n != (name{}) {
				m[n] = append(m[n], i)
			}
		}
		return m
	}
	s, g := by(f.sources), by(f.targets)
	for n, i := range s {
		if k := g[n]; len(i) == 1 && len(k) == 1 {
			out = append(out, match.Suggestion{Source: i[0], Target: k[0]})
		}
	}
	return out
}

var corroborating = flag.String("match.corroborate", "date_of_birth", "the attribute of the FEBRL sets that corroborates names")

// TestFebrl holds suggestions by names to what exact names reach, on public data with the truth in it.
func TestFebrl(t *testing.T) {
	sets, err := filepath.Glob(publicData(t, "febrl", "*.csv"))
	if err != nil || len(sets) == 0 {
		t.Fatalf("no sets: %v", err)
	}
	for _, path := range sets {
		f := readFebrl(t, path)
		base := filepath.Base(path)
		er, ew := f.score(f.exact())
		precision := func(r, w int) float64 { return float64(r) / max(1, float64(r+w)) }
		recall := func(r int) float64 { return float64(r) / float64(f.pairs) }
		t.Logf("%s: %d and %d people, %d pairs; exact and unique: %d right, %d wrong, precision %.4f, recall %.3f",
			base, len(f.sources), len(f.targets), f.pairs, er, ew, precision(er, ew), recall(er))
		r, w := f.score(match.SuggestNames(f.sources, f.targets, nil))
		t.Logf("%s: names: %d right, %d wrong, precision %.4f, recall %.3f, %.2f times", base, r, w, precision(r, w), recall(r), float64(r)/float64(er))
		if precision(r, w) < precision(er, ew) || float64(r) < 1.5*float64(er) {
			t.Errorf("%s: less precise than exact names, or less than 1.5 times as many", base)
		}
		r, w = f.score(match.SuggestNames(f.sources, f.targets, &match.Names{Corroborate: []match.Rule{match.Attribute(*corroborating)}}))
		t.Logf("%s: names and %s: %d right, %d wrong, precision %.4f, recall %.3f", base, *corroborating, r, w, precision(r, w), recall(r))
		if precision(r, w) < 0.999 || recall(r) < 0.80 {
			t.Errorf("%s: precision below 0.999, or recall below 0.80", base)
		}
	}
}
