package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/input"
)

const done = `.row[data-state=done]`

// asGuest starts a server that takes uploads of guests, and a browser for it.
func asGuest(t *testing.T, env ...string) (*process, *tab) {
	t.Helper()
	p := start(t, t.TempDir(), append([]string{"POSTERN_GUEST_UPLOADS=true", "POSTERN_GUEST_MAX_FILE=100 MB"}, env...)...)
	return p, browse(t, p.url)
}

func TestDrop(t *testing.T) {
	_, b := asGuest(t)
	b.open("/")
	b.drop(&input.DragData{Files: []string{pictureFile(t, "one.jpg"), pictureFile(t, "two.jpg")}})
	b.count(`.row[data-state=ready]`, 2)
	b.wait(`document.querySelector('.row .preview img')?.naturalWidth > 0`)
	b.click("#send")
	b.count(done, 2)
	b.count("#own-list li", 2)
}
