package ldaptest

import (
	"fmt"
	"strings"
	"time"
)

// System is which directory the server imitates.
type System uint8

// The systems.
const (
	ActiveDirectory System = iota
	OpenLDAP
	Directory389 // 389 Directory Server
)

// DefaultDomain is the domain of a [Config] that names none. Its naming context is that of package slapdtest.
const DefaultDomain = "source.example"

// Config says what a directory is like. The zero value is an Active Directory of one domain with one domain controller.
type Config struct {
	System System
	// Domains are the domains of the forest, the root domain first; empty means [DefaultDomain] alone. The other
	// systems have one, whose name becomes the naming context. A domain whose name ends in that of another one is its child.
	Domains []Domain
	// People are put into the first domain.
	People []Person

	// RecycleBin switches the recycle bin of Active Directory on.
	RecycleBin bool
	// RequireTLS refuses simple binds in clear text, as domain controllers that require signing do.
	RequireTLS bool
	// MaxPageSize bounds every answer of Active Directory; 0 means 1000, as there, negative means no bound.
	// The other systems bound by account, see [Rights].
	MaxPageSize int
	// MaxValRange is how many values of an attribute Active Directory answers at a time; 0 means 1500, as there, negative no bound.
	MaxValRange int
	// MaxRequest bounds a request in bytes; the connection is closed without a word. 0 means 10 MiB, as in Active
	// Directory; Samba closes at 256 kB.
	MaxRequest int
	// NotInCatalog names the attributes that the global catalog leaves out; nil means the usual ones: employeeID,
	// employeeNumber, mS-DS-ConsistencyGuid, msExchRemoteRecipientType.
	NotInCatalog []string
	// AcceptedDomains are the domains that Exchange accepts mail for, as in its organisation in the configuration naming
	// context. Empty means that the forest has no Exchange organisation.
	AcceptedDomains []string
	// Mechanisms are SASL mechanisms beside EXTERNAL, by name; each makes the server's side of one exchange.
	Mechanisms map[string]func() Mechanism

	// Latency delays every byte that the server sends, and costs no throughput. See [DC.SetLatency].
	Latency time.Duration
	// Record keeps every request for [Forest.Requests].
	Record bool
}

// Domain is a domain of a forest.
type Domain struct {
	Name        string // DNS name, such as "source.example"
	NetBIOS     string // empty means the first label in capitals
	Controllers int    // how many servers hold it; 0 means 1
	NoCatalog   bool   // they hold no global catalog
	People      []Person
}

func (c Config) complete() (Config, error) {
	if len(c.Domains) == 0 {
		c.Domains = []Domain{{Name: DefaultDomain}}
	}
	if c.System != ActiveDirectory && (len(c.Domains) > 1 || c.RecycleBin) {
		return c, fmt.Errorf("ldaptest: several domains and a recycle bin are Active Directory's")
	}
	domains := make([]Domain, len(c.Domains))
	for i, d := range c.Domains {
		if d.Name == "" || strings.ContainsAny(d.Name, `,=\+ `) {
			return c, fmt.Errorf("ldaptest: domain name %q", d.Name)
		}
		if d.NetBIOS == "" {
			first, _, _ := strings.Cut(d.Name, ".")
			d.NetBIOS = strings.ToUpper(first)
		}
		d.Controllers = max(d.Controllers, 1)
		for _, e := range domains[:i] {
			if strings.EqualFold(e.Name, d.Name) || e.NetBIOS == d.NetBIOS {
				return c, fmt.Errorf("ldaptest: domain %q: two domains of one name", d.Name)
			}
		}
		domains[i] = d
	}
	domains[0].People = append(domains[0].People[:len(domains[0].People):len(domains[0].People)], c.People...)
	c.Domains = domains
	c.MaxPageSize = limit(c.MaxPageSize, 1000)
	c.MaxValRange = limit(c.MaxValRange, 1500)
	c.MaxRequest = limit(c.MaxRequest, 10<<20)
	return c, nil
}

const unlimited = 1<<31 - 1

func limit(n, preset int) int {
	switch {
	case n == 0:
		return preset
	case n < 0:
		return unlimited
	}
	return n
}

// suffix writes a DNS name as a DN, in the spelling of the system.
func (s System) suffix(name string) string {
	attr := "dc="
	if s == ActiveDirectory {
		attr = "DC="
	}
	return attr + strings.ReplaceAll(name, ".", ","+attr)
}

// identity is the attribute that holds the identity.
func (s System) identity() string {
	switch s {
	case OpenLDAP:
		return aUUID
	case Directory389:
		return aUniqueID
	}
	return aGUID
}

// id writes an identity as the system's connectors know it.
func (s System) id(g guid) string {
	if s == Directory389 {
		return g.unique()
	}
	return g.String()
}

func (s System) parseID(id string) (guid, error) {
	if s == Directory389 {
		return parseUnique(id)
	}
	return parseGUID(id)
}
