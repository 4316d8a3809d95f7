package memconn_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

var (
	errTest = errors.New("broken for the test")
	day1    = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	day30   = time.Date(2026, 5, 31, 8, 0, 0, 0, time.UTC)
)

// seen is a look-up with everything that a caller can read of it.
type seen struct {
	Mailbox  refresh.Mailbox
	Absence  refresh.Absence
	Err      error
	Forwards refresh.Address
	On       string
}

func see(l refresh.Lookup) seen {
	m, _ := l.Mailbox()
	a, _ := l.Absence()
	return seen{m, a, l.Err(), l.ForwardsTo(), l.Replica()}
}

func found(m refresh.Mailbox) seen { return seen{Mailbox: m, On: "main"} }
func failed(err error) seen        { return seen{Err: err, On: "main"} }
func absent(a refresh.Absence) seen {
	return seen{Absence: a, On: "main"}
}

// The absences that the tests expect most.
var (
	goneUnseen    = refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofEmptyScope, Sight: true}
	goneTombstone = refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone}
)

type asker func(context.Context, []refresh.ID, func(int, refresh.Lookup)) error

// ask collects the answers; an ID without one has the zero Lookup.
func ask(t *testing.T, call asker, ids ...refresh.ID) ([]seen, error) {
	t.Helper()
	answers, given := make([]refresh.Lookup, len(ids)), make([]bool, len(ids))
	err := call(t.Context(), ids, func(i int, l refresh.Lookup) {
		if given[i] {
			t.Errorf("ID %s was answered twice", ids[i])
		}
		answers[i], given[i] = l, true
	})
	out := make([]seen, len(ids))
	for i, l := range answers {
		out[i] = see(l)
	}
	return out, err
}

func resolve(t *testing.T, c *memconn.Connector, ids ...refresh.ID) []seen {
	t.Helper()
	got, err := ask(t, c.Resolve, ids...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if d := diff(got, want); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func diff(got, want any) string { return cmp.Diff(want, got, sameErr) }

// sameErr compares errors by identity: the one wanted must be in the chain of the other.
var sameErr = cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) || errors.Is(b, a) })

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want one that is %q", err, want)
	}
}

// people makes a system with three mailboxes.
func people(opts *memconn.Options) (s *memconn.System, anna, bert, cleo refresh.Mailbox) {
	s = memconn.New("contoso", opts)
	anna = s.Put(refresh.Mailbox{Primary: "anna@old.example", Login: "anna@old.example", Kind: refresh.KindUser, Aliases: []refresh.Address{"a@old.example"}})
	bert = s.Put(refresh.Mailbox{Primary: "bert@old.example", Kind: refresh.KindShared})
	cleo = s.Put(refresh.Mailbox{Primary: "cleo@other.example", Kind: refresh.KindRoom})
	return s, anna, bert, cleo
}
