package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/internal/golden"
	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

func renderHTML(t *testing.T, r *refresh.Result, o *report.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	styleElement  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scriptElement = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	dataElement   = regexp.MustCompile(`(?s)<script type="application/json"[^>]*>(.*?)</script>`)
	policyOf      = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`)
)

func TestHTMLGolden(t *testing.T) {
	partial := newResult(refresh.Preview, moved("r-1", refresh.Source, "mona"), failed("r-2", refresh.Source, "arne", refresh.CauseNoAnswer, "no answer"))
	partial.Partial = true
	for _, tc := range []struct {
		name, reason string
		r            *refresh.Result
		o            *report.Options
	}{
		{"everything", "every outcome, reason, cause, detail, warning and conflict of a preview", everything(refresh.Preview), nil},
		{"applied", "an applied result of both sides", newResult(refresh.Applied, moved("r-1", refresh.Source, "mona"), moved("r-1", refresh.Target, "mona")), nil},
		{"reverted", "a reverted one", newResult(refresh.Reverted, moved("r-1", refresh.Source, "mona")), nil},
		{"partial", "a run that was ended early", partial, nil},
		{"empty", "a run that selected nothing", &refresh.Result{Run: refresh.Run{Source: &refresh.SideRun{System: "IMAP"}}}, nil},
		{"hostile", "values that attack the page", hostile(), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := renderHTML(t, tc.r, tc.o)
			golden.Check(t, tc.name+".html", withoutScript(got))
		})
	}
}

// withoutScript leaves out of a page what is the same in all.
func withoutScript(page string) string {
	page = styleElement.ReplaceAllString(page, "<style>…</style>")
	page = scriptElement.ReplaceAllString(page, "<script>…</script>")
	return policyOf.ReplaceAllString(page, `<meta http-equiv="Content-Security-Policy" content="…">`)
}

// TestHTMLPolicy holds the policy to the script and style that the page has, and the page to what the policy allows.
func TestHTMLPolicy(t *testing.T) {
	page := renderHTML(t, everything(refresh.Preview), nil)
	m := policyOf.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the page has no Content-Security-Policy")
	}
	got := strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(m[1])
	for _, x := range []struct{ directive, text string }{
		{"script-src", scriptElement.FindStringSubmatch(page)[1]}, {"style-src", styleElement.FindStringSubmatch(page)[1]},
	} {
		sum := sha256.Sum256([]byte(x.text))
		if want := x.directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(got, want) {
			t.Errorf("policy %q does not allow %s", got, want)
		}
	}
	for _, directive := range []string{"base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"} {
		if !strings.Contains(got, "; "+directive) {
			t.Errorf("policy %q lacks %s", got, directive)
		}
	}
	if !strings.HasPrefix(got, "default-src 'none';") || strings.Contains(got, "unsafe") || strings.Contains(got, "http") {
		t.Errorf("policy %q", got)
	}
	for name, bad := range map[string]string{
		"style attributes": ` style="`, "event handlers": ` on[a-z]+="`, "addresses of the network": `(src|href|action)="(https?:)?//`, "imports": `@import|url\(`,
		"markup made by the script": `innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function`,
	} {
		if found := regexp.MustCompile(bad).FindString(page); found != "" {
			t.Errorf("the page has %s: %q", name, found)
		}
	}
	if n := strings.Count(page, "<script>"); n != 1 {
		t.Errorf("%d scripts that run, want 1", n)
	}
}

// TestHTMLRows reads the data of the page back: one entry for each row.
func TestHTMLRows(t *testing.T) {
	r := newResult(refresh.Preview)
	for range 2500 {
		r.Rows = append(r.Rows, moved("k", refresh.Source, "</script><!--"))
	}
	r.Run.Source = &refresh.SideRun{}
	n := 0
	for _, m := range dataElement.FindAllStringSubmatch(renderHTML(t, r, nil), -1) {
		if strings.ContainsAny(m[1], "<>&\u2028") {
			t.Error("data that could end its element")
		}
		if strings.HasPrefix(m[1], "{") {
			continue
		}
		var rows [][]any
		if err := json.Unmarshal([]byte(m[1]), &rows); err != nil {
			t.Fatal(err)
		}
		n += len(rows)
		for _, row := range rows {
			if row[0] != "k" || row[5] != "</script><!--@old.example" {
				t.Fatalf("row %v", row)
			}
		}
	}
	if n != len(r.Rows) {
		t.Errorf("%d rows, want %d", n, len(r.Rows))
	}
}

func TestHTMLErrors(t *testing.T) {
	if err := report.HTML(&bytes.Buffer{}, nil, nil); err == nil {
		t.Error("no result, and no error")
	}
	full := errors.New("disk full")
	if err := report.HTML(writer(func([]byte) (int, error) { return 0, full }), everything(refresh.Preview), nil); !errors.Is(err, full) {
		t.Errorf("error %v, want it to wrap %q", err, full)
	}
}
