package graphtest

import (
	"math/rand/v2"
	"time"
)

// Options say what a tenant is like. The zero value is a tenant without quota of which contoso.example is the default domain.
type Options struct {
	// TenantID is random where empty. The IDs of users that the server mints follow from it, so that they are the same in every run of a
	// test that sets it, and two tenants have none in common.
	TenantID    string
	DisplayName string // of the organization
	Domains     []Domain
	Size        Size
	Latency     time.Duration // before each answer
	// NoExchangeSettings is a cloud that does not offer /users/{id}/settings/exchange.
	NoExchangeSettings bool
	// BareLimited leaves the properties of objects with limited information out, instead of having them null.
	BareLimited bool
	// NoGzip answers without compression, even where it is asked for.
	NoGzip bool
	// HTTP2 offers HTTP/2, as the real service does, and Server.Client takes it.
	HTTP2 bool
	// Page is the most users in a page of /users and of deletedItems, whatever $top says; 0 means as many as $top says.
	Page int
	// DeltaPage is the most entries of a page of /users/delta; 0 means 200.
	DeltaPage int
	// GetByIDsPage is the most objects in one page of getByIds; 0 means all of them in one.
	GetByIDsPage int
}

// Domain is a domain of the tenant.
type Domain struct {
	Name       string
	Initial    bool // the domain that the tenant was made with
	Unverified bool // not among verifiedDomains
}

// Size is the class of a tenant, on which its quota depends.
type Size int

// The sizes.
const (
	Unmetered Size = iota
	Small          // 3,500 ResourceUnits in 10 s
	Medium         // 5,000
	Large          // 8,000
)

func (o *Options) complete() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.TenantID == "" {
		m := mint{rand.Uint64()}
		out.TenantID = m.guid().String()
	}
	if out.DisplayName == "" {
		out.DisplayName = "Contoso"
	}
	if len(out.Domains) == 0 {
		out.Domains = []Domain{{Name: "contoso.example"}, {Name: "contoso.onmicrosoft.com", Initial: true}}
	}
	if out.DeltaPage == 0 {
		out.DeltaPage = 200
	}
	return out
}
