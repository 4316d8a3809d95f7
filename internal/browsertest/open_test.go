package browsertest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestOpen opens pages as a file and from a server: nothing but the page is asked for, and the console stays empty.
func TestOpen(t *testing.T) {
	pages := map[string][]byte{"a result": render(t, sample()), "a difference": renderDiff(t, sample(), later()), "no rows": render(t, newResult(nil))}
	for name, content := range pages {
		t.Run(name+", file", func(t *testing.T) {
			url := file(t, content)
			p := open(t, url)
			checkAlone(t, p, url)
		})
		t.Run(name+", http", func(t *testing.T) {
			var mu sync.Mutex
			var asked []string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, r.Method+" "+r.URL.Path)
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write(content)
			}))
			defer s.Close()
			p := open(t, s.URL+"/report.html")
			checkAlone(t, p, s.URL+"/report.html")
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(asked, []string{"GET /report.html"}) {
				t.Errorf("the server was asked for %q; want the page alone, and no icon", asked)
			}
		})
	}
}

// checkAlone checks that the page asked for nothing but itself, also when it is used, and that its policy forbids the rest.
func checkAlone(t *testing.T, p *tab, url string) {
	t.Helper()
	p.press("#theme")
	p.fits()
	p.after(`document.getElementById('clear').click()`)
	time.Sleep(200 * time.Millisecond) // a request for an icon would come late
	if asked := p.asked(); !slices.Equal(asked, []string{url}) {
		t.Errorf("the page asked for %q; want itself alone", asked)
	}
	// Headless Chromium asks for no icon. Others do, unless the page has one.
	if icon := eval[string](p, `document.querySelector('link[rel=icon]')?.getAttribute('href') ?? 'none'`); !strings.HasPrefix(icon, "data:") {
		t.Errorf("the page's icon is %q", icon)
	}
	policy := eval[string](p, `document.querySelector('meta[http-equiv=Content-Security-Policy]').content`)
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	p.calm()
	// The policy is in force, and the test is not blind: a script of a stranger does not run, and that is seen.
	ran := eval[bool](p, `(() => {
		const s = document.createElement('script');
		try { s.text = 'window.stranger = 1'; document.head.append(s); } catch { }
		return window.stranger !== undefined;
	})()`)
	time.Sleep(200 * time.Millisecond)
	if seen := p.forget(); ran || len(seen) == 0 {
		t.Errorf("a script of a stranger ran: %v; seen of it: %q", ran, seen)
	}
}
