package main

import (
	"context"
	"slices"
	"sync"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
)

// tenant is Summit as a Microsoft 365 tenant.
type tenant struct {
	server *graphtest.Server
	mu     sync.Mutex
	access string
}

func buildTenant() (*tenant, error) {
	server, err := graphtest.Open(&graphtest.Options{
		TenantID: "0785ef7c-2d7a-4542-b048-95bcab406e0b", DisplayName: "Summit",
		Domains: []graphtest.Domain{{Name: targetDomain}, {Name: "summit.onmicrosoft.com", Initial: true}},
	})
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		p := person(i, name, targetDomain)
		server.Put(graphtest.User{
			ID: targetID(i), UserPrincipalName: p.Mail[0], Mail: p.Mail[0], Proxies: p.Proxies,
			DisplayName: name, GivenName: p.Given, Surname: p.Surname, EmployeeID: p.Number,
		})
	}
	return &tenant{server: server}, nil
}

func (t *tenant) cloud() graphconn.Cloud {
	return graphconn.Cloud{Name: "in this program", Root: t.server.URL(), Instances: true}
}

// token is called for each request. It keeps a token until the service does not take it any more.
func (t *tenant) token(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, rejected := graphconn.Challenge(ctx); rejected || t.access == "" {
		t.access = t.server.Token(graphtest.UserReadAll, graphtest.OrganizationReadAll, graphtest.DirectoryReadAll)
	}
	return t.access, nil
}

// week is what happens to the tenant while the job is stored.
func (t *tenant) week() []event {
	user := func(name string) string { return targetID(slices.Index(names, name)) }
	change := func(name string, f func(*graphtest.User)) func() error {
		return func() error { t.server.Change(user(name), f); return nil }
	}
	return []event{
		{"At Summit, Henry Haas gets a shorter address.", change("Henry Haas", func(u *graphtest.User) {
			u.Proxies = []string{"SMTP:haas@" + targetDomain, "smtp:" + u.Mail}
			u.Mail, u.UserPrincipalName = "haas@"+targetDomain, "haas@"+targetDomain
		})},
		{"Ida Iversen's user is deleted there.", func() error { t.server.Delete(user("Ida Iversen")); return nil }},
		{"Jonas Jung gets a new, empty mailbox there.", change("Jonas Jung", func(u *graphtest.User) { u.MailboxID = "" })},
		{"The access token for Summit is revoked.", func() error { t.server.Revoke(t.access); return nil }},
	}
}
