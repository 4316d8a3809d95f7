package ldapconn_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/refresh"
)

// GSSAPIClient has the shape of GSSAPIClient in github.com/go-ldap/ldap/v3. The package gssapi beside that fulfils it with
// gokrb5 (NewClientWithPassword, NewClientWithKeytab, NewClientFromCCache) and on Windows with the account of the process
// (NewSSPIClient).
type GSSAPIClient interface {
	InitSecContext(target string, token []byte) (out []byte, more bool, err error)
	NegotiateSaslAuth(token []byte, authzid string) ([]byte, error)
	DeleteSecContext() error
}

// Kerberos is the mechanism GSSAPI (RFC 4752) without a security layer.
type Kerberos struct {
	Client GSSAPIClient
	Target string // the service's name: "ldap/" and the host

	established, done bool
}

// Name is the registered name.
func (k *Kerberos) Name() string { return "GSSAPI" }

// Step first establishes the context, in which the server proves itself, and then declines the security layers.
func (k *Kerberos) Step(_ context.Context, challenge []byte) ([]byte, error) {
	if !k.established {
		out, more, err := k.Client.InitSecContext(k.Target, challenge)
		k.established = err == nil && !more
		return out, err
	}
	out, err := k.Client.NegotiateSaslAuth(challenge, "")
	k.done = err == nil
	return out, err
}

// Finish refuses a server that reports success before it has proven itself.
func (k *Kerberos) Finish([]byte) error {
	if !k.done {
		return errors.New("the server ended the exchange too early")
	}
	return nil
}

// Close wipes the keys.
func (k *Kerberos) Close() error { return k.Client.DeleteSecContext() }

// A reader signs in with Kerberos: no password is in the configuration.
func ExampleMechanism() {
	forest, err := ldaptest.Start(ldaptest.Config{People: ldaptest.People(1, "source.example"), Mechanisms: standIn})
	if err != nil {
		panic(err)
	}
	defer forest.Stop()

	ctx := context.Background()
	c, err := ldapconn.Open(ctx, ldapconn.Config{
		Server: forest.DCs[0].TLSAddr,
		TLS:    &tls.Config{RootCAs: forest.Roots},
		SASL: func(_ context.Context, host string, _ *tls.ConnectionState) (ldapconn.Mechanism, error) {
			return &Kerberos{Client: newClient(), Target: "ldap/" + host}, nil // newClient: gssapi.NewClientFromCCache, for example
		},
	}, nil)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	err = c.Resolve(ctx, []refresh.ID{refresh.ID(forest.IDs()[0])}, func(_ int, l refresh.Lookup) {
		m, _ := l.Mailbox()
		fmt.Println(m.Primary)
	})
	if err != nil {
		panic(err)
	}
	// Output: user000000@source.example
}
