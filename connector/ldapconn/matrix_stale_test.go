package ldapconn_test

import (
	"slices"
	"testing"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// TestFaultStale: a server that lags behind makes nobody missing, whichever it is.
func TestFaultStale(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		lags         int // a server
		domain       string
	}{
		{"the second", "it still has who was deleted, and confirms nothing", 1, ""},
		{"the first", "it does not have who is new, and the second contradicts", 0, ""},
		{"the catalog in use", "another catalog contradicts", 1, "sub.source.example"},
		{"the other catalog", "the one in use knows", 0, "sub.source.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, err := inForest.build(t.Context())
			must(t, err)
			defer func() { must(t, w.forest.Stop()) }()
			c, err := w.open(t.Context(), ldaptest.Auditor, longTimeout)
			must(t, err)
			defer c.Close()
			w.forest.DCs[tt.lags].Lag()
			must(t, w.forest.Delete(string(w.ids[5])))
			id, err := w.forest.Put(tt.domain, ldaptest.Person{UID: "new", Login: "new@source.example", Mail: []string{"new@source.example"}, Proxies: []string{"SMTP:new@source.example"}, Mailbox: "0f1e2d3c-4b5a-4697-8879-a0b1c2d3e4f5"})
			must(t, err)
			must(t, w.forest.Undelete(string(w.ids[0])))
			job := w.job()
			job.Matches = append(job.Matches, refresh.Match{Key: id, SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: refresh.ID(id), Primary: elderly}})
			res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: c}, nil)
			must(t, err)
			gone := map[refresh.ID]bool{w.ids[5]: true}
			for i, id := range w.ids {
				gone[id] = gone[id] || i > 0 && w.truth[id].Primary == ""
			}
			n := 0
			for _, row := range res.Rows {
				if row.Outcome == refresh.Missing && !gone[row.Before.ID] {
					t.Errorf("%s: %s is called missing, and is there", tt.reason, row.Key)
				}
				if row.Outcome == refresh.LookupFailed && row.Cause != refresh.CauseReplicasDisagree && row.Cause != refresh.CauseMailboxUnknown {
					t.Errorf("%s: %s (%s)", row.Key, row.Cause, row.Failure)
				}
				if row.Outcome == refresh.NotChanged || row.Outcome == refresh.Refreshed {
					n++
				}
			}
			if n < len(w.truth)-3 {
				t.Errorf("only %d of %d were found: %v", n, len(w.truth), outcomes(res))
			}
			w.unmoved(t, c, w.ids[0], w.ids[5])
		})
	}
}

// unmoved makes every call, and expects the truth of whoever is not in changed.
func (w *realm) unmoved(t *testing.T, c *ldapconn.Connector, changed ...refresh.ID) {
	for _, op := range operations {
		r := op.call(t.Context(), w, c)
		if r.err != nil {
			t.Errorf("%s: %v", op, r.err)
		}
		seen := map[refresh.ID]bool{}
		for _, e := range r.entries {
			seen[e.ID] = true
		}
		for i, id := range w.ids {
			m, there := w.truth[id]
			if slices.Contains(changed, id) {
				continue
			}
			if op == listing && seen[id] != (there && m.Primary != "") {
				t.Errorf("%s: index %d is listed: %t", op, i, seen[id])
			}
			if op != resolving {
				continue
			}
			if _, found := r.lookups[i].Mailbox(); found != there {
				t.Errorf("%s: index %d: %s", op, i, word(r.lookups[i]))
			}
		}
		for i, f := range r.findings {
			hits, ok := f.Mailboxes()
			_, held := w.holder[string(w.addrs[i])]
			if p, _ := w.forest.Get(string(changed[0])); string(w.addrs[i]) != p.Mail[0] && (!ok || held != (len(hits) == 1)) {
				t.Errorf("%s: address %d is found %d times, %v", op, i, len(hits), f.Err())
			}
		}
		if op == inspecting && r.directory.Pin != w.pin {
			t.Errorf("%s: the pin %q is wrong", op, r.directory.Pin)
		}
	}
}
