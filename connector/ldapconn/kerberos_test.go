package ldapconn_test

import (
	"bytes"
	"errors"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

// standIn is the server's side of a GSSAPI in which nothing is secret. The mechanism of the example was tried with gokrb5
// against a Samba domain controller, too.
var standIn = map[string]func() ldaptest.Mechanism{"GSSAPI": func() ldaptest.Mechanism { return &ticketServer{} }}

// ticketServer follows RFC 4752 section 3.2.
type ticketServer struct{ n int }

func (s *ticketServer) Step(token []byte) ([]byte, ldaptest.Account, bool, error) {
	s.n++
	switch {
	case s.n == 1 && string(token) == "ticket for ldap/127.0.0.1":
		return []byte("it is me"), "", false, nil
	case s.n == 2 && len(token) == 0:
		return []byte{1, 0, 0, 0}, "", false, nil // the layers on offer: none
	case s.n == 3 && bytes.Equal(token, []byte{0, 0, 0, 0}):
		return nil, ldaptest.Reader, true, nil
	}
	return nil, "", false, errors.New("no ticket")
}

// ticketClient is the client's library.
type ticketClient struct{}

func newClient() GSSAPIClient { return ticketClient{} }

func (ticketClient) InitSecContext(target string, token []byte) ([]byte, bool, error) {
	switch {
	case token == nil:
		return []byte("ticket for " + target), true, nil
	case string(token) == "it is me":
		return []byte{}, false, nil
	}
	return nil, false, errors.New("not the server that the ticket is for")
}

func (ticketClient) NegotiateSaslAuth(token []byte, _ string) ([]byte, error) {
	if len(token) != 4 {
		return nil, errors.New("not an offer of layers")
	}
	return make([]byte, 4), nil
}

func (ticketClient) DeleteSecContext() error { return nil }
