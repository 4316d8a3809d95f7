package browsertest

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// page renders a result.
func render(t *testing.T, r *refresh.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, report.HTML(&b, r, nil))
	return b.Bytes()
}

// renderDiff renders what changed from one result to another.
func renderDiff(t *testing.T, earlier, later *refresh.Result) []byte {
	t.Helper()
	d, err := report.Diff(earlier, later)
	must(t, err)
	var b bytes.Buffer
	must(t, d.HTML(&b, nil))
	return b.Bytes()
}

// file writes a page into a directory of the test and returns its file:// address.
func file(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "report.html")
	must(t, os.WriteFile(name, content, 0o600))
	return (&url.URL{Scheme: "file", Path: name}).String()
}
