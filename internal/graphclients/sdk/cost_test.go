package sdk_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphclients/sdk"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

const (
	costUsers  = 20_000
	costRounds = 5 // counted, after one that is not
	costTarget = 5 // times less, of CPU and of what is allocated
	serverEnv  = "READDRESS_SDK_COST_SERVER"
)

// TestCost resolves the same users on the same server with graphconn and with msgraph-sdk-go, 1000 in a request, one request after the
// other, with the same $select. The server is a process of its own, so CPU time and allocations are the client's: from the socket
// to values that can be read, with TLS, gzip and garbage collection.
func TestCost(t *testing.T) {
	srv := startServer(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(srv.Cert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()

	ours := srv.connect(t, transport)
	selected := srv.selected(t, transport)
	theirs, err := sdk.New(srv.URL, srv.Token, transport)
	if err != nil {
		t.Fatal(err)
	}
	byOurs := func() (n int) {
		err := ours.Resolve(t.Context(), srv.IDs, func(_ int, l refresh.Lookup) {
			if m, ok := l.Mailbox(); ok && m.Primary != "" && len(m.Aliases) == 1 && m.Login != "" {
				n++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	byTheirs := func() (n int) {
		ids := make([]string, 0, 1000)
		for i, id := range srv.IDs {
			if ids = append(ids, string(id)); len(ids) < 1000 && i < len(srv.IDs)-1 {
				continue
			}
			found, err := theirs.Mailboxes(t.Context(), ids, selected)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range found {
				if len(m.Proxies) == 2 && m.Login != "" {
					n++
				}
			}
			ids = ids[:0]
		}
		return n
	}
	var a, b cost
	for i := range costRounds + 1 {
		x, y := measure(t, byOurs), measure(t, byTheirs)
		if i > 0 {
			a, b = a.plus(x), b.plus(y)
		}
	}
	t.Logf("of each resolved user: graphconn %s", a)
	t.Logf("of each resolved user: msgraph-sdk-go %s", b)
	cpu, bytes, objects := float64(b.cpu)/float64(a.cpu), float64(b.bytes)/float64(a.bytes), float64(b.objects)/float64(a.objects)
	t.Logf("graphconn takes %.1f times less CPU, and allocates %.1f times fewer bytes and %.1f times fewer objects", cpu, bytes, objects)
	if min(cpu, bytes, objects) < costTarget {
		t.Errorf("the target is %d times less of each", costTarget)
	}
}

// cost is what some rounds of costUsers users took.
type cost struct {
	cpu            time.Duration
	bytes, objects uint64
	users          int
}

func (c cost) plus(d cost) cost {
	return cost{c.cpu + d.cpu, c.bytes + d.bytes, c.objects + d.objects, c.users + d.users}
}

func (c cost) String() string {
	n := float64(c.users)
	return fmt.Sprintf("%.1f µs of CPU, %.0f bytes, %.1f objects", float64(c.cpu.Nanoseconds())/1000/n, float64(c.bytes)/n, float64(c.objects)/n)
}

func measure(t *testing.T, resolve func() int) cost {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cpu := cpuTime(t)
	n := resolve()
	cpu = cpuTime(t) - cpu
	runtime.ReadMemStats(&after)
	if n != costUsers {
		t.Fatalf("%d users resolved: want %d", n, costUsers)
	}
	return cost{cpu, after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs, n}
}

// cpuTime is the user and system time of this process.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// server is a graphtest in another process.
type server struct {
	URL, Token string
	Cert       []byte
	IDs        []refresh.ID
}

// connect connects graphconn.
func (s *server) connect(t *testing.T, transport http.RoundTripper) *graphconn.Connector {
	t.Helper()
	c, err := graphconn.New(graphconn.Config{
		Cloud:      graphconn.Cloud{Name: "Test", Root: s.URL},
		Token:      func(context.Context) (string, error) { return s.Token, nil },
		HTTPClient: &http.Client{Transport: transport},
	}, &graphconn.Options{InFlight: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// selected is what graphconn selects when it resolves, as it is on the wire.
func (s *server) selected(t *testing.T, transport http.RoundTripper) string {
	t.Helper()
	n := &noting{base: transport}
	if err := s.connect(t, n).Resolve(t.Context(), s.IDs[:1], func(int, refresh.Lookup) {}); err != nil || n.selected == "" {
		t.Fatalf("graphconn selects %q: %v", n.selected, err)
	}
	return n.selected
}

// noting notes what is selected of getByIds.
type noting struct {
	base     http.RoundTripper
	selected string
}

func (n *noting) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/getByIds") {
		n.selected = r.URL.Query().Get("$select")
	}
	return n.base.RoundTrip(r)
}

// startServer starts this test binary again, as a server that ends with its standard input.
func startServer(t *testing.T) (s server) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), serverEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // t.Context is done, so it was killed
	})
	if err := json.NewDecoder(out).Decode(&s); err != nil {
		t.Fatal(errors.Join(err, errors.New("the server did not start")))
	}
	return s
}

// TestMain is the tests, or the server of TestCost.
func TestMain(m *testing.M) {
	if os.Getenv(serverEnv) == "" {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	s, err := graphtest.OpenTCP(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	out := server{URL: s.URL(), Token: s.Token(graphtest.DirectoryReadAll, graphtest.UserReadAll), Cert: s.CertPEM()}
	for _, id := range s.PutAll(graphtest.People(costUsers, "contoso.example")) {
		out.IDs = append(out.IDs, refresh.ID(id))
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
