package e2e

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// States of files on the upload page.
const (
	ready   = `.row[data-state=ready]`
	invalid = `.row[data-state=invalid]`
	done    = `.row[data-state=done]`
)

// asGuest starts a server that takes uploads of guests, and a browser for it.
func asGuest(t *testing.T, env ...string) (*process, *tab) {
	t.Helper()
	p := start(t, t.TempDir(), append([]string{
		"POSTERN_GUEST_UPLOADS=true", "POSTERN_GUEST_MAX_FILE=100 MB",
		"POSTERN_METADATA=keep", // files are told apart by bytes behind their end
	}, env...)...)
	return p, browse(t, p.url)
}

// TestDrop drops two files as a guest, and makes an album of them after signing in.
func TestDrop(t *testing.T) {
	p, b := asGuest(t)
	b.sendTwo()
	b.click("#album-of")
	b.wait(`location.pathname === '/sign-in'`)
	b.fill("#key", p.key)
	b.press("Enter")
	b.fill(".sheet [name=title]", "Both")
	b.press("Enter")
	b.wait(`location.pathname.startsWith('/album/') && document.querySelector('h1').textContent === 'Both'`)
	b.count(".thumb", 2)
}

// sendTwo drops two files on the upload page and sends them.
func (b *tab) sendTwo() {
	b.open("/")
	b.drop(&input.DragData{Files: []string{pictureFile(b.t, "one.jpg"), pictureFile(b.t, "two.jpg")}})
	b.count(ready, 2)
	b.wait(`document.querySelector('.row .preview img')?.naturalWidth > 0`)
	b.click("#send")
	b.count(done, 2)
	b.count("#own-list li", 2)
}

func TestFolderDrop(t *testing.T) {
	_, b := asGuest(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "holiday", "day two"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one.jpg", "notes.txt", "day two/two.jpg"} {
		if err := os.WriteFile(filepath.Join(dir, "holiday", name), picture(t, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.open("/")
	b.drop(&input.DragData{Files: []string{filepath.Join(dir, "holiday")}})
	b.count(ready, 2)
	b.wait(`document.getElementById('toasts').textContent.includes('1 file of an unsupported type was skipped.')`)
	b.click("#send")
	b.count(done, 2)
}

// pictures serves a picture to be fetched, and lets a server fetch it.
func pictures(t *testing.T) (address string, env []string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write(picture(t, r.URL.Path))
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s.URL + "/sea.jpg", []string{"POSTERN_URL_SOURCE_ALLOW=127.0.0.1/32", "POSTERN_URL_SOURCE_PORTS=" + u.Port()}
}

func TestPictureDraggedFromAnotherPage(t *testing.T) {
	address, env := pictures(t)
	_, b := asGuest(t, env...)
	b.open("/")
	b.drop(&input.DragData{Items: []*input.DragDataItem{
		{MimeType: "text/uri-list", Data: "https://example.org/article"},
		{MimeType: "text/html", Data: `<a href="https://example.org/article"><img src="` + address + `"></a>`},
	}})
	b.wait(`document.querySelector('.row .name').textContent === "` + address + `"`)
	b.click("#send")
	b.count(done, 1)
}

func TestAddressTyped(t *testing.T) {
	address, env := pictures(t)
	_, b := asGuest(t, env...)
	b.open("/")
	b.fill("#url", "not a URL")
	b.press("Enter")
	b.wait(`document.getElementById('toasts').textContent.includes('must start with https://')`)
	b.count(".row", 0)
	ask[any](b, `document.getElementById('url').value = ''`)
	b.fill("#url", address)
	b.press("Enter")
	b.count(ready, 1)
	b.click("#send")
	b.count(done, 1)
}

// allowClipboard lets the page read and write the clipboard without a question. The
// browser has one clipboard: no test that uses it runs in parallel.
func (b *tab) allowClipboard() {
	b.t.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
}

// paste puts something on the clipboard with a script, and presses Ctrl+V.
func (b *tab) paste(write string) {
	b.t.Helper()
	b.allowClipboard()
	ask[any](b, write)
	b.press("Paste")
}

func TestPaste(t *testing.T) {
	address, env := pictures(t)
	dataURL := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(picture(t, ""))
	tests := []struct{ name, write, shows string }{
		{"a picture", `(async () => {
			const canvas = new OffscreenCanvas(40, 30)
			canvas.getContext('2d').fillRect(0, 0, 20, 20)
			await navigator.clipboard.write([new ClipboardItem({'image/png': await canvas.convertToBlob()})])
		})()`, "image.png"},
		{"an address", fmt.Sprintf(`navigator.clipboard.writeText(%q)`, address), address},
		{"a data URL", fmt.Sprintf(`navigator.clipboard.writeText(%q)`, dataURL), "image.jpeg"},
	}
	_, b := asGuest(t, env...)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer b.in(t)()
			b.open("/")
			b.paste(test.write)
			b.wait(fmt.Sprintf(`document.querySelector('.row .name')?.textContent === %q`, test.shows))
			b.click("#send")
			b.count(done, 1)
		})
	}
	b.open("/")
	b.click("#url")
	b.paste(fmt.Sprintf(`navigator.clipboard.writeText(%q)`, address))
	b.wait(fmt.Sprintf(`document.getElementById('url').value === %q`, address))
	b.count(".row", 0)
}

// TestWrongFilesAreToldAtOnce: nothing is sent of what would be refused.
func TestWrongFilesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_GUEST_UPLOADS=true", "POSTERN_GUEST_MAX_FILE=5 KB", "POSTERN_LIMITS_MAX_FILE=20 KB")
	b := browse(t, p.url)
	b.open("/")
	text, empty := filepath.Join(t.TempDir(), "notes.txt"), filepath.Join(t.TempDir(), "empty.png")
	for path, data := range map[string]string{text: "hello", empty: ""} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.choose("#source", text, empty, paddedFile(t, "middle.jpg", 12_000), paddedFile(t, "large.jpg", 30_000))
	b.count(invalid, 4)
	states := strings.Join(ask[[]string](b, `[...document.querySelectorAll('.row .state')].map((box) => box.textContent)`), "\n")
	for _, want := range []string{"This file type is not supported.", "The file is empty.", "The file is too large (12 kB). The limit is 5 kB.", "The file is too large (30 kB). The limit is 5 kB."} {
		if !strings.Contains(states, want) {
			t.Errorf("the page does not say %q:\n%s", want, states)
		}
	}
	if ask[bool](b, `document.getElementById('send').checkVisibility()`) {
		t.Error("there is something to send")
	}
	b.click("#clear")
	b.click("#defaults summary")
	b.fill("#key", p.key)
	b.choose("#source", paddedFile(t, "middle.jpg", 12_000), paddedFile(t, "large.jpg", 30_000))
	b.count(ready, 1)
	b.wait(`document.querySelector('` + invalid + ` .state').textContent === 'The file is too large (30 kB). The limit is 20 kB.'`)
}

// TestLimitsInTheVisitorsLanguage: the queue has words for an answer that names a limit.
func TestLimitsInTheVisitorsLanguage(t *testing.T) {
	_, b := asGuest(t, "POSTERN_VIDEO_MAX_DURATION=PT1S")
	b.tolerate("/api/1/upload")
	b.language("de")
	b.open("/")
	b.choose("#source", absolute(t, sample("v.mp4")))
	b.click("#send")
	b.count(".row[data-state=failed]", 1)
	if got, want := ask[string](b, `document.querySelector('.row .state').textContent`), "Das Video ist zu lang. Erlaubt sind höchstens 00:01."; got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
}

// TestSettings gives one file its own settings and the other those for all.
func TestSettings(t *testing.T) {
	t.Parallel()
	p, b := asGuest(t)
	category := p.command("category", "add", "Harbours")
	p.command("category", "add", "Boats")
	b.open("/")
	b.click("#defaults summary")
	b.fill("#defaults [name=tags]", "sea, summer")
	ask[any](b, `document.querySelector('#defaults [name=category_id]').value = '`+category+`'`)
	ask[any](b, `document.querySelector('#defaults [name=expiration]').value = 'P1D'`)
	b.choose("#source", pictureFile(t, "one.jpg"), pictureFile(t, "two.jpg"))
	b.count(ready, 2)
	b.click(".row:first-child summary")
	b.fill(".row:first-child [name=title]", "The harbour")
	b.fill(".row:first-child [name=width]", "32")
	b.click(".row:first-child [name=nsfw]")
	b.click("#send")
	b.count(done, 2)
	pages := ask[[]string](b, `[...document.querySelectorAll('.row')].map((row) => row.querySelector('.preview a').href)`)
	direct := ask[[]string](b, `[...document.querySelectorAll('.row')].map((row) => row.querySelector('.links input').value)`)
	for i, want := range []string{"The harbour", "two"} {
		status, page := get(t, pages[i])
		if status != http.StatusOK || !strings.Contains(string(page), want) || !strings.Contains(string(page), "summer") || !strings.Contains(string(page), "Harbours") {
			t.Errorf("%s: %d, without %q or its tags or category", pages[i], status, want)
		}
		if sensitive := strings.Contains(string(page), `content="adult"`); sensitive != (i == 0) {
			t.Errorf("%s: sensitive %v", pages[i], sensitive)
		}
	}
	b.wait(`document.querySelectorAll('#own-list .badge').length === 2`)
	_, narrow := get(t, direct[0])
	if _, full := get(t, direct[1]); len(narrow) == 0 || string(full) != string(picture(t, "two.jpg")) || !strings.HasPrefix(direct[0], p.url) {
		t.Errorf("%d and %d bytes", len(narrow), len(full))
	}
	if width := ask[int](b, fmt.Sprintf(`(async () => { const image = new Image(); image.src = %q; await image.decode(); return image.naturalWidth })()`, direct[0])); width != 32 {
		t.Errorf("the width is %d, want 32", width)
	}
}

// TestCameraOnAPhone: where fingers point, the camera is offered in place of
// folders.
func TestCameraOnAPhone(t *testing.T) {
	_, b := asGuest(t)
	b.run(chromedp.EmulateViewport(390, 800, chromedp.EmulateMobile, chromedp.EmulateTouch))
	b.open("/")
	b.wait(`matchMedia('(pointer: coarse)').matches`)
	b.wait(`document.querySelector('label[for=camera]').checkVisibility() && ['label[for=folder]', '.lead'].every((other) => !document.querySelector(other).checkVisibility())`)
	b.wait(`document.getElementById('camera').getAttribute('capture') === 'environment'`)
	b.choose("#camera", pictureFile(t, "photo.jpg"))
	b.count(ready, 1)
	ask[any](b, `document.getElementById('send').click()`)
	b.count(done, 1)
}
