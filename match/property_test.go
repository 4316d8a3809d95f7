package match_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

var (
	propertySeed = flag.Uint64("match.seed", 7, "seed of the random worlds")
	worlds       = flag.Int("match.worlds", 20_000, "how many random worlds there are")
)

// world is two small sides whose values collide often.
type world struct {
	sources, targets []refresh.Entry
	rules            []match.Rule
	pins             []match.Pin
}

func newWorld(t testing.TB, r *rand.Rand) world {
	w := world{rules: rulesOf(t, r)}
	w.sources, w.targets = people(r, "s"), people(r, "t")
	for i := range w.targets {
		if len(w.sources) > 0 && r.IntN(3) == 0 {
			w.targets[i].Anchor = w.sources[r.IntN(len(w.sources))].ID
		} else if r.IntN(10) == 0 {
			w.targets[i].Anchor = "elsewhere"
		}
	}
	return w
}

// rulesOf are some of all rules, in some order.
func rulesOf(t testing.TB, r *rand.Rand) []match.Rule {
	mapped, err := match.MappedDomain("old.example=new.example", "old.example=other.example")
	if err != nil {
		t.Fatal(err)
	}
	all := append(match.Default(), mapped, match.Attribute("city"))
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all[:1+r.IntN(len(all))]
}

func people(r *rand.Rand, side string) []refresh.Entry {
	out := make([]refresh.Entry, r.IntN(7))
	domains := []string{"old.example", "new.example", "OLD.example", "x.onmicrosoft.com"}
	locals := []string{"anna", "ben", "cleo", "Anna", "info", "ben+1234"}
	address := func() refresh.Address {
		return refresh.Address(locals[r.IntN(len(locals))] + "@" + domains[r.IntN(len(domains))])
	}
	for i := range out {
		e := &out[i]
		e.ID = refresh.ID(fmt.Sprintf("%s%d", side, i))
		if r.IntN(4) > 0 {
			e.Primary = address()
		}
		for range r.IntN(3) {
			e.Aliases = append(e.Aliases, address())
		}
		if r.IntN(2) == 0 {
			e.Login = string(address())
		}
		if r.IntN(3) == 0 {
			e.EmployeeID = fmt.Sprint(r.IntN(5))
		}
		if r.IntN(4) == 0 {
			e.Instance = refresh.ID(fmt.Sprint("i", r.IntN(4)))
		}
		e.DisplayName = []string{"Anna", "Ben", ""}[r.IntN(3)]
		e.Kind = []refresh.Kind{refresh.KindUnknown, refresh.KindUser, refresh.KindUser, refresh.KindGroup}[r.IntN(4)]
		if r.IntN(8) == 0 {
			e.Privileged = refresh.Yes
		}
		e.Attrs = map[string][]string{"city": {[]string{"Bonn", "Köln", ""}[r.IntN(3)]}, match.AttrLegacyDN: {fmt.Sprint("/o=x/cn=", r.IntN(8))}, match.AttrX500: {fmt.Sprint("/o=X/cn=", r.IntN(8))}}
	}
	return out
}

func pair(t testing.TB, w world) *match.Pairing {
	t.Helper()
	p, err := match.Pair(match.Entries(w.sources), match.Entries(w.targets), w.rules, &match.Options{Pins: w.pins})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// verdicts are the decisions by ID.
func verdicts(p *match.Pairing) (s, t map[refresh.ID]verdict) {
	s, t = make(map[refresh.ID]verdict), make(map[refresh.ID]verdict)
	take := func(d match.Decision, into map[refresh.ID]verdict) {
		v := verdict{status: d.Status, rule: d.Rule}
		if d.Other != nil {
			v.partner = d.Other.ID
		}
		into[d.Entry.ID] = v
	}
	for d := range p.Sources() {
		take(d, s)
	}
	for d := range p.Targets() {
		take(d, t)
	}
	return s, t
}

func diff(want, got map[refresh.ID]verdict) string {
	if maps.Equal(want, got) {
		return ""
	}
	return cmp.Diff(want, got, cmp.AllowUnexported(verdict{}))
}

// details are all that is said of each entry, by ID.
func details(p *match.Pairing) map[refresh.ID]string {
	out := make(map[refresh.ID]string)
	say := func(d match.Decision) {
		s := fmt.Sprint(d.Status, d.Rule, d.Key, d.Reason, d.Total)
		for _, c := range d.Candidates {
			s += fmt.Sprint(" ", c.Entry.ID, c.Rule, c.Key)
		}
		out[d.Entry.ID] = s
	}
	for d := range p.Sources() {
		say(d)
	}
	for d := range p.Targets() {
		say(d)
	}
	return out
}

// TestProperties holds Pair to what the package comment promises, on random worlds.
func TestProperties(t *testing.T) {
	n := *worlds
	if testing.Short() {
		n /= 10
	}
	seen := make(map[match.Status]int)
	var duplicated, healed, pinned int
	for i := range n {
		r := rand.New(rand.NewPCG(*propertySeed, uint64(i)))
		w := newWorld(t, r)
		p := pair(t, w)
		s, g := verdicts(p)
		fail := func(what, text string) { t.Fatalf("world %d, seed %d: %s\n%s\n%+v", i, *propertySeed, what, text, w) }
		for _, v := range s {
			seen[v.status]++
		}

		ws, wg := reference(w.sources, w.targets, w.rules, nil)
		if d := diff(ws, s) + diff(wg, g); d != "" {
			fail("not as the reference (-want +got)", d)
		}
		oneToOne(w, s, g, fail)

		mixed := w
		mixed.sources, mixed.targets = shuffled(r, w.sources), shuffled(r, w.targets)
		if a, b := details(p), details(pair(t, mixed)); !maps.Equal(a, b) {
			fail("the order of the entries matters", cmp.Diff(a, b))
		}

		mirror := world{sources: w.targets, targets: w.sources}
		for _, rule := range w.rules {
			mirror.rules = append(mirror.rules, rule.Swap())
		}
		ms, mg := verdicts(pair(t, mirror))
		if d := diff(s, mg) + diff(g, ms); d != "" {
			fail("the sides are not alike", d)
		}

		if d := duplicate(t, r, w, s, g); d != "" {
			fail("a duplicate did more than to make ambiguous", d)
		}
		duplicated++

		again := w
		again.pins = p.Pins()
		as, ag := verdicts(pair(t, again))
		for id, v := range s {
			if as[id].partner != v.partner || v.status != match.Matched && as[id] != v {
				fail("pinning what was matched changed something", fmt.Sprint(id, v, as[id]))
			}
		}
		for id, v := range g {
			if ag[id].partner != v.partner || v.status != match.Matched && ag[id] != v {
				fail("pinning what was matched changed something", fmt.Sprint(id, v, ag[id]))
			}
		}
		healed++

		w.pins = randomPins(r, w)
		q := pair(t, w)
		s, g = verdicts(q)
		for _, x := range w.pins {
			if x.Source == "gone" || x.Target == "gone" {
				if !slices.Contains(q.Lost(), x) {
					fail("a lost pin is not told", fmt.Sprint(x))
				}
				continue
			}
			pinned++
			if x.Source != "" && s[x.Source] != (verdict{match.Pinned, "", x.Target}) || x.Target != "" && g[x.Target] != (verdict{match.Pinned, "", x.Source}) {
				fail("a pin did not survive", fmt.Sprint(x, s, g))
			}
		}
		ws, wg = reference(w.sources, w.targets, w.rules, w.pins)
		if d := diff(ws, s) + diff(wg, g); d != "" {
			fail("with pins: not as the reference (-want +got)", d)
		}
		oneToOne(w, s, g, fail)
	}
	t.Logf("%d worlds, %d with a duplicate, %d pins; sources: %v", n, duplicated, pinned, seen)
	for _, st := range []match.Status{match.NoCandidate, match.Matched, match.Ambiguous, match.Conflict, match.Blocked} {
		if seen[st] < n/20 {
			t.Errorf("%d sources were %s: the worlds test little", seen[st], st)
		}
	}
}

// oneToOne: every entry has a verdict, and partners are each other's.
func oneToOne(w world, s, g map[refresh.ID]verdict, fail func(what, text string)) {
	if len(s) != len(w.sources) || len(g) != len(w.targets) {
		fail("somebody is not accounted for", fmt.Sprint(s, g))
	}
	used := make(map[refresh.ID]bool)
	for id, v := range s {
		if v.partner == "" {
			continue
		}
		if used[v.partner] || g[v.partner].partner != id {
			fail("a target twice", fmt.Sprint(id, v))
		}
		used[v.partner] = true
	}
}

func shuffled(r *rand.Rand, list []refresh.Entry) []refresh.Entry {
	out := slices.Clone(list)
	r.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

// duplicate adds a copy of somebody, under another ID. It says what that changed beyond making somebody ambiguous.
func duplicate(t *testing.T, r *rand.Rand, w world, s, g map[refresh.ID]verdict) string {
	v := w
	side := &v.sources
	if r.IntN(2) == 0 {
		side = &v.targets
	}
	if len(*side) == 0 {
		return ""
	}
	x := (*side)[r.IntN(len(*side))]
	x.ID = "copy"
	*side = append(slices.Clone(*side), x)
	s2, g2 := verdicts(pair(t, v))
	for _, x := range []struct{ before, after map[refresh.ID]verdict }{{s, s2}, {g, g2}} {
		for id, was := range x.before {
			now := x.after[id]
			if now == was {
				continue
			}
			if now.status != match.Ambiguous || was.status == match.NoCandidate || was.status == match.Pinned {
				return fmt.Sprintf("%s: %v became %v", id, was, now)
			}
		}
	}
	return ""
}

// randomPins are pairs, mailboxes to be left alone, and some of mailboxes that are not there.
func randomPins(r *rand.Rand, w world) []match.Pin {
	var out []match.Pin
	s, t := shuffled(r, w.sources), shuffled(r, w.targets)
	for i := range s {
		switch r.IntN(6) {
		case 0:
			if i < len(t) {
				out = append(out, match.Pin{Source: s[i].ID, Target: t[i].ID})
			}
		case 1:
			out = append(out, match.Pin{Source: s[i].ID})
		case 2:
			out = append(out, match.Pin{Source: s[i].ID, Target: "gone"})
		}
	}
	for i := len(s); i < len(t); i++ {
		if r.IntN(3) == 0 {
			out = append(out, match.Pin{Target: t[i].ID})
		}
	}
	return out
}
