package memconn_test

import (
	"context"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// A domain is switched, and the job follows.
func Example_refresh() {
	ad := memconn.New("contoso", nil)
	anna := ad.Put(refresh.Mailbox{Primary: "anna@old.example"})
	job := refresh.NewJob("contoso to fabrikam")
	job.Matches = []refresh.Match{{Key: "1", Source: anna, SourceOrigin: refresh.Bound}}

	ad.SwitchDomain("old.example", "new.example", memconn.DropOld)
	res, err := refresh.Refresh(context.Background(), job, refresh.Sides{Source: ad.Connect(nil)}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Rows[0].Outcome)
	job, err = job.Apply(res)
	fmt.Println(job.Matches[0].Source.Primary, err)
	// Output:
	// refreshed
	// anna@new.example <nil>
}

// What a connector answers follows what happened to the mailbox.
func Example() {
	ad := memconn.New("contoso", nil)
	anna := ad.Put(refresh.Mailbox{Primary: "anna@old.example"})
	bert := ad.Put(refresh.Mailbox{Primary: "bert@old.example"})

	ad.SwitchDomain("old.example", "new.example", memconn.DropOld)
	ad.Delete(bert.ID, time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), time.Time{})

	ids := []refresh.ID{anna.ID, bert.ID}
	err := ad.Connect(nil).Resolve(context.Background(), ids, func(i int, l refresh.Lookup) {
		if m, ok := l.Mailbox(); ok {
			fmt.Println("found", m.Primary)
		}
		if a, ok := l.Absence(); ok {
			fmt.Println(a.Reason, "on", a.DeletedAt.Format(time.DateOnly), "by", a.Proof)
		}
	})
	fmt.Println(err)
	// Output:
	// found anna@new.example
	// soft-deleted on 2026-05-01 by tombstone
	// <nil>
}

// A call that breaks off leaves IDs without an answer. That is never an absence.
func ExampleFaults() {
	ad := memconn.New("contoso", nil)
	anna := ad.Put(refresh.Mailbox{Primary: "anna@example.com"})
	bert := ad.Put(refresh.Mailbox{Primary: "bert@example.com"})
	conn := ad.Connect(&memconn.ConnOptions{Faults: memconn.Faults{
		Breaks: []memconn.Break{{Call: 1, After: 1, Err: fmt.Errorf("connection reset")}},
	}})

	answers := make([]refresh.Lookup, 2)
	err := conn.Resolve(context.Background(), []refresh.ID{anna.ID, bert.ID}, func(i int, l refresh.Lookup) { answers[i] = l })
	fmt.Println(err)
	fmt.Println(answers[0].Err())
	fmt.Println(answers[1].Err())
	// Output:
	// memconn: resolve: connection reset
	// <nil>
	// no answer
}

// A replica that lags shows what was. The connector confirms at another one.
func ExampleSystem_Lag() {
	ad := memconn.New("contoso", &memconn.Options{Replicas: []string{"dc1", "dc2"}})
	anna := ad.Put(refresh.Mailbox{Primary: "anna@old.example"})
	ad.Lag("dc1")
	ad.Rename(anna.ID, "anna@new.example", memconn.KeepOld)

	conn, ctx, ids := ad.Connect(nil), context.Background(), []refresh.ID{anna.ID}
	show := func(_ int, l refresh.Lookup) {
		m, _ := l.Mailbox()
		fmt.Println(l.Replica(), m.Primary, m.Aliases)
	}
	_ = conn.Resolve(ctx, ids, show)
	_ = conn.Confirm(ctx, ids, show)
	ad.Sync("dc1")
	_ = conn.Resolve(ctx, ids, show)
	// Output:
	// dc1 anna@old.example []
	// dc2 anna@new.example [anna@old.example]
	// dc1 anna@new.example [anna@old.example]
}

// A cursor names what changed since, whatever happened.
func ExampleConnector_Changes() {
	ad := memconn.New("contoso", &memconn.Options{Pin: "contoso-pin", Tracking: true})
	anna := ad.Put(refresh.Mailbox{ID: "anna", Primary: "anna@example.com"})
	bert := ad.Put(refresh.Mailbox{ID: "bert", Primary: "bert@example.com"})
	ad.Put(refresh.Mailbox{ID: "cleo", Primary: "cleo@example.com"})
	conn, ctx := ad.Connect(&memconn.ConnOptions{Reporting: memconn.Reporting{PageSize: 1}}), context.Background()

	mark, err := conn.Mark(ctx)
	fmt.Println(mark.Token, err)
	ad.Purge(bert.ID)
	ad.Rename(anna.ID, "anna@new.example", memconn.KeepOld)
	for more := true; more; {
		page, err := conn.Changes(ctx, mark)
		fmt.Println(page.IDs, page.Next.Token, page.More, err)
		mark, more = page.Next, page.More
	}

	ad.ForgetChanges()
	_, err = conn.Changes(ctx, mark)
	fmt.Println(err)
	// Output:
	// contoso-pin/main/0/3 <nil>
	// [bert] contoso-pin/main/0/4 true <nil>
	// [anna] contoso-pin/main/0/5 false <nil>
	// memconn: changes: cursor expired
}

// A connection without Resolve imitates IMAP, and says what to do instead.
func ExampleConnOptions() {
	imap := memconn.New("mail.example", &memconn.Options{System: "IMAP"}).Connect(&memconn.ConnOptions{
		Without: refresh.CanResolve | refresh.CanConfirm | refresh.CanInspect,
		Reason:  "IMAP gives mailboxes no identity",
		Remedy:  "create a new job",
	})
	_, ok := refresh.As[refresh.Resolver](imap)
	fmt.Println(ok, imap.Info().Can)
	fmt.Println(imap.Explain(refresh.CanResolve))
	// Output:
	// false find+list
	// IMAP gives mailboxes no identity create a new job
}
