package e2e

import (
	"archive/zip"
	"bytes"
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

const (
	heldCtrl, heldShift = 2, 8
	tileOf              = ".thumb:nth-child(%d) a"
)

// TestManyItemsAreSelected goes every way of choosing and changing many items.
func TestManyItemsAreSelected(t *testing.T) {
	p := start(t, t.TempDir(), "POSTERN_RATE_SIGN_IN=0")
	for i := range 8 {
		p.shared("hills.jpg", landscape(t, 60, 40, float64(i)/8), "title", fmt.Sprint("hill ", i))
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
		mouse := func(kind input.DispatchMouseEventType, x, y float64, modifiers int64) {
			call(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{
				Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: 1, Buttons: 1, Modifiers: modifiers,
			})
		}
		mouse(input.DispatchMouseEventTypeMousePressed, x, y, heldShift)
		mouse(input.DispatchMouseEventTypeMouseReleased, x, y, heldShift)
		b.chosen(5)
		b.click("[type=reset]")
		b.chosen(0)
		// A frame from between the tiles over the first two.
		at := ask[[]float64](b, `(() => {
			const [first, second] = [...document.querySelectorAll('.thumb')].map((tile) => tile.getBoundingClientRect())
			return [(first.right + second.left) / 2, first.bottom - 3, first.left + 5, first.top + 5, second.right - 5]
		})()`)
		mouse(input.DispatchMouseEventTypeMousePressed, at[0], at[1], 0)
		mouse(input.DispatchMouseEventTypeMouseMoved, at[2], at[3], 0)
		mouse(input.DispatchMouseEventTypeMouseReleased, at[2], at[3], 0)
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
		b.run(chromedp.EmulateViewport(390, 800, chromedp.EmulateMobile, chromedp.EmulateTouch))
		defer b.window(1280, 900)
		b.open("/gallery")
		b.wait(`document.querySelector('.thumb a').tabIndex === 0`)
		x, y := b.middle(fmt.Sprintf(tileOf, 1))
		touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
			if points == nil {
				points = []*input.TouchPoint{}
			}
			call(b, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
		}
		touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
		b.chosen(1) // while the finger is still there
		touch(input.DispatchTouchEventTypeTouchEnd)
		x, y = b.middle(fmt.Sprintf(tileOf, 2))
		touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
		touch(input.DispatchTouchEventTypeTouchEnd)
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
}
