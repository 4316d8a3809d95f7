package matchtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/match/matchtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestMemconn: two systems are the input, before and after the domain of the source is switched.
func TestMemconn(t *testing.T) {
	source, target := memconn.New("contoso", nil), memconn.New("fabrikam", nil)
	source.Put(refresh.Mailbox{ID: "s1", Primary: "anna@contoso.example"})
	source.Put(refresh.Mailbox{ID: "s2", Primary: "ben@contoso.example"})
	target.Put(refresh.Mailbox{ID: "t1", Primary: "anna@contoso.example"})
	target.Put(refresh.Mailbox{ID: "t2", Anchor: "s2", Primary: "b.adler@fabrikam.example"})

	ben := matchtest.Want{ID: "s2", Status: match.Matched, Others: []refresh.ID{"t2"}, Rule: "anchor"}
	for _, tt := range []struct {
		name   string
		change func()
		anna   matchtest.Want
	}{
		{"as they are", func() {}, matchtest.Want{ID: "s1", Status: match.Matched, Others: []refresh.ID{"t1"}, Rule: "primary"}},
		{
			"switched, with the old addresses kept", func() { source.SwitchDomain("contoso.example", "contoso.test", memconn.KeepOld) },
			matchtest.Want{ID: "s1", Status: match.Matched, Others: []refresh.ID{"t1"}, Rule: "alias"},
		},
	} {
		tt.change()
		c := matchtest.Case{Name: tt.name, File: "memconn", Wants: []matchtest.Want{tt.anna, ben}}
		var err, other error
		c.Sources, err = matchtest.Collect(source.Connect(nil).List(context.Background()))
		c.Targets, other = matchtest.Collect(target.Connect(nil).List(context.Background()))
		if err := errors.Join(err, other); err != nil {
			t.Fatal(tt.name, err)
		}
		if err := c.Check(nil); err != nil {
			t.Error(err)
		}
	}
}

// TestCollectBreaks: a list that breaks off gives nobody, because who is missing makes others look unique.
func TestCollectBreaks(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	system := memconn.New("contoso", nil)
	system.Put(refresh.Mailbox{ID: "s1", Primary: "anna@contoso.example"})
	if list, err := matchtest.Collect(system.Connect(nil).List(ctx)); err == nil || list != nil {
		t.Errorf("%d mailboxes, %v", len(list), err)
	}
	broken := errors.New("broken")
	list, err := matchtest.Collect(func(yield func(refresh.Entry, error) bool) {
		_ = yield(refresh.Entry{Mailbox: refresh.Mailbox{ID: "s1"}}, nil) && yield(refresh.Entry{}, broken)
	})
	if !errors.Is(err, broken) || list != nil {
		t.Errorf("%d mailboxes, %v", len(list), err)
	}
}
