package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// attacker is a site of another origin, whose pages use uploads in every way
// that a browser has, and which hears of every script that runs.
type attacker struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string
	files []string
}

func newAttacker(t *testing.T) *attacker {
	a := new(attacker)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, a.page())
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.heard = append(a.heard, r.URL.Path)
	}))
	t.Cleanup(a.Close)
	return a
}

// call is a script that the attacker hears of.
func (a *attacker) call(path string) string {
	return fmt.Sprintf("new Image().src='%s/%s'", a.URL, path)
}

func (a *attacker) page() string {
	var b strings.Builder
	b.WriteString("<!doctype html><title>attack</title><script>" + a.call("control") + "</script>")
	for _, f := range a.files {
		for _, form := range []string{
			"<script src=%q></script>", "<script type=module src=%q></script>", "<iframe src=%q></iframe>", "<object data=%q></object>",
			"<embed src=%q>", "<link rel=stylesheet href=%q>", "<img src=%q>", "<iframe sandbox='allow-scripts allow-same-origin' src=%q></iframe>",
			"<object type='text/html' data=%q></object>", "<script>try { new Worker(%q) } catch {}</script>", "<link rel=import href=%q>",
		} {
			fmt.Fprintf(&b, form+"\n", f)
		}
	}
	return b.String()
}

// hostileFiles are pictures that are pages and programs as well, by name.
func hostileFiles(t *testing.T, script string) map[string][]byte {
	page := "<html><body><script>" + script + "</script><svg onload=\"" + script + "\"/><img src=x onerror=\"" + script + "\"></body></html>"
	jpeg := picture(t, "")
	comment := append([]byte{0xff, 0xfe, byte((len(page) + 2) >> 8), byte(len(page) + 2)}, page...)
	gif := []byte("GIF89a/*\x10\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b*/=1;" + script + "//")
	return map[string][]byte{
		"comment.html":     bytes.Join([][]byte{jpeg[:2], comment, jpeg[2:]}, nil),
		"behind.jpg.html":  append(bytes.Clone(jpeg), page...),
		"script.js":        gif,
		"page.svg":         append(bytes.Clone(gif), page...),
		"plain.html":       []byte(page),
		"plain.jpg":        []byte(page),
		"picture.svg":      []byte("<svg xmlns='http://www.w3.org/2000/svg'><script>" + script + "</script></svg>"),
		"picture.png":      []byte("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload=\"" + script + "\"/>"),
		"x\"><script>.gif": append(bytes.Clone(gif), '1'),
	}
}

// Files go in by every disguise; a browser opens each by itself and from
// another site, and nothing of them runs.
func TestUploadsRunNothingInABrowser(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	a := newAttacker(t)
	p := start(t, t.TempDir(), "POSTERN_METADATA=keep")
	var pages []string
	for name, file := range hostileFiles(t, a.call("pwned")) {
		payload := "</title></textarea><script>" + a.call("pwned") + "</script><img src=x onerror=\"" + a.call("pwned") + "\">"
		image, err := p.upload(p.key, name, file, "title", payload[:100], "description", payload, "tags", "<script>")
		if err != nil {
			continue // refused: what cannot be stored cannot be served
		}
		a.files = append(a.files, image["url"].(string), image["url"].(string)+"?x.html", image["url"].(string)+"/x.html")
		pages = append(pages, image["url"].(string), image["url_viewer"].(string), image["delete_url"].(string))
	}
	if len(pages) != 3*5 {
		t.Fatalf("%d pages of pictures that are more, want those of 5", len(pages))
	}
	b := browse(t, p.url)
	b.tolerate("") // what is blocked is told on the console
	b.open("/")
	ask[string](b, "document.cookie = 'canary=1; path=/'")
	for _, page := range append(pages, a.files...) {
		u, err := url.Parse(page)
		if err != nil {
			t.Fatal(err)
		}
		b.open(u.RequestURI())
		b.wait("document.readyState === 'complete'")
		kind := ask[string](b, "document.contentType")
		if own := strings.HasPrefix(u.Path, "/images/"); own && !strings.HasSuffix(u.Path, "/x.html") {
			cookie := ask[string](b, "(() => { try { return document.cookie } catch { return 'refused' } })()")
			if !strings.HasPrefix(kind, "image/") || cookie != "refused" {
				t.Errorf("%s is shown as %s, with the cookie %q", page, kind, cookie)
			}
		}
	}
	b.base = a.URL
	b.open("/")
	b.wait("document.readyState === 'complete'")
	ask[string](b, "fetch('/done').then(() => '')")

	a.mu.Lock()
	defer a.mu.Unlock()
	heard := strings.Join(a.heard, " ")
	if strings.Contains(heard, "pwned") {
		t.Errorf("scripts of uploads ran: %s", heard)
	}
	if !strings.Contains(heard, "/control") || !strings.Contains(heard, "/done") {
		t.Errorf("the attacker heard %q, and so would have heard of nothing", heard)
	}
}
