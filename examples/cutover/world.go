package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

const (
	oldDomain    = "nordwind.example"
	newDomain    = "nordwind-group.example"
	targetDomain = "summit.example"

	service     = ldaptest.Account("migration") // whom the library signs in as
	newPassword = "changed with the domain"
)

// names are the people of Nordwind, in the order of their employee numbers, and what else has a mailbox there.
var names = []string{
	"Anna Adler", "Ben Braun", "Clara Conrad", "David Dietz", "Emma Ernst", "Felix Fuchs", "Greta Gross", "Henry Haas",
	"Ida Iversen", "Jonas Jung", "Klara Koch", "Leo Lange", "Mia Maier", "Noah Nagel", "Olga Otto", "Paul Pohl",
	"Quinn Quast", "Rosa Roth", "Sven Stein", "Tilda Thoma", "Uwe Ulrich", "Vera Vogt", "Front Desk", "Meeting Room",
}

var types = map[string]int64{"Front Desk": ldaptest.SharedMailbox, "Meeting Room": ldaptest.RoomMailbox}

// world is both sides, as their administrators see them. The target is one of two kinds; the other one is nil.
type world struct {
	source, target *ldaptest.Forest
	tenant         *tenant
}

// build starts the servers and fills them.
func build(target string) (_ *world, err error) {
	w := &world{}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	source := ldaptest.Config{
		Domains: []ldaptest.Domain{{Name: oldDomain, Controllers: 2}}, RecycleBin: true, AcceptedDomains: []string{oldDomain, newDomain},
	}
	for i, name := range names {
		p := person(i, name, oldDomain)
		p.ID, p.Mailbox = sourceID(i), fmt.Sprintf("818bcc86-db4c-40aa-8b0a-%012d", i+1)
		p.Type, p.Login = types[name], p.Mail[0]
		source.People = append(source.People, p)
	}
	if w.source, err = ldaptest.Start(source); err != nil {
		return nil, err
	}
	err = errors.Join(
		w.source.AddOU("OU=Sales,"+w.source.Suffix()),
		w.source.AddAccount(service, ldaptest.Password, ldaptest.Rights{Deleted: true}),
	)
	switch {
	case err != nil:
	case target == "ldap":
		err = w.buildLDAP()
	case target == "graph":
		w.tenant, err = buildTenant()
	default:
		err = fmt.Errorf("there is no target %q: choose ldap or graph", target)
	}
	return w, err
}

// buildLDAP starts Summit as an OpenLDAP server.
func (w *world) buildLDAP() (err error) {
	cfg := ldaptest.Config{System: ldaptest.OpenLDAP, Domains: []ldaptest.Domain{{Name: targetDomain}}}
	for i, name := range names {
		p := person(i, name, targetDomain)
		p.ID = targetID(i)
		cfg.People = append(cfg.People, p)
	}
	if w.target, err = ldaptest.Start(cfg); err != nil {
		return err
	}
	return w.target.AddAccount(service, ldaptest.Password, ldaptest.Rights{})
}

func sourceID(i int) string { return fmt.Sprintf("3d7a7c6d-73f4-4d7f-85d7-%012d", i+1) }

func targetID(i int) string { return fmt.Sprintf("5c61a939-cf4f-4819-8a81-%012d", i+1) }

func person(i int, name, domain string) ldaptest.Person {
	given, surname, _ := strings.Cut(name, " ")
	uid := strings.ToLower(given + "." + surname)
	return ldaptest.Person{
		UID: uid, CN: name, Name: name, Given: given, Surname: surname, Number: fmt.Sprintf("%03d", i+1),
		Mail: []string{uid + "@" + domain}, Proxies: []string{"SMTP:" + uid + "@" + domain},
	}
}

// down is an outage of every domain controller; up ends it.
func (w *world) down() (err error) {
	for _, dc := range w.source.DCs {
		err = errors.Join(err, dc.Down())
	}
	return err
}

func (w *world) up() (err error) {
	for _, dc := range w.source.DCs {
		err = errors.Join(err, dc.Up())
	}
	return err
}

func (w *world) close() (err error) {
	if w.tenant != nil {
		w.tenant.server.Close()
	}
	for _, f := range []*ldaptest.Forest{w.source, w.target} {
		if f != nil {
			err = errors.Join(err, f.Stop())
		}
	}
	return err
}
