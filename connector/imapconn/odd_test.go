package imapconn_test

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

// eccentric serves everybody the same INBOX with eight messages. edit may change the answer to a command, of which word is the first word; login is
// empty before the login.
func eccentric(t testing.TB, edit func(login, word, tag, answer string) string) (addr string) {
	addr, _ = scripted(t, func(c net.Conn) {
		conn, login := tls.Server(c, serverTLS()), ""
		say(conn, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n")
		for {
			tag, rest, _ := strings.Cut(strings.TrimRight(line(conn), "\r"), " ")
			words := append(strings.Fields(rest), "", "", "")
			answer := ""
			switch words[0] {
			case "":
				return
			case "CAPABILITY":
				answer = "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LIST-EXTENDED LIST-STATUS NAMESPACE ID\r\n"
			case "NAMESPACE":
				answer = "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"
			case "ID":
				answer = "* ID (\"name\" \"eccentric\")\r\n"
			case "LIST":
				answer = "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 8 UIDNEXT 9 UIDVALIDITY 7)\r\n"
			case "EXAMINE":
				answer = "* 8 EXISTS\r\n* OK [UIDNEXT 9] ok\r\n* OK [UIDVALIDITY 7] ok\r\n"
			case "FETCH", "UID":
				for n := 1; n <= 8 && (words[1] != "1" || n == 1); n++ {
					answer += fmt.Sprintf("* %d FETCH (UID %d INTERNALDATE \"17-Jul-1996 02:44:%02d -0700\" RFC822.SIZE 9 BODY[HEADER.FIELDS (Message-Id)]<0> NIL)\r\n", n, n, n)
				}
			}
			say(conn, edit(login, words[0], tag, answer+tag+" OK done\r\n"))
			if words[0] == "AUTHENTICATE" {
				b, _ := base64.StdEncoding.DecodeString(words[2])
				login = strings.Split(string(b), "\x00")[1]
			}
		}
	})
	return addr
}

// TestListWithOddAccounts: one account that the server answers about in odd ways does not keep the others from being listed.
func TestListWithOddAccounts(t *testing.T) {
	odd := map[string]*strings.Replacer{
		"without UIDVALIDITY": strings.NewReplacer("[UIDVALIDITY 7]", "[X]"), "another UIDVALIDITY": strings.NewReplacer("[UIDVALIDITY 7]", "[UIDVALIDITY 8]"),
		"a UID twice": strings.NewReplacer("(UID 5", "(UID 4"), "without sizes": strings.NewReplacer("RFC822.SIZE 9 ", ""),
	}
	addr := eccentric(t, func(login, _, _, answer string) string {
		switch login { // other ways to write a field
		case "quoted":
			return strings.ReplaceAll(answer, "<0> NIL", "<0> \"Message-Id: <q@x.example>\"")
		case "a literal":
			return strings.ReplaceAll(answer, "<0> NIL", "<0> {27}\r\nMessage-Id: <l@x.example>\r\n")
		}
		if r := odd[login]; r != nil {
			return r.Replace(answer)
		}
		return answer
	})
	var accounts []imapconn.Account
	for _, login := range []string{"good", "quoted", "a literal", "without UIDVALIDITY", "another UIDVALIDITY", "a UID twice", "without sizes", "good, too"} {
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
		case "good", "quoted", "a literal":
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

// TestRefusals has the server answer each command in turn in another way than with OK.
func TestRefusals(t *testing.T) {
	type trouble struct {
		answer string
		is     error // what the error is, where the command cannot be done without
	}
	troubles := map[string]trouble{
		"unavailable": {"TAG NO [UNAVAILABLE] later\r\n", imapconn.ErrUnavailable},
		"rejected":    {"TAG NO [AUTHENTICATIONFAILED] anna\r\n", nil},
		"no":          {"TAG NO anna\r\n", nil}, "an odd code": {"TAG NO [anna] no\r\n", nil}, "bad": {"TAG BAD anna\r\n", nil},
		"bye": {"* BYE [UNAVAILABLE] anna\r\n", nil}, "bye, and no": {"* BYE anna\r\nTAG NO [AUTHENTICATIONFAILED] anna\r\n", nil},
		"garbage": {"* )(anna\r\n", nil}, "another tag": {"X1 OK anna\r\n", nil}, "an unwanted request": {"+ anna\r\n", nil}, "nothing": {"", nil},
	}
	anna := imapconn.Account{Login: "anna", Password: "s3cret", Address: "anna@old.example"}
	dial := func(addr string, timeout time.Duration) *imapconn.Connector {
		c, err := imapconn.New(imapconn.Config{Server: addr, TLS: clientTLS(), Accounts: imapconn.ListOf(anna)}, &imapconn.Options{
			Timeout: timeout, Rename: func(refresh.Address) []imapconn.Candidate { return []imapconn.Candidate{anna} },
		})
		must(err)
		return c
	}
	w, err := dial(eccentric(t, func(_, _, _, answer string) string { return answer }), 0).Witness(t.Context(), anna)
	must(err)
	for _, word := range []string{"CAPABILITY", "AUTHENTICATE", "later CAPABILITY", "NAMESPACE", "ID", "LIST", "EXAMINE", "FETCH", "UID"} {
		for name, x := range troubles {
			t.Run(word+"/"+name, func(t *testing.T) {
				t.Parallel()
				timeout := 5 * time.Second
				if name == "nothing" || name == "bye" { // the connection stays open
					timeout = 300 * time.Millisecond
				}
				c := dial(eccentric(t, func(login, is, tag, answer string) string {
					if login != "" && is == "CAPABILITY" {
						is = "later CAPABILITY"
					}
					if is == word {
						return strings.ReplaceAll(x.answer, "TAG", tag)
					}
					return answer
				}), timeout)
				check := func(err error) {
					t.Helper()
					if err == nil {
						return
					}
					if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(strings.ToLower(text), "anna") || strings.Contains(text, "s3cret") {
						t.Errorf("the error tells too much: %s", text)
					}
					no := name == "rejected" || name == "no" || name == "an odd code" || name == "bad"
					if errors.Is(err, imapconn.ErrRejected) && (word != "AUTHENTICATE" || !no && name != "bye, and no") || errors.Is(err, refresh.ErrCredentials) {
						t.Errorf("it reads as a rejected login: %v", err)
					}
					if x.is != nil && !errors.Is(err, x.is) {
						t.Errorf("%v, want %v", err, x.is)
					}
				}
				began := time.Now()
				ctx := refresh.WithStored(t.Context(), func(id refresh.ID) (refresh.Mailbox, bool) {
					return refresh.Mailbox{ID: id, Primary: anna.Address}, true
				})
				answers, spared := 0, word == "ID" || word == "NAMESPACE" && strings.Contains(x.answer, "TAG") && x.is == nil
				err := c.Resolve(ctx, []refresh.ID{w.ID()}, func(_ int, l refresh.Lookup) {
					answers++
					if _, gone := l.Absence(); gone {
						t.Error("NotFound")
					}
					if _, found := l.Mailbox(); found && !spared {
						t.Error("found")
					}
					check(l.Err())
				})
				if check(err); err == nil && answers != 1 {
					t.Errorf("%d answers and no error", answers)
				}
				for e, err := range c.List(t.Context()) {
					check(err)
					if e.ID != "" && !spared && word != "UID" {
						t.Errorf("listed with %s", e.ID)
					}
				}
				for _, p := range probes(t, c) {
					check(p.Err)
				}
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		}
	}
}
