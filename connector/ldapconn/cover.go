package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// domains are the places of the forest's other domains, as far as their servers were reached.
type domains struct {
	unknown []host // of which the domain is not known yet
	places  []*place
}

// cover is where a mailbox of this directory can live, beside the home domain.
type cover struct {
	domains []*place
	catalog *place // nil without one
	whole   bool   // home and domains are everything there is
	unsure  bool   // one of them did not answer in full, so that the catalog has to show somebody of each
	lacking error  // why not; nil when whole
	forest  forest
}

// cover returns the places to ask beside the home. It connects to the servers in Config.Domains whose domain is not known yet;
// one that does not answer is left out. f is the forest as the home knows it now.
func (c *Connector) cover(ctx context.Context, f forest) (cover, error) {
	switch {
	case c.facts.dialect != activeDirectory:
		return cover{whole: true, forest: f}, nil
	case f.known && len(f.domains) == 1 && f.has(c.facts.scope):
		return cover{whole: true, forest: f}, nil
	}
	lacking := c.learnDomains(ctx)
	if ctx.Err() != nil {
		return cover{}, context.Cause(ctx)
	}
	c.mu.Lock()
	v := cover{domains: append([]*place(nil), c.domains.places...), catalog: c.catalog}
	c.mu.Unlock()
	v.whole = f.known
	for _, d := range f.domains {
		v.whole = v.whole && v.has(c, d)
	}
	switch {
	case v.whole:
	case lacking != nil:
		v.lacking = lacking
	case !f.known:
		v.lacking = fmt.Errorf("ldapconn: which domains the forest has cannot be read from %s, so what is not there may be in another one: %w", f.server, refresh.ErrOutOfScope)
		if f.why != nil {
			v.lacking = fmt.Errorf("%w: %w", v.lacking, f.why)
		}
	default:
		v.lacking = fmt.Errorf("ldapconn: the forest has %d domains and not all of them are covered: name a global catalog in Config.Catalogs, or a server of each in Config.Domains: %w", len(f.domains), refresh.ErrOutOfScope)
	}
	v.forest = f
	return v, nil
}

// has reports whether a domain is the home or one of the others that can be asked.
func (v cover) has(c *Connector, domain string) bool {
	if sameDN(domain, c.facts.scope) {
		return true
	}
	for _, p := range v.domains {
		if sameDN(domain, p.facts.scope) {
			return true
		}
	}
	return false
}

// learnDomains finds out which domain each server in Config.Domains holds. It returns why one could not be reached.
func (c *Connector) learnDomains(ctx context.Context) error {
	c.mu.Lock()
	unknown := c.domains.unknown
	c.mu.Unlock()
	var lacking error
	for _, h := range unknown {
		p := c.place("domain", []host{h})
		s, err := p.connect(ctx, often)
		if err != nil {
			if lacking = err; errors.Is(err, refresh.ErrCredentials) {
				break
			}
			continue
		}
		p.reached(s)
		if c.learned(h, p, s) {
			p.give(s)
		} else {
			c.drop(s)
		}
	}
	return lacking
}

// learned notes that a server holds a domain. It reports whether the place is a new one.
func (c *Connector) learned(h host, p *place, s *session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := -1
	for i, u := range c.domains.unknown {
		if u == h {
			at = i
		}
	}
	if at < 0 {
		return false // another call was quicker
	}
	c.domains.unknown = append(c.domains.unknown[:at:at], c.domains.unknown[at+1:]...)
	if strings.EqualFold(s.facts.scope, c.facts.scope) {
		return false // it is the home domain: Config.Replicas is the place for it
	}
	for _, have := range c.domains.places {
		if have.facts.same(s.facts) {
			have.join(h)
			return false
		}
	}
	c.domains.places = append(c.domains.places, p)
	return true
}
