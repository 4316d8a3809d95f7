package sambatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Packages are the Debian packages that hold the server and its tools.
const Packages = "samba samba-dsdb-modules samba-vfs-modules samba-ad-provision winbind ldb-tools tdb-tools"

// What is missing where a server cannot be started. [Run] skips its test then.
var (
	ErrNotInstalled = errors.New("sambatest: Samba's domain controller is not installed; on Debian: apt-get install " + Packages)
	ErrNotRoot      = errors.New("sambatest: a domain controller needs root, for its ports and the owners of its files")
)

// tools are the paths of Samba's programs.
type tools struct {
	samba, sambaTool, add, modify, search string
}

// findTools returns the programs, or the error that says why there can be no server on this machine.
func findTools(ctx context.Context) (t tools, err error) {
	for name, path := range map[string]*string{
		"samba": &t.samba, "samba-tool": &t.sambaTool, "ldbadd": &t.add, "ldbmodify": &t.modify, "ldbsearch": &t.search,
	} {
		if *path = find(name); *path == "" {
			return t, ErrNotInstalled
		}
	}
	if os.Geteuid() != 0 {
		return t, ErrNotRoot
	}
	// The programs are there without the parts that make a domain controller of them: ask where these would be.
	build, err := output(ctx, "/", t.samba, "-b")
	if err != nil {
		return t, err
	}
	paths := make(map[string]string)
	for line := range strings.Lines(string(build)) {
		if name, path, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			paths[name] = path
		}
	}
	for _, file := range []string{
		filepath.Join(paths["SETUPDIR"], "provision_users.ldif"),
		filepath.Join(paths["MODULESDIR"], "ldb", "repl_meta_data.so"),
		filepath.Join(paths["MODULESDIR"], "vfs", "acl_xattr.so"),
	} {
		if _, err := os.Stat(file); err != nil {
			return t, ErrNotInstalled
		}
	}
	return t, nil
}

func find(program string) string {
	for _, path := range []string{"/usr/sbin/" + program, "/usr/bin/" + program, "/usr/local/sbin/" + program} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return ""
	}
	return path
}

// output runs a program in dir until it ends or ctx does, and returns what it wrote to its standard output. It sees
// none of this program's environment but the path, so that no setting of the user's reaches it.
func output(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	var out, messages bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &messages
	cmd.Env = environment(dir)
	p, err := startProcess(cmd)
	if err == nil {
		err = p.wait(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(program), err, tail(append(messages.Bytes(), out.Bytes()...)))
	}
	return out.Bytes(), nil
}

// environment keeps everything that a program might leave behind below dir.
func environment(dir string) []string {
	return []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin",
		"HOME=" + dir, "TMPDIR=" + dir, "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", "KRB5_CONFIG=" + filepath.Join(dir, emptyConf),
	}
}

func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }
