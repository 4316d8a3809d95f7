package main

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/oauth2"

	"github.com/readdress-go/readdress/connector/graphconn"
)

// tokenFunc is the type of [graphconn.Config].Token.
type tokenFunc = func(context.Context) (string, error)

// fromAzidentity takes tokens from any credential of azidentity: a client secret, a certificate, a managed identity, or the one of the Azure
// command line. It keeps tokens itself, and passes on what the service asks for in addition.
func fromAzidentity(cred azcore.TokenCredential, scope string) tokenFunc {
	return func(ctx context.Context) (string, error) {
		claims, _ := graphconn.Challenge(ctx)
		t, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}, Claims: claims, EnableCAE: true})
		return t.Token, err
	}
}

// fromOAuth2 takes tokens from a source of golang.org/x/oauth2, such as that of a clientcredentials.Config. It keeps a token until it expires.
func fromOAuth2(source oauth2.TokenSource) tokenFunc {
	return func(context.Context) (string, error) {
		t, err := source.Token()
		if err != nil {
			return "", err
		}
		return t.AccessToken, nil
	}
}
