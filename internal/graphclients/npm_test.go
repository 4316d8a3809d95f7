package graphclients_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/readdress-go/readdress/internal/graphclients"
	"github.com/readdress-go/readdress/internal/graphtest"
)

// TestNPM compares graphconn with Microsoft's client for JavaScript. READDRESS_NODE_MODULES is the folder where "npm ci" put the client; where
// it is not set, npm installs it into a folder of the test.
func TestNPM(t *testing.T) {
	modules := nodeModules(t)
	graphclients.Check(t, func(t *testing.T, s *graphtest.Server, token string) graphclients.Client {
		return startNode(t, s, token, modules)
	})
}

// nodeModules finds the client, or skips the test.
func nodeModules(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		absent(t, "node is not here: install the Debian package nodejs")
	}
	if dir := os.Getenv("READDRESS_NODE_MODULES"); dir != "" {
		return dir
	}
	if _, err := exec.LookPath("npm"); err != nil {
		absent(t, "npm is not here: install the Debian package npm")
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("npm", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", filepath.Join(dir, "cache"))
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		absent(t, fmt.Sprintf("npm ci does not find the client in its registry: %v\n%s", err, out))
	}
	return filepath.Join(dir, "node_modules")
}

// absent skips the test, or fails it where the clients must be there.
func absent(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("READDRESS_REQUIRE_SERVERS") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// node is a client in a process of its own.
type node struct {
	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Scanner
}

func startNode(t *testing.T, s *graphtest.Server, token, modules string) *node {
	t.Helper()
	cert := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(cert, s.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join("npm", "client.js"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules, "NODE_EXTRA_CA_CERTS="+cert, "GRAPH_URL="+s.URL(), "GRAPH_TOKEN="+token, "GRAPH_SELECT="+graphclients.Selected)
	cmd.WaitDelay = 10 * time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := &node{in: in, out: bufio.NewScanner(out)}
	n.out.Buffer(nil, 64<<20)
	t.Cleanup(func() {
		_ = in.Close() // at the end of its input it ends
		_ = cmd.Wait() // t.Context is done, so it may have been killed
		if said.Len() > 0 {
			t.Errorf("node said: %s", said.Bytes())
		}
	})
	return n
}

// ask asks a question and decodes its answer into value.
func (n *node) ask(value any, question string, args ...any) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	line, err := json.Marshal(map[string]any{"do": question, "args": append([]any{}, args...)})
	if err != nil {
		return err
	}
	if _, err := n.in.Write(append(line, '\n')); err != nil {
		return err
	}
	if !n.out.Scan() {
		return fmt.Errorf("node ended: %w", errors.Join(n.out.Err(), io.ErrUnexpectedEOF))
	}
	answer := struct {
		Value   any
		Refusal *graphclients.Refusal
		Failure string
	}{Value: value}
	switch err := json.Unmarshal(n.out.Bytes(), &answer); {
	case err != nil:
		return fmt.Errorf("%w in %.300s", err, n.out.Bytes())
	case answer.Refusal != nil:
		return answer.Refusal
	case answer.Failure != "":
		return errors.New(answer.Failure)
	}
	return nil
}

func (n *node) Users(_ context.Context, top int) ([]graphclients.Object, int, error) {
	var r graphclients.Round
	err := n.ask(&r, "users", top)
	return r.Objects, r.Pages, err
}

func (n *node) User(_ context.Context, id string) (o graphclients.Object, err error) {
	err = n.ask(&o, "user", id)
	return o, err
}

func (n *node) ByIDs(_ context.Context, ids []string) ([]graphclients.Object, error) {
	var r graphclients.Round
	err := n.ask(&r, "byIDs", ids)
	return r.Objects, err
}

func (n *node) Delta(_ context.Context, link string) (r graphclients.Round, err error) {
	err = n.ask(&r, "delta", link)
	return r, err
}

func (n *node) Batch(_ context.Context, paths []string) (parts []graphclients.Part, err error) {
	err = n.ask(&parts, "batch", paths)
	return parts, err
}

func (n *node) DeletedUsers(context.Context) ([]graphclients.Object, error) {
	var r graphclients.Round
	err := n.ask(&r, "deletedUsers")
	return r.Objects, err
}

func (n *node) Organization(context.Context) (o graphclients.Organization, err error) {
	err = n.ask(&o, "organization")
	return o, err
}
