package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// snippets are the texts of the page for other programs, by their heading.
func (b *tab) snippets() map[string][]string {
	b.t.Helper()
	return ask[map[string][]string](b, `Object.fromEntries([...document.querySelectorAll('main section:has(h2)')].map((section) =>
		[section.querySelector('h2').id, [...section.querySelectorAll('[data-fill]')].map((box) => box.textContent)]))`)
}

// shell runs a line of the page in a folder with a picture, beside a program
// flameshot that takes that picture, and returns what it prints.
func shell(t *testing.T, line string, data []byte) string {
	t.Helper()
	need(t, "curl")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "image.jpg"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "flameshot"), []byte("#!/bin/sh\ncat image.jpg\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestSetUpOfOtherPrograms types the key, and gives each program what the page
// then shows for it.
func TestSetUpOfOtherPrograms(t *testing.T) {
	p := start(t, t.TempDir(), "POSTERN_METADATA=keep") // files are told apart by bytes behind their end
	b := browse(t, p.url)
	b.open("/tools")
	b.fill("#key", p.key)
	b.wait(`!document.querySelector('main').textContent.includes('YOUR_KEY')`)
	texts := b.snippets()
	b.allowClipboard()
	if got := b.copied("[aria-labelledby=picgo] [data-copy]"); got != texts["picgo"][0] {
		t.Errorf("the button copies %q, want %q", got, texts["picgo"][0])
	}
	file, want := pictureFile(t, "one.jpg"), picture(t, "one.jpg")
	tests := []struct {
		name string
		run  func(t *testing.T) string
	}{
		{"PicGo", func(t *testing.T) string { return client(t, "picgo.cjs", configFile(t, texts["picgo"][0]), file) }},
		{"curl", func(t *testing.T) string { return shell(t, texts["curl"][0], want) }},
		{"curl with a folder", func(t *testing.T) string { return shell(t, texts["curl"][1], want) }},
		{"Flameshot", func(t *testing.T) string { return shell(t, texts["flameshot"][0], want) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if status, got := get(t, test.run(t)); status != http.StatusOK || !bytes.Equal(got, want) {
				t.Errorf("%d, %d bytes, want the %d bytes that were sent", status, len(got), len(want))
			}
		})
	}
	if got := strings.Join(texts["ios"], ""); got != "X-API-Key: "+p.key {
		t.Errorf("the header of the shortcut: %q", got)
	}
}

// TestKeyMadeForPrograms has a key made by who has signed in, and downloads the
// file that holds it.
func TestKeyMadeForPrograms(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	dir := b.downloads()
	b.signIn(p.key)
	b.open("/tools")
	b.click(`form[action="/tools/key"] button`)
	b.wait(`document.querySelector('.notice input')?.value.startsWith('chv_')`)
	key := ask[string](b, `document.querySelector('.notice input').value`)
	b.click("#sharex-file")
	if got := shareXFile(t, filepath.Join(dir, "postern.sxcu")); got.Headers["X-API-Key"] != key || key == p.key {
		t.Errorf("%+v, want the key %q", got, key)
	}
	if _, err := p.upload(key, "a.jpg", picture(t, "a")); err != nil {
		t.Errorf("the new key: %v", err)
	}
	b.open("/tools")
	if b.noKey(key); !strings.Contains(p.command("key", "list"), "made on /tools") {
		t.Error("the key is not in the list")
	}
}

// downloads lets the page save files, and returns the folder.
func (b *tab) downloads() string {
	b.t.Helper()
	dir := b.t.TempDir()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return dir
}

func TestShareXFileHoldsTheTypedKey(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	dir := b.downloads()
	b.open("/tools")
	const key = `a "strange" {key}`
	b.fill("#key", key)
	b.click("#sharex-file")
	got := shareXFile(t, filepath.Join(dir, "postern.sxcu"))
	if got.RequestURL != p.url+"/api/1/upload" || got.Headers["X-API-Key"] != `a "strange" \{key\}` {
		t.Errorf("%+v", got)
	}
	if left := ask[string](b, `location.href + JSON.stringify(localStorage) + document.cookie`); strings.Contains(left, "strange") {
		t.Errorf("the key is left in %s", left)
	}
	b.open("/tools")
	if left := ask[string](b, `document.getElementById('key').value`); left != "" {
		t.Errorf("the key is still there: %q", left)
	}
}

// shareXFile waits for a download and reads it.
func shareXFile(t *testing.T, path string) (x struct {
	RequestURL string
	Headers    map[string]string
}) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, &x) == nil {
			return x
		}
	}
	t.Fatalf("nothing was saved as %s", path)
	return x
}
