package ldaptest

import (
	"fmt"
	"slices"
	"strings"
)

// lay makes the partitions, the servers and what a directory holds before anybody is in it.
func (f *Forest) lay() {
	for i, cfg := range f.cfg.Domains {
		d := &domain{cfg: cfg, part: newPartition(f.cfg.System.suffix(cfg.Name), cfg.Name), nextRID: 1100}
		d.sid = [3]uint32{f.random.Uint32(), f.random.Uint32(), f.random.Uint32()}
		d.part.domain, d.part.netbios, d.part.flags = d, cfg.NetBIOS, flagNTDS|flagDomain
		f.domains = append(f.domains, d)
		f.parts = append(f.parts, d.part)
		if f.cfg.System == ActiveDirectory {
			names := []string{"DomainDnsZones"}
			if i == 0 {
				names = append(names, "ForestDnsZones")
			}
			for _, n := range names {
				p := newPartition("DC="+n+","+d.part.dn, n+"."+cfg.Name)
				p.held, p.flags = false, flagNTDS|flagApp
				f.parts = append(f.parts, p)
			}
		}
		for n := range cfg.Controllers {
			f.DCs = append(f.DCs, newDC(f, d, n, len(f.DCs)))
		}
	}
	if f.cfg.System != ActiveDirectory {
		f.layPlain()
		return
	}
	root := f.domains[0]
	f.config = newPartition("CN=Configuration,"+root.part.dn, root.cfg.Name)
	schema := newPartition("CN=Schema,"+f.config.dn, root.cfg.Name)
	f.parts = append(f.parts, f.config, schema)
	for _, d := range f.domains {
		f.layDomain(d)
	}
	f.layConfig(schema)
	f.laySchema(schema)
}

func (f *Forest) layPlain() {
	d := f.domains[0]
	first, _, _ := strings.Cut(d.cfg.Name, ".")
	top := f.make(d.part, guid{}, rdn{}, "dcObject", "organization")
	top.set("dc", first)
	top.set("o", first)
	f.commit(change{obj: top.object})
	people := f.make(d.part, top.id, rdn{"ou", "People"}, "organizationalUnit")
	f.commit(change{obj: people.object})
	d.people = people.id
}

func (f *Forest) layDomain(d *domain) {
	top := f.make(d.part, guid{}, rdn{}, "top", "domain", "domainDNS")
	first, _, _ := strings.Cut(d.cfg.Name, ".")
	top.set("dc", first)
	top.set(aSID, sid(d.sid[:]...))
	f.commit(change{obj: top.object})
	f.container(d.part, top.id, "Users")
	people := f.make(d.part, top.id, rdn{"OU", "People"}, "top", "organizationalUnit")
	f.commit(change{obj: people.object})
	d.people = people.id
	bin := f.make(d.part, top.id, rdn{"CN", "Deleted Objects"}, "top", "container")
	bin.set(aDeleted, "TRUE")
	f.commit(change{obj: bin.object})
	d.part.bin = bin.id
}

// container makes a container and returns it.
func (f *Forest) container(p *partition, parent guid, cn string) draft {
	o := f.make(p, parent, rdn{"CN", cn}, "top", "container")
	f.commit(change{obj: o.object})
	return o
}

func (f *Forest) layConfig(schema *partition) {
	top := f.make(f.config, guid{}, rdn{}, "top", "configuration")
	top.set("cn", "Configuration")
	f.commit(change{obj: top.object})

	crossRefs := f.make(f.config, top.id, rdn{"CN", "Partitions"}, "top", "crossRefContainer")
	f.commit(change{obj: crossRefs.object})
	for i, p := range f.parts {
		name := p.netbios
		switch {
		case p == f.config:
			name = "Enterprise Configuration"
		case p == schema:
			name = "Enterprise Schema"
		case p.domain == nil:
			name = mint(f.random).String()
		}
		ref := f.make(f.config, crossRefs.id, rdn{"CN", name}, "top", "crossRef")
		ref.set("nCName", p.dn)
		ref.set("dnsRoot", p.dns)
		ref.set("nETBIOSName", p.netbios)
		ref.set("systemFlags", fmt.Sprint(p.flags))
		if up := f.superior(p); p.domain != nil && i > 0 && up != nil && up.domain != nil {
			ref.set("trustParent", "CN="+up.netbios+",CN=Partitions,"+f.config.dn)
		} else if p.domain != nil && i > 0 {
			ref.set("rootTrust", "CN="+f.domains[0].cfg.NetBIOS+",CN=Partitions,"+f.config.dn)
		}
		f.commit(change{obj: ref.object})
	}

	sites := f.container(f.config, top.id, "Sites")
	site := f.container(f.config, sites.id, "Default-First-Site-Name")
	servers := f.container(f.config, site.id, "Servers")
	for _, d := range f.DCs {
		server := f.make(f.config, servers.id, rdn{"CN", d.short}, "top", "server")
		server.set("dNSHostName", d.Name)
		settings := f.make(f.config, server.id, rdn{"CN", "NTDS Settings"}, "top", "applicationSettings", "nTDSDSA")
		settings.set("invocationId", mint(f.random).octets())
		settings.set("hasMasterNCs", d.domain.part.dn, f.config.dn, schema.dn)
		settings.set("options", map[bool]string{true: "1", false: "0"}[d.catalog])
		f.commit(change{obj: server.object}, change{obj: settings.object})
		d.settings = settings.id
		d.serverDN = "CN=" + d.short + ",CN=Servers,CN=Default-First-Site-Name,CN=Sites," + f.config.dn
		d.ServiceName = "CN=NTDS Settings," + d.serverDN
	}

	services := f.container(f.config, top.id, "Services")
	nt := f.container(f.config, services.id, "Windows NT")
	service := f.make(f.config, nt.id, rdn{"CN", "Directory Service"}, "top", "nTDSService")
	service.set("tombstoneLifetime", fmt.Sprint(int(Lifetime.Hours()/24)))
	f.commit(change{obj: service.object})
	policies := f.container(f.config, service.id, "Query-Policies")
	policy := f.make(f.config, policies.id, rdn{"CN", "Default Query Policy"}, "top", "queryPolicy")
	policy.set("lDAPAdminLimits", f.policies()...)
	f.commit(change{obj: policy.object})
	features := f.container(f.config, service.id, "Optional Features")
	f.container(f.config, features.id, "Recycle Bin Feature")
	if f.bin.Load() {
		f.announceBin()
	}
	f.layExchange(services)
}

func (f *Forest) policies() []string {
	return []string{fmt.Sprint("MaxPageSize=", f.cfg.MaxPageSize), fmt.Sprint("MaxValRange=", f.cfg.MaxValRange), "MaxResultSetsPerConn=10"}
}

// announceBin says in the directory that the recycle bin is on.
func (f *Forest) announceBin() {
	_, at := f.world.find(append([]string{"cn=partitions"}, f.config.keys...))
	crossRefs := f.schema.edit(at.obj)
	crossRefs.set("msDS-EnabledFeature", "CN=Recycle Bin Feature,CN=Optional Features,CN=Directory Service,CN=Windows NT,CN=Services,"+f.config.dn)
	f.commit(change{obj: crossRefs.object})
}

func (f *Forest) layExchange(services draft) {
	if len(f.cfg.AcceptedDomains) == 0 {
		return
	}
	at := f.container(f.config, services.id, "Microsoft Exchange")
	org := f.make(f.config, at.id, rdn{"CN", "Organisation"}, "top", "container", "msExchOrganizationContainer")
	f.commit(change{obj: org.object})
	at = f.container(f.config, org.id, "Transport Settings")
	at = f.container(f.config, at.id, "Accepted Domains")
	for _, name := range f.cfg.AcceptedDomains {
		o := f.make(f.config, at.id, rdn{"CN", name}, "top", "msExchAcceptedDomain")
		o.set("msExchAcceptedDomainName", name)
		o.set("msExchAcceptedDomainFlags", "0")
		f.commit(change{obj: o.object})
	}
}

func (f *Forest) laySchema(p *partition) {
	top := f.make(p, guid{}, rdn{}, "top", "dMD")
	top.set("cn", "Schema")
	f.commit(change{obj: top.object})
	for _, d := range f.schema.sorted {
		o := f.make(p, top.id, rdn{"CN", "Attribute-" + d.name}, "top", "attributeSchema")
		o.set("lDAPDisplayName", d.name)
		o.set("isSingleValued", map[bool]string{true: "TRUE", false: "FALSE"}[d.is(single)])
		o.set("isMemberOfPartialAttributeSet", map[bool]string{true: "FALSE", false: "TRUE"}[d.is(local)])
		search := 0
		if d.is(indexed) {
			search |= 1
		}
		if d.is(kept) {
			search |= 8
		}
		o.set("searchFlags", fmt.Sprint(search))
		f.commit(change{obj: o.object})
	}
}

// make starts a new object.
func (f *Forest) make(p *partition, parent guid, name rdn, classes ...string) draft {
	o := draft{&object{id: mint(f.random), part: p, parent: parent, rdn: name, attrs: make([]attribute, 0, 28)}, f.schema}
	o.set(aClass, classes...)
	if name.attr != "" {
		o.set(strings.ToLower(name.attr), name.value)
	}
	now := f.cfg.System.stamp(f.now())
	if f.cfg.System == ActiveDirectory {
		o.set("instanceType", map[bool]string{true: "5", false: "4"}[parent == guid{}])
		o.set(aCreated, now)
		o.set(aChanged, now)
		o.set(aCategory, f.category(classes))
	} else {
		o.set(aCreateTime, now)
		o.set(aModifyTime, now)
		o.set("structuralObjectClass", classes[len(classes)-1])
	}
	o.identify()
	return o
}

// identify sets the attribute that holds the identity.
func (d draft) identify() {
	switch d.schema.system {
	case ActiveDirectory:
		d.set(aGUID, d.id.octets())
	default:
		d.set(d.schema.system.identity(), d.schema.system.id(d.id))
	}
}

// category returns the objectCategory of a class.
func (f *Forest) category(classes []string) string {
	return "CN=" + categoryName(classes[len(classes)-1]) + ",CN=Schema,CN=Configuration," + f.domains[0].part.dn
}

func categoryName(class string) string {
	switch strings.ToLower(class) {
	case "user", "contact", "person":
		return "Person"
	case "organizationalunit":
		return "Organizational-Unit"
	case "domaindns":
		return "Domain-DNS"
	case "crossref":
		return "Cross-Ref"
	}
	return class
}

// sid writes a security identifier (MS-DTYP section 2.4.2.2) of S-1-5-21.
func sid(sub ...uint32) string {
	b := []byte{1, byte(len(sub) + 1), 0, 0, 0, 0, 0, 5}
	for _, s := range slices.Concat([]uint32{21}, sub) {
		b = append(b, byte(s), byte(s>>8), byte(s>>16), byte(s>>24))
	}
	return string(b)
}
