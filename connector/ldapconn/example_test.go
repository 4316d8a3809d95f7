package ldapconn_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// A forest of two domains. The second domain controller answers when the first one fails, and confirms what the first one does not
// have; the global catalog shows the other domain.
func ExampleOpen() {
	dir, err := ldaptest.Start(ldaptest.Config{Domains: []ldaptest.Domain{
		{Name: "corp.example", Controllers: 2, People: ldaptest.People(5, "corp.example")[:3]},
		{Name: "lab.corp.example", People: ldaptest.People(5, "lab.corp.example")[3:]},
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Stop()

	ctx := context.Background()
	c, err := ldapconn.Open(ctx, ldapconn.Config{
		Server:   dir.DCs[0].TLSAddr, // dc1.corp.example
		Replicas: []string{dir.DCs[1].TLSAddr},
		Catalogs: []string{dir.DCs[0].CatalogTLSAddr, dir.DCs[1].CatalogTLSAddr}, // dc1.corp.example:3269
		TLS:      &tls.Config{RootCAs: dir.Roots},
		User:     dir.UPN(ldaptest.Reader), // reader@corp.example
		Password: ldaptest.Password,
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	job := refresh.NewJob("pilot")
	for _, id := range dir.IDs() {
		job.Matches = append(job.Matches, refresh.Match{Key: id, SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: refresh.ID(id)}})
	}
	res, err := refresh.Refresh(ctx, job, refresh.Sides{Source: c}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range res.Rows {
		fmt.Println(row.Outcome, row.After.Primary)
	}
	// Output:
	// refreshed user000000@corp.example
	// refreshed user000001@corp.example
	// refreshed user000002@corp.example
	// refreshed user000003@lab.corp.example
	// refreshed user000004@lab.corp.example
}
