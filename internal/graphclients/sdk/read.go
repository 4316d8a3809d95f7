package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/microsoft/kiota-abstractions-go/serialization"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"

	"github.com/readdress-go/readdress/internal/graphclients"
)

// collect follows the links of a collection with the SDK's own iterator.
func collect[T models.DirectoryObjectable](ctx context.Context, c *Client, first any, page serialization.ParsableFactory) (graphclients.Round, error) {
	r := graphclients.Round{Pages: 1}
	pages := func(node serialization.ParseNode) (serialization.Parsable, error) {
		r.Pages++
		return page(node)
	}
	it, err := core.NewPageIterator[T](first, c.adapter, pages)
	if err != nil {
		return r, err
	}
	if err := it.Iterate(ctx, func(o T) bool {
		r.Objects = append(r.Objects, objectOf(o))
		return true
	}); err != nil {
		return r, refusal(err)
	}
	r.Link = value(it.GetOdataDeltaLink())
	return r, nil
}

// objectOf takes over what the SDK's models hold.
func objectOf(d models.DirectoryObjectable) graphclients.Object {
	o := graphclients.Object{Type: value(d.GetOdataType()), ID: value(d.GetId()), DeletedAt: moment(d.GetDeletedDateTime()), Removed: removed(d)}
	switch d := d.(type) {
	case models.Userable:
		o.DisplayName, o.Login, o.Mail = value(d.GetDisplayName()), value(d.GetUserPrincipalName()), value(d.GetMail())
		o.Proxies, o.ImmutableID, o.UserType = d.GetProxyAddresses(), value(d.GetOnPremisesImmutableId()), value(d.GetUserType())
		o.Given, o.Surname, o.EmployeeID = value(d.GetGivenName()), value(d.GetSurname()), value(d.GetEmployeeId())
		o.AccountEnabled, o.LastSync = d.GetAccountEnabled(), moment(d.GetOnPremisesLastSyncDateTime())
		for _, p := range d.GetAssignedPlans() {
			o.Plans = append(o.Plans, graphclients.Plan{Service: value(p.GetService()), Status: value(p.GetCapabilityStatus()), ID: fmt.Sprint(p.GetServicePlanId())})
		}
	case models.Groupable:
		o.DisplayName, o.Mail, o.Proxies = value(d.GetDisplayName()), value(d.GetMail()), d.GetProxyAddresses()
	default: // a type without model, such as agentUser: its properties are among the additional data
		text, err := json.Marshal(d.GetAdditionalData())
		if err != nil || json.Unmarshal(text, &o) != nil {
			o.DisplayName = fmt.Sprintf("cannot be read: %v", d.GetAdditionalData())
		}
	}
	return o
}

// removed reads the annotation @removed, for which the SDK has no model: it is among the additional data, as a tree of nodes.
func removed(d models.DirectoryObjectable) *graphclients.Removed {
	switch found := d.GetAdditionalData()["@removed"].(type) {
	case nil:
		return nil
	case map[string]any:
		var r graphclients.Removed
		switch reason := found["reason"].(type) {
		case *string:
			r.Reason = value(reason)
		case string:
			r.Reason = reason
		}
		return &r
	case json.RawMessage:
		return &graphclients.Removed{Reason: string(found)}
	default:
		return &graphclients.Removed{Reason: fmt.Sprintf("a %T", found)}
	}
}

// refusal takes an error of the SDK apart.
func refusal(err error) error {
	e, ok := errors.AsType[*odataerrors.ODataError](err)
	if !ok || e.GetErrorEscaped() == nil {
		return err
	}
	said := e.GetErrorEscaped()
	r := &graphclients.Refusal{Status: e.ResponseStatusCode, Code: value(said.GetCode()), Message: value(said.GetMessage())}
	if in := said.GetInnerError(); in != nil {
		r.RequestID = value(in.GetRequestId())
		if at := in.GetDate(); at != nil {
			r.Date = at.Format(time.RFC3339)
		}
	}
	if ids := e.GetResponseHeaders().Get("request-id"); len(ids) > 0 {
		r.HeaderID = ids[0]
	}
	return r
}
