package memconn_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestInfoAndExplain(t *testing.T) {
	s := memconn.New("contoso", nil)
	const all = refresh.CanResolve | refresh.CanConfirm | refresh.CanFind | refresh.CanList | refresh.CanInspect
	if got, want := s.Connect(nil).Info(), (refresh.Info{System: "contoso", Can: all}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	s = memconn.New("contoso", &memconn.Options{System: "Active Directory"})
	c := s.Connect(&memconn.ConnOptions{Without: refresh.CanConfirm, Reason: "why", Remedy: "what to do"})
	if got, want := c.Info(), (refresh.Info{System: "Active Directory", Can: all &^ refresh.CanConfirm}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, ok := refresh.As[refresh.Confirmer](c); ok {
		t.Error("the ability that was taken away is there")
	}
	if _, ok := refresh.As[refresh.Resolver](c); !ok {
		t.Error("an ability is missing")
	}
	for ability, want := range map[refresh.Capability][2]string{
		refresh.CanConfirm: {"why", "what to do"}, refresh.CanTrack: {"why", "what to do"}, refresh.CanResolve: {},
	} {
		if reason, remedy := c.Explain(ability); reason != want[0] || remedy != want[1] {
			t.Errorf("%s: explained by %q, %q", ability, reason, remedy)
		}
	}
	s = memconn.New("contoso", &memconn.Options{Tracking: true})
	if can := s.Connect(nil).Info().Can; can != all|refresh.CanTrack {
		t.Errorf("a system with a log can %s", can)
	}
	if _, ok := refresh.As[refresh.Tracker](s.Connect(&memconn.ConnOptions{Without: refresh.CanTrack})); ok {
		t.Error("tracking was taken away, and is there")
	}
}

func TestShuffle(t *testing.T) {
	s := memconn.New("contoso", nil)
	s.PutAll(many(100), 100)
	ids := idsOf(s)
	order := func(c *memconn.Connector) (answers, findings []int, entries []refresh.ID) {
		if err := c.Resolve(t.Context(), ids, func(i int, l refresh.Lookup) {
			if m, _ := l.Mailbox(); m.ID != ids[i] {
				t.Fatalf("answer %d is about %s", i, m.ID)
			}
			answers = append(answers, i)
		}); err != nil {
			t.Fatal(err)
		}
		addrs := make([]refresh.Address, 0, len(ids))
		for m := range s.All() {
			addrs = append(addrs, m.Primary)
		}
		if err := c.Find(t.Context(), addrs, func(i int, f refresh.Finding) {
			if hits, _ := f.Mailboxes(); len(hits) != 1 || hits[0].Primary != addrs[i] {
				t.Fatalf("finding %d is %v", i, hits)
			}
			findings = append(findings, i)
		}); err != nil {
			t.Fatal(err)
		}
		for e, err := range c.List(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, e.ID)
		}
		return answers, findings, entries
	}

	a, f, e := order(s.Connect(nil))
	if !slices.IsSorted(a) || !slices.IsSorted(f) || !slices.Equal(e, ids) {
		t.Error("without a seed the order is that of the question")
	}
	c := s.Connect(&memconn.ConnOptions{Shuffle: 7})
	a1, f1, e1 := order(c)
	a2, _, _ := order(c)
	a3, f3, e3 := order(s.Connect(&memconn.ConnOptions{Shuffle: 7}))
	if slices.IsSorted(a1) || slices.IsSorted(f1) || slices.Equal(e1, ids) {
		t.Error("a seed must mix")
	}
	if slices.Equal(a1, a2) {
		t.Error("two calls have one order")
	}
	if !slices.Equal(a1, a3) || !slices.Equal(f1, f3) || !slices.Equal(e1, e3) {
		t.Error("one seed must give one order")
	}
	for _, x := range [][]int{a1, f1} {
		if slices.Sort(x); !slices.Equal(x, a) {
			t.Error("an answer is missing or came twice")
		}
	}
	if slices.Sort(e1); !slices.Equal(e1, slices.Sorted(slices.Values(ids))) {
		t.Error("an entry is missing or came twice")
	}
}

func TestFind(t *testing.T) {
	s := memconn.New("contoso", nil)
	anna := s.Put(refresh.Mailbox{Primary: "anna@x.example", Aliases: addresses{"shared@x.example", "Shared@x.example"}})
	group := s.Put(refresh.Mailbox{Primary: "SHARED@X.example", Kind: refresh.KindGroup})
	gone := s.Put(refresh.Mailbox{Primary: "gone@x.example"})
	s.Delete(gone.ID, day1, day30)
	addrs := []refresh.Address{"Anna@X.EXAMPLE", "shared@x.example", "gone@x.example", "anna@x.example"}

	all := [][]refresh.Mailbox{{anna}, {anna, group}, nil, {anna}}
	none := make([]error, 4)
	blank := anna
	blank.Instance = ""
	tests := []struct {
		name, reason string
		conn         memconn.ConnOptions
		want         [][]refresh.Mailbox
		fails        []error
	}{
		{"all", "any spelling, any kind, in the order of Put, each object once; no deleted ones", memconn.ConnOptions{}, all, none},
		{
			"nothing visible", "a reader without rights sees none, which does not prove that there is none",
			memconn.ConnOptions{Faults: memconn.Faults{NothingVisible: true}}, make([][]refresh.Mailbox, 4),
			[]error{refresh.ErrNotVisible, refresh.ErrNotVisible, refresh.ErrNotVisible, refresh.ErrNotVisible},
		},
		{
			"scope", "what is in it is a hit, and nobody in it is not nobody at all",
			memconn.ConnOptions{Scope: func(m refresh.Mailbox) bool { return m.Kind != refresh.KindGroup }},
			[][]refresh.Mailbox{{anna}, {anna}, nil, {anna}}, []error{nil, nil, refresh.ErrOutOfScope, nil},
		},
		{
			"instances hidden", "as in every answer",
			memconn.ConnOptions{Faults: memconn.Faults{HideInstances: true}},
			[][]refresh.Mailbox{{blank}, {blank, group}, nil, {blank}}, none,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := make([][]refresh.Mailbox, len(addrs))
			err := s.Connect(&tt.conn).Find(t.Context(), addrs, func(i int, f refresh.Finding) {
				hits, ok := f.Mailboxes()
				if ok != (tt.fails[i] == nil) || !errors.Is(f.Err(), tt.fails[i]) {
					t.Errorf("address %d: answered %t, %v, want %v: %s", i, ok, f.Err(), tt.fails[i], tt.reason)
				}
				got[i] = hits
			})
			if d := diff(got, tt.want); d != "" || err != nil {
				t.Errorf("%s: %v (-want +got)\n%s", tt.reason, err, d)
			}
		})
	}
}

// After a failover Find answers what the new replica shows.
func TestFindFailsOver(t *testing.T) {
	s, anna, bert, _ := people(threeDCs)
	s.Lag("dc2")
	s.Rename(bert.ID, "moved@old.example", memconn.DropOld)
	c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanFind, After: 1, FailOver: "dc2"}}}})
	var hits []refresh.Mailbox
	err := c.Find(t.Context(), []refresh.Address{anna.Primary, bert.Primary}, func(_ int, f refresh.Finding) {
		m, _ := f.Mailboxes()
		hits = append(hits, m...)
	})
	same(t, hits, []refresh.Mailbox{anna, bert})
	if err != nil || c.Replica() != "dc2" {
		t.Errorf("%v, at %s", err, c.Replica())
	}
}

func TestList(t *testing.T) {
	s, anna, bert, cleo := people(nil)
	dora := s.PutEntry(refresh.Entry{
		Mailbox: refresh.Mailbox{Primary: "dora@old.example", Kind: refresh.KindGroup},
		Given:   "Dora", EmployeeID: "17", Privileged: refresh.Yes, Attrs: map[string][]string{"department": {"sales"}},
	})
	s.Delete(bert.ID, day1, day30)
	full := refresh.Entry{Mailbox: dora, Given: "Dora", EmployeeID: "17", Privileged: refresh.Yes, Attrs: map[string][]string{"department": {"sales"}}}
	list := func(opts *memconn.ConnOptions) (out []refresh.Entry) {
		for e, err := range s.Connect(opts).List(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, e)
		}
		return out
	}
	same(t, list(nil), []refresh.Entry{{Mailbox: anna}, {Mailbox: cleo}, full})
	same(t, list(&memconn.ConnOptions{Faults: memconn.Faults{NothingVisible: true}}), []refresh.Entry(nil))
	inScope := func(m refresh.Mailbox) bool { return m.ID != cleo.ID }
	same(t, list(&memconn.ConnOptions{Scope: inScope}), []refresh.Entry{{Mailbox: anna}, full})

	for _, opts := range []*memconn.ConnOptions{nil, {Shuffle: 1}} {
		n := 0
		for range s.Connect(opts).List(t.Context()) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d entries before the break", n)
		}
	}
}

func TestInspect(t *testing.T) {
	s := memconn.New("contoso", &memconn.Options{
		System: "Active Directory", Replicas: []string{"dc1", "dc2"}, Pin: "pin-1", Domains: []refresh.Domain{{Name: "old.example"}},
	})
	c := s.Connect(&memconn.ConnOptions{Replica: "dc2"})
	got, err := c.Inspect(t.Context())
	want := refresh.Directory{System: "Active Directory", Pin: "pin-1", Name: "contoso", Server: "dc2", Domains: []refresh.Domain{{Name: "old.example"}}}
	if d := diff(got, want); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	s.SetPin("")
	s.SetLastSync(day1)
	s.SetDomains(refresh.Domain{Name: "x.example", Initial: true})
	want.Pin, want.LastSync, want.Domains = "", day1, []refresh.Domain{{Name: "x.example", Initial: true}}
	got, err = c.Inspect(t.Context())
	if d := diff(got, want); d != "" || err != nil || s.Pin() != "" {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
}

func TestCalls(t *testing.T) {
	s, anna, bert, _ := people(tracking)
	use := func(c *memconn.Connector) {
		_, _ = ask(t, c.Resolve, anna.ID, bert.ID)
		_, _ = ask(t, c.Resolve, nobody)
		_, _ = ask(t, c.Confirm, nobody)
		_ = c.Find(t.Context(), []refresh.Address{"a@x"}, func(int, refresh.Finding) {})
		for range c.List(t.Context()) {
		}
		_, _ = c.Inspect(t.Context())
		_, _ = c.Mark(t.Context())
		_, _ = c.Changes(t.Context(), refresh.Cursor{Token: "one"})
		_, _ = c.Changes(t.Context(), refresh.Cursor{Token: "two"})
	}
	want := memconn.Calls{
		Resolve: 2, Confirm: 1, Find: 1, List: 1, Inspect: 1, Mark: 1, Changes: 2, Asked: 4,
		Resolved: []refresh.ID{anna.ID, bert.ID, nobody}, Confirmed: []refresh.ID{nobody}, Found: []refresh.Address{"a@x"},
		Since: []refresh.Cursor{{Token: "one"}, {Token: "two"}},
	}
	c := s.Connect(nil)
	use(c)
	same(t, c.Calls(), want)
	c.ResetCalls()
	same(t, c.Calls(), memconn.Calls{})
	c.SetFaults(memconn.Faults{Outage: errTest}) // failed calls count
	use(c)
	same(t, c.Calls(), want)

	c = s.Connect(&memconn.ConnOptions{CountOnly: true})
	use(c)
	want.Resolved, want.Confirmed, want.Found, want.Since = nil, nil, nil, nil
	same(t, c.Calls(), want)

	mark, _ := c.Mark(t.Context())
	s.Rename(bert.ID, "b@old.example", memconn.DropOld)
	s.Purge(anna.ID)
	_, _ = c.Changes(t.Context(), mark)
	if n := c.Calls(); n.Reported != 2 || n.Changes != 3 || n.Mark != 2 || n.Asked != 4 {
		t.Errorf("after two changes: %+v", n)
	}
}

// Everything at once, for the race detector. No reader may ever see an absence that is not there.
func TestConcurrentUse(t *testing.T) {
	s := memconn.New("contoso", trackingDCs)
	s.PutAll(many(2000), 2000)
	ids := idsOf(s)
	c := s.Connect(&memconn.ConnOptions{Shuffle: 3, CountOnly: true})
	var wg sync.WaitGroup
	for _, do := range []func(i int){
		func(int) {
			got, err := ask(t, c.Resolve, ids...)
			if err != nil {
				t.Error(err)
			}
			for _, l := range got {
				if l.Err != nil || l.Absence != (refresh.Absence{}) {
					t.Error("a mailbox that is there was not found")
				}
			}
		},
		func(int) { everyCall(t.Context(), c) },
		func(i int) { s.Rename(ids[i], "x@y", memconn.KeepOld); s.Swap(ids[i], ids[i+1]) },
		func(int) { s.SwitchDomain("example.com", "example.net", memconn.KeepOld) },
		func(i int) {
			m := s.Put(refresh.Mailbox{})
			s.Delete(m.ID, time.Time{}, time.Time{})
			s.Recreate(m.ID)
			s.Erase(m.ID)
		},
		func(int) { s.Lag("dc1"); s.Sync("dc1") },
		func(int) { s.ForgetChanges(); s.Lag("dc3"); s.Sync("dc3"); _ = s.Backup() },
		func(int) {
			mark, err := c.Mark(t.Context())
			if err != nil {
				t.Error(err)
			}
			if _, err := c.Changes(t.Context(), mark); err != nil && !errors.Is(err, refresh.ErrCursorExpired) {
				t.Error(err)
			}
		},
		func(int) { c.SetFaults(memconn.Faults{HideInstances: true}); _ = c.Calls(); c.ResetCalls() },
		func(int) { s.SetDomains(); s.SetPin("p"); s.SetLastSync(day1); _, _ = s.Len(), s.Pin() },
	} {
		wg.Go(func() {
			for i := range 20 {
				do(i)
			}
		})
	}
	wg.Wait()
}

func TestErrorsNameTheCall(t *testing.T) {
	s, _, _, _ := people(nil)
	_, err := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Outage: errors.New("down")}}).Inspect(t.Context())
	if err == nil || err.Error() != "memconn: inspect: down" {
		t.Errorf("got %q", err)
	}
}
