package readdress_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// The functions below are the code in README.md; TestReadmeCode holds both equal.

// refreshSource brings the source addresses of a stored job up to date and shows what happened.
func refreshSource(ctx context.Context, w io.Writer, job refresh.Job, source refresh.Connector) (refresh.Job, error) {
	plan, err := refresh.Refresh(ctx, job, refresh.Sides{Source: source}, nil)
	if err != nil {
		return job, err // it could not run, and nothing is written
	}
	if err := report.Text(w, plan, nil); err != nil { // the preview
		return job, err
	}
	job, err = job.Apply(plan) // all rows or none; job.Revert(plan) undoes it
	if err != nil {
		return job, err
	}
	for match, next := range plan.Rescan(job) {
		if next.State == refresh.Blocked {
			fmt.Fprintf(w, "leave row %s out of the next delta migration: %v\n", match.Key, next.Why)
		}
	}
	return job, nil
}

// openSource connects to a directory over LDAPS; which kind of server it is, it finds out itself.
func openSource(ctx context.Context, password string) (*ldapconn.Connector, error) {
	return ldapconn.Open(ctx, ldapconn.Config{Server: "dc1.corp.example", User: `CORP\migration`, Password: password}, nil)
}

// writeReports keeps a result, and renders it for the change board and for a spreadsheet.
func writeReports(r *refresh.Result, kept, page, sheet io.Writer) error {
	return errors.Join(
		r.Write(kept), // refresh.ReadResult reads it
		report.HTML(page, r, nil),
		report.CSV(sheet, r, &report.Options{CSV: report.CSVOptions{Comma: ';', BOM: true}}), // as Excel wants it in most of Europe
	)
}

// pairUp proposes pairs, and prints what a person has to decide.
func pairUp(ctx context.Context, w io.Writer, source, target refresh.Lister) (*match.Pairing, error) {
	p, err := match.Pair(source.List(ctx), target.List(ctx), match.Default(), nil)
	if err != nil {
		return nil, err
	}
	for d := range p.Sources() {
		if d.Status != match.Matched {
			fmt.Fprintf(w, "%s is %s: %s\n", d.Entry.ID, d.Status, d.Reason)
		}
	}
	return p, nil
}

// The reports of README.md: what is kept can be rendered again.
func Example_reports() {
	corp := memconn.New("corp", nil)
	anna := corp.Put(refresh.Mailbox{DisplayName: "Anna Berg", Primary: "anna@old.example"})
	job := refresh.NewJob("Corp to cloud")
	job.Matches = []refresh.Match{{Key: "1", Source: anna, SourceOrigin: refresh.Bound}}
	corp.SwitchDomain("old.example", "new.example", memconn.DropOld)
	plan, err := refresh.Refresh(context.Background(), job, refresh.Sides{Source: corp.Connect(nil)}, nil)
	if err != nil {
		log.Fatal(err)
	}
	var kept, page, sheet bytes.Buffer
	if err := writeReports(plan, &kept, &page, &sheet); err != nil {
		log.Fatal(err)
	}
	again, err := refresh.ReadResult(&kept)
	if err != nil {
		log.Fatal(err)
	}
	for record, err := range report.ReadCSV(&sheet) {
		fmt.Println(record.Key, record.Outcome, record.PrimaryBefore, record.PrimaryAfter, err)
	}
	fmt.Println(again.Run.JobDigest == job.Digest())
	// Output:
	// 1 refreshed anna@old.example anna@new.example <nil>
	// true
}

var _ = openSource // needs a server, so it is compiled only

// The code of README.md on a mail system in memory: anna moves along, bert is marked missing.
func Example() {
	corp := memconn.New("corp", &memconn.Options{System: "Active Directory"})
	anna := corp.Put(refresh.Mailbox{DisplayName: "Anna Berg", Primary: "anna@old.example"})
	bert := corp.Put(refresh.Mailbox{DisplayName: "Bert Dahl", Primary: "bert@old.example"})
	job := refresh.NewJob("Corp to cloud")
	job.Matches = []refresh.Match{
		{Key: "1", Source: anna, SourceOrigin: refresh.Bound},
		{Key: "2", Source: bert, SourceOrigin: refresh.Bound},
	}
	corp.SwitchDomain("old.example", "new.example", memconn.DropOld)
	corp.Erase(bert.ID)

	job, err := refreshSource(context.Background(), io.Discard, job, corp.Connect(nil))
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range job.Matches {
		fmt.Println(m.Key, m.Source.Primary, m.SourceMark != nil)
	}
	// Output:
	// 1 anna@new.example false
	// 2 bert@old.example true
}

// The pairs of two systems: what is unique on both sides is matched, and the rest explained.
func Example_pairs() {
	corp, cloud := memconn.New("corp", nil), memconn.New("cloud", nil)
	corp.Put(refresh.Mailbox{ID: "anna", Primary: "anna@old.example"})
	corp.Put(refresh.Mailbox{ID: "bert", Primary: "bert@old.example"})
	cloud.Put(refresh.Mailbox{ID: "a", Primary: "anna.berg@new.example", Aliases: []refresh.Address{"anna@old.example"}})
	p, err := pairUp(context.Background(), os.Stdout, corp.Connect(nil), cloud.Connect(nil))
	if err != nil {
		log.Fatal(err)
	}
	for source, target := range p.Pairs() {
		fmt.Println(source.ID, "and", target.ID)
	}
	// Output:
	// bert is no-candidate: no rule finds anybody
	// anna and a
}
