package imapconn

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/emersion/go-imap/v2"
)

// Probe is what a migration needs to know of an account before it starts.
type Probe struct {
	Account string // the login
	State   ProbeState
	Inbox   bool // there is one
	// Folders, Messages and Size are of all folders of the user's own, in bytes. Size is -1 where the server does not say (no STATUS=SIZE).
	Folders  int
	Messages uint32
	Size     int64
	// UIDValidity and UIDNext are those of INBOX.
	UIDValidity, UIDNext uint32
	// ServerID is what the server says of itself (RFC 2971), such as "name" and "version"; nil where it does not.
	ServerID map[string]string
	// Err is why State is not Works. It holds no login.
	Err error
}

// ProbeState is what became of an account's login. The zero value is none.
type ProbeState uint8

// The states.
const (
	Unprobed    ProbeState = iota
	Works                  // logged in, and its folders were read
	Rejected               // the server answered, and rejected the login
	Unavailable            // the server answered, and cannot serve this account now
	Down                   // no answer: the server was not reached, was too slow, broke the connection or the protocol
	Unfit                  // nothing was sent: the account has no login or password, or one that cannot be sent
)

// String returns the state's word, such as "works".
func (s ProbeState) String() string {
	if words := [...]string{"unprobed", "works", "rejected", "unavailable", "down", "unfit"}; int(s) < len(words) {
		return words[s]
	}
	return fmt.Sprintf("ProbeState(%d)", uint8(s))
}

// Probe logs in to each of [Config].Accounts, several at a time, and yields what it finds in the order of the accounts. A rejected login and a
// server that is down are states, not errors: the sequence ends with an error only when [Config].Accounts or ctx does. Nothing is
// written, but a server may create an INBOX at a first login.
func (c *Connector) Probe(ctx context.Context) iter.Seq2[Probe, error] {
	return func(yield func(Probe, error) bool) {
		defer c.begin()()
		try := &trial{c: c}
		probe := func(ctx context.Context, a Account) Probe { return c.probe(ctx, a, try) }
		for p, err := range inOrder(ctx, c.opts.InFlight, c.accounts(ctx), probe) {
			switch {
			case err != nil && ctx.Err() != nil:
				yield(Probe{}, failure(ctx, c.server, "probe", nil))
				return
			case err != nil:
				yield(Probe{}, accountsError(ctx, err))
				return
			}
			p.Err = c.reconsider(p.Err)
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (c *Connector) probe(ctx context.Context, a Account, try *trial) Probe {
	p := Probe{Account: a.Login, Size: -1}
	if err := try.run(func() error { return c.examineAll(ctx, a, &p) }); err != nil {
		p.State, p.Err = stateOf(err), err
		return p
	}
	p.State = Works
	return p
}

// stateOf sorts an error.
func stateOf(err error) ProbeState {
	switch {
	case errors.Is(err, ErrRejected), errors.Is(err, errMaster):
		return Rejected
	case errors.Is(err, ErrUnavailable), errors.Is(err, errRefused), errors.Is(err, errFolders):
		return Unavailable
	case !lost(err) && !errors.Is(err, errIncomplete):
		return Unfit
	}
	return Down
}

func (c *Connector) examineAll(ctx context.Context, a Account, p *Probe) error {
	s, err := c.open(ctx, a)
	if err != nil {
		return err
	}
	defer s.close()
	if p.ServerID, err = s.id(ctx); err != nil {
		return err
	}
	st, err := s.folders(ctx)
	if err != nil {
		return err
	}
	p.Folders, p.Messages, p.Size = len(st.folders), uint32(min(st.messages, math.MaxUint32)), st.sizes
	if st.inbox != nil {
		p.Inbox, p.UIDValidity, p.UIDNext = true, st.inbox.UIDValidity, st.inbox.UIDNext
	}
	return nil
}

// longestWord bounds what is kept of a server's ID.
const longestWord = 1 << 10

// id asks the server what it is. It tells nothing of us.
func (s *session) id(ctx context.Context) (map[string]string, error) {
	if !s.caps.Has(imap.CapID) {
		return nil, nil
	}
	var d *imap.IDData
	err := s.do(ctx, "ID", func() (err error) {
		d, err = s.client.ID(nil).Wait()
		return err
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Err == errRefused {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, x := range []struct{ key, value string }{
		{"name", d.Name}, {"version", d.Version}, {"os", d.OS}, {"os-version", d.OSVersion}, {"vendor", d.Vendor}, {"support-url", d.SupportURL},
	} {
		if x.value != "" {
			out[x.key] = x.value[:min(len(x.value), longestWord)]
		}
	}
	return out, nil
}
