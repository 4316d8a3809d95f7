package imapconn

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTwins(t *testing.T) {
	d := newDice(4)
	v := d.validity()
	both := make([]uint64, 20)
	for i := range both {
		both[i] = d.one()
	}
	of := func(validity uint32, origins ...uint64) Witness {
		s := &shelf{name: "INBOX", validity: validity, next: 1}
		for _, o := range origins {
			s.put(o)
		}
		return mint(t, store{s}.sample())
	}
	with := func(w uint32) Witness { // a folder whose files were copied
		archive := &shelf{name: "Archive", validity: 5, next: 1}
		for _, o := range both {
			archive.put(o)
		}
		inbox := &shelf{name: "INBOX", validity: w, next: 1}
		inbox.put(d.one())
		return mint(t, store{inbox, archive}.sample())
	}
	later := func(skip uint32) Witness { // ten messages that the other one has, too, and then thirty of its own
		s := &shelf{name: "INBOX", validity: v, next: 1}
		for _, o := range both[:10] {
			s.put(o)
		}
		s.next += skip
		for range 30 {
			s.put(d.one())
		}
		return mint(t, store{s}.sample())
	}
	own := func(n int) []uint64 {
		out := append([]uint64(nil), both[:n]...)
		for range 20 - n {
			out = append(out, d.one())
		}
		return out
	}
	for _, tt := range []struct {
		name, reason string
		ws           []Witness
		want         []bool
	}{
		{"nobody", "", nil, []bool{}},
		{"the same mail only", "no sample tells them apart", []Witness{of(v, own(0)...), of(v, both...), of(v, both...)}, []bool{false, true, true}},
		{"one got more", "what the other has, it has", []Witness{of(v, both...), of(v, both[:17]...)}, []bool{true, true}},
		{"the same first mail", "later UIDs tell them apart", []Witness{of(v, own(15)...), of(v, own(15)...), of(v, both...)}, []bool{false, false, false}},
		{"another second", "INBOX tells them apart", []Witness{of(v, both...), of(v+1, both...)}, []bool{false, false}},
		{"another second, and a folder copied", "INBOX tells them apart, whatever they share", []Witness{with(v), with(v + 1)}, []bool{false, false}},
		{"a copy, long ago", "none has the newest mail of the other", []Witness{later(0), later(30)}, []bool{false, false}},
		{"no witness", "nothing is like nothing", []Witness{{}, {}}, []bool{false, false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, twins(tt.ws)); d != "" {
				t.Errorf("%s (-want +got)\n%s", tt.reason, d)
			}
		})
	}
	many := make([]Witness, 500)
	for i := range many {
		many[i] = of(v, both...)
	}
	for i, twin := range twins(many) {
		if !twin {
			t.Errorf("the one at %d of 500 equal ones is not found", i)
		}
	}
}
