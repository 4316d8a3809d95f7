package ldapconn_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// peakLimit is what a client may occupy, whatever a server answers.
const peakLimit = 64 << 20

// call is what the child process is to do.
type call struct {
	Server, User, Password string
	Do                     string // Open, Inspect, Resolve, List or Find
	How                    string // StartTLS or SASL, in the way
	IDs                    []refresh.ID
	To                     string // the file for what came of it
}

// ran is what came of a call.
type ran struct {
	Err      string
	Found    int
	Absent   int // must not be
	Took     time.Duration
	Objects  uint64 // the most at a time: heap objects and stacks
	Mapped   uint64 // the most at a time: memory of the Go runtime that was not given back
	Resident uint64 // the most at a time, of the process; 0 where it is not known
}

const callVar = "READDRESS_TEST_MEMORY_CALL"

// run runs a call in a process of its own, so that nothing else counts.
func (c call) run(t *testing.T) ran {
	t.Helper()
	c.To = filepath.Join(t.TempDir(), "ran.json")
	spec, err := json.Marshal(c)
	must(t, err)
	exe, err := os.Executable()
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, "-test.run=^TestMemoryChild$")
	cmd.Env = append(os.Environ(), callVar+"="+string(spec))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(c.To)
	must(t, err)
	var o ran
	must(t, json.Unmarshal(b, &o))
	return o
}

// TestMemoryChild is the other process.
func TestMemoryChild(t *testing.T) {
	spec := os.Getenv(callVar)
	if spec == "" {
		t.Skip("it is run by the tests of memory")
	}
	var c call
	must(t, json.Unmarshal([]byte(spec), &c))
	var o ran
	stop := o.watch()
	start := time.Now()
	err := c.do(t.Context(), &o)
	o.Took = time.Since(start)
	stop()
	if o.Err == "" && err != nil {
		o.Err = err.Error()
	}
	b, err := json.Marshal(o)
	must(t, err)
	must(t, os.WriteFile(c.To, b, 0o600))
}

func (c call) do(ctx context.Context, o *ran) error {
	cfg, opts := ldapconn.Config{Server: c.Server, User: c.User, Password: c.Password}, &ldapconn.Options{InsecureClearText: true, Timeout: 20 * time.Second}
	switch c.How {
	case "StartTLS":
		cfg.Security, opts.InsecureClearText = ldapconn.StartTLS, false
	case "SASL":
		cfg.User, cfg.Password, cfg.SASL = "", "", func(context.Context, string, *tls.ConnectionState) (ldapconn.Mechanism, error) { return talker{}, nil }
	}
	conn, err := ldapconn.Open(ctx, cfg, opts)
	if err != nil {
		return err
	}
	defer conn.Close()
	switch c.Do {
	case "Inspect":
		_, err = conn.Inspect(ctx)
	case "Resolve":
		err = conn.Resolve(ctx, c.IDs, func(_ int, l refresh.Lookup) {
			switch _, absent := l.Absence(); {
			case absent:
				o.Absent++
			case l.Err() != nil:
				o.Err = l.Err().Error()
			default:
				o.Found++
			}
		})
	case "Find":
		err = conn.Find(ctx, []refresh.Address{"a@source.example", "b@source.example"}, func(_ int, f refresh.Finding) {
			switch hits, ok := f.Mailboxes(); {
			case !ok:
				o.Err = f.Err().Error()
			case len(hits) == 0:
				o.Absent++
			default:
				o.Found++
			}
		})
	case "List":
		for _, err = range conn.List(ctx) {
			if err == nil {
				o.Found++
			}
		}
	}
	return err
}

// talker is a mechanism that says something and believes everything.
type talker struct{}

func (talker) Name() string                                 { return "TALK" }
func (talker) Step(context.Context, []byte) ([]byte, error) { return []byte("hello"), nil }
func (talker) Finish([]byte) error                          { return nil }

// watch looks at the memory every millisecond until stop is called.
func (o *ran) watch() (stop func()) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(samples)
			o.Objects = max(o.Objects, samples[0].Value.Uint64()+samples[1].Value.Uint64())
			o.Mapped = max(o.Mapped, samples[2].Value.Uint64()-samples[3].Value.Uint64())
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
		o.Resident = peakResident()
	}
}

// peakResident is the peak of this process's resident memory, 0 where the system does not tell.
func peakResident() uint64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// bounded holds what came of a call to the limit.
func (o ran) bounded(t *testing.T) {
	t.Helper()
	mib := func(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
	t.Logf("peak %s in objects, %s mapped, %s resident, %v; found %d; %s", mib(o.Objects), mib(o.Mapped), mib(o.Resident), o.Took.Round(time.Millisecond), o.Found, o.Err)
	if max(o.Objects, o.Mapped) > peakLimit {
		t.Errorf("the peak is above %s", mib(peakLimit))
	}
	if o.Absent > 0 {
		t.Errorf("%d were called absent", o.Absent)
	}
}

// failed demands an error that names the server.
func (o ran) failed(t *testing.T, server string) {
	t.Helper()
	o.bounded(t)
	if !strings.Contains(o.Err, server) {
		t.Errorf("the error does not name %s: %q", server, o.Err)
	}
	if o.Took > time.Minute {
		t.Errorf("it took %v", o.Took)
	}
}

func ids(n int) []refresh.ID {
	out := make([]refresh.ID, n)
	for i := range out {
		out[i] = refresh.ID(uuidOf(i))
	}
	return out
}

// shapes are ways to send 256 MiB as the answer to one search.
var shapes = []struct {
	name string
	send func(io.Writer, int64) error
}{
	{"one message", oneValue(flooded)},
	{"messages as large as may be", again(oneValue(2 << 20))},
	{"messages just too large", again(oneValue(3 << 20))},
	{"entries nobody asked for", unending(func(id int64, n int) []byte { return entry(id, mailbox(1_000_000+n)) })},
	{"one entry over and over", unending(func(id int64, _ int) []byte { return entry(id, mailbox(0)) })},
	{"empty values", again(repeated(1_000_000, ""))},
	{"1,000,000 values in an attribute", repeated(1_000_000, "smtp:somebody@source.example")},
	{"20,000 values, and again", again(repeated(20_000, "smtp:somebody.with.a.name.that.is.rather.long@source.example"))},
	{"values of 500 bytes", again(repeated(9000, strings.Repeat("x", 120)))},
	{"deep", unending(nestedIn(0x64, 100_000))},
	{"deep, in the end", unending(nestedIn(0x65, 100_000))},
	{"references", unending(func(id int64, n int) []byte { return reference(id, fmt.Sprintf("ldap://x%d.example/dc=x", n)) })},
	{"long words", longWords(0x65, flooded)},
	{"rather long words", longWords(0x65, 2<<20)},
}

// TestPeakMemory floods every kind of call in every way. The client stays small, ends soon, says which server it was, and
// calls nobody absent.
func TestPeakMemory(t *testing.T) {
	for _, do := range []string{"Resolve", "List", "Find", "Inspect", "Open"} {
		t.Run(do, func(t *testing.T) {
			for _, tt := range shapes {
				t.Run(tt.name, func(t *testing.T) {
					f := &flood{world: &fake{entries: append(openLDAPRoot(), mailbox(0))}, send: tt.send}
					switch do {
					case "Open":
						f.when = func(_, n int, _ string, _ int64) bool { return n == 1 }
					case "Inspect":
						f.when = func(conn, n int, _ string, _ int64) bool { return conn > 1 && n == 2 }
					}
					f.start(t)
					call{Server: f.addr, User: "reader", Password: "p", Do: do, IDs: ids(1000)}.run(t).failed(t, f.addr)
				})
			}
		})
	}
	for _, tt := range []struct {
		name, how string
		send      func(io.Writer, int64) error
	}{
		{"bind", "", longWords(0x61, flooded)},
		{"bind, deep", "", deepest(0x61)},
		{"SASL", "SASL", longWords(0x61, flooded)},
		{"SASL, deep", "SASL", deepest(0x61)},
		{"StartTLS", "StartTLS", longWords(0x78, flooded)},
		{"StartTLS, deep", "StartTLS", deepest(0x78)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := (&flood{bind: true, send: tt.send}).start(t)
			call{Server: f.addr, User: "reader", Password: "p", Do: "Open", How: tt.how}.run(t).failed(t, f.addr)
		})
	}
}

// TestPeakMemoryFaults does the same with the faults of a server that is one otherwise.
func TestPeakMemoryFaults(t *testing.T) {
	f := ldaptest.Run(t, ldaptest.Config{People: ldaptest.People(3000, "source.example")})
	whole := func(r ldaptest.Request) bool { return r.Scope == ldap.ScopeWholeSubtree }
	for _, tt := range []struct {
		name  string
		fault ldaptest.Fault
		calls []string
	}{
		{"huge", ldaptest.Fault{Op: ldaptest.Search, When: whole, Do: ldaptest.Huge}, []string{"Resolve", "List", "Find"}},
		{"huge from the start", ldaptest.Fault{Op: ldaptest.Search, Do: ldaptest.Huge}, []string{"Open"}},
		{"nested", ldaptest.Fault{Op: ldaptest.Search, When: whole, Do: ldaptest.Nested}, []string{"Resolve", "List", "Find"}},
		{"nested deeper", ldaptest.Fault{Op: ldaptest.Search, When: whole, Do: ldaptest.Nested, N: 1_000_000}, []string{"Resolve"}},
		{"empty pages", ldaptest.Fault{Op: ldaptest.Search, When: whole, Do: ldaptest.EmptyPages}, []string{"List"}},
		{"one cookie", ldaptest.Fault{Op: ldaptest.Search, When: whole, Do: ldaptest.SameCookie}, []string{"List"}},
	} {
		for _, do := range tt.calls {
			t.Run(tt.name+" "+do, func(t *testing.T) {
				f.SetFaults(tt.fault)
				dc := f.DCs[0]
				var list []refresh.ID
				for _, id := range f.IDs() {
					list = append(list, refresh.ID(id))
				}
				call{Server: dc.Addr, User: f.DN(ldaptest.Reader), Password: ldaptest.Password, Do: do, IDs: list}.run(t).failed(t, dc.Addr)
				if dc.Struck() == 0 {
					t.Error("the fault did not strike")
				}
			})
		}
	}
}

// TestPeakMemoryHonest lists a large directory, up to 128 MiB, and nothing is wrong with them.
func TestPeakMemoryHonest(t *testing.T) {
	for _, tt := range []struct {
		name           string
		pages, entries int
		addresses      int
	}{
		{"3 addresses", 200, 500, 3},
		{"20,000 addresses", 50, 2, 20_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var page atomic.Int64
			f := (&flood{world: &fake{entries: append(openLDAPRoot(), mailbox(0))}, ends: true, send: func(w io.Writer, id int64) error {
				n := int(page.Add(1))
				for k := range tt.entries {
					o := mailbox(n*tt.entries + k)
					for a := range tt.addresses {
						o.attrs["proxyAddresses"] = append(o.attrs["proxyAddresses"], fmt.Sprintf("smtp:alias%010d.of.somebody.or.other%012d@source.example", a, n))
					}
					if _, err := w.Write(entry(id, o)); err != nil {
						return err
					}
				}
				_, err := w.Write(pageEnd(id, n%tt.pages))
				return err
			}}).start(t)
			o := call{Server: f.addr, User: "reader", Password: "p", Do: "List"}.run(t)
			o.bounded(t)
			if o.Err != "" || o.Found != tt.pages*tt.entries {
				t.Errorf("found %d of %d: %s", o.Found, tt.pages*tt.entries, o.Err)
			}
		})
	}
}
