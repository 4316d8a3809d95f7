package main

import (
	"context"
	"errors"
	"io"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// stage is a pair of mail systems on which the story can happen.
type stage struct {
	sides  refresh.Sides
	happen func(io.Writer) error
	close  func() error
}

// worlds puts the snapshot into two mail systems in memory.
func worlds(snap snapshot, instances bool) (source, target *memconn.System) {
	source = memconn.New("nordwind", &memconn.Options{
		System: "Active Directory", Replicas: []string{"dc1.nordwind.example"}, NoInstances: !instances,
		Domains: []refresh.Domain{{Name: oldDomain}, {Name: newDomain}},
	})
	target = memconn.New("summit", &memconn.Options{
		System: "Microsoft 365", Replicas: []string{"summit"}, DirectRead: true, NoInstances: !instances,
		Domains: []refresh.Domain{{Name: targetDomain}, {Name: initial, Initial: true}},
	})
	put(source, snap.Source)
	put(target, snap.Target)
	return source, target
}

func put(system *memconn.System, mailboxes []refresh.Mailbox) {
	for _, m := range mailboxes {
		if system.Put(m); m.Instance == "" {
			system.DisableMailbox(m.ID) // an account without a mailbox; Put gave it one
		}
	}
}

var errTimeout = errors.New("the server did not answer in time")

// openMemory plays in memory.
func openMemory(_ context.Context, job *refresh.Job, snap snapshot) (*stage, error) {
	source, target := worlds(snap, true)
	e := events{job: *job, source: source, target: target, instances: true}
	fails := map[refresh.ID]error{}
	for _, k := range failing {
		fails[e.id(refresh.Source, k)] = errTimeout
	}
	return &stage{
		sides: refresh.Sides{
			Source: source.Connect(&memconn.ConnOptions{Faults: memconn.Faults{FailIDs: fails}}),
			Target: target.Connect(nil),
		},
		happen: func(w io.Writer) error { e.happen(w); return nil },
		close:  func() error { return nil },
	}, nil
}
