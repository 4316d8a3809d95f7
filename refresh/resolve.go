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
	if s.asked != nil {
		return
	}
	incremental := s.record.Path == PathIncremental
	if incremental {
		s.vouches = make([]bool, len(selected))
		s.asked = newRoster(matches, s.side, s.plan.changed.len())
	} else {
		s.asked = newRoster(matches, s.side, len(selected))
	}
	for k, i := range selected {
		if incremental && s.vouched(matches, i) {
			s.vouches[k] = true
		} else if matches[i].side(s.side).mailbox.ID != "" {
			s.asked.want(i)
		}
	}
}

// lookup returns the first answer about an ID.
func (s *sideRun) lookup(n int) Lookup { return s.replicas.lookup(&s.first[n]) }

// resolve looks every ID up, then asks once more for each that would end as an absence.
func (s *sideRun) resolve(ctx context.Context, r *run) {
	if s.failed != nil {
		s.first = make([]reply, s.asked.len()) // sealed by sealUnasked
		r.progress.done(s.side, s.asked.len())
		return
	}
	s.first = s.ask(ctx, question{ids: s.asked.since(0), id: s.asked.id, stored: s.asked.stored}, s.resolver.Resolve, func(n int) { r.progress.done(s.side, n) })
	s.saw = make(sight)
	for n := range s.first {
		s.saw.note(s.lookup(n))
	}
	s.askWitness(ctx, r)
	s.confirm(ctx, r)
	s.record.Asked = s.asked.len()
	r.progress.done(s.side, s.asked.len())
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
		from := s.asked.len()
		for _, id := range more {
			s.asked.wantToo(id)
		}
		if more = more[:0]; s.asked.len() == from {
			return // there is nobody left to ask for
		}
		q := question{
			ids:    s.asked.since(from),
			id:     func(n int) ID { return s.asked.id(from + n) },
			stored: func(n int) *Mailbox { return s.asked.stored(from + n) },
		}
		s.first = append(s.first, s.ask(ctx, q, s.resolver.Resolve, func(int) {})...)
		for n := from; n < len(s.first); n++ {
			s.saw.note(s.lookup(n))
		}
	}
}

// inDoubt reports whether some account was found without the mailbox that the job knows, at a replica that has shown no instance.
func (s *sideRun) inDoubt(r *run) bool {
	for k, i := range r.selected {
		if s.vouches != nil && s.vouches[k] {
			continue
		}
		at := r.job.Matches[i].side(s.side)
		if at.mailbox.ID == "" || at.mailbox.Instance == "" {
			continue
		}
		if l := s.lookup(s.asked.find(at.mailbox.ID)); l.state == lookupFound && l.mailbox.Instance == "" && !l.unread && !s.saw[l.replica] {
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
		s.first = make([]reply, s.asked.len())
	}
	s.replicas.fill(s.first, err)
}

// confirm asks again about every ID that a row of this run would call missing.
func (s *sideRun) confirm(ctx context.Context, r *run) {
	var doubt []int32             // of the IDs asked for
	lost := make(map[string]bool) // the replicas that found an account without its mailbox
	var again []int32             // the place of each in doubt, from 1 on
	ask := func(n int) {
		if again == nil {
			again = make([]int32, s.asked.len())
		}
		doubt = append(doubt, int32(n))
		again[n] = int32(len(doubt))
	}
	for k, i := range r.selected {
		if s.vouches != nil && s.vouches[k] {
			continue
		}
		at := r.job.Matches[i].side(s.side)
		if at.mailbox.ID == "" {
			continue
		}
		n := s.asked.find(at.mailbox.ID)
		if again != nil && again[n] != 0 {
			continue
		}
		l := s.lookup(n)
		if v := judgeAnswer(at, l, s.saw); v.absent() {
			if v.reason == ReasonNoMailbox {
				lost[l.replica] = true
			}
			ask(n)
		}
	}
	if len(doubt) == 0 {
		return
	}
	s.witnesses(lost, again, ask)
	q := question{
		ids:    make([]ID, len(doubt)),
		id:     func(k int) ID { return s.asked.id(int(doubt[k])) },
		stored: func(int) *Mailbox { return nil },
	}
	for k := range doubt {
		q.ids[k] = q.id(k)
	}
	call := s.resolver.Resolve
	if c, ok := As[Confirmer](s.conn); ok {
		call = c.Confirm
	} else {
		pause(ctx, r.opts.ConfirmAfter, fmt.Sprintf("asking again about %d missing mailboxes", len(doubt)))
	}
	s.again, s.second = again, s.ask(ctx, q, call, func(int) {})
	s.sawAgain = make(sight) // what the first replica could tell proves nothing for one that answers now, perhaps unnamed
	for k := range s.second {
		s.sawAgain.note(s.replicas.lookup(&s.second[k]))
	}
}

// confirmed returns the second answer about an ID, if it was asked for.
func (s *sideRun) confirmed(n int) (Lookup, bool) {
	if n >= len(s.again) || s.again[n] == 0 {
		return Lookup{}, false
	}
	return s.replicas.lookup(&s.second[s.again[n]-1]), true
}

// witnesses asks about a mailbox, not in doubt itself, that each of the replicas found with its instance. Asked for again beside
// the doubtful ones, they show whether the replica that answers then can tell instances at all.
func (s *sideRun) witnesses(replicas map[string]bool, doubted []int32, ask func(n int)) {
	for n := range s.first {
		if len(replicas) == 0 {
			return
		}
		if l := s.lookup(n); l.state == lookupFound && l.mailbox.Instance != "" && replicas[l.replica] && doubted[n] == 0 {
			ask(n)
			delete(replicas, l.replica)
		}
	}
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

// question is what a connector is asked. The IDs become its own; what they were is known beside.
type question struct {
	ids    []ID
	id     func(n int) ID
	stored func(n int) *Mailbox // what the job holds, nil for nothing
}

// ask calls a connector and gathers its answers, holding it to its contract.
func (s *sideRun) ask(ctx context.Context, q question, call func(context.Context, []ID, func(int, Lookup)) error, done func(n int)) []reply {
	if len(q.ids) == 0 {
		return nil
	}
	ctx, end := s.withStored(ctx)
	defer end()
	a := &answers{ctx: ctx, got: make([]reply, len(q.ids)), asked: q.id, stored: q.stored, names: &s.replicas, done: done}
	err := call(ctx, q.ids, a.answer)
	got, broken := a.seal(err)
	rejected := func(x reply) bool { return errors.Is(x.err(), ErrCredentials) }
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
	ctx    context.Context
	asked  func(n int) ID
	stored func(n int) *Mailbox
	names  *replicaNames
	done   func(n int)

	mu     sync.Mutex
	got    []reply
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
	case a.got[i].what != nil:
		a.broken = brokenTwice
		l = Failed(errTwice)
		a.got[i] = a.names.replyOf(&l, nil)
		return
	case l.state == lookupNone:
		l = Failed(ErrNoAnswer)
	case l.state == lookupFound && l.mailbox.ID != a.asked(i):
		a.broken = "it answered with another object than the one asked for"
		l = Failed(errObject)
	case l.state == lookupAbsent && a.ctx.Err() != nil:
		l = Failed(context.Cause(a.ctx)) // what a cancelled call did not see proves nothing
	}
	a.got[i] = a.names.replyOf(&l, a.stored(i))
	a.n++
	if a.n&(a.n-1) == 0 || a.n%256 == 0 {
		a.done(a.n)
	}
}

// seal ends the call: what was not answered failed, and later answers are ignored.
func (a *answers) seal(err error) ([]reply, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sealed = true
	if err == nil {
		err = ErrNoAnswer
		if a.ctx.Err() != nil {
			err = context.Cause(a.ctx)
		}
	}
	a.names.fill(a.got, err)
	return a.got, a.broken
}
