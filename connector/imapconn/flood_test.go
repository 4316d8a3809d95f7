package imapconn_test

import (
	"crypto/tls"
	"net"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/connector/imapconn"
)

// dialogue answers as a small server, except to the command that flood names: there it sends more and more.
func dialogue(c net.Conn, flood, head, body string) {
	x := tls.Server(c, serverTLS())
	defer x.Close()
	if flood == "greeting" {
		pour(x, head, body)
		return
	}
	say(x, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n")
	for {
		tag, rest, _ := strings.Cut(strings.TrimRight(line(x), "\r"), " ")
		word, _, _ := strings.Cut(rest, " ")
		if tag == "" {
			return
		}
		if word == flood {
			pour(x, strings.ReplaceAll(head, "TAG", tag), body)
			return
		}
		switch word {
		case "CAPABILITY":
			say(x, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID NAMESPACE LIST-EXTENDED LIST-STATUS STATUS=SIZE\r\n")
		case "NAMESPACE":
			say(x, "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n")
		case "LIST":
			say(x, "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 40 UIDNEXT 41 UIDVALIDITY 7 SIZE 100)\r\n")
		case "EXAMINE":
			say(x, "* 40 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 41] ok\r\n")
		}
		say(x, tag+" OK done\r\n")
	}
}

// pour sends 256 MiB.
func pour(c net.Conn, head, body string) {
	say(c, head)
	chunk := []byte(strings.Repeat(body, 32<<10/len(body)+1))
	for sent := 0; sent < 256<<20; sent += len(chunk) {
		if _, err := c.Write(chunk); err != nil {
			return
		}
	}
}

func TestFloods(t *testing.T) {
	if raceDetector {
		t.Skip("its memory is not that of the program")
	}
	const huge = "{268435456}\r\n"
	for _, x := range []struct{ name, at, head, body string }{
		{"greeting", "greeting", "* OK ", "hello "},
		{"capabilities", "CAPABILITY", "* CAPABILITY", " IMAP4rev1 X"},
		{"login text", "AUTHENTICATE", "TAG NO [AUTHENTICATIONFAILED] ", "no "},
		{"login code", "AUTHENTICATE", "TAG NO [", "A"},
		{"literal in LIST", "LIST", "* LIST () \"/\" " + huge, "x"},
		{"folders in LIST", "LIST", "", "* LIST () NIL a\r\n"},
		{"flags in LIST", "LIST", "* LIST (", "\\A "},
		{"lists in LIST", "LIST", "* LIST () NIL a (", "("},
		{"literal in ID", "ID", "* ID (\"name\" " + huge, "x"},
		{"namespaces", "NAMESPACE", "* NAMESPACE (", "(\"a\" \"/\") "},
		{"codes in EXAMINE", "EXAMINE", "", "* OK [X]\r\n"},
		{"literal in FETCH", "FETCH", "* 1 FETCH (UID 1 BODY[HEADER.FIELDS (MESSAGE-ID)]<0> " + huge, "x"},
		{"messages in FETCH", "FETCH", "", "* 1 FETCH (UID 1)\r\n"},
		{"a word in FETCH", "FETCH", "* 1 FETCH (", "X"},
	} {
		t.Run(x.name, func(t *testing.T) {
			addr, _ := scripted(t, func(c net.Conn) { dialogue(c, x.at, x.head, x.body) })
			var accounts []imapconn.Account
			for _, login := range strings.Fields("a b c d e f g h") {
				accounts = append(accounts, imapconn.Account{Login: login, Password: "p"})
			}
			c, err := imapconn.New(imapconn.Config{Server: addr, TLS: clientTLS(), Accounts: imapconn.ListOf(accounts...)}, &imapconn.Options{Timeout: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			debug.FreeOSMemory()
			peak, stop := watchMemory()
			began := time.Now()
			for _, p := range probes(t, c) {
				if strings.HasPrefix(x.at, "EXAMINE") || x.at == "FETCH" {
					continue // a probe opens no folder
				}
				quiet(t, p.Err)
				if p.State != imapconn.Down || !flooded(p.Err) {
					t.Errorf("%s: %v", p.State, p.Err)
				}
			}
			for _, err := range c.List(t.Context()) {
				if x.at != "ID" && !flooded(err) { // a list does not ask for it
					t.Errorf("%v", err)
				}
			}
			stop()
			t.Logf("%v, %.1f MiB", time.Since(began).Round(time.Millisecond), float64(*peak)/(1<<20))
			if *peak > 64<<20 {
				t.Errorf("the peak is %d MiB", *peak>>20)
			}
		})
	}
}

// flooded reports whether the flood was recognised: by its size, or by what it is no more.
func flooded(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "larger than it may be") || strings.Contains(err.Error(), "broke the protocol"))
}

// watchMemory measures the most that the process has in use beyond now.
func watchMemory() (peak *uint64, stop func()) {
	runtime.GC()
	read := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64() - s[1].Value.Uint64()
	}
	base := read()
	peak = new(uint64)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if now := read(); now > base {
				*peak = max(*peak, now-base)
			}
			select {
			case <-end:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return peak, func() { close(end); <-ended }
}

func TestPreauth(t *testing.T) {
	addr, _ := scripted(t, func(c net.Conn) {
		x := tls.Server(c, serverTLS())
		say(x, "* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n")
		line(x)
	})
	c, err := imapconn.New(imapconn.Config{Server: addr, TLS: clientTLS(), Accounts: imapconn.ListOf(imapconn.Account{Login: "a", Password: "p"})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := probes(t, c)[0]; p.State != imapconn.Down || !strings.Contains(p.Err.Error(), "PREAUTH") {
		t.Errorf("%s: %v", p.State, p.Err)
	}
}
