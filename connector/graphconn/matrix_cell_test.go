package graphconn_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// cell is one field of the matrix. It runs in a bubble of its own.
type cell struct {
	op    *operation
	fault trouble
	place spot

	world      *realm
	strikes    *striker
	happen     func() // instead of a fault
	tokenFails error

	mu    sync.Mutex
	conns []net.Conn
	work  sync.WaitGroup
}

func (x *cell) name() string {
	return fmt.Sprintf("%s/%s/%s", x.fault.name, x.op.name, x.place.name)
}

// hash makes a cell the same in every run with a seed, whatever runs beside it.
func (x *cell) hash(seed uint64) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, seed, x.name())
	return h.Sum64()
}

// cellOutcome is what became of a cell.
type cellOutcome struct {
	verdict
	struck int
	took   time.Duration
}

// Under these options a cell runs.
var matrixOptions = graphconn.Options{Patience: 10 * time.Minute, Timeout: 30 * time.Second, Confirm: 5 * time.Second}

// limit is how long a call may take. A request waits as long as it has patience, with an attempt before and one after; when nothing
// was answered for so long, those that follow are one attempt, or none. A trouble that passes costs an attempt, its pause and what it asked to wait.
func (x *cell) limit(requests int) time.Duration {
	o := matrixOptions
	attempt := time.Second
	if x.fault.slow || x.fault.name == "drips" || x.fault.name == "late, and in time" {
		attempt = o.Timeout
	}
	clean := 30 * time.Second // the pauses of Confirm, and those between attempts
	if x.fault.waits <= o.Patience {
		clean += 2 * x.fault.waits
	}
	if x.place.passes() && x.fault.waits <= o.Patience {
		return clean + time.Duration(x.place.times)*(attempt+x.fault.waits+time.Minute)
	}
	stages := 2
	if x.place.parts { // each kind of part is waited for, and all of it again to confirm
		x.strikes.usage.parts = slices.Compact(slices.Sorted(slices.Values(x.strikes.usage.parts)))
		stages = 2 * len(x.strikes.usage.parts)
	}
	return clean + time.Duration(stages)*(o.Patience+2*attempt) + time.Duration(requests)*attempt
}

// run runs the cell and says what is wrong.
func (x *cell) run(t *testing.T, seed uint64) (o cellOutcome) {
	synctest.Test(t, func(t *testing.T) { o = x.inBubble(t, seed) })
	return o
}

func (x *cell) inBubble(t *testing.T, seed uint64) (o cellOutcome) {
	s, c := x.begin(t, seed)
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour) // no deadline of a host's; a cell that hangs ends
	defer cancel()
	r := x.op.call(ctx, x.world, c, s)
	o.took = time.Since(start)
	x.strikes.set(true, true)
	x.work.Wait()
	synctest.Wait()
	o.verdict = x.judge(r, s)
	x.strikes.mu.Lock()
	defer x.strikes.mu.Unlock()
	o.struck = x.strikes.struck
	if x.strikes.late {
		o.problem("a request was sent after the call had returned")
	}
	if n := len(x.strikes.usage.requests); x.fault.name != "" && o.took > x.limit(n) {
		o.problem("it took %v for %d requests, and may take %v", o.took, n, x.limit(n))
	}
	x.checkErrors(&o)
	if x.mustRecover() && !o.whole && x.fault.name != "" {
		o.problem("not everything was answered, and it should have been: %v", o.errs)
	}
	x.checkLog(&o)
	if k := x.world.s.Counters(); len(k.Writes) > 0 || len(k.Foreign) > 0 {
		o.problem("it wrote %v, and went to %v", k.Writes, k.Foreign)
	}
	return o
}

// begin makes the world, the connector, and everything ready for the call.
func (x *cell) begin(t *testing.T, seed uint64) (s state, c *graphconn.Connector) {
	x.world = newRealm(t, x.hash(seed)%2 == 0, x.op.rights...)
	x.strikes = &striker{spot: x.place}
	if x.op.ready != nil {
		var err error
		s, err = x.op.ready(t.Context(), x.world, x.world.connect(t, matrixOptions))
		must(t, err)
	}
	if x.fault.arm != nil {
		x.fault.arm(x)
	}
	x.world.s.Fault(x.serverFault)
	c = x.connect(t)
	if x.op.warm {
		must(t, c.Resolve(t.Context(), x.world.ids[:1], func(int, refresh.Lookup) {}))
	}
	x.strikes.set(true, false)
	return s, c
}

// mustRecover reports whether everything has to be answered in spite of the fault.
func (x *cell) mustRecover() bool {
	return x.fault.name == "" || x.place.passes() && x.fault.recovers && !(x.fault.status == 401 && x.place.times > 1)
}

func (x *cell) connect(t *testing.T) *graphconn.Connector {
	base := x.world.s.Client().Transport.(*http.Transport)
	base.TLSClientConfig.CurvePreferences = []tls.CurveID{tls.X25519} // a third of the time goes there otherwise
	dial := base.DialContext
	base.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err == nil {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.conns = append(x.conns, conn)
		}
		return conn, err
	}
	w := x.world
	return w.connectWith(t, func(rt http.RoundTripper) http.RoundTripper { return &detour{x, rt} }, matrixOptions, x.token)
}

// token is the connector's Config.Token.
func (x *cell) token(ctx context.Context) (string, error) {
	if x.tokenFails != nil && x.strikes.hits(tokenEndpoint, false) {
		if x.tokenFails == context.DeadlineExceeded {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "", x.tokenFails
	}
	return x.world.tokenOf(ctx)
}

// tokenEndpoint stands for Config.Token among the places.
const tokenEndpoint graphtest.Endpoint = "token"

// serverFault is what strikes at the server.
func (x *cell) serverFault(r *graphtest.Request) *graphtest.Fault {
	if r.Part == 0 && x.fault.way != nil || x.tokenFails != nil {
		return nil
	}
	if !x.strikes.hits(r.Endpoint, r.Part > 0) {
		return nil
	}
	if x.happen != nil {
		x.happen()
		return nil
	}
	if x.fault.fault == nil {
		return nil
	}
	return x.fault.fault(r)
}

// detour is the way to the server.
type detour struct {
	x    *cell
	next http.RoundTripper
}

func (w *detour) RoundTrip(r *http.Request) (*http.Response, error) {
	w.x.strikes.sent()
	if w.x.fault.way != nil && w.x.strikes.hits(endpointOf(r), false) {
		return w.x.fault.way(w.x, r, w.next)
	}
	return w.next.RoundTrip(r)
}

// cutConnections ends every connection.
func (x *cell) cutConnections() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.conns {
		_ = c.Close()
	}
	x.conns = nil
}

// later does something after a while.
func (x *cell) later(d time.Duration, f func()) {
	x.work.Go(func() {
		time.Sleep(d)
		f()
	})
}
