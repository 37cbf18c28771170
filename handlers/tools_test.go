package handlers_test

import (
	"bytes"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"html"
	"image/color"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"postern/media"
)

// sharex is a custom uploader file, as ShareX documents its fields.
type sharex struct {
	Version, DestinationType, RequestMethod, RequestURL, Body, FileFormName string
	Headers                                                                 map[string]string
	URL, ThumbnailURL, DeletionURL, ErrorMessage                            string
}

// upload does what ShareX does with the file and a key.
func (x sharex) upload(s *site, key, filename string, data []byte) answer {
	s.t.Helper()
	if x.Body != "MultipartFormData" {
		s.t.Fatalf("body %q, file in %q", x.Body, x.FileFormName)
	}
	body, contentType := multipartBody(s.t, filename, data)
	body = bytes.NewBuffer(bytes.Replace(body.Bytes(), []byte(`name="source"`), []byte(`name="`+x.FileFormName+`"`), 1))
	headers := []string{"Content-Type", contentType, "User-Agent", "ShareX/17.0.0"}
	for name, value := range x.Headers {
		headers = append(headers, name, strings.ReplaceAll(value, "YOUR_KEY", key))
	}
	return s.do(x.RequestMethod, x.RequestURL, body, headers...)
}

var jsonCall = regexp.MustCompile(`\{json:([\w.]+)\}`)

// find is what ShareX makes of a text with calls "{json:path}" and an answer:
// a path that is not there is empty.
func (a answer) find(t *testing.T, call string) string {
	t.Helper()
	if !jsonCall.MatchString(call) {
		t.Fatalf("%q has no call of json", call)
	}
	var whole any
	if err := json.Unmarshal([]byte(a.body), &whole); err != nil {
		t.Fatal(err)
	}
	return jsonCall.ReplaceAllStringFunc(call, func(one string) string {
		at := whole
		for _, name := range strings.Split(jsonCall.FindStringSubmatch(one)[1], ".") {
			fields, _ := at.(map[string]any)
			at = fields[name]
		}
		if at == nil {
			return ""
		}
		return fmt.Sprint(at)
	})
}

// TestShareXFileOfTheSecondAPI uploads as ShareX does, and reads every sort of
// refusal.
func TestShareXFileOfTheSecondAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	a := s.do("GET", "/tools/postern-imgpile.sxcu", nil)
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="postern-imgpile.sxcu"` || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("sent as %q, cached as %q", got, a.Header.Get("Cache-Control"))
	}
	for _, page := range []string{"/tools", "/api-v1"} {
		s.guest().wants(page, 200, `href="/tools/postern-imgpile.sxcu"`)
	}
	var x sharex
	if err := json.Unmarshal([]byte(a.body), &x); err != nil || x.Headers["Authorization"] != "Bearer YOUR_KEY" {
		t.Fatalf("%v: %+v", err, x)
	}
	photo := input(t, "photo.jpg")
	done := x.upload(s, s.key, "photo.jpg", photo)
	for _, call := range []string{x.URL, x.ThumbnailURL} {
		if got := done.find(t, call); done.StatusCode != 201 || !strings.HasPrefix(got, s.URL+"/f/") {
			t.Errorf("%s: %d %q", call, done.StatusCode, got)
		}
	}
	ban := media.Ban{Digest: fmt.Sprintf("%x", md5.Sum(photo)), CreatedAt: s.time()}
	if err := s.db.InsertBan(t.Context(), ban); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		key    string
		data   []byte
		status int
		says   string
	}{
		{"chv_wrong", photo, 401, "Unauthenticated."},
		{s.key, []byte("no picture"), 422, "The file field must be a file of type: jpg, png."},
		{s.key, photo, 451, "This file is not allowed."},
	} {
		t.Run(test.key, func(t *testing.T) {
			refused := x.upload(s, test.key, "photo.jpg", test.data)
			if got := refused.find(t, x.ErrorMessage); got != test.says || refused.StatusCode != test.status {
				t.Errorf("%d %q, want %d %q", refused.StatusCode, got, test.status, test.says)
			}
		})
	}
	if a := newSite(t).do("GET", "/tools/postern-imgpile.sxcu", nil); a.StatusCode != 404 {
		t.Errorf("where that API is off: %d", a.StatusCode)
	}
}

func TestShareXFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.do("GET", "/tools/postern.sxcu", nil)
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="postern.sxcu"` || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("sent as %q, cached as %q", got, a.Header.Get("Cache-Control"))
	}
	var x sharex
	if err := json.Unmarshal([]byte(a.body), &x); err != nil {
		t.Fatal(err)
	}
	if x.RequestURL != s.URL+"/api/1/upload" || x.DestinationType != "ImageUploader, FileUploader" {
		t.Errorf("%+v", x)
	}
	done := x.upload(s, s.key, "photo.jpg", input(t, "photo.jpg"))
	image := done.image(t)
	for call, want := range map[string]string{
		x.URL: text(image, "url"), x.DeletionURL: text(image, "delete_url"), x.ThumbnailURL: text(image["thumb"].(map[string]any), "url"),
	} {
		if got := done.find(t, call); got != want || !strings.HasPrefix(got, s.URL) {
			t.Errorf("%s: %q, want %q", call, got, want)
		}
	}
	refused := x.upload(s, "chv_wrong", "photo.jpg", input(t, "photo.jpg"))
	if got := refused.find(t, x.ErrorMessage); got != "Invalid API key." || refused.StatusCode != 400 {
		t.Errorf("a wrong key: %d %q", refused.StatusCode, got)
	}
}

func TestSetUpPageKnowsTheServerAndNoKey(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/tools", "/tools/postern.sxcu"} {
		a := s.do("GET", path+"?key="+s.key, nil, "X-API-Key", s.key)
		if strings.Contains(a.body, s.key) {
			t.Errorf("%s: the page holds the key", path)
		}
		if !strings.Contains(a.body, s.URL+"/api/1/upload") || !strings.Contains(a.body, "YOUR_KEY") {
			t.Errorf("%s: the address or the place of the key is missing", path)
		}
	}
	s = newSite(t, func(set *settings) { set.BaseURL = "https://img.example.org" })
	page := html.UnescapeString(s.do("GET", "/tools", nil).body)
	for _, want := range []string{
		`curl -F source=@image.jpg -F format=txt -H "X-API-Key: YOUR_KEY" https://img.example.org/api/1/upload`,
		`flameshot gui -r | curl -F source=@- -F format=txt -H "X-API-Key: YOUR_KEY" https://img.example.org/api/1/upload`,
		`"customHeader": "{\"X-API-Key\": \"YOUR_KEY\"}"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}

// manifest is what browsers read of a web app manifest.
type manifest struct {
	Name, Lang, Start_url, Scope, Display string
	Theme_color                           string
	Icons                                 []struct{ Src, Sizes, Type, Purpose string }
	Share_target                          struct {
		Action, Method, Enctype string
		Params                  struct {
			Title, Text, URL string
			Files            []struct {
				Name   string
				Accept []string
			}
		}
	}
}

func (s *site) manifest(headers ...string) manifest {
	s.t.Helper()
	a := s.do("GET", "/manifest.webmanifest", nil, headers...)
	var m manifest
	if err := json.Unmarshal([]byte(a.body), &m); err != nil || a.Header.Get("Content-Type") != "application/manifest+json" {
		s.t.Fatalf("%q: %v", a.Header.Get("Content-Type"), err)
	}
	return m
}

func TestManifest(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.SiteName = `Our "pictures"` })
	m := s.manifest("Accept-Language", "ja")
	if m.Name != `Our "pictures"` || m.Lang != "ja" || m.Start_url != "/" || m.Display != "standalone" {
		t.Errorf("%+v", m)
	}
	for _, icon := range m.Icons {
		if a := s.do("GET", icon.Src, nil); a.StatusCode != 200 || a.Header.Get("Content-Type") != icon.Type {
			t.Errorf("%s: %d %q, want %q", icon.Src, a.StatusCode, a.Header.Get("Content-Type"), icon.Type)
		}
	}
}

// TestOneAccent finds the same colour in the style sheet, the manifest, the
// pages and all icons.
func TestOneAccent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page, m := s.do("GET", "/", nil).body, s.manifest()
	find := func(what, pattern, text string) string {
		t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("no colour in %s", what)
		}
		return found[1]
	}
	sheet := s.do("GET", find("the page", `href="([^"]*postern[^"]*\.css)"`, page), nil).body
	accent := find("the style sheet", `--accent: light-dark\((#[0-9a-f]{6})`, sheet)
	if got := find("the page", `<meta name="theme-color" content="([^"]+)">`, page); got != accent || m.Theme_color != accent {
		t.Errorf("the page says %s, the manifest %s, the style sheet %s", got, m.Theme_color, accent)
	}
	for _, icon := range m.Icons {
		a := s.do("GET", icon.Src, nil)
		if icon.Type == "image/svg+xml" {
			if got := find(icon.Src, `<rect [^>]*fill="([^"]+)"`, a.body); got != accent {
				t.Errorf("%s is drawn in %s, want %s", icon.Src, got, accent)
			}
			continue
		}
		drawn, err := png.Decode(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		c := color.NRGBAModel.Convert(drawn.At(drawn.Bounds().Dx()/2, 4)).(color.NRGBA)
		if got := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B); got != accent {
			t.Errorf("%s is drawn in %s, want %s", icon.Src, got, accent)
		}
	}
}

// TestShareSheet sends what Chromium sends for an installed page: a navigation
// of the browser itself, as the manifest describes it.
func TestShareSheet(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.guests = true })
	target := s.manifest().Share_target
	if target.Method != "POST" || target.Enctype != "multipart/form-data" || target.Action != "/upload" || len(target.Params.Files) != 1 {
		t.Fatalf("%+v", target)
	}
	file, p := target.Params.Files[0].Name, target.Params
	photo := string(input(t, "photo.jpg"))
	sheet := []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Origin", "null"}
	tests := []struct {
		name   string
		parts  []part
		status int
		items  int
		says   string
	}{
		{"a picture", []part{{file, "IMG_1.jpg", photo}}, 200, 1, "IMG_1"},
		{"a picture with a title and words", []part{{p.Title, "", "The sea"}, {p.Text, "", "At noon"}, {file, "IMG_1.jpg", photo}}, 200, 1, "The sea"},
		{"three", []part{{p.Title, "", "The sea"}, {file, "1.jpg", photo}, {file, "2.jpg", photo}, {file, "3.png", string(input(t, "one.png"))}}, 200, 3, "3"},
		{"an address as Android gives it", []part{{p.Text, "", "https://example.org/a.jpg"}}, 400, 0, "Uploading from a URL is turned off"},
		{"an address in its own field", []part{{p.URL, "", "https://example.org/a.jpg"}}, 400, 0, "Uploading from a URL is turned off"},
		{"words alone", []part{{p.Text, "", "hello"}}, 400, 0, "Choose a file to upload."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.submit(test.parts, sheet...)
			if got := len(links(a)); a.StatusCode != test.status || got != 8*test.items || !strings.Contains(a.body, test.says) {
				t.Errorf("%s: %d with %d links, want %d with 8 for each of %d: %s", test.name, a.StatusCode, got, test.status, test.items, test.says)
			}
		})
	}
	if a := s.submit(tests[0].parts, "Sec-Fetch-Site", "cross-site", "Origin", "null"); a.StatusCode != 403 {
		t.Errorf("a sandboxed frame of another site: %d, want 403", a.StatusCode)
	}
	if a := s.submit(tests[0].parts, "Origin", "null"); a.StatusCode != 403 {
		t.Errorf("an origin that hides, in an old browser: %d, want 403", a.StatusCode)
	}
}

func TestKeyMadeOnTheSetUpPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if a := s.do("POST", "/tools/key", nil, "Sec-Fetch-Site", "same-origin"); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
		t.Errorf("a guest: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	cookie := s.signIn(s.bobKey).cookie
	if a := s.do("POST", "/tools/key", nil, "Cookie", cookie, "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
		t.Errorf("another site: %d, want 403", a.StatusCode)
	}
	a := s.do("POST", "/tools/key", nil, "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	key := regexp.MustCompile(`chv_[0-9a-f]{64}`).FindString(a.body)
	if a.StatusCode != 200 || key == "" || key == s.bobKey || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, the key %q, cached as %q", a.StatusCode, key, a.Header.Get("Cache-Control"))
	}
	if strings.Contains(a.body, "YOUR_KEY") || strings.Contains(s.log.String(), key) {
		t.Error("the placeholder is left, or the key is in the log")
	}
	body, contentType := multipartBody(t, "photo.jpg", input(t, "photo.jpg"))
	s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", key).image(t)
	if again := s.do("GET", "/tools", nil, "Cookie", cookie); strings.Contains(again.body, key) {
		t.Error("the key is shown again")
	}
}
