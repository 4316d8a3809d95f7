package memconn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

var (
	tracking    = &memconn.Options{Tracking: true}
	trackingDCs = &memconn.Options{Tracking: true, Replicas: threeDCs.Replicas}
)

func mark(t *testing.T, c *memconn.Connector) refresh.Cursor {
	t.Helper()
	m, err := c.Mark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.IsZero() || m.Taken.IsZero() {
		t.Fatalf("the mark is %+v", m)
	}
	return m
}

// pages reads all pages since a cursor and returns how often each ID was named.
func pages(t *testing.T, c *memconn.Connector, since refresh.Cursor, between func()) (named map[refresh.ID]int, next refresh.Cursor, n int) {
	t.Helper()
	named = map[refresh.ID]int{}
	for n = 1; n < 1000; n++ {
		page, err := c.Changes(t.Context(), since)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range page.IDs {
			named[id]++
		}
		since = page.Next
		if !page.More {
			return named, since, n
		}
		if between != nil {
			between()
		}
	}
	t.Fatal("the pages do not end")
	return nil, since, n
}

func changed(t *testing.T, c *memconn.Connector, since refresh.Cursor) []refresh.ID {
	t.Helper()
	page, err := c.Changes(t.Context(), since)
	if err != nil || page.More {
		t.Fatal(page.More, err)
	}
	return page.IDs
}

func expired(t *testing.T, c *memconn.Connector, since refresh.Cursor, why string) {
	t.Helper()
	if page, err := c.Changes(t.Context(), since); !errors.Is(err, refresh.ErrCursorExpired) || len(page.IDs) > 0 {
		t.Errorf("since %q: %d changes, %v, want an expired cursor: %s", since.Token, len(page.IDs), err, why)
	}
}

// Whatever happens to an object is a change of it.
func TestEveryEventIsAChange(t *testing.T) {
	for name, event := range map[string]func(s *memconn.System, anna, bert refresh.ID) []refresh.ID{
		"nothing": func(*memconn.System, refresh.ID, refresh.ID) []refresh.ID { return nil },
		"put": func(s *memconn.System, _, _ refresh.ID) []refresh.ID {
			return []refresh.ID{s.Put(refresh.Mailbox{}).ID, s.PutEntry(refresh.Entry{}).ID}
		},
		"rename": func(s *memconn.System, a, _ refresh.ID) []refresh.ID {
			s.Rename(a, "x@y", memconn.DropOld)
			return []refresh.ID{a}
		},
		"swap":    func(s *memconn.System, a, b refresh.ID) []refresh.ID { s.Swap(b, a); return []refresh.ID{b, a} },
		"disable": func(s *memconn.System, a, _ refresh.ID) []refresh.ID { s.DisableMailbox(a); return []refresh.ID{a} },
		"replace": func(s *memconn.System, a, _ refresh.ID) []refresh.ID { s.ReplaceMailbox(a); return []refresh.ID{a} },
		"move": func(s *memconn.System, a, _ refresh.ID) []refresh.ID {
			s.Move(a, refresh.KindRemote, "x@y")
			return []refresh.ID{a}
		},
		"delete": func(s *memconn.System, a, _ refresh.ID) []refresh.ID {
			s.Delete(a, day1, day30)
			return []refresh.ID{a}
		},
		"purge":    func(s *memconn.System, a, _ refresh.ID) []refresh.ID { s.Purge(a); return []refresh.ID{a} },
		"erase":    func(s *memconn.System, a, _ refresh.ID) []refresh.ID { s.Erase(a); return []refresh.ID{a} },
		"recreate": func(s *memconn.System, a, _ refresh.ID) []refresh.ID { return []refresh.ID{a, s.Recreate(a).ID} },
		"switch": func(s *memconn.System, a, b refresh.ID) []refresh.ID {
			s.SwitchDomain("old.example", "new.example", memconn.KeepOld)
			return []refresh.ID{a, b}
		},
		"again": func(s *memconn.System, a, b refresh.ID) []refresh.ID { // each once, in the order of the last changes
			s.Purge(a)
			s.Rename(b, "x@y", memconn.KeepOld)
			s.Erase(a)
			return []refresh.ID{b, a}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, anna, bert, _ := people(tracking)
			c := s.Connect(nil)
			m := mark(t, c)
			want := event(s, anna.ID, bert.ID)
			same(t, changed(t, c, m), want)
			same(t, changed(t, c, m), want)              // asking moves nothing
			same(t, changed(t, s.Connect(nil), m), want) // nor does a cursor belong to a connection
			same(t, changed(t, c, mark(t, c)), []refresh.ID(nil))
		})
	}
	s, anna, _, _ := people(tracking)
	s.Delete(anna.ID, day1, day30)
	m := mark(t, s.Connect(nil))
	s.Undelete(anna.ID)
	same(t, changed(t, s.Connect(nil), m), []refresh.ID{anna.ID})
}

func TestExpiredCursors(t *testing.T) {
	s, anna, _, _ := people(trackingDCs)
	c := s.Connect(nil)
	good := mark(t, c)
	front, number, _ := cutLast(good.Token)
	other, _, _, _ := people(&memconn.Options{Replicas: []string{"dc1"}, Pin: "another directory", Tracking: true})
	foreign := mark(t, other.Connect(nil))
	for token, why := range map[string]string{
		"": "it is no cursor", "garbage": "it is no cursor", number: "a number alone is of any directory",
		foreign.Token: "it is of another directory",
		mark(t, s.Connect(&memconn.ConnOptions{Replica: "dc2"})).Token: "it is of another replica",
		front + "/4":                    "it is of the future: three objects were put",
		front + "/18446744073709551616": "no such number",
		front + "/+1":                   "malformed", front + "/01": "malformed", front + "/1 ": "malformed", front + "/": "malformed",
		front + "/-1": "malformed", front + "/1~": "malformed", front + "/1~0.0.0": "no seed", front + "/1~1.9.0": "the pages end in the future",
		good.Token + "\n": "malformed", " " + good.Token: "malformed", strings.ToUpper(good.Token): "it is another pin",
	} {
		expired(t, c, refresh.Cursor{Token: token, Taken: good.Taken}, why)
	}
	same(t, changed(t, c, refresh.Cursor{Token: good.Token}), []refresh.ID(nil)) // the time does not matter

	s.ForgetChanges()
	expired(t, c, good, "the directory forgot it")
	good = mark(t, c)
	s.Rename(anna.ID, "x@y", memconn.DropOld)
	same(t, changed(t, c, good), []refresh.ID{anna.ID})

	s.SetPin("restored somewhere else")
	expired(t, c, good, "it is another directory now")
	s.SetPin("")
	expired(t, c, good, "the directory cannot be told")
	if m := mark(t, c); !strings.HasPrefix(m.Token, "contoso/dc1/") {
		t.Errorf("the cursor of a directory without a pin is %q", m.Token)
	}
}

func cutLast(token string) (front, number string, ok bool) {
	i := strings.LastIndex(token, "/")
	return token[:i], token[i+1:], true
}

func TestCursorsOfReplicas(t *testing.T) {
	s, anna, bert, _ := people(trackingDCs)
	one, two := s.Connect(nil), s.Connect(&memconn.ConnOptions{Replica: "dc2"})
	s.Lag("dc2")
	before1, before2 := mark(t, one), mark(t, two)
	s.Purge(anna.ID)
	same(t, changed(t, one, before1), []refresh.ID{anna.ID})
	same(t, changed(t, two, before2), []refresh.ID(nil)) // it has not heard
	late2 := mark(t, two)
	expired(t, two, mark(t, one), "it is of the other replica")

	s.ForgetChanges()
	forgot2 := mark(t, two)
	s.Sync("dc2")
	expired(t, two, late2, "it was forgotten on every replica")
	same(t, changed(t, two, forgot2), []refresh.ID{anna.ID}) // now it has heard
	s.Rename(bert.ID, "x@y", memconn.DropOld)
	same(t, changed(t, two, forgot2), []refresh.ID{anna.ID, bert.ID})
}

func TestTrackingFailsOver(t *testing.T) {
	for _, after := range []int{0, 1} {
		s, anna, _, _ := people(trackingDCs)
		c := s.Connect(nil)
		old := mark(t, c)
		s.Purge(anna.ID)
		over := memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanTrack, Call: 1, After: after, FailOver: "dc3"}}}
		c.SetFaults(over)
		if m := mark(t, c); !strings.Contains(m.Token, "/dc3/") || c.Replica() != "dc3" {
			t.Errorf("after %d: the mark is %q, the connector at %s", after, m.Token, c.Replica())
		}
		c = s.Connect(nil)
		c.SetFaults(over)
		expired(t, c, old, "the next replica cannot know what it missed")
		expired(t, c, old, "the connector stays there")
	}
}

// The world may change at any moment of a run.
func TestBreaksDoThings(t *testing.T) {
	s, anna, bert, cleo := people(tracking)
	rename := func(id refresh.ID) func() { return func() { s.Rename(id, "x@y", memconn.KeepOld) } }
	c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{
		{Ability: refresh.CanTrack, Method: "Mark", Call: 1, Do: rename(anna.ID)},
		{Ability: refresh.CanTrack, Method: "Mark", Call: 2, After: 1, Do: rename(anna.ID)},
		{Ability: refresh.CanTrack, Method: "Changes", Call: 3, Do: rename(bert.ID)},
		{Ability: refresh.CanTrack, Method: "Changes", Call: 4, After: 2, Do: rename(cleo.ID)},
		{Call: 1, After: 1, Do: func() { s.Purge(bert.ID) }},
		{Call: 2, Do: rename(anna.ID), Err: errTest},
	}}})
	same(t, changed(t, c, mark(t, c)), []refresh.ID(nil)) // before the mark was taken
	m := mark(t, c)
	same(t, changed(t, c, m), []refresh.ID{anna.ID})          // after it was
	same(t, changed(t, c, m), []refresh.ID{anna.ID, bert.ID}) // before the page was made
	page, err := c.Changes(t.Context(), m)
	same(t, page.IDs, []refresh.ID{anna.ID, bert.ID}) // after it was
	if err != nil {
		t.Error(err)
	}
	same(t, changed(t, c, page.Next), []refresh.ID{cleo.ID})

	m = mark(t, c)
	anna, _ = s.Get(anna.ID)
	cleo, _ = s.Get(cleo.ID)
	same(t, resolve(t, c, anna.ID, bert.ID, cleo.ID), []seen{found(anna), absent(goneTombstone), found(cleo)})
	same(t, changed(t, c, m), []refresh.ID{bert.ID})
	_, err = ask(t, c.Resolve, anna.ID)
	wantErr(t, err, errTest)
	same(t, changed(t, c, m), []refresh.ID{bert.ID, anna.ID})
}

// The rights are looked at in every call: they may go between two.
func TestTrackingNeedsSight(t *testing.T) {
	for name, f := range map[string]memconn.Faults{"deletions hidden": {HideDeleted: true}, "nothing visible": {NothingVisible: true}} {
		s, anna, _, _ := people(tracking)
		c := s.Connect(nil)
		m := mark(t, c)
		s.Purge(anna.ID)
		c.SetFaults(f)
		if page, err := c.Changes(t.Context(), m); !errors.Is(err, refresh.ErrForbidden) || len(page.IDs) > 0 {
			t.Errorf("%s: Changes = %v, %v", name, page, err)
		}
		if m, err := c.Mark(t.Context()); !errors.Is(err, refresh.ErrForbidden) || !m.IsZero() {
			t.Errorf("%s: Mark = %v, %v", name, m, err)
		}
	}
	s, anna, _, _ := people(tracking)
	c := s.Connect(&memconn.ConnOptions{Scope: func(refresh.Mailbox) bool { return false }})
	m := mark(t, c)
	s.Purge(anna.ID)
	same(t, changed(t, c, m), []refresh.ID{anna.ID}) // leaving it out would be fewer
}

func TestTrackingEndsWithTheContext(t *testing.T) {
	s, _, _, _ := people(tracking)
	c := s.Connect(nil)
	m := mark(t, c)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errTest)
	_, err := c.Mark(ctx)
	wantErr(t, err, errTest)
	_, err = c.Changes(ctx, m)
	wantErr(t, err, errTest)
	_, err = c.Changes(ctx, refresh.Cursor{})
	wantErr(t, err, errTest)
	if err == nil || !strings.HasPrefix(err.Error(), "memconn: changes: ") {
		t.Errorf("the error is %q", err)
	}
}

func TestTaken(t *testing.T) {
	s, _, _, _ := people(tracking)
	c := s.Connect(nil)
	before := time.Now()
	m := mark(t, c)
	page, err := c.Changes(t.Context(), m)
	if err != nil || m.Taken.Before(before) || page.Next.Taken.Before(m.Taken) || page.Next.Taken.After(time.Now()) {
		t.Errorf("marked at %v, changes to %v, %v", m.Taken, page.Next.Taken, err)
	}
}
