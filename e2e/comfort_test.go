package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// tabTo presses Tab until the element has the focus, and looks that the focus
// can be seen on each step of the way.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 60 {
		b.press("Tab")
		at := ask[struct {
			There, Seen bool
			What        string
		}](b, fmt.Sprintf(`(async () => {
			const element = document.activeElement
			const seen = () => {
				const box = [element.closest('.viewer'), element, element.nextElementSibling].find((box) => box && getComputedStyle(box).outlineStyle !== 'none')
				if (!box) return element === document.body
				const { x, y, width, height } = box.getBoundingClientRect()
				const hit = document.elementFromPoint(x + Math.min(width / 2, 40), y + height / 2)
				return box.contains(hit) || Boolean(hit?.contains(box))
			}
			// It may have to come into sight.
			for (let i = 0; i < 60 && !seen(); i++) await new Promise(requestAnimationFrame)
			return { there: element.matches(%q), seen: seen(), what: element.outerHTML.slice(0, 90) }
		})()`, selector))
		if !at.Seen {
			b.t.Errorf("the focus cannot be seen on %s", at.What)
		}
		if at.There {
			return
		}
	}
	b.t.Fatalf("Tab does not lead to %s", selector)
}

// skip leaves out the row above the page, as its first link does.
func (b *tab) skip() {
	b.t.Helper()
	b.press("Tab")
	b.wait(`document.activeElement.matches('.skip')`)
	b.press("Enter")
	b.wait(`location.hash === '#main'`)
}

// TestUploadWithTheKeyboardAlone never touches the mouse.
func TestUploadWithTheKeyboardAlone(t *testing.T) {
	_, b := asGuest(t)
	b.allowClipboard()
	b.open("/")
	opened := make(chan *page.EventFileChooserOpened, 1)
	if err := chromedp.Listen(b.ctx, func(ev any) {
		if e, ok := ev.(*page.EventFileChooserOpened); ok {
			opened <- e
		}
	}); err != nil {
		t.Fatal(err)
	}
	call(b, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true})
	b.tabTo("#source")
	b.press("Enter")
	e := await(t, "the dialog that Enter opens", opened)
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{BackendNodeID: e.BackendNodeID, Files: []string{pictureFile(t, "one.jpg")}})
	b.count(ready, 1)
	b.tabTo(".row summary")
	b.press("Enter")
	b.tabTo(".row [name=title]")
	b.run(chromedp.KeyEvent("By hand"))
	b.tabTo(".row [name=nsfw]")
	b.press("Space")
	b.tabTo("#send")
	b.press("Enter")
	b.count(done, 1)
	b.tabTo("#own-list .copy-link")
	b.press("Enter")
	b.wait(`document.getElementById('toasts').textContent.includes('Copied')`)
	link := ask[string](b, `navigator.clipboard.readText()`)
	b.tabTo("#own-list .delete")
	b.press("Enter")
	b.wait(`document.getElementById('ask').open`)
	b.tabTo("#ask-yes")
	b.press("Enter")
	b.count("#own-list li", 0)
	if status, _ := get(t, link); status != http.StatusNotFound {
		t.Errorf("%s: %d after it was deleted", link, status)
	}
}

const ground = `getComputedStyle(document.body).backgroundColor`

func TestDarkMode(t *testing.T) {
	t.Parallel()
	_, b := asGuest(t)
	colour := func(system, choice string) string {
		b.prefers("prefers-color-scheme", system)
		b.open("/")
		if choice != "" {
			b.click("#scheme [value=" + choice + "]")
		}
		got := ask[string](b, ground)
		b.open("/")
		if kept := ask[string](b, ground); kept != got {
			t.Errorf("%s chosen in %s: %s becomes %s with a reload", choice, system, got, kept)
		}
		return got
	}
	light, dark := colour("light", ""), colour("dark", "")
	if light != "rgb(245, 244, 239)" || dark != "rgb(18, 22, 20)" {
		t.Errorf("light %s, dark %s", light, dark)
	}
	for _, test := range []struct{ system, choice, want string }{
		{"light", "dark", dark}, {"dark", "light", light}, {"dark", "auto", dark}, {"light", "auto", light},
	} {
		t.Run(test.system+" "+test.choice, func(t *testing.T) {
			if got := colour(test.system, test.choice); got != test.want {
				t.Errorf("%s chosen where the system is %s: %s, want %s", test.choice, test.system, got, test.want)
			}
		})
	}
}

func TestLanguageSwitch(t *testing.T) {
	_, b := asGuest(t)
	b.language("fr")
	b.open("/api-v1")
	b.wait(`document.documentElement.lang === 'fr'`)
	for _, test := range []struct{ language, says string }{
		{"de", "Hochladen"}, {"ja", "アップロード"}, {"zh", "上传"}, {"es", "Subir"}, {"en", "Upload"},
	} {
		t.Run(test.language, func(t *testing.T) {
			defer b.in(t)()
			ask[any](b, fmt.Sprintf(`(() => {
				const select = document.getElementById('language')
				select.value = %q
				select.dispatchEvent(new Event('change', { bubbles: true }))
			})()`, test.language))
			b.wait(fmt.Sprintf(`document.documentElement.lang === %q && document.querySelector('nav a').textContent === %q`, test.language, test.says))
			b.wait(`location.pathname === '/api-v1'`)
		})
	}
}

func TestReducedMotion(t *testing.T) {
	_, b := asGuest(t)
	longest := func(motion string) float64 {
		b.prefers("prefers-reduced-motion", motion)
		b.open("/")
		b.choose("#source", pictureFile(t, "one.jpg"))
		b.count(ready, 1)
		return ask[float64](b, `(() => {
			const bar = document.querySelector('.row progress')
			bar.hidden = false
			bar.removeAttribute('value')
			const seconds = [...document.querySelectorAll('*')].flatMap((box) => ['', '::before', '::after'].flatMap((part) => {
				const style = getComputedStyle(box, part)
				return (style.animationName === 'none' ? '0' : style.animationDuration).split(',').concat(style.transitionDuration.split(','))
			})).map(parseFloat)
			return Math.max(...seconds)
		})()`)
	}
	if got := longest("no-preference"); got < 0.1 {
		t.Errorf("without a wish things move for %v s, want more", got)
	}
	if got := longest("reduce"); got > 0.001 {
		t.Errorf("with reduced motion something moves for %v s", got)
	}
}

// TestTextFromRightToLeft: names and titles in Hebrew and Arabic stand on
// their own side and do not mix with what is around them.
func TestTextFromRightToLeft(t *testing.T) {
	_, b := asGuest(t)
	b.open("/")
	b.choose("#source", pictureFile(t, "תמונה.jpg"), pictureFile(t, "صورة (1).jpg"), pictureFile(t, "left.jpg"))
	b.count(ready, 3)
	names := ask[[]string](b, `[...document.querySelectorAll('.row .name')].map((box) => getComputedStyle(box).direction)`)
	if got := strings.Join(names, " "); got != "rtl rtl ltr" {
		t.Errorf("the directions of the names: %s", got)
	}
	b.click(".row:first-child summary")
	b.fill(".row:first-child [name=title]", "שלום")
	b.wait(`getComputedStyle(document.querySelector('.row [name=title]')).direction === 'rtl'`)
	b.click("#send")
	b.count(done, 3)
	b.wait(`[...document.querySelectorAll('#own-list .caption')].filter((box) => getComputedStyle(box).direction === 'rtl').length === 2`)
}

// TestFirstLoad measures what comes over the wire for a first visit, in every
// language.
func TestFirstLoad(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_GUEST_UPLOADS=true")
	for _, language := range []string{"en", "de", "es", "fr", "ja", "zh"} {
		t.Run(language, func(t *testing.T) {
			b := browse(t, p.url)
			b.language(language)
			sum := b.measure("/")
			times := ask[[]float64](b, `(() => {
				const [page] = performance.getEntriesByType('navigation')
				return [page.domContentLoadedEventEnd, page.loadEventEnd, performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0]
			})()`)
			t.Logf("%.0f bytes with headers; first paint after %.0f ms, ready after %.0f ms, loaded after %.0f ms", sum, times[2], times[0], times[1])
			if sum == 0 || sum >= 50_000 {
				t.Errorf("the first load takes %.0f bytes, want less than 50000", sum)
			}
		})
	}
}

// measure opens a page and returns the bytes of all answers, with headers.
func (b *tab) measure(path string) (sum float64) {
	b.t.Helper()
	var mu sync.Mutex
	urls := make(map[network.RequestID]string)
	if err := chromedp.Listen(b.ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case *network.EventResponseReceived:
			urls[e.RequestID] = e.Response.URL
		case *network.EventLoadingFinished:
			sum += e.EncodedDataLength
			b.t.Logf("%7.0f bytes %s", e.EncodedDataLength, strings.TrimPrefix(urls[e.RequestID], b.base))
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	b.open(path)
	b.wait(`document.readyState === 'complete'`)
	ask[any](b, `new Promise((done) => setTimeout(done, 500))`) // for what comes late
	mu.Lock()
	defer mu.Unlock()
	return sum
}
