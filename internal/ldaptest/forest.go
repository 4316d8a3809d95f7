package ldaptest

import (
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Forest is a running directory: the servers of an Active Directory forest, or of one naming context of another system.
// Its methods change the world, as an administrator would. All are safe for concurrent use.
type Forest struct {
	DCs   []*DC          // every server, in the order of the domains; the first one is DCs[0]
	Roots *x509.CertPool // trusts the servers' certificates

	cfg     Config
	schema  *schema
	domains []*domain
	parts   []*partition
	config  *partition // nil except on Active Directory
	authority

	mu     sync.Mutex // one event at a time
	world  *store     // what is true; the servers' stores follow it
	random *rand.Rand
	ahead  atomic.Int64 // how far the world's clock is ahead, a duration
	event  int64
	serial int
	bin    atomic.Bool // the recycle bin is on

	names    sync.RWMutex // guards the accounts
	accounts map[Account]*account

	log recorder
}

// domain is a domain of a forest, or the one naming context of another system.
type domain struct {
	cfg     Domain
	part    *partition
	people  guid // OU=People
	dcs     []*DC
	sid     [3]uint32
	nextRID uint32
}

// started counts the directories of this process. Each has identities of its own, the same ones in every run that starts them in
// the same order.
var started atomic.Uint64

// Start makes a directory and starts its servers on free ports of 127.0.0.1.
func Start(cfg Config) (*Forest, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	f := &Forest{
		cfg: cfg, schema: newSchema(cfg.System, cfg.NotInCatalog), random: rand.New(rand.NewPCG(3, started.Add(1))), accounts: map[Account]*account{},
	}
	f.bin.Store(cfg.RecycleBin)
	f.world = newStore(f.schema, 0, true)
	if f.authority, err = newAuthority(); err != nil {
		return nil, err
	}
	f.Roots = f.authority.pool
	f.lay()
	for _, p := range presets(cfg.System) {
		if err := f.AddAccount(p.name, Password, p.rights); err != nil {
			return nil, err
		}
	}
	for _, d := range cfg.Domains {
		if _, err := f.PutAll(d.Name, d.People); err != nil {
			return nil, err
		}
	}
	for _, d := range f.DCs {
		if err := d.open(); err != nil {
			return nil, errors.Join(err, f.Stop())
		}
	}
	return f, nil
}

// Stop closes every port and connection and waits until nothing of them is left. Stopping twice is fine.
func (f *Forest) Stop() error {
	var err error
	for _, d := range f.DCs {
		err = errors.Join(err, d.Down())
	}
	return err
}

// Suffix returns the naming context of the first domain.
func (f *Forest) Suffix() string { return f.domains[0].part.dn }

// SuffixOf returns the naming context of a domain, by its DNS name.
func (f *Forest) SuffixOf(domain string) string {
	d, err := f.domain(domain)
	if err != nil {
		panic(err)
	}
	return d.part.dn
}

// DC returns the n-th server of a domain, from 0; "" is the first domain.
func (f *Forest) DC(domain string, n int) *DC {
	d, err := f.domain(domain)
	if err != nil {
		panic(err)
	}
	return d.dcs[n]
}

// now is the world's time.
func (f *Forest) now() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())).UTC() }

// stamp writes a generalised time as the systems do.
func (s System) stamp(t time.Time) string {
	if s == ActiveDirectory {
		return t.Format("20060102150405") + ".0Z"
	}
	return t.Format("20060102150405Z")
}
