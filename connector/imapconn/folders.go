package imapconn

import (
	"context"
	"errors"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// inventory is what LIST, STATUS and NAMESPACE say of an account's folders.
type inventory struct {
	folders  []Folder // those of the user's own namespace, that hold messages or may
	sizes    int64    // of all of them, -1 where the server does not say
	messages uint64
	inbox    *Folder // nil where there is none
}

// mostStatus is how many folders are asked for their state one by one, where the server has no LIST-STATUS.
const mostStatus = 1000

var errFolders = errors.New("the account has more than 1000 folders, and the server tells their state one by one only (no LIST-STATUS)")

// folders reads which folders the account has and how large they are. Folders that other people see, too, are left out: the same messages would be
// in several mailboxes. Where the server does not say which they are (no NAMESPACE), INBOX is all there is to go by.
func (s *session) folders(ctx context.Context) (*inventory, error) {
	names, err := s.namespace(ctx)
	if err != nil {
		return nil, err
	}
	status := &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, Size: s.caps.Has(imap.CapStatusSize)}
	listed, err := s.list(ctx, names, status)
	if err != nil {
		return nil, err
	}
	all := &inventory{}
	if !status.Size {
		all.sizes = -1
	}
	asked := 0
	for _, l := range listed {
		st := l.status
		if st == nil || st.NumMessages == nil {
			if asked++; asked > mostStatus {
				return nil, &Error{Op: "STATUS", Server: s.c.server, Err: errFolders}
			}
			if st, err = s.status(ctx, l.name, status); err != nil {
				return nil, err
			}
		}
		if st != nil {
			all.add(l, st)
		}
	}
	return all, nil
}

// add counts a folder.
func (a *inventory) add(l listed, st *imap.StatusData) {
	f := Folder{Name: l.name, UIDValidity: st.UIDValidity, UIDNext: uint32(st.UIDNext), Count: *st.NumMessages, Volatile: l.volatile}
	a.folders = append(a.folders, f)
	a.messages += uint64(f.Count)
	switch {
	case a.sizes < 0:
	case st.Size == nil || *st.Size < 0:
		a.sizes = -1
	default:
		a.sizes += *st.Size
	}
	if isInbox(f.Name) {
		a.inbox = &f
	}
}

// listed is what LIST says of a folder.
type listed struct {
	name     string
	volatile bool
	status   *imap.StatusData
}

// list asks for all folders, with their state where the server tells both at once.
func (s *session) list(ctx context.Context, names *namespaces, status *imap.StatusOptions) ([]listed, error) {
	var o *imap.ListOptions
	if s.caps.Has(imap.CapListStatus) {
		o = &imap.ListOptions{ReturnStatus: status, ReturnSpecialUse: s.caps.Has(imap.CapSpecialUse)}
	}
	var out []listed
	err := s.do(ctx, "LIST", func() error {
		cmd := s.client.List("", "*", o)
		seen := map[string]bool{}
		for d := cmd.Next(); d != nil; d = cmd.Next() {
			if !holds(d) || !names.own(d.Mailbox) || seen[d.Mailbox] {
				continue
			}
			seen[d.Mailbox] = true
			out = append(out, listed{d.Mailbox, volatile(d), d.Status})
		}
		return cmd.Close()
	})
	return out, err
}

// holds reports whether a folder can hold messages.
func holds(d *imap.ListData) bool {
	for _, a := range d.Attrs {
		if a == imap.MailboxAttrNoSelect || a == imap.MailboxAttrNonExistent {
			return false
		}
	}
	return d.Mailbox != ""
}

// volatile reports whether messages come and go in a folder by themselves: by its special use, or by its usual name.
func volatile(d *imap.ListData) bool {
	for _, a := range d.Attrs {
		switch a {
		case imap.MailboxAttrTrash, imap.MailboxAttrJunk, imap.MailboxAttrDrafts:
			return true
		}
	}
	leaf := d.Mailbox
	if d.Delim != 0 {
		leaf = leaf[strings.LastIndex(leaf, string(d.Delim))+1:]
	}
	switch strings.ToLower(leaf) {
	case "trash", "junk", "spam", "drafts", "deleted items", "deleted messages", "junk email", "junk e-mail", "bulk mail":
		return true
	}
	return false
}

// status asks for the state of one folder. It returns nil for one that is not there, or may not be read.
func (s *session) status(ctx context.Context, name string, want *imap.StatusOptions) (*imap.StatusData, error) {
	var st *imap.StatusData
	err := s.do(ctx, "STATUS", func() (err error) {
		st, err = s.client.Status(name, want).Wait()
		return err
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Err == errRefused {
		return nil, nil
	}
	if err == nil && st.NumMessages == nil {
		err = &Error{Op: "STATUS", Server: s.c.server, Err: errIncomplete}
	}
	return st, err
}

// namespaces says which folders are the user's own.
type namespaces struct {
	known            bool
	personal, common []string // prefixes
}

// namespace asks for it (RFC 2342).
func (s *session) namespace(ctx context.Context) (*namespaces, error) {
	if !s.caps.Has(imap.CapNamespace) {
		return &namespaces{}, nil
	}
	var d *imap.NamespaceData
	err := s.do(ctx, "NAMESPACE", func() (err error) {
		d, err = s.client.Namespace().Wait()
		return err
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Err == errRefused {
		return &namespaces{}, nil
	}
	if err != nil {
		return nil, err
	}
	n := &namespaces{known: true}
	for _, x := range d.Personal {
		n.personal = append(n.personal, x.Prefix)
	}
	for _, x := range append(d.Other, d.Shared...) {
		n.common = append(n.common, x.Prefix)
	}
	return n, nil
}

// own reports whether a folder is the user's own: the longest prefix that fits decides, and in doubt it is not.
func (n *namespaces) own(name string) bool {
	if isInbox(name) {
		return true
	}
	longest := func(of []string) int {
		best := -1
		for _, p := range of {
			if len(p) > best && strings.HasPrefix(name, p) {
				best = len(p)
			}
		}
		return best
	}
	return n.known && longest(n.personal) > longest(n.common)
}
