package dovecottest_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readdress-go/readdress/internal/dovecottest"
)

func step(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// client is as little of IMAP as these tests need.
type client struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
	n int
}

func wrap(t *testing.T, conn net.Conn) *client {
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{t: t, Conn: conn, r: bufio.NewReader(conn)}
}

func trust(s *dovecottest.Server) *tls.Config {
	return &tls.Config{RootCAs: s.Roots, ServerName: "127.0.0.2"}
}

func dial(t *testing.T, s *dovecottest.Server) *client {
	t.Helper()
	conn, err := tls.Dial("tcp", s.IMAPSAddr, trust(s))
	step(t, err)
	c := wrap(t, conn)
	c.line()
	return c
}

func (c *client) line() string {
	c.t.Helper()
	line, err := c.r.ReadString('\n')
	step(c.t, err)
	return strings.TrimSpace(line)
}

// do sends a command and returns the lines of its answer, without those that change from run to run, and how it ended, such as "OK" or
// "NO [AUTHENTICATIONFAILED]".
func (c *client) do(command string) (lines []string, end string) {
	c.t.Helper()
	c.n++
	tag := fmt.Sprintf("t%d ", c.n)
	_, err := c.Write([]byte(tag + command + "\r\n"))
	step(c.t, err)
	for {
		line := c.line()
		rest, last := strings.CutPrefix(line, tag)
		if !last {
			lines = append(lines, line)
			continue
		}
		word, more, _ := strings.Cut(rest, " ")
		if code, _, is := strings.Cut(more, "]"); is && word == "NO" {
			word += " " + code + "]"
		}
		return lines, word
	}
}

// must is do for a command that must be answered with OK.
func (c *client) must(command string) []string {
	c.t.Helper()
	lines, end := c.do(command)
	if end != "OK" {
		c.t.Fatalf("%s: %s", strings.Fields(command)[0], end)
	}
	return lines
}

func login(name, password string) string { return fmt.Sprintf("LOGIN %q %q", name, password) }

func plain(as, name, password string) string {
	return "AUTHENTICATE PLAIN " + base64.StdEncoding.EncodeToString([]byte(as+"\x00"+name+"\x00"+password))
}

// as logs in as the master user in the name of another.
func as(t *testing.T, s *dovecottest.Server, name string) *client {
	t.Helper()
	c := dial(t, s)
	c.must(login(name+"*"+dovecottest.Master, dovecottest.MasterPassword))
	return c
}

// uidValidity returns what identifies a folder's numbering.
func (c *client) uidValidity(folder string) string {
	c.t.Helper()
	return c.must("STATUS " + folder + " (UIDVALIDITY)")[0]
}

// messages returns the messages of a folder, one a line: UID, size, when it arrived, Message-ID.
func (c *client) messages(folder string) []string {
	c.t.Helper()
	c.must("EXAMINE " + folder)
	lines := c.must("UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
	var all []string
	for i, line := range lines {
		if !strings.Contains(line, " FETCH (") {
			continue
		}
		words := strings.Fields(line)
		uid := words[slices.Index(words, "(UID")+1]
		size := words[slices.Index(words, "RFC822.SIZE")+1]
		at := strings.Split(line, `"`)[1]
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", uid, size, strings.TrimSpace(at), strings.TrimPrefix(lines[i+1], "Message-ID: "))))
	}
	return all
}
