package ldapconn_test

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// peakLimit is what a client may occupy, whatever a server answers.
const peakLimit = 64 << 20

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
		{"endless pages", ldaptest.Fault{Op: ldaptest.Search, When: whole, Do: ldaptest.EndlessPages}, []string{"List"}},
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

// TestPeakMemoryRanges: an attribute whose ranges have no end. They are followed for a while, and then the mailbox is one that cannot
// be read.
func TestPeakMemoryRanges(t *testing.T) {
	const each = 1500
	for _, do := range []string{"Resolve", "List"} {
		t.Run(do, func(t *testing.T) {
			part := func(from int) map[string][]string {
				attrs := map[string][]string{"objectGUID": {adBytes}, "uSNChanged": {"7"}}
				name := fmt.Sprintf("proxyAddresses;range=%d-%d", from, from+each-1)
				for i := range each {
					attrs[name] = append(attrs[name], fmt.Sprintf("smtp:somebody.or.other.%09d@source.example", from+i))
				}
				return attrs
			}
			anna := adUser(map[string][]string{"proxyAddresses": nil})
			for k, v := range part(0) {
				anna.attrs[k] = v
			}
			world := adWorld(base)
			world.entries = append(world.entries, anna, object{"CN=Bert," + base, map[string][]string{"objectGUID": {strings.Repeat("b", 16)}, "mail": {"bert@source.example"}, "msExchMailboxGuid": {strings.Repeat("c", 16)}}})
			var next atomic.Int64
			f := (&flood{world: world, when: func(_, _ int, dn string, _ int64) bool { return strings.HasPrefix(dn, "<GUID=") }, send: func(w io.Writer, id int64) error {
				_, err := w.Write(entry(id, object{anna.dn, part(int(next.Add(1)-1) * each)}))
				return err
			}}).start(t)
			o := call{Server: f.addr, User: "reader", Password: "p", Do: do, IDs: []refresh.ID{adID}}.run(t)
			o.bounded(t)
			if asked := next.Load(); asked < 100 || asked > 10_000 {
				t.Errorf("%d ranges were asked for", asked)
			}
			if do == "Resolve" && (o.Found > 0 || o.Err == "") {
				t.Errorf("found %d, %s", o.Found, o.Err)
			}
		})
	}
}
