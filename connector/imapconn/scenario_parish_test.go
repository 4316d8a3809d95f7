package imapconn_test

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/internal/dovecottest"
	"github.com/readdress-go/readdress/refresh"
)

const (
	oldDomain, newDomain = "@old.example", "@new.example"
	crowd                = 1000
	crowdPassword        = "everybody's"
)

// fate is what happens to somebody in the night in which the domain is switched.
type fate int

const (
	switched       fate = iota // the domain alone
	renamed                    // another name, too
	swapped                    // takes over the name of somebody, who takes over theirs
	deleted                    // nobody has the name
	emptied                    // deleted, and an account of the name made anew
	replaced                   // and it has got mail of its own
	copied                     // an earlier copy of the mailbox has the expected name; it has got mail of its own
	copiedOriginal             // the same, and the mailbox itself is there as well
)

// numbers are how many of each fate there are; the others are switched.
var numbers = []struct {
	fate fate
	n    int
}{{renamed, 50}, {swapped, 40}, {deleted, 30}, {emptied, 10}, {replaced, 10}, {copied, 10}, {copiedOriginal, 10}}

// proves reports whether the mailbox is there to be found.
func (f fate) proves() bool { return f <= swapped || f == copiedOriginal }

// somebody is a person with a mailbox.
type somebody struct {
	fate       fate
	name       string   // the first name; the login is name@old.example
	now        string   // the login after the night under which the mailbox is, empty where it is gone
	candidates []string // logins that the host takes for possible
}

func (p *somebody) login() string { return p.name + oldDomain }

// parish is a server with a crowd.
type parish struct {
	t      *testing.T
	s      *dovecottest.Server
	rng    *rand.Rand
	people []*somebody
	serial int
}

// welcome is in every mailbox: the same mail, delivered in the same second.
func welcome() []dovecottest.Message {
	at := time.Date(2019, 1, 1, 8, 0, 0, 0, time.UTC)
	return []dovecottest.Message{
		{ID: "welcome@old.example", Date: at, Subject: "Welcome", Body: "We wish you a good start.\n"},
		{ID: "rules@old.example", Date: at.Add(time.Second), Subject: "Rules", Body: "Please read them.\n"},
	}
}

// letters are n messages of one's own in order of time, some of them without a Message-ID.
func (w *parish) letters(folder string, n int, since time.Time) []dovecottest.Message {
	out := make([]dovecottest.Message, n)
	for i := range out {
		w.serial++
		since = since.Add(time.Duration(1+w.rng.IntN(100_000)) * time.Second)
		out[i] = dovecottest.Message{Folder: folder, Date: since, Body: strings.Repeat("x\n", w.rng.IntN(40)), Seen: w.rng.IntN(2) == 0}
		if w.rng.IntN(10) > 0 {
			out[i].ID = fmt.Sprintf("%d@sender.example", w.serial)
		}
	}
	return out
}

var spring = time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC)

// newParish makes the crowd, with their mail. Everybody's folders are made within seconds, so that many have one UIDVALIDITY.
func newParish(t *testing.T) *parish {
	w := &parish{t: t, s: dovecottest.Run(t, dovecottest.Config{}), rng: rand.New(rand.NewPCG(6, 1))}
	for i := range crowd {
		w.people = append(w.people, &somebody{name: fmt.Sprintf("user%04d", i)})
	}
	next := 0
	for _, x := range numbers {
		for range x.n {
			w.people[next*7%crowd].fate = x.fate // spread over the crowd: 7 and 1,000 have no common divisor
			next++
		}
	}
	for _, p := range w.people {
		w.must(w.s.AddUser(p.login(), crowdPassword))
		w.deliver(p.login(), welcome())
		w.deliver(p.login(), w.letters("", 10+w.rng.IntN(8), spring))
		if w.rng.IntN(2) > 0 {
			w.deliver(p.login(), w.letters("Sent", 8+w.rng.IntN(5), spring))
		}
		if w.rng.IntN(10) == 0 {
			w.deliver(p.login(), w.letters("Archive.2019", 12+w.rng.IntN(10), spring))
		}
	}
	w.copies()
	return w
}

// copies makes copies of some mailboxes before the job is made, bit by bit; then the mailboxes and their copies get mail of their own.
func (w *parish) copies() {
	for _, p := range w.people {
		if p.fate != copied && p.fate != copiedOriginal {
			continue
		}
		copy := "copy-" + p.login()
		w.open(p.login())
		w.must(w.s.AddUser(copy, crowdPassword))
		w.must(w.s.CopyMailbox(p.login(), copy))
		autumn := spring.AddDate(0, 6, 0)
		w.deliver(p.login(), w.letters("", 1+w.rng.IntN(5), autumn))
		w.deliver(copy, w.letters("", 1+w.rng.IntN(9), autumn))
	}
}

// night is what happens between the making of the job and the refresh.
func (w *parish) night() {
	var pair *somebody
	for i, p := range w.people {
		next := p.name + newDomain
		p.candidates = []string{next}
		other := w.people[(i+1)%crowd].name + newDomain // the host's list is wrong about every tenth
		if i%10 == 0 {
			p.candidates = append(p.candidates, other)
		}
		w.live(p)
		p.now = next
		switch p.fate {
		case switched:
			w.must(w.s.Rename(p.login(), next))
		case renamed:
			p.now = "married." + next
			p.candidates = append(p.candidates, p.now)
			w.must(w.s.Rename(p.login(), p.now))
		case swapped:
			w.must(w.s.Rename(p.login(), next))
			if pair == nil {
				pair = p
				continue
			}
			w.must(w.s.Swap(pair.now, p.now))
			pair.candidates, p.candidates = []string{pair.now, p.now}, []string{pair.now, p.now}
			pair.now, p.now = p.now, pair.now
			pair = nil
		case copiedOriginal:
			p.now = "original." + next
			p.candidates = []string{next, p.now}
			w.must(w.s.Rename(p.login(), p.now))
			w.must(w.s.Rename("copy-"+p.login(), next))
		default:
			w.gone(p, next)
		}
	}
}

// gone removes somebody, and puts what their fate wants in their place.
func (w *parish) gone(p *somebody, next string) {
	p.now = ""
	w.must(w.s.Remove(p.login()))
	switch p.fate {
	case emptied:
		w.must(w.s.AddUser(next, crowdPassword))
	case replaced:
		w.must(w.s.AddUser(next, crowdPassword))
		w.deliver(next, welcome())
		w.deliver(next, w.letters("", 10+w.rng.IntN(8), spring))
		w.deliver(next, w.letters("Sent", 8+w.rng.IntN(5), spring))
	case copied:
		w.must(w.s.Rename("copy-"+p.login(), next))
	}
}

// live is what people do all the time: they delete mail here and there, up to every fifth, and get some.
func (w *parish) live(p *somebody) {
	share := w.rng.IntN(3) * 10
	_, err := w.s.Expunge(p.login(), func(dovecottest.Message) bool { return w.rng.IntN(100) < share })
	w.must(err)
	w.deliver(p.login(), w.letters("", w.rng.IntN(5), spring.AddDate(1, 0, 0)))
}

func (w *parish) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *parish) deliver(login string, mail []dovecottest.Message) {
	w.t.Helper()
	w.must(w.s.Deliver(login, mail...))
}

// config is how the crowd is reached.
func (w *parish) config(accounts ...imapconn.Account) imapconn.Config {
	return imapconn.Config{
		Server:   w.s.IMAPSAddr,
		TLS:      &tls.Config{RootCAs: w.s.Roots},
		Auth:     imapconn.Auth{Mechanism: imapconn.MasterPlain, Master: dovecottest.Master, MasterPassword: dovecottest.MasterPassword},
		Accounts: imapconn.ListOf(accounts...),
	}
}

// open logs in, so that the server gives its numbers to what was delivered.
func (w *parish) open(login string) {
	w.t.Helper()
	c, err := imapconn.New(w.config(), nil)
	w.must(err)
	_, err = c.Witness(w.t.Context(), imapconn.Account{Login: login})
	w.must(err)
}

// rename is the host's plan.
func (w *parish) rename() func(refresh.Address) []imapconn.Candidate {
	plan := make(map[refresh.Address][]imapconn.Candidate)
	for _, p := range w.people {
		for _, login := range p.candidates {
			plan[refresh.Address(p.login())] = append(plan[refresh.Address(p.login())], imapconn.Account{Login: login})
		}
	}
	return func(old refresh.Address) []imapconn.Candidate { return plan[old] }
}
