package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// collect gathers the distinct IDs that the selected rows of this side ask for. A row that is vouched for does not ask.
func (s *sideRun) collect(matches []Match, selected []int) {
	if s.index != nil {
		return
	}
	s.index = make(map[ID]int)
	incremental := s.record.Path == PathIncremental
	if incremental {
		s.vouches = make([]bool, len(selected))
	}
	for k, i := range selected {
		if incremental && s.vouched(matches, i) {
			s.vouches[k] = true
		} else if id := matches[i].side(s.side).mailbox.ID; id != "" {
			s.want(id)
		}
	}
}

// want adds an ID to those that are looked up and returns its index.
func (s *sideRun) want(id ID) int {
	n, ok := s.index[id]
	if !ok {
		n = len(s.ids)
		s.index[id] = n
		s.ids = append(s.ids, id)
	}
	return n
}

// resolve looks every ID up, then asks once more for each that would end as an absence.
func (s *sideRun) resolve(ctx context.Context, r *run) {
	if s.failed != nil {
		s.first = make([]Lookup, len(s.ids)) // sealed by sealUnasked
		r.progress.done(s.side, len(s.ids))
		return
	}
	s.first = s.ask(ctx, s.ids, s.resolver.Resolve, func(n int) { r.progress.done(s.side, n) })
	s.saw = make(sight)
	for i := range s.first {
		s.saw.note(s.first[i])
	}
	s.askWitness(ctx, r)
	s.confirm(ctx, r)
	s.record.Asked = len(s.ids)
	r.progress.done(s.side, len(s.ids))
}

// maxWitnesses is how many mailboxes are looked up at first to show that this reader can tell instances.
const maxWitnesses = 3

// askWitness looks some mailboxes up whose rows are vouched for, when an account seems to have lost its mailbox and no answer of this
// short run shows that instances can be read at the replica that said so. A full run has such answers. Which replica knows a
// mailbox is not known beforehand, so more and more are asked for.
func (s *sideRun) askWitness(ctx context.Context, r *run) {
	if s.vouches == nil && s.marked == nil {
		return
	}
	var more []ID
	if s.marked != nil {
		more = append(more, s.marked.Witnesses...)
	}
	next := 0
	for size := maxWitnesses; s.inDoubt(r); size *= 10 {
		for ; s.vouches != nil && next < len(r.selected) && len(more) < size; next++ {
			if at := r.job.Matches[r.selected[next]].side(s.side); s.vouches[next] && at.mailbox.Instance != "" {
				more = append(more, at.mailbox.ID)
			}
		}
		from := len(s.ids)
		for _, id := range more {
			s.want(id)
		}
		if more = more[:0]; len(s.ids) == from {
			return // there is nobody left to ask for
		}
		for _, l := range s.ask(ctx, s.ids[from:], s.resolver.Resolve, func(int) {}) {
			s.first = append(s.first, l)
			s.saw.note(l)
		}
	}
}

// inDoubt reports whether some account was found without the mailbox that the job knows, at a replica that has shown no instance.
func (s *sideRun) inDoubt(r *run) bool {
	for k, i := range r.selected {
		at := r.job.Matches[i].side(s.side)
		if s.vouches != nil && s.vouches[k] || at.mailbox.ID == "" || at.mailbox.Instance == "" {
			continue
		}
		if l := &s.first[s.index[at.mailbox.ID]]; l.state == lookupFound && l.mailbox.Instance == "" && !s.saw[l.replica] {
			return true
		}
	}
	return false
}

// sight holds the replicas at which this reader has read which mailbox an account has.
type sight map[string]bool

func (s sight) note(l Lookup) {
	if l.state == lookupFound && l.mailbox.Instance != "" && !s[l.replica] {
		s[l.replica] = true
	}
}

// sealUnasked gives the look-ups of a side that failed as a whole, or was never reached, their error.
func (s *sideRun) sealUnasked(ctx context.Context) {
	err := s.failed
	if err == nil {
		err = context.Cause(ctx)
	}
	if s.first == nil {
		s.first = make([]Lookup, len(s.ids))
	}
	for i := range s.first {
		if s.first[i].state == lookupNone {
			s.first[i] = Failed(err)
		}
	}
}

// confirm asks again about every ID that a row of this run would call missing.
func (s *sideRun) confirm(ctx context.Context, r *run) {
	var doubt []int
	var ids []ID
	lost := make(map[string]bool) // the replicas that found an account without its mailbox
	asked := make(map[int]bool)
	for k, i := range r.selected {
		at := r.job.Matches[i].side(s.side)
		if at.mailbox.ID == "" || s.vouches != nil && s.vouches[k] {
			continue
		}
		n := s.index[at.mailbox.ID]
		if asked[n] {
			continue
		}
		if v := judgeAnswer(at, s.first[n], s.saw); v.absent() {
			asked[n] = true
			if v.reason == ReasonNoMailbox {
				lost[s.first[n].replica] = true
			}
			doubt = append(doubt, n)
			ids = append(ids, s.ids[n])
		}
	}
	if len(ids) == 0 {
		return
	}
	for _, n := range s.witnesses(lost, asked) {
		doubt = append(doubt, n)
		ids = append(ids, s.ids[n])
	}
	ask := s.resolver.Resolve
	if c, ok := As[Confirmer](s.conn); ok {
		ask = c.Confirm
	} else {
		pause(ctx, r.opts.ConfirmAfter, fmt.Sprintf("asking again about %d missing mailboxes", len(ids)))
	}
	s.second = make(map[int]Lookup, len(doubt))
	s.sawAgain = make(sight) // what the first replica could tell proves nothing for one that answers now, perhaps unnamed
	for k, l := range s.ask(ctx, ids, ask, func(int) {}) {
		s.second[doubt[k]] = l
		s.sawAgain.note(l)
	}
}

// witnesses returns for each of the replicas a mailbox, not in doubt itself, that was found there with its instance. Asked for again
// beside the doubtful ones, they show whether the replica that answers then can tell instances at all.
func (s *sideRun) witnesses(replicas map[string]bool, doubted map[int]bool) []int {
	var out []int
	for n := range s.first {
		if len(replicas) == 0 {
			break
		}
		if l := &s.first[n]; l.state == lookupFound && l.mailbox.Instance != "" && replicas[l.replica] && !doubted[n] {
			out = append(out, n)
			delete(replicas, l.replica)
		}
	}
	return out
}

func pause(ctx context.Context, d time.Duration, why string) {
	if d == 0 {
		d = defaultConfirmAfter
	}
	if d < 0 {
		return
	}
	Waiting(ctx, time.Now().Add(d), why)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	Waiting(ctx, time.Time{}, "")
}

// ask calls a connector and gathers its answers, holding it to its contract.
func (s *sideRun) ask(ctx context.Context, ids []ID, call func(context.Context, []ID, func(int, Lookup)) error, done func(n int)) []Lookup {
	if len(ids) == 0 {
		return nil
	}
	a := &answers{ctx: ctx, got: make([]Lookup, len(ids)), ids: ids, done: done}
	err := call(ctx, append([]ID(nil), ids...), a.answer)
	got, broken := a.seal(err)
	rejected := func(l Lookup) bool { return l.state == lookupFailed && errors.Is(l.err, ErrCredentials) }
	s.warnOf(broken, errors.Is(err, ErrCredentials) || slices.ContainsFunc(got, rejected))
	return got
}

// warnOf warns of a broken contract, and once of rejected credentials.
func (s *sideRun) warnOf(broken string, rejected bool) {
	if broken != "" {
		s.warn(WarnConnector, "the connector broke its contract: "+broken)
	}
	if rejected && !s.rejected {
		s.rejected = true
		s.warn(WarnReconfigure, "the server rejected the credentials during the run: reconfigure the connection")
	}
}

// answers receives the answers of one call.
type answers struct {
	ctx  context.Context
	ids  []ID
	done func(n int)

	mu     sync.Mutex
	got    []Lookup
	n      int
	sealed bool
	broken string
}

const (
	brokenIndex = "it answered for an index that was not asked"
	brokenTwice = "it answered twice for one question"
)

var (
	errTwice  = errors.New("the connector answered twice for one question")
	errObject = errors.New("the connector answered with another object than the one asked for")
)

func (a *answers) answer(i int, l Lookup) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sealed {
		return
	}
	if i < 0 || i >= len(a.got) {
		a.broken = brokenIndex
		return
	}
	switch {
	case a.got[i].state != lookupNone:
		a.broken = brokenTwice
		a.got[i] = Failed(errTwice)
		return
	case l.state == lookupNone:
		l = Failed(ErrNoAnswer)
	case l.state == lookupFound && l.mailbox.ID != a.ids[i]:
		a.broken = "it answered with another object than the one asked for"
		l = Failed(errObject)
	case l.state == lookupAbsent && a.ctx.Err() != nil:
		l = Failed(context.Cause(a.ctx)) // what a cancelled call did not see proves nothing
	}
	a.got[i] = l
	a.n++
	if a.n&(a.n-1) == 0 || a.n%256 == 0 {
		a.done(a.n)
	}
}

// seal ends the call: what was not answered failed, and later answers are ignored.
func (a *answers) seal(err error) ([]Lookup, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sealed = true
	if err == nil {
		err = ErrNoAnswer
		if a.ctx.Err() != nil {
			err = context.Cause(a.ctx)
		}
	}
	failed := Failed(err)
	for i := range a.got {
		if a.got[i].state == lookupNone {
			a.got[i] = failed
		}
	}
	return a.got, a.broken
}
