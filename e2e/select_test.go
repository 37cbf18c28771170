package e2e

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// chosen waits until so many items are selected, and the bar says so.
func (b *tab) chosen(n int) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`document.querySelectorAll('.many [name=id]:checked').length === %d`, n))
	b.wait(fmt.Sprintf(`document.querySelector('.actions').checkVisibility() === %v`, n > 0))
	if !b.noScripts {
		b.wait(fmt.Sprintf(`document.querySelector('.chosen').dataset.n === '%d'`, n))
	}
}

// pressWith presses a key while others are held.
func (b *tab) pressWith(modifiers int64, name string) {
	b.t.Helper()
	key := keys[name]
	if key.Key == "" {
		key.Key = name
	}
	key.Type, key.Modifiers = input.DispatchKeyEventTypeRawKeyDown, modifiers
	call(b, input.DispatchKeyEvent, key)
	key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(b, input.DispatchKeyEvent, key)
}

// middle is where an element is in the window.
func (b *tab) middle(selector string) (x, y float64) {
	b.t.Helper()
	at := ask[[]float64](b, fmt.Sprintf(`(() => {
		const box = document.querySelector(%q).getBoundingClientRect()
		return [box.x + box.width / 2, box.y + box.height / 2]
	})()`, selector))
	return at[0], at[1]
}

// mouse moves the mouse, or presses its left button or lets it go, while keys are held.
func (b *tab) mouse(kind input.DispatchMouseEventType, x, y float64, modifiers int64) {
	b.t.Helper()
	call(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{
		Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: 1, Buttons: 1, Modifiers: modifiers,
	})
}

// frame draws one with the mouse, from between the first two of the items that a selector
// finds over the first.
func (b *tab) frame(items string) {
	b.t.Helper()
	at := ask[[]float64](b, fmt.Sprintf(`(() => {
		const [first, second] = [...document.querySelectorAll(%q)].map((item) => item.getBoundingClientRect())
		return [(first.right + second.left) / 2, first.bottom - 3, first.left + 5, first.top + 5]
	})()`, items))
	b.mouse(input.DispatchMouseEventTypeMousePressed, at[0], at[1], 0)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, at[2], at[3], 0)
	b.mouse(input.DispatchMouseEventTypeMouseReleased, at[2], at[3], 0)
}

// inSight is where an element is in the window, after it was scrolled to.
func (b *tab) inSight(selector string) (x, y float64) {
	b.t.Helper()
	ask[any](b, fmt.Sprintf(`document.querySelector(%q).scrollIntoView({ block: 'nearest' })`, selector))
	return b.middle(selector)
}

// touch puts fingers on the window, moves them or takes them away.
func (b *tab) touch(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
	b.t.Helper()
	if points == nil {
		points = []*input.TouchPoint{}
	}
	call(b, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
}

// hold touches an element until an item is selected.
func (b *tab) hold(selector string) {
	b.t.Helper()
	x, y := b.inSight(selector)
	b.touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
	b.chosen(1) // while the finger is still there
	b.touch(input.DispatchTouchEventTypeTouchEnd)
}

// finger touches an element for a moment.
func (b *tab) finger(selector string) {
	b.t.Helper()
	x, y := b.inSight(selector)
	b.touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
	b.touch(input.DispatchTouchEventTypeTouchEnd)
}

// write touches a field and types.
func (b *tab) write(field, text string) {
	b.t.Helper()
	b.finger(field)
	b.wait(fmt.Sprintf(`document.activeElement.matches(%q)`, field))
	b.run(chromedp.KeyEvent(text))
}

// phone makes the window that of a phone.
func (b *tab) phone() {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(390, 800, chromedp.EmulateMobile, chromedp.EmulateTouch))
}

// swipe moves a finger over an element, from one side of a phone to the other.
func (b *tab) swipe(selector string, from, to float64) {
	b.t.Helper()
	_, y := b.middle(selector)
	b.touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: from, Y: y})
	b.touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: to, Y: y})
	b.touch(input.DispatchTouchEventTypeTouchEnd)
}

// drag moves the mouse from the middle of an element to that of another, with its button held.
func (b *tab) drag(from, to string) {
	b.t.Helper()
	x, y := b.inSight(from)
	toX, toY := b.middle(to)
	b.mouse(input.DispatchMouseEventTypeMousePressed, x, y, 0)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, (x+toX)/2, (y+toY)/2, 0)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, toX, toY, 0)
	b.mouse(input.DispatchMouseEventTypeMouseReleased, toX, toY, 0)
}

// carry does the same with a finger.
func (b *tab) carry(from, to string) {
	b.t.Helper()
	x, y := b.inSight(from)
	toX, toY := b.middle(to)
	b.touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
	b.touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: (x + toX) / 2, Y: (y + toY) / 2})
	b.touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: toX, Y: toY})
	b.touch(input.DispatchTouchEventTypeTouchEnd)
}

// begun waits until a list can be selected from by more than its boxes.
func (b *tab) begun() {
	b.t.Helper()
	b.wait(`document.querySelector('.chosen')?.dataset.n === '0'`)
}

const (
	heldCtrl, heldShift = 2, 8
	tileOf              = ".thumb:nth-child(%d) a"
)

// selectedItems is how many items are selected and moved at once (make select-many).
var selectedItems = flag.Int("selected-items", 8, "items that TestManyItemsAreSelected moves at once, 8 to 500")

// TestManyItemsAreSelected goes every way of choosing and changing many items.
func TestManyItemsAreSelected(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_RATE_SIGN_IN=0", "POSTERN_MODERATION_MODE=manual")
	for i := range 8 {
		p.shared("hills.jpg", landscape(t, 60, 40, float64(i)/8), "title", fmt.Sprint("hill ", i), "tags", "ridge")
	}
	b := browse(t, p.url)
	b.signIn(p.key)
	fresh := func(t *testing.T) {
		t.Helper()
		b.t = t
		b.open("/healthz")
		ask[any](b, "sessionStorage.clear()")
		b.open("/gallery")
		b.count(".thumb", 8)
		b.wait(`document.querySelector('.thumb a').tabIndex === 0`)
	}

	t.Run("by mouse", func(t *testing.T) {
		fresh(t)
		b.click(".thumb .pick")
		b.chosen(1)
		b.click(fmt.Sprintf(tileOf, 3)) // while some are chosen, a click on a tile chooses it
		b.chosen(2)
		x, y := b.middle(fmt.Sprintf(tileOf, 6))
		b.mouse(input.DispatchMouseEventTypeMousePressed, x, y, heldShift)
		b.mouse(input.DispatchMouseEventTypeMouseReleased, x, y, heldShift)
		b.chosen(5)
		b.click("[type=reset]")
		b.chosen(0)
		b.frame(".thumb")
		b.chosen(1)
		b.click("[name=all]")
		b.chosen(8)
		b.click("[type=reset]")
		b.chosen(0)
	})

	t.Run("by keyboard alone", func(t *testing.T) {
		fresh(t)
		ask[any](b, `document.querySelector('.thumb a').focus()`)
		b.press("Space")
		b.chosen(1)
		b.pressWith(heldShift, "ArrowRight")
		b.pressWith(heldShift, "ArrowRight")
		b.chosen(3)
		b.pressWith(heldCtrl, "a")
		b.chosen(8)
		b.press("Escape")
		b.chosen(0)
		ask[any](b, `document.querySelector('.thumb [name=id]').focus()`)
		b.press("ArrowRight")
		b.press("Space")
		b.chosen(1)
		b.press("Tab") // out of the list, into the bar
		b.wait(`document.activeElement.closest('.actions') !== null`)
		b.pressWith(heldShift, "Tab")
		b.press("Delete")
		b.count(".thumb", 7)
		b.wait(`document.activeElement.matches('.thumb [name=id]')`)
		ask[any](b, `document.querySelector('.toast button').focus()`)
		b.press("Enter")
		b.count(".thumb", 8)
	})

	t.Run("by touch", func(t *testing.T) {
		fresh(t)
		b.phone()
		defer b.window(1280, 900)
		b.open("/gallery")
		b.wait(`document.querySelector('.thumb a').tabIndex === 0`)
		b.hold(fmt.Sprintf(tileOf, 1))
		b.finger(fmt.Sprintf(tileOf, 2))
		b.chosen(2)
		small := ask[[]string](b, `[...document.querySelectorAll('.actions button, .actions label, .pick')].filter((box) => {
			const { width, height } = box.getBoundingClientRect()
			return box.checkVisibility() && (width < 43.9 || height < 43.9)
		}).map((box) => box.outerHTML.slice(0, 80))`)
		if len(small) > 0 {
			t.Errorf("too small for fingers: %q", small)
		}
		b.fits("the bar")
		if *screenshots {
			b.screenshot("select-touch-390")
		}
		b.click("[type=reset]")
		b.chosen(0)
		b.finger(fmt.Sprintf(tileOf, 2))
		title := func(text string) {
			t.Helper()
			b.wait(fmt.Sprintf(`document.querySelector('#light .title')?.textContent === %q`, text))
		}
		title("hill 6")
		b.swipe("#light .stage", 330, 60)
		title("hill 5")
		b.swipe("#light .stage", 60, 330)
		title("hill 6")
		b.open(ask[string](b, `location.pathname + location.search`))
		b.wait(`document.querySelector('h1').textContent === 'hill 6' && ` + scripted)
		b.swipe("#viewer", 330, 60)
		b.wait(`document.querySelector('h1').textContent === 'hill 5' && ` + scripted)
	})

	t.Run("actions in place", func(t *testing.T) {
		fresh(t)
		b.open("/gallery?q=hill")
		b.wait(`document.querySelector('.thumb a').tabIndex === 0`)
		for i := range 3 {
			b.click(fmt.Sprintf(".thumb:nth-child(%d) .pick", i+1))
		}
		b.chosen(3)
		b.click("[value=album]")
		b.wait(`document.getElementById('sheet').open`)
		b.fill("#sheet [name=title]", "Hills")
		b.press("Enter")
		b.wait(`document.querySelector('.toast span')?.textContent === '3 files added to the album.'`)
		b.wait(`!document.getElementById('sheet').open && location.search === '?q=hill'`)
		b.count(".thumb", 8)
		b.click(".thumb .pick")
		b.click(`[formaction$="/items/links"]`)
		b.wait(`document.querySelector('#sheet .links')?.value.startsWith('http')`)
		ask[any](b, `(() => {
			const form = document.querySelector('#sheet [name=form]')
			form.value = 'markdown'
			form.dispatchEvent(new Event('change', { bubbles: true }))
		})()`)
		b.wait(`document.querySelector('#sheet .links').value.startsWith('![')`)
		b.click("#sheet [data-close]")
		b.click("[value=discard]")
		b.wait(`document.querySelector('.toast:last-child').textContent.startsWith('1 file moved to the trash.')`)
		b.count(".thumb", 7)
		b.wait(`location.search === '?q=hill'`)
		b.click(".toast:last-child button")
		b.count(".thumb", 8)

		// What is gone leaves the list where it was.
		b.window(640, 500)
		defer b.window(1280, 900)
		b.open("/gallery?q=hill")
		b.begun()
		b.click(".thumb:nth-child(5) .pick")
		b.chosen(1)
		ask[any](b, `document.querySelector('.thumb:nth-child(5)').scrollIntoView({ block: 'center' }), window.before = scrollY, document.querySelector('[value=discard]').click()`)
		b.count(".thumb", 7)
		b.wait(`before > 0 && Math.abs(scrollY - before) < 60 && document.activeElement.matches('.thumb [name=id]')`)
		b.click(".toast:last-child button")
		b.count(".thumb", 8)
	})

	t.Run("in every list", func(t *testing.T) {
		fresh(t)
		p.command("user", "add", "bob")
		key := p.command("key", "add", "--user", "bob")
		for i := range 2 {
			if _, err := p.upload(key, "hills.jpg", landscape(t, 60, 40, float64(i+1)/30), "title", fmt.Sprint("of bob ", i)); err != nil {
				t.Fatal(err)
			}
		}
		list := func(path, item string, n int) {
			t.Helper()
			b.open(path)
			b.count(item, n)
			b.begun()
			b.click(item + " [name=id]")
			b.chosen(1)
			last := fmt.Sprintf("%s:nth-child(%d) [name=id]", item, n)
			ask[any](b, fmt.Sprintf(`document.querySelector(%q).scrollIntoView({ block: 'center' })`, last))
			x, y := b.middle(last)
			b.mouse(input.DispatchMouseEventTypeMousePressed, x, y, heldShift)
			b.mouse(input.DispatchMouseEventTypeMouseReleased, x, y, heldShift)
			b.chosen(n)
			b.click("[type=reset]")
			b.chosen(0)
			ask[any](b, "scrollTo(0, 0)")
			b.frame(item)
			b.chosen(1)
			ask[any](b, fmt.Sprintf(`document.querySelector(%q).focus()`, item+" [name=id]"))
			b.pressWith(heldCtrl, "a")
			b.chosen(n)
			b.press("Escape")
			b.chosen(0)
		}
		all := func(do string, n int) {
			t.Helper()
			b.click("[name=id]")
			b.click("[name=all]")
			b.chosen(n)
			b.click(".actions [value=" + do + "]")
		}
		byTouch := func(item string) {
			t.Helper()
			b.phone()
			defer b.window(1280, 900)
			b.open(ask[string](b, "location.pathname + location.search"))
			b.begun()
			b.hold(item)
			b.finger("[type=reset]")
			b.chosen(0)
		}
		b.open("/albums")
		b.click(".thumb a")
		b.wait(`location.pathname.startsWith('/album/')`)
		list(ask[string](b, "location.pathname"), ".thumb", 3)
		list("/tag/ridge", ".thumb", 8)
		b.open("/gallery")
		b.click(".segments [value=list]")
		b.count("tbody tr", 8)
		list("/gallery?q=hill", "tbody tr", 8)
		byTouch("tbody tr a")
		b.click(".segments [value=grid]")
		b.count(".thumb", 8)

		list("/admin/items", "tbody tr", 10)
		byTouch("tbody th a")
		b.click("tbody [name=id]")
		b.click("tbody tr:nth-child(2) th a") // while some are chosen, a click on a title chooses it
		b.chosen(2)
		b.click(".actions [value=rejected]")
		b.wait(`document.querySelector('.toast:last-child span')?.textContent === '2 files rejected.'`)
		b.wait(`document.querySelector('tbody tr:nth-child(2) td:nth-child(4)').textContent.trim() === 'Rejected'`)
		b.click(".toast:last-child button")
		b.wait(`document.querySelector('.toast:last-child span')?.textContent === '2 files wait for review again.'`)
		ask[any](b, `document.querySelector('tbody [name=id]').focus()`)
		b.press("Space")
		b.chosen(1)
		b.press("Delete") // who could not restore a file is asked
		b.wait(`document.getElementById('sheet').open && document.querySelector('#sheet .danger') !== null`)
		b.press("Escape")
		b.click(".actions [value=move]")
		b.fill("#sheet [name=to]", "bob")
		b.press("Enter")
		b.wait(`document.querySelector('.toast:last-child span')?.textContent === '1 file moved to another user.'`)
		b.count("tbody tr", 10)

		list("/moderation", ".thumb", 2)
		byTouch(".thumb a")
		all("approved", 2)
		b.wait(`document.querySelector('.toast:last-child span')?.textContent === '2 files approved.'`)
		b.count(".thumb", 0)
		b.click(".toast:last-child button")
		b.count(".thumb", 2)

		b.open("/gallery")
		b.begun()
		for i := range 3 {
			b.click(fmt.Sprintf(".thumb:nth-child(%d) .pick", i+1))
		}
		b.click("[value=discard]")
		b.count(".thumb", 5)
		list("/gallery/bin", ".entry", 3)
		byTouch(".entry .caption")
		for range 2 {
			all("restore", 3)
			b.count(".entry", 0)
			b.click(".toast:last-child button")
			b.count(".entry", 3)
		}
		all("restore", 3)
		b.count(".entry", 0)
	})

	t.Run("from item to item", func(t *testing.T) {
		fresh(t)
		b.open("/gallery?q=hill")
		b.wait(`document.querySelector('.thumb a').tabIndex === 0`)
		shows := func(title string) {
			t.Helper()
			b.wait(fmt.Sprintf(`document.querySelector('#light .title')?.textContent === %q && location.pathname.includes('/image/')`, title))
		}
		b.click(fmt.Sprintf(tileOf, 2))
		shows("hill 6")
		b.press("ArrowRight")
		shows("hill 5")
		b.press("ArrowLeft")
		b.click("#light-newer")
		shows("hill 7")
		b.wait(`!document.getElementById('light-newer')`)
		b.press("Delete") // and the next one comes
		shows("hill 6")
		b.wait(`document.querySelector('#light .toast span')?.textContent === '1 file moved to the trash.'`)
		b.count(".thumb", 7)
		b.click("#light .toast button")
		b.count(".thumb", 8)
		b.press("ArrowRight")
		shows("hill 5")
		b.press("ArrowLeft")
		shows("hill 6")
		b.press("ArrowLeft")
		shows("hill 7")
		if *screenshots {
			b.screenshot("lightbox-1280")
		}
		b.click("#light-close")
		b.wait(`location.pathname + location.search === '/gallery?q=hill' && !document.getElementById('light').open`)
		b.wait(`document.activeElement.textContent.includes('hill 7')`)
		b.click(fmt.Sprintf(tileOf, 3))
		shows("hill 5")
		ask[any](b, "history.back()")
		b.wait(`location.pathname === '/gallery' && !document.getElementById('light').open`)

		// The page of its own, as a reload or another visitor gets it.
		b.window(1280, 800)
		b.visit(ask[string](b, `document.querySelectorAll('.thumb a')[3].href`))
		b.wait(`document.querySelector('h1').textContent === 'hill 4' && ` + scripted)
		for _, part := range []string{"h1", "#item-actions"} {
			if below := ask[float64](b, fmt.Sprintf("document.querySelector(%q).getBoundingClientRect().bottom", part)); below > 800 {
				t.Errorf("%s ends at %v, below the fold", part, below)
			}
		}
		if *screenshots {
			b.screenshot("item-own-1280")
		}
		b.press("ArrowRight")
		b.wait(`document.querySelector('h1').textContent === 'hill 3' && ` + scripted)
		b.click("#back")
		b.wait(`location.pathname === '/gallery' && location.search.includes('q=hill') && document.querySelector(':target .caption').textContent === 'hill 3'`)
		b.window(1280, 900)
	})

	t.Run("without scripts", func(t *testing.T) {
		b := browse(t, p.url)
		b.signIn(p.key)
		b.withoutScripts()
		b.open("/gallery?kind=image")
		b.tap(".thumb:nth-child(2) a")
		b.wait(`document.querySelector('h1').textContent === 'hill 6'`)
		b.tap("#next")
		b.wait(`document.querySelector('h1').textContent === 'hill 5'`)
		b.tap("#back")
		b.wait(`location.pathname === '/gallery' && document.querySelector(':target .caption')?.textContent === 'hill 5'`)
		b.open("/gallery?kind=image")
		b.tap(".thumb:nth-child(1) [name=id]")
		b.tap(".thumb:nth-child(2) [name=id]")
		b.chosen(2)
		b.tap("[value=tags]")
		b.wait(`document.querySelector('form.sheet [name=add]') !== null`)
		ask[any](b, `document.querySelector('[name=add]').value = 'chosen'`)
		b.tap("form.sheet .button")
		b.wait(`location.pathname === '/gallery' && document.getElementById('undo') !== null`)
		b.tap(".thumb:nth-child(1) [name=id]")
		b.tap("[value=discard]")
		b.wait(`document.querySelectorAll('.thumb').length === 7 && location.search.includes('kind=image')`)
		b.tap("#undo button")
		b.wait(`document.querySelectorAll('.thumb').length === 8 && location.search.includes('kind=image')`)
		b.tap(".thumb:nth-child(1) [name=id]")
		b.tap("[name=all]")
		b.tap("[value=sensitive]")
		b.wait(`document.querySelector('[name=nsfw]') !== null`)
		b.tap("[name=nsfw][value='1']")
		b.wait(`document.querySelectorAll('.thumb .badge.bad').length === 8`)
	})

	t.Run("the ZIP", func(t *testing.T) {
		fresh(t)
		ids := ask[[]string](b, `[...document.querySelectorAll('[name=id]')].map((box) => box.value)`)
		a, err := http.Post(p.url+"/items/download", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"id": ids}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := zip.NewReader(bytes.NewReader(body), int64(len(body))); err != nil || len(r.File) != 8 {
			t.Errorf("the ZIP: %v", err)
		}
	})

	t.Run("all of the result are moved", func(t *testing.T) {
		fresh(t)
		for i := range *selectedItems - 8 {
			p.shared("more.jpg", landscape(t, 60, 40, float64(i%97)/97), "title", fmt.Sprint("more ", i))
		}
		b.open("/gallery")
		b.wait(`document.querySelector('.thumb a').tabIndex === 0`)
		b.click(".thumb .pick")
		b.click("[name=all]")
		b.wait(fmt.Sprintf(`document.querySelector('.chosen').dataset.n === '%d'`, *selectedItems))
		b.click("[value=album]")
		b.fill("#sheet [name=title]", "All of them")
		took := ask[float64](b, `new Promise((done) => {
			const toasts = document.getElementById('toasts')
			new MutationObserver(() => done(performance.now() - begun)).observe(toasts, { childList: true })
			const begun = performance.now()
			document.querySelector('form.sheet').requestSubmit()
		})`)
		t.Logf("%d items were moved in %.0f ms", *selectedItems, took)
		b.wait(fmt.Sprintf(`document.querySelector('.toast:last-child span').textContent === '%d files added to the album.'`, *selectedItems))
		b.open("/albums")
		b.click(".thumb a")
		b.wait(fmt.Sprintf(`document.querySelector('[data-text=image-count]')?.textContent === '%d'`, *selectedItems))
	})
}
