package refresh_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// mirror is a system that makes up every answer, as a server's would be: in memory of its own.
type mirror struct{ old, domain string }

func (mirror) Info() refresh.Info {
	return refresh.Info{System: "mirror", Can: refresh.CanResolve | refresh.CanInspect | refresh.CanTrack}
}

func (m mirror) Resolve(_ context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	for i, id := range ids {
		answer(i, refresh.Found(m.mailbox(strings.Clone(string(id)))))
	}
	return nil
}

func (m mirror) mailbox(id string) refresh.Mailbox {
	name := "user" + id[24:]
	return refresh.Mailbox{
		ID: refresh.ID(id), Instance: refresh.ID("5eb2e3f4-0000-4000-8000-" + id[24:]), Login: name + "@" + m.old, DisplayName: "User " + id[24:], Kind: refresh.KindUser,
		Primary: refresh.Address(name + "@" + m.domain), Aliases: []refresh.Address{refresh.Address(name + "@" + m.old)},
	}
}

func (mirror) Inspect(context.Context) (refresh.Directory, error) {
	return refresh.Directory{Pin: "mirror"}, nil
}

func (mirror) Mark(context.Context) (refresh.Cursor, error) { return refresh.Cursor{Token: "1"}, nil }

func (mirror) Changes(context.Context, refresh.Cursor) (refresh.ChangePage, error) {
	return refresh.ChangePage{Next: refresh.Cursor{Token: "1"}}, nil
}

// mirrored writes a job of n rows, of which the source's addresses are old.
func mirrored(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"format":"readdress-job","version":1,"id":"job","source":{"pin":"mirror"},"target":{"pin":"mirror"},"matches":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		id := fmt.Sprintf("a1b2c3d4-0000-4000-8000-%012d", i)
		name := "user" + id[24:]
		mailbox := func(domain string) string {
			return fmt.Sprintf(`{"id":%q,"instance":"5eb2e3f4-0000-4000-8000-%s","login":"%s@old.example","displayName":"User %s","kind":"user","primary":"%s@%s","aliases":["%s@old.example"]}`,
				id, id[24:], name, id[24:], name, domain, name)
		}
		fmt.Fprintf(&b, "\n"+`{"key":"%d","source":%s,"sourceOrigin":"bound","target":%s,"targetOrigin":"bound"}`, i, mailbox("last.example"), mailbox("new.example"))
	}
	b.WriteString("]}")
	return b.Bytes()
}

// heap is the memory of live and of not yet collected objects.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// silent is a mirror that finds nobody, for one reason or another.
type silent struct {
	mirror
	answer func() refresh.Lookup
}

func (s silent) Resolve(_ context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	for i := range ids {
		answer(i, s.answer())
	}
	return nil
}

// peakOf returns the most memory that is in use while f runs.
func peakOf(f func()) uint64 {
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-tick.C:
				most = max(most, heap())
			case <-stop:
				peak <- most
				return
			}
		}
	}()
	f()
	close(stop)
	return <-peak
}

// TestMemoryOfRun: a full refresh of both sides, and applying it, take little more memory than the job, whatever the answers are. It runs
// with READDRESS_SPEED=1 only.
func TestMemoryOfRun(t *testing.T) {
	if os.Getenv("READDRESS_SPEED") != "1" {
		t.Skip("set READDRESS_SPEED=1 to hold a run to its memory")
	}
	const n = 1_000_000
	found := func(domain string) refresh.Connector { return mirror{"old.example", domain} }
	gone := silent{answer: func() refresh.Lookup { return refresh.NotFound(refresh.Absence{Proof: refresh.ProofTombstone}) }}
	failed := silent{answer: func() refresh.Lookup { return refresh.Failed(errors.New("no answer")) }}
	doc := mirrored(n)
	for _, c := range []struct {
		name           string
		source, target refresh.Connector
		want           refresh.Outcome // of the source
		most           float64
	}{
		{"nothing changes", found("last.example"), found("new.example"), refresh.NotChanged, 3},
		{"the source's domain is switched", found("new.example"), found("new.example"), refresh.Refreshed, 3},
		// Both rows of every match have a value before and one after, and the garbage collector lets twice as much pass as is needed.
		{"both domains are switched", found("new.example"), found("newer.example"), refresh.Refreshed, 3.1},
		{"everybody is gone", gone, gone, refresh.Missing, 3},
		{"nobody is answered for", failed, failed, refresh.LookupFailed, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			runtime.GC()
			empty := heap()
			job, err := refresh.ReadJob(bytes.NewReader(doc))
			must(t, err)
			runtime.GC()
			loaded := heap() - empty
			var r *refresh.Result
			var out refresh.Job
			most := peakOf(func() {
				r, err = refresh.Refresh(t.Context(), job, refresh.Sides{Source: c.source, Target: c.target}, &refresh.Options{ConfirmAfter: -1})
				must(t, err)
				out, err = job.Apply(r)
				must(t, err)
			}) - empty
			runtime.GC()
			after := heap() - empty
			t.Logf("the job %d bytes a row, the peak %d, %.2f times; job, result and new job %d", loaded/n, most/n, float64(most)/float64(loaded), after/n)
			if got := r.Counts(refresh.Source).ByOutcome[c.want]; got != n || len(out.Matches) != n {
				t.Fatal(r.Counts(refresh.Source))
			}
			if share := float64(most) / float64(loaded); share > c.most {
				t.Errorf("the peak is %.2f times the loaded job, want at most %v", share, c.most)
			}
			runtime.KeepAlive(job)
		})
	}
	runtime.KeepAlive(doc)
}
