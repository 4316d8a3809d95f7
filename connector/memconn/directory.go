package memconn

import (
	"slices"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// SetPin sets the identity of the directory; empty means that it has none.
func (s *System) SetPin(pin string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pin = pin
}

// SetDomains sets the accepted domains; none at all means that they are unknown.
func (s *System) SetDomains(domains ...refresh.Domain) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.domains = slices.Clone(domains)
}

// SetLastSync sets when the directory last took over changes from another one; zero means unknown.
func (s *System) SetLastSync(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastSync = t
}

// Pin returns the identity of the directory, for the endpoint of a job.
func (s *System) Pin() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.pin
}

// directory is what a connection to the replica reaches.
func (s *System) directory(replica string) refresh.Directory {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return refresh.Directory{
		System: s.system, Pin: s.pin, Name: s.name, Server: replica,
		Domains: slices.Clone(s.domains), LastSync: s.lastSync,
	}
}

// switchDomain takes the accepted domains along. The caller holds the lock.
func (s *System) switchDomain(from, to string, old Old) {
	if s.domains == nil {
		return
	}
	is := func(domain string) func(refresh.Domain) bool {
		return func(d refresh.Domain) bool { return foldDomain(d.Name) == foldDomain(domain) }
	}
	domains := slices.Clone(s.domains)
	if old == DropOld {
		domains = slices.DeleteFunc(domains, is(from))
	}
	if !slices.ContainsFunc(domains, is(to)) {
		domains = append(domains, refresh.Domain{Name: to})
	}
	s.domains = domains
}

func foldDomain(domain string) string { return refresh.Address("@" + domain).Domain() }
