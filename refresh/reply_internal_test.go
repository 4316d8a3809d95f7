package refresh

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"
)

// TestReplyIsTheLookup: what is kept in little memory is the answer that was given, whoever gave it, also where there are more names than
// fit into an index.
func TestReplyIsTheLookup(t *testing.T) {
	cut := errors.New("the line is cut")
	stored := Mailbox{ID: "a", Primary: "a@old.example", Aliases: []Address{"x@old.example"}}
	other := Mailbox{ID: "a", Primary: "a@new.example"}
	full := make(replicaNames, math.MaxUint16+1)
	for i := range full {
		full[i] = fmt.Sprint("dc", i)
	}
	for _, names := range []replicaNames{nil, {"dc1"}, full[:math.MaxUint16], full} {
		for what, l := range map[string]Lookup{
			"as stored": Found(stored), "changed": Found(other), "absent": NotFound(Absence{Proof: ProofTombstone}), "failed": Failed(cut), "no answer": Failed(nil),
		} {
			for _, replica := range []string{"", "dc1", fmt.Sprint("dc", math.MaxUint16), "another", "and another"} {
				for n, forwards := range []Address{"", "there@there.example", ""} {
					for _, held := range []*Mailbox{nil, &stored} {
						want := l.On(replica).ForwardingTo(forwards).Licensed(Tri(n)) // by itself, and beside an address
						given := want
						x := names.replyOf(&given, held)
						given = Lookup{} // it is not kept
						if got := names.lookup(&x); !reflect.DeepEqual(got, want) {
							t.Fatalf("%s of %q beside %d names: got %+v, want %+v", what, replica, len(names), got, want)
						}
						if x.err() != want.Err() {
							t.Fatalf("%s of %q beside %d names: error %v, want %v", what, replica, len(names), x.err(), want.Err())
						}
						if x.what == nil || x.what == any(held) && x.own {
							t.Fatalf("%s of %q: %+v", what, replica, x)
						}
					}
				}
			}
		}
		if len(names) > math.MaxUint16+1 {
			t.Fatalf("%d names", len(names))
		}
	}
}

// TestFillSparesAnswers: only those that have no answer are given the error, and nobody is said to have answered.
func TestFillSparesAnswers(t *testing.T) {
	names := replicaNames{"dc1"}
	l := Found(Mailbox{ID: "a"}).On("dc1")
	replies := []reply{{}, names.replyOf(&l, nil), {}}
	names.fill(replies, ErrNoAnswer)
	for i, want := range []Lookup{Failed(nil), l, Failed(nil)} {
		if got := names.lookup(&replies[i]); !reflect.DeepEqual(got, want) {
			t.Errorf("%d: got %+v, want %+v", i, got, want)
		}
	}
}
