package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// landscape is a JPEG that looks like hills in some light.
func landscape(t *testing.T, width, height int, light float64) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := float64(x)/float64(width), float64(y)/float64(height)
			c := [3]float64{90 + 150*light*(1-v), 130 + 60*v, 230 - 130*v*light}
			for i := range 4 {
				hill := 0.45 + 0.13*float64(i) + 0.07*math.Sin(u*(3+2*float64(i))+light*9+float64(i)*1.7)
				if v > hill {
					shade := 0.9 - 0.17*float64(i)
					c = [3]float64{40 + 110*shade*light, 70 + 90*shade, 60 + 60*shade*(1-light)}
				}
			}
			m.Set(x, y, color.RGBA{uint8(c[0]), uint8(c[1]), uint8(c[2]), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shared is an upload of the first user, as the API answers it.
func (p *process) shared(name string, data []byte, fields ...string) map[string]any {
	p.t.Helper()
	answer, err := p.upload(p.key, name, data, fields...)
	if err != nil {
		p.t.Fatalf("upload %s: %v", name, err)
	}
	return answer
}

func (p *process) pathOf(upload map[string]any) string {
	return strings.TrimPrefix(upload["url_viewer"].(string), p.url)
}

// signIn signs in on the page for it.
func (b *tab) signIn(key string) {
	b.t.Helper()
	b.open("/sign-in?back=/gallery")
	if ask[bool](b, `document.querySelector('.fold:not([open]) #key') !== null`) { // where there are passwords
		b.click(".fold > summary")
	}
	b.fill("#key", key)
	b.press("Enter")
	b.wait(`location.pathname === '/gallery'`)
}

// noKey fails when anything that a script or a neighbour can see holds the key.
func (b *tab) noKey(key string) {
	b.t.Helper()
	seen := ask[string](b, `location.href + document.documentElement.outerHTML + document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })`)
	if strings.Contains(seen, key) {
		b.t.Errorf("the key can be seen on %s", ask[string](b, "location.href"))
	}
}

func TestAnAccountFromSignInToSignOut(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	b.tolerate("status of 400")
	b.open("/gallery")
	b.wait(`location.pathname === '/sign-in'`)
	b.fill("#key", "chv_wrong")
	b.press("Enter")
	b.wait(`document.querySelector('[role=alert]')?.textContent.includes('This API key is not valid.')`)
	b.fill("#key", p.key)
	b.press("Enter")
	b.wait(`location.pathname === '/gallery'`)
	if cookies := ask[string](b, "document.cookie"); cookies != "" {
		t.Errorf("scripts see the cookies %q", cookies)
	}
	b.noKey(p.key)

	b.open("/")
	b.choose("#source", pictureFile(t, "sea.jpg"))
	b.count(ready, 1)
	b.click("#send")
	b.count(done, 1)
	b.noKey(p.key)
	b.open("/gallery")
	b.count(".thumb", 1)
	b.editAndCheck()
	b.deleteAndUndo()
	b.noKey(p.key)
	b.click(".who")
	b.click(`[action="/sign-out"] button`)
	b.wait(`location.pathname === '/' && document.querySelector('.account a')`)
	b.open("/gallery")
	b.wait(`location.pathname === '/sign-in'`)
}

// editAndCheck changes all that can be changed of the one item there is.
func (b *tab) editAndCheck() {
	b.t.Helper()
	b.open("/albums")
	b.fill("#title", "Summer & sea")
	b.press("Enter")
	b.wait(`document.querySelector('h1').textContent === 'Summer & sea'`)
	b.open("/gallery")
	b.click(`.thumb a`)
	b.click(`#light a[href*="/edit"]`)
	b.wait(`document.querySelector('[name=title]')`)
	ask[bool](b, `(() => {
		const form = document.getElementById('edit')
		form.title.value = 'The <b>sea</b>'
		form.description.value = 'one\ntwo'
		form.tags.value = 'blue, wide'
		form.album_id.selectedIndex = 1
		form.expiration.value = 'P1W'
		return true
	})()`)
	b.click("#edit .button")
	b.wait(`document.querySelector('h1')?.textContent === 'The <b>sea</b>' && document.getElementById('viewer')`)
	b.wait(`document.getElementById('back').href.includes('/gallery#item-')`) // to the list it came from
	text := ask[string](b, "document.querySelector('main').innerText")
	for _, want := range []string{"one\ntwo", "blue", "wide", "Summer & sea", "This file will be deleted"} {
		if !strings.Contains(text, want) {
			b.t.Errorf("after the change the page does not say %q:\n%s", want, text)
		}
	}
}

func (b *tab) deleteAndUndo() {
	b.t.Helper()
	b.open("/gallery")
	file := ask[string](b, `document.querySelector('.thumb img').src`)
	discard := func() {
		b.t.Helper()
		b.click(".thumb .pick")
		b.click("[value=discard]")
		b.wait(`document.querySelector('.toast:last-child')?.textContent.startsWith('1 file moved to the trash.')`)
		b.count(".thumb", 0)
	}
	discard()
	if status, _ := get(b.t, file); status != 404 {
		b.t.Errorf("the file of a deleted item answers %d", status)
	}
	b.click(".toast:last-child button")
	b.count(".thumb", 1)
	if status, _ := get(b.t, file); status != 200 {
		b.t.Errorf("the file of a restored item answers %d", status)
	}
	discard()
	b.click(`a[href="/gallery/bin"]`)
	b.click(".entry .check")
	b.click("[value=purge]")
	b.click("#sheet .danger")
	b.wait(`document.querySelector('.empty')`)
}

// scripted is true once the scripts of a viewer have run.
const scripted = `document.querySelector('time[title]')`

func TestPicturesAreFittedAndZoomed(t *testing.T) {
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	large := p.shared("hills.jpg", landscape(t, 2400, 1600, .7))
	b.open(p.pathOf(large))
	b.wait(`document.querySelector('#viewer img').complete && ` + scripted)
	fits := `(() => { const box = document.querySelector('#viewer img').getBoundingClientRect(); return box.width <= innerWidth && box.height <= innerHeight })()`
	if !ask[bool](b, fits) {
		t.Error("the picture does not fit the window")
	}
	b.click("#viewer img")
	b.wait(`document.querySelector('#viewer img').getBoundingClientRect().width === 2400`)
	b.wait(`document.querySelector('.frame').scrollLeft > 300`)
	if ask[bool](b, "document.documentElement.scrollWidth > innerWidth") {
		t.Error("the page is wider than the window")
	}
	b.press("Escape")
	b.wait(fits)
	ask[bool](b, "document.getElementById('zoom').focus(), true")
	b.press("Space")
	b.wait(`document.querySelector('#viewer img').getBoundingClientRect().width === 2400`)
}

func TestSensitivePicturesAreVeiled(t *testing.T) {
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	secret := p.shared("hills.jpg", landscape(t, 800, 600, .3), "nsfw", "1", "title", "Hidden")
	b.open(p.pathOf(secret))
	blurred := `getComputedStyle(document.querySelector('#viewer img')).filter.includes('blur')`
	b.wait(blurred)
	b.click(".veil")
	b.wait("!" + blurred)
	b.open(p.pathOf(secret))
	b.wait(blurred)
	ask[bool](b, "document.getElementById('reveal').focus(), true")
	b.press("Space")
	b.wait("!" + blurred)
}

func TestAnAlbumIsWalkedByKeys(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	album := strings.TrimSpace(p.command("album", "add", "--user", "admin", "Hills"))
	for i := range 3 {
		p.shared("hills.jpg", landscape(t, 400, 300, float64(i)/3), "title", fmt.Sprint("hill ", i), "album_id", album)
	}
	b.open("/album/" + album)
	b.count(".thumb", 3)
	b.visit(ask[string](b, "document.querySelector('.thumb a').href"))
	title := func(n int) string {
		return scripted + fmt.Sprintf(" && document.querySelector('h1').textContent === 'hill %d'", n)
	}
	b.wait(title(2))
	b.press("ArrowRight")
	b.wait(title(1))
	b.press("ArrowRight")
	b.wait(title(0))
	b.press("ArrowLeft")
	b.wait(title(1))
	b.click("#newer")
	b.wait(title(2) + " && !document.getElementById('newer')")
	b.click(`#main nav a[href^="/album/"]`)
	b.wait(`location.pathname === '/album/` + album + `'`)
}

// tap clicks where scripts are off, and with them the timers that click needs.
func (b *tab) tap(selector string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("document.querySelector(%q)?.checkVisibility()", selector))
	ask[bool](b, fmt.Sprintf("(document.querySelector(%q).click(), true)", selector))
}

func TestAccountsWithoutScripts(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.shared("hills.jpg", landscape(t, 400, 300, .5), "title", "hills", "nsfw", "1")
	b.open("/sign-in?back=/gallery")
	ask[string](b, fmt.Sprintf("document.getElementById('key').value = %q", p.key))
	b.tap("form[action='/sign-in'] button")
	b.count(".thumb", 1)
	b.tap(".thumb a")
	b.tap(".veil")
	b.wait(`!getComputedStyle(document.querySelector('#viewer img')).filter.includes('blur')`)
	b.tap("#viewer img")
	b.wait(`document.getElementById('zoom').checked`)
	if links := ask[int](b, `[...document.querySelectorAll('.card input[readonly]')].filter((input) => input.checkVisibility()).length`); links != 8 {
		t.Errorf("%d links can be copied, want 8", links)
	}
	b.open("/gallery")
	b.tap(".thumb [name=id]")
	b.tap("[value=discard]")
	b.tap("#undo button")
	b.count(".thumb", 1)
	b.tap(".who")
	b.tap(`[action="/sign-out"] button`)
	b.wait(`location.pathname === '/'`)
}
