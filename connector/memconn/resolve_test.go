package memconn_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// nobody is an ID that never was.
const nobody refresh.ID = "never-was"

func TestAbsenceNeedsProof(t *testing.T) {
	hidden := goneUnseen
	hidden.DeletionUnknown = true
	direct := refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofDirectRead}
	directHidden := direct
	directHidden.DeletionUnknown = true
	notCleo := func(m refresh.Mailbox) bool { return m.Primary.Domain() == "old.example" }

	// anna is there, bert is deleted, cleo was purged, nobody never was
	tests := []struct {
		name, reason              string
		opts                      *memconn.Options
		conn                      memconn.ConnOptions
		anna, bert, cleo, missing func(found, deleted seen) seen
	}{
		{
			"everything visible", "anna is the sight for the one that never was",
			nil, memconn.ConnOptions{},
			asFound, asDeleted, is(absent(goneTombstone)), is(absent(goneUnseen)),
		},
		{
			"nothing visible", "a reader without rights proves nothing",
			nil, memconn.ConnOptions{Faults: memconn.Faults{NothingVisible: true}},
			is(failed(refresh.ErrNotVisible)), is(failed(refresh.ErrNotVisible)), is(failed(refresh.ErrNotVisible)), is(failed(refresh.ErrNotVisible)),
		},
		{
			"nothing visible, direct read", "a reader without rights proves nothing by a direct read either",
			&memconn.Options{DirectRead: true}, memconn.ConnOptions{Faults: memconn.Faults{NothingVisible: true}},
			is(failed(refresh.ErrNotVisible)), is(failed(refresh.ErrNotVisible)), is(failed(refresh.ErrNotVisible)), is(failed(refresh.ErrNotVisible)),
		},
		{
			"direct read", "the system says no such object",
			&memconn.Options{DirectRead: true}, memconn.ConnOptions{},
			asFound, asDeleted, is(absent(goneTombstone)), is(absent(direct)),
		},
		{
			"deleted objects hidden", "to this reader deleted and gone look alike",
			nil, memconn.ConnOptions{Faults: memconn.Faults{HideDeleted: true}},
			asFound, is(absent(hidden)), is(absent(hidden)), is(absent(hidden)),
		},
		{
			"deleted objects hidden, direct read", "to this reader deleted and gone look alike",
			&memconn.Options{DirectRead: true}, memconn.ConnOptions{Faults: memconn.Faults{HideDeleted: true}},
			asFound, is(absent(directHidden)), is(absent(directHidden)), is(absent(directHidden)),
		},
		{
			"limited scope", "outside of the scope nothing is proven; inside, a tombstone is",
			nil, memconn.ConnOptions{Scope: notCleo},
			asFound, asDeleted, is(failed(refresh.ErrOutOfScope)), is(failed(refresh.ErrOutOfScope)),
		},
		{
			"empty scope", "everything is outside",
			nil, memconn.ConnOptions{Scope: func(refresh.Mailbox) bool { return false }},
			is(failed(refresh.ErrOutOfScope)), is(failed(refresh.ErrOutOfScope)), is(failed(refresh.ErrOutOfScope)), is(failed(refresh.ErrOutOfScope)),
		},
		{
			"instances hidden", "the reader cannot tell the mailbox from the account",
			nil, memconn.ConnOptions{Faults: memconn.Faults{HideInstances: true}},
			func(found, _ seen) seen { found.Mailbox.Instance = ""; return found },
			asDeleted, is(absent(goneTombstone)), is(absent(goneUnseen)),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, anna, bert, cleo := people(tt.opts)
			s.Delete(bert.ID, day1, day30)
			s.Purge(cleo.ID)
			f := found(anna)
			d := absent(refresh.Absence{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone, DeletedAt: day1, RestorableUntil: day30})
			want := []seen{tt.anna(f, d), tt.bert(f, d), tt.cleo(f, d), tt.missing(f, d)}
			ids := []refresh.ID{anna.ID, bert.ID, cleo.ID, nobody}
			if d := diff(resolve(t, s.Connect(&tt.conn), ids...), want); d != "" {
				t.Errorf("%s (-want +got)\n%s", tt.reason, d)
			}
			slices.Reverse(ids)
			slices.Reverse(want)
			if d := diff(resolve(t, s.Connect(&tt.conn), ids...), want); d != "" {
				t.Errorf("in reverse order: %s (-want +got)\n%s", tt.reason, d)
			}
		})
	}
}

func asFound(found, _ seen) seen     { return found }
func asDeleted(_, deleted seen) seen { return deleted }
func is(s seen) func(_, _ seen) seen { return func(_, _ seen) seen { return s } }

func TestSight(t *testing.T) {
	put := func(m refresh.Mailbox) func(*memconn.System) refresh.ID {
		return func(s *memconn.System) refresh.ID { return s.Put(m).ID }
	}
	tests := []struct {
		name, reason string
		world        func(*memconn.System) refresh.ID // returns the ID of what there is to see
		faults       func(id refresh.ID) memconn.Faults
		sight        bool
	}{
		{"empty", "there is nothing to see", func(*memconn.System) refresh.ID { return "" }, nil, false},
		{"mailbox", "a probe sees it although nobody asked for it", put(refresh.Mailbox{Primary: "a@x"}), nil, true},
		{"group", "a group is no mailbox", put(refresh.Mailbox{Primary: "a@x", Kind: refresh.KindGroup}), nil, false},
		{"contact", "a contact is no mailbox", put(refresh.Mailbox{Primary: "a@x", Kind: refresh.KindContact}), nil, false},
		{"mail user", "its mailbox is elsewhere", put(refresh.Mailbox{Primary: "a@x", Kind: refresh.KindMailUser}), nil, false},
		{"no address", "an account without mail attributes proves no right to read them", put(refresh.Mailbox{Login: "a"}), nil, false},
		{"deleted", "it is not there", func(s *memconn.System) refresh.ID {
			m := s.Put(refresh.Mailbox{Primary: "a@x"})
			s.Delete(m.ID, day1, day30)
			return m.ID
		}, nil, false},
		{
			"failing", "what fails was not seen", put(refresh.Mailbox{Primary: "a@x"}),
			func(id refresh.ID) memconn.Faults { return memconn.Faults{FailIDs: map[refresh.ID]error{id: errTest}} }, false,
		},
		{
			"silent", "what is silent was not seen", put(refresh.Mailbox{Primary: "a@x"}),
			func(id refresh.ID) memconn.Faults { return memconn.Faults{SilentIDs: map[refresh.ID]bool{id: true}} }, false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memconn.New("contoso", nil)
			id, c := tt.world(s), s.Connect(nil)
			if tt.faults != nil {
				c.SetFaults(tt.faults(id))
			}
			want := failed(refresh.ErrNotVisible)
			if tt.sight {
				want = absent(goneUnseen)
			}
			if d := diff(resolve(t, c, nobody), []seen{want}); d != "" {
				t.Errorf("%s (-want +got)\n%s", tt.reason, d)
			}
		})
	}
}

func TestSightLooksFar(t *testing.T) {
	s := memconn.New("contoso", nil)
	for range 1000 {
		s.Put(refresh.Mailbox{Kind: refresh.KindGroup})
	}
	s.Put(refresh.Mailbox{Primary: "a@x"})
	same(t, resolve(t, s.Connect(nil), nobody, nobody+"2"), []seen{absent(goneUnseen), absent(goneUnseen)})
}

func TestEndedContextIsNoAbsence(t *testing.T) {
	s, anna, bert, _ := people(nil)
	c := s.Connect(nil)
	why := errors.New("the host shut down")

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	given := 0
	count := func(int, refresh.Lookup) { given++ }
	calls := map[string]error{
		"resolve": c.Resolve(ctx, []refresh.ID{nobody}, count),
		"confirm": c.Confirm(ctx, []refresh.ID{nobody}, count),
		"find":    c.Find(ctx, []refresh.Address{"a@x"}, func(int, refresh.Finding) { given++ }),
	}
	_, calls["inspect"] = c.Inspect(ctx)
	for _, err := range c.List(ctx) {
		calls["list"] = err
	}
	for name, err := range calls {
		if !errors.Is(err, why) {
			t.Errorf("%s: error %v does not hold the cause", name, err)
		}
	}
	if given != 0 || len(calls) != 5 {
		t.Errorf("%d answers after the end, %d calls", given, len(calls))
	}

	ctx, cancel = context.WithCancelCause(t.Context())
	err := c.Resolve(ctx, []refresh.ID{anna.ID, nobody, bert.ID}, func(int, refresh.Lookup) {
		given++
		cancel(why)
	})
	wantErr(t, err, why)
	if given != 1 {
		t.Errorf("%d answers, want none after the end", given)
	}
}

func TestCallbacksMayUseTheSystem(t *testing.T) {
	s, anna, bert, _ := people(nil)
	c := s.Connect(&memconn.ConnOptions{Scope: func(m refresh.Mailbox) bool { s.Put(m); return true }})
	err := c.Resolve(t.Context(), []refresh.ID{anna.ID, bert.ID}, func(_ int, l refresh.Lookup) {
		s.Rename(bert.ID, "during@the.call", memconn.DropOld)
		c.SetFaults(memconn.Faults{Outage: errTest})
		_ = c.Calls()
	})
	if err != nil {
		t.Errorf("a call must keep the faults that it began with: %v", err)
	}
	for range c.List(t.Context()) {
		s.Put(refresh.Mailbox{})
	}
}
