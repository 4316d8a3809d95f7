package imapconn_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

// TestLoginOutOfTurn: a server that answers before it was told all, or asks again and again, keeps nobody waiting.
func TestLoginOutOfTurn(t *testing.T) {
	own, token := imapconn.Auth{}, imapconn.Auth{Mechanism: imapconn.XOAuth2, Token: func(context.Context, string) (string, error) { return "s3cret", nil }}
	for _, x := range []struct {
		name, caps string
		auth       imapconn.Auth
		answer     string // to the first line of the login; TAG is its tag
		want       error
		reason     string
	}{
		{"PLAIN, unavailable", "AUTH=PLAIN", own, "+ \r\nTAG NO [UNAVAILABLE] later\r\n", imapconn.ErrUnavailable, "it did not wait for the password"},
		{"PLAIN, rejected", "AUTH=PLAIN", own, "+ \r\nTAG NO [AUTHENTICATIONFAILED] no\r\n", imapconn.ErrRejected, "the same"},
		{"PLAIN, rejected with a line between", "AUTH=PLAIN", own, "+ \r\n* OK wait\r\nTAG NO no\r\n", imapconn.ErrRejected, "the same"},
		{"PLAIN, BYE", "AUTH=PLAIN", own, "+ \r\n* BYE busy\r\n", nil, "it ends the connection"},
		{"PLAIN, asked twice", "AUTH=PLAIN", own, "+ \r\n+ \r\n", nil, "there is nothing more to say"},
		{"PLAIN, asked and no more", "AUTH=PLAIN", own, "+ \r\n", nil, "the answer never comes"},
		{"PLAIN, a challenge", "AUTH=PLAIN", own, "+ aGk=\r\nTAG NO no\r\n", nil, "PLAIN has none"},
		{"PLAIN at once, unavailable", "AUTH=PLAIN SASL-IR", own, "+ \r\nTAG NO [UNAVAILABLE] later\r\n", nil, "there was no reason to ask"},
		{"LOGIN with literals, unavailable", "", own, "+ go\r\nTAG NO [UNAVAILABLE] later\r\n", imapconn.ErrUnavailable, "it did not wait for the password"},
		{"LOGIN with literals, asked and no more", "", own, "+ go\r\n", nil, "the answer never comes"},
		{"XOAUTH2, asked in two ways", "AUTH=XOAUTH2", token, "+ \r\n+ e30=\r\nTAG NO no\r\n", imapconn.ErrRejected, "the second request is the refusal"},
		{"XOAUTH2, unavailable", "AUTH=XOAUTH2", token, "+ \r\nTAG NO [UNAVAILABLE] later\r\n", imapconn.ErrUnavailable, "it did not wait for the token"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			addr, _ := scripted(t, func(c net.Conn) {
				conn := tls.Server(c, serverTLS())
				say(conn, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
				for {
					tag, rest, _ := strings.Cut(strings.TrimRight(line(conn), "\r"), " ")
					switch word, _, _ := strings.Cut(rest, " "); word {
					case "CAPABILITY":
						say(conn, "* CAPABILITY IMAP4rev1 "+x.caps+"\r\n"+tag+" OK\r\n")
					case "AUTHENTICATE", "LOGIN":
						say(conn, strings.ReplaceAll(x.answer, "TAG", tag))
					}
					if tag == "" {
						return
					}
				}
			})
			timeout := 5 * time.Second
			if strings.HasSuffix(x.name, "no more") || strings.HasSuffix(x.name, "BYE") { // the connection stays open
				timeout = 400 * time.Millisecond
			}
			c, err := imapconn.New(imapconn.Config{Server: addr, TLS: clientTLS(), Auth: x.auth}, &imapconn.Options{Timeout: timeout})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() {
				_, err := c.Witness(t.Context(), imapconn.Account{Login: "ännä", Password: "s3crét"})
				done <- err
			}()
			select {
			case err := <-done:
				if _, ok := errors.AsType[*imapconn.Error](err); !ok || x.want != nil && !errors.Is(err, x.want) || errors.Is(err, refresh.ErrCredentials) {
					t.Errorf("%v, want %v: %s", err, x.want, x.reason)
				}
			case <-time.After(15 * time.Second):
				t.Errorf("it hangs: %s", x.reason)
			}
		})
	}
}
