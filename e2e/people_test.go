package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/oauth2-proxy/mockoidc"
)

// TestPeopleInBrowsersOfTheirOwn signs three people in, each in another way, and lets them
// look for what the others keep to themselves.
func TestPeopleInBrowsersOfTheirOwn(t *testing.T) {
	t.Parallel()
	provider, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := provider.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	p := start(t, t.TempDir(), "POSTERN_IMGPILE_ENABLED=true", "POSTERN_RATE_SIGN_IN=0", "POSTERN_OIDC_ISSUER="+provider.Issuer(), "POSTERN_OIDC_LABEL=Family",
		"POSTERN_OIDC_CLIENT_ID="+provider.ClientID, "POSTERN_OIDC_CLIENT_SECRET="+provider.ClientSecret)
	const password = "correct horse battery"
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.command("user", "add", "bob", "--password-file", file)
	link, err := url.Parse(p.command("user", "invite"))
	if err != nil {
		t.Fatal(err)
	}
	bob, anna, eve, guest := browse(t, p.url), browse(t, p.url), browse(t, p.url), browse(t, p.url)
	for _, b := range []*tab{bob, anna, eve, guest} {
		b.tolerate("status of 404") // from what others keep to themselves
	}

	t.Run("by name and password", func(t *testing.T) {
		defer bob.in(t)()
		bob.open("/gallery")
		bob.fill("#name", "bob")
		bob.fill("#password", password)
		bob.press("Enter")
		bob.signedIn("bob", "/gallery")
	})
	t.Run("by invitation", func(t *testing.T) {
		defer anna.in(t)()
		anna.open(link.Path)
		anna.fill("#name", "anna")
		anna.fill("#password", password)
		anna.press("Enter")
		anna.signedIn("anna", "/")
		if status, _ := get(t, p.url+link.Path); status != http.StatusNotFound {
			t.Errorf("the invitation again: %d, want 404", status)
		}
	})
	t.Run("at a provider", func(t *testing.T) {
		defer eve.in(t)()
		provider.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: "eve"})
		eve.open("/gallery")
		eve.click(`[href^="/sign-in/sso"]`)
		eve.signedIn("eve", "/gallery")
	})

	t.Run("a password opens a page", func(t *testing.T) {
		image := p.shared("hills.jpg", landscape(t, 60, 40, .5), "title", "Behind a door")
		id := fmt.Sprint(image["id_encoded"])
		admin := browse(t, p.url)
		admin.signIn(p.key)
		admin.open("/items/" + id + "/edit")
		admin.fill("[name=password]", "sea")
		admin.press("Enter")
		admin.wait(`document.querySelector('h1').textContent === 'Behind a door'`)
		admin.open("/admin/settings")
		shown := ask[string](admin, "document.body.innerText")
		if !strings.Contains(shown, provider.Issuer()) || strings.Contains(shown, provider.ClientSecret) {
			t.Errorf("the settings in force are\n%s", shown)
		}

		eve.tolerate("status of 403")
		defer eve.in(t)()
		eve.open(p.pathOf(image))
		eve.wait(`document.activeElement.id === 'password'`)
		eve.fill("#password", "lake")
		eve.press("Enter")
		eve.wait(`document.querySelector('[role=alert]') !== null`)
		eve.tabTo("#password")
		eve.run(chromedp.KeyEvent("sea"))
		eve.press("Enter")
		eve.wait(`document.querySelector('h1').textContent === 'Behind a door'`)
		eve.open(p.pathOf(image)) // and is asked no more
		eve.wait(`document.querySelector('h1').textContent === 'Behind a door'`)

		plain := browse(t, p.url)
		plain.tolerate("status of 403")
		plain.withoutScripts()
		plain.open(p.pathOf(image))
		ask[any](plain, `document.getElementById('password').value = 'sea'`)
		plain.tap(`[action$="/open"] .button`)
		plain.wait(`document.querySelector('h1').textContent === 'Behind a door'`)
	})
	t.Run("from file to file of a profile", func(t *testing.T) {
		for i := range 2 {
			p.shared("hills.jpg", landscape(t, 60, 40, float64(i)/9), "title", fmt.Sprint("hill ", i), "visibility", "public")
		}
		defer guest.in(t)()
		guest.open("/u/admin?tab=media")
		guest.begun()
		guest.click(fmt.Sprintf(tileOf, 1))
		title := func(text string) {
			t.Helper()
			guest.wait(fmt.Sprintf(`document.querySelector('#light .title')?.textContent === %q`, text))
		}
		title("hill 1")
		guest.press("ArrowRight")
		title("hill 0")
		guest.press("Escape")
		guest.wait(`location.pathname + location.search === '/u/admin?tab=media' && !document.getElementById('light').open`)
	})
	t.Run("by touch", func(t *testing.T) { walksByTouch(t, p, password) })
	t.Run("what is private", func(t *testing.T) {
		people := []*tab{bob, anna, eve}
		roads := make(map[*tab][]string) // to the private file of each
		for _, b := range people {
			defer b.in(t)()
			roads[b] = b.keepOne()
		}
		for _, b := range append(people, guest) {
			for owner, paths := range roads {
				for i, status := range b.statuses(paths) {
					if seen := status == http.StatusOK; seen != (b == owner) {
						t.Errorf("%s of %s: %d for %s", paths[i], owner.name(), status, b.name())
					}
				}
				if b != owner {
					b.findsNot(paths[0][strings.LastIndexByte(paths[0], '.')+1:])
				}
			}
		}
	})
}

// walksByTouch accepts an invitation on a phone, signs in there, renames tags, follows one to
// its files, and puts a password before one of them that another phone then types.
func walksByTouch(t *testing.T, p *process, password string) {
	link, err := url.Parse(p.command("user", "invite"))
	if err != nil {
		t.Fatal(err)
	}
	b, other := browse(t, p.url), browse(t, p.url)
	for _, b := range []*tab{b, other} {
		b.phone()
		b.tolerate("status of 403")
	}
	b.open(link.Path)
	b.write("#name", "carol")
	b.write("#password", password)
	b.finger("main form .button")
	b.signedIn("carol", "/")
	b.finger(".who")
	b.wait(`document.getElementById('menu').matches(':popover-open')`)
	b.finger(`[action="/sign-out"] button`)
	b.wait(`document.querySelector('.who .name') === null`)
	b.open("/gallery")
	b.write("#name", "carol")
	b.write("#password", password)
	b.finger(`main form .button`)
	b.signedIn("carol", "/gallery")

	key := p.command("key", "add", "--user", "carol")
	var image map[string]any
	for i, tags := range []string{"sea, sun", "sun"} {
		if image, err = p.upload(key, "hills.jpg", landscape(t, 60, 40, float64(i)/7), "title", fmt.Sprint("of carol ", i), "tags", tags); err != nil {
			t.Fatal(err)
		}
	}
	b.open("/tags")
	b.finger(`.check:has([value=sea])`)
	b.finger(`.check:has([value=sun])`)
	b.write("#to", "beach")
	b.finger(`[action="/tags"] .card .button`)
	b.wait(`location.search === '?saved=1' && document.querySelectorAll('[name=tag]').length === 1`)
	b.finger(`.tag-list a`)
	b.wait(`location.search === '?tag=beach'`)
	b.count(".thumb", 2)

	b.open(fmt.Sprintf("/items/%v/edit", image["id_encoded"]))
	b.write("[name=password]", "sea")
	b.finger("#edit .button")
	b.wait(`document.querySelector('h1').textContent === 'of carol 1'`)
	other.open(p.pathOf(image))
	other.write("#password", "sea")
	other.finger(`[action$="/open"] .button`)
	other.wait(`document.querySelector('h1').textContent === 'of carol 1'`)
}

// signedIn waits for a page to show who has signed in.
func (b *tab) signedIn(name, path string) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`location.pathname === %q && document.querySelector('.who .name')?.textContent === %q`, path, name))
}

// name is who has signed in.
func (b *tab) name() string {
	b.t.Helper()
	return ask[string](b, `document.querySelector('.who .name')?.textContent ?? 'a guest'`)
}

// keepOne uploads a file for oneself, and returns the paths that lead to it.
func (b *tab) keepOne() []string {
	b.t.Helper()
	b.open("/")
	b.choose("#source", pictureFile(b.t, b.name()+".jpg"))
	b.count(ready, 1)
	b.click("#defaults summary")
	ask[any](b, `(() => {
		const select = document.querySelector('#defaults [name=visibility]')
		select.value = 'private'
		select.dispatchEvent(new Event('input', { bubbles: true }))
	})()`)
	b.click("#send")
	b.count(done, 1)
	page := ask[string](b, `new URL(document.querySelector('.row .preview a').href).pathname`)
	image := ask[string](b, `new URL(document.querySelector('.row .links input').value).pathname`)
	thumb := ask[string](b, `new URL(document.querySelector('.row .preview img').src).pathname`)
	id := page[strings.LastIndexByte(page, '.')+1:]
	return []string{page, image, thumb, "/items/" + id + "/edit"}
}

// statuses asks for paths as the page's own scripts do, with the visitor's session.
func (b *tab) statuses(paths []string) []int {
	b.t.Helper()
	b.open("/")
	list, err := json.Marshal(paths)
	if err != nil {
		b.t.Fatal(err)
	}
	return ask[[]int](b, fmt.Sprintf(`Promise.all(%s.map(async (path) => {
		const answer = await fetch(path, { headers: { Accept: 'text/html' } })
		return answer.redirected ? 303 : answer.status
	}))`, list))
}

// findsNot looks for an item in all lists that the visitor may open.
func (b *tab) findsNot(id string) {
	b.t.Helper()
	found := ask[[]string](b, fmt.Sprintf(`(async () => {
		const lists = ['/gallery', '/gallery?q=jpg', '/u/bob?tab=media', '/u/anna?tab=media', '/u/eve?tab=media', '/api/v1/media', '/albums']
		const texts = await Promise.all(lists.map(async (path) => (await fetch(path)).text()))
		return lists.filter((_, i) => texts[i].includes(%q))
	})()`, id))
	if len(found) > 0 {
		b.t.Errorf("%s finds %s in %v", b.name(), id, found)
	}
}
