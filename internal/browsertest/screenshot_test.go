package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"

	"github.com/readdress-go/readdress/refresh"
)

// TestScreenshots takes pictures for people into the directory that READDRESS_SCREENSHOTS names.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("READDRESS_SCREENSHOTS")
	if dir == "" {
		t.Skip("READDRESS_SCREENSHOTS is not set")
	}
	must(t, os.MkdirAll(dir, 0o755))
	for name, content := range map[string][]byte{
		"result": render(t, sample()), "difference": renderDiff(t, sample(), later()), "many": render(t, many(20_000)), "hostile": render(t, hostile(refresh.Preview)),
		"empty": render(t, newResult(nil)),
	} {
		p := open(t, file(t, content))
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{360, 768, 1280} {
				p.media("", scheme)
				p.size(width, 900)
				p.picture(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), width)
			}
		}
	}
}

// picture writes a picture of the whole page, or of its upper part.
func (p *tab) picture(name string, width int64) {
	p.t.Helper()
	const most = 6000
	height := min(most, eval[int](p, `document.documentElement.scrollHeight`))
	beyond := true
	shot := call(p, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: float64(width), Height: float64(height), Scale: 1},
	})
	must(p.t, os.WriteFile(name, shot.Data, 0o644))
}
