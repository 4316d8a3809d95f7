package graphconn

import (
	"context"
	"encoding/json"

	"github.com/readdress-go/readdress/refresh"
)

// licences reads whether users have a plan that includes a mailbox: assignedPlans (Microsoft, "assignedPlan resource type"). It is asked
// only of those who have no mailbox, because the plans of one user are many times as long as all else that is read. What cannot be
// read is unknown. An error means that the call has to end.
func (c *Connector) licences(ctx context.Context, ms []refresh.Mailbox) ([]refresh.Tri, error) {
	licensed := make([]refresh.Tri, len(ms))
	ids := make([]refresh.ID, len(ms))
	for i, m := range ms {
		ids[i] = m.ID
	}
	parts := make([]part, len(ids))
	for i, p := range paths("/users/", ids, "?$select=id,assignedPlans") {
		parts[i] = part{path: p, units: 1}
	}
	var fatal error
	err := c.batch(ctx, "assignedPlans", parts, func(i int, a partAnswer) {
		switch {
		case a.err == nil:
			licensed[i] = licensedBy(ids[i], a.body)
		case final(ctx, a.err):
			fatal = a.err
		}
	})
	if fatal == nil && err != nil && final(ctx, err) {
		fatal = err
	}
	return licensed, fatal
}

// licensedBy reads whether a plan of Exchange is enabled, or is in the time after the end of a subscription in which everything still works.
func licensedBy(id refresh.ID, body json.RawMessage) refresh.Tri {
	var u struct {
		ID    refresh.ID `json:"id"`
		Plans []struct {
			Service string `json:"service"`
			Status  string `json:"capabilityStatus"`
		} `json:"assignedPlans"`
	}
	if json.Unmarshal(body, &u) != nil || u.ID != id || u.Plans == nil { // null is what a reader sees who may not read it
		return refresh.Unknown
	}
	for _, p := range u.Plans {
		if p.Service == "exchange" && (p.Status == "Enabled" || p.Status == "Warning") {
			return refresh.Yes
		}
	}
	return refresh.No
}
