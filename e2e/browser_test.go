package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long anything may take: the machine may be busy.
const patience = 3 * time.Minute

// tab is a page in a window of its own, without a past. Errors and warnings of
// its console fail the test, unless expected by tolerate.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string // URL of the site

	noScripts bool // in the page; timers of evaluated code then stand still too

	mu        sync.Mutex
	complaint []string
	tolerated []string
}

// chromium is the browser that all tests share, started by the first of them.
var chromium struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop func()
}

// startChromium starts a browser with a folder of its own.
func startChromium(path string) {
	dir, err := os.MkdirTemp("", "postern-chromium")
	if err != nil {
		chromium.err = err
		return
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(dir), chromedp.Flag("lang", "en-US"), chromedp.Env("LANGUAGE=en"),
	)
	ctx, end := chromedp.NewContext(allocator)
	chromium.ctx, chromium.err = ctx, chromedp.Do(ctx)
	chromium.stop = func() {
		_ = chromedp.Cancel(ctx)
		end()
		stop()
		os.RemoveAll(dir)
	}
}

// stopChromium ends the browser, if there is one.
func stopChromium() {
	if chromium.stop != nil {
		chromium.stop()
	}
}

// browse opens a tab for a site, in a window of its own that shares nothing
// with the others: no cookies, no storage, no cache.
func browse(t *testing.T, base string) *tab {
	t.Helper()
	path := need(t, "chromium")
	chromium.once.Do(func() { startChromium(path) })
	if chromium.err != nil {
		t.Fatalf("start chromium: %v", chromium.err)
	}
	ctx, closeTab := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx, base: base}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		closeTab()
		b.report()
	})
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, network.Enable, network.EnableParams{})
	b.language("en")
	b.window(1280, 900)
	return b
}

// in makes a subtest fail where the tab does, until the returned function is called.
func (b *tab) in(t *testing.T) (out func()) {
	outer := b.t
	b.t = t
	return func() { b.t = outer }
}

// limited returns the tab's context with an end: a browser may fall silent.
func (b *tab) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

// call runs a command of the DevTools protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// hear notes what the page complains about.
func (b *tab) hear(ev any) {
	text := ""
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		text = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			text = fmt.Sprintf("console: %s %s", e.Entry.Text, e.Entry.URL)
		}
	}
	if text == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaint = append(b.complaint, text)
}

// tolerate names a part of complaints that the test provokes.
func (b *tab) tolerate(part string) { b.tolerated = append(b.tolerated, part) }

func (b *tab) report() {
	b.mu.Lock()
	defer b.mu.Unlock()
next:
	for _, text := range b.complaint {
		for _, part := range b.tolerated {
			if strings.Contains(text, part) {
				continue next
			}
		}
		b.t.Errorf("the page complains: %s", text)
	}
}

// run carries out actions.
func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("in the browser: %v", err)
	}
}

// open loads a page of the site.
func (b *tab) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.base + path))
}

// window sets the size of the window.
func (b *tab) window(width, height int64) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, height))
}

// language sets what the browser asks for.
func (b *tab) language(tag string) {
	b.t.Helper()
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": tag}})
}

// ask evaluates an expression, also one that is a promise.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// askAgain asks for what a page tells as often as it is asked: a page that is just being
// left does not answer, and then the next one does.
func askAgain[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	for {
		value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
		if err == nil {
			return value
		}
		if ctx.Err() != nil {
			b.t.Fatalf("%s: %v", expression, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// wait waits until an expression is true of a page that is there to its end.
func (b *tab) wait(expression string) {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	var err error
	for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		var done bool
		// A page that is just being left cannot be asked, and of one that still comes only a part.
		done, err = chromedp.Run(ctx, chromedp.Evaluate[bool]("document.readyState !== 'loading' && Boolean("+expression+")"))
		if err == nil && done {
			return
		}
	}
	b.t.Fatalf("waited in vain for %s (%v); the page says:\n%s", expression, err, ask[string](b, "document.body.innerText"))
}

// count waits until there are n elements that a selector finds.
func (b *tab) count(selector string, n int) {
	b.t.Helper()
	b.wait(fmt.Sprintf("document.querySelectorAll(%q).length === %d", selector, n))
}

// settle waits until the page is drawn as it is: rows out of sight are not laid out anew
// before that.
func (b *tab) settle() {
	b.t.Helper()
	ask[bool](b, "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
}

// screenshot writes a picture of the whole page to the folder screenshots,
// which git ignores. The window is made as high as the page for it.
func (b *tab) screenshot(name string) {
	b.t.Helper()
	size := ask[[]int64](b, "[innerWidth, innerHeight]")
	defer b.window(size[0], size[1])
	for range 2 { // what comes into sight may have another height than it was taken to have
		b.window(size[0], max(size[1], ask[int64](b, "document.documentElement.scrollHeight")))
		b.settle()
	}
	result := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: new(true),
	})
	if err := os.MkdirAll("screenshots", 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("screenshots", name+".png"), result.Data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
