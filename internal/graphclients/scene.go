package graphclients

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// Open connects a client to a server with a token. What it starts it stops when the test ends.
type Open func(t *testing.T, s *graphtest.Server, token string) Client

// scene is a tenant that the client and graphconn are asked about.
type scene struct {
	t      *testing.T
	s      *graphtest.Server
	open   Open
	client Client
	ours   *graphconn.Connector

	ids     []string // of all users that are not deleted
	deleted []string
	groups  []string
	bare    string // a user without mailbox
	never   []string
}

var everyRight = []graphtest.Right{graphtest.UserReadAll, graphtest.OrganizationReadAll, graphtest.DirectoryReadAll}

// newScene makes a tenant of some 240 users. Pages are small, so that there are links to follow.
func newScene(t *testing.T, open Open) *scene {
	t.Helper()
	x := &scene{t: t, open: open, s: graphtest.StartTCP(t, &graphtest.Options{
		TenantID: "0785ef7c-2d7a-4542-b048-95bcab406e0b", DisplayName: `Contoso "Ä"`, DeltaPage: 50, GetByIDsPage: 40,
	})}
	x.ids = x.s.PutAll(graphtest.People(230, "contoso.example"))
	for _, u := range curious() {
		x.ids = append(x.ids, x.s.Put(u).ID)
	}
	x.bare = x.s.Put(graphtest.User{UserPrincipalName: "bare@contoso.example", DisplayName: "Bare", NoMailbox: true}).ID
	x.ids = append(x.ids, x.bare)
	for i := range 3 {
		name := fmt.Sprintf("left%d@contoso.example", i)
		u := x.s.Put(graphtest.User{UserPrincipalName: name, Mail: name, DisplayName: "Left", Proxies: []string{"SMTP:" + name}})
		x.s.Delete(u.ID)
		x.deleted = append(x.deleted, u.ID)
	}
	x.groups = []string{
		x.s.PutGroup(graphtest.Group{DisplayName: "All", Mail: "all@contoso.example", Proxies: []string{"SMTP:all@contoso.example"}}).ID,
		x.s.PutGroup(graphtest.Group{DisplayName: "Guards", Security: true}).ID,
	}
	x.never = []string{"99999999-0000-4000-8000-000000000001", "99999999-0000-4000-8000-000000000002"}
	token := x.s.Token(everyRight...)
	x.client, x.ours = open(t, x.s, token), x.connect(token)
	return x
}

// curious are users with something special in each property that is compared.
func curious() []graphtest.User {
	return []graphtest.User{
		{
			UserPrincipalName: "söre@contoso.example", DisplayName: "Søren \"S\" \\ <O'Hara> \u2028", GivenName: "Søren", Surname: "O'Hara",
			Mail: "soren@contoso.example", Proxies: []string{"smtp:alias@contoso.example", "SMTP:soren@contoso.example", "X500:/o=Ex/cn=s", "SIP:soren@contoso.example"},
		},
		{
			UserPrincipalName: "synced@contoso.example", DisplayName: "Synced", Mail: "synced@contoso.example", Proxies: []string{"SMTP:synced@contoso.example"},
			ImmutableID: "R0bPsr4uR0aypIxB8iXVGA==", LastSync: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
			Plans: []graphtest.Plan{{Service: "exchange", ID: "efb87545-963c-4e0d-99df-69c6916d9eb0"}, {Service: "sharepoint", Status: "Suspended", ID: "5dbe027f-2339-4123-9542-606e4d348a72"}},
		},
		{UserPrincipalName: "room@contoso.example", DisplayName: "Room", Mail: "room@contoso.example", Proxies: []string{"SMTP:room@contoso.example"}, Disabled: true},
		{
			UserPrincipalName: "gina_fabrikam.example#EXT#@contoso.onmicrosoft.com", DisplayName: "Gina", UserType: "Guest",
			Mail: "gina@fabrikam.example", Proxies: []string{"SMTP:gina@fabrikam.example"},
		},
		{UserPrincipalName: "bot@contoso.example", DisplayName: "Bot", Mail: "bot@contoso.example", Proxies: []string{"SMTP:bot@contoso.example"}, Agent: true},
		{UserPrincipalName: "mailonly@contoso.example", DisplayName: "Mail only", Mail: "mailonly@contoso.example"},
	}
}

// connect connects graphconn as an application does.
func (x *scene) connect(token string) *graphconn.Connector {
	x.t.Helper()
	c, err := graphconn.New(graphconn.Config{
		Cloud:      graphconn.Cloud{Name: "Test", Root: x.s.URL(), Instances: true},
		Token:      func(context.Context) (string, error) { return token, nil },
		HTTPClient: x.s.Client(),
	}, &graphconn.Options{Groups: true, Confirm: time.Millisecond})
	if err != nil {
		x.t.Fatal(err)
	}
	return c
}

// on is x with another test to report to.
func (x *scene) on(t *testing.T) *scene {
	y := *x
	y.t = t
	return &y
}

func (x *scene) ctx() context.Context { return x.t.Context() }

func (x *scene) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// resolve is what graphconn says of IDs.
func (x *scene) resolve(ids []string) map[string]refresh.Lookup {
	x.t.Helper()
	asked := make([]refresh.ID, len(ids))
	for i, id := range ids {
		asked[i] = refresh.ID(id)
	}
	out := map[string]refresh.Lookup{}
	x.must(x.ours.Resolve(x.ctx(), asked, func(i int, l refresh.Lookup) { out[ids[i]] = l }))
	return out
}

// usersBy are objects by ID; one that comes twice is an error.
func (x *scene) byID(objects []Object) map[string]Object {
	x.t.Helper()
	out := map[string]Object{}
	for _, o := range objects {
		if _, twice := out[o.ID]; twice {
			x.t.Errorf("%s came twice", o.ID)
		}
		out[o.ID] = o
	}
	return out
}

// isUser reports whether the client was told of a user.
func (o Object) isUser() bool {
	return o.Type == "" || strings.HasSuffix(o.Type, ".user") || strings.HasSuffix(o.Type, ".agentUser")
}
