package dovecottest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// folder returns where the messages of a folder are, in the layout Maildir++.
func (s *Server) folder(login, name string) (string, error) {
	dir := s.MailDir(login)
	if name == "" || strings.EqualFold(name, "INBOX") {
		return dir, nil
	}
	if strings.ContainsAny(name, "/\x00") || strings.HasPrefix(name, ".") {
		return "", fmt.Errorf("%q cannot be a folder", name)
	}
	return filepath.Join(dir, "."+name), nil
}

// Deliver delivers messages, making folders that are missing. They get their UIDs in this order when the user next opens the folder.
func (s *Server) Deliver(login string, messages ...Message) error {
	return s.on("deliver to", func(l ...string) error {
		made := map[string]bool{}
		for _, m := range messages {
			dir, err := s.folder(l[0], m.Folder)
			if err != nil {
				return err
			}
			if !made[dir] {
				if err := s.owner.mkdirs(s.MailDir(l[0]), dir, filepath.Join(dir, "tmp"), filepath.Join(dir, "new"), filepath.Join(dir, "cur")); err != nil {
					return err
				}
				made[dir] = true
			}
			if err := s.deliver(dir, m); err != nil {
				return err
			}
		}
		return nil
	}, login)
}

// deliver writes one message as Maildir wants it: elsewhere first, under a name that nothing else has. The time and the
// microsecond in the name decide the order of UIDs, so they only grow. The name also holds both sizes, as Dovecot writes it.
func (s *Server) deliver(dir string, m Message) error {
	if m.Date.IsZero() {
		m.Date = time.Now()
	}
	text := m.text()
	s.delivered++
	at := s.began.Add(time.Duration(s.delivered) * time.Microsecond)
	name := fmt.Sprintf("%d.M%06dP%d.dovecottest,S=%d,W=%d", at.Unix(), at.Nanosecond()/1000, os.Getpid(), len(text), len(text)+bytes.Count(text, []byte("\n")))
	part, whole := filepath.Join(dir, "tmp", name), filepath.Join(dir, "new", name)
	if m.Seen {
		whole = filepath.Join(dir, "cur", name+":2,S")
	}
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return err
	}
	if err := errors.Join(s.owner.give(part), os.Chtimes(part, m.Date, m.Date)); err != nil {
		return err
	}
	return os.Rename(part, whole)
}

// Expunge removes the messages that gone chooses, as another program of the user's would, and returns how many these were.
func (s *Server) Expunge(login string, gone func(Message) bool) (n int, err error) {
	err = s.on("expunge mail of", func(l ...string) error {
		return s.each(l[0], func(path string, m Message) error {
			if !gone(m) {
				return nil
			}
			n++
			return os.Remove(path)
		})
	}, login)
	return n, err
}

// Messages returns what is in the mailbox, in no order.
func (s *Server) Messages(login string) (all []Message, err error) {
	err = s.on("read mail of", func(l ...string) error {
		return s.each(l[0], func(_ string, m Message) error {
			all = append(all, m)
			return nil
		})
	}, login)
	return all, err
}

// each calls do with each message; a mailbox that is not there has none.
func (s *Server) each(login string, do func(path string, m Message) error) error {
	paths, err := filepath.Glob(filepath.Join(s.MailDir(login), "*", "*"))
	if err != nil {
		return err
	}
	below, err := filepath.Glob(filepath.Join(s.MailDir(login), ".*", "*", "*"))
	if err != nil {
		return err
	}
	for _, path := range append(paths, below...) {
		in := filepath.Dir(path)
		if base := filepath.Base(in); base != "new" && base != "cur" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		m, err := readMessage(text)
		if err != nil {
			return err
		}
		m.Date = info.ModTime()
		m.Seen = strings.Contains(filepath.Base(path), ":2,") && strings.HasSuffix(path, "S")
		if dir := filepath.Dir(in); dir != s.MailDir(login) {
			m.Folder = strings.TrimPrefix(filepath.Base(dir), ".")
		}
		if err := do(path, m); err != nil {
			return err
		}
	}
	return nil
}

// CopyMailbox makes the mail of one user that of another one, bit by bit, as a backup that is restored elsewhere: UIDVALIDITY and
// UIDs are the same. What the other user had is gone.
func (s *Server) CopyMailbox(from, to string) error {
	return s.on("copy the mail of", func(l ...string) error {
		if !s.known(l[1]) {
			return errUnknown
		}
		source, target := s.MailDir(l[0]), s.MailDir(l[1])
		if err := os.RemoveAll(target); err != nil {
			return err
		}
		return filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(source, path)
			if err != nil {
				return err
			}
			return s.copy(path, filepath.Join(target, rel), d)
		})
	}, from, to)
}

func (s *Server) copy(from, to string, d fs.DirEntry) error {
	if d.IsDir() {
		return s.owner.mkdir(to)
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, text, info.Mode().Perm()); err != nil {
		return err
	}
	return errors.Join(s.owner.give(to), os.Chtimes(to, info.ModTime(), info.ModTime()))
}
