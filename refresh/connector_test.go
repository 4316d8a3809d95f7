package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// every has the methods of every ability, and the bits it is given.
type every struct{ can refresh.Capability }

func (e every) Info() refresh.Info                                                      { return refresh.Info{System: "every", Can: e.can} }
func (every) Resolve(context.Context, []refresh.ID, func(int, refresh.Lookup)) error    { return nil }
func (every) Confirm(context.Context, []refresh.ID, func(int, refresh.Lookup)) error    { return nil }
func (every) Find(context.Context, []refresh.Address, func(int, refresh.Finding)) error { return nil }
func (every) List(context.Context) iter.Seq2[refresh.Entry, error]                      { return nil }
func (every) Inspect(context.Context) (refresh.Directory, error)                        { return refresh.Directory{}, nil }
func (every) Mark(context.Context) (refresh.Cursor, error)                              { return refresh.Cursor{}, nil }
func (every) Changes(context.Context, refresh.Cursor) (refresh.ChangePage, error) {
	return refresh.ChangePage{}, nil
}
func (every) Shutdown() {}

// bare has no method beside Info, and the bits it is given.
type bare struct{ can refresh.Capability }

func (b bare) Info() refresh.Info { return refresh.Info{Can: b.can} }

func has[T refresh.Connector](c refresh.Connector) bool {
	_, ok := refresh.As[T](c)
	return ok
}

func TestAs(t *testing.T) {
	const all = refresh.CanResolve | refresh.CanConfirm | refresh.CanFind | refresh.CanList | refresh.CanInspect | refresh.CanTrack
	abilities := []struct {
		name string
		bit  refresh.Capability
		has  func(refresh.Connector) bool
	}{
		{"resolve", refresh.CanResolve, has[refresh.Resolver]},
		{"confirm", refresh.CanConfirm, has[refresh.Confirmer]},
		{"find", refresh.CanFind, has[refresh.Finder]},
		{"list", refresh.CanList, has[refresh.Lister]},
		{"inspect", refresh.CanInspect, has[refresh.Inspector]},
		{"track", refresh.CanTrack, has[refresh.Tracker]},
	}
	for _, a := range abilities {
		t.Run(a.name, func(t *testing.T) {
			same(t, "method and bit", true, a.has(every{a.bit}))
			same(t, "the bit without the method", false, a.has(bare{all}))
			same(t, "the method without the bit", false, a.has(every{all &^ a.bit}))
		})
	}
	type shutter interface {
		refresh.Connector
		Shutdown()
	}
	same(t, "an interface that has no bit: the methods alone decide", []bool{true, false}, []bool{has[shutter](every{}), has[shutter](bare{all})})
	same(t, "a concrete type", []bool{true, false}, []bool{has[every](every{}), has[every](bare{all})})
	same(t, "every connector is a connector", true, has[refresh.Connector](bare{}))
	if got, ok := refresh.As[refresh.Resolver](every{}); got != nil || ok {
		t.Errorf("As without the bit gives %v; want nothing, so that nobody calls it", got)
	}
	same(t, "nothing is no connector", false, has[refresh.Resolver](nil))
}

func TestCapability(t *testing.T) {
	tests := map[refresh.Capability]string{
		0:                                    "0x0",
		refresh.CanResolve:                   "resolve",
		refresh.CanResolve | refresh.CanFind: "resolve+find",
		refresh.CanTrack | 1<<6:              "track+0x40",
		1 << 15:                              "0x8000",
	}
	for c, want := range tests {
		same(t, "words joined by +, what has no word in hexadecimal", want, c.String())
	}
	c := refresh.CanResolve | refresh.CanFind
	same(t, "Has wants every ability", []bool{true, true, false}, []bool{c.Has(refresh.CanFind), c.Has(c), c.Has(refresh.CanFind | refresh.CanList)})
}

func TestDirectoryAccepts(t *testing.T) {
	known := refresh.Directory{Domains: []refresh.Domain{{Name: "Old.example"}, {Name: "bücher.example"}}}
	tests := []struct {
		name, reason, domain string
		dir                  refresh.Directory
		want                 refresh.Tri
	}{
		{"accepted", "domains are folded", "old.EXAMPLE", known, refresh.Yes},
		{"international", "either form", "xn--bcher-kva.example", known, refresh.Yes},
		{"not accepted", "it is not in the list", "new.example", known, refresh.No},
		{"a part of one", "a subdomain is another domain", "sub.old.example", known, refresh.No},
		{"below a wildcard", "the star stands for any depth", "a.b.Wild.example", refresh.Directory{Domains: []refresh.Domain{{Name: "*.wild.example"}}}, refresh.Yes},
		{"the wildcard's own", "it is taken to be accepted", "wild.example", refresh.Directory{Domains: []refresh.Domain{{Name: "*.wild.example"}}}, refresh.Yes},
		{"beside a wildcard", "a domain ends at a dot", "notwild.example", refresh.Directory{Domains: []refresh.Domain{{Name: "*.wild.example"}}}, refresh.No},
		{"everything", "the star alone", "any.example", refresh.Directory{Domains: []refresh.Domain{{Name: "*"}}}, refresh.Yes},
		{"domains not known", "nothing can be said", "old.example", refresh.Directory{}, refresh.Unknown},
		{"no domain at all", "an empty list is an answer", "old.example", refresh.Directory{Domains: []refresh.Domain{}}, refresh.No},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, tt.reason, tt.want, tt.dir.Accepts(tt.domain)) })
	}
	same(t, "a cursor", []bool{true, false, false}, []bool{refresh.Cursor{}.IsZero(), refresh.Cursor{Token: "x"}.IsZero(), refresh.Cursor{Taken: day1}.IsZero()})
}

// Values of servers are personal or hostile: no error shows them, however it is printed.
func TestValueErrorHidesItsValue(t *testing.T) {
	e := &refresh.ValueError{Attr: "proxyAddresses", Index: 2, Value: "hidden", Problem: "is odd"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if text := fmt.Sprintf(verb, e); strings.Contains(text, "hidden") || strings.Contains(text, fmt.Sprintf("%x", "hidden")) {
			t.Errorf("%s shows the value: %s", verb, text)
		}
	}
	same(t, "in a log", "malformed value in proxyAddresses[2]: is odd", e.LogValue().String())
	same(t, "the attribute as a whole, no problem given", "malformed value in mail", (&refresh.ValueError{Attr: "mail", Index: -1, Value: "hidden"}).Error())
	wrapped := fmt.Errorf("reading: %w", e)
	same(t, "wrapped", "reading: malformed value in proxyAddresses[2]: is odd", wrapped.Error())
	same(t, "callers reach it", e, as[*refresh.ValueError](t, wrapped))
}

func TestErrorTexts(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"wrong directory", &refresh.WrongDirectoryError{Side: refresh.Source, Want: "A", Got: "B"},
			`refresh: the source connection reaches directory "B", but the job's mailboxes belong to "A": connect to the right directory, or make a new job for this one`},
		{"pin", &refresh.PinError{Side: refresh.Target, System: "IMAP"},
			"refresh: the target side is pinned to a directory, but the connector (IMAP) cannot tell which one it reaches: use a connector that can inspect, or set Options.SkipPinCheck"},
		{"reconfigure", &refresh.ReconfigureError{Side: refresh.Target, System: "LDAP", Err: refresh.ErrCredentials},
			"refresh: the target server (LDAP) rejected the credentials: reconfigure the connection, then refresh: credentials rejected"},
		{"wrong job", &refresh.WrongJobError{Want: "a", Got: "b"}, "refresh: the result was made for job a, not for job b"},
		{"split", &refresh.SplitError{Side: refresh.Source, Keys: []string{"1", "2"}}, `refresh: rows ["1" "2"] exchange addresses on the source side: keep all of them or none`},
		{"prune", &refresh.PruneLimitError{Rows: 60, Of: 100, Limit: refresh.Limit{MaxShare: 0.1, MaxRows: 50}},
			"refresh: nothing removed: pruning would remove 60 of 100 rows, more than the limit of 10% or 50 rows: look at the missing rows first, then raise the limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, "what happened and what to do", tt.want, tt.err.Error()) })
	}
	same(t, "a refusal is nothing else than unsupported", []bool{true, false}, []bool{
		errors.Is(&refresh.UnsupportedError{}, errors.ErrUnsupported), errors.Is(&refresh.UnsupportedError{}, refresh.ErrNoSide),
	})
}
