package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"golang.org/x/sync/errgroup"
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

	titles := func(want string) string {
		return `[...document.querySelectorAll('.thumb .caption')].map((title) => title.textContent.trim()).join() === '` + want + `'`
	}
	t.Run("the order by keys, by drag and by numbers", func(t *testing.T) {
		defer b.in(t)()
		b.open("/album/" + slug)
		b.wait(titles("dropped,hill 3,hill 2"))
		b.click(`[href$="/order"]`)
		b.count(".order .thumb", 3)
		ask[any](b, `document.querySelector('.handle').focus()`)
		for _, key := range []string{"Space", "ArrowRight", "End", "Escape", "Space", "ArrowRight", "Space", "ArrowRight"} {
			b.press(key)
		}
		b.wait(titles("hill 3,dropped,hill 2"))
		b.wait(`document.activeElement.closest('.thumb').querySelector('[name^=place]').value === '2' && !document.querySelector('.lifted')`)
		b.drag(".order .thumb:nth-child(3) img", ".order .thumb:nth-child(1) img")
		b.wait(titles("hill 2,hill 3,dropped"))
		b.fill(".thumb:nth-child(3) [name^=place]", "2")
		b.press("Enter")
		b.wait(titles("hill 2,dropped,hill 3"))
		b.click(".split .button")
		b.wait(`location.pathname === '/album/` + slug + `' && ` + titles("hill 2,dropped,hill 3"))
	})

	t.Run("the order by touch", func(t *testing.T) {
		defer b.in(t)()
		b.phone()
		defer b.window(1280, 900)
		b.open("/album/" + slug + "/order")
		b.wait(titles("hill 2,dropped,hill 3") + ` && document.readyState === 'complete'`)
		b.fits("the order")
		// A press right after a drag is one of its own, on a machine whose timers come late, too.
		ask[any](b, `{ const soon = setTimeout; window.setTimeout = (f, ms = 0) => soon(f, ms + 1000) }`)
		b.carry(".order .thumb:nth-child(2) .handle", ".order .thumb:nth-child(1) img")
		b.wait(titles("dropped,hill 2,hill 3"))
		b.carry(".order .thumb:nth-child(3) .handle", ".order .thumb:nth-child(1) img")
		b.wait(titles("hill 3,dropped,hill 2"))
		b.swipe(".order .thumb:nth-child(2) img", 200, 150) // of the tile itself, a finger scrolls
		b.wait(titles("hill 3,dropped,hill 2") + ` && !document.querySelector('.lifted')`)
		b.finger(".thumb:nth-child(1) [name^=place]")
		b.wait(`document.activeElement.name?.startsWith('place-') && document.activeElement.selectionStart === 0 && document.activeElement.selectionEnd === 1`)
		b.run(chromedp.KeyEvent("3"))
		b.wait(`document.activeElement.value === '3'`)
		b.press("Enter")
		b.wait(titles("dropped,hill 2,hill 3"))
		if *screenshots {
			b.screenshot("album-order-touch-390")
		}
		b.finger(".split .button")
		b.wait(`location.pathname === '/album/` + slug + `' && ` + titles("dropped,hill 2,hill 3"))
	})

	t.Run("the cover, after a form that Escape has closed", func(t *testing.T) {
		defer b.in(t)()
		b.open("/album/" + slug)
		b.wait(ready)
		b.click(".thumb .pick")
		b.click(".actions [value=tags]")
		b.wait(`document.getElementById('sheet').open`)
		b.press("Escape")
		b.wait(`!document.getElementById('sheet').open && document.activeElement.value === 'tags'`)
		b.chosen(1)
		b.click(".actions [value=cover]")
		b.wait(`document.querySelector('body > .toasts .toast span')?.textContent === 'Cover of the album changed.'`)
		ask[any](b, `document.querySelector('.toast button').focus()`) // it stands while it has the focus
		b.press("Escape")
		b.press("Enter")
		b.wait(`document.querySelectorAll('.toast').length === 1 && document.querySelector('body > .toasts .toast button') === null`)
		b.chosen(0)
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

	t.Run("an album is made from the upload form", func(t *testing.T) {
		defer b.in(t)()
		b.open("/")
		b.choose("#source", pictureFile(t, "three.jpg"))
		b.count(".row[data-state=ready]", 1)
		b.click("#defaults summary")
		b.fill("#defaults [name=new_album]", "Third")
		b.click("#send")
		b.count(done, 1)
		b.open("/albums")
		b.click(".thumb a")
		b.wait(`document.querySelector('h1')?.textContent === 'Third' && document.querySelectorAll('.thumb').length === 1`)
	})

	t.Run("an album into which nothing comes is not made", func(t *testing.T) {
		defer b.in(t)()
		b.tolerate("status of 400")
		broken := filepath.Join(t.TempDir(), "broken.jpg")
		if err := os.WriteFile(broken, []byte("no picture"), 0o644); err != nil {
			t.Fatal(err)
		}
		b.open("/")
		b.choose("#source", broken)
		b.count(".row[data-state=ready]", 1)
		b.click("#defaults summary")
		b.fill("#defaults [name=new_album]", "Fourth")
		b.click("#send")
		b.count(".row[data-state=failed]", 1)
		b.wait(`document.querySelector('[name=new_album]').value === 'Fourth' && document.querySelector('#defaults [name=album_id]').value === ''`)
		b.choose("#source", pictureFile(t, "four.jpg"))
		b.count(".row[data-state=ready]", 1)
		b.click("#send")
		b.count(done, 1)
		b.open("/albums")
		b.wait(`document.querySelectorAll('.thumb .caption').length === 4`)
		b.click(".thumb a")
		b.wait(`document.querySelector('h1')?.textContent === 'Fourth' && document.querySelectorAll('.thumb').length === 1`)
	})

	t.Run("tags are chips, and one's own are offered", func(t *testing.T) {
		defer b.in(t)()
		field := ".sheet .field [role=combobox]"
		sheet := func() {
			b.open("/gallery?view=grid&sort=title")
			ask[any](b, "window.before = true")
			b.click(`.segments [value=grid]`)
			b.wait(`window.before === undefined && ` + ready)
			b.click(".thumb .pick")
			b.click(".actions [value=tags]")
			b.wait(`document.activeElement.matches('` + field + `')`)
		}
		sheet()
		b.fill(field, "by the sea,sun")
		b.count(".sheet .tag", 1)
		b.press("Enter")
		b.count(".sheet .tag", 2)
		b.click(".sheet .button:not(.ghost)")
		b.wait(`document.querySelector('.toast') !== null`)
		sheet()
		b.fill(field, "SEA")
		b.count(".suggest:not([hidden]) [role=option]", 1)
		b.press("Escape")
		b.count(".suggest:not([hidden])", 0)
		b.wait(`document.getElementById('sheet').open`)
		ask[any](b, `document.querySelector('`+field+`').value = ''`)
		b.fill(field, "sea")
		b.count(".suggest:not([hidden]) [role=option]", 1)
		b.press("ArrowDown")
		b.press("Enter")
		b.wait(`document.querySelector('.sheet [name=add]').value === 'by the sea'`)
		b.click(".sheet .tag button")
		b.wait(`document.querySelector('.sheet [name=add]').value === ''`)
		b.open("/tags")
		b.click("[value='by the sea']")
		b.click("[value=sun]")
		b.fill("#to", "beach")
		b.press("Enter")
		b.wait(`location.search === '?saved=1' && document.querySelectorAll('[name=tag]').length === 1 && document.querySelector('[value=beach]') !== null`)
	})

	t.Run("files are picked without scripts", func(t *testing.T) {
		b := browse(t, p.url)
		b.signIn(p.key)
		b.withoutScripts()
		b.open("/album/" + slug + "/add")
		b.tap(".thumb:nth-child(1) [name=id]")
		b.tap(".actions .cluster .button")
		b.wait(`location.pathname === '/album/` + slug + `' && document.querySelectorAll('.thumb').length === 4`)
		b.open("/album/" + slug + "/order")
		ask[any](b, `document.querySelector('.thumb:nth-child(3) input:not([type=hidden])').value = '1'`)
		b.tap(".split .button")
		b.wait(`location.pathname === '/album/` + slug + `' && document.querySelector('.thumb .caption').textContent.trim() === 'hill 3'`)
		b.tap(`[href^="/?album="]`)
		b.wait(`document.querySelector('#defaults [name=album_id]').value === '` + slug + `'`)
	})

	t.Run("an album and tags by keyboard alone", func(t *testing.T) {
		defer b.in(t)()
		madeByKeys(b)
	})
}

// madeByKeys makes an album, fills it, looks at its ZIP's button, renames a tag and deletes
// the album with its files, by keyboard alone.
func madeByKeys(b *tab) {
	b.open("/albums")
	b.skip()
	b.tabTo("#title")
	b.run(chromedp.KeyEvent("By keys"))
	b.press("Enter")
	b.wait(`document.querySelector('h1').textContent === 'By keys'`)
	b.skip()
	b.tabTo(`[href$="/add"]`)
	b.press("Enter")
	b.wait(`location.pathname.endsWith('/add')`)
	b.skip()
	b.tabTo(`.segments [href$="from=all"]`)
	b.press("Enter")
	b.wait(`location.search === '?from=all' && document.querySelector('.thumb a')?.tabIndex === 0`)
	b.skip()
	b.tabTo(".thumb a, .thumb [name=id]")
	b.press("Space")
	b.chosen(1)
	b.tabTo(".actions .cluster .button")
	b.press("Enter")
	b.wait(`document.querySelector('.toast')?.textContent.startsWith('1 file added to the album.')`)
	b.open("/tags")
	b.skip()
	b.tabTo("#to")
	b.run(chromedp.KeyEvent("coast"))
	b.tabTo("[name=tag]")
	b.press("Space")
	b.press("Enter")
	b.wait(`location.search === '?saved=1' && document.querySelector('[value=coast]') !== null`)
	b.open("/albums")
	b.skip()
	b.tabTo(".thumb a")
	b.press("Enter")
	b.wait(`document.querySelector('h1').textContent === 'By keys' && document.querySelectorAll('.thumb').length === 1`)
	b.skip()
	b.tabTo(`[value=whole]`) // the ZIP
	b.tabTo("#manage > summary")
	b.press("Enter")
	b.tabTo(`.confirm > summary`)
	b.press("Enter")
	b.tabTo(`[action$="/delete"] [name=items]`)
	b.press("Space")
	b.tabTo(`[action$="/delete"] .danger`)
	b.press("Enter")
	b.wait(`location.pathname === '/albums'`)
	b.open("/gallery/bin")
	b.wait(`document.querySelector('.entry') !== null`)
}

// TestTheSecondPageOfAnOrder drags there by mouse and by touch, in an album with more items
// than one page has.
func TestTheSecondPageOfAnOrder(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_RATE_SIGN_IN=0", "POSTERN_RATE_USER=0")
	slug := p.command("album", "add", "--user", "admin", "Hills")
	var group errgroup.Group
	group.SetLimit(4)
	for i := range 503 {
		group.Go(func() error {
			_, err := p.upload(p.key, "dot.png", dot(i), "title", fmt.Sprint("dot ", i), "album_id", slug)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	b := browse(t, p.url)
	b.signIn(p.key)
	shown := `[...document.querySelectorAll('.thumb .caption')].map((title) => title.textContent.trim())`
	second := func() []string {
		t.Helper()
		b.open("/album/" + slug + "/order?page=2")
		b.wait(`document.readyState === 'complete' && document.querySelectorAll('.order .thumb').length === 3`)
		return ask[[]string](b, shown)
	}
	is := func(titles ...string) {
		t.Helper()
		b.wait(fmt.Sprintf(`%s.join() === %q && document.querySelector('[name^=place]').value === '501'`, shown, strings.Join(titles, ",")))
	}
	save := func(button string) {
		t.Helper()
		b.click(button)
		b.wait(`location.pathname === '/album/` + slug + `'`)
	}
	was := second()
	b.drag(".order .thumb:nth-child(3) img", ".order .thumb:nth-child(1) img")
	is(was[2], was[0], was[1])
	save(".split .button")
	second()
	is(was[2], was[0], was[1])

	b.phone()
	second()
	b.carry(".order .thumb:nth-child(2) .handle", ".order .thumb:nth-child(1) img")
	is(was[0], was[2], was[1])
	save(".split .button")
	second()
	is(was[0], was[2], was[1])
}

// dot is a PNG of one pixel, another one for each number.
func dot(n int) []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	picture.SetNRGBA(0, 0, color.NRGBA{uint8(n), uint8(n >> 8), 90, 255})
	var data bytes.Buffer
	if err := png.Encode(&data, picture); err != nil {
		panic(err)
	}
	return data.Bytes()
}
