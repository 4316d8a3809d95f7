package imapconn

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ways are how mail of the time of the witness is deleted, and of what mailbox.
var ways = []struct {
	name  string
	sizes []int // messages in INBOX and other folders
	gone  func(d *dice, b store, share float64) store
}{
	{"anywhere", large, (*dice).thin},
	{"anywhere, and as much came since", large, func(d *dice, b store, share float64) store {
		b = d.thin(b, share)
		d.deliver(b, 1000)
		return b
	}},
	{"anywhere, and one folder of three", large, func(d *dice, b store, share float64) store { return d.thin(b, share)[:2] }},
	{"anywhere, 20 messages in all", []int{12, 8}, (*dice).thin},
	{"anywhere, there is only INBOX", []int{400}, (*dice).thin},
	{"anywhere in INBOX", large, func(d *dice, b store, share float64) store { d.thin(b[:1], share); return b }},
	{"the newest of INBOX", large, func(_ *dice, b store, share float64) store { newestGone(b[:1], share); return b }},
	{"the newest of each folder", large, func(_ *dice, b store, share float64) store { newestGone(b, share); return b }},
	{"the oldest of each folder", large, func(_ *dice, b store, share float64) store {
		b.each(func(n, i int) bool { return float64(i) < share*float64(n) })
		return b
	}},
	{"anywhere, all other folders empty", []int{400, 0, 0}, (*dice).thin},
}

var large = []int{400, 300, 300}

func (d *dice) thin(b store, share float64) store {
	b.each(func(int, int) bool { return d.chance(share) })
	return b
}

func newestGone(b store, share float64) {
	b.each(func(n, i int) bool { return float64(i) >= (1-share)*float64(n) })
}

// each deletes the letters of every folder for which gone says so, of n and the place from the oldest one.
func (b store) each(gone func(n, i int) bool) {
	for _, s := range b {
		n := len(s.letters)
		s.expunge(func(i int, _ letter) bool { return gone(n, i) })
	}
}

// sized is a mailbox whose folders have so many messages, and every fifth UID is free.
func (d *dice) sized(sizes []int) store {
	b := make(store, len(sizes))
	for i, n := range sizes {
		b[i] = &shelf{name: []string{"INBOX", "Sent", "Archive"}[i], validity: d.validity(), next: 1}
		for range n * 5 / 4 {
			b[i].put(d.one())
		}
		b[i].expunge(func(i int, _ letter) bool { return i%5 == 4 })
	}
	return b
}

// TestFalseRefusals computes the table in the comment of Proves.
func TestFalseRefusals(t *testing.T) {
	const mailboxes = 200
	var table strings.Builder
	fmt.Fprintf(&table, "//\t%-33s", "deleted, per cent")
	for share := 0; share <= 100; share += 10 {
		fmt.Fprintf(&table, " %4d", share)
	}
	for k, way := range ways {
		fmt.Fprintf(&table, "\n//\t%-33s", way.name)
		for share := 0; share <= 100; share += 10 {
			d := newDice(uint64(k)<<32 + uint64(share))
			refused := 0
			for range mailboxes {
				b := d.sized(way.sizes)
				w, err := Mint(b.sample())
				if err != nil {
					t.Fatal(err)
				}
				b = way.gone(d, b, float64(share)/100)
				if o := w.Overlap(b.again(w)); !o.Proves() {
					refused++
				} else if o.Different+o.Foreign+o.Backward > 0 {
					t.Fatalf("%s, %d: %+v proves", way.name, share, o)
				}
			}
			fmt.Fprintf(&table, " %4.4g", 100*float64(refused)/mailboxes)
		}
	}
	b, err := os.ReadFile("overlap.go")
	if err != nil {
		t.Fatal(err)
	}
	var stated []string
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "//\t") {
			stated = append(stated, strings.TrimRight(line, "\n"))
		}
	}
	if d := cmp.Diff(table.String(), strings.Join(stated, "\n")); d != "" {
		t.Errorf("the comment of Proves does not state what is computed (-computed +stated)\n%s\nwrite:\n%s", d, table.String())
	}
}
