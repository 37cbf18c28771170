package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// TestFillingAlbums goes the ways by which files come into an album, from its page and from
// the upload page, and the gallery that is sorted and narrowed.
func TestFillingAlbums(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_RATE_SIGN_IN=0")
	slug := p.command("album", "add", "--user", "admin", "Hills")
	for i := range 4 {
		p.shared("hills.jpg", landscape(t, 60, 40, float64(i)/8), "title", fmt.Sprint("hill ", i))
	}
	b := browse(t, p.url)
	b.signIn(p.key)
	ready := `document.querySelector('.thumb a')?.tabIndex === 0`

	t.Run("files are picked by mouse and by keyboard", func(t *testing.T) {
		defer b.in(t)()
		b.open("/album/" + slug)
		b.click(`[href$="/add"]`)
		b.count(".thumb", 4)
		b.wait(ready)
		b.click(fmt.Sprintf(tileOf, 1)) // a click chooses: nothing else is done here
		b.chosen(1)
		ask[any](b, `document.querySelectorAll('.thumb a')[1].focus()`)
		b.press("Space")
		b.chosen(2)
		b.click(".actions .cluster .button")
		b.wait(`document.querySelector('.toast')?.textContent.startsWith('2 files added to the album.')`)
		b.count(".thumb", 2) // those that are in no album
		b.click(`.segments [href$="from=all"]`)
		b.count(".thumb", 4)
		b.open("/album/" + slug)
		b.count(".thumb", 2)
	})

	t.Run("a drop on the page of an album", func(t *testing.T) {
		defer b.in(t)()
		b.open("/album/" + slug)
		b.wait(ready)
		b.drop(&input.DragData{Files: []string{pictureFile(t, "dropped.jpg")}})
		b.count(".row[data-state=ready]", 1)
		b.wait(`location.pathname + location.search === '/?album=` + slug + `' && document.querySelector('.top [aria-current]').textContent === 'Upload'`)
		b.click("#send")
		b.count(done, 1)
		b.open("/album/" + slug)
		b.count(".thumb", 3)
	})

	t.Run("a drop on another page, and back", func(t *testing.T) {
		defer b.in(t)()
		b.open("/gallery?sort=title")
		b.wait(ready)
		b.drop(&input.DragData{Files: []string{pictureFile(t, "one.jpg"), pictureFile(t, "two.jpg"), absolute(t, sample("t.txt"))}})
		b.count(".row", 3)
		ask[any](b, "history.back()")
		b.wait(`location.pathname === '/gallery' && document.querySelectorAll('.thumb').length === 5 && ` + ready)
	})

	t.Run("an album of what was uploaded", func(t *testing.T) {
		defer b.in(t)()
		b.open("/")
		b.choose("#source", pictureFile(t, "one.jpg"), pictureFile(t, "two.jpg"), absolute(t, sample("t.txt")))
		b.count(".row", 3)
		b.click("#send")
		b.count(done, 2)
		b.click("#failed")
		b.wait(`document.activeElement.closest('[data-state=invalid]') !== null`)
		b.click("#album-of")
		b.fill(".sheet [name=title]", "Both")
		b.press("Enter")
		b.wait(`location.pathname.startsWith('/album/') && document.querySelectorAll('.thumb').length === 2 && document.querySelector('h1').textContent === 'Both'`)
	})

	t.Run("the gallery in another order and as a table", func(t *testing.T) {
		defer b.in(t)()
		b.open("/gallery")
		b.wait(ready)
		b.click("[data-group]")
		b.chosen(7)
		b.click("[type=reset]")
		ask[any](b, `document.getElementById('sort').value = 'title'`)
		b.click(".search .find")
		b.wait(`location.search.includes('sort=title') && document.querySelector('.thumb .caption').textContent === 'dropped'`)
		b.click("#filters summary")
		ask[any](b, `document.getElementById('album').value = 'none'`)
		b.click("#filters .button")
		b.count(".thumb", 2)
		b.click(".tag")
		b.count(".thumb", 7)
		b.click(`.segments [value=list]`)
		b.count(".files tbody tr", 7)
		b.click(`.files thead [href*="sort=size"]`)
		b.wait(`document.querySelector('[aria-sort=descending]')?.textContent.trim() === 'Size'`)
		b.click(".files [name=id]")
		b.chosen(1)
		b.click("[value=discard]")
		b.count(".files tbody tr", 6)
		b.click(".toast button")
		b.count(".files tbody tr", 7)
		b.window(390, 800)
		b.fits("the table")
		b.window(1280, 900)
	})

	t.Run("files are picked without scripts", func(t *testing.T) {
		b := browse(t, p.url)
		b.signIn(p.key)
		b.withoutScripts()
		b.open("/album/" + slug + "/add")
		b.tap(".thumb:nth-child(1) [name=id]")
		b.tap(".actions .cluster .button")
		b.wait(`location.pathname === '/album/` + slug + `' && document.querySelectorAll('.thumb').length === 4`)
		b.tap(`[href^="/?album="]`)
		b.wait(`document.querySelector('#defaults [name=album_id]').value === '` + slug + `'`)
	})
}
