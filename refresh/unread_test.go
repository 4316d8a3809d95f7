package refresh_test

import (
	"context"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// An answer that did not ask which mailbox an account has neither confirms nor denies the one that the job knows.
func TestWithoutInstance(t *testing.T) {
	renamed := with(anna, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" })
	after := with(renamed, func(m *refresh.Mailbox) { m.Instance = "box-1" })
	for _, tt := range []judgeCase{
		{
			name: "known instance", reason: "nothing was said about it", stored: annaBox,
			first: refresh.Found(anna).WithoutInstance(), want: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "while others are read", reason: "sight of other instances says nothing about one that was not asked for", stored: annaBox, otherBox: "box-2",
			first: refresh.Found(anna).WithoutInstance(), want: judged{Outcome: refresh.NotChanged},
		},
		{
			name: "renamed", reason: "the stored instance is kept", stored: annaBox,
			first: refresh.Found(renamed).WithoutInstance(),
			want:  judged{Outcome: refresh.Refreshed, Reasons: refresh.ReasonsOf(refresh.ReasonPrimary), After: &after},
		},
		{
			name: "an instance all the same", reason: "what is said counts", stored: annaBox,
			first: refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Instance = "box-3" })).WithoutInstance(),
			want:  judged{Outcome: refresh.Replaced, Evidence: refresh.Evidence{Instance: "box-3"}},
		},
		{
			name: "moved", reason: "what the object is now is known without it", stored: annaBox,
			first: refresh.Found(with(anna, func(m *refresh.Mailbox) { m.Kind = refresh.KindRemote })).WithoutInstance(),
			want:  missing(refresh.ReasonMoved, refresh.Evidence{Proof: refresh.ProofStated}),
		},
		{
			name: "at a named replica, forwarding", reason: "an answer of which more is known is kept whole", stored: annaBox,
			first: refresh.Found(anna).ForwardingTo("a@elsewhere.example").WithoutInstance().On("dc2"), want: judged{Outcome: refresh.NotChanged, Replica: "dc2"},
		},
	} {
		tt.run(t)
	}
}

// Rows of one mailbox may know different instances; the one does not stand in for the other.
func TestWithoutInstanceKeepsEachRowsOwn(t *testing.T) {
	second := with(annaBox, func(m *refresh.Mailbox) { m.Instance = "box-9" })
	renamed := with(anna, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" })
	c := &script{resolve: answers(lookups{"anna": refresh.Found(renamed).WithoutInstance()})}
	archive := one(refresh.Source, "2", refresh.Bound, second)
	archive.Part = "archive"
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, annaBox), archive), only(refresh.Source, c), withoutPause)
	for key, want := range map[string]refresh.ID{"1": "box-1", "2": "box-9"} {
		row := rowOf(t, r, refresh.Source, key)
		same(t, "the outcome of row "+key, refresh.Refreshed, row.Outcome)
		same(t, "the instance of row "+key, want, row.Now().Instance)
		same(t, "the address of row "+key, refresh.Address("anna@new.example"), row.Now().Primary)
	}
}

// What a stale replica says is the former value also when it does not say which instance.
func TestWithoutInstanceMayBeStale(t *testing.T) {
	m := one(refresh.Source, "1", refresh.Bound, with(annaBox, func(m *refresh.Mailbox) { m.Primary = "anna@new.example" }))
	m.SourcePrevious = &refresh.Previous{Mailbox: annaBox, Replica: "dc1"}
	c := &script{resolve: answers(lookups{"anna": refresh.Found(anna).WithoutInstance().On("dc2")})}
	row := rowOf(t, run(t, jobOf(m), only(refresh.Source, c), withoutPause), refresh.Source, "1")
	same(t, "the cause", refresh.CauseStale, row.Cause)
}

func TestVerifying(t *testing.T) {
	same(t, "outside a run", false, refresh.Verifying(t.Context()))
	for _, want := range []bool{false, true} {
		got := !want
		c := &script{resolve: func(ctx context.Context, _ []refresh.ID, _ answerFunc) error {
			got = refresh.Verifying(ctx)
			return nil
		}}
		run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), &refresh.Options{Verify: want, ConfirmAfter: -1})
		same(t, "in a run", want, got)
	}
}

// An answer that does not say which mailbox leaves no doubt whether there is one, so nobody else is asked for.
func TestWithoutInstanceNeedsNoWitness(t *testing.T) {
	boxed := func(id refresh.ID) refresh.Mailbox {
		return with(box(id, refresh.Address(id+"@old.example")), func(m *refresh.Mailbox) { m.Instance = "box of " + id })
	}
	l := newLedger(boxed("a"), boxed("b"), boxed("c"))
	j := l.sync(t, l.rows(), nil)
	l.set("a", refresh.Found(box("a", "a@old.example")).WithoutInstance())
	r := l.look(t, j, nil)
	same(t, "the outcome", refresh.NotChanged, rowOf(t, r, refresh.Source, "a").Outcome)
	same(t, "the IDs asked for", "a", l.askedText())
}
