package imapconn_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// The source is on IMAP, which knows no identities, and the target in Microsoft 365. The source is refused before any traffic; the target is
// refreshed alone. A memory system stands for Microsoft 365 here.
func Example_targetAlone() {
	tenant := memconn.New("contoso", nil)
	anna := tenant.Put(refresh.Mailbox{Primary: "anna@old.example"})
	job := refresh.NewJob("from IMAP to Microsoft 365")
	job.Matches = []refresh.Match{{
		Key: "1", Source: refresh.Mailbox{Primary: "anna@imap.example"}, SourceOrigin: refresh.Manual, Target: anna, TargetOrigin: refresh.Bound,
	}}
	source, err := imapconn.New(imapconn.Config{Server: "mail.imap.example"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	tenant.SwitchDomain("old.example", "new.example", memconn.DropOld)

	_, err = refresh.Refresh(context.Background(), job, refresh.Sides{Source: source, Target: tenant.Connect(nil)}, nil)
	if refused, ok := errors.AsType[*refresh.UnsupportedError](err); ok {
		fmt.Println("refused:", refused.Side)
	}
	res, err := refresh.Refresh(context.Background(), job, refresh.Sides{Target: tenant.Connect(nil)}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Rows[0].Side, res.Rows[0].Outcome, res.Rows[0].After.Primary)
	// Output:
	// refused: source
	// target refreshed anna@new.example
}

// What each account holds, before a migration starts.
func ExampleConnector_Probe() {
	file, err := os.Open("accounts.csv") // login,password,address,displayname
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	accounts, err := imapconn.ReadAccounts(file)
	if err != nil {
		log.Fatal(err)
	}
	c, err := imapconn.New(imapconn.Config{Server: "mail.example.org", Accounts: imapconn.ListOf(accounts...)}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for p, err := range c.Probe(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.Account, p.State, p.Messages)
	}
}

// A job remembers by its witness which mailbox a row means, so that the mailbox is found again under another login.
func ExampleConnector_Resolve() {
	ctx := context.Background()
	master := imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: "migrator", MasterPassword: os.Getenv("MASTER_PASSWORD")}
	cfg := imapconn.Config{
		Server: "mail.example.org", Auth: master, Accounts: imapconn.ListOf(imapconn.Account{Login: "anna@old.example"}),
	}
	before, err := imapconn.New(cfg, nil)
	if err != nil {
		log.Fatal(err)
	}
	job := refresh.NewJob("from IMAP to Microsoft 365")
	for e, err := range before.List(ctx) { // when the job is made
		if err != nil {
			log.Fatal(err)
		}
		row := refresh.Match{Key: fmt.Sprint(len(job.Matches) + 1), Source: e.Mailbox, SourceOrigin: refresh.Bound}
		if e.ID == "" { // an empty mailbox has no witness
			row.SourceOrigin = refresh.Manual
		}
		job.Matches = append(job.Matches, row)
	}

	rename := func(old refresh.Address) []imapconn.Candidate { // after the switch; or ReadRenames
		local, _ := old.Split()
		return []imapconn.Candidate{{Login: local + "@new.example"}}
	}
	after, err := imapconn.New(cfg, &imapconn.Options{Rename: rename})
	if err != nil {
		log.Fatal(err)
	}
	res, err := refresh.Refresh(ctx, job, refresh.Sides{Source: after}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range res.Rows {
		fmt.Println(row.Key, row.Outcome, row.Failure)
	}
}
