package e2e

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// throttle lets a tab upload so many bytes a second from now on; -1 is any.
func (b *tab) throttle(bytes float64) {
	b.t.Helper()
	call(b, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 0, DownloadThroughput: -1, UploadThroughput: bytes}},
	})
}

// watch notes from now on which states the rows go through, and how many files
// are on the wire at once.
func (b *tab) watch() {
	b.t.Helper()
	ask[any](b, `(() => {
		window.seen = { states: [], most: 0, values: [] }
		new MutationObserver(() => {
			const rows = [...document.querySelectorAll('.row')]
			const busy = rows.filter((row) => ['sending', 'working'].includes(row.dataset.state))
			seen.most = Math.max(seen.most, busy.length)
			for (const row of rows) if (!seen.states.includes(row.dataset.state)) seen.states.push(row.dataset.state)
			const total = document.getElementById('total')
			if (!total.hidden && total.hasAttribute('value')) seen.values.push(total.value)
		}).observe(document.getElementById('staged'), { subtree: true, attributes: true, childList: true })
	})()`)
}

func TestProgressOnASlowConnection(t *testing.T) {
	_, b := asGuest(t)
	b.open("/")
	var files []string
	for i := range 5 {
		files = append(files, paddedFile(t, fmt.Sprintf("%d.jpg", i), 150_000))
	}
	b.choose("#source", files...)
	b.count(ready, 5)
	b.watch()
	b.throttle(120_000)
	b.click("#send")
	b.wait(`/\d+ kB \/ 750 kB · .*B\/s · .* left/.test(document.getElementById('sum').textContent)`)
	b.wait(`[...document.querySelectorAll('.row[data-state=sending] .state')].some((box) => /\d+ kB of 150 kB · .*B\/s/.test(box.textContent))`)
	b.wait(`document.querySelector('.row[data-state=waiting]') !== null`)
	b.screenshot("uploading")
	b.throttle(-1)
	b.count(done, 5)
	seen := ask[struct {
		States []string
		Most   int
		Values []float64
	}](b, `seen`)
	if seen.Most != 3 {
		t.Errorf("%d at once, want 3", seen.Most)
	}
	if got := strings.Join(seen.States, " "); !strings.Contains(got, "waiting") || !strings.Contains(got, "working") {
		t.Errorf("the states: %s", got)
	}
	between := 0
	for i, v := range seen.Values {
		if v > 0 && v < 1 {
			between++
		}
		if i > 0 && v < seen.Values[i-1]-0.001 {
			t.Errorf("the total went back from %v to %v", seen.Values[i-1], v)
		}
	}
	if between < 5 {
		t.Errorf("the total moved in %d steps: %v", between, seen.Values)
	}
	b.wait(`document.getElementById('news').textContent.includes('5 uploaded')`)
}

// TestWaitForTheServerShows holds the answer back: the bar then has no value,
// and does not stand at its end.
func TestWaitForTheServerShows(t *testing.T) {
	_, b := asGuest(t)
	b.open("/")
	held := make(chan fetch.RequestID, 1)
	if err := chromedp.Listen(b.ctx, func(ev any) {
		if e, ok := ev.(*fetch.EventRequestPaused); ok {
			held <- e.RequestID
		}
	}); err != nil {
		t.Fatal(err)
	}
	call(b, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{
		{URLPattern: "*/api/1/upload", RequestStage: fetch.RequestStageResponse},
	}})
	b.choose("#source", pictureFile(t, "one.jpg"))
	b.click("#send")
	id := await(t, "an answer to hold back", held)
	b.wait(`document.querySelector('.row[data-state=working] progress:not([value])')?.checkVisibility()`)
	b.wait(`document.querySelector('.row .state').textContent.startsWith('Processing on the server')`)
	b.count(done, 0)
	call(b, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
	b.count(done, 1)
}

func TestCancel(t *testing.T) {
	p, b := asGuest(t)
	b.open("/")
	b.choose("#source", paddedFile(t, "one.jpg", 400_000), paddedFile(t, "two.jpg", 400_000), paddedFile(t, "three.jpg", 400_000), paddedFile(t, "four.jpg", 400_000))
	b.throttle(20_000)
	// A list out of sight follows the files that go up.
	b.window(1280, 400)
	b.count(ready, 4)
	ask[any](b, `scrollTo(0, 0), document.getElementById('send').click()`)
	b.count(`.row[data-state=sending]`, 3)
	b.wait(`scrollY > 0 && document.querySelector('.row').getBoundingClientRect().bottom < innerHeight`)
	b.window(1280, 900)
	b.click(".row:nth-child(1) .remove")
	b.wait(`document.querySelector('.row').dataset.state === 'cancelled'`)
	b.click("#stop")
	b.count(`.row[data-state=cancelled]`, 4)
	if _, err := p.upload("", "a.jpg", picture(t, "a")); err != nil {
		t.Errorf("the server is blocked: %v", err)
	}
	b.count("#own-list li", 0)
	b.throttle(-1)
	b.click(".row:nth-child(1) .retry")
	b.count(done, 1)
	b.click(".row:nth-child(2) .remove")
	b.count(".row", 3)
}

// cutter stands between a browser and a server. While cutting it breaks each
// connection over which a body comes.
type cutter struct {
	net.Listener
	server  string
	cutting atomic.Bool
	cuts    atomic.Int64
}

func newCutter(t *testing.T, p *process) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: l, server: strings.TrimPrefix(p.url, "http://")}
	t.Cleanup(func() { l.Close() })
	go c.serve()
	return c
}

func (c *cutter) serve() {
	for {
		in, err := c.Accept()
		if err != nil {
			return
		}
		go c.pass(in)
	}
}

func (c *cutter) pass(in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer out.Close()
	go func() {
		_, _ = io.Copy(in, out)
		in.Close()
	}()
	buf := make([]byte, 16<<10)
	for sent := 0; ; {
		n, err := in.Read(buf)
		if err != nil {
			return
		}
		if sent += n; sent > 50_000 && c.cutting.Load() {
			c.cuts.Add(1)
			return
		}
		if _, err := out.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestRetryAfterALostConnection(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_GUEST_UPLOADS=true", "POSTERN_METADATA=keep")
	c := newCutter(t, p)
	b := browse(t, "http://"+c.Addr().String())
	b.tolerate("net::ERR_")
	b.open("/")
	b.choose("#source", paddedFile(t, "one.jpg", 400_000))
	c.cutting.Store(true)
	b.click("#send")
	b.wait(`document.querySelector('.row').dataset.state === 'pausing' && /Connection lost. Retrying in \d+ second/.test(document.querySelector('.row .state').textContent)`)
	c.cutting.Store(false)
	b.count(done, 1) // by itself
	if c.cuts.Load() == 0 {
		t.Error("no connection was cut")
	}
	b.choose("#source", paddedFile(t, "two.jpg", 400_000))
	c.cutting.Store(true)
	b.click("#send")
	b.wait(`/in (4|8) seconds/.test(document.querySelector('.row[data-state=pausing] .state')?.textContent)`)
	c.cutting.Store(false)
	b.click(`.row[data-state=pausing] .retry`)
	b.count(done, 2)
	status, got := get(t, strings.Replace(ask[string](b, `document.querySelector('.row .links input').value`), b.base, p.url, 1))
	if status != 200 || len(got) != 400_000 {
		t.Errorf("%d, %d bytes, want all 400000", status, len(got))
	}
}

func TestLeavingIsWarnedOfWhileFilesGoUp(t *testing.T) {
	_, b := asGuest(t)
	b.open("/")
	dialogs := make(chan string, 4)
	if err := chromedp.Listen(b.ctx, func(ev any) {
		if e, ok := ev.(*page.EventJavascriptDialogOpening); ok {
			dialogs <- string(e.Type)
		}
	}); err != nil {
		t.Fatal(err)
	}
	b.choose("#source", paddedFile(t, "one.jpg", 400_000))
	b.throttle(20_000)
	b.click("#send")
	b.count(`.row[data-state=sending]`, 1)
	ask[any](b, `void setTimeout(() => location.assign('/api-v1'))`)
	if kind := await(t, "a warning before the page is left", dialogs); kind != "beforeunload" {
		t.Errorf("a dialog %q", kind)
	}
	call(b, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
	b.throttle(-1)
	b.count(done, 1)
	ask[any](b, `void setTimeout(() => location.assign('/api-v1'))`)
	b.wait(`location.pathname === '/api-v1'`)
	if len(dialogs) > 0 {
		t.Errorf("a warning although all is done: %q", <-dialogs)
	}
}
