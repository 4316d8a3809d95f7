package graphconn_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/refresh"
)

// script answers requests by the beginning of path and query; what it does not know is 404 without a body of Graph.
type script struct {
	mu     sync.Mutex
	bodies map[string]string
	asked  []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Body != nil {
		_ = r.Body.Close()
	}
	asked := r.URL.Path + "?" + r.URL.RawQuery
	s.asked = append(s.asked, asked)
	best, body := "", ""
	for k, v := range s.bodies {
		if strings.HasPrefix(asked, "/v1.0"+k) && len(k) > len(best) {
			best, body = k, v
		}
	}
	resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Request: r}
	if best == "" {
		resp.StatusCode = 404
	}
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return resp, nil
}

func (s *script) connect(t *testing.T) *graphconn.Connector {
	t.Helper()
	opts := quick()
	opts.Groups = true
	c, err := graphconn.New(graphconn.Config{
		Cloud:      graphconn.Cloud{Name: "Test", Root: "https://graph.example"},
		Token:      func(context.Context) (string, error) { return "t", nil },
		HTTPClient: &http.Client{Transport: s},
	}, opts)
	must(t, err)
	return c
}

const (
	userID  = "0c1d148b-0143-4234-8265-f2f8d891d4c0"
	groupID = "1c1d148b-0143-4234-8265-f2f8d891d4c0"
)

func delta(value, link string) string {
	return `{"value":[` + value + `],` + link + `}`
}

// TestGroupCollections lists and tracks groups beside users.
func TestGroupCollections(t *testing.T) {
	s := &script{bodies: map[string]string{
		"/users?":                                 `{"value":[{"id":"` + userID + `","displayName":"U","userPrincipalName":"u@c.example","mail":"u@c.example","proxyAddresses":[],"onPremisesImmutableId":null,"userType":null},{"id":"` + userID + `","displayName":"U","userPrincipalName":"u@c.example","mail":"u@c.example","proxyAddresses":[],"onPremisesImmutableId":null,"userType":null}]}`,
		"/groups?":                                `{"value":[{"id":"` + groupID + `","displayName":"G","mail":"g@c.example","proxyAddresses":["SMTP:g@c.example"]}]}`,
		"/users/delta?$select":                    delta("", `"@odata.deltaLink":"https://graph.example/v1.0/users/delta?$deltatoken=u0"`),
		"/groups/delta?$select":                   delta("", `"@odata.deltaLink":"https://graph.example/v1.0/groups/delta?$deltatoken=g0"`),
		"/users/delta?$deltatoken=u0":             delta("", `"@odata.nextLink":"https://graph.example/v1.0/users/delta?$skiptoken=u1"`),
		"/users/delta?$skiptoken=u1":              delta(`{"id":"`+userID+`"}`, `"@odata.deltaLink":"https://graph.example/v1.0/users/delta?$deltatoken=u2"`),
		"/groups/delta?$deltatoken=g0":            delta(`{"id":"`+groupID+`","@removed":{"reason":"deleted"}}`, `"@odata.deltaLink":"https://graph.example/v1.0/groups/delta?$deltatoken=g2"`),
		"/users/delta?$deltatoken=u2":             delta("", `"@odata.deltaLink":"https://graph.example/v1.0/users/delta?$deltatoken=u2"`),
		"/groups/delta?$deltatoken=g2":            delta("", `"@odata.deltaLink":"https://graph.example/v1.0/groups/delta?$deltatoken=g2"`),
		"/directory/deletedItems/microsoft.graph": `{"value":[]}`,
	}}
	c := s.connect(t)
	kinds, n := map[refresh.Kind]refresh.Address{}, 0
	for e, err := range c.List(t.Context()) {
		must(t, err)
		n++
		kinds[e.Kind] = e.Primary
	}
	if n != 2 || len(kinds) != 2 || kinds[refresh.KindUnknown] != "u@c.example" || kinds[refresh.KindGroup] != "g@c.example" {
		t.Errorf("listed %d: %v; want each once, although a page has one twice", n, kinds)
	}
	since, err := c.Mark(t.Context())
	must(t, err)
	named, next, pages := changes(t, c, since)
	if len(named) != 2 || pages != 3 {
		t.Errorf("%d pages named %v", pages, named)
	}
	if named, _, pages := changes(t, c, next); len(named) != 0 || pages != 2 {
		t.Errorf("%d pages named %v, and nothing changed", pages, named)
	}
	// A cursor without groups does not tell which of them changed.
	without, err := graphconn.New(graphconn.Config{
		Cloud: graphconn.Cloud{Name: "Test", Root: "https://graph.example"}, HTTPClient: &http.Client{Transport: s},
		Token: func(context.Context) (string, error) { return "t", nil },
	}, nil)
	must(t, err)
	if _, err := without.Changes(t.Context(), since); !errors.Is(err, refresh.ErrCursorExpired) {
		t.Errorf("another cursor: %v", err)
	}
}
