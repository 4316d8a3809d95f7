package connectortest

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// World is one mail system with the hands of an administrator. Each check gets a world of its own, without the
// objects of the checks before; objects that are always there, such as the administrator, do no harm.
//
// Every event returns when a new look-up sees what happened. An error of an event is a fault of the world, not of the
// connector, and ends the check. Mailboxes that an event returns are as a right connector must report them: with the
// ID, with the server's spelling, and with nothing in the fields that the system does not have or the connector does
// not read.
type World struct {
	// Connect opens a connection as a host would. The suite closes it when it has a method Close() error. Required.
	Connect func() (refresh.Connector, error)
	// Put makes an object with the login, name, kind and addresses of m, whose ID is empty. It must take over the
	// primary address; aliases where the system has them. Required.
	Put func(m refresh.Mailbox) (refresh.Mailbox, error)
	// Update gives the object m.ID the login, name, kind and addresses of m. Required.
	Update func(m refresh.Mailbox) (refresh.Mailbox, error)
	// Delete deletes the object in the way that is usual in the system. Its addresses are free afterwards. Required.
	Delete func(id refresh.ID) error
	// Never returns a well-formed ID that no object ever had, another one each time. Required.
	Never func() refresh.ID

	// Domain is the mail domain of all objects; empty means "connectortest.example".
	Domain string
	// Many is how many objects the check of large calls makes; zero means 2,345. Choose it so that
	// it crosses the borders of the connector's batches and pages and is no multiple of them.
	Many int
	// Patience is how long a call may go on after its context has ended; zero means five seconds.
	Patience time.Duration
	// Malformed are texts that cannot be an ID in this system; none where every text can be one.
	Malformed []refresh.ID

	// The events below are nil where the system has no such event, or the world no way to bring it about. The suite
	// says once which rules it therefore could not check.

	// PutAll is Put for many; nil means one after another.
	PutAll func(m []refresh.Mailbox) ([]refresh.Mailbox, error)
	// PutTwin puts an object that holds addresses which other objects hold already; nil where addresses are unique.
	PutTwin func(m refresh.Mailbox) (refresh.Mailbox, error)
	// SoftDelete deletes the object so that it can be restored.
	SoftDelete func(id refresh.ID) error
	// Restore brings a soft-deleted object back under its ID.
	Restore func(id refresh.ID) (refresh.Mailbox, error)
	// Purge removes a soft-deleted object for good.
	Purge func(id refresh.ID) error
	// DisableMailbox removes the mailbox and leaves the account.
	DisableMailbox func(id refresh.ID) error
	// ReplaceMailbox gives the account another mailbox: the same ID, another Instance.
	ReplaceMailbox func(id refresh.ID) (refresh.Mailbox, error)
	// Move takes the mailbox to another system and leaves an account that forwards to the given address.
	Move func(id refresh.ID, to refresh.Address) error
	// AddForeign gives the object addresses that are not SMTP: X500, SIP, EUM.
	AddForeign func(id refresh.ID) error
	// Spoil makes a value of the object unreadable, such as two primary addresses where one is allowed.
	Spoil func(id refresh.ID) error

	// Blind opens a connection whose reader may see none of the objects.
	Blind func() (refresh.Connector, error)
	// Masked opens a connection whose reader may see the objects and not their addresses.
	Masked func() (refresh.Connector, error)
	// Veiled opens a connection whose reader may see the objects and not which ones were deleted.
	Veiled func() (refresh.Connector, error)
	// Foreign opens a connection to another system of the same kind, the same one each time, whose cursors mean nothing in
	// this one.
	Foreign func() (refresh.Connector, error)
	// Cut opens a connection that breaks for good after n more pieces from the server. What a piece is the world
	// decides: an answer, a message, so many bytes. Cut itself succeeds, and with n = 0 the first call fails. The suite
	// raises n until a call comes through.
	Cut func(n int) (refresh.Connector, error)
	// Stall opens a connection on which calls begin and are never answered.
	Stall func() (refresh.Connector, error)
	// Outage makes the system unreachable until the world ends, for connections that are open as well as for new ones.
	Outage func() error
}

// complete fills in what may be left out, or says what is missing.
func (w World) complete() (World, error) {
	for _, x := range []struct {
		name string
		is   bool
	}{
		{"Connect", w.Connect != nil}, {"Put", w.Put != nil}, {"Update", w.Update != nil}, {"Delete", w.Delete != nil}, {"Never", w.Never != nil},
	} {
		if !x.is {
			return w, fmt.Errorf("the field World.%s is nil: every system has this event", x.name)
		}
	}
	w.Domain = cmp.Or(w.Domain, "connectortest.example")
	w.Many = cmp.Or(w.Many, 2345)
	w.Patience = cmp.Or(w.Patience, 5*time.Second)
	if w.PutAll == nil {
		w.PutAll = func(ms []refresh.Mailbox) ([]refresh.Mailbox, error) {
			out := make([]refresh.Mailbox, len(ms))
			for i, m := range ms {
				var err error
				if out[i], err = w.Put(m); err != nil {
					return nil, err
				}
			}
			return out, nil
		}
	}
	if w.Purge != nil && w.SoftDelete == nil || w.Restore != nil && w.SoftDelete == nil {
		return w, errors.New("the fields World.Purge and World.Restore need World.SoftDelete")
	}
	return w, nil
}
