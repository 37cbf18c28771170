package e2e

import (
	"net/http"
	"testing"
)

// TestOwnUploads: the list outlives a reload, copies and deletes.
func TestOwnUploads(t *testing.T) {
	_, b := asGuest(t)
	b.open("/")
	b.choose("#source", pictureFile(t, "one.jpg"), pictureFile(t, "two.jpg"))
	b.click("#send")
	b.count(done, 2)
	b.open("/")
	b.count("#own-list li", 2)
	b.wait(`[...document.querySelectorAll('#own-list img')].every((image) => image.naturalWidth > 0)`)
	pages := ask[[]string](b, `[...document.querySelectorAll('#own-list a')].map((link) => link.href)`)

	b.allowClipboard()
	b.click("#own-list li:first-child .copy-link")
	b.wait(`document.getElementById('toasts').textContent.includes('Copied')`)
	if status, _ := get(t, ask[string](b, `navigator.clipboard.readText()`)); status != http.StatusOK {
		t.Errorf("the copied link: %d", status)
	}

	b.click("#own-list li:first-child .delete")
	b.wait(`document.getElementById('ask').open`)
	b.click("#ask button[value='']")
	b.click("#own-list li:first-child .delete")
	b.click("#ask-yes")
	b.count("#own-list li", 1)
	for i, want := range []int{http.StatusNotFound, http.StatusOK} {
		if status, _ := get(t, pages[i]); status != want {
			t.Errorf("page %d: %d, want %d", i, status, want)
		}
	}
	b.click("#forget")
	b.click("#ask-yes")
	b.wait(`!document.getElementById('own').checkVisibility()`)
	b.open("/")
	b.count("#own-list li", 0)
	if status, _ := get(t, pages[1]); status != http.StatusOK {
		t.Errorf("a forgotten upload: %d, want it there still", status)
	}
}

// TestExpiryCountsDown watches the last seconds of an upload in the list. The
// server's shortest choice being 15 minutes, the page is told a nearer end.
func TestExpiryCountsDown(t *testing.T) {
	_, b := asGuest(t)
	b.open("/")
	b.click("#defaults summary")
	ask[any](b, `document.querySelector('#defaults [name=expiration]').value = 'PT15M'`)
	b.choose("#source", pictureFile(t, "one.jpg"), pictureFile(t, "two.jpg"))
	b.click("#send")
	b.count(done, 2)
	b.wait(`/^expires in 1[45] minutes$/.test(document.querySelector('#own-list .badge').textContent)`)
	ask[any](b, `(() => {
		const records = JSON.parse(localStorage.getItem('postern.uploads'))
		records[0].expires = Date.now() + 6000
		localStorage.setItem('postern.uploads', JSON.stringify(records))
	})()`)
	b.open("/")
	b.count("#own-list li", 2)
	seen := ask[[]string](b, `new Promise((resolve) => {
		const seen = []
		const note = () => {
			const text = document.querySelector('#own-list .badge')?.textContent
			if (text !== seen.at(-1)) seen.push(text)
			if (document.querySelectorAll('#own-list li').length === 1) resolve(seen)
			else setTimeout(note, 50)
		}
		note()
	})`)
	if len(seen) < 4 {
		t.Errorf("the count went %q", seen)
	}
	b.open("/")
	b.count("#own-list li", 1)
}
