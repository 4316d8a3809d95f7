package imapconn_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/connector/connectortest"
	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

// village is a server for the conformance suite, with a host who knows what everybody is called now.
type village struct {
	*server
	t      testing.TB
	mu     sync.Mutex
	n      int
	first  map[refresh.ID]refresh.Mailbox // as it is stored in the job
	now    map[refresh.ID]refresh.Mailbox
	order  []refresh.ID
	byAddr map[string][]refresh.ID // who had an address at first
}

const everybody = "p" // has this password

func TestConformance(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.World {
		v := &village{server: start(t, imapconn.TLS, nil), t: t, first: map[refresh.ID]refresh.Mailbox{}, now: map[refresh.ID]refresh.Mailbox{}, byAddr: map[string][]refresh.ID{}}
		faulted := func(f *fault, timeout time.Duration) func() (refresh.Connector, error) {
			return func() (refresh.Connector, error) {
				addr := v.addr
				v.inside(t, f)
				defer func() { v.addr = addr }()
				return v.open(timeout)
			}
		}
		return connectortest.World{
			Connect: func() (refresh.Connector, error) { return v.open(0) },
			Put:     v.put, Update: v.update, Delete: v.remove, Never: never,
			Many: 45, Malformed: []refresh.ID{"*", "w1:", "w2:AAAA", "7d0c9dc5-9f3a-4c63-b5a3-1a1b3b0a8f00"},
			Cut: func(n int) (refresh.Connector, error) {
				every := 601
				if raceDetector {
					every = 2404
				}
				return faulted(&fault{what: "cut", left: every * n, again: true}, 0)()
			},
			Stall:  faulted(&fault{what: "hang", again: true}, 300*time.Millisecond),
			Outage: func() error { return v.stop() },
		}
	})
}

// open connects as a run of refresh does: the job's view of an ID comes with the context.
func (v *village) open(timeout time.Duration) (refresh.Connector, error) {
	c, err := imapconn.New(imapconn.Config{Server: v.addr, TLS: clientTLS(), Accounts: v.accounts}, &imapconn.Options{Timeout: timeout, Rename: v.candidates})
	if err != nil {
		return nil, err
	}
	return connector.Intercept(c, func(ctx context.Context, _ connector.Call, do func(context.Context) error) error {
		return do(refresh.WithStored(ctx, func(id refresh.ID) (refresh.Mailbox, bool) {
			v.mu.Lock()
			defer v.mu.Unlock()
			m, ok := v.first[id]
			return m, ok
		}))
	}), nil
}

func (v *village) accounts(context.Context) iter.Seq2[imapconn.Account, error] {
	v.mu.Lock()
	defer v.mu.Unlock()
	var all []imapconn.Account
	for _, id := range v.order {
		if m, ok := v.now[id]; ok {
			all = append(all, account(m))
		}
	}
	return imapconn.ListOf(all...)(v.t.Context())
}

func account(m refresh.Mailbox) imapconn.Account {
	return imapconn.Account{Login: m.Login, Password: everybody, Address: m.Primary, DisplayName: m.DisplayName}
}

// candidates names those who had the address and what they are called now, and who has it now.
func (v *village) candidates(old refresh.Address) (out []imapconn.Candidate) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range v.byAddr[old.Fold()] {
		if m, ok := v.now[id]; ok {
			out = append(out, account(m))
		}
	}
	for _, m := range v.now {
		if m.Primary.Fold() == old.Fold() {
			out = append(out, account(m))
		}
	}
	return out
}

// put makes an account with a few messages and mints its witness.
func (v *village) put(m refresh.Mailbox) (refresh.Mailbox, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if m.Login == "" {
		m.Login = string(m.Primary)
	}
	v.n++
	v.add(m.Login, everybody).deliver("INBOX", 100*v.n, 100*v.n+8)
	c := v.connect(v.t, imapconn.Config{}, nil)
	w, err := c.Witness(v.t.Context(), account(m))
	if err != nil {
		return m, err
	}
	m = refresh.Mailbox{ID: w.ID(), Login: m.Login, DisplayName: m.DisplayName, Primary: m.Primary}
	v.first[m.ID], v.now[m.ID] = m, m
	v.order = append(v.order, m.ID)
	v.byAddr[m.Primary.Fold()] = append(v.byAddr[m.Primary.Fold()], m.ID)
	return m, nil
}

func (v *village) update(m refresh.Mailbox) (refresh.Mailbox, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	was, ok := v.now[m.ID]
	if !ok {
		return m, errors.New("it is not there")
	}
	if m.Login == "" {
		m.Login = string(m.Primary)
	}
	if u := v.users[m.Login]; u != nil && m.Login != was.Login {
		return m, errors.New("the login is taken")
	}
	v.rename(was.Login, m.Login)
	v.now[m.ID] = refresh.Mailbox{ID: m.ID, Login: m.Login, DisplayName: m.DisplayName, Primary: m.Primary}
	return v.now[m.ID], nil
}

func (v *village) remove(id refresh.ID) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.server.mu.Lock()
	defer v.server.mu.Unlock()
	delete(v.users, v.now[id].Login)
	delete(v.now, id)
	return nil
}

// never mints a witness of mail that nobody has.
func never() refresh.ID {
	var b [8]byte
	_, _ = rand.Read(b[:])
	s := imapconn.Sampled{Folder: imapconn.Folder{Name: "INBOX", UIDValidity: binary.BigEndian.Uint32(b[:]) | 1, UIDNext: 50, Count: 10}}
	for uid := range uint32(10) {
		s.Messages = append(s.Messages, imapconn.Message{UID: uid + 1, Date: time.Unix(int64(binary.BigEndian.Uint32(b[4:])), 0), Size: int64(uid)})
	}
	w, err := imapconn.Mint(imapconn.Sample{s})
	must(err)
	return w.ID()
}
