package ldapconn_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/fanout"
	"github.com/readdress-go/readdress/internal/faultproxy"
	"github.com/readdress-go/readdress/internal/sambatest"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// race is a measurement of Resolve against the naive way: one search per ID, one after the other, on one connection that
// is secured in the same way, as the same account, with the same attributes.
type race struct {
	name      string
	least     float64 // how many times as fast Resolve has to be
	most      float64 // and how many times as long it may take as bare searches of 50 conditions, 8 at a time; 0 is not measured
	count     int     // looked up by Resolve
	sample    int     // looked up the naive way; its time for each is taken for all
	people    int     // in the directory
	samba     bool
	roundTrip time.Duration
}

// races are what is promised.
var races = []race{
	{name: "openldap/10000of100000", least: 11, count: 10_000, sample: 10_000, people: 100_000},
	// Samba serves all connections in one thread, which takes 40 to 65 µs to write an entry with the ten attributes that a mailbox
	// is read from, however it is asked: no client is faster. With the identity and addresses alone it would be twice as fast.
	{name: "samba/10000of10000", least: 6, most: 1.25, count: 10_000, sample: 10_000, people: 10_000, samba: true},
	{name: "openldap/1000at5ms", least: 110, count: 1000, sample: 200, people: 100_000, roundTrip: 5 * time.Millisecond},
	{name: "openldap/1000at20ms", least: 150, count: 1000, sample: 100, people: 100_000, roundTrip: 20 * time.Millisecond},
}

// course is a race on running servers.
type course struct {
	race
	c      *ldapconn.Connector
	cfg    ldapconn.Config
	slow   *ldap.Conn // the naive way's
	ids    []refresh.ID
	base   string
	filter func(refresh.ID) string
	attrs  []string
}

// lap is one comparison. Times are per ID.
type lap struct {
	ours, theirs  time.Duration
	bare          time.Duration // 0 when it was not measured
	bytes, allocs float64       // allocated for each mailbox by the program meanwhile, a proxy included
}

func (l lap) faster() float64 { return float64(l.theirs) / float64(l.ours) }

// servers starts what races need. OpenLDAP is the same for all of them.
type servers struct {
	tb    testing.TB
	slapd *slapdtest.Server
	ids   []refresh.ID
}

func (s *servers) openldap(people int) (*slapdtest.Server, []refresh.ID) {
	if s.slapd == nil || len(s.ids) != people {
		list := slapdtest.People(people, "source.example")
		s.slapd, s.ids = slapdtest.Run(s.tb, slapdtest.Config{People: list}), idsOf(list)
	}
	return s.slapd, slices.Clone(s.ids)
}

// course prepares a race.
func (s *servers) course(tb testing.TB, r race, opts *ldapconn.Options) *course {
	tb.Helper()
	k := &course{race: r}
	var cfg ldapconn.Config
	if r.samba {
		people := sambatest.People(r.people, sambatest.DefaultRealm)
		srv := sambatest.Run(tb, sambatest.Config{People: people})
		cfg = ldapconn.Config{Server: srv.TLSAddr, TLS: &tls.Config{RootCAs: srv.Roots, ServerName: srv.Host}, User: srv.DN(sambatest.Reader), Password: sambatest.Password}
		k.base, k.filter = srv.Suffix, guidFilter
		k.attrs = []string{"proxyAddresses", "mail", "userPrincipalName", "displayName", "cn", "msExchMailboxGuid", "ms-DS-ConsistencyGuid", "msExchRecipientTypeDetails", "targetAddress", "objectGUID"}
		for _, p := range people {
			k.ids = append(k.ids, refresh.ID(p.ID))
		}
	} else {
		srv, ids := s.openldap(r.people)
		cfg, k.ids = config(srv, slapdtest.Bulk), ids
		k.base, k.filter = srv.Suffix, func(id refresh.ID) string { return "(entryUUID=" + string(id) + ")" }
		k.attrs = []string{"proxyAddresses", "mail", "uid", "displayName", "cn", "entryUUID"}
	}
	rand.New(rand.NewPCG(7, 7)).Shuffle(len(k.ids), func(i, j int) { k.ids[i], k.ids[j] = k.ids[j], k.ids[i] })
	k.ids = slices.Clone(k.ids[:r.count])
	if r.roundTrip > 0 {
		p, err := faultproxy.Start(cfg.Server, nil)
		must(tb, err)
		tb.Cleanup(func() { p.Close() })
		p.Delay(r.roundTrip)
		cfg.Server = p.Addr()
	}
	k.cfg, k.c = cfg, open(tb, cfg, opts)
	slow, err := ldap.DialURL("ldaps://"+cfg.Server, ldap.DialWithTLSConfig(cfg.TLS), ldap.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}))
	must(tb, err)
	tb.Cleanup(func() { slow.Close() })
	must(tb, slow.Bind(cfg.User, cfg.Password))
	k.slow = slow
	return k
}

// guidFilter finds an object of Active Directory by its GUID, escaped byte by byte.
func guidFilter(id refresh.ID) string {
	hex := strings.ReplaceAll(string(id), "-", "")
	var b strings.Builder
	for _, i := range []int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} {
		b.WriteString(`\` + hex[2*i:2*i+2])
	}
	return "(objectGUID=" + b.String() + ")"
}

// run runs one lap: first Resolve, then the naive way.
func (k *course) run(tb testing.TB) lap {
	tb.Helper()
	ours, bytes, allocs := k.resolve(tb)
	start := time.Now()
	for _, id := range k.ids[:k.sample] {
		res, err := k.slow.Search(ldap.NewSearchRequest(k.base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, k.filter(id), k.attrs, nil))
		must(tb, err)
		if len(res.Entries) != 1 {
			tb.Fatalf("the naive way found %d entries of one ID", len(res.Entries))
		}
	}
	return lap{ours: ours, theirs: time.Since(start) / time.Duration(k.sample), bare: k.bare(tb), bytes: bytes, allocs: allocs}
}

// bare asks for everybody without the library.
func (k *course) bare(tb testing.TB) time.Duration {
	if k.most == 0 {
		return 0
	}
	start := time.Now()
	parts := slices.Collect(slices.Chunk(k.ids, 50))
	must(tb, fanout.Each(tb.Context(), 8, len(parts), func(_ context.Context, i int) error {
		var f strings.Builder
		for _, id := range parts[i] {
			f.WriteString(k.filter(id))
		}
		res, err := k.slow.Search(ldap.NewSearchRequest(k.base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, "(|"+f.String()+")", k.attrs, nil))
		if err == nil && len(res.Entries) != len(parts[i]) {
			err = fmt.Errorf("%d entries of %d IDs", len(res.Entries), len(parts[i]))
		}
		return err
	}))
	return time.Since(start) / time.Duration(len(k.ids))
}

// resolve looks everybody up once.
func (k *course) resolve(tb testing.TB) (each time.Duration, bytes, allocs float64) {
	tb.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	found := 0
	must(tb, k.c.Resolve(tb.Context(), k.ids, func(_ int, l refresh.Lookup) {
		if _, ok := l.Mailbox(); ok {
			found++
		}
	}))
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	n := len(k.ids)
	if found != n {
		tb.Fatalf("Resolve found %d of %d", found, n)
	}
	return took / time.Duration(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n)
}

// laps runs the race so often that chance has little to say.
func (k *course) laps(tb testing.TB, more func(done int) bool) (all laps) {
	k.resolve(tb) // so that the servers have read what they need
	for more(len(all)) {
		all = append(all, k.run(tb))
	}
	return all
}

type laps []lap

// median returns the value in the middle of what of says of the laps.
func (ls laps) median(of func(lap) float64) float64 {
	v := make([]float64, len(ls))
	for i, l := range ls {
		v[i] = of(l)
	}
	slices.Sort(v)
	return v[len(v)/2]
}

func (ls laps) faster() float64 { return ls.median(lap.faster) }
func (ls laps) ours() float64   { return ls.median(func(l lap) float64 { return float64(l.ours) }) }
func (ls laps) theirs() float64 { return ls.median(func(l lap) float64 { return float64(l.theirs) }) }
func (ls laps) bare() float64 {
	return ls.median(func(l lap) float64 { return float64(l.ours) / float64(max(1, l.bare)) })
}
func (ls laps) bytes() float64  { return ls.median(func(l lap) float64 { return l.bytes }) }
func (ls laps) allocs() float64 { return ls.median(func(l lap) float64 { return l.allocs }) }

// TestSpeed holds what is promised. It takes minutes and wants a machine that does nothing else, so it runs only with
// READDRESS_SPEED=1.
func TestSpeed(t *testing.T) {
	if os.Getenv("READDRESS_SPEED") != "1" {
		t.Skip("set READDRESS_SPEED=1 to hold Resolve to its speed")
	}
	s := &servers{tb: t}
	for _, r := range races {
		t.Run(r.name, func(t *testing.T) {
			ls := s.course(t, r, nil).laps(t, func(done int) bool { return done < 5 })
			t.Logf("%.1f times as fast: %v for each, the naive way %v; %.0f bytes and %.0f allocations for each mailbox; %s",
				ls.faster(), time.Duration(ls.ours()), time.Duration(ls.theirs()), ls.bytes(), ls.allocs(), load())
			if got := ls.faster(); got < r.least {
				t.Errorf("%.1f times as fast as the naive way, want at least %g times", got, r.least)
			}
			if r.most > 0 {
				t.Logf("%.2f times as long as bare searches", ls.bare())
				if ls.bare() > r.most {
					t.Errorf("%.2f times as long as bare searches, want at most %g times", ls.bare(), r.most)
				}
			}
		})
	}
}

// load says how busy the machine is, where it can be known.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "the load is not known"
	}
	return "load " + strings.TrimSpace(string(b))
}
