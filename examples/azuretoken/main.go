// Command azuretoken shows how an application signs in for graphconn, with azidentity and with golang.org/x/oauth2. It reads a tenant's name and
// domains, and writes nothing.
//
//	AZURE_TENANT_ID=… AZURE_CLIENT_ID=… AZURE_CLIENT_SECRET=… go run . [-with oauth2] [-cloud usgov]
//
// It is a module of its own: readdress itself needs neither of the two.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/readdress-go/readdress/connector/graphconn"
)

func main() {
	with := flag.String("with", "azidentity", "what signs in: azidentity or oauth2")
	name := flag.String("cloud", "global", "the cloud")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *with, *name); err != nil {
		fmt.Fprintln(os.Stderr, "azuretoken:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, with, name string) error {
	c, err := graphconn.CloudNamed(name)
	if err != nil {
		return err
	}
	token, err := signIn(ctx, with, c)
	if err != nil {
		return err
	}
	return show(ctx, w, graphconn.Config{Cloud: c, Token: token})
}

// signIn makes the token function. Nothing is asked for before the first request.
func signIn(ctx context.Context, with string, c graphconn.Cloud) (tokenFunc, error) {
	tenant := os.Getenv("AZURE_TENANT_ID")
	switch with {
	case "azidentity":
		cred, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
			ClientOptions: azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: c.Authority}}, TenantID: tenant,
		})
		return fromAzidentity(cred, c.Scope()), err
	case "oauth2":
		conf := &clientcredentials.Config{
			ClientID: os.Getenv("AZURE_CLIENT_ID"), ClientSecret: os.Getenv("AZURE_CLIENT_SECRET"),
			TokenURL: c.Authority + "/" + tenant + "/oauth2/v2.0/token", Scopes: []string{c.Scope()},
		}
		return fromOAuth2(conf.TokenSource(ctx)), nil
	}
	return nil, fmt.Errorf("-with %q: want azidentity or oauth2", with)
}

// show writes what the tenant is.
func show(ctx context.Context, w io.Writer, cfg graphconn.Config) error {
	conn, err := graphconn.New(cfg, nil)
	if err != nil {
		return err
	}
	tenant, err := conn.Inspect(ctx)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s (%s)\n", tenant.Name, tenant.Pin); err != nil {
		return err
	}
	for _, d := range tenant.Domains {
		if _, err := fmt.Fprintln(w, d.Name); err != nil {
			return err
		}
	}
	return nil
}
