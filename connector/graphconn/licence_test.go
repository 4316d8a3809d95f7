package graphconn_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestLicence takes the mailboxes of users away: whether they have a licence is evidence beside the outcome, and is asked of nobody else.
func TestLicence(t *testing.T) {
	for _, tt := range []struct {
		name   string
		plans  []graphtest.Plan
		fault  *graphtest.Fault
		want   refresh.Tri
		reason string
	}{
		{"no plan", nil, nil, refresh.No, "the licence was taken away, and with it the mailbox"},
		{"enabled", []graphtest.Plan{{Service: "SharePoint"}, {Service: "exchange"}}, nil, refresh.Yes, "the mailbox is being made, or was disabled otherwise"},
		{"in grace", []graphtest.Plan{{Service: "exchange", Status: "Warning"}}, nil, refresh.Yes, "everything still works"},
		{"deleted", []graphtest.Plan{{Service: "exchange", Status: "Deleted"}, {Service: "SharePoint"}}, nil, refresh.No, "what is left of a former licence"},
		{"not readable", nil, &graphtest.Fault{Status: 403}, refresh.Unknown, "the outcome is the same without the evidence"},
		{"null", nil, &graphtest.Fault{Rewrite: func(b []byte) []byte {
			return []byte(strings.ReplaceAll(string(b), `"assignedPlans":[]`, `"assignedPlans":null`))
		}}, refresh.Unknown, "null is no list of plans"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graphtest.Start(t, nil)
			ids := people(s, 3)
			verify := &refresh.Options{Full: true, Verify: true}
			job := jobOf(s, ids)
			job = apply(t, job, run(t, job, connect(t, s, nil, everyRight...), verify, map[refresh.Outcome]int{refresh.Refreshed: 3})) // learns the mailboxes
			s.Change(ids[1], func(u *graphtest.User) { u.NoMailbox, u.MailboxID, u.Plans = true, "", tt.plans })
			var asked atomic.Int32
			s.Fault(func(r *graphtest.Request) *graphtest.Fault {
				if !strings.Contains(r.Query.Get("$select"), "assignedPlans") {
					return nil
				}
				asked.Add(1)
				return tt.fault
			})
			res := run(t, job, connect(t, s, nil, everyRight...), verify, map[refresh.Outcome]int{refresh.NotChanged: 2, refresh.Missing: 1})
			for _, row := range res.Rows {
				if row.Outcome == refresh.Missing && (row.Evidence == nil || row.Evidence.Licensed != tt.want) {
					t.Errorf("%s: evidence %+v", tt.reason, row.Evidence)
				}
				if row.Outcome == refresh.NotChanged && row.Evidence != nil && row.Evidence.Licensed != refresh.Unknown {
					t.Errorf("%s has a mailbox and evidence %+v", row.Key, row.Evidence)
				}
			}
			if n := asked.Load(); n == 0 || n > 2 {
				t.Errorf("assignedPlans was asked for %d times, want once by Resolve and once by the confirmation", n)
			}
		})
	}
}
