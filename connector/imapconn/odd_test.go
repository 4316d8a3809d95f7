package imapconn_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/imapconn"
)

// TestListWithOddAccounts: one account that the server answers about in odd ways does not keep the others from being listed.
func TestListWithOddAccounts(t *testing.T) {
	addr, _ := scripted(t, func(c net.Conn) {
		conn, login := tls.Server(c, serverTLS()), ""
		say(conn, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n")
		for {
			tag, rest, _ := strings.Cut(strings.TrimRight(line(conn), "\r"), " ")
			words := strings.Fields(rest)
			if len(words) == 0 {
				return
			}
			switch words[0] {
			case "CAPABILITY":
				say(conn, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LIST-EXTENDED LIST-STATUS\r\n")
			case "AUTHENTICATE":
				b, _ := base64.StdEncoding.DecodeString(words[2])
				login = strings.Split(string(b), "\x00")[1]
			case "LIST":
				say(conn, "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 8 UIDNEXT 9 UIDVALIDITY 7)\r\n")
			case "EXAMINE":
				say(conn, "* 8 EXISTS\r\n* OK [UIDNEXT 9] ok\r\n")
				switch login {
				case "without UIDVALIDITY":
				case "another UIDVALIDITY":
					say(conn, "* OK [UIDVALIDITY 8] ok\r\n")
				default:
					say(conn, "* OK [UIDVALIDITY 7] ok\r\n")
				}
			case "FETCH":
				for n := 1; n <= 8; n++ {
					uid := n
					if login == "a UID twice" && n == 5 {
						uid = 4
					}
					size := "RFC822.SIZE 9 "
					if login == "without sizes" {
						size = ""
					}
					say(conn, fmt.Sprintf("* %d FETCH (UID %d INTERNALDATE \"17-Jul-1996 02:44:%02d -0700\" %sBODY[HEADER.FIELDS (Message-Id)]<0> NIL)\r\n", n, uid, n, size))
				}
			}
			say(conn, tag+" OK done\r\n")
		}
	})
	var accounts []imapconn.Account
	for _, login := range []string{"good", "without UIDVALIDITY", "another UIDVALIDITY", "a UID twice", "without sizes", "good, too"} {
		accounts = append(accounts, imapconn.Account{Login: login, Password: "p"})
	}
	c, err := imapconn.New(imapconn.Config{Server: addr, TLS: clientTLS(), Accounts: imapconn.ListOf(accounts...)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for e, err := range c.List(t.Context()) {
		n++
		want := "[unreadable]"
		switch e.Login {
		case "good":
			want = "[]"
		case "good, too":
			want = "[as another account]" // it is the same mail here
		}
		if why := fmt.Sprint(e.Attrs[imapconn.AttrWitness]); err != nil || why != want || (e.ID == "") != (want != "[]") {
			t.Errorf("%s: %s, %v, want %s", e.Login, why, err, want)
		}
	}
	if n != len(accounts) {
		t.Errorf("%d of %d accounts are listed", n, len(accounts))
	}
}
