package graphconn_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/internal/scenario"
	"github.com/readdress-go/readdress/refresh"
)

// What Microsoft Graph cannot know of the scenario, each with the reason.
var (
	notInGraph = map[string]string{
		"hide from the address book": "showInAddressList is not to be used in Microsoft Graph, says its documentation; who is hidden is a user like any other",
		"move OU":                    "a tenant has no tree",
		"move to another domain":     "a tenant is one directory; its domains are names in addresses",
		"become a remote mailbox":    "Graph does not tell a mail user, nor where it forwards to; it is a user without a mailbox, as after \"disable mailbox\"",
	}
	notWithoutVerify = with(notInGraph, "which mailbox a user has is a question for each user, asked under Verify alone")
	notInOtherClouds = with(notInGraph, "the cloud does not offer settings/exchange, so nothing tells which mailbox a user has")
)

// with adds the steps about the mailbox as opposed to the account.
func with(m map[string]string, why string) map[string]string {
	m = maps.Clone(m)
	for _, step := range []string{"disable mailbox", "replace mailbox", "accept the replacement"} {
		m[step] = why
	}
	return m
}

// TestScenario plays the scenario of all adapters in a tenant, as source and as target, with each profile of rights, and demands what its
// one table says.
func TestScenario(t *testing.T) {
	users := []graphtest.Right{graphtest.UserReadAll}
	played := map[string][]string{}
	for _, x := range []struct {
		name   string
		rights []graphtest.Right
		pinned bool
		verify bool
		opts   graphtest.Options
		cannot map[string]string
	}{
		{"Directory", everyRight, false, true, graphtest.Options{}, notInGraph},
		{"DirectoryAlone", []graphtest.Right{graphtest.DirectoryReadAll}, false, false, graphtest.Options{GetByIDsPage: 3}, notWithoutVerify},
		{"UsersAndOrganization", []graphtest.Right{graphtest.UserReadAll, graphtest.OrganizationReadAll}, false, true, graphtest.Options{}, notInGraph},
		{"UsersAlone", users, true, true, graphtest.Options{}, notInGraph},
		{"WithoutVerify", users, true, false, graphtest.Options{}, notWithoutVerify},
		{"OtherCloud", everyRight, false, false, graphtest.Options{NoExchangeSettings: true}, notInOtherClouds},
	} {
		for _, side := range []refresh.Side{refresh.Source, refresh.Target} {
			name := x.name + "/" + side.String()
			t.Run(name, func(t *testing.T) {
				reader := scenario.Reader{
					Account: name, Verify: x.verify,
					Deleted: "soft-deleted, tombstone, with a date, restorable until a date", Why: "a deleted user can be restored for 30 days",
				}
				w := tenant(t, x.opts, x.pinned, x.rights...).scenario(x.verify)
				for _, v := range scenario.Play(t, w, side, []scenario.Reader{reader}, x.cannot) {
					v.Compare(t, v.Want(w))
					played[name] = v.Common()
				}
			})
		}
	}
	const first = "UsersAlone/source"
	for name, text := range played {
		if diff := cmp.Diff(played[first], text); diff != "" && played[first] != nil {
			t.Errorf("%s differs from %s in steps that every directory has (-%s +%s):\n%s", name, first, first, name, diff)
		}
	}
}

// scenario is the world of the scenario. mailboxes: its reader can tell which mailbox a user has.
func (h *hands) scenario(mailboxes bool) *scenario.World {
	w := &scenario.World{World: h.world(), As: func(string) func() (refresh.Connector, error) { return h.open(nil, h.rights...) }}
	w.Revive = func(m refresh.Mailbox) error { h.s.Restore(string(m.ID)); return nil }
	if !mailboxes {
		w.DisableMailbox = nil
		return w
	}
	whole := func(m refresh.Mailbox, err error) (refresh.Mailbox, error) {
		u, _ := h.s.User(string(m.ID))
		m.Instance = refresh.ID(u.MailboxID)
		return m, err
	}
	w.Put = func(m refresh.Mailbox) (refresh.Mailbox, error) { return whole(h.put(m)) }
	w.Update = func(m refresh.Mailbox) (refresh.Mailbox, error) { return whole(h.update(m)) }
	w.ReplaceMailbox = func(id refresh.ID) (refresh.Mailbox, error) {
		h.s.Change(string(id), func(u *graphtest.User) { u.MailboxID = "" }) // it gets another one
		return whole(h.reported(id), nil)
	}
	return w
}
