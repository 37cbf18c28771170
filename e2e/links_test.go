package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// TestLinksToCopy clicks every button of a finished upload. What it puts on the
// clipboard is what the server writes on the page for those without scripts.
func TestLinksToCopy(t *testing.T) {
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	b.signIn(p.key)
	b.allowClipboard()
	b.open("/")
	b.choose("#source", absolute(t, sample("photo.jpg")), absolute(t, sample("v.mp4")))
	b.click("#send")
	b.count(done, 2)
	var direct []string
	for i, name := range []string{"photo.jpg", "v.mp4"} {
		row := fmt.Sprintf(".row:nth-child(%d)", i+1)
		want := b.linksWithoutScripts(row + " .links input")
		kinds := ask[[]string](b, `[...document.getElementById('gather-kind').options].map((option) => option.value)`)
		if len(want) != 8 || len(kinds) != 8 {
			t.Fatalf("%s: the page has %d links, the server %d", name, len(kinds), len(want))
		}
		for j, kind := range kinds {
			b.gather(kind)
			if got := b.copied(row + ` [data-kind=""]`); got != want[j] || got != ask[string](b, `document.querySelector('`+row+` .links input').value`) {
				t.Errorf("%s: %s is %q, want %q", name, kind, got, want[j])
			}
		}
		b.gather("direct")
		got := b.copied(row + ` [data-kind=delete]`)
		if status, _ := get(t, got); status != 200 || !strings.Contains(got, "/delete/") {
			t.Errorf("%s: the delete link %q: %d", name, got, status)
		}
		direct = append(direct, want[0])
	}
	if got := b.copied("#gather-copy"); got != strings.Join(direct, "\n") {
		t.Errorf("all links are %q, want %q", got, direct)
	}
	b.gather("bbcode-thumb")
	if got := b.copied("#gather-copy"); strings.Count(got, "[img]") != 2 || strings.Count(got, "\n") != 1 {
		t.Errorf("all links as BBCode are %q", got)
	}
}

// gather chooses the kind of links that finished uploads show.
func (b *tab) gather(kind string) {
	b.t.Helper()
	ask[any](b, fmt.Sprintf(`(() => {
		const menu = document.getElementById('gather-kind')
		menu.value = %q
		menu.dispatchEvent(new Event('change', { bubbles: true }))
	})()`, kind))
}

// copied clicks a button that copies, and returns what is on the clipboard.
func (b *tab) copied(selector string) string {
	b.t.Helper()
	ask[any](b, `navigator.clipboard.writeText('')`)
	b.click(selector)
	return ask[string](b, `(async () => {
		for (let i = 0; i < 500; i++) {
			const text = await navigator.clipboard.readText()
			if (text) return text
			await new Promise((done) => setTimeout(done, 20))
		}
	})()`)
}

// linksWithoutScripts sends the file that an input's URL leads to as a plain
// form; the server knows it again, and lists the links of the same item.
func (b *tab) linksWithoutScripts(selector string) []string {
	b.t.Helper()
	return ask[[]string](b, fmt.Sprintf(`(async () => {
		const url = document.querySelector(%q).value
		const title = document.querySelector(%[1]q).closest('.row').querySelector('.name').textContent
		const form = new FormData()
		const name = title === 'photo' ? 'photo.jpg' : 'v.mp4'
		form.append('source', await (await fetch(url)).blob(), name)
		const page = new DOMParser().parseFromString(await (await fetch('/upload', { method: 'POST', body: form })).text(), 'text/html')
		return [...page.querySelectorAll('input[readonly]')].map((input) => input.value)
	})()`, selector))
}

// TestFirstFileWithoutANetwork: what is needed for the first file cannot be
// fetched, and the page says so; later it can.
func TestFirstFileWithoutANetwork(t *testing.T) {
	_, b := asGuest(t)
	b.tolerate("net::ERR_")
	b.tolerate("Failed to fetch dynamically imported module")
	b.open("/")
	offline := func(off bool) {
		call(b, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: -1, Offline: off}},
		})
	}
	offline(true)
	b.choose("#source", pictureFile(t, "one.jpg"))
	b.wait(`document.getElementById('toasts').textContent.includes('No connection to the server.')`)
	offline(false)
	b.choose("#source", pictureFile(t, "two.jpg"))
	b.count(ready, 1)
}
