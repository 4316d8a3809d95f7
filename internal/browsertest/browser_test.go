package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all tests. The first test that needs it starts it.
var chromium process

type process struct {
	once    sync.Once
	err     error
	ctx     context.Context // of the browser's first tab, which stays empty
	end     context.CancelFunc
	profile string
}

var errNotInstalled = errors.New("there is no Chromium: apt-get install chromium")

func TestMain(m *testing.M) {
	code := m.Run()
	if err := chromium.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "browsertest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// get returns the context in which tabs are made.
func (b *process) get(t *testing.T) context.Context {
	t.Helper()
	b.once.Do(func() { b.err = b.start() })
	if errors.Is(b.err, errNotInstalled) {
		absent(t, b.err.Error())
	}
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.ctx
}

// absent skips the test, or fails it where everything must be there.
func absent(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("READDRESS_REQUIRE_SERVERS") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func (b *process) start() (err error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err = exec.LookPath(name); err == nil {
			break
		}
	}
	if err != nil {
		return errNotInstalled
	}
	if b.profile, err = os.MkdirTemp("", "readdress-chromium-"); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(b.profile),
		chromedp.Env("XDG_CONFIG_HOME="+b.profile, "XDG_CACHE_HOME="+b.profile, "TMPDIR="+b.profile),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.Flag("disable-component-update", true))
	outer, endOuter := chromedp.NewExecAllocator(context.Background(), options...)
	b.ctx, b.end = chromedp.NewContext(outer)
	inner := b.end
	b.end = func() { inner(); endOuter() }
	return chromedp.Do(b.ctx)
}

// stop ends the browser and removes its profile.
func (b *process) stop() error {
	if b.profile == "" {
		return nil
	}
	if b.end != nil {
		ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
		defer cancel()
		_ = chromedp.Cancel(ctx) // gracefully; else it is killed below
		b.end()
	}
	var err error
	for range 50 { // its last children may still write
		if err = os.RemoveAll(b.profile); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}
