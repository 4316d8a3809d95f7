package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is one tab of the browser, and what was seen of it.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string // the address of each request, data: left out
	trouble  []string // errors and warnings on the console, exceptions, breaches of the policy, dialogs
}

// open opens a page and waits until its table is there. The test fails at its end when there was trouble.
func open(t *testing.T, url string, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(chromium.get(t), chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	p := &tab{t: t, ctx: ctx}
	must(t, chromedp.Do(ctx))
	t.Cleanup(p.calm)
	timed, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	p.ctx = timed
	p.listen()
	p.size(1280, 900)
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	must(t, chromedp.Do(timed, before...))
	must(t, chromedp.Do(timed, chromedp.Navigate(url)))
	p.until(`document.documentElement.hasAttribute('data-ready')`)
	// Each time that rows are shown anew, the count is written anew.
	eval[chromedp.Void](p, `window.drawn = 0; new MutationObserver(() => { window.drawn++; }).observe(document.getElementById('count'), { childList: true })`)
	return p
}

// onNewPage runs a script in every page before its own.
func onNewPage(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	})
}

func (p *tab) listen() {
	p.t.Helper()
	must(p.t, chromedp.Listen(p.ctx, p.note))
	call(p, network.Enable, network.EnableParams{})
	call(p, log.Enable, cdp.Empty{})
	call(p, audits.Enable, cdp.Empty{})
}

// note keeps what an event says.
func (p *tab) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	bad := func(format string, args ...any) { p.trouble = append(p.trouble, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			p.requests = append(p.requests, e.Request.URL)
		}
	case *runtime.EventConsoleAPICalled:
		bad("console.%s %s", e.Type, asJSON(e.Args))
	case *runtime.EventExceptionThrown:
		bad("exception %s", asJSON(e.ExceptionDetails))
	case *log.EventEntryAdded:
		bad("log: %s: %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *audits.EventIssueAdded:
		bad("issue %s", asJSON(e.Issue))
	case *page.EventJavascriptDialogOpening:
		bad("dialog %q", e.Message)
		go func() {
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
}

// calm fails the test when there was trouble.
func (p *tab) calm() {
	p.t.Helper()
	for _, s := range p.forget() {
		p.t.Errorf("trouble on the page: %s", s)
	}
}

// forget returns the trouble there was, which then does not fail the test.
func (p *tab) forget() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.trouble
	p.trouble = nil
	return was
}

// asked returns the requests so far.
func (p *tab) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// eval returns the value of an expression.
func eval[T any](p *tab, js string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%.200s: %v", js, err)
	}
	return v
}

// quote writes a value as JavaScript.
func quote(v any) string { return asJSON(v) }

func call[P, R any](p *tab, cmd cdp.Command[P, R], params P) R {
	p.t.Helper()
	r, err := chromedp.Call(p.ctx, cmd, params)
	must(p.t, err)
	return r
}

// until waits until an expression is true.
func (p *tab) until(js string) {
	p.t.Helper()
	for !eval[bool](p, js) {
		time.Sleep(10 * time.Millisecond)
	}
}

// after does something and waits until the table shows its rows anew.
func (p *tab) after(js string) {
	p.t.Helper()
	n := eval[int](p, `window.drawn`)
	eval[chromedp.Void](p, js)
	p.until(fmt.Sprintf(`window.drawn > %d`, n))
}

// press presses the mouse on what a selector names, as a person would, who must be able to hit it.
func (p *tab) press(selector string) {
	p.t.Helper()
	must(p.t, chromedp.Do(p.ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)))
}

func (p *tab) text(selector string) string {
	p.t.Helper()
	return eval[string](p, `document.querySelector(`+quote(selector)+`).textContent`)
}

// size gives the tab a size in pixels.
func (p *tab) size(width, height int64) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// fits checks that the page is nowhere wider than its window.
func (p *tab) fits() {
	p.t.Helper()
	for _, width := range []int64{360, 768, 1280} {
		p.size(width, 900)
		if wide := eval[int](p, `document.documentElement.scrollWidth`); wide > int(width) {
			p.t.Errorf("the page is %d pixels wide on %d: %s", wide, width, eval[string](p, widest))
		}
	}
}

// widest names some elements that reach beyond the right edge.
const widest = `Array.from(document.querySelectorAll('body *')).filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll')).slice(0, 5)
	.map((e) => e.tagName + '.' + e.className + '#' + e.id + ' ' + Math.round(e.getBoundingClientRect().right)
		+ ' in ' + e.parentElement.tagName + '.' + e.parentElement.className).join('; ')`

// media sets what the page is shown on, "" or "print", and whether the person prefers dark or light.
func (p *tab) media(kind, scheme string) {
	p.t.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
