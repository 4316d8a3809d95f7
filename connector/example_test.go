package connector_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// lookUp asks a connector for two mailboxes and prints the answers.
func lookUp(c refresh.Connector, ids ...refresh.ID) {
	r, _ := refresh.As[refresh.Resolver](c)
	err := r.Resolve(context.Background(), ids, func(i int, l refresh.Lookup) {
		if m, ok := l.Mailbox(); ok {
			fmt.Println(i, m.Primary)
		}
	})
	fmt.Println("error:", err)
}

// A trace of every call, whatever the connector can.
func ExampleIntercept() {
	sys := memconn.New("contoso", nil)
	anna := sys.Put(refresh.Mailbox{Primary: "anna@contoso.example"})

	traced := connector.Intercept(sys.Connect(nil), func(ctx context.Context, call connector.Call, do func(context.Context) error) error {
		fmt.Println("begin", call.System, call.Method, call.N)
		err := do(ctx)
		fmt.Println("end", call.Method, err)
		return err
	})
	lookUp(traced, anna.ID)
	// Output:
	// begin contoso Resolve 1
	// 0 anna@contoso.example
	// end Resolve <nil>
	// error: <nil>
}

// The first call breaks off after one answer. Retry asks for the rest.
func ExampleRetry() {
	sys := memconn.New("contoso", nil)
	anna := sys.Put(refresh.Mailbox{Primary: "anna@contoso.example"})
	bert := sys.Put(refresh.Mailbox{Primary: "bert@contoso.example"})
	conn := sys.Connect(&memconn.ConnOptions{Faults: memconn.Faults{
		Breaks: []memconn.Break{{Call: 1, After: 1, Err: errors.New("connection reset")}},
	}})

	lookUp(connector.Retry(conn, &connector.RetryOptions{Pause: time.Millisecond}), anna.ID, bert.ID)
	fmt.Println("asked:", conn.Calls().Asked)
	// Output:
	// 0 anna@contoso.example
	// 1 bert@contoso.example
	// error: <nil>
	// asked: 3
}

// A server that allows four requests at a time. The pauses of Retry are outside of the limit.
func ExampleLimit() {
	sys := memconn.New("contoso", nil)
	anna := sys.Put(refresh.Mailbox{Primary: "anna@contoso.example"})

	lookUp(connector.Retry(connector.Limit(sys.Connect(nil), 4), nil), anna.ID)
	// Output:
	// 0 anna@contoso.example
	// error: <nil>
}
