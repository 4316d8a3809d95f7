package imapconn

import (
	"context"
	"errors"
	"fmt"
)

// Witness logs in to an account and mints the witness of its mailbox. It wraps [ErrNoWitness] where the mailbox is empty, has too few
// messages, or no INBOX.
func (c *Connector) Witness(ctx context.Context, a Account) (Witness, error) {
	if a.Password == "" && c.cfg.Auth.Mechanism == Password {
		var err error
		if a, err = c.withPassword(ctx, a); err != nil {
			return Witness{}, err
		}
	}
	w, err := c.mint(ctx, a)
	return w, c.reconsider(err)
}

// mint takes a new sample of an account.
func (c *Connector) mint(ctx context.Context, a Account) (Witness, error) {
	s, err := c.open(ctx, a)
	if err != nil {
		return Witness{}, err
	}
	defer s.close()
	st, err := s.folders(ctx)
	if err != nil {
		return Witness{}, err
	}
	if st.inbox == nil {
		return Witness{}, fmt.Errorf("%w: %w", ErrNoWitness, errNoInbox)
	}
	sample, err := s.sample(ctx, st.folders)
	if err != nil {
		return Witness{}, err
	}
	w, err := Mint(sample)
	if err != nil && !errors.Is(err, ErrNoWitness) {
		err = &Error{Op: "FETCH", Server: c.server, Err: errImpossible}
	}
	return w, err
}

// withPassword looks an account's password up in Config.Accounts.
func (c *Connector) withPassword(ctx context.Context, a Account) (Account, error) {
	for x, err := range c.accounts(ctx) {
		switch {
		case err != nil:
			return a, accountsError(ctx, err)
		case ctx.Err() != nil:
			return a, failure(ctx, c.server, "accounts", nil)
		case x.Login == a.Login:
			a.Password = x.Password
			return a, nil
		}
	}
	return a, nil // open says that there is none
}

// accountsError is an error of Config.Accounts. Its text is not repeated: it may hold a line with a password.
func accountsError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("imapconn: accounts: %w", context.Cause(ctx))
	}
	return fmt.Errorf("imapconn: accounts: %w", &hiddenError{"Config.Accounts failed", err})
}

// lost reports whether an error means that the server was not there or broke, rather than that it answered about an account.
func lost(err error) bool {
	switch {
	case err == nil, errors.Is(err, ErrRejected), errors.Is(err, ErrUnavailable), errors.Is(err, ErrNoWitness):
		return false
	}
	e, ok := errors.AsType[*Error](err)
	return !ok || !accountsOwn(e.Err)
}

// accountsOwn reports whether a cause lies with one account.
func accountsOwn(err error) bool {
	for _, own := range []error{errRefused, errNoLogin, errBadLogin, errNoPassword, errSeparator, errBadToken, errFolders, errIncomplete, errChanged, errImpossible} {
		if errors.Is(err, own) {
			return true
		}
	}
	e, ok := errors.AsType[*hiddenError](err)
	return ok && e.text == tokenFailed
}
