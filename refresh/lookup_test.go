package refresh_test

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

func TestLookup(t *testing.T) {
	absence := refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone, DeletedAt: day1}
	tests := []struct {
		name, reason string
		lookup       refresh.Lookup
		mailbox      *refresh.Mailbox
		absence      *refresh.Absence
		err          error
	}{
		{"zero", "no answer, which counts as failed", refresh.Lookup{}, nil, nil, refresh.ErrNoAnswer},
		{"found", "what was read", refresh.Found(anna), &anna, nil, nil},
		{"not found", "the proof is part of the answer", refresh.NotFound(absence), nil, &absence, nil},
		{"failed", "the error decides the cause", refresh.Failed(errOutage), nil, nil, errOutage},
		{"failed without an error", "no answer", refresh.Failed(nil), nil, nil, refresh.ErrNoAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := tt.lookup.On("dc1").ForwardingTo("x@cloud.example").Licensed(refresh.No)
			m, found := l.Mailbox()
			a, absent := l.Absence()
			if found != (tt.mailbox != nil) || absent != (tt.absence != nil) {
				t.Fatalf("%s: found %t, absent %t", tt.reason, found, absent)
			}
			if found {
				same(t, tt.reason, *tt.mailbox, m)
			}
			if absent {
				same(t, tt.reason, *tt.absence, a)
			}
			if l.Err() != tt.err {
				t.Errorf("%s: error %v, want %v", tt.reason, l.Err(), tt.err)
			}
			same(t, "who answered and where mail goes", []string{"dc1", "x@cloud.example"}, []string{l.Replica(), string(l.ForwardsTo())})
			same(t, "the look-up itself is not changed", "", tt.lookup.Replica()+string(tt.lookup.ForwardsTo()))
			same(t, "whether there is a licence", []refresh.Tri{refresh.No, refresh.Unknown}, []refresh.Tri{l.Licence(), tt.lookup.Licence()})
		})
	}
}

// A connector may use one Absence for many answers.
func TestNotFoundKeepsItsOwnCopy(t *testing.T) {
	a := refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone}
	l := refresh.NotFound(a)
	a.Proof = refresh.ProofNone
	got, _ := l.Absence()
	same(t, "a copy", refresh.ProofTombstone, got.Proof)
}

func TestFinding(t *testing.T) {
	tests := []struct {
		name, reason string
		finding      refresh.Finding
		hits         []refresh.Mailbox
		ok           bool
		err          error
	}{
		{"zero", "no answer", refresh.Finding{}, nil, false, refresh.ErrNoAnswer},
		{"no hits", "a complete answer", refresh.Hits(), nil, true, nil},
		{"hits", "a complete answer", refresh.Hits(anna, other), []refresh.Mailbox{anna, other}, true, nil},
		{"failed", "no answer, and why", refresh.FindFailed(errOutage), nil, false, errOutage},
		{"failed without an error", "no answer", refresh.FindFailed(nil), nil, false, refresh.ErrNoAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hits, ok := tt.finding.Mailboxes()
			same(t, tt.reason, tt.hits, hits)
			if ok != tt.ok || tt.finding.Err() != tt.err {
				t.Errorf("%s: ok %t, error %v", tt.reason, ok, tt.finding.Err())
			}
		})
	}
}
