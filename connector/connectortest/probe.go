package connectortest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/readdress-go/readdress/refresh"
)

// probe is one check at work in its world.
type probe struct {
	World
	slow bool // answers take a moment, so that concurrent ones meet

	wrap wrapper

	mu      sync.Mutex
	broken  []violation
	private []string // what no error may contain
	conns   []refresh.Connector
	ids     map[refresh.ID]bool // handed out by the world
	made    int                 // people made so far
	proofs  *proofs
	before  refresh.Cursor // from before the people of a check of trouble
}

// worldFault is thrown when the world, not the connector, fails.
type worldFault struct{ err error }

func (p *probe) must(event string, err error) {
	if err != nil {
		panic(worldFault{fmt.Errorf("the world's %s failed: %w", event, err)})
	}
}

// breaks records a violation. A rule that is broken many times in a check is reported a few times.
func (p *probe) breaks(r rule, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, v := range p.broken {
		if v.rule == r {
			n++
		}
	}
	if n < 3 {
		p.broken = append(p.broken, violation{r, fmt.Sprintf(format, args...)})
	}
}

func (p *probe) connect() refresh.Connector { return p.open("Connect", p.Connect) }

func (p *probe) open(event string, connect func() (refresh.Connector, error)) refresh.Connector {
	c, err := connect()
	p.must(event, err)
	if c == nil {
		p.must(event, errors.New("it returned no connector"))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, c)
	return c
}

type closer interface{ Close() error }

// close closes c where it can be closed.
func (p *probe) close(c refresh.Connector) {
	p.mu.Lock()
	p.conns = slices.DeleteFunc(p.conns, func(x refresh.Connector) bool { return x == c })
	p.mu.Unlock()
	if x, ok := c.(closer); ok {
		_ = x.Close() // a connection that is cut already may say so
	}
}

func (p *probe) closeAll() {
	for _, c := range slices.Clone(p.conns) {
		p.close(c)
	}
}

// person is what the world is asked to put: mixed case, because servers keep the spelling.
func (p *probe) person() refresh.Mailbox {
	p.made++
	at := func(local, domain string) refresh.Address {
		return refresh.Address(fmt.Sprintf(local+"@%s", p.made, domain))
	}
	upper := strings.ToUpper(p.Domain[:1]) + p.Domain[1:]
	return refresh.Mailbox{
		Login:       string(at("login%d", p.Domain)),
		DisplayName: fmt.Sprintf("Person %d", p.made),
		Kind:        refresh.KindUser,
		Primary:     at("Person.Number.%d", p.Domain),
		Aliases:     []refresh.Address{at("p%d", p.Domain), at("O'Second-%d+Tag", upper)},
	}
}

// put makes n people.
func (p *probe) put(n int) []refresh.Mailbox {
	asked := make([]refresh.Mailbox, n)
	for i := range asked {
		asked[i] = p.person()
	}
	put, err := p.PutAll(asked)
	p.must("PutAll", err)
	if len(put) != n {
		p.must("PutAll", fmt.Errorf("it returned %d mailboxes for %d", len(put), n))
	}
	for i := range put {
		p.know("Put", put[i], asked[i])
	}
	return put
}

// putAs makes an object with the addresses, login and name of m.
func (p *probe) putAs(m refresh.Mailbox) refresh.Mailbox {
	m.ID, m.Instance, m.Anchor = "", "", ""
	got, err := p.Put(m)
	p.must("Put", err)
	p.know("Put", got, m)
	return got
}

func (p *probe) know(event string, got, asked refresh.Mailbox) {
	switch {
	case got.ID == "":
		p.must(event, errors.New("it returned a mailbox without an ID"))
	case p.ids[got.ID]:
		p.must(event, fmt.Errorf("it gave ID %s to two objects", got.ID))
	case !got.Primary.Same(asked.Primary):
		p.must(event, fmt.Errorf("the primary address is %q, want %q", got.Primary, asked.Primary))
	}
	p.ids[got.ID] = true
	p.keepPrivate(got)
}

func (p *probe) keepPrivate(m refresh.Mailbox) {
	for _, a := range append(m.Addresses(), refresh.Address(m.Login)) {
		if strings.Contains(string(a), "@") {
			p.private = append(p.private, strings.ToLower(string(a)))
		}
	}
}

func (p *probe) update(m refresh.Mailbox) refresh.Mailbox {
	got, err := p.Update(m)
	p.must("Update", err)
	if got.ID != m.ID || !got.Primary.Same(m.Primary) {
		p.must("Update", fmt.Errorf("it returned object %s with primary address %q, want %s with %q", got.ID, got.Primary, m.ID, m.Primary))
	}
	p.keepPrivate(got)
	return got
}

func (p *probe) delete(id refresh.ID) { p.must("Delete", p.Delete(id)) }

// checkError looks for addresses in what an error says.
func (p *probe) checkError(where string, err error) {
	if err == nil {
		return
	}
	text := strings.ToLower(fmt.Sprintf("%v %+v", err, err))
	if !strings.Contains(text, "@") {
		return
	}
	for _, a := range p.private {
		if strings.Contains(text, a) {
			p.breaks(rulePrivacy, "%s: an error contains the address or login %q", where, a)
			return
		}
	}
}

// checkMailbox looks at the addresses of a mailbox that was read.
func (p *probe) checkMailbox(where string, m refresh.Mailbox) {
	seen := map[string]bool{}
	for _, a := range m.Addresses() {
		if seen[a.Fold()] {
			p.breaks(ruleAliases, "%s: object %s has %q twice", where, m.ID, a)
		}
		seen[a.Fold()] = true
		if local, _ := a.Split(); a.Check() != nil || !strings.HasPrefix(local, `"`) && strings.Contains(local, ":") {
			p.breaks(ruleSMTP, "%s: object %s has the address %q", where, m.ID, a)
		}
	}
}

// limited is a context that ends the calls of a connector which would otherwise hang for ever.
func (p *probe) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 6*p.Patience)
}

func idsOf(ms []refresh.Mailbox) []refresh.ID {
	ids := make([]refresh.ID, len(ms))
	for i, m := range ms {
		ids[i] = m.ID
	}
	return ids
}

func (p *probe) never(n int) []refresh.ID {
	ids := make([]refresh.ID, n)
	for i := range ids {
		ids[i] = p.Never()
		if p.ids[ids[i]] {
			p.must("Never", fmt.Errorf("it returned the ID %s of an object", ids[i]))
		}
	}
	return ids
}
