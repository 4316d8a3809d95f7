package imapconn

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// Account is one account of a server. Printing or logging an Account, or writing it as JSON, leaves the password out. Where an Account is an unexported
// field of another struct, package fmt does not ask it how to print: hold a pointer there.
type Account struct {
	Login string
	// Password is the account's own; empty where a master user or a token logs in.
	Password string `json:"-"`
	// Address is the account's address; empty means the login, where that is an address.
	Address     refresh.Address
	DisplayName string
}

// String describes the account without the password.
func (a Account) String() string {
	password := "none"
	if a.Password != "" {
		password = "(hidden)"
	}
	return fmt.Sprintf("{Login:%s Password:%s Address:%s DisplayName:%s}", a.Login, password, a.Address, a.DisplayName)
}

// Format writes [Account.String] for every verb.
func (a Account) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, a.String()) }

// LogValue is [Account.String].
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

// address is the account's address, empty where it has none that is known.
func (a Account) address() refresh.Address {
	if login := refresh.Address(a.Login); a.Address == "" && login.Check() == nil {
		return login
	}
	return a.Address
}

// ReadAccounts reads accounts from CSV (RFC 4180) in UTF-8. The first line names the columns login, password, address and displayname, in
// any order; all have to be there and no others. Only the login must have a value, and each login is there once. Spaces count.
// An error names the line, counted from 1, and holds nothing of what is in it.
func ReadAccounts(r io.Reader) ([]Account, error) {
	var out []Account
	lines := make(map[string]int) // by login
	err := readTable(r, columns{must: []string{"login", "password", "address", "displayname"}}, func(line int, row record) error {
		a, err := row.account("login")
		if err != nil {
			return err
		}
		if first := lines[a.Login]; first != 0 {
			return fmt.Errorf("the login is the one of line %d again", first)
		}
		lines[a.Login] = line
		out = append(out, a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("imapconn: reading accounts: %w", err)
	}
	return out, nil
}

// account reads an account whose login is in the named column.
func (row record) account(login string) (Account, error) {
	a := Account{
		Login: row.get(login), Password: row.get("password"),
		Address: refresh.Address(row.get("address")), DisplayName: row.get("displayname"),
	}
	if err := checkName("the "+login, a.Login); err != nil {
		return Account{}, err
	}
	if a.Address != "" {
		if err := a.Address.Check(); err != nil {
			return Account{}, err // without the address
		}
	}
	return a, nil
}

// ListOf is a [Config].Accounts of accounts that are known already. It may be called by several goroutines at a time.
func ListOf(accounts ...Account) func(context.Context) iter.Seq2[Account, error] {
	accounts = slices.Clone(accounts)
	return func(ctx context.Context) iter.Seq2[Account, error] {
		return func(yield func(Account, error) bool) {
			for _, a := range accounts {
				if ctx.Err() != nil {
					yield(Account{}, context.Cause(ctx))
					return
				}
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}
