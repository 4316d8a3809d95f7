package imapconn

import (
	"context"
	"errors"
	"iter"

	"github.com/readdress-go/readdress/refresh"
)

// AttrWitness is the name of the attribute of an [refresh.Entry] that says why it has no ID.
const AttrWitness = "witness"

// List logs in to each of [Config].Accounts and lists it with its witness as ID, several accounts at a time, in the order of the accounts.
//
// An account without a witness is listed, too, so that it is not lost, with an empty ID, and Attrs["witness"] says why in a few words: "empty
// mailbox or too few messages", "login rejected", "not available", "unreadable" (the server's answer is incomplete), "refused", or "as another account" where another one before it in the list has the very same: it may be a second login of
// one mailbox, or a copy.
//
// A server that is not there, or breaks the connection, ends the list with an error, and so does a rejected master user
// ([refresh.ErrCredentials]).
func (c *Connector) List(ctx context.Context) iter.Seq2[refresh.Entry, error] {
	return func(yield func(refresh.Entry, error) bool) {
		defer c.begin()()
		once := make(map[refresh.ID]bool)
		try := &trial{c: c}
		mint := func(ctx context.Context, a Account) (r minting) {
			r.account, r.err = a, try.run(func() (err error) { r.witness, err = c.mint(ctx, a); return err })
			return r
		}
		for r, err := range inOrder(ctx, c.opts.InFlight, c.accounts(ctx), mint) {
			switch {
			case err != nil && ctx.Err() != nil:
				yield(refresh.Entry{}, failure(ctx, c.server, "list", nil))
				return
			case err != nil:
				yield(refresh.Entry{}, accountsError(ctx, err))
				return
			}
			r.err = c.reconsider(r.err)
			if lost(r.err) {
				yield(refresh.Entry{}, r.err)
				return
			}
			e := r.entry()
			if e.ID != "" && once[e.ID] {
				e.ID, e.Attrs = "", map[string][]string{AttrWitness: {"as another account"}}
			}
			once[e.ID] = true
			if !yield(e, nil) {
				return
			}
		}
	}
}

// minting is an account with its witness, or why there is none.
type minting struct {
	account Account
	witness Witness
	err     error
}

// entry is the account as it is listed.
func (m minting) entry() refresh.Entry {
	e := refresh.Entry{Mailbox: refresh.Mailbox{Login: m.account.Login, DisplayName: m.account.DisplayName, Primary: m.account.address()}}
	if m.err == nil {
		e.ID = m.witness.ID()
		return e
	}
	why := "refused"
	switch {
	case errors.Is(m.err, ErrNoWitness):
		why = "empty mailbox or too few messages"
	case errors.Is(m.err, ErrRejected):
		why = "login rejected"
	case errors.Is(m.err, ErrUnavailable):
		why = "not available"
	case errors.Is(m.err, errIncomplete), errors.Is(m.err, errChanged), errors.Is(m.err, errImpossible):
		why = "unreadable"
	}
	e.Attrs = map[string][]string{AttrWitness: {why}}
	return e
}
