package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// openSlapd plays on two real OpenLDAP servers. OpenLDAP knows no mailbox apart from its account, so the job stores no
// instances and that part of the story is left out.
func openSlapd(ctx context.Context, job *refresh.Job, snap snapshot) (_ *stage, err error) {
	asOpenLDAP(job, snap)
	dir, err := os.MkdirTemp("", "cutover-slapd-")
	if err != nil {
		return nil, err
	}
	closers := []func() error{func() error { return os.RemoveAll(dir) }}
	stop := func() (err error) {
		for i := len(closers) - 1; i >= 0; i-- {
			err = errors.Join(err, closers[i]())
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop())
		}
	}()
	source, target := worlds(snap, false)
	var mirrors []*mirror
	var conns []*ldapconn.Connector
	for _, w := range []struct {
		name  string
		world *memconn.System
	}{{"source", source}, {"target", target}} {
		folder := filepath.Join(dir, w.name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, err
		}
		m := &mirror{world: w.world, uid: map[refresh.ID]string{}, was: map[refresh.ID]refresh.Mailbox{}}
		if m.server, err = slapdtest.Start(ctx, folder, slapdtest.Config{People: m.people()}); err != nil {
			return nil, err
		}
		closers = append(closers, m.server.Stop)
		conn, err := ldapconn.Open(ctx, ldapconn.Config{
			Server: m.server.TLSAddr, TLS: &tls.Config{RootCAs: m.server.Roots},
			User: m.server.DN(slapdtest.Bulk), Password: slapdtest.Password,
		}, nil)
		if err != nil {
			return nil, err
		}
		closers = append(closers, conn.Close)
		mirrors, conns = append(mirrors, m), append(conns, conn)
	}
	e := events{job: *job, source: source, target: target}
	fails := map[refresh.ID]bool{}
	for _, k := range failing {
		fails[e.id(refresh.Source, k)] = true
	}
	return &stage{
		sides: refresh.Sides{Source: faulty{conns[0], fails}, Target: conns[1]},
		happen: func(w io.Writer) error {
			e.happen(w)
			return errors.Join(mirrors[0].sync(), mirrors[1].sync())
		},
		close: stop,
	}, nil
}

// asOpenLDAP makes job and snapshot what OpenLDAP would have told: no instances, anchors or kinds but the user's, and the
// uid as login.
func asOpenLDAP(job *refresh.Job, snap snapshot) {
	plain := func(m *refresh.Mailbox) {
		if m.ID != "" {
			m.Instance, m.Anchor, m.Kind, m.Login = "", "", refresh.KindUser, uid(*m)
		}
	}
	for i := range job.Matches {
		plain(&job.Matches[i].Source)
		plain(&job.Matches[i].Target)
	}
	for i := range snap.Source {
		plain(&snap.Source[i])
	}
	for i := range snap.Target {
		plain(&snap.Target[i])
	}
	job.Source = refresh.Endpoint{System: "OpenLDAP"}
	job.Target = refresh.Endpoint{System: "OpenLDAP"}
}

func uid(m refresh.Mailbox) string {
	local, _ := m.Primary.Split()
	return local
}

// mirror keeps a real server equal to a world in memory, in which the story happens.
type mirror struct {
	server *slapdtest.Server
	world  *memconn.System
	uid    map[refresh.ID]string
	was    map[refresh.ID]refresh.Mailbox
}

func (m *mirror) people() []slapdtest.Person {
	var out []slapdtest.Person
	for box := range m.world.All() {
		out = append(out, m.person(box, uid(box)))
	}
	return out
}

func (m *mirror) person(box refresh.Mailbox, uid string) slapdtest.Person {
	m.uid[box.ID], m.was[box.ID] = uid, box
	given, surname, _ := strings.Cut(box.DisplayName, " ")
	mail, proxies := addresses(box)
	return slapdtest.Person{UID: uid, ID: string(box.ID), Given: given, Surname: surname, Name: box.DisplayName, Mail: mail, Proxies: proxies}
}

func addresses(box refresh.Mailbox) (mail, proxies []string) {
	proxies = []string{"SMTP:" + string(box.Primary)}
	for _, a := range box.Aliases {
		proxies = append(proxies, "smtp:"+string(a))
	}
	return []string{string(box.Primary)}, proxies
}

// sync carries the story over to the server.
func (m *mirror) sync() error {
	for id, was := range m.was {
		box, there := m.world.Get(id)
		var err error
		switch {
		case !there:
			err = m.server.Delete(m.server.PersonDN(m.uid[id]))
		case !box.Equal(was):
			mail, proxies := addresses(box)
			err = m.server.SetAddresses(m.uid[id], mail, proxies)
		}
		if err != nil {
			return fmt.Errorf("carrying the story over to slapd: %w", err)
		}
	}
	for box := range m.world.All() {
		if _, known := m.was[box.ID]; !known {
			if err := m.server.Add(m.person(box, fmt.Sprintf("%s-%d", uid(box), len(m.was)))); err != nil {
				return fmt.Errorf("carrying the story over to slapd: %w", err)
			}
		}
	}
	return nil
}

// faulty is a connector on which some look-ups fail. It embeds nothing: an ability that it does not write out would pass
// the faults by (see "Wrapping" in package connector), so it has those that the story needs.
type faulty struct {
	inner *ldapconn.Connector
	fails map[refresh.ID]bool
}

var (
	_ refresh.Resolver  = faulty{}
	_ refresh.Finder    = faulty{}
	_ refresh.Inspector = faulty{}
)

// Info claims no more than faulty has.
func (f faulty) Info() refresh.Info {
	info := f.inner.Info()
	info.Can &= refresh.CanResolve | refresh.CanFind | refresh.CanInspect
	return info
}

// Resolve fails where it is told to.
func (f faulty) Resolve(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
	return f.inner.Resolve(ctx, ids, func(i int, l refresh.Lookup) {
		if f.fails[ids[i]] {
			l = refresh.Failed(errTimeout)
		}
		answer(i, l)
	})
}

// Find is not disturbed.
func (f faulty) Find(ctx context.Context, addrs []refresh.Address, answer func(int, refresh.Finding)) error {
	return f.inner.Find(ctx, addrs, answer)
}

// Inspect is not disturbed.
func (f faulty) Inspect(ctx context.Context) (refresh.Directory, error) { return f.inner.Inspect(ctx) }
