package match_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// moving is a pair of systems and a job between them.
type moving struct {
	src, dst *memconn.System
	job      refresh.Job
}

func newMoving() *moving {
	m := &moving{src: memconn.New("contoso", nil), dst: memconn.New("fabrikam", nil), job: refresh.NewJob("rows")}
	m.job.Target.Pin = m.dst.Pin()
	return m
}

// row adds a row of a new source to a target.
func (m *moving) row(key string, o refresh.Origin, target refresh.Mailbox, edit func(r *refresh.Match)) {
	src := m.src.Put(refresh.Mailbox{ID: refresh.ID("s" + key), Primary: refresh.Address("u" + key + "@old.example")})
	r := refresh.Match{Key: key, Source: src, SourceOrigin: refresh.Bound, Target: target, TargetOrigin: o}
	if edit != nil {
		edit(&r)
	}
	m.job.Matches = append(m.job.Matches, r)
}

func missing(reason refresh.Reason) func(r *refresh.Match) {
	return func(r *refresh.Match) {
		r.TargetMark = &refresh.Mark{Reason: reason, FirstSeen: time.Unix(1, 0).UTC(), LastSeen: time.Unix(1, 0).UTC()}
		r.TargetStamp, r.TargetPrevious = 7, &refresh.Previous{}
	}
}

func (m *moving) sides() refresh.Sides {
	return refresh.Sides{Source: m.src.Connect(nil), Target: m.dst.Connect(nil)}
}

func (m *moving) rematch(t testing.TB, opts *match.RematchOptions) *match.Rematching {
	t.Helper()
	r, err := match.Rematch(t.Context(), m.job, m.sides(), match.Default(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// proposed says for each proposal which ID it has, "-" for none.
func proposed(r *match.Rematching) map[string]string {
	out := map[string]string{}
	for _, p := range r.Proposals {
		out[p.Key] = "-"
		if p.Mailbox != nil {
			out[p.Key] = string(p.Mailbox.ID)
		}
	}
	return out
}

func proposalFor(t testing.TB, r *match.Rematching, key string) match.Proposal {
	t.Helper()
	i := slices.IndexFunc(r.Proposals, func(p match.Proposal) bool { return p.Key == key })
	if i < 0 {
		t.Fatalf("row %q has no proposal", key)
	}
	return r.Proposals[i]
}

func codes(p match.Proposal) (out []string) {
	for _, e := range p.Evidence {
		out = append(out, e.Code.String()+" "+string(e.ID))
	}
	return out
}

// TestRematch: what a row is proposed, by its need and by what is listed.
func TestRematch(t *testing.T) {
	type mb = refresh.Mailbox
	anchored := mb{ID: "new", Instance: "nbox", Anchor: "s1", Primary: "one@new.example"}
	for _, tt := range []struct {
		name, reason string
		origin       refresh.Origin
		target       mb
		edit         func(r *refresh.Match)
		listed       []mb
		want         string // "" for no proposal at all
		need         match.Need
		changed      bool
		evidence     []string
		status       match.Status
	}{
		{name: "first", reason: "the rule finds its target", listed: []mb{anchored}, want: "new", need: match.NeedFirst, status: match.Matched},
		{name: "first, nobody", reason: "nobody has anything of it", listed: []mb{{ID: "x", Primary: "x@new.example"}}, want: "-", need: match.NeedFirst},
		{name: "missing, made anew", reason: "another object carries this anchor", origin: refresh.Bound, target: mb{ID: "old", Anchor: "s1", Primary: "one@new.example"},
			edit: missing(refresh.ReasonGone), listed: []mb{anchored}, want: "new", need: match.NeedOther, changed: true, evidence: []string{"anchor new", "address new"}, status: match.Matched},
		{name: "missing, mailbox elsewhere", reason: "the mailbox GUID is now on another object", origin: refresh.Bound, target: mb{ID: "old", Instance: "box", Primary: "one@new.example"},
			edit: missing(refresh.ReasonNoMailbox), listed: []mb{{ID: "old", Kind: refresh.KindMailUser, Primary: "one@new.example"}, {ID: "new", Instance: "box", Primary: "two@new.example"}},
			want: "new", need: match.NeedOther, changed: true, evidence: []string{"mailbox new", "account-only old"}, status: match.Matched},
		{name: "missing, address with another", reason: "addresses are given to others: a suggestion, and never more", origin: refresh.Bound, target: mb{ID: "old", Primary: "one@new.example"},
			edit: missing(refresh.ReasonGone), listed: []mb{{ID: "new", Primary: "one@new.example"}}, want: "-", need: match.NeedOther, evidence: []string{"address new"}},
		{name: "missing, back", reason: "a refresh heals it", origin: refresh.Bound, target: mb{ID: "old", Primary: "one@new.example"},
			edit: missing(refresh.ReasonSoftDeleted), listed: []mb{{ID: "old", Primary: "one@new.example"}, anchored}, want: "-", need: match.NeedOther, evidence: []string{"anchor new", "address new", "back old"}},
		{name: "missing, nothing known", reason: "nobody has anything of it", origin: refresh.Bound, target: mb{ID: "old"}, edit: missing(refresh.ReasonGone), want: "-", need: match.NeedOther},
		{name: "entered", reason: "one mailbox holds the address", origin: refresh.Manual, target: mb{Primary: "one@new.example"}, listed: []mb{{ID: "new", Primary: "one@new.example"}},
			want: "new", need: match.NeedID, evidence: []string{"address new"}, status: match.Matched},
		{name: "entered, rules say another", reason: "one of the two is wrong", origin: refresh.Manual, target: mb{Primary: "two@new.example"}, listed: []mb{anchored, {ID: "two", Primary: "two@new.example"}},
			want: "-", need: match.NeedID, evidence: []string{"address two"}, status: match.Matched},
		{name: "entered, nobody's", reason: "the rules know, and it is said that it is not what was entered", origin: refresh.Manual, target: mb{Primary: "gone@new.example"}, listed: []mb{anchored},
			want: "new", need: match.NeedID, changed: true, status: match.Matched},
		{name: "entered, two hold it", reason: "a person has to say which", origin: refresh.Manual, target: mb{Primary: "one@new.example"},
			listed: []mb{{ID: "a", Primary: "one@new.example"}, {ID: "b", Primary: "b@new.example", Aliases: []refresh.Address{"one@new.example"}}},
			want:   "-", need: match.NeedID, evidence: []string{"address a", "address b"}, status: match.Ambiguous},
		{name: "planned, not there", reason: "it needs nothing yet", origin: refresh.Planned, target: mb{Primary: "one@new.example"}, listed: []mb{{ID: "x", Primary: "x@new.example"}}},
		{name: "planned, exists now", reason: "it was created as planned", origin: refresh.Planned, target: mb{Primary: "one@new.example"}, listed: []mb{{ID: "new", Primary: "one@new.example"}},
			want: "new", need: match.NeedCreated, evidence: []string{"address new"}, status: match.Matched},
		{name: "planned, exists under another address", reason: "it carries the source's ID", origin: refresh.Planned, target: mb{Primary: "plan@new.example"}, listed: []mb{anchored},
			want: "new", need: match.NeedCreated, status: match.Matched},
		{name: "planned, anchored elsewhere", reason: "it is another source's", origin: refresh.Planned, target: mb{Primary: "one@new.example"},
			listed: []mb{{ID: "new", Anchor: "somebody", Primary: "one@new.example"}}, want: "-", need: match.NeedCreated, evidence: []string{"address new"}, status: match.Blocked},
		{name: "account planned", reason: "the account has its mailbox now", origin: refresh.Planned, target: mb{ID: "acc"}, listed: []mb{{ID: "acc", Instance: "box", Primary: "one@new.example"}},
			want: "acc", need: match.NeedCreated, evidence: []string{"account acc"}, status: match.Pinned},
		{name: "account planned, no mailbox yet", reason: "it needs nothing yet", origin: refresh.Planned, target: mb{ID: "acc"}, listed: []mb{{ID: "acc", Kind: refresh.KindMailUser, Primary: "one@new.example"}, anchored}},
		{name: "bound and well", reason: "rows that need nothing are not looked at", origin: refresh.Bound, target: mb{ID: "old"}, listed: []mb{{ID: "old", Primary: "one@new.example"}, anchored}},
		{name: "mail user", reason: "there is no mailbox to bind to", listed: []mb{{ID: "new", Anchor: "s1", Kind: refresh.KindMailUser, Primary: "one@new.example"}}, want: "-", need: match.NeedFirst, status: match.Matched},
		{name: "source missing", reason: "there is nothing to migrate", edit: func(r *refresh.Match) {
			r.SourceMark = &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: time.Unix(1, 0).UTC(), LastSeen: time.Unix(1, 0).UTC()}
		}, listed: []mb{anchored}, want: "-", need: match.NeedFirst},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMoving()
			m.row("1", tt.origin, tt.target, tt.edit)
			for _, x := range tt.listed {
				m.dst.Put(x)
			}
			r := m.rematch(t, nil)
			if tt.want == "" {
				equal(t, tt.reason, 0, len(r.Proposals))
				return
			}
			p := proposalFor(t, r, "1")
			equal(t, tt.reason, tt.want, proposed(r)["1"])
			equal(t, "need", tt.need, p.Need)
			equal(t, "identity changed", tt.changed, p.IdentityChanged)
			equal(t, "evidence", tt.evidence, codes(p))
			equal(t, "status", tt.status, p.Decision.Status)
			if (p.Mailbox == nil) != (p.Reason != "") {
				t.Errorf("proposal %+v: want a mailbox or a reason", p)
			}
			after, err := r.Apply(m.job, nil)
			if err != nil {
				t.Fatal(err)
			}
			if p.Mailbox == nil {
				equal(t, "nothing is written", m.job, after)
				return
			}
			got := rowOf(t, after, "1")
			want, _ := m.dst.Get(refresh.ID(tt.want))
			equal(t, "bound to it", want, got.Target)
			equal(t, "and well", []any{refresh.Bound, (*refresh.Mark)(nil), refresh.Stamp(0), (*refresh.Previous)(nil)}, []any{got.TargetOrigin, got.TargetMark, got.TargetStamp, got.TargetPrevious})
		})
	}
}

// TestRematchTaken: what another row has, wants or names is not proposed.
func TestRematchTaken(t *testing.T) {
	t.Run("held by its ID", func(t *testing.T) {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Anchor: "s2", Primary: "one@new.example"})
		m.row("1", refresh.Bound, refresh.Mailbox{ID: "t"}, nil)
		m.row("2", refresh.None, refresh.Mailbox{}, nil) // its anchor is on row 1's target
		r := m.rematch(t, nil)
		equal(t, "no target twice", map[string]string{"2": "-"}, proposed(r))
		equal(t, "stronger evidence", match.Conflict, proposalFor(t, r, "2").Decision.Status)
	})
	t.Run("held by a row that is not selected", func(t *testing.T) {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Anchor: "s2", Primary: "one@new.example"})
		m.row("1", refresh.Manual, refresh.Mailbox{Primary: "one@new.example"}, nil)
		m.row("2", refresh.None, refresh.Mailbox{}, nil)
		r := m.rematch(t, &match.RematchOptions{Select: refresh.SelectKeys("2")})
		equal(t, "row 1 has it by its address", map[string]string{"2": "-"}, proposed(r))
		equal(t, "it is named", []string{"1"}, proposalFor(t, r, "2").Rows)
	})
	t.Run("two rows of one source", func(t *testing.T) {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Anchor: "s1", Primary: "one@new.example"})
		m.row("1", refresh.None, refresh.Mailbox{}, nil)
		second := m.job.Matches[0]
		second.Key = "2"
		m.job.Matches = append(m.job.Matches, second)
		r := m.rematch(t, nil)
		equal(t, "neither", map[string]string{"1": "-", "2": "-"}, proposed(r))
		equal(t, "they are named", []string{"2"}, proposalFor(t, r, "1").Rows)
		m.job.Matches[1].Part = "archive"
		equal(t, "both, as two parts", map[string]string{"1": "t", "2": "t"}, proposed(m.rematch(t, nil)))
	})
	t.Run("another part of a source that is paired", func(t *testing.T) {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Primary: "one@new.example"})
		m.row("1", refresh.Bound, refresh.Mailbox{ID: "t"}, nil)
		archive := m.job.Matches[0]
		archive.Key, archive.Part, archive.Target, archive.TargetOrigin = "2", "archive", refresh.Mailbox{}, refresh.None
		m.job.Matches = append(m.job.Matches, archive)
		equal(t, "it goes where the other part goes", map[string]string{"2": "t"}, proposed(m.rematch(t, nil)))
	})
	t.Run("rivals", func(t *testing.T) {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Primary: "x@new.example", Aliases: []refresh.Address{"u1@old.example", "u2@old.example"}})
		m.row("1", refresh.None, refresh.Mailbox{}, nil)
		m.row("2", refresh.None, refresh.Mailbox{}, nil)
		equal(t, "neither", map[string]string{"1": "-", "2": "-"}, proposed(m.rematch(t, nil)))
		equal(t, "one of them not selected is a rival still", map[string]string{"1": "-"}, proposed(m.rematch(t, &match.RematchOptions{Select: refresh.SelectKeys("1")})))
	})
	t.Run("a source outside the job", func(t *testing.T) {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Primary: "x@new.example", Aliases: []refresh.Address{"u1@old.example", "z@old.example"}})
		m.src.Put(refresh.Mailbox{ID: "z", Primary: "z@old.example"})
		m.row("1", refresh.None, refresh.Mailbox{}, nil)
		equal(t, "it may be theirs", map[string]string{"1": "-"}, proposed(m.rematch(t, nil)))
	})
}

// TestRematchAnchorOfAnother: a former target that was anchored to another source says nothing of this one, whatever the rules.
func TestRematchAnchorOfAnother(t *testing.T) {
	m := newMoving()
	m.dst.Put(refresh.Mailbox{ID: "new", Anchor: "s2", Primary: "two@new.example"})
	m.row("1", refresh.Bound, refresh.Mailbox{ID: "old", Anchor: "s2"}, missing(refresh.ReasonGone))
	m.row("2", refresh.None, refresh.Mailbox{}, nil)
	for _, rules := range [][]match.Rule{nil, {match.Primary()}, match.Default()} {
		r, err := match.Rematch(t.Context(), m.job, m.sides(), rules, nil)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "it is not row 1's", "-", proposed(r)["1"])
	}
}

// TestRematchSources: sources are read where that is possible, because stored addresses may be stale.
func TestRematchSources(t *testing.T) {
	stale := func() *moving {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Primary: "x@new.example", Aliases: []refresh.Address{"u1@old.example"}})
		m.row("1", refresh.None, refresh.Mailbox{}, nil)
		m.src.Rename("s1", "other@old.example", memconn.DropOld) // after the job was made
		return m
	}
	for _, tt := range []struct {
		name, reason string
		without      refresh.Capability
		none         bool
		want         string
		read         bool
	}{
		{"listed", "its address of today is nobody's", 0, false, "-", true},
		{"read by ID", "the same", refresh.CanList, false, "-", true},
		{"not asked", "what the job stores, and it is told", 0, true, "t", false},
		{"cannot resolve", "the same: it need not", refresh.CanResolve, false, "t", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := stale()
			sides := m.sides()
			if sides.Source = m.src.Connect(&memconn.ConnOptions{Without: tt.without}); tt.none {
				sides.Source = nil
			}
			r, err := match.Rematch(t.Context(), m.job, sides, match.Default(), nil)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, tt.reason, tt.want, proposed(r)["1"])
			equal(t, "read", tt.read, r.Proposals[0].SourceRead)
		})
	}
	t.Run("a source by its address", func(t *testing.T) {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Anchor: "s1", Primary: "one@new.example"})
		m.row("1", refresh.None, refresh.Mailbox{}, func(r *refresh.Match) { r.Source.ID, r.Source.Instance, r.SourceOrigin = "", "", refresh.Manual })
		r := m.rematch(t, nil)
		equal(t, "the listed one holds it, and has the anchor", "t", proposed(r)["1"])
		m.src.Put(refresh.Mailbox{ID: "s2", Primary: "u2@old.example", Aliases: []refresh.Address{"u1@old.example"}})
		r = m.rematch(t, nil)
		equal(t, "two hold it", "-", proposed(r)["1"])
	})
	t.Run("gone", func(t *testing.T) {
		m := newMoving()
		m.dst.Put(refresh.Mailbox{ID: "t", Primary: "x@new.example", Aliases: []refresh.Address{"u1@old.example"}})
		m.row("1", refresh.None, refresh.Mailbox{}, nil)
		m.src.Delete("s1", time.Unix(1, 0), time.Unix(2, 0))
		sides := m.sides()
		sides.Source = m.src.Connect(&memconn.ConnOptions{Without: refresh.CanList})
		r, err := match.Rematch(t.Context(), m.job, sides, match.Default(), nil)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "nothing to migrate", "-", proposed(r)["1"])
	})
}

// TestRematchRefuses: an incomplete list is no list, and what a refresh refuses is refused here.
func TestRematchRefuses(t *testing.T) {
	m := newMoving()
	for _, id := range []refresh.ID{"t", "u"} {
		m.dst.Put(refresh.Mailbox{ID: id, Primary: refresh.Address(id) + "@new.example"})
	}
	m.row("1", refresh.None, refresh.Mailbox{}, nil)
	m.row("2", refresh.None, refresh.Mailbox{}, nil)
	cut := memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanList, After: 1, Err: errDown}}}
	ask := func(src, dst *memconn.ConnOptions, rules []match.Rule) error {
		r, err := match.Rematch(t.Context(), m.job, refresh.Sides{Source: m.src.Connect(src), Target: m.dst.Connect(dst)}, rules, nil)
		if err == nil || r != nil {
			t.Errorf("got %v, %v: want an error alone", r, err)
		}
		return err
	}
	equal(t, "the target's list is cut", true, errors.Is(ask(nil, &memconn.ConnOptions{Faults: cut}, nil), errDown))
	equal(t, "the source's list is cut", true, errors.Is(ask(&memconn.ConnOptions{Faults: cut}, nil, nil), errDown))
	equal(t, "the target is down", true, errors.Is(ask(nil, &memconn.ConnOptions{Faults: memconn.Faults{Outage: errDown}}, nil), errDown))
	equal(t, "the source is down", true, errors.Is(ask(&memconn.ConnOptions{Faults: memconn.Faults{Outage: errDown}}, nil, nil), errDown))
	asError[*refresh.UnsupportedError](t, ask(nil, &memconn.ConnOptions{Without: refresh.CanList}, nil))
	asError[*refresh.ReconfigureError](t, ask(nil, &memconn.ConnOptions{Faults: memconn.Faults{RejectCredentials: true}}, nil))
	if err := ask(nil, nil, []match.Rule{{Name: "empty"}}); !strings.Contains(err.Error(), "empty") {
		t.Errorf("got %v, want the rule's name", err)
	}
	_, err := match.Rematch(t.Context(), m.job, refresh.Sides{Source: m.src.Connect(nil)}, nil, nil)
	equal(t, "no target", true, errors.Is(err, match.ErrNoTarget))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errDown)
	_, err = match.Rematch(ctx, m.job, m.sides(), nil, nil)
	equal(t, "the context ended", true, errors.Is(err, errDown))
	m.job.Target.Pin = "another"
	asError[*refresh.WrongDirectoryError](t, ask(nil, nil, nil))
}
