package main

import (
	"fmt"
	"slices"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// event is something that an administrator does.
type event struct {
	told string
	do   func() error
}

// week is what happens while the job is stored.
func (w *world) week() []event {
	ad := w.source
	events := []event{
		{"The mail domain " + oldDomain + " becomes " + newDomain + ".", func() error {
			ad.SwitchDomain(oldDomain, newDomain, true)
			return nil
		}},
		{"Anna Adler marries and is called Anna Berg.", func() error { return w.rename(id("Anna Adler"), "Anna Berg") }},
		{"Ben Braun and Clara Conrad swap their addresses.", func() error { return ad.Swap(id("Ben Braun"), id("Clara Conrad")) }},
		{"David Dietz moves to another OU.", func() error { return ad.Move(id("David Dietz"), "OU=Sales,"+ad.Suffix()) }},
		{"Emma Ernst leaves, and her account is deleted.", func() error { return ad.Delete(id("Emma Ernst")) }},
		{"Felix Fuchs keeps his account; his mailbox is disabled.", func() error { return ad.DisableMailbox(id("Felix Fuchs")) }},
		{"Greta Gross moves to the cloud with her mailbox.", func() error {
			return ad.BecomeRemote(id("Greta Gross"), "greta.gross@nordwind.mail.onmicrosoft.com")
		}},
		{"The password of the migration account is changed.", func() error {
			ad.SetPassword(service, newPassword, true)
			return nil
		}},
	}
	if w.tenant != nil {
		events = append(events, w.tenant.week()...)
	}
	return events
}

// id is the identity of somebody of the source. None of this changes it.
func id(name string) string { return sourceID(slices.Index(names, name)) }

// rename gives an account another name and another primary address; the former one stays as an alias.
func (w *world) rename(id, name string) error {
	next := person(0, name, newDomain)
	err := w.source.Update(id, func(p *ldaptest.Person) {
		p.Name, p.Given, p.Surname, p.Mail, p.Login = next.Name, next.Given, next.Surname, next.Mail, next.Mail[0]
		for _, former := range p.Proxies {
			next.Proxies = append(next.Proxies, "smtp:"+former[len("smtp:"):])
		}
		p.Proxies = next.Proxies
	})
	if err != nil {
		return fmt.Errorf("new addresses: %w", err)
	}
	return w.source.Rename(id, name)
}
