package dovecottest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var goodLogin = regexp.MustCompile(`^[a-z0-9][a-z0-9._+=@-]*$`)

// folded returns a login as Dovecot sees it.
func folded(login string) (string, error) {
	login = strings.ToLower(login)
	if !goodLogin.MatchString(login) || len(login) > 200 {
		return "", fmt.Errorf("%q cannot be a login", login)
	}
	return login, nil
}

// encoded is a password as Dovecot stores it.
func encoded(password string) string {
	return "{PLAIN.b64}" + base64.StdEncoding.EncodeToString([]byte(password))
}

func (s *Server) userFile(login string) string   { return filepath.Join(s.dir, "users", login) }
func (s *Server) lockedFile(login string) string { return filepath.Join(s.dir, "locked", login) }

// MailDir returns the folder of the user's mail, which is there once mail was delivered or the user has logged in.
func (s *Server) MailDir(login string) string {
	return filepath.Join(s.dir, "mail", strings.ToLower(login))
}

// on does something to users by their logins, alone and with its error said.
func (s *Server) on(what string, op func(logins ...string) error, logins ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, len(logins))
	var err error
	for i, login := range logins {
		if names[i], err = folded(login); err != nil {
			break
		}
	}
	if err == nil {
		err = op(names...)
	}
	if err != nil {
		return fmt.Errorf("dovecottest: %s %s: %w", what, strings.Join(names, ", "), err)
	}
	return nil
}

// known says whether there is such a user, who may be locked out.
func (s *Server) known(login string) bool {
	return exists(s.userFile(login)) || exists(s.lockedFile(login))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

var (
	errThere   = errors.New("there is such a user")
	errUnknown = errors.New("there is no such user")
)

// AddUser adds a user, who has no mail unless it was delivered before.
func (s *Server) AddUser(login, password string) error {
	return s.on("add", func(l ...string) error {
		if s.known(l[0]) {
			return errThere
		}
		return s.putUser(l[0], password)
	}, login)
}

// AddUsers adds many users.
func (s *Server) AddUsers(users ...User) error {
	for _, u := range users {
		if err := s.AddUser(u.Login, u.Password); err != nil {
			return err
		}
	}
	return nil
}

// SetPassword changes a user's password.
func (s *Server) SetPassword(login, password string) error {
	return s.on("set the password of", func(l ...string) error {
		if !exists(s.userFile(l[0])) {
			return errUnknown
		}
		return s.putUser(l[0], password)
	}, login)
}

func (s *Server) putUser(login, password string) error {
	text, err := json.Marshal(map[string]string{"password": encoded(password)})
	if err != nil {
		return err
	}
	return s.owner.write(s.userFile(login), text)
}

// Lock makes the server reject the user, the master user in their name as well, as if it did not know them. Their mail stays.
func (s *Server) Lock(login string) error {
	return s.on("lock", func(l ...string) error { return os.Rename(s.userFile(l[0]), s.lockedFile(l[0])) }, login)
}

// Unlock undoes [Server.Lock].
func (s *Server) Unlock(login string) error {
	return s.on("unlock", func(l ...string) error { return os.Rename(s.lockedFile(l[0]), s.userFile(l[0])) }, login)
}

// Remove removes a user with their mail.
func (s *Server) Remove(login string) error {
	return s.on("remove", func(l ...string) error {
		if !s.known(l[0]) {
			return errUnknown
		}
		return errors.Join(os.RemoveAll(s.userFile(l[0])), os.RemoveAll(s.lockedFile(l[0])), os.RemoveAll(s.MailDir(l[0])))
	}, login)
}

// Rename gives a user another login. The mail comes along, as the administrator of virtual users moves it, and the password stays.
func (s *Server) Rename(from, to string) error {
	return s.on("rename", func(l ...string) error {
		switch {
		case !exists(s.userFile(l[0])):
			return errUnknown
		case s.known(l[1]) || exists(s.MailDir(l[1])):
			return errThere
		}
		return s.move(l[0], l[1])
	}, from, to)
}

// Swap gives each of two users the login of the other, with mail and password.
func (s *Server) Swap(a, b string) error {
	return s.on("swap", func(l ...string) error {
		for _, login := range l {
			if !exists(s.userFile(login)) {
				return errUnknown
			}
		}
		const between = ".swapped" // no login begins with a dot
		return errors.Join(s.move(l[0], between), s.move(l[1], l[0]), s.move(between, l[1]))
	}, a, b)
}

// move moves user and mail, where there is any.
func (s *Server) move(from, to string) error {
	if err := os.Rename(s.MailDir(from), s.MailDir(to)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(s.userFile(from), s.userFile(to))
}
