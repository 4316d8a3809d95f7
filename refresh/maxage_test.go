package refresh_test

import (
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// TestAHostThatOnlyRefreshesParts: once the last full look is too old, each part is looked up in full once, and no more.
func TestAHostThatOnlyRefreshesParts(t *testing.T) {
	l, j := synced(t)
	j.Source.Since = j.Source.Since.Add(-8 * 24 * time.Hour)
	parts := []*refresh.Options{selecting("a"), selecting("b", "c")}
	var paths, asked []string
	for range 3 {
		for _, opts := range parts {
			r := l.look(t, j, opts)
			paths, asked = append(paths, r.Run.Source.Path.String()), append(asked, l.askedText())
			j = apply(t, j, r)
		}
	}
	same(t, "the paths", []string{"full", "incremental", "incremental", "incremental", "incremental", "incremental"}, paths)
	same(t, "what was asked for: each row once", []string{"a", "b c", "", "", "", ""}, asked)

	l.put(renamedB)
	j = l.sync(t, j, parts[0])
	same(t, "what happens while a part is not selected is found", refresh.Refreshed, rowOf(t, l.look(t, j, parts[1]), refresh.Source, "b").Outcome)
}

// TestAnAgedRowThatIsNotSelectedIsLookedUpNextTime: what no directory reports is found within MaxAge and one look at every part.
func TestAnAgedRowThatIsNotSelectedIsLookedUpNextTime(t *testing.T) {
	l, j := synced(t)
	l.boxes["b"] = refresh.Found(renamedB) // unreported
	j.Source.Since = j.Source.Since.Add(-8 * 24 * time.Hour)
	j = l.sync(t, j, selecting("a"))
	r := l.look(t, j, selecting("b", "c"))
	same(t, "the path", refresh.PathIncremental, r.Run.Source.Path)
	same(t, "found", refresh.Refreshed, rowOf(t, r, refresh.Source, "b").Outcome)
}
