package scenario

import (
	"context"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// stage is a world in which the scenario is played.
type stage struct {
	t     *testing.T
	w     *World
	now   map[string]refresh.Mailbox // what each person has, or had before it was taken away
	views []*View
	side  refresh.Side
}

func (s *stage) must(err error) { s.t.Helper(); must(s.t, err) }

func (s *stage) id(key string) refresh.ID { return s.now[key].ID }

// update changes what a person has.
func (s *stage) update(key string, edit func(*refresh.Mailbox)) {
	s.t.Helper()
	m := s.now[key]
	edit(&m)
	m, err := s.w.Update(m)
	s.must(err)
	s.now[key] = m
}

// accept accepts that the account has another mailbox, in every job.
func (s *stage) accept(key string) {
	s.t.Helper()
	for _, v := range s.views {
		job, err := v.Job.Accept(s.side, key, s.now[key].Instance)
		s.must(err)
		v.Job = job
	}
}

// Play plays the steps that the world has, and returns what each reader saw of one side of its own job. cannot says, of each step that
// the world does not have, why.
func Play(t *testing.T, w *World, side refresh.Side, readers []Reader, cannot map[string]string) []*View {
	t.Helper()
	s := &stage{t: t, w: w, side: side, now: map[string]refresh.Mailbox{}}
	for _, p := range cast {
		put := w.Put
		if p.elsewhere && w.Elsewhere != nil {
			put = w.Elsewhere
		}
		m, err := put(p.mailbox())
		s.must(err)
		s.now[p.key] = m
	}
	for _, r := range readers {
		s.views = append(s.views, s.enrol(r))
	}
	for _, x := range story {
		can, why := x.can == nil || x.can(w), cannot[x.name]
		switch {
		case can && why != "":
			t.Fatalf("%s: it happens here, although it is said that it cannot: %s", x.name, why)
		case !can && why == "":
			t.Fatalf("%s: it cannot happen here, and the world does not say why", x.name)
		case !can:
			continue
		}
		x.do(s)
		for _, v := range s.views {
			v.played[x.name] = v.look(t)
		}
	}
	return s.views
}

// enrol makes a job of rows that know an address alone, and binds each to the mailbox that holds it.
func (s *stage) enrol(r Reader) *View {
	s.t.Helper()
	c, err := s.w.As(r.Account)()
	s.must(err)
	if x, ok := c.(interface{ Close() error }); ok {
		s.t.Cleanup(func() { x.Close() })
	}
	v := &View{Reader: r, Side: s.side, Conn: c, Job: refresh.NewJob("scenario"), played: map[string][]string{}}
	var known []refresh.Address
	for _, p := range cast {
		known = append(known, p.mailbox().Aliases[0])
	}
	finder, ok := refresh.As[refresh.Finder](c)
	if !ok {
		s.t.Fatal("the connector cannot find")
	}
	holders := make([]refresh.Mailbox, len(cast))
	s.must(finder.Find(s.t.Context(), known, func(i int, f refresh.Finding) {
		hits, _ := f.Mailboxes()
		if len(hits) != 1 {
			s.t.Errorf("%s: %s has %d holders: %v", r.Account, cast[i].key, len(hits), f.Err())
			return
		}
		holders[i] = hits[0]
	}))
	if r.Verify {
		s.instances(c, holders)
	}
	for i, p := range cast {
		row := refresh.Match{Key: p.key, SourceOrigin: refresh.Manual, Source: refresh.Mailbox{Primary: known[i]}}
		if s.side == refresh.Target {
			row.Source.Primary = refresh.Address(p.key + "@elsewhere.example") // which is not asked
			row.TargetOrigin, row.Target = refresh.Manual, refresh.Mailbox{Primary: known[i]}
		}
		if row, err = row.Bind(s.side, holders[i]); err != nil {
			s.t.Error(err)
		}
		if got, want := row.Mailbox(s.side), s.now[p.key]; !got.Equal(want) {
			s.t.Errorf("%s: %s was bound to %+v, want %+v", r.Account, p.key, got, want)
		}
		v.Job.Matches = append(v.Job.Matches, row)
	}
	if s.t.Failed() {
		s.t.FailNow()
	}
	return v
}

// instances reads which mailbox each account has.
func (s *stage) instances(c refresh.Connector, ms []refresh.Mailbox) {
	s.t.Helper()
	teller, ok := c.(interface {
		Instances(ctx context.Context, ids []refresh.ID, answer func(i int, instance refresh.ID, err error)) error
	})
	if !ok {
		s.t.Fatal("the connector has no method Instances, which Reader.Verify needs")
	}
	ids := make([]refresh.ID, len(ms))
	for i, m := range ms {
		ids[i] = m.ID
	}
	s.must(teller.Instances(s.t.Context(), ids, func(i int, instance refresh.ID, err error) {
		s.must(err)
		ms[i].Instance = instance
	}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
