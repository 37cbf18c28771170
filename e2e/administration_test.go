package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAdministrationByKeysByTouchAndWithoutScripts does what admins and moderators do in
// each way that pages can be used.
func TestAdministrationByKeysByTouchAndWithoutScripts(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_MODERATION_MODE=manual", "POSTERN_MODERATION_REPORTS=true", "POSTERN_RATE_SIGN_IN=0")
	p.command("user", "add", "bob")
	key := p.command("key", "add", "--user", "bob")
	for i := range 2 {
		if _, err := p.upload(key, "hills.jpg", landscape(t, 60, 40, float64(i)/9), "title", fmt.Sprint("of bob ", i)); err != nil {
			t.Fatal(err)
		}
	}
	b, plain := browse(t, p.url), browse(t, p.url)
	b.signIn(p.key)
	typed := func(selector, text string) {
		t.Helper()
		b.tabTo(selector)
		b.run(chromedp.KeyEvent(text))
		b.press("Enter")
	}

	t.Run("by keyboard alone", func(t *testing.T) {
		defer b.in(t)()
		open := func(path string) {
			t.Helper()
			b.open(path)
			b.skip()
		}
		open("/admin")
		b.tabTo(`.tabs [href="/admin/users"]`)
		b.press("Enter")
		b.wait(`location.pathname === '/admin/users'`)
		b.skip()
		typed("#name", "eve")
		b.wait(`document.querySelector('.notice input[readonly]')?.value.includes('/invitation/')`)
		b.skip()
		b.tabTo(`.rows [href="/admin/users/eve"]`)
		b.press("Enter")
		b.wait(`location.pathname === '/admin/users/eve'`)
		b.skip()
		b.tabTo("[value=disable]")
		b.press("Enter")
		b.wait(`location.search === '?saved=1' && document.querySelector('[value=enable]') !== null`)
		open("/admin/bans")
		typed("#what", "192.0.2.7/24")
		b.wait(`document.querySelector('.rows th code')?.textContent === '192.0.2.0/24'`)
		open("/admin/categories")
		typed("#name", "Sea")
		b.wait(`document.querySelector('[name=category]') !== null`)
		open("/keys")
		typed("#name", "phone")
		b.wait(`document.querySelector('.notice input[readonly]')?.value.startsWith('chv_')`)
		open("/account")
		typed("#display_name", "Ann")
		b.wait(`location.search === '?saved=1' && document.getElementById('display_name').value === 'Ann'`)
		b.open("/admin/log")
		b.wait(`['eve', '192.0.2.0/24', 'Sea'].every((what) => document.querySelector('.log').textContent.includes(what))`)
	})

	t.Run("a report without scripts", func(t *testing.T) {
		image := p.shared("hills.jpg", landscape(t, 60, 40, .5), "title", "Reported")
		defer plain.in(t)()
		plain.withoutScripts()
		plain.open(p.pathOf(image))
		plain.tap(`[href^="/report/"]`)
		plain.wait(`document.getElementById('reason') !== null`)
		ask[any](plain, `document.getElementById('reason').value = 'spam'`)
		plain.tap(`[action^="/report/"] .button`)
		plain.wait(`document.querySelector('.notice.good') !== null`)
	})

	t.Run("a report and verdicts by keyboard alone", func(t *testing.T) {
		image := p.shared("hills.jpg", landscape(t, 60, 40, .6), "title", "Reported, too")
		func() {
			plain := browse(t, p.url)
			plain.open(p.pathOf(image))
			plain.skip()
			plain.tabTo(`[href^="/report/"]`)
			plain.press("Enter")
			plain.wait(`document.getElementById('reason') !== null`)
			plain.skip()
			plain.tabTo("#reason")
			plain.press("ArrowDown")
			plain.wait(`document.getElementById('reason').value !== ''`)
			plain.tabTo(`[action^="/report/"] .button`)
			plain.press("Enter")
			plain.wait(`document.querySelector('.notice.good') !== null`)
		}()
		defer b.in(t)()
		b.open("/moderation")
		b.begun()
		b.count(".thumb", 4)
		b.skip()
		b.tabTo(".thumb [value=rejected]")
		b.press("Enter")
		b.wait(`document.querySelector('.toast span')?.textContent === '1 file rejected.'`)
		b.count(".thumb", 3)
		b.wait(`document.activeElement.matches('.thumb [name=id]')`) // the next one
		b.press("Space")
		b.chosen(1)
		b.pressWith(heldCtrl, "a")
		b.chosen(3)
		b.tabTo(".actions [value=approved]")
		b.press("Enter")
		b.count(".thumb", 0)
		b.open("/moderation")
		b.wait(`document.querySelectorAll('.log li').length === 4`)
		for _, id := range ask[[]string](b, `[...document.querySelectorAll('.log a')].map((link) => link.textContent)`) {
			if id != fmt.Sprint(image["id_encoded"]) {
				p.command("moderate", id, "pending")
			}
		}
		p.command("item", "delete", fmt.Sprint(image["id_encoded"]))
	})

	t.Run("a verdict on one by mouse", func(t *testing.T) {
		defer b.in(t)()
		b.open("/moderation")
		b.begun()
		b.count(".thumb", 3)
		b.click(`.thumb [value=nsfw]`)
		b.wait(`document.querySelector('.toast span')?.textContent === '1 file marked as sensitive.'`)
		b.count(".thumb", 2)
		b.click(".toast button")
		b.count(".thumb", 3)
	})

	t.Run("by touch", func(t *testing.T) {
		defer b.in(t)()
		b.phone()
		defer b.window(1280, 900)
		b.open("/moderation")
		b.count(".thumb", 3)
		b.begun()
		b.hold(".thumb a")
		b.finger(".thumb:nth-child(2) a")
		b.chosen(2)
		b.finger(".actions [value=approved]")
		b.count(".thumb", 1)
		b.finger(".toast button")
		b.count(".thumb", 3)
		for _, path := range []string{"/moderation", "/admin", "/admin/users", "/admin/users/bob", "/admin/items", "/admin/bans", "/admin/categories", "/admin/log", "/admin/settings", "/account", "/keys"} {
			b.open(path)
			for _, fault := range ask[[]string](b, `[...document.querySelectorAll('main :is(button, .button, select, summary, input:not([type=hidden], [type=checkbox]))')]
				.filter((one) => one.checkVisibility() && !one.closest('.scroll'))`+smallOrHidden) {
				t.Errorf("%s: %s", path, fault)
			}
		}
	})

	t.Run("without scripts", func(t *testing.T) {
		b := browse(t, p.url)
		b.signIn(p.key)
		b.withoutScripts()
		b.open("/moderation")
		for _, decide := range []string{".thumb [value=nsfw]", ".actions [value=rejected]"} { // on one, and on those that are chosen
			if decide == ".actions [value=rejected]" {
				b.tap(".thumb [name=id]")
			}
			b.tap(decide)
			b.wait(`document.querySelectorAll('.thumb').length === 2 && document.getElementById('undo') !== null`)
			b.tap("#undo button")
			b.wait(`document.querySelectorAll('.thumb').length === 3`)
		}
		b.open("/admin/items")
		b.tap("tbody [name=id]") // one's own
		b.tap(".actions [value=discard]")
		b.tap("#undo button")
		b.wait(`document.querySelectorAll('tbody tr').length === 3`)
		b.tap("tbody tr:nth-child(2) [name=id]")
		b.tap(".actions [value=discard]")
		b.tap(".sheet .danger") // nobody but bob could restore it
		b.wait(`document.querySelector('.notice.good') !== null && document.querySelectorAll('tbody tr').length === 2`)
		b.open("/admin/users/bob")
		b.tap("[value=disable]")
		b.wait(`document.querySelector('[value=enable]') !== null`)
	})
}
