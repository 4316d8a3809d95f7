package dovecottest

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Message is a mail in a mailbox.
type Message struct {
	Folder  string    // such as "Sent" or "Archive.2024", in ASCII; empty is INBOX
	Date    time.Time // when it arrived (INTERNALDATE), to the second; the zero time is now
	ID      string    // Message-ID without angle brackets; empty is a mail without one
	Subject string
	Body    string // lines end with "\n"
	Seen    bool
}

// text is the message as it is stored.
func (m Message) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: sender@sender.example\nTo: undisclosed-recipients:;\nSubject: %s\nDate: %s\n", m.Subject, m.Date.Format(time.RFC1123Z))
	if m.ID != "" {
		fmt.Fprintf(&b, "Message-ID: <%s>\n", m.ID)
	}
	fmt.Fprintf(&b, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n%s", m.Body)
	if !strings.HasSuffix(m.Body, "\n") {
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// readMessage reads what text has made, and what others deliver.
func readMessage(text []byte) (Message, error) {
	x, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return Message{}, err
	}
	_, body, _ := bytes.Cut(text, []byte("\n\n"))
	return Message{
		ID: strings.Trim(x.Header.Get("Message-Id"), "<>"), Subject: x.Header.Get("Subject"), Body: string(body),
	}, nil
}
