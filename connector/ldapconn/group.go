package ldapconn

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// maxMembers bounds what a group may unfold to, and how many groups there may be, so that it fits into some 50 MiB.
const maxMembers = 200_000

// memberAttributes hold the DNs of members: of groups in Active Directory and groupOfNames, and of groupOfUniqueNames (RFC 4519
// sections 3.5 and 3.6).
var memberAttributes = []string{"member", "uniqueMember"}

const groupFilter = "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"

// members is who is in a group.
type members struct {
	dns     dnSet
	domains []string // in which they are, as DNs; none of servers other than Active Directory
}

// dnSet is a set of DNs.
type dnSet map[dnHash]bool

// dnHash stands for a DN; DNs are long.
type dnHash [16]byte

func hashOf(dn string) dnHash {
	h := sha256.Sum256([]byte(dnKey(dn)))
	return dnHash(h[:16])
}

func (m *members) has(dn string) bool { return m.dns[hashOf(dn)] }

// members reads who is in a group, and in the groups in it. It reads the groups instead of asking entries for memberOf, because
// not every server keeps that.
func (c *Connector) members(ctx context.Context, s *session, group string) (*members, error) {
	groups, err := c.groups(ctx, s, s.facts.scope)
	if err != nil {
		return nil, err
	}
	out, read, domains := dnSet{}, dnSet{hashOf(group): true}, map[string]string{}
	for todo := []string{group}; len(todo) > 0; todo = todo[1:] {
		direct, err := c.membersOf(ctx, s, todo[0])
		if err == nil && len(direct) == 0 && (len(read) == 1 || s.facts.dialect == openLDAP) {
			err = &Error{Server: s.server, Op: "search", Err: errNoMember}
		}
		if err != nil {
			return nil, fmt.Errorf("the group of Options.Filter: %w", err)
		}
		for _, dn := range direct {
			k := hashOf(dn)
			out[k] = true
			if d := domainPart(dn); s.facts.dialect == activeDirectory {
				domains[strings.ToLower(d)] = d
			}
			if groups[k] != "" && !read[k] {
				read[k] = true
				todo = append(todo, dn)
			}
		}
		if len(out) > maxMembers {
			return nil, &Error{Server: s.server, Op: "search", Err: fmt.Errorf("the group of Options.Filter has more than %d members: list by a base or an address instead", maxMembers)}
		}
	}
	return &members{out, slices.Sorted(maps.Values(domains))}, nil
}

// errNoMember: on OpenLDAP every group has a member (RFC 4519 sections 3.5 and 3.6), and elsewhere nobody lists a group without.
var errNoMember = fmt.Errorf("a group shows no members: it is empty, or this reader may not see them: %w", refresh.ErrNotVisible)

// domainPart returns the end of a DN in Active Directory that is the DN of the object's domain: nothing but DC.
func domainPart(dn string) string {
	d, err := ldap.ParseDN(dn)
	if err != nil {
		return ""
	}
	at := len(d.RDNs)
	for at > 0 && len(d.RDNs[at-1].Attributes) == 1 && strings.EqualFold(d.RDNs[at-1].Attributes[0].Type, "DC") {
		at--
	}
	return (&ldap.DN{RDNs: d.RDNs[at:]}).String()
}

// checkNested refuses members that are groups of another domain: who is in those was not read.
func (c *Connector) checkNested(ctx context.Context, s *session, domain string, m *members) error {
	groups, err := c.groups(ctx, s, domain)
	if err != nil {
		return err
	}
	for k, dn := range groups {
		if m.dns[k] && sameDN(domainPart(dn), domain) {
			return &Error{Server: s.server, Op: "search", Err: fmt.Errorf("a group of the domain %s is in the group of Options.Filter, and its members are not read: %w", dnsName(domain), refresh.ErrOutOfScope)}
		}
	}
	return nil
}

// groups reads which entries are groups, and returns their DNs.
func (c *Connector) groups(ctx context.Context, s *session, base string) (map[dnHash]string, error) {
	out := map[dnHash]string{}
	req := &ldap.SearchRequest{BaseDN: base, Scope: ldap.ScopeWholeSubtree, Filter: groupFilter, Attributes: []string{noAttributes}}
	err := s.pages(ctx, req, func(res *ldap.SearchResult) error {
		for _, e := range res.Entries {
			out[hashOf(e.DN)] = e.DN
		}
		if len(out) > maxMembers {
			return &Error{Server: s.server, Op: "search", Err: fmt.Errorf("there are more than %d groups", maxMembers)}
		}
		return nil
	})
	return out, err
}

// noAttributes asks for entries without attributes (RFC 4511 section 4.5.1.8).
const noAttributes = "1.1"

// membersOf reads the DNs in one group.
func (c *Connector) membersOf(ctx context.Context, s *session, group string) ([]string, error) {
	e, err := s.read(ctx, group, append([]string{s.facts.dialect.identity, "objectClass"}, memberAttributes...)...)
	if err != nil {
		return nil, err
	}
	if id, err := identityOf(s.facts.dialect, e); err == nil {
		lack, err := c.complete(ctx, s, id, e)
		if err = cmp.Or(err, lack); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, name := range memberAttributes {
		if _, part := raw(e, name); part {
			return nil, &Error{Server: s.server, Op: "search", Err: &refresh.ValueError{Attr: name, Index: -1, Problem: "the server answered with a part of the members only"}}
		}
		out = append(out, all(e, name)...)
	}
	return out, nil
}

// dnKey is the form in which DNs are equal that differ in case and spelling only.
func dnKey(dn string) string {
	d, err := ldap.ParseDN(dn)
	if err != nil {
		return strings.ToLower(dn)
	}
	return strings.ToLower(d.String())
}
