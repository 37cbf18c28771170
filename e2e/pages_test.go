package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
)

// tour is a site with something on each of its pages.
type tour struct {
	*process
	closed *process // a site that takes no guests
	photo  map[string]any
	video  map[string]any
	secret map[string]any
	album  string // its page's path
	filled string // a category's page's path
	bare   string // that of one that nothing is in
	other  string // the key of a user who has nothing

	moderated *process // a site whose uploads wait
	post      string   // its page's path
	adult     string   // one for adults
}

func newTour(t *testing.T) *tour {
	t.Helper()
	s := &tour{
		process: start(t, t.TempDir(), "POSTERN_GUEST_UPLOADS=true", "POSTERN_RATE_GUEST=0", "POSTERN_RATE_SIGN_IN=0",
			"POSTERN_IMGPILE_ENABLED=true", "POSTERN_IMGPILE_USER_RATE=0", "POSTERN_ACCOUNT_REGISTRATION=true"),
		closed:    start(t, t.TempDir()),
		moderated: start(t, t.TempDir(), "POSTERN_MODERATION_MODE=manual", "POSTERN_MODERATION_REPORTS=true", "POSTERN_RATE_SIGN_IN=0", "POSTERN_RATE_REPORT=0"),
	}
	s.command("user", "add", "carol")
	s.other = s.command("key", "add", "--user", "carol")
	slug := s.command("album", "add", "--user", "admin", "Holidays by the sea")
	s.album = "/album/" + slug
	category := s.command("category", "add", "Ships and harbours")
	s.filled, s.bare = "/category/"+category, "/category/"+s.command("category", "add", "Donaudampfschifffahrtsgesellschaftskapitänsmützen")
	s.photo = s.add("photo.jpg", "title", "The harbour in the morning", "description", "Seen from the pier.", "tags", "sea, summer", "expiration", "P3D", "album_id", slug, "category_id", category)
	s.video = s.add("v.mp4", "title", "Waves", "tags", "Sea", "category_id", category, "visibility", "public")
	s.secret = s.add("w500.jpg", "title", "Not for everyone", "nsfw", "1", "tags", "sea")
	s.addPosts()
	return s
}

// sample is a file of those that all uploads are tested with.
func sample(name string) string {
	return filepath.Join("..", "handlers", "testdata", "chevereto", "inputs", name)
}

func (s *tour) add(name string, fields ...string) map[string]any {
	s.t.Helper()
	data, err := os.ReadFile(sample(name))
	if err != nil {
		s.t.Fatal(err)
	}
	image, err := s.upload(s.key, name, data, fields...)
	if err != nil {
		s.t.Fatal(err)
	}
	return image
}

// appearances are all pages, each as a visitor may find it.
var appearances = []struct {
	name string
	show func(b *tab, s *tour)
}{
	{"upload", func(b *tab, s *tour) { b.open("/") }},
	{"upload-with-key", func(b *tab, s *tour) { b.base = s.closed.url; b.open("/"); b.base = s.url }},
	{"upload-ready", showReady},
	{"upload-done", showDone},
	{"upload-again", func(b *tab, s *tour) { showDone(b, s); b.open("/"); b.count("#own-list li", 2) }},
	{"upload-asks", func(b *tab, s *tour) {
		showDone(b, s)
		b.open("/")
		b.click("#own-list .delete")
		b.wait(`document.getElementById('ask').open`)
	}},
	{"upload-sent", showSent},
	{"tools", func(b *tab, s *tour) { b.open("/tools") }},
	{"api", func(b *tab, s *tour) { b.open("/api-v1") }},
	{"viewer", func(b *tab, s *tour) { b.visit(s.photo["url_viewer"]) }},
	{"viewer-video", func(b *tab, s *tour) { b.visit(s.video["url_viewer"]) }},
	{"viewer-sensitive", func(b *tab, s *tour) { b.visit(s.secret["url_viewer"]) }},
	{"delete", func(b *tab, s *tour) { b.visit(s.photo["delete_url"]) }},
	{"sign-in", func(b *tab, s *tour) { b.open("/sign-in") }},
	{"gallery", signedIn("/gallery")},
	{"gallery-filters", func(b *tab, s *tour) {
		signedIn("/gallery?album=none&tag=sea&sort=title")(b, s)
		b.click("#filters summary")
	}},
	{"gallery-list", func(b *tab, s *tour) {
		signedIn("/gallery?sort=size")(b, s)
		b.click(".segments [value=list]")
		b.wait(`document.querySelector('.files') !== null`)
	}},
	{"gallery-empty", func(b *tab, s *tour) { b.signIn(s.other); b.open("/gallery") }},
	{"gallery-deleted", showTrashed},
	{"gallery-selected", func(b *tab, s *tour) {
		signedIn("/gallery")(b, s)
		b.click(`.thumb .pick`)
		b.wait(`document.querySelector('.actions').checkVisibility()`)
	}},
	{"gallery-asks", func(b *tab, s *tour) {
		signedIn("/gallery")(b, s)
		b.click(`.thumb .pick`)
		b.click(`[value=album]`)
		b.wait(`document.getElementById('sheet').open`)
	}},
	{"trash", func(b *tab, s *tour) { showTrashed(b, s); b.open("/gallery/bin") }},
	{"albums", signedIn("/albums")},
	{"albums-empty", func(b *tab, s *tour) { b.signIn(s.other); b.open("/albums") }},
	{"album", func(b *tab, s *tour) { b.signIn(s.key); b.open(s.album) }},
	{"album-editor", func(b *tab, s *tour) {
		b.signIn(s.key)
		b.open(s.album)
		b.click(".fold > summary")
		b.click(".confirm > summary")
	}},
	{"album-add", func(b *tab, s *tour) { b.signIn(s.key); b.open(s.album + "/add") }},
	{"tags", signedIn("/tags")},
	{"album-order", func(b *tab, s *tour) { b.signIn(s.key); b.open(s.album + "/order") }},
	{"album-upload", func(b *tab, s *tour) { b.signIn(s.key); b.open("/?album=" + strings.TrimPrefix(s.album, "/album/")) }},
	{"tag", func(b *tab, s *tour) { b.open("/tag/sea") }},
	{"tag-own", signedIn("/tag/sea")},
	{"category", func(b *tab, s *tour) { b.open(s.filled) }},
	{"category-empty", func(b *tab, s *tour) { b.open(s.bare) }},
	{"edit", func(b *tab, s *tour) { b.signIn(s.key); b.open(fmt.Sprintf("/items/%v/edit", s.photo["id_encoded"])) }},
	{"viewer-own", func(b *tab, s *tour) { b.signIn(s.key); b.visit(s.photo["url_viewer"]) }},
	{"tools-signed-in", signedIn("/tools")},
	{"post", func(b *tab, s *tour) { b.open(s.post) }},
	{"post-signed-in", func(b *tab, s *tour) { b.signIn(s.other); b.open(s.post) }},
	{"post-own", func(b *tab, s *tour) {
		b.signIn(s.key)
		b.open(s.post + "?edit#manage")
		b.wait("document.getElementById('manage')?.open")
	}},
	{"post-adult", func(b *tab, s *tour) { b.open(s.adult) }},
	{"account", showAvatar},
	{"profile", func(b *tab, s *tour) { b.signIn(s.other); b.open("/u/admin") }},
	{"profile-files", func(b *tab, s *tour) { b.open("/u/admin?tab=media") }},
	{"profile-followers", func(b *tab, s *tour) { b.open("/u/admin?tab=followers") }},
	{"profile-empty", func(b *tab, s *tour) { b.open("/u/carol") }},
	{"keys", signedIn("/keys")},
	{"keys-new", func(b *tab, s *tour) {
		b.signIn(s.other)
		b.open("/keys")
		ask[any](b, `document.getElementById('name').value = 'ShareX on my laptop'`)
		b.click(`[action="/keys"] .button`)
		b.wait(`document.getElementById('new') !== null`)
	}},
	{"register", func(b *tab, s *tour) { b.open("/register") }},
	{"report", showReport},
	{"moderation", showPending},
	{"admin", signedIn("/admin")},
	{"admin-users", showInvitation},
	{"admin-user", signedIn("/admin/users/carol")},
	{"admin-items", func(b *tab, s *tour) {
		b.signIn(s.key)
		b.open("/admin/items")
		b.click(`[name=id]`)
	}},
	{"admin-bans", func(b *tab, s *tour) {
		s.command("ban", "0123456789abcdef0123456789abcdef", "--reason", "not ours")
		b.signIn(s.key)
		b.open("/admin/bans")
	}},
	{"admin-categories", signedIn("/admin/categories")},
	{"admin-log", signedIn("/admin/log")},
	{"admin-settings", signedIn("/admin/settings")},
	{"not-found", func(b *tab, s *tour) { b.open("/nothing") }},
	{"sign-in-password", showPasswords}, // from then on, the form asks for a password first
	{"register-sent", showRegistered},
	{"admin-users-waiting", signedIn("/admin/users")},
	{"invitation", func(b *tab, s *tour) {
		_, path, _ := strings.Cut(s.command("user", "invite", "--moderator"), "/invitation/")
		b.open("/invitation/" + path)
	}},
	{"selection-refused", showRefused},
	{"locked", showLocked},
}

// showRefused asks as without scripts for a change that cannot be made.
func showRefused(b *tab, s *tour) {
	b.signIn(s.key)
	b.open("/gallery")
	ask[any](b, `(() => {
		const form = document.getElementById('many')
		const add = (name, value) => form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
		form.querySelector('[name=id]').checked = true
		for (const [name, value] of Object.entries({ id: 'aaaaaaa', do: 'sensitive', sure: '1', nsfw: '1' })) add(name, value)
		setTimeout(() => form.submit())
	})()`)
	b.wait(`document.querySelector('form.sheet [role=alert]') !== null`)
}

// showLocked gives a file a password, and opens its page as a guest.
func showLocked(b *tab, s *tour) {
	b.signIn(s.key)
	b.open(fmt.Sprintf("/items/%v/edit", s.photo["id_encoded"]))
	b.fill("[name=password]", "sea")
	b.press("Enter")
	b.wait(`document.getElementById('viewer') !== null`)
	b.clean()
	b.visit(s.photo["url_viewer"])
	b.wait(`document.getElementById('password') !== null`)
}

// signedIn shows a page to the user who has everything.
func signedIn(path string) func(*tab, *tour) {
	return func(b *tab, s *tour) {
		b.signIn(s.key)
		b.open(path)
	}
}

// showAvatar gives the user who has everything a profile image.
func showAvatar(b *tab, s *tour) {
	b.signIn(s.key)
	b.open("/account")
	file, err := filepath.Abs(sample("photo.jpg"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.choose("input[name=source]", file)
	b.click(`[action="/account/avatar"] .button`)
	b.wait(`document.querySelector('.avatar')?.naturalWidth > 0`)
}

// showRegistered asks for an account, which waits for an admin.
func showRegistered(b *tab, s *tour) {
	b.open("/register")
	b.fill("#name", "dora")
	b.fill("#display_name", "Dora of the sailing club")
	b.fill("#password", "correct horse")
	b.click(`[action="/register"] .button`)
	b.wait(`location.search === '?sent=1'`)
}

// showInvitation makes an invitation, whose link is shown once.
func showInvitation(b *tab, s *tour) {
	b.signIn(s.key)
	b.open("/admin/users")
	b.click(`[action="/admin/invitations"] .button`)
	b.wait(`document.getElementById('link') !== null`)
}

// showPasswords gives a user a password, so that the page for signing in asks for one.
func showPasswords(b *tab, s *tour) {
	b.signIn(s.other)
	b.open("/account")
	if ask[bool](b, `document.getElementById('present') === null`) {
		ask[any](b, `document.getElementById('new').value = 'correct horse'`)
		b.click(`[action="/account/password"] .button`)
		b.wait(`location.search === '?saved=1' && document.getElementById('present') !== null`)
	}
	b.clean()
	b.open("/sign-in")
	b.wait(`document.getElementById('password') !== null`)
}

// showTrashed deletes an item in the gallery.
func showTrashed(b *tab, s *tour) {
	s.add("s320.jpg", "title", "To be deleted")
	b.signIn(s.key)
	b.open("/gallery")
	b.click(`.thumb .pick`)
	b.click(`[value=discard]`)
	b.wait(`document.querySelector('.toast button') !== null`)
}

// visit opens a URL of the API's answer.
func (b *tab) visit(url any) { b.open(strings.TrimPrefix(fmt.Sprint(url), b.base)) }

// clean is a tab without what earlier pages have left in it.
func (b *tab) clean() {
	b.t.Helper()
	b.open("/healthz")
	ask[any](b, `localStorage.clear(), sessionStorage.clear()`)
	call(b, network.ClearBrowserCookies, cdp.Empty{})
}

func showReady(b *tab, s *tour) {
	b.open("/")
	b.choose("#source", absolute(b.t, sample("photo.jpg")), absolute(b.t, sample("v.mp4")), absolute(b.t, sample("t.txt")), absolute(b.t, sample("a.avif")))
	b.count(ready, 3)
	b.click("#defaults summary")
	b.click(".row:first-child summary")
	b.wait(`document.querySelector('.row .preview img')?.naturalWidth > 0`)
}

func showDone(b *tab, s *tour) {
	b.open("/")
	b.choose("#source", absolute(b.t, sample("photo.jpg")), absolute(b.t, sample("v.mp4")))
	b.click("#send")
	b.count(done, 2)
	b.wait(`[...document.images].every((image) => image.complete)`)
}

// showSent sends the form as it is sent without scripts.
func showSent(b *tab, s *tour) {
	b.open("/")
	ask[any](b, `(async () => {
		const data = new DataTransfer()
		const picture = await (await fetch('`+strings.TrimPrefix(fmt.Sprint(s.photo["url"]), s.url)+`')).blob()
		data.items.add(new File([picture], 'photo.jpg', { type: 'image/jpeg' }))
		data.items.add(new File(['text'], 'notes.txt'))
		document.getElementById('source').files = data.files
		setTimeout(() => document.getElementById('upload').submit())
	})()`)
	b.count("article", 2)
	b.wait(`document.readyState === 'complete'`)
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// prefers sets what the visitor's system asks of pages.
func (b *tab) prefers(features ...string) {
	b.t.Helper()
	var all []*emulation.MediaFeature
	for i := 0; i+1 < len(features); i += 2 {
		all = append(all, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: all})
}

var screenshots = flag.Bool("screenshots", false, "leave pictures of every page in the folder screenshots")

// TestPages looks at every page, in German, which has the longest words: whether it fits
// into wide and narrow windows, and whether axe finds faults in either scheme. Then it
// looks whether the page fits into 320 pixels in the other languages. It takes pictures
// when it is asked to.
func TestPages(t *testing.T) {
	t.Parallel()
	script := axe(t)
	s := newTour(t)
	b := browse(t, s.url)
	b.tolerate("/nothing")
	b.tolerate("status of 403")   // of a page that asks for a password
	b.tolerate("status of 422")   // of one that says what cannot be changed
	seen := make(map[string]bool) // pages in English, each with its address
	for _, page := range appearances {
		t.Run(page.name, func(t *testing.T) {
			defer b.in(t)()
			b.clean()
			b.prefers()
			b.language("de")
			b.window(1280, 800)
			page.show(b, s)
			for _, width := range []int64{390, 320, 1280} {
				b.window(width, 800)
				b.fits("de")
			}
			ask[any](b, "(() => {"+script+"})()")
			b.prefers("prefers-color-scheme", "light", "prefers-reduced-motion", "reduce")
			for _, text := range ask[[]string](b, findFaults) {
				t.Errorf("in light: %s", text)
			}
			// Only colours are others in the dark.
			b.prefers("prefers-color-scheme", "dark", "prefers-reduced-motion", "reduce")
			for _, text := range ask[[]string](b, findDimText) {
				t.Errorf("in dark: %s", text)
			}
			if *screenshots {
				b.pictures(page.name)
			}
			b.window(320, 640)
			b.base = ask[string](b, `location.origin`) // some pages are of another site
			defer func() { b.base = s.url }()
			for _, language := range []string{"en", "es", "fr", "ja", "zh"} {
				b.language(language)
				b.open(ask[string](b, `location.pathname + location.search`))
				b.fits(language)
				if language == "en" {
					text := ask[string](b, `location.href + document.body.innerText`)
					if seen[text] {
						break // what was done on the page does not outlast it
					}
					seen[text] = true
				}
			}
		})
	}
}

// pictures takes pictures of a page in both schemes, wide and narrow.
func (b *tab) pictures(name string) {
	b.t.Helper()
	for _, width := range []int64{1280, 390} {
		b.window(width, 800)
		for _, scheme := range []string{"light", "dark"} {
			b.prefers("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
			b.screenshot(fmt.Sprintf("%s-%s-%d", name, scheme, width))
		}
	}
}

// fits fails when the page is wider than the window.
func (b *tab) fits(what string) {
	b.t.Helper()
	b.settle()
	wide := ask[[]string](b, `document.documentElement.scrollWidth <= innerWidth ? [] :
		[...document.querySelectorAll('body *')].filter((box) => box.getBoundingClientRect().right > innerWidth + 1).map((box) => box.outerHTML.slice(0, 90))`)
	if len(wide) > 0 {
		b.t.Errorf("%s does not fit into the window: %q", what, wide[:min(len(wide), 4)])
	}
}

// axe is the script of axe-core, which npm brings.
func axe(t *testing.T) string {
	t.Helper()
	installModules(t)
	script, err := os.ReadFile("clients/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// installModules brings what the tests use of npm, in the versions of
// package-lock.json, unless it is there.
func installModules(t *testing.T) {
	t.Helper()
	npm := need(t, "npm")
	lock, err := os.Stat("clients/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if have, err := os.Stat("clients/node_modules/.package-lock.json"); err == nil && have.ModTime().After(lock.ModTime()) {
		return
	}
	install := exec.Command(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = "clients"
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}

// findFaults has axe look at the page, findDimText at its colours alone.
const (
	findFaults  = `axe.run(document, { resultTypes: ['violations'] })` + tellFaults
	findDimText = `axe.run(document, { resultTypes: ['violations'], runOnly: ['color-contrast'] })` + tellFaults
	tellFaults  = `.then((result) => result.violations.flatMap((rule) =>
	rule.nodes.map((node) => rule.id + ': ' + node.html.slice(0, 160) + ' ' + node.any.map((check) => check.message).join('; '))))`
)

// TestAxeFindsFaults: axe is at work on pages that have them.
func TestAxeFindsFaults(t *testing.T) {
	t.Parallel()
	script := axe(t)
	_, b := asGuest(t)
	b.open("/tools")
	ask[any](b, "(() => {"+script+"})()")
	ask[any](b, `(() => {
		document.querySelector('label[for=key]').remove()
		document.querySelector('.lead').style.color = 'silver'
	})()`)
	found := strings.Join(ask[[]string](b, findFaults), "\n")
	if !strings.Contains(found, "label: ") || !strings.Contains(found, "color-contrast: ") {
		t.Errorf("found:\n%s", found)
	}
}
