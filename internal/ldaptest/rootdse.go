package ldaptest

import (
	"fmt"
	"slices"
	"strings"
)

// rootAttr is an attribute of the root DSE.
type rootAttr struct {
	name        string
	operational bool
	values      []string
}

// rootDSE answers a read of the root DSE (RFC 4512 section 5.1; MS-ADTS section 3.1.1.3.2).
func (c *conn) rootDSE(s *searching) (res result, ended bool) {
	d := c.dc
	attrs := d.rootAttrs(c.port.catalog)
	if !rootMatches(s.r.filter, attrs) {
		return res, false
	}
	if s.strike.before(0, false) {
		return res, true
	}
	all, ops := len(s.r.Attributes) == 0, false
	for _, a := range s.r.Attributes {
		all, ops = all || a == "*", ops || a == "+"
	}
	b, msg := begin(s.out.buf, tagSequence)
	b = appendInt(b, tagInteger, s.strike.id())
	b, body := begin(b, opSearchEntry)
	b = appendString(b, tagString, "")
	b, list := begin(b, tagSequence)
	w := entryWriter{typesOnly: s.r.TypesOnly}
	for _, a := range attrs {
		named := slices.ContainsFunc(s.r.Attributes, func(n string) bool { return strings.EqualFold(n, a.name) })
		if named || all && !a.operational || ops && a.operational {
			b = w.attribute(b, a.name, a.values)
		}
	}
	s.out.add(end(end(end(b, list), body), msg))
	d.counts.entry()
	return res, false
}

func (d *DC) rootAttrs(catalog bool) []rootAttr {
	if d.forest.cfg.System == ActiveDirectory {
		return d.rootAD(catalog)
	}
	f := d.forest
	out := []rootAttr{
		{"namingContexts", true, []string{d.Suffix()}},
		{"supportedControl", true, f.cfg.System.controls()},
		{"supportedExtension", true, []string{oidStartTLS, oidWhoAmI}},
		{"supportedLDAPVersion", true, []string{"3"}},
		{"supportedSASLMechanisms", true, f.mechanisms()},
		{"subschemaSubentry", true, []string{"cn=Subschema"}},
	}
	if f.cfg.System == Directory389 {
		return append(out, rootAttr{aClass, false, []string{"top"}}, rootAttr{"vendorName", false, []string{"389 Project"}},
			rootAttr{"vendorVersion", false, []string{"389-Directory/2.3.1 B2024.000.0000"}})
	}
	return append(out, rootAttr{aClass, false, []string{"top", "OpenLDAProotDSE"}}, rootAttr{"structuralObjectClass", true, []string{"OpenLDAProotDSE"}},
		rootAttr{"configContext", true, []string{"cn=config"}}, rootAttr{aEntryDN, true, []string{""}})
}

func (d *DC) rootAD(catalog bool) []rootAttr {
	f := d.forest
	var held []string
	for _, p := range f.parts {
		if d.full(p) || catalog && d.holds(p) {
			held = append(held, p.dn)
		}
	}
	one := func(name, value string) rootAttr { return rootAttr{name, false, []string{value}} }
	ready := "FALSE"
	if d.catalog {
		ready = "TRUE"
	}
	return []rootAttr{
		one("currentTime", f.cfg.System.stamp(f.now())),
		one("subschemaSubentry", "CN=Aggregate,CN=Schema,"+f.config.dn),
		one("dsServiceName", d.ServiceName),
		{"namingContexts", false, held},
		one("defaultNamingContext", d.Suffix()),
		one("schemaNamingContext", "CN=Schema,"+f.config.dn),
		one("configurationNamingContext", f.config.dn),
		one("rootDomainNamingContext", f.domains[0].part.dn),
		{"supportedControl", false, f.cfg.System.controls()},
		{"supportedLDAPVersion", false, []string{"3", "2"}},
		{"supportedLDAPPolicies", false, []string{"MaxPageSize", "MaxValRange", "MaxResultSetsPerConn"}},
		one("highestCommittedUSN", fmt.Sprint(d.HighestUSN())),
		{"supportedSASLMechanisms", false, f.mechanisms()},
		one("dnsHostName", d.Name),
		one("ldapServiceName", f.domains[0].cfg.Name+":"+d.short+"$@"+strings.ToUpper(d.domain.cfg.Name)),
		one("serverName", d.serverDN),
		{"supportedCapabilities", false, []string{"1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670", "1.2.840.113556.1.4.1791", "1.2.840.113556.1.4.1935", "1.2.840.113556.1.4.2080", "1.2.840.113556.1.4.2237"}},
		one("isSynchronized", "TRUE"),
		one("isGlobalCatalogReady", ready),
		one("domainFunctionality", "7"), one("forestFunctionality", "7"), one("domainControllerFunctionality", "7"),
		{"supportedExtension", false, []string{oidStartTLS, oidWhoAmI}},
	}
}

// rootMatches evaluates the few filters that make sense for the root DSE.
func rootMatches(f *filter, attrs []rootAttr) bool {
	switch f.kind {
	case filterPresent:
		return strings.EqualFold(f.attr, aClass) || slices.ContainsFunc(attrs, func(a rootAttr) bool { return strings.EqualFold(a.name, f.attr) })
	case filterEqual:
		return slices.ContainsFunc(attrs, func(a rootAttr) bool {
			return strings.EqualFold(a.name, f.attr) && slices.ContainsFunc(a.values, func(v string) bool { return strings.EqualFold(v, f.value) })
		})
	}
	return false
}
