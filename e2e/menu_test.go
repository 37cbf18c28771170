package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheMenuOfAPhone looks at the row above every page on phones, in all languages: one row,
// in which nothing is out of sight or too small for a finger, and what its button opens.
func TestTheMenuOfAPhone(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_MODERATION_MODE=manual")
	p.command("user", "add", "bob")
	guest, admin := browse(t, p.url), browse(t, p.url)
	admin.signIn(p.key)
	for name, b := range map[string]*tab{"guest": guest, "admin": admin} {
		for width, languages := range map[int64][]string{390: {"de"}, 320: {"en", "es", "fr", "ja", "zh", "de"}} {
			b.run(chromedp.EmulateViewport(width, 700, chromedp.EmulateMobile, chromedp.EmulateTouch))
			for _, language := range languages {
				b.language(language)
				b.open("/tools")
				what := fmt.Sprint(name, " ", width, " ", language)
				b.fits(what)
				for _, fault := range ask[[]string](b, rowFaults) {
					t.Errorf("%s: %s", what, fault)
				}
			}
			b.click(".who")
			b.wait(`document.getElementById('menu').matches(':popover-open')`)
			b.fits(name + " with the menu")
			for _, fault := range ask[[]string](b, menuFaults) {
				t.Errorf("%s %d: %s", name, width, fault)
			}
			if *screenshots {
				b.screenshot(fmt.Sprint("menu-", name, "-", width))
			}
		}
	}
	guest.withoutScripts()
	guest.open("/tools")
	guest.tap(".who")
	guest.tap(`#menu [href="/api-v1"]`)
	guest.wait(`location.pathname === '/api-v1'`)
}

const (
	smallOrHidden = `.flatMap((one) => {
		const { width, height, left, right } = one.getBoundingClientRect()
		const what = one.outerHTML.slice(0, 80)
		return width < 43.9 || height < 43.9 ? [what + ' is ' + width + 'x' + height] : left < 0 || right > innerWidth + 0.1 ? [what + ' is out of sight'] : []
	})`
	rowFaults = `(() => {
		const row = [...document.querySelectorAll('.top :is(a, button)')].filter((one) => !one.closest('.menu') && one.checkVisibility())
		const nav = document.querySelector('.top nav')
		return row` + smallOrHidden + `.concat(nav.scrollWidth > nav.clientWidth ? ['the menu scrolls'] : [],
			document.querySelector('.top').offsetHeight > 60 ? ['it has several rows'] : [])
	})()`
	menuFaults = `[...document.querySelectorAll('.menu :is(a, button)')].filter((one) => one.checkVisibility())` + smallOrHidden
)
