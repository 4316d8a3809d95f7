package ldaptest

import (
	"slices"
	"strings"
)

// partition is a naming context.
type partition struct {
	dn      string
	keys    []string
	dns     string  // where referrals point
	domain  *domain // of a domain's partition
	held    bool    // some server here has it; the DNS partitions are names only
	bin     guid    // CN=Deleted Objects
	flags   int     // systemFlags of its crossRef
	netbios string
}

// The systemFlags of a crossRef (MS-ADTS section 6.1.1.2.1.1).
const (
	flagNTDS   = 1 // FLAG_CR_NTDS_NC
	flagDomain = 2 // FLAG_CR_NTDS_DOMAIN
	flagApp    = 4 // FLAG_CR_NTDS_NOT_GC_REPLICATED
)

func newPartition(dn, dns string) *partition {
	p := &partition{dn: dn, dns: dns, held: true, flags: flagNTDS}
	names, err := parseDN(dn)
	if err != nil {
		panic(err)
	}
	p.keys = keys(names)
	return p
}

// partitionOf returns the partition that a DN is in, nil when it is in none.
func (f *Forest) partitionOf(dn []string) *partition {
	var best *partition
	for _, p := range f.parts {
		if below(dn, p.keys) && (best == nil || len(p.keys) > len(best.keys)) {
			best = p
		}
	}
	return best
}

// superior returns the partition right above p, nil when there is none.
func (f *Forest) superior(p *partition) *partition { return f.partitionOf(p.keys[1:]) }

// subordinates returns the partitions that a search below a DN would have to go on to (MS-ADTS section 3.1.1.3.1.3.1).
func (f *Forest) subordinates(base []string, scope int) []*partition {
	own := f.partitionOf(base)
	var out []*partition
	for _, p := range f.parts {
		switch {
		case p == own || len(p.keys) <= len(base) || !below(p.keys, base):
		case scope == scopeOne && len(p.keys) != len(base)+1:
		case f.superior(p) != own: // its own superior refers to it
		default:
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *partition) int { return strings.Compare(a.dn, b.dn) })
	return out
}

// domain returns a domain by its DNS name; "" is the first.
func (f *Forest) domain(name string) (*domain, error) {
	if name == "" {
		return f.domains[0], nil
	}
	for _, d := range f.domains {
		if strings.EqualFold(d.cfg.Name, name) {
			return d, nil
		}
	}
	return nil, errf("no domain %q", name)
}
