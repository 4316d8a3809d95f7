package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
)

const tenantID = "0785ef7c-2d7a-4542-b048-95bcab406e0b"

const wantTenant = "Contoso (" + tenantID + ")\ncontoso.example\ncontoso.onmicrosoft.com\n"

// shown is what show writes of an in-process tenant.
func shown(t *testing.T, s *graphtest.Server, token tokenFunc) string {
	t.Helper()
	var b strings.Builder
	cfg := graphconn.Config{Cloud: graphconn.Cloud{Name: "Test", Root: s.URL()}, Token: token, HTTPClient: s.Client()}
	if err := show(t.Context(), &b, cfg); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// credential is a credential whose first token was revoked.
type credential struct {
	tokens []string
	asked  []policy.TokenRequestOptions
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked = append(c.asked, o)
	return azcore.AccessToken{Token: c.tokens[min(len(c.asked), len(c.tokens))-1], ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func TestAzidentity(t *testing.T) {
	s := graphtest.Start(t, &graphtest.Options{TenantID: tenantID})
	cred := &credential{tokens: []string{s.Token(graphtest.OrganizationReadAll), s.Token(graphtest.OrganizationReadAll)}}
	s.Revoke(cred.tokens[0])
	if got := shown(t, s, fromAzidentity(cred, "https://graph.example/.default")); got != wantTenant {
		t.Errorf("%q", got)
	}
	if len(cred.asked) != 2 || cred.asked[0].Claims != "" || !strings.Contains(cred.asked[1].Claims, "nbf") || !cred.asked[0].EnableCAE ||
		cred.asked[0].Scopes[0] != "https://graph.example/.default" {
		t.Errorf("the credential was asked for %+v: want the claims that the service asked for, the second time", cred.asked)
	}
}

func TestOAuth2(t *testing.T) {
	s := graphtest.Start(t, &graphtest.Options{TenantID: tenantID})
	asked := 0
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":%q}`, s.Token(graphtest.OrganizationReadAll))
	}))
	defer authority.Close()
	conf := clientcredentials.Config{ClientID: "id", ClientSecret: "secret", TokenURL: authority.URL}
	token := fromOAuth2(conf.TokenSource(t.Context()))
	for range 2 {
		if got := shown(t, s, token); got != wantTenant {
			t.Errorf("%q", got)
		}
	}
	if asked != 1 {
		t.Errorf("%d tokens were asked for: want one, which is kept", asked)
	}
}

func TestSignIn(t *testing.T) {
	for _, c := range graphconn.Clouds() {
		for _, with := range []string{"azidentity", "oauth2"} {
			t.Setenv("AZURE_TENANT_ID", tenantID)
			if token, err := signIn(t.Context(), with, c); err != nil || token == nil {
				t.Errorf("%s in %s: %v", with, c.Name, err)
			}
		}
	}
	if _, err := signIn(t.Context(), "magic", graphconn.Global()); err == nil {
		t.Error("magic signs in")
	}
}
