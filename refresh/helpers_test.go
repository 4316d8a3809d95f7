package refresh_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/readdress-go/readdress/refresh"
)

var (
	bothSides = []refresh.Side{refresh.Source, refresh.Target}
	errOutage = errors.New("the line is cut")

	goneTombstone = refresh.NotFound(refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone})
	softTombstone = refresh.NotFound(refresh.Absence{Reason: refresh.ReasonSoftDeleted, Proof: refresh.ProofTombstone})
	withoutPause  = &refresh.Options{ConfirmAfter: -1}
)

type (
	answerFunc  = func(i int, l refresh.Lookup)
	resolveFunc = func(ctx context.Context, ids []refresh.ID, answer answerFunc) error
	findFunc    = func(ctx context.Context, addrs []refresh.Address, answer func(i int, f refresh.Finding)) error
	inspectFunc = func(context.Context) (refresh.Directory, error)
)

// script is a connector made of functions. It has every method, and the abilities whose function is set.
type script struct {
	system           string
	resolve, confirm resolveFunc
	find             findFunc
	inspect          inspectFunc

	mu        sync.Mutex
	resolved  [][]refresh.ID // one entry for each call
	confirmed [][]refresh.ID
	found     [][]refresh.Address
	inspected int
}

func (s *script) Info() refresh.Info {
	info := refresh.Info{System: s.system}
	for bit, set := range map[refresh.Capability]bool{
		refresh.CanResolve: s.resolve != nil, refresh.CanConfirm: s.confirm != nil,
		refresh.CanFind: s.find != nil, refresh.CanInspect: s.inspect != nil,
	} {
		if set {
			info.Can |= bit
		}
	}
	return info
}

func (s *script) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	s.note(func() { s.resolved = append(s.resolved, slices.Clone(ids)) })
	return s.resolve(ctx, ids, answer)
}

func (s *script) Confirm(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	s.note(func() { s.confirmed = append(s.confirmed, slices.Clone(ids)) })
	return s.confirm(ctx, ids, answer)
}

func (s *script) Find(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
	s.note(func() { s.found = append(s.found, slices.Clone(addrs)) })
	return s.find(ctx, addrs, answer)
}

func (s *script) Inspect(ctx context.Context) (refresh.Directory, error) {
	s.note(func() { s.inspected++ })
	return s.inspect(ctx)
}

func (s *script) note(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// traffic is the number of calls of any kind.
func (s *script) traffic() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.resolved) + len(s.confirmed) + len(s.found) + s.inspected
}

type lookups = map[refresh.ID]refresh.Lookup

// answers answers the nth call from the nth map, and later calls from the last one. IDs that a map lacks are left out.
func answers(rounds ...lookups) resolveFunc {
	var mu sync.Mutex
	n := 0
	return func(_ context.Context, ids []refresh.ID, answer answerFunc) error {
		mu.Lock()
		from := rounds[min(n, len(rounds)-1)]
		n++
		mu.Unlock()
		for i, id := range ids {
			if l, ok := from[id]; ok {
				answer(i, l)
			}
		}
		return nil
	}
}

// reaches is an Inspect that reaches a directory.
func reaches(d refresh.Directory) inspectFunc {
	return func(context.Context) (refresh.Directory, error) { return d, nil }
}

func box(id refresh.ID, primary refresh.Address, aliases ...refresh.Address) refresh.Mailbox {
	return refresh.Mailbox{ID: id, Primary: primary, Aliases: aliases}
}

// one is a row whose given side is the one under test. The other side is there and not asked.
func one(s refresh.Side, key string, origin refresh.Origin, m refresh.Mailbox) refresh.Match {
	if s == refresh.Source {
		return refresh.Match{Key: key, Source: m, SourceOrigin: origin}
	}
	return refresh.Match{
		Key: key, Target: m, TargetOrigin: origin,
		Source: box(refresh.ID("source of "+key), refresh.Address(key+"@elsewhere.example")), SourceOrigin: refresh.Bound,
	}
}

func pair(key string, source, target refresh.Mailbox) refresh.Match {
	return refresh.Match{Key: key, Source: source, SourceOrigin: refresh.Bound, Target: target, TargetOrigin: refresh.Bound}
}

func jobOf(rows ...refresh.Match) refresh.Job {
	return refresh.Job{ID: "job", Name: "test", Matches: rows}
}

func only(s refresh.Side, c refresh.Connector) refresh.Sides {
	if s == refresh.Source {
		return refresh.Sides{Source: c}
	}
	return refresh.Sides{Target: c}
}

func endpointOf(j *refresh.Job, s refresh.Side) *refresh.Endpoint {
	if s == refresh.Source {
		return &j.Source
	}
	return &j.Target
}

func run(t *testing.T, j refresh.Job, sides refresh.Sides, opts *refresh.Options) *refresh.Result {
	t.Helper()
	r, err := refresh.Refresh(t.Context(), j, sides, opts)
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	if err := r.Write(&bytes.Buffer{}); err != nil {
		t.Errorf("the result cannot be written: %v", err)
	}
	return r
}

func apply(t *testing.T, j refresh.Job, r *refresh.Result) refresh.Job {
	t.Helper()
	out, err := j.Apply(r)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	if err := out.Validate(); err != nil {
		t.Errorf("the job is invalid after Apply: %v", err)
	}
	return out
}

func rowOf(t *testing.T, r *refresh.Result, s refresh.Side, key string) refresh.Row {
	t.Helper()
	for _, row := range r.Rows {
		if row.Side == s && row.Key == key {
			return row
		}
	}
	t.Fatalf("no row %s %q", s, key)
	return refresh.Row{}
}

func matchOf(t *testing.T, j refresh.Job, key string) refresh.Match {
	t.Helper()
	m, ok := j.Match(key)
	if !ok {
		t.Fatalf("the job has no row %q", key)
	}
	return m
}

func outcomes(r *refresh.Result) map[string]refresh.Outcome {
	out := map[string]refresh.Outcome{}
	for _, row := range r.Rows {
		out[row.Side.String()+" "+row.Key] = row.Outcome
	}
	return out
}

func codes(ws []refresh.Warning) []refresh.WarningCode {
	var out []refresh.WarningCode
	for _, w := range ws {
		out = append(out, w.Code)
	}
	return out
}

func warned(r *refresh.Result, code refresh.WarningCode) []refresh.Warning {
	var out []refresh.Warning
	for _, w := range r.Warnings {
		if w.Code == code {
			out = append(out, w)
		}
	}
	return out
}

// deepCopy is a copy that shares no memory with v.
func deepCopy[T any](t *testing.T, v T) T {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, why string, want, got any, opts ...cmp.Option) {
	t.Helper()
	if d := cmp.Diff(want, got, opts...); d != "" {
		t.Errorf("%s (-want +got)\n%s", why, d)
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want one that is %q", err, want)
	}
}

// as returns the error of type E in err's chain.
func as[E error](t *testing.T, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error %v (%T), want a %T", err, err, e)
	}
	return e
}

// ignoreHolder leaves out how a member of a conflict is told from others where it has no ID.
var ignoreHolder = cmp.FilterPath(func(p cmp.Path) bool {
	f := p.Last().String()
	return f == ".Holder" || f == ".Part" || f == ".Merge"
}, cmp.Ignore())

var ignoreHistory = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".History" }, cmp.Ignore())

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
