package main

import (
	_ "embed"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// screenshot is a page that Chromium shows and takes a PNG of, of 1920x1080 pixels times
// a scale.
type screenshot struct {
	page  string
	scale int
	clear bool // without a ground, so that the PNG has alpha
}

// What stands on the pages: source code and a text of this folder.
var (
	//go:embed scene.go
	pageSource string
	//go:embed README.md
	pageText string
)

// pages are the pages by their names. Photos are inputs too.
var pages = map[string]func() string{
	"text":     editorPage,
	"document": func() string { return documentPage("margin:0;background:#fff", "") },
	"photos":   photosPage,
	"window": func() string {
		return documentPage("margin:0;background:transparent",
			"margin:60px 80px;height:920px;overflow:hidden;border-radius:12px;background:#fff;box-shadow:0 20px 60px rgba(0,0,0,.5)")
	},
}

// editorPage is an editor with dark ground.
func editorPage() string {
	lines := strings.Split(strings.Repeat(pageSource, 3), "\n")
	var column [3]string
	for i, line := range lines[:180] {
		line = html.EscapeString(line)
		for _, word := range []string{"func", "return", "for", "range", "case", "var", "if"} {
			line = strings.ReplaceAll(line, word+" ", "<b>"+word+"</b> ")
		}
		if at := strings.Index(line, "//"); at >= 0 {
			line = line[:at] + "<i>" + line[at:] + "</i>"
		}
		column[i/60] += fmt.Sprintf("<u>%4d</u>  %s\n", i+1, line)
	}
	return `<!doctype html><style>body{margin:0;display:flex;background:#1e1e1e;color:#d4d4d4;font:13px/18px monospace}
pre{margin:0;padding:8px;flex:1;border-left:1px solid #444;overflow:hidden}b{color:#569cd6}i{color:#6a9955}u{color:#858585;text-decoration:none}</style>
<pre>` + strings.Join(column[:], "</pre><pre>") + "</pre>"
}

// documentPage is black on white, in columns.
func documentPage(body, window string) string {
	text := strings.Repeat(pageText, 3)
	return fmt.Sprintf(`<!doctype html><style>body{%s;color:#222;font:16px/1.5 serif}main{%s}
h1{margin:0;height:48px;background:linear-gradient(#4a90e2,#357abd);color:#fff;font:20px/48px sans-serif;padding:0 24px}
div{columns:3;column-gap:40px;padding:24px}</style><main><h1>Document</h1><div><p>%s</div></main>`,
		body, window, strings.ReplaceAll(html.EscapeString(text), "\n\n", "<p>"))
}

// photosPage is a gallery.
func photosPage() string {
	page := `<!doctype html><style>body{margin:0;background:#111;display:grid;grid-template-columns:repeat(3,1fr);gap:12px;padding:12px}
img{width:100%;height:516px;object-fit:cover}</style>`
	for i := range 6 {
		page += fmt.Sprintf(`<img src="page-photo.jpg" style="object-position:%d%% %d%%;filter:hue-rotate(%ddeg)">`, 40*i%100, 30*i%100, 60*i)
	}
	return page
}

// takeScreenshot writes the PNG of a page.
func (b *bench) takeScreenshot(s screenshot, to string) error {
	browser := firstProgram("chromium", "chromium-browser", "google-chrome")
	if browser == "" {
		return fmt.Errorf("Chromium: %w", errNotInstalled)
	}
	photo := filepath.Join(b.dir, "page-photo.jpg")
	if _, err := os.Stat(photo); err != nil {
		if _, err := outputOf(exec.CommandContext(b.ctx, b.tools.self, "scene", photo, "1280", "960")); err != nil {
			return err
		}
	}
	page := filepath.Join(b.dir, s.page+".html")
	if err := os.WriteFile(page, []byte(pages[s.page]()), 0o644); err != nil {
		return err
	}
	args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files",
		"--window-size=1920,1080", "--force-device-scale-factor=" + strconv.Itoa(s.scale), "--screenshot=" + to}
	if s.clear {
		args = append(args, "--default-background-color=00000000")
	}
	_, err := outputOf(exec.CommandContext(b.ctx, browser, append(args, "file://"+page)...))
	if _, missing := os.Stat(to); err == nil && missing != nil {
		err = errors.New("Chromium took no screenshot")
	}
	return err
}
