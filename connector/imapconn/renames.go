package imapconn

import (
	"fmt"
	"io"
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// Candidate is an account in which a mailbox may be now. Without a password it is the one that [Config].Accounts has for the login, or a master
// user logs in.
type Candidate = Account

// ReadRenames reads which login may have become which from CSV (RFC 4180) in UTF-8, for [Options].Rename. The first line names the columns: old and
// new have to be there, password, address and displayname (those of the new login) may be, in any order, and no others. Old is the
// former address; its spelling does not matter, as with [refresh.Address.Fold]. Several lines with one old address are several candidates, in this order.
// An error names the line, counted from 1, and holds nothing of what is in it.
//
// The function may be called by several goroutines at a time. It has no candidate for an address that is not there.
func ReadRenames(r io.Reader) (func(old refresh.Address) []Candidate, error) {
	type pair struct{ old, login string }
	lines := make(map[pair]int)
	plan := make(map[string][]Candidate) // by folded old address
	head := columns{must: []string{"old", "new"}, may: []string{"password", "address", "displayname"}}
	err := readTable(r, head, func(line int, row record) error {
		if err := checkName("the old", row.get("old")); err != nil {
			return err
		}
		c, err := row.account("new")
		if err != nil {
			return err
		}
		key := pair{refresh.Address(row.get("old")).Fold(), c.Login}
		if first := lines[key]; first != 0 {
			return fmt.Errorf("old and new are those of line %d again", first)
		}
		lines[key] = line
		plan[key.old] = append(plan[key.old], c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("imapconn: reading renames: %w", err)
	}
	return func(old refresh.Address) []Candidate { return slices.Clone(plan[old.Fold()]) }, nil
}
