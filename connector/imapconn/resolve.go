package imapconn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// Resolve finds mailboxes under their new names: see "Proven renames" in the package comment. It never answers NotFound, and answers what it found
// after all candidates were seen, because one mailbox may prove to be several, and several may prove to be one.
//
// ctx must be that of a run of package refresh, because a witness does not say under which name it was stored: see [refresh.Stored].
func (c *Connector) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	if c.opts.Rename == nil {
		return fmt.Errorf("imapconn: resolve: %w", errors.ErrUnsupported)
	}
	if len(ids) == 0 {
		return nil
	}
	defer c.begin()()
	p, err := c.plan(ctx, ids, answer)
	if err != nil {
		return err
	}
	if err := c.visitAll(ctx, p.visits); err != nil {
		return err
	}
	taken := p.taken()
	for _, q := range p.quests {
		answer(q.index, q.judge(taken))
	}
	return nil
}

// judge says what became of an ID.
func (q *quest) judge(taken map[string]int) refresh.Lookup {
	var proven []int
	u := &UnprovenError{Candidates: len(q.visits)}
	var trouble error
	for k, v := range q.visits {
		switch o := v.overlap(q); {
		case errors.Is(v.err, ErrRejected):
			u.Rejected++
		case v.err != nil:
			if trouble == nil {
				trouble = v.err
			}
		case o.Proves():
			proven = append(proven, k)
		default:
			u.Others = append(u.Others, o)
		}
	}
	switch {
	case trouble != nil: // it may be this one, or this one as well
		return refresh.Failed(trouble)
	case len(proven) == 0:
		return refresh.Failed(u)
	case len(proven) > 1:
		return refresh.Failed(ErrAmbiguous)
	}
	v := q.visits[proven[0]]
	if taken[strings.ToLower(v.account.Login)] > 1 {
		return refresh.Failed(ErrAmbiguous)
	}
	return q.found(q.candidates[proven[0]])
}

// found is the answer: the ID that was asked for, under the candidate's name.
func (q *quest) found(a Candidate) refresh.Lookup {
	m := refresh.Mailbox{ID: q.id, Login: a.Login, DisplayName: a.DisplayName, Primary: a.address()}
	if m.Primary == "" {
		return refresh.Failed(errNoAddress)
	}
	for _, alias := range q.stored.Aliases {
		if alias.Fold() != m.Primary.Fold() {
			m.Aliases = append(m.Aliases, alias)
		}
	}
	return refresh.Found(m).WithoutInstance()
}

// UnprovenError: no candidate proved to be the mailbox that is sought. It is [ErrNoCandidate], and [ErrRejected] where a login was rejected.
// It says nothing of whether the mailbox exists: the candidates are the host's, and the server asserted nothing.
type UnprovenError struct {
	Candidates int       // that were tried; 0 where there was none
	Rejected   int       // whose login was rejected
	Others     []Overlap // of those that are another mailbox, or an empty one
}

// Error counts the candidates and says why the first one is not it.
func (e *UnprovenError) Error() string {
	var b strings.Builder
	b.WriteString(ErrNoCandidate.Error())
	switch {
	case e.Candidates == 0:
		b.WriteString(": there is none")
	case e.Candidates == 1 && e.Rejected == 1:
		b.WriteString(": the server rejected the login of the only one")
	case e.Rejected > 0:
		fmt.Fprintf(&b, ": the server rejected the logins of %d of %d", e.Rejected, e.Candidates)
	}
	if len(e.Others) > 0 {
		fmt.Fprintf(&b, ": %d of %d is not it: %s", len(e.Others), e.Candidates, e.Others[0])
	}
	return b.String()
}

// Unwrap returns what it is.
func (e *UnprovenError) Unwrap() []error {
	if e.Rejected > 0 {
		return []error{ErrNoCandidate, ErrRejected}
	}
	return []error{ErrNoCandidate}
}

var (
	// ErrNoCandidate: no candidate proved to be the mailbox: see [UnprovenError].
	ErrNoCandidate = errors.New("imapconn: no candidate proved to be the mailbox")
	// ErrAmbiguous: two candidates proved to be the mailbox, one candidate proved to be two mailboxes of the job, or two witnesses of the
	// job are so alike that one mailbox may prove both. None is accepted.
	ErrAmbiguous = errors.New("imapconn: the proof is ambiguous: two mailboxes are alike, now or when the job was made")

	errNoAddress = errors.New("imapconn: the candidate has no address, and its login is none")
	errNotStored = errors.New("imapconn: the job's address of this mailbox is not known: Resolve needs the context of a run, and a row with an address")
)
