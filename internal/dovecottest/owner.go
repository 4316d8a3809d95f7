package dovecottest

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// owner is the user as whom the server runs and to whom its files belong.
type owner struct {
	name, group string
	uid, gid    int
	other       bool // not the user who runs this program, who is root then
}

func findOwner() (owner, error) {
	u, err := user.Current()
	if os.Geteuid() == 0 {
		u, err = user.Lookup("mail")
	}
	if err != nil {
		return owner{}, fmt.Errorf("dovecot needs a user that the machine knows by name: %w", err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		return owner{}, fmt.Errorf("dovecot needs a group that the machine knows by name: %w", err)
	}
	o := owner{name: u.Username, group: g.Name, other: os.Geteuid() == 0}
	if o.uid, err = strconv.Atoi(u.Uid); err != nil {
		return owner{}, err
	}
	o.gid, err = strconv.Atoi(u.Gid)
	return o, err
}

// give makes a file the owner's.
func (o owner) give(path string) error {
	if !o.other {
		return nil
	}
	return os.Lchown(path, o.uid, o.gid)
}

func (o owner) mkdir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return o.give(path)
}

// mkdirs makes the folders that are missing.
func (o owner) mkdirs(paths ...string) error {
	for _, path := range paths {
		if err := o.mkdir(path); err != nil && !os.IsExist(err) {
			return err
		}
	}
	return nil
}

// write writes a file that is there whole or not at all.
func (o owner) write(path string, text []byte) error {
	part := filepath.Join(filepath.Dir(filepath.Dir(path)), "part."+filepath.Base(path))
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return err
	}
	if err := o.give(part); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// passable says which folder on the way to dir another user may not pass.
func (o owner) passable(dir string) error {
	for up := dir; o.other && up != filepath.Dir(up); {
		up = filepath.Dir(up)
		info, err := os.Stat(up)
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o001 == 0 && info.Mode()&fs.ModeDir != 0 {
			return fmt.Errorf("the user %s, as whom dovecot runs, may not pass %s: mode %v", o.name, up, info.Mode().Perm())
		}
	}
	return nil
}
