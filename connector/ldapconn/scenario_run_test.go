package ldapconn_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

// stage is a world in which the scenario is played.
type stage struct {
	t     *testing.T
	w     *world
	now   map[string]refresh.Mailbox // what each person has, or had before it was taken away
	views []*view
}

// reader is an account that refreshes run as.
type reader struct {
	account string
	// deleted are the reason, the proof and the evidence with which it finds a deleted mailbox missing, and why says why.
	deleted, why string
}

// view is a reader with a job of its own.
type view struct {
	reader
	c   refresh.Connector
	job refresh.Job
	// played is what the runs said after each step.
	played map[string][]string
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
		job, err := v.job.Accept(refresh.Source, key, s.now[key].Instance)
		s.must(err)
		v.job = job
	}
}

// play plays the steps that the world has. cannot says why it does not have the others.
func play(t *testing.T, w *world, readers []reader, cannot map[string]string) *stage {
	t.Helper()
	s := &stage{t: t, w: w, now: map[string]refresh.Mailbox{}}
	for _, p := range cast {
		put := w.Put
		if p.elsewhere && w.elsewhere != nil {
			put = w.elsewhere
		}
		m, err := put(p.mailbox())
		s.must(err)
		s.now[p.key] = m
	}
	for _, r := range readers {
		s.views = append(s.views, s.enrol(r))
	}
	for _, x := range scenario {
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
	return s
}

// enrol makes a job of rows that know an address alone, and binds each to the mailbox that holds it.
func (s *stage) enrol(r reader) *view {
	s.t.Helper()
	c, err := s.w.as(r.account)()
	s.must(err)
	if x, ok := c.(interface{ Close() error }); ok {
		s.t.Cleanup(func() { x.Close() })
	}
	v := &view{reader: r, c: c, job: refresh.NewJob("scenario"), played: map[string][]string{}}
	var known []refresh.Address
	for _, p := range cast {
		known = append(known, p.mailbox().Aliases[0])
		v.job.Matches = append(v.job.Matches, refresh.Match{Key: p.key, SourceOrigin: refresh.Manual, Source: refresh.Mailbox{Primary: p.mailbox().Aliases[0]}})
	}
	finder, ok := refresh.As[refresh.Finder](c)
	if !ok {
		s.t.Fatal("the connector cannot find")
	}
	s.must(finder.Find(s.t.Context(), known, func(i int, f refresh.Finding) {
		hits, _ := f.Mailboxes()
		if len(hits) != 1 {
			s.t.Errorf("%s: %s has %d holders: %v", r.account, cast[i].key, len(hits), f.Err())
			return
		}
		var err error
		if v.job.Matches[i], err = v.job.Matches[i].Bind(refresh.Source, hits[0]); err != nil {
			s.t.Error(err)
		}
	}))
	for i, m := range v.job.Matches {
		if want := s.now[cast[i].key]; !m.Source.Equal(want) {
			s.t.Errorf("%s: %s was bound to %+v, want %+v", r.account, m.Key, m.Source, want)
		}
	}
	if s.t.Failed() {
		s.t.FailNow()
	}
	return v
}

// look refreshes and applies, twice, and says what came out.
func (v *view) look(t *testing.T) []string {
	t.Helper()
	first, then := v.refresh(t), v.refresh(t)
	var lines []string
	for i, row := range first.Rows {
		lines = append(lines, rowText(row.Key, outcomeText(row), outcomeText(then.Rows[i]), v.job.Matches[i].Source.Addresses()))
	}
	return append(lines, sumText(first.Counts(refresh.Source), then.Counts(refresh.Source), len(first.Conflicts)+len(then.Conflicts)))
}

func (v *view) refresh(t *testing.T) *refresh.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	res, err := refresh.Refresh(ctx, v.job, refresh.Sides{Source: v.c}, &refresh.Options{ConfirmAfter: time.Millisecond})
	must(t, err)
	if res.Partial || len(res.Rows) != len(v.job.Matches) {
		t.Fatalf("%s: %d rows of %d, partial %t", v.account, len(res.Rows), len(v.job.Matches), res.Partial)
	}
	job, err := v.job.Apply(res)
	must(t, err)
	v.job = job
	return res
}

// want is what a reader's runs must say after each step that the world has.
func (v *view) want(w *world) map[string][]string {
	out := map[string][]string{}
	state := map[string]expected{}
	for _, x := range scenario {
		if x.can != nil && !x.can(w) {
			continue
		}
		for key, e := range state { // what was there before is what happens again
			e.now = e.then
			state[key] = e
		}
		for _, e := range x.want {
			if e.addresses == nil {
				e.addresses = state[e.key].addresses
			}
			e.now, e.then = v.told(e.now), v.told(e.then)
			state[e.key] = e
		}
		var lines []string
		first, then := refresh.Counts{ByOutcome: map[refresh.Outcome]int{}}, refresh.Counts{ByOutcome: map[refresh.Outcome]int{}}
		for _, p := range cast {
			e := state[p.key]
			lines = append(lines, rowText(p.key, e.now, e.then, e.addresses))
			tallyOutcome(&first, e.now)
			tallyOutcome(&then, e.then)
		}
		out[x.name] = append(lines, sumText(first, then, 0))
	}
	return out
}

// compare reports the first step that went otherwise: the ones after it would repeat it.
func (v *view) compare(t *testing.T, want map[string][]string) {
	t.Helper()
	for _, x := range scenario {
		if diff := cmp.Diff(want[x.name], v.played[x.name]); diff != "" {
			t.Errorf("%s: %s\nas %s, to whom a deleted mailbox is %q because %s (-want +got):\n%s", x.name, x.reason, v.account, v.deleted, v.why, diff)
			return
		}
	}
}

// told puts what the reader can tell of a deletion in its place.
func (v *view) told(outcome string) string {
	if outcome == wasDeleted {
		return isMissing + v.deleted
	}
	return outcome
}
