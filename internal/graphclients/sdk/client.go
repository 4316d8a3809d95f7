package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	khttp "github.com/microsoft/kiota-http-go"
	msgraph "github.com/microsoftgraph/msgraph-sdk-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"
	"github.com/microsoftgraph/msgraph-sdk-go/directoryobjects"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/organization"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/readdress-go/readdress/internal/graphclients"
)

// Client asks with msgraph-sdk-go. It is a [graphclients.Client].
type Client struct {
	graph   *msgraph.GraphServiceClient
	adapter *msgraph.GraphRequestAdapter
	root    string // with version
}

// New returns a client of the service at root, with the SDK's own handlers around a transport.
func New(root, token string, transport http.RoundTripper) (*Client, error) {
	options := msgraph.GetDefaultClientOptions()
	handlers := core.GetDefaultMiddlewaresWithOptions(&options)
	adapter, err := msgraph.NewGraphRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		authentication.NewBaseBearerTokenAuthenticationProvider(fixed(token)), nil, nil,
		&http.Client{Transport: khttp.NewCustomTransportWithParentTransport(transport, handlers...)})
	if err != nil {
		return nil, err
	}
	root += "/v1.0"
	adapter.SetBaseUrl(root)
	return &Client{msgraph.NewGraphServiceClient(adapter), adapter, root}, nil
}

// fixed is a token that never changes.
type fixed string

func (f fixed) GetAuthorizationToken(context.Context, *url.URL, map[string]any) (string, error) {
	return string(f), nil
}

func (f fixed) GetAllowedHostsValidator() *authentication.AllowedHostsValidator { return nil }

var selected = strings.Split(graphclients.Selected, ",")

// Users lists users with the SDK's own iterator.
func (c *Client) Users(ctx context.Context, top int) ([]graphclients.Object, int, error) {
	n := int32(top)
	first, err := c.graph.Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Select: selected, Top: &n},
	})
	if err != nil {
		return nil, 0, refusal(err)
	}
	r, err := collect[models.Userable](ctx, c, first, models.CreateUserCollectionResponseFromDiscriminatorValue)
	return r.Objects, r.Pages, err
}

// User reads one user.
func (c *Client) User(ctx context.Context, id string) (graphclients.Object, error) {
	u, err := c.graph.Users().ByUserId(id).Get(ctx, &users.UserItemRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.UserItemRequestBuilderGetQueryParameters{Select: selected},
	})
	if err != nil {
		return graphclients.Object{}, refusal(err)
	}
	return objectOf(u), nil
}

// ByIDs asks getByIds.
func (c *Client) ByIDs(ctx context.Context, ids []string) ([]graphclients.Object, error) {
	first, err := c.getByIDs(ctx, ids, graphclients.Selected, "user", "group")
	if err != nil {
		return nil, refusal(err)
	}
	r, err := collect[models.DirectoryObjectable](ctx, c, first, directoryobjects.CreateGetByIdsPostResponseFromDiscriminatorValue)
	return r.Objects, err
}

// getByIDs returns the first page. The SDK has no parameter for $select here, so it is part of the address.
func (c *Client) getByIDs(ctx context.Context, ids []string, selected string, types ...string) (directoryobjects.GetByIdsPostResponseable, error) {
	body := directoryobjects.NewGetByIdsPostRequestBody()
	body.SetIds(ids)
	body.SetTypes(types)
	return c.graph.DirectoryObjects().GetByIds().WithUrl(c.root+"/directoryObjects/getByIds?$select="+selected).PostAsGetByIdsPostResponse(ctx, body, nil)
}

// Mailbox is what a user's addresses are made of.
type Mailbox struct {
	ID, DisplayName, Login, Mail, ImmutableID string
	Proxies                                   []string
}

// Mailboxes resolves up to 1000 users.
func (c *Client) Mailboxes(ctx context.Context, ids []string, selected string) ([]Mailbox, error) {
	page, err := c.getByIDs(ctx, ids, selected, "user")
	if err != nil {
		return nil, refusal(err)
	}
	out := make([]Mailbox, 0, len(ids))
	for _, d := range page.GetValue() {
		u, ok := d.(models.Userable)
		if !ok {
			return nil, errors.New("sdk: an object that is no user")
		}
		out = append(out, Mailbox{
			value(u.GetId()), value(u.GetDisplayName()), value(u.GetUserPrincipalName()), value(u.GetMail()), value(u.GetOnPremisesImmutableId()), u.GetProxyAddresses(),
		})
	}
	return out, nil
}

// Delta asks for a round.
func (c *Client) Delta(ctx context.Context, link string) (graphclients.Round, error) {
	var first users.DeltaGetResponseable
	var err error
	if link == "" {
		first, err = c.graph.Users().Delta().GetAsDeltaGetResponse(ctx, &users.DeltaRequestBuilderGetRequestConfiguration{
			QueryParameters: &users.DeltaRequestBuilderGetQueryParameters{Select: selected},
		})
	} else {
		first, err = users.NewDeltaRequestBuilder(link, c.adapter).GetAsDeltaGetResponse(ctx, nil)
	}
	if err != nil {
		return graphclients.Round{}, refusal(err)
	}
	return collect[models.Userable](ctx, c, first, users.CreateDeltaGetResponseFromDiscriminatorValue)
}

// Batch sends a batch. Its parts are made by hand, because settings/exchange is not in every release of the SDK.
func (c *Client) Batch(ctx context.Context, paths []string) ([]graphclients.Part, error) {
	batch := core.NewBatchRequest(c.adapter)
	ids := make([]string, len(paths))
	for i, path := range paths {
		q := kiota.NewRequestInformation()
		q.Method, q.UrlTemplate = kiota.GET, "{+baseurl}"+path
		q.PathParameters["baseurl"] = c.root
		step, err := batch.AddBatchRequestStep(*q)
		if err != nil {
			return nil, err
		}
		ids[i] = *step.GetId()
	}
	answer, err := batch.Send(ctx, c.adapter)
	if err != nil {
		return nil, refusal(err)
	}
	parts := make([]graphclients.Part, len(ids))
	for i, id := range ids {
		item := answer.GetResponseById(id)
		if item == nil {
			return nil, errors.New("sdk: the batch leaves out " + paths[i])
		}
		text, err := json.Marshal(item.GetBody())
		if err != nil {
			return nil, err
		}
		parts[i].Status, parts[i].RetryAfter = int(*item.GetStatus()), item.GetHeaders()["Retry-After"]
		if err := json.Unmarshal(text, &parts[i].Body); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// DeletedUsers lists the users among the deleted items.
func (c *Client) DeletedUsers(ctx context.Context) ([]graphclients.Object, error) {
	first, err := c.graph.Directory().DeletedItems().GraphUser().Get(ctx, &directory.DeletedItemsGraphUserRequestBuilderGetRequestConfiguration{
		QueryParameters: &directory.DeletedItemsGraphUserRequestBuilderGetQueryParameters{Select: selected},
	})
	if err != nil {
		return nil, refusal(err)
	}
	r, err := collect[models.Userable](ctx, c, first, models.CreateUserCollectionResponseFromDiscriminatorValue)
	return r.Objects, err
}

// Organization reads the tenant.
func (c *Client) Organization(ctx context.Context) (graphclients.Organization, error) {
	all, err := c.graph.Organization().Get(ctx, &organization.OrganizationRequestBuilderGetRequestConfiguration{
		QueryParameters: &organization.OrganizationRequestBuilderGetQueryParameters{Select: []string{"id", "displayName", "verifiedDomains"}},
	})
	if err != nil {
		return graphclients.Organization{}, refusal(err)
	}
	if n := len(all.GetValue()); n != 1 {
		return graphclients.Organization{}, errors.New("sdk: not one organization")
	}
	o := all.GetValue()[0]
	out := graphclients.Organization{ID: value(o.GetId()), Name: value(o.GetDisplayName())}
	for _, d := range o.GetVerifiedDomains() {
		out.Domains = append(out.Domains, graphclients.Domain{
			Name: value(d.GetName()), Initial: value(d.GetIsInitial()), Default: value(d.GetIsDefault()), Type: value(d.GetTypeEscaped()),
		})
	}
	return out, nil
}

// value is what a pointer points to, or nothing.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// moment is a time as Graph writes it.
func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
