package ldapconn_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/refresh"
)

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
