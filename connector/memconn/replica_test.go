package memconn_test

import (
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

var threeDCs = &memconn.Options{Replicas: []string{"dc1", "dc2", "dc3"}}

func (s seen) on(replica string) seen { s.On = replica; return s }

func confirm(t *testing.T, c *memconn.Connector, ids ...refresh.ID) []seen {
	t.Helper()
	got, err := ask(t, c.Confirm, ids...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLaggingReplicas(t *testing.T) {
	s, anna, bert, _ := people(threeDCs)
	one, two := s.Connect(nil), s.Connect(&memconn.ConnOptions{Replica: "dc2"})

	s.Lag("dc2")
	s.Purge(anna.ID)
	dora := s.Put(refresh.Mailbox{Primary: "dora@old.example"})
	s.Rename(bert.ID, "b@old.example", memconn.DropOld)
	bertNow, _ := s.Get(bert.ID)

	ids := []refresh.ID{anna.ID, bert.ID, dora.ID}
	now := []seen{absent(goneTombstone).on("dc1"), found(bertNow).on("dc1"), found(dora).on("dc1")}
	before := []seen{found(anna).on("dc2"), found(bert).on("dc2"), absent(goneUnseen).on("dc2")}
	same(t, resolve(t, one, ids...), now)
	same(t, resolve(t, two, ids...), before)

	s.Lag("dc2") // it lags already: no later state is taken
	same(t, resolve(t, two, ids...), before)

	n := 0
	for range two.List(t.Context()) {
		n++
	}
	if n != 3 {
		t.Errorf("the replica that lags lists %d objects, want the 3 of before", n)
	}

	s.Sync("dc2")
	for i := range now {
		now[i] = now[i].on("dc2")
	}
	same(t, resolve(t, two, ids...), now)
	s.Sync("dc2") // nothing to do
}

func TestConfirmAsksTheNextReplica(t *testing.T) {
	s, anna, _, _ := people(threeDCs)
	for from, next := range map[string]string{"": "dc2", "dc1": "dc2", "dc2": "dc3", "dc3": "dc1"} {
		c := s.Connect(&memconn.ConnOptions{Replica: from})
		same(t, confirm(t, c, anna.ID), []seen{found(anna).on(next)})
	}
	alone, anna, _, _ := people(nil)
	same(t, confirm(t, alone.Connect(nil), anna.ID), []seen{found(anna)})
}

func TestConfirmDisagrees(t *testing.T) {
	s, _, _, _ := people(threeDCs)
	s.Lag("dc1")
	dora := s.Put(refresh.Mailbox{Primary: "dora@old.example"})
	c := s.Connect(nil)
	same(t, resolve(t, c, dora.ID), []seen{absent(goneUnseen).on("dc1")})
	same(t, confirm(t, c, dora.ID), []seen{found(dora).on("dc2")})
}

func TestFailover(t *testing.T) {
	s, anna, bert, cleo := people(threeDCs)
	s.Lag("dc3")
	s.Rename(cleo.ID, "c@other.example", memconn.DropOld)
	c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{
		{Call: 2, After: 1, FailOver: "dc3", Err: errTest},
		{Ability: refresh.CanConfirm, FailOver: "dc2"},
	}}})
	ids := []refresh.ID{anna.ID, bert.ID, cleo.ID}

	if got := resolve(t, c, ids...); got[0].On != "dc1" || got[2].On != "dc1" {
		t.Errorf("the first call went to %s and %s", got[0].On, got[2].On)
	}
	same(t, resolve(t, c, ids...), []seen{found(anna).on("dc1"), found(bert).on("dc3"), found(cleo).on("dc3")})
	if c.Replica() != "dc3" {
		t.Errorf("the connector stays at %s, want dc3", c.Replica())
	}
	same(t, resolve(t, c, cleo.ID), []seen{found(cleo).on("dc3")})
	d, err := c.Inspect(t.Context())
	if err != nil || d.Server != "dc3" {
		t.Errorf("inspected %q, %v", d.Server, err)
	}

	same(t, confirm(t, c, anna.ID), []seen{found(anna).on("dc2")}) // not dc1, the next one: it failed over
	if c.Replica() != "dc3" {
		t.Errorf("confirming took the connector to %s", c.Replica())
	}
	c.SetFaults(memconn.Faults{})
	if c.Replica() != "dc3" {
		t.Errorf("healing took the connector to %s", c.Replica())
	}
}

// Sight is lost with the replica: what dc1 showed says nothing of dc2.
func TestFailoverLosesSight(t *testing.T) {
	s := memconn.New("contoso", threeDCs)
	s.Lag("dc2") // empty for ever
	s.Put(refresh.Mailbox{Primary: "anna@old.example"})
	c := s.Connect(&memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{After: 1, FailOver: "dc2"}}}})
	same(t, resolve(t, c, nobody, nobody+"2"), []seen{
		absent(goneUnseen).on("dc1"),
		failed(refresh.ErrNotVisible).on("dc2"),
	})
}
