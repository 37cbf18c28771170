package handlers_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// belowPath is a site below a path, as browsers and programs reach it through a
// proxy.
type belowPath struct {
	*site
	base string // scheme, host and path
	cut  bool   // the proxy cuts the path off
}

// through asks for an address of the site. What lies outside its path never
// comes to it.
func (b belowPath) through(method, address string, body string, headers ...string) answer {
	b.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	own, _ := url.Parse(b.base)
	if u.Host != "" && u.Host != own.Host || !strings.HasPrefix(u.Path, own.Path+"/") {
		b.t.Fatalf("%s leads out of %s", address, b.base)
	}
	path := u.RequestURI()
	if b.cut {
		path = strings.TrimPrefix(path, own.Path)
	}
	return b.do(method, path, strings.NewReader(body), append(headers, "Sec-Fetch-Site", "same-origin")...)
}

var (
	reference = regexp.MustCompile(`(?:href|src|action|content|poster|data-copy|value)="((?:https?:/)?/[^"#]*)"`)
	importing = regexp.MustCompile(`(?:from|import) '\./([\w-]+\.js)'`)
)

// crawl looks at all that can be reached from a page by GET, and returns the
// addresses.
func (b belowPath) crawl(from, cookie string) map[string]bool {
	b.t.Helper()
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		a := b.through("GET", queue[0], "", "Cookie", cookie)
		if location := a.Header.Get("Location"); location != "" && !seen[location] {
			queue, seen[location] = append(queue, location), true
		}
		if a.StatusCode >= 400 && a.StatusCode != 405 {
			b.t.Errorf("%s: %d", queue[0], a.StatusCode)
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range reference.FindAllStringSubmatch(a.body, -1) {
			to := strings.TrimPrefix(html.UnescapeString(m[1]), strings.TrimSuffix(b.base, "/pics"))
			if strings.HasPrefix(m[0], "value=") && !strings.HasPrefix(m[1], "http") {
				continue // a path that the server gets back
			}
			if !strings.HasPrefix(to, "/pics/") {
				b.t.Errorf("%s: %s leads out", queue[0], m[0])
				continue
			}
			if !seen[to] && !strings.Contains(to, "/delete") && !strings.Contains(to, "/api/1/") && len(seen) < 400 {
				queue, seen[to] = append(queue, to), true
			}
		}
	}
	return seen
}

func TestASiteBelowAPath(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]bool{"the proxy passes the path on": false, "the proxy cuts the path off": true} {
		t.Run(name, func(t *testing.T) {
			b := belowPath{base: "https://img.example.org/pics", cut: cut}
			b.site = newSite(t, func(set *settings) {
				set.BaseURL, set.imgpile, set.guests, set.Moderate = b.base, true, true, true
			})
			testBelowPath(t, b)
		})
	}
}

func testBelowPath(t *testing.T, b belowPath) {
	body, contentType := multipartBody(t, "a.png", input(t, "one.png"), "tags", "sky,sea", "title", "a: b", "format", "json")
	image := b.through("POST", "/pics/api/1/upload", body.String(), "Content-Type", contentType, "X-API-Key", b.key).image(t)
	for _, key := range []string{"url", "url_viewer", "url_short", "delete_url", "path_viewer"} {
		if a := b.through("GET", text(image, key), ""); a.StatusCode >= 400 {
			t.Errorf("%s: %s: %d", key, text(image, key), a.StatusCode)
		}
	}
	tags, _ := json.Marshal(image["tags"])
	if !strings.Contains(string(tags), `"url":"/pics/tag/sky"`) {
		t.Errorf("tags: %s", tags)
	}
	body, contentType = multipartBody(t, "b.png", input(t, "alpha.png"), "format", "redirect")
	a := b.through("POST", "/pics/api/1/upload", body.String(), "Content-Type", contentType, "X-API-Key", b.key)
	b.through("GET", a.Header.Get("Location"), "")

	// Signing in: the cookie is for the path, and where one came from is found again.
	a = b.through("GET", "/pics/gallery", "")
	to := a.Header.Get("Location")
	if to != "/pics/sign-in?back=%2Fgallery" {
		t.Errorf("/pics/gallery leads to %q", to)
	}
	form := url.Values{"key": {b.key}, "back": {"/gallery"}}.Encode()
	a = b.through("POST", "/pics/sign-in", form, "Content-Type", "application/x-www-form-urlencoded")
	if a.Header.Get("Location") != "/pics/gallery" {
		t.Errorf("signing in leads to %q", a.Header.Get("Location"))
	}
	cookie := a.Cookies()[0]
	if cookie.Name != "__Secure-session" || cookie.Path != "/pics" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %v", cookie)
	}
	signedIn := cookie.Name + "=" + cookie.Value
	a = b.through("POST", "/pics/preferences", "scheme=dark&back=/tools", "Content-Type", "application/x-www-form-urlencoded")
	if c := a.Cookies()[0]; c.Path != "/pics" || a.Header.Get("Location") != "/pics/tools" {
		t.Errorf("preferences: %v, to %q", c, a.Header.Get("Location"))
	}

	// An album with a file in it, and the post that it is.
	a = b.through("POST", "/pics/albums", "title=Sea", "Content-Type", "application/x-www-form-urlencoded", "Cookie", signedIn)
	album := a.Header.Get("Location")
	slug := strings.TrimPrefix(album, "/pics/album/")
	item := text(image, "id_encoded")
	edit := url.Values{"title": {"x"}, "album_id": {slug}, "expiration": {"keep"}}.Encode()
	a = b.through("POST", "/pics/items/"+item+"/edit", edit, "Content-Type", "application/x-www-form-urlencoded", "Cookie", signedIn)
	b.through("GET", a.Header.Get("Location"), "")
	for _, path := range []string{"/album/" + slug + "/vote", "/items/" + item + "/discard", "/items/" + item + "/restore"} {
		a = b.through("POST", "/pics"+path, "vote=1", "Content-Type", "application/x-www-form-urlencoded", "Cookie", signedIn)
		b.through("GET", a.Header.Get("Location"), "", "Cookie", signedIn)
	}

	seen := b.crawl("/pics/", signedIn)
	for _, path := range []string{"/pics/gallery", "/pics/albums", album, "/pics/keys", "/pics/u/admin", "/pics/tools", "/pics/moderation",
		"/pics/manifest.webmanifest", "/pics/api/openapi.json", "/pics/tools/postern.sxcu"} {
		if !seen[path] {
			t.Errorf("%s is not linked", path)
		}
	}
	b.crawl("/pics/p/"+slug, "")
	b.checkScripts(t, seen)
	b.checkPrograms(t, text(image, "url_viewer"))
	a = b.through("POST", text(image, "delete_url"), "")
	if a = b.through("GET", a.Header.Get("Location"), ""); a.StatusCode != 404 {
		t.Errorf("after deletion: %d", a.StatusCode)
	}
}

// checkScripts asks for all modules that the seen ones import.
func (b belowPath) checkScripts(t *testing.T, seen map[string]bool) {
	t.Helper()
	scripts := 0
	for path := range seen {
		if !strings.HasSuffix(path, ".js") {
			continue
		}
		scripts++
		text := b.through("GET", path, "").body
		for _, m := range importing.FindAllStringSubmatch(text, -1) {
			if a := b.through("GET", path[:strings.LastIndexByte(path, '/')+1]+m[1], ""); a.StatusCode != 200 {
				t.Errorf("%s imports %s: %d", path, m[1], a.StatusCode)
			}
		}
	}
	if scripts < 3 {
		t.Errorf("saw %d scripts", scripts)
	}
}

// checkPrograms looks at what programs are told.
func (b belowPath) checkPrograms(t *testing.T, viewer string) {
	t.Helper()
	var manifest struct {
		ID, Scope string
		StartURL  string                  `json:"start_url"`
		Icons     []struct{ Src string }  `json:"icons"`
		Share     struct{ Action string } `json:"share_target"`
	}
	text := b.through("GET", "/pics/manifest.webmanifest", "").body
	if err := json.Unmarshal([]byte(text), &manifest); err != nil || manifest.ID != "/pics/" || manifest.Scope != "/pics/" ||
		manifest.StartURL != "/pics/" || manifest.Share.Action != "/pics/upload" {
		t.Errorf("manifest: %s, %v", text, err)
	}
	for _, icon := range manifest.Icons {
		b.through("GET", icon.Src, "")
	}
	if a := b.through("GET", "/pics/oembed?url="+url.QueryEscape(viewer), ""); a.StatusCode != 200 || !strings.Contains(a.body, `"provider_url":"`+b.base+`/"`) {
		t.Errorf("oEmbed: %d %s", a.StatusCode, a.body)
	}
	if a := b.through("GET", "/pics/tools/postern.sxcu", ""); !strings.Contains(a.body, `"`+b.base+`/api/1/upload"`) {
		t.Errorf("ShareX: %s", a.body)
	}
	if a := b.through("GET", "/pics/api/openapi.json", ""); !strings.Contains(a.body, `"servers": [{"url": "/pics/"}]`) {
		t.Errorf("OpenAPI: %.600s", a.body)
	}
	if a := b.through("GET", "/pics/api/v1/media?limit=1&nsfw=1", ""); !strings.Contains(a.body, `"first":"`+b.base+`/api/v1/media?`) ||
		!strings.Contains(a.body, `"original":"`+b.base+`/f/`) && !strings.Contains(a.body, `"data":[]`) {
		t.Errorf("a list: %s", a.body)
	}
	for _, path := range []string{"/pics/favicon.ico", "/pics/tools/key", "/pics/upload"} {
		b.through("GET", b.through("GET", path, "").Header.Get("Location"), "")
	}
}
