package match_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// crowd makes n sources and n targets, in other orders: a third is anchored, a third has equal primary addresses, and a third an alias in common.
func crowd(n int) (sources, targets []refresh.Entry) {
	sources, targets = make([]refresh.Entry, n), make([]refresh.Entry, n)
	for i := range n {
		s, t := &sources[i], &targets[(i*7919)%n]
		s.ID, t.ID = refresh.ID(fmt.Sprintf("%08x-5aa5-4b0f-9a39-2f7d1c3e0001", i)), refresh.ID(fmt.Sprintf("%08x-5aa5-4b0f-9a39-2f7d1c3e0002", i))
		old := refresh.Address(fmt.Sprintf("user%07d@contoso.example", i))
		s.Primary, s.Aliases = old, []refresh.Address{refresh.Address(fmt.Sprintf("first.last%d@contoso.example", i))}
		t.Primary, t.Aliases = refresh.Address(fmt.Sprintf("new%07d@fabrikam.example", i)), []refresh.Address{refresh.Address(fmt.Sprintf("n%d@fabrikam.example", i))}
		s.Login, t.Login = string(s.Primary), string(t.Primary)
		switch i % 3 {
		case 0:
			t.Anchor = s.ID
		case 1:
			t.Primary = old
		case 2:
			t.Aliases = append(t.Aliases, s.Aliases[0])
		}
	}
	return sources, targets
}

func threeRules() []match.Rule {
	anchor := match.Anchor()
	anchor.Exclusive = false
	return []match.Rule{anchor, match.Primary(), match.AnyAlias()}
}

// mapJoin is what the rules look for, in bare Go maps: a map of the targets for each rule, and a look-up of each source. It takes the keys
// as they are spelt, and knows nothing of uniqueness on the side of the sources.
func mapJoin(sources, targets []refresh.Entry) int {
	matched := make([]int32, len(sources))
	n := 0
	join := func(sourceKeys, targetKeys func(e *refresh.Entry, f func(string))) {
		by := make(map[string]int32, len(targets))
		for i := range targets {
			targetKeys(&targets[i], func(k string) { by[k] = int32(i) + 1 })
		}
		for i := range sources {
			sourceKeys(&sources[i], func(k string) {
				if at := by[k]; at > 0 && matched[i] == 0 {
					matched[i] = at
					n++
				}
			})
		}
	}
	join(func(e *refresh.Entry, f func(string)) { f(string(e.ID)) }, func(e *refresh.Entry, f func(string)) {
		if e.Anchor != "" {
			f(string(e.Anchor))
		}
	})
	primary := func(e *refresh.Entry, f func(string)) { f(string(e.Primary)) }
	join(primary, primary)
	all := func(e *refresh.Entry, f func(string)) {
		f(string(e.Primary))
		for _, a := range e.Aliases {
			f(string(a))
		}
	}
	join(all, all)
	return n
}

// TestSpeed holds Pair to four times the bare join, and to 1.2 GB beyond its input.
func TestSpeed(t *testing.T) {
	if os.Getenv("READDRESS_SPEED") == "" {
		t.Skip("set READDRESS_SPEED=1 to measure a million mailboxes on each side")
	}
	const n = 1_000_000
	sources, targets := crowd(n)
	best := func(f func()) time.Duration {
		least := time.Hour
		for range 3 {
			runtime.GC()
			began := time.Now()
			f()
			least = min(least, time.Since(began))
		}
		return least
	}
	bare := best(func() {
		if got := mapJoin(sources, targets); got != n {
			t.Fatalf("the bare join finds %d of %d", got, n)
		}
	})
	debug.FreeOSMemory()
	base := inUse()
	var peak uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			peak = max(peak, inUse())
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	var p *match.Pairing
	pairUp := func() {
		p = nil
		var err error
		if p, err = match.Pair(match.Entries(sources), match.Entries(targets), threeRules(), nil); err != nil {
			t.Fatal(err)
		}
	}
	pairUp()
	close(stop)
	<-stopped
	took := best(pairUp)
	pairs := 0
	for range p.Pairs() {
		pairs++
	}
	ratio, beyond := float64(took)/float64(bare), peak-base
	t.Logf("%d pairs in %v, a bare join in %v: %.2f times; %.0f ns and %d bytes a mailbox; peak %.2f GB beyond the input",
		pairs, took, bare, ratio, float64(took)/(2*n), beyond/(2*n), float64(beyond)/1e9)
	if pairs != n {
		t.Errorf("%d pairs of %d", pairs, n)
	}
	if ratio > 4 || beyond > 1_200_000_000 {
		t.Errorf("more than 4 times, or more than 1.2 GB")
	}
}

// inUse is what the process has in use.
func inUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// BenchmarkPair and BenchmarkMapJoin are the same of 100,000 mailboxes on each side.
func BenchmarkPair(b *testing.B) {
	sources, targets := crowd(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := match.Pair(match.Entries(sources), match.Entries(targets), threeRules(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMapJoin(b *testing.B) {
	sources, targets := crowd(100_000)
	b.ReportAllocs()
	for b.Loop() {
		mapJoin(sources, targets)
	}
}
