package graphclients

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// mailbox is what graphconn should make of an object.
func (o Object) mailbox() refresh.Mailbox {
	m := refresh.Mailbox{ID: refresh.ID(o.ID), Login: o.Login, DisplayName: o.DisplayName, Primary: refresh.Address(o.Mail)}
	if !o.isUser() {
		m.Kind = refresh.KindGroup
	}
	for _, p := range o.Proxies {
		if a, ok := strings.CutPrefix(p, "SMTP:"); ok {
			m.Primary = refresh.Address(a)
		} else if a, ok := strings.CutPrefix(p, "smtp:"); ok {
			m.Aliases = append(m.Aliases, refresh.Address(a))
		}
	}
	if b, err := base64.StdEncoding.DecodeString(o.ImmutableID); err == nil && len(b) == 16 {
		slices.Reverse(b[0:4])
		slices.Reverse(b[4:6])
		slices.Reverse(b[6:8])
		h := hex.EncodeToString(b)
		m.Anchor = refresh.ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
	}
	return m
}

// entry is what graphconn should list for an object; ok is false for what it leaves out.
func (o Object) entry() (e refresh.Entry, ok bool) {
	e = refresh.Entry{Mailbox: o.mailbox(), Given: o.Given, Surname: o.Surname, EmployeeID: o.EmployeeID}
	if o.UserType != "" {
		e.Attrs = map[string][]string{"userType": {o.UserType}}
	}
	for _, p := range o.Proxies {
		if dn, ok := strings.CutPrefix(p, "X500:"); ok {
			if e.Attrs == nil {
				e.Attrs = make(map[string][]string)
			}
			e.Attrs["x500"] = append(e.Attrs["x500"], dn)
		}
	}
	software := strings.HasSuffix(o.Type, ".agentUser")
	return e, e.Primary != "" && o.UserType != "Guest" && !software
}

// user is what the server must have been told for a client to get the object.
func (x *scene) user(o Object) graphtest.User {
	u := graphtest.User{
		ID: o.ID, UserPrincipalName: o.Login, Mail: o.Mail, DisplayName: o.DisplayName, GivenName: o.Given, Surname: o.Surname,
		EmployeeID: o.EmployeeID,
		UserType:   o.UserType, ImmutableID: o.ImmutableID, Disabled: o.AccountEnabled != nil && !*o.AccountEnabled,
		Agent: strings.HasSuffix(o.Type, ".agentUser"), Proxies: o.Proxies,
	}
	for _, p := range o.Plans {
		u.Plans = append(u.Plans, graphtest.Plan{Service: p.Service, Status: p.Status, ID: p.ID})
	}
	if o.AccountEnabled == nil {
		x.t.Errorf("%s came without accountEnabled", o.ID)
	}
	if o.LastSync != "" {
		at, err := time.Parse(time.RFC3339, o.LastSync)
		x.must(err)
		u.LastSync = at.UTC()
	}
	return u
}

// sameAsServer compares an object with what the server was told.
func (x *scene) sameAsServer(o Object) {
	x.t.Helper()
	want, ok := x.s.User(o.ID)
	if !ok {
		x.t.Errorf("the server has no user %s", o.ID)
		return
	}
	want.MailboxID, want.NoMailbox = "", false // not a property of users
	if want.UserType == "" {
		want.UserType = "Member"
	}
	for i := range want.Plans {
		if want.Plans[i].Status == "" {
			want.Plans[i].Status = "Enabled"
		}
	}
	if len(o.Proxies) == 0 {
		o.Proxies, want.Proxies = nil, nil
	}
	if d := cmp.Diff(want, x.user(o)); d != "" {
		x.t.Errorf("the client got something else than the server has (-server +client):\n%s", d)
	}
}
