package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"postern/handlers/ratelimit"
	"postern/media"
	"postern/media/library"
)

// visitor is a browser's user who has signed in.
type visitor struct {
	*site
	cookie string
}

// signIn signs in with a key on the page for it.
func (s *site) signIn(key string) *visitor {
	s.t.Helper()
	a := s.sendForm("/sign-in", "", url.Values{"key": {key}})
	if a.StatusCode != http.StatusSeeOther || len(a.Cookies()) != 1 {
		s.t.Fatalf("sign in: %d, cookies %v", a.StatusCode, a.Cookies())
	}
	return &visitor{s, a.Cookies()[0].Name + "=" + a.Cookies()[0].Value}
}

// sendForm sends a form of a page as a browser does.
func (s *site) sendForm(path, cookie string, form url.Values, headers ...string) answer {
	s.t.Helper()
	headers = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Cookie", cookie}, headers...)
	return s.do("POST", path, strings.NewReader(form.Encode()), headers...)
}

// guest is a browser's user who has not.
func (s *site) guest() *visitor { return &visitor{site: s} }

func (v *visitor) get(path string) answer {
	return v.do("GET", path, nil, "Cookie", v.cookie, "Accept", "text/html")
}

// submit sends a form and expects to be led to a path.
func (v *visitor) submit(path, to string, form url.Values) {
	v.t.Helper()
	if a := v.sendForm(path, v.cookie, form); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != to {
		v.t.Errorf("POST %s: %d to %q, want 303 to %q", path, a.StatusCode, a.Header.Get("Location"), to)
	}
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, test := range []struct {
		name, key, back string
		status          int
		to              string
	}{
		{"a key", s.bobKey, "/gallery?kind=video", 303, "/gallery?kind=video"},
		{"no page to go back to", s.bobKey, "", 303, "/"},
		{"a page of another site", s.bobKey, "https://evil.example/", 303, "/"},
		{"a page of another site in disguise", s.bobKey, `/\evil.example`, 303, "/"},
		{"no key", "", "/", 400, ""},
		{"a wrong key", "chv_wrong", "/", 400, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.sendForm("/sign-in", "", url.Values{"key": {test.key}, "back": {test.back}})
			if a.StatusCode != test.status || a.Header.Get("Location") != test.to || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d to %q, want %d to %q", test.name, a.StatusCode, a.Header.Get("Location"), test.status, test.to)
			}
			if got := len(a.Cookies()); got != map[bool]int{true: 1}[test.status == 303] {
				t.Errorf("%s: %d cookies", test.name, got)
			}
			if test.key != "" && strings.Contains(a.body, test.key) {
				t.Errorf("%s: the page holds the key", test.name)
			}
		})
	}
	if strings.Contains(s.log.String(), s.bobKey) {
		t.Error("the log holds the key")
	}
}

func TestTheSessionsCookie(t *testing.T) {
	t.Parallel()
	plain := newSite(t)
	secure := newSite(t, func(set *settings) { set.BaseURL = "https://img.example" })
	for s, want := range map[*site]http.Cookie{
		plain:  {Name: "session"},
		secure: {Name: "__Host-session", Secure: true},
	} {
		s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		c := s.sendForm("/sign-in", "", url.Values{"key": {s.key}}).Cookies()[0]
		if c.Name != want.Name || c.Secure != want.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" ||
			!c.Expires.Equal(s.now.AddDate(0, 0, 30)) {
			t.Errorf("cookie %s", c.Raw)
		}
		if strings.Contains(c.Value, s.key) || len(c.Value) != 64 {
			t.Errorf("token %q", c.Value)
		}
		cookie := c.Name + "=" + c.Value
		if a := s.do("GET", "/gallery", nil, "Cookie", cookie); a.StatusCode != 200 || len(a.Cookies()) != 0 || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("gallery: %d, %v", a.StatusCode, a.Header)
		}
		s.now = s.now.AddDate(0, 0, 20)
		if a := s.do("GET", "/", nil, "Cookie", cookie); len(a.Cookies()) != 1 || !a.Cookies()[0].Expires.Equal(s.now.AddDate(0, 0, 30)) {
			t.Errorf("after 20 days: cookies %v", a.Cookies())
		}
		s.now = s.now.AddDate(0, 0, 31)
		if a := s.do("GET", "/gallery", nil, "Cookie", cookie); a.StatusCode != 303 || a.Header.Get("Location") != "/sign-in?back=%2Fgallery" {
			t.Errorf("31 days later: %d to %q", a.StatusCode, a.Header.Get("Location"))
		}
	}
}

func TestSigningOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob, elsewhere := s.signIn(s.bobKey), s.signIn(s.bobKey)
	bob.submit("/sign-out", "/", nil)
	if a := bob.get("/gallery"); a.StatusCode != 303 {
		t.Errorf("the cookie that was signed out: %d", a.StatusCode)
	}
	if a := elsewhere.get("/gallery"); a.StatusCode != 200 {
		t.Errorf("another browser: %d", a.StatusCode)
	}
	keys, err := s.db.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.UserID == s.bob.ID {
			if err := s.db.RevokeKey(t.Context(), k.ID, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a := elsewhere.get("/gallery"); a.StatusCode != 303 || a.Cookies()[0].Value != "" {
		t.Errorf("after the key was revoked: %d, cookies %v", a.StatusCode, a.Cookies())
	}
	if a := s.do("GET", "/", nil, "Cookie", "session=rubbish"); a.StatusCode != 200 {
		t.Errorf("a page with a wrong cookie: %d", a.StatusCode)
	}
}

func TestASessionUploadsFromThePageAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Duplicates = library.DuplicatesAllow })
	bob := s.signIn(s.bobKey)
	for _, test := range []struct {
		name    string
		method  string
		headers []string
		status  int
	}{
		{"the page", "POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"the page in an old browser", "POST", []string{"Origin", s.URL}, 200},
		{"another site", "POST", []string{"Sec-Fetch-Site", "cross-site"}, 400},
		{"another site in an old browser", "POST", []string{"Origin", "https://evil.example"}, 400},
		{"a program", "POST", nil, 400},
		{"a link", "GET", []string{"Sec-Fetch-Site", "same-origin"}, 400},
		{"the page with a wrong key", "POST", []string{"Sec-Fetch-Site", "same-origin", "X-API-Key", "chv_wrong"}, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"))
			a := s.do(test.method, "/api/1/upload", body, append(test.headers, "Content-Type", contentType, "Cookie", bob.cookie)...)
			if a.StatusCode != test.status {
				t.Errorf("%s: %d, want %d: %.200s", test.name, a.StatusCode, test.status, a.body)
			}
			if test.status == 200 {
				id := text(a.image(t), "id_encoded")
				if it, err := s.lib.Item(t.Context(), media.Viewer{}, id); err != nil || it.UserID != s.bob.ID {
					t.Errorf("%s: the item is of user %d, %v", test.name, it.UserID, err)
				}
			}
		})
	}
	body, contentType := multipartBody(t, "form.jpg", input(t, "small.jpg"))
	if a := s.do("POST", "/upload", body, "Content-Type", contentType, "Cookie", bob.cookie, "Sec-Fetch-Site", "same-origin"); a.StatusCode != 200 {
		t.Errorf("the form without scripts: %d", a.StatusCode)
	}
	if a := bob.get("/gallery?q=form"); len(a.items()) != 1 {
		t.Errorf("the gallery does not list what the form has sent: %v", a.items())
	}
	body, contentType = multipartBody(t, "a.jpg", input(t, "small.jpg"))
	a := s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "Cookie", bob.cookie, "Sec-Fetch-Site", "same-origin", "X-API-Key", s.key)
	if it, err := s.lib.Item(t.Context(), media.Viewer{}, text(a.image(t), "id_encoded")); err != nil || it.UserID != s.admin.ID {
		t.Errorf("a key beside the session: user %d, %v, want that of the key", it.UserID, err)
	}
}

// TestNothingChangesForOtherSites sends every form of the pages as other sites
// would make a browser send it.
func TestNothingChangesForOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.signIn(s.bobKey)
	for _, path := range []string{
		"/sign-in", "/sign-out", "/albums", "/album/x/edit", "/album/x/delete",
		"/items/aaaaaaa/edit", "/items/aaaaaaa/discard", "/items/aaaaaaa/restore", "/items/aaaaaaa/purge",
	} {
		form := url.Values{"key": {s.key}, "title": {"x"}}
		if a := s.sendForm(path, bob.cookie, form, "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
			t.Errorf("%s: %d, want 403", path, a.StatusCode)
		}
		if a := s.sendForm(path, "", form); !strings.HasPrefix(path, "/sign-") && (a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in")) {
			t.Errorf("%s of nobody: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
	if a := bob.get("/gallery"); a.StatusCode != 200 {
		t.Errorf("bob is signed out: %d", a.StatusCode)
	}
}

func TestTheUploadPageOfWhoHasSignedIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.bob}, "Bob's album"); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cookie string
		inside bool
	}{"bob": {s.signIn(s.bobKey).cookie, true}, "a stranger": {"", false}} {
		t.Run(name, func(t *testing.T) {
			body := s.do("GET", "/", nil, "Cookie", test.cookie).body
			album, key := strings.Contains(body, "Bob&#39;s album"), strings.Contains(body, `name="key"`)
			if album != test.inside || key == test.inside {
				t.Errorf("%s is offered the album: %v, and asked for a key: %v", name, album, key)
			}
		})
	}
}

func TestKeysAreNotGuessedByTheSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Rates.SignIn = ratelimit.Limit{Burst: 2, PerMinute: 1} })
	for _, status := range []int{400, 400, 429} {
		if a := s.sendForm("/sign-in", "", url.Values{"key": {"chv_guess"}}); a.StatusCode != status {
			t.Errorf("a guess: %d, want %d", a.StatusCode, status)
		}
	}
}
