package match_test

import (
	"slices"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// verdict is what became of an entry, by the reference.
type verdict struct {
	status  match.Status
	rule    string
	partner refresh.ID
}

// reference pairs as the package comment says, comparing everybody with everybody. Every entry has an ID.
func reference(sources, targets []refresh.Entry, rules []match.Rule, pins []match.Pin) (s, t map[refresh.ID]verdict) {
	s, t = make(map[refresh.ID]verdict), make(map[refresh.ID]verdict)
	for _, e := range sources {
		s[e.ID] = verdict{}
	}
	for _, e := range targets {
		t[e.ID] = verdict{}
	}
	for _, p := range pins {
		_, known := s[p.Source]
		_, there := t[p.Target]
		if p.Source != "" && !known || p.Target != "" && !there {
			continue
		}
		if p.Source != "" {
			s[p.Source] = verdict{match.Pinned, "", p.Target}
		}
		if p.Target != "" {
			t[p.Target] = verdict{match.Pinned, "", p.Source}
		}
	}
	keysOf := func(f match.Keys, e *refresh.Entry) []string {
		return slices.DeleteFunc(f(nil, e), func(k string) bool { return k == "" })
	}
	share := func(r match.Rule, a, b *refresh.Entry) bool {
		theirs := r.Target
		if theirs == nil {
			theirs = r.Keys
		}
		for _, k := range keysOf(r.Keys, a) {
			if slices.Contains(keysOf(theirs, b), k) {
				return true
			}
		}
		return false
	}
	objects := func(a, b *refresh.Entry) match.Status {
		for _, r := range rules {
			theirs := r.Target
			if theirs == nil {
				theirs = r.Keys
			}
			if r.Exclusive && len(keysOf(r.Keys, a)) > 0 && len(keysOf(theirs, b)) > 0 && !share(r, a, b) {
				if r.Refusal != "" {
					return match.Blocked
				}
				return match.Conflict
			}
		}
		for _, r := range rules {
			if r.Refuse != nil && r.Refuse(a, b) != "" {
				return match.Blocked
			}
		}
		return match.Matched
	}
	for _, r := range rules {
		if r.Keys == nil || r.SuggestOnly {
			continue
		}
		of := make(map[refresh.ID][]int)
		by := make(map[refresh.ID][]int)
		for i := range sources {
			for k := range targets {
				if share(r, &sources[i], &targets[k]) {
					of[sources[i].ID] = append(of[sources[i].ID], k)
					by[targets[k].ID] = append(by[targets[k].ID], i)
				}
			}
		}
		afterS, afterT := make(map[refresh.ID]verdict), make(map[refresh.ID]verdict)
		for i := range sources {
			id := sources[i].ID
			if near := of[id]; len(near) > 0 && s[id].status == match.NoCandidate {
				other := targets[near[0]].ID
				switch {
				case len(near) > 1:
					afterS[id] = verdict{status: match.Ambiguous, rule: r.Name}
				case t[other].status != match.NoCandidate:
					afterS[id] = verdict{status: match.Conflict, rule: r.Name}
				case len(by[other]) > 1:
					afterS[id] = verdict{status: match.Ambiguous, rule: r.Name}
				default:
					v := verdict{status: objects(&sources[i], &targets[near[0]]), rule: r.Name}
					w := v
					if v.status == match.Matched {
						v.partner, w.partner = other, id
					}
					afterS[id], afterT[other] = v, w
				}
			}
		}
		for k := range targets {
			id := targets[k].ID
			if near := by[id]; len(near) > 0 && t[id].status == match.NoCandidate {
				other := sources[near[0]].ID
				switch {
				case len(near) > 1:
					afterT[id] = verdict{status: match.Ambiguous, rule: r.Name}
				case s[other].status != match.NoCandidate:
					afterT[id] = verdict{status: match.Conflict, rule: r.Name}
				case len(of[other]) > 1:
					afterT[id] = verdict{status: match.Ambiguous, rule: r.Name}
				}
			}
		}
		for id, v := range afterS {
			s[id] = v
		}
		for id, v := range afterT {
			t[id] = v
		}
	}
	return s, t
}
