package imapconn

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPlanMint(t *testing.T) {
	f := func(name string, count uint32) Folder { return Folder{Name: name, Count: count} }
	trash := Folder{Name: "Trash", Count: 9000, Volatile: true}
	type want struct {
		Name string
		N    int
	}
	for _, tt := range []struct {
		name, reason string
		folders      []Folder
		want         []want
	}{
		{"large folders", "half of the sample is INBOX's, whatever its place", []Folder{f("a", 500), f("b", 600), f("INBOX", 400), f("c", 700)}, []want{{"INBOX", 32}, {"c", 16}, {"b", 16}}},
		{"one size", "names decide, so that a second sample is the same", []Folder{f("b", 50), f("c", 50), f("INBOX", 99), f("a", 50)}, []want{{"INBOX", 32}, {"a", 16}, {"b", 16}}},
		{"small INBOX", "others get what it does not need", []Folder{f("inbox", 3), f("a", 500), f("b", 40)}, []want{{"inbox", 3}, {"a", 45}, {"b", 16}}},
		{"INBOX alone", "it gets all", []Folder{f("INBOX", 400)}, []want{{"INBOX", 64}}},
		{"empty INBOX", "its UIDVALIDITY counts all the same", []Folder{f("INBOX", 0), f("a", 20)}, []want{{"INBOX", 0}, {"a", 20}}},
		{"empty others", "that nothing is there tells something", []Folder{f("INBOX", 10), f("a", 0)}, []want{{"INBOX", 10}, {"a", 0}}},
		{"volatile", "a trash is chosen when there is nothing better", []Folder{trash, f("INBOX", 10), f("a", 2), f("b", 1)}, []want{{"INBOX", 10}, {"a", 2}, {"b", 1}}},
		{"no INBOX", "there is no witness without", []Folder{f("a", 10)}, nil},
		{"two INBOXes", "the first one is it", []Folder{f("INBOX", 10), f("Inbox", 20)}, []want{{"INBOX", 10}}},
		{"a count that cannot be", "it does not overflow", []Folder{f("INBOX", 1<<32-1)}, []want{{"INBOX", 64}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []want
			for _, x := range planMint(tt.folders) {
				got = append(got, want{x.Name, x.n})
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s (-want +got)\n%s", tt.reason, d)
			}
		})
	}
}

func TestSequences(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n     int
		count uint32
		want  []span
	}{
		{"nothing", 8, 0, nil},
		{"no room", 0, 8, nil},
		{"all", 8, 8, []span{{1, 8}}},
		{"one more than all", 8, 9, []span{{1, 1}, {3, 9}}},
		{"spread over the rest", 16, 400, []span{{1, 1}, {130, 130}, {259, 259}, {388, 400}}},
		{"one", 1, 100, []span{{100, 100}}},
		{"four", 4, 100, []span{{1, 1}, {98, 100}}},
		{"as many as there can be", 8, 1<<32 - 1, []span{{1, 1}, {1<<32 - 7, 1<<32 - 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, take{n: tt.n}.sequences(tt.count), cmp.AllowUnexported(span{})); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
	for n := range maxSample + 1 { // whatever there is: exactly n, ascending, the newest ones without a gap
		for _, count := range []uint32{1, 2, 5, 63, 64, 65, 66, 100, 1000, 1 << 31, 1<<32 - 1} {
			spans := take{n: n}.sequences(count)
			sum, last := uint32(0), uint32(0)
			for i, s := range spans {
				if s.first <= last || i > 0 && s.first == last+1 || s.last < s.first {
					t.Fatalf("%d of %d: %v", n, count, spans)
				}
				sum, last = sum+s.last-s.first+1, s.last
			}
			if sum != min(uint32(n), count) || n > 0 && (last != count || spans[0].first != 1 && n > 3) {
				t.Fatalf("%d of %d: %v", n, count, spans)
			}
		}
	}
}

func TestPlanProof(t *testing.T) {
	inbox := Sampled{Folder: Folder{Name: "INBOX", UIDValidity: 7, UIDNext: 12, Count: 400}}
	for _, uid := range []uint32{1, 4, 8, 9} { // of which 4, 8 and 9 are the newest
		inbox.Messages = append(inbox.Messages, Message{UID: uid})
	}
	other := Sampled{Folder: Folder{Name: "Sent", UIDValidity: 9, UIDNext: 6, Count: 2}, Messages: []Message{{UID: 3}, {UID: 5}}}
	w, err := Mint(Sample{inbox, other})
	if err != nil {
		t.Fatal(err)
	}
	f := func(name string, validity, count uint32) Folder {
		return Folder{Name: name, UIDValidity: validity, Count: count}
	}
	mine, sent := []span{{1, 1}, {4, 11}}, []span{{1, 5}}
	for _, tt := range []struct {
		name, reason string
		folders      []Folder
		want         []seek
	}{
		{"as it was", "the messages, and the numbers that were free", []Folder{f("Sent", 9, 2), f("INBOX", 7, 9)}, []seek{{f("INBOX", 7, 9), mine}, {f("Sent", 9, 2), sent}}},
		{"renamed", "UIDVALIDITY finds it", []Folder{f("inbox", 7, 9), f("Post", 9, 2), f("Other", 8, 2)}, []seek{{f("inbox", 7, 9), mine}, {f("Post", 9, 2), sent}}},
		{"another INBOX", "there is nothing to look for in it", []Folder{f("INBOX", 8, 9)}, nil},
		{"INBOX not known yet", "EXAMINE will tell", []Folder{f("INBOX", 0, 9)}, []seek{{f("INBOX", 0, 9), mine}}},
		{"one UIDVALIDITY for all", "the old name first, then the largest ones, and not without end",
			[]Folder{f("a", 9, 1), f("b", 9, 3), f("c", 9, 2), f("Sent", 9, 0)}, []seek{{f("Sent", 9, 0), sent}, {f("b", 9, 3), sent}, {f("c", 9, 2), sent}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := planProof(w, tt.folders)
			if d := cmp.Diff(tt.want, got, cmp.AllowUnexported(seek{}, span{}), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s (-want +got)\n%s", tt.reason, d)
			}
		})
	}
}

func TestGaps(t *testing.T) {
	p := part{next: 1 << 31, uids: []uint32{5, 1 << 20}}
	got := p.gaps()
	if half := maxGaps / 2; len(got) != maxGaps || got[0] != 6 || got[half-1] != uint32(half)+5 || got[half] != 1<<31-uint32(half) || got[maxGaps-1] != 1<<31-1 {
		t.Errorf("%d gaps: %v", len(got), got)
	}
	for _, tt := range []struct {
		name string
		p    part
		want []uint32
	}{
		{"nothing is known", part{}, nil},
		{"an empty folder", part{next: 4, whole: true}, []uint32{1, 2, 3}},
		{"an empty folder of old", part{next: 4}, []uint32{1, 2, 3}},
		{"all of a folder", part{next: 8, whole: true, uids: []uint32{2, 3, 6}}, []uint32{1, 4, 5, 7}},
		{"the newest of a folder", part{next: 12, uids: []uint32{1, 4, 8, 9}}, []uint32{5, 6, 7, 10, 11}},
		{"none free", part{next: 5, uids: []uint32{1, 2, 3, 4}}, nil},
		{"the last UIDs of all", part{next: 1<<32 - 1, uids: []uint32{1<<32 - 4, 1<<32 - 2}}, []uint32{1<<32 - 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, tt.p.gaps(), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
	d := newDice(8)
	for range 3000 { // each free UID once, in order, and all where they are few
		p := part{whole: d.chance(0.5)}
		uid := uint32(0)
		for range d.IntN(64) {
			uid += 1 + d.Uint32N(1+d.Uint32N(40))
			p.uids = append(p.uids, uid)
		}
		p.next = uid + 1 + d.Uint32N(9)
		var free []uint32
		for n := p.knownFrom() + 1; n < p.next; n++ {
			if !slices.Contains(p.uids, n) {
				free = append(free, n)
			}
		}
		if len(free) > maxGaps {
			free = slices.Concat(free[:maxGaps/2], free[len(free)-maxGaps/2:])
		}
		if d := cmp.Diff(free, p.gaps(), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("%+v (-want +got)\n%s", p, d)
		}
	}
}
