package imapconn

import (
	"bufio"
	"io"
	"net"
	"strings"
)

// What a server may send in clear.
const (
	clearLine  = 8 << 10
	clearLines = 16 // before the answer to STARTTLS
)

// startTLS does what is done in clear: the greeting, STARTTLS and its answer. go-imap does not see any of it, because it would keep the
// capabilities that anybody on the way can add, and would take what was sent too early for the beginning of TLS.
func startTLS(conn net.Conn) error {
	r := bufio.NewReaderSize(conn, clearLine)
	line, err := clear(r)
	if err != nil {
		return err
	}
	switch word(line) {
	case "* OK":
	case "* BYE":
		return errBye
	case "* PREAUTH":
		return errPreauth
	default:
		return errProtocol
	}
	if r.Buffered() > 0 {
		return errInjected
	}
	if _, err := io.WriteString(conn, "S STARTTLS\r\n"); err != nil {
		return err
	}
	for range clearLines {
		if line, err = clear(r); err != nil {
			return err
		}
		switch w := word(line); {
		case w == "S OK":
			if r.Buffered() > 0 {
				return errInjected
			}
			return nil
		case w == "S NO", w == "S BAD":
			return errNoStartTLS
		case w == "* BYE":
			return errBye
		case !strings.HasPrefix(w, "* "):
			return errProtocol
		}
	}
	return errProtocol
}

// clear reads a line.
func clear(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull:
		return "", errProtocol
	case err != nil:
		return "", broke(nil, err)
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// word is the beginning of a line: its tag and its first word in capitals.
func word(line string) string {
	tag, rest, _ := strings.Cut(line, " ")
	first, _, _ := strings.Cut(rest, " ")
	return tag + " " + strings.ToUpper(first)
}
