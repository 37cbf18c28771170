package e2e

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// withoutScripts turns scripts off, as some visitors do.
func (b *tab) withoutScripts() {
	b.t.Helper()
	b.noScripts = true
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

func TestUploadWithoutScripts(t *testing.T) {
	t.Parallel()
	_, b := asGuest(t)
	b.withoutScripts()
	b.open("/")
	b.wait(`document.getElementById('source').checkVisibility()`)
	for _, hidden := range []string{"#folder", "#staged", "#url-add", "#at-once"} {
		b.wait(`!document.querySelector('` + hidden + `').checkVisibility()`)
	}
	b.choose("#source", pictureFile(t, "one.jpg"), pictureFile(t, "two.jpg"))
	b.click("#upload > p.without-script button")
	b.wait(`location.pathname === '/upload' && document.readyState === 'complete'`)
	b.count("article[data-state=done]", 2)
	links := ask[[]string](b, `[...document.querySelectorAll('input[readonly]')].map((input) => input.value)`)
	if len(links) != 2*8 {
		t.Fatalf("%d links, want 8 for each", len(links))
	}
	if status, got := get(t, links[0]); status != http.StatusOK || !bytes.Equal(got, picture(t, "one.jpg")) {
		t.Errorf("the direct link: %d, %d bytes", status, len(got))
	}
	b.tolerate("?deleted") // the page says so with a 404
	b.click("article a[href*='/delete/']")
	b.wait(`location.pathname.includes('/delete/')`)
	b.click("main form button")
	b.wait(`location.search === '?deleted'`)
	if status, _ := get(t, links[0]); status != http.StatusNotFound {
		t.Errorf("the deleted file: %d", status)
	}
}

func TestSwitchesWithoutScripts(t *testing.T) {
	_, b := asGuest(t)
	b.withoutScripts()
	b.open("/tools")
	b.click("#scheme [value=dark]")
	b.wait(`document.documentElement.dataset.scheme === 'dark' && location.pathname === '/tools'`)
	ask[any](b, `document.getElementById('language').value = 'de'`)
	b.click("#language + button, .bottom form:first-child button")
	b.wait(`document.documentElement.lang === 'de' && location.pathname === '/tools'`)
}
