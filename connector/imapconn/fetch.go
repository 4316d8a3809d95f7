package imapconn

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

var (
	errIncomplete = errors.New("the server left out a part of its answer")
	errNoInbox    = errors.New("the account has no INBOX")
	errChanged    = errors.New("the folder changed while it was read")
	errImpossible = errors.New("the server's answer cannot be true, such as one UID for two messages")
)

// sample is a new one, to mint a witness from.
func (s *session) sample(ctx context.Context, folders []Folder) (Sample, error) {
	var out Sample
	for _, t := range planMint(folders) {
		f, err := s.examine(ctx, t.Folder)
		if err != nil {
			return nil, err
		}
		got := Sampled{Folder: f}
		if spans := t.sequences(f.Count); len(spans) > 0 {
			var set imap.SeqSet
			for _, x := range spans {
				set.AddRange(x.first, x.last)
			}
			if got.Messages, err = s.messages(ctx, set); err != nil {
				return nil, err
			}
		}
		out = append(out, got)
	}
	return out, nil
}

// proof is the sample that shows whether the mailbox is the one of a witness.
func (s *session) proof(ctx context.Context, w Witness, folders []Folder) (Sample, error) {
	var out Sample
	for _, p := range planProof(w, folders) {
		f, err := s.examine(ctx, p.Folder)
		if err != nil {
			return nil, err
		}
		got := Sampled{Folder: f}
		if f.Count > 0 && len(p.uids) > 0 {
			var set imap.UIDSet
			for _, x := range p.uids {
				set.AddRange(imap.UID(x.first), imap.UID(x.last))
			}
			if got.Messages, err = s.messages(ctx, set); err != nil {
				return nil, err
			}
			oldest, err := s.messages(ctx, imap.SeqSetNum(1))
			if err != nil {
				return nil, err
			}
			if len(oldest) == 1 {
				got.Oldest = oldest[0].UID
			}
		}
		out = append(out, got)
	}
	return out, nil
}

// examine opens a folder so that nothing can be written (EXAMINE), and returns what the server says of it now.
func (s *session) examine(ctx context.Context, f Folder) (Folder, error) {
	var d *imap.SelectData
	err := s.do(ctx, "EXAMINE", func() (err error) {
		d, err = s.client.Select(f.Name, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	switch {
	case err != nil:
		return Folder{}, err
	case d.UIDValidity == 0:
		return Folder{}, &Error{Op: "EXAMINE", Server: s.c.server, Err: errIncomplete}
	case f.UIDValidity != 0 && d.UIDValidity != f.UIDValidity:
		return Folder{}, &Error{Op: "EXAMINE", Server: s.c.server, Err: errChanged}
	}
	f.UIDValidity, f.UIDNext, f.Count = d.UIDValidity, uint32(d.UIDNext), d.NumMessages
	return f, nil
}

// messageID asks for one header field and no more of it than it can need, without marking the message as read.
func messageID() *imap.FetchItemBodySection {
	return &imap.FetchItemBodySection{
		Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-Id"}, Partial: &imap.SectionPartial{Size: longestID},
	}
}

const longestID = 1 << 10

// mostMessages is more than any sample asks of a folder.
const mostMessages = maxFolders * (maxSample + maxGaps)

// messages reads what a witness keeps of messages. A server may send what it was not asked for in the middle of an answer, such as flags that
// changed, and go-imap may take that for the answer about the message: then all is asked for once more.
func (s *session) messages(ctx context.Context, set imap.NumSet) ([]Message, error) {
	for again := false; ; again = true {
		got, whole, err := s.fetch(ctx, set)
		switch {
		case err != nil:
			return nil, err
		case whole:
			return got, nil
		case again:
			return nil, &Error{Op: "FETCH", Server: s.c.server, Err: errIncomplete}
		}
	}
}

// fetch reads messages. whole is false when something of one of them is lacking.
func (s *session) fetch(ctx context.Context, set imap.NumSet) (got []Message, whole bool, err error) {
	whole = true
	section := messageID()
	err = s.do(ctx, "FETCH", func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{
			UID: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section},
		})
		for d := cmd.Next(); d != nil; d = cmd.Next() {
			m, ok := readMessage(d, section, s.over)
			whole = whole && ok
			if len(got) <= mostMessages { // it is more than was asked for
				got = append(got, m)
			}
		}
		return cmd.Close()
	})
	return got, whole && len(got) <= mostMessages, err
}

// over waits for the end of a connection that broke in the middle of a literal. Until go-imap's own goroutine has seen it, too, nobody else may read on, and
// to go on to the next part is to read the rest of the literal.
func (s *session) over() {
	_ = s.raw.Close()
	<-s.client.Closed()
}

// readMessage takes one message's answer to its end. ok is false when a part is lacking. It calls over where a literal is shorter than it should be.
func readMessage(d *imapclient.FetchMessageData, section *imap.FetchItemBodySection, over func()) (m Message, ok bool) {
	var sized, identified bool
	for item := d.Next(); item != nil; item = d.Next() {
		switch x := item.(type) {
		case imapclient.FetchItemDataUID:
			m.UID = uint32(x.UID)
		case imapclient.FetchItemDataInternalDate:
			m.Date = x.Time
		case imapclient.FetchItemDataRFC822Size:
			m.Size, sized = x.Size, true
		case imapclient.FetchItemDataBodySection:
			if !x.MatchCommand(section) {
				continue // go-imap reads it to its end
			}
			identified = true
			if x.Literal != nil {
				b, err := io.ReadAll(io.LimitReader(x.Literal, 2*longestID))
				if identified = err == nil && int64(len(b)) == min(x.Literal.Size(), 2*longestID); !identified {
					over()
				}
				m.MessageID = fieldValue(string(b))
			}
		}
	}
	return m, m.UID != 0 && !m.Date.IsZero() && sized && identified
}

// fieldValue is the value of the first header field in s, on one line.
func fieldValue(s string) string {
	_, s, _ = strings.Cut(s, ":")
	var b strings.Builder
	for line := range strings.Lines(s) {
		if b.Len() > 0 && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			break // another field, or the empty line
		}
		if text := strings.TrimSpace(line); text != "" {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(text)
		}
	}
	return b.String()
}
