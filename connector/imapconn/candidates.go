package imapconn

import (
	"context"

	"github.com/readdress-go/readdress/refresh"
)

// candidates are those of the host, each login once and with its password. Where the host names none, the account is taken to be the one that it was,
// if it is still among [Config].Accounts; otherwise nobody logs in under the old name, because that may create an empty mailbox there.
func (c *Connector) candidates(ctx context.Context, stored refresh.Mailbox, known *directory) ([]Candidate, error) {
	given := c.opts.Rename(stored.Primary)
	if len(given) == 0 {
		a, ok, err := known.same(ctx, stored)
		if err != nil || !ok {
			return nil, err
		}
		return []Candidate{a}, nil
	}
	var out []Candidate
	once := make(map[string]bool)
	for _, a := range given {
		if once[a.Login] {
			continue
		}
		once[a.Login] = true
		if a.Password == "" && c.cfg.Auth.Mechanism == Password {
			x, err := known.login(ctx, a.Login)
			if err != nil {
				return nil, err
			}
			a.Password = x.Password
		}
		out = append(out, a)
	}
	return out, nil
}

// directory is Config.Accounts, read when it is needed.
type directory struct {
	c       *Connector
	read    bool
	byLogin map[string]Account
	byFold  map[string]Account // by address
}

func (d *directory) load(ctx context.Context) error {
	if d.read {
		return nil
	}
	d.byLogin, d.byFold = make(map[string]Account), make(map[string]Account)
	for a, err := range d.c.accounts(ctx) {
		if err != nil {
			return accountsError(ctx, err)
		}
		if ctx.Err() != nil {
			break
		}
		if _, again := d.byLogin[a.Login]; !again {
			d.byLogin[a.Login] = a
		}
		if addr := a.address(); addr != "" {
			if _, again := d.byFold[addr.Fold()]; !again {
				d.byFold[addr.Fold()] = a
			}
		}
	}
	if ctx.Err() != nil {
		return failure(ctx, d.c.server, "resolve", nil)
	}
	d.read = true
	return nil
}

// login returns the account with a login, the zero one where there is none.
func (d *directory) login(ctx context.Context, login string) (Account, error) {
	err := d.load(ctx)
	return d.byLogin[login], err
}

// same returns the account of a mailbox that was not renamed: by its login, or by its address where the job holds none.
func (d *directory) same(ctx context.Context, m refresh.Mailbox) (a Account, ok bool, err error) {
	if err := d.load(ctx); err != nil {
		return Account{}, false, err
	}
	if m.Login != "" {
		a, ok = d.byLogin[m.Login]
		return a, ok, nil
	}
	a, ok = d.byFold[m.Primary.Fold()]
	return a, ok, nil
}
