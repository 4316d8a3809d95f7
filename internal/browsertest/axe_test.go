package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// axe returns the script of axe-core. READDRESS_AXE_MODULES is the folder where "npm ci" put it; where it is not set, npm installs it into
// a folder of the test.
func axe(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("READDRESS_AXE_MODULES")
	if dir == "" {
		dir = install(t)
	}
	script, err := os.ReadFile(filepath.Join(dir, "axe-core", "axe.min.js"))
	must(t, err)
	return string(script)
}

func install(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		absent(t, "npm is not here: install the Debian package npm")
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("npm", name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", filepath.Join(dir, "cache"))
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		absent(t, fmt.Sprintf("npm ci does not find axe-core in its registry: %v\n%s", err, out))
	}
	return filepath.Join(dir, "node_modules")
}

// violation is a rule of accessibility that the page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []any
		HTML           string
		FailureSummary string
	}
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s, %d times", v.ID, v.Impact, v.Help, len(v.Nodes))
	for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
		fmt.Fprintf(&b, "\n\t%v %.200s\n\t\t%s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", " "))
	}
	return b.String()
}

// TestAccessible lets axe-core look at the pages: no violation of a rule is serious or critical. Lesser ones are logged.
func TestAccessible(t *testing.T) {
	script := axe(t)
	pages := map[string][]byte{"result": render(t, sample()), "difference": renderDiff(t, sample(), later()), "no rows": render(t, newResult(nil))}
	for name, content := range pages {
		p := open(t, file(t, content))
		_, err := chromedp.Run(p.ctx, chromedp.Evaluate[chromedp.Void](script))
		must(t, err)
		for _, how := range []struct {
			name, scheme string
			width        int64
			do           string
		}{
			{"wide", "light", 1280, ``}, {"wide and dark", "dark", 1280, ``}, {"phone", "light", 360, ``},
			{"phone, dark, all open", "dark", 360, `for (const d of document.querySelectorAll('details')) d.open = true`},
			{"a filter that leaves nothing", "light", 360, `const s = document.getElementById('search');
				s.value = 'nobody@';
				s.dispatchEvent(new Event('input'))`},
		} {
			t.Run(name+", "+how.name, func(t *testing.T) {
				p.t = t
				p.media("", how.scheme)
				p.size(how.width, 900)
				eval[struct{}](p, how.do)
				p.until(`!document.getElementById('search').value || document.getElementById('count').textContent.startsWith('0 of')`)
				for _, v := range eval[[]violation](p, `axe.run(document, { resultTypes: ['violations'],
					runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] } }).then((r) => r.violations)`) {
					if v.Impact == "serious" || v.Impact == "critical" {
						t.Error(v)
					} else {
						t.Log(v)
					}
				}
			})
		}
		p.t = t
	}
}
