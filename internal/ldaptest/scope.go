package ldaptest

import "strings"

// The scopes (RFC 4511 section 4.5.1.2).
const (
	scopeBase = 0
	scopeOne  = 1
	scopeSub  = 2
)

// hit is an object that a search found, as it was then.
type hit struct {
	node    *node
	obj     *object
	dn      string
	changed int64
}

// place is where a search starts.
type place struct {
	node *node    // nil for the root of the global catalog
	keys []string // of its DN
}

// locate finds the base of a search, or says how the search ends. The store's lock is held.
func (d *DC) locate(v *view, base string) (place, *result) {
	f := d.forest
	if f.cfg.System == ActiveDirectory && strings.HasPrefix(base, "<") {
		return d.locateSpecial(v, base)
	}
	names, err := parseDN(base)
	if err != nil {
		return place{}, &result{code: InvalidDNSyntax, text: d.words(InvalidDNSyntax, base)}
	}
	at := place{keys: keys(names)}
	if len(names) == 0 {
		if v.catalog {
			return at, nil
		}
		return at, &result{code: NoSuchObject, text: d.words(NoSuchObject, "")}
	}
	n, near := v.store.find(at.keys)
	if near != nil && !v.parts(near.obj.part) {
		n, near = nil, nil
	}
	if n != nil && v.sees(n) {
		at.node = n
		return at, nil
	}
	if near == nil || f.partitionOf(at.keys) != near.obj.part {
		if url := d.elsewhere(at.keys, base); url != "" {
			return at, &result{code: Referral, text: d.referralText(url), referrals: []string{url}}
		}
		return at, &result{code: NoSuchObject, text: d.words(NoSuchObject, "")}
	}
	if n != nil {
		near = n.parent
	}
	for near != nil && !v.sees(near) {
		near = near.parent
	}
	matched := ""
	if near != nil {
		matched = near.dn()
	}
	return at, &result{code: NoSuchObject, matched: matched, text: d.words(NoSuchObject, matched)}
}

// locateSpecial finds <GUID=…>, in text form or in hexadecimal octets, and the well-known CN=Deleted Objects
// (MS-ADTS section 3.1.1.3.1.2.4).
func (d *DC) locateSpecial(v *view, base string) (place, *result) {
	const deletedObjects = "18e2ea80684f11d2b9aa00c04f79f805"
	body := strings.ToLower(strings.TrimSuffix(base[1:], ">"))
	none := &result{code: NoSuchObject, text: d.words(NoSuchObject, "")}
	var n *node
	switch kind, rest, _ := strings.Cut(body, "="); kind {
	case "guid":
		id, err := parseGUID(rest)
		if err != nil {
			var ok bool
			if id, ok = guidOfOctets(string(unhex(rest))); !ok {
				return place{}, &result{code: InvalidDNSyntax, text: d.words(InvalidDNSyntax, base)}
			}
		}
		if n = v.store.nodes[id]; n == nil || !v.parts(n.obj.part) {
			// A domain that is not the root leaves what it does not know to the one above.
			if root := d.forest.domains[0]; d.domain != root && !v.catalog {
				url := "ldap://" + root.cfg.Name + "/"
				return place{}, &result{code: Referral, text: d.referralText(url), referrals: []string{url}}
			}
			return place{}, none
		}
	case "wkguid":
		which, dn, _ := strings.Cut(rest, ",")
		names, err := parseDN(dn)
		if err != nil {
			return place{}, &result{code: InvalidDNSyntax, text: d.words(InvalidDNSyntax, base)}
		}
		if root, _ := v.store.find(keys(names)); root != nil && root.parent == nil && which == deletedObjects {
			n = v.store.nodes[root.obj.part.bin]
		}
	default:
		return place{}, &result{code: InvalidDNSyntax, text: d.words(InvalidDNSyntax, base)}
	}
	if n == nil || !v.sees(n) {
		return place{}, none
	}
	return place{n, d.forest.keysOf(n)}, nil
}

// elsewhere returns where a DN lives that no partition in reach holds, "" when nobody can know.
func (d *DC) elsewhere(dn []string, base string) string {
	if d.forest.cfg.System != ActiveDirectory {
		return ""
	}
	if p := d.forest.partitionOf(dn); p != nil {
		return "ldap://" + p.dns + "/" + base
	}
	var labels []string
	for i := len(dn) - 1; i >= 0 && strings.HasPrefix(dn[i], "dc="); i-- {
		labels = append([]string{dn[i][3:]}, labels...)
	}
	if len(labels) == 0 {
		return ""
	}
	return "ldap://" + strings.Join(labels, ".") + "/" + base
}

// gather finds what a search is about, one more than the most where there are more. The store's lock is held.
func (v *view) gather(f *filter, at place, scope, most int) []hit {
	var out []hit
	try := func(n *node) bool {
		if !n.gone && v.inScope(n, at, scope) && v.sees(n) && v.matches(f, n) == yes {
			out = append(out, hit{n, n.obj, n.dn(), n.changed})
		}
		return len(out) <= most
	}
	if scope == scopeBase {
		if at.node != nil {
			try(at.node)
		}
		return out
	}
	if list, ok := v.store.candidates(f); ok {
		for _, n := range list {
			if !try(n) {
				break
			}
		}
		return out
	}
	if scope == scopeOne && at.node != nil && !v.catalog {
		for _, k := range sortedKids(at.node) {
			if !try(k) {
				break
			}
		}
		return out
	}
	for _, n := range v.store.order {
		if !try(n) {
			break
		}
	}
	return out
}

func (v *view) inScope(n *node, at place, scope int) bool {
	if at.node == nil { // the root of the global catalog
		return scope == scopeSub || scope == scopeOne && n.parent == nil
	}
	switch scope {
	case scopeBase:
		return n == at.node
	case scopeOne:
		return n.parent == at.node || n.parent == nil && v.catalog && len(n.obj.part.keys) == len(at.keys)+1 && below(n.obj.part.keys, at.keys)
	}
	if n.obj.part == at.node.obj.part {
		return n.under(at.node)
	}
	return v.catalog && below(n.obj.part.keys, at.keys)
}
