package ldaptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// DC is one server: a domain controller, or a replica of another system's directory. Its addresses are on 127.0.0.1 and
// stay the same for its life.
type DC struct {
	Name           string // DNS name in the world, such as "dc1.source.example"
	Addr           string // host:port of plain LDAP, which also offers StartTLS
	TLSAddr        string // host:port of LDAPS
	CatalogAddr    string // host:port of the global catalog, plain; empty where there is none
	CatalogTLSAddr string // host:port of the global catalog over TLS
	ServiceName    string // dsServiceName, the DN of its NTDS Settings

	forest   *Forest
	domain   *domain
	short    string
	serverDN string
	settings guid
	catalog  bool
	store    *store

	repl    sync.Mutex // guards what follows
	lags    bool
	backlog []change

	tls       *tls.Config
	mu        sync.Mutex // guards what follows
	up        bool
	listeners []net.Listener
	conns     map[*conn]bool
	serial    int
	running   sync.WaitGroup

	latency latency
	load    load
	faults  faults
	counts  counter
}

func newDC(f *Forest, d *domain, n, serial int) *DC {
	dc := &DC{
		forest: f, domain: d, short: fmt.Sprintf("dc%d", n+1), catalog: f.cfg.System == ActiveDirectory && !d.cfg.NoCatalog,
		conns: map[*conn]bool{},
		store: newStore(f.schema, int64(12000+5000*serial), false), // servers count for themselves
	}
	if len(f.domains) > 1 || f.cfg.System == ActiveDirectory && serial != n {
		dc.short = fmt.Sprintf("%s-dc%d", d.cfg.NetBIOS, n+1) // the names of servers are unique in a site
	}
	dc.Name = dc.short + "." + d.cfg.Name
	dc.latency.set(f.cfg.Latency)
	d.dcs = append(d.dcs, dc)
	return dc
}

// Suffix returns the naming context of the server's domain.
func (d *DC) Suffix() string { return d.domain.part.dn }

// port is one way to reach a server.
type port struct {
	addr    *string
	tls     bool
	catalog bool
}

func (d *DC) ports() []port {
	list := []port{{&d.Addr, false, false}, {&d.TLSAddr, true, false}}
	if d.catalog {
		list = append(list, port{&d.CatalogAddr, false, true}, port{&d.CatalogTLSAddr, true, true})
	}
	return list
}

func (d *DC) open() (err error) {
	if d.tls, err = d.forest.server(d.Name); err != nil {
		return err
	}
	return d.Up()
}

// Up listens again after [DC.Down], on the same addresses. It fails when somebody else has taken one meanwhile.
func (d *DC) Up() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.up {
		return nil
	}
	for _, p := range d.ports() {
		addr := *p.addr
		if addr == "" {
			addr = "127.0.0.1:0"
		}
		l, err := net.Listen("tcp", addr)
		for try := 0; err != nil && try < 50; try++ { // somebody's connection may have begun at the port meanwhile
			time.Sleep(100 * time.Millisecond)
			l, err = net.Listen("tcp", addr)
		}
		if err != nil {
			for _, l := range d.listeners {
				err = errors.Join(err, l.Close())
			}
			d.listeners = nil
			return fmt.Errorf("ldaptest: %w", err)
		}
		*p.addr = l.Addr().String()
		d.listeners = append(d.listeners, l)
		d.running.Go(func() { d.accept(l, p) })
	}
	d.up = true
	return nil
}

// Down is an outage: the ports close, connections break, and Down waits until nothing is left of them.
func (d *DC) Down() error {
	d.mu.Lock()
	var err error
	for _, l := range d.listeners {
		err = errors.Join(err, l.Close())
	}
	d.listeners, d.up = nil, false
	for c := range d.conns {
		c.kill()
	}
	d.mu.Unlock()
	d.running.Wait()
	return err
}

// Drop closes the connections that are open now.
func (d *DC) Drop() { d.drop(func(*conn) bool { return true }) }

func (d *DC) drop(which func(*conn) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		if which(c) {
			c.kill()
		}
	}
}

func (d *DC) accept(l net.Listener, p port) {
	for {
		raw, err := l.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		if !d.up {
			d.mu.Unlock()
			_ = raw.Close()
			continue
		}
		d.serial++
		c := newConn(d, raw.(*net.TCPConn), p, d.serial)
		d.conns[c] = true
		d.running.Go(func() {
			c.serve()
			d.mu.Lock()
			delete(d.conns, c)
			d.mu.Unlock()
		})
		d.mu.Unlock()
	}
}

// load is how much work the server can do.
type load struct {
	mu      sync.Mutex
	each    time.Duration
	workers chan struct{}
}

// SetLoad makes every search take so long, with so many at a time; workers 0 means no bound. The zero values heal.
func (d *DC) SetLoad(each time.Duration, workers int) {
	d.load.mu.Lock()
	defer d.load.mu.Unlock()
	d.load.each, d.load.workers = each, nil
	if workers > 0 {
		d.load.workers = make(chan struct{}, workers)
	}
}

// work spends the time of one search. It returns false when the operation ended meanwhile.
func (d *DC) work(done <-chan struct{}) bool {
	d.load.mu.Lock()
	each, workers := d.load.each, d.load.workers
	d.load.mu.Unlock()
	if workers != nil {
		select {
		case workers <- struct{}{}:
			defer func() { <-workers }()
		case <-done:
			return false
		}
	}
	if each <= 0 {
		return true
	}
	t := time.NewTimer(each)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-done:
		return false
	}
}
