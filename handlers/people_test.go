package handlers_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"postern/handlers/ratelimit"
	"postern/media"
	"postern/media/auth"
)

const password = "correct horse"

// setPassword gives a user a password.
func (s *site) setPassword(u media.User, hash string) {
	s.t.Helper()
	if err := s.db.SetPassword(s.t.Context(), media.Password{UserID: u.ID, Hash: hash, ChangedAt: time.Now()}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// byPassword sends the form for name and password.
func (s *site) byPassword(name, password string, headers ...string) answer {
	s.t.Helper()
	return s.sendForm("/sign-in", "", url.Values{"name": {name}, "password": {password}, "back": {"/gallery"}}, headers...)
}

func (s *site) addModerator(name string) (media.User, string) {
	s.t.Helper()
	u, key := s.addUser(name, false)
	yes := true
	s.change(u, media.UserChange{Moderator: &yes})
	return u, key
}

func (s *site) uploadByForm(key string) answer {
	s.t.Helper()
	body, kind := multipartBody(s.t, "a.jpg", input(s.t, "photo.jpg"), "key", key)
	return s.do("POST", "/api/1/upload", body, "Content-Type", kind)
}

func (s *site) uploadByHeader(key string) answer {
	s.t.Helper()
	body, kind := multipartBody(s.t, "a.jpg", input(s.t, "photo.jpg"))
	return s.do("POST", "/api/1/upload", body, "Content-Type", kind, "X-API-Key", key)
}

func (s *site) change(u media.User, change media.UserChange) {
	s.t.Helper()
	if err := s.db.UpdateUser(s.t.Context(), u.ID, change); err != nil {
		s.t.Fatal(err)
	}
}

// TestAKeyOpensWhatItsScopeSays shows keys of each scope on every road that takes
// keys.
func TestAKeyOpensWhatItsScopeSays(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withModeration)
	slug := s.mustPile(s.bobKey, 100)["slug"].(string)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(s.mustPile(s.bobKey, 101)["id"])))
	post := dig(v, "post", "slug").(string)
	if _, err := s.db.SetModeration(t.Context(), slug, media.ModerationRejected); err != nil {
		t.Fatal(err)
	}
	api := func(method, path, body string) func(string) int {
		return func(key string) int {
			status, _ := s.v1(method, path, key, body)
			return status
		}
	}
	roads := []struct {
		name     string
		right    auth.Right
		send     func(key string) int
		ok, fail int
	}{
		{"an upload", auth.Upload, func(key string) int { return s.uploadByForm(key).StatusCode }, 200, 403},
		{"an upload with a header", auth.Upload, func(key string) int { return s.uploadByHeader(key).StatusCode }, 200, 403},
		{"an upload of imgpile", auth.Upload, func(key string) int {
			status, _ := s.pile(key, "w.jpg", plainJPEG(t, 102, 51))
			return status
		}, 201, 403},
		{"a list", auth.Read, api("GET", "/media", ""), 200, 403},
		{"a list of posts", auth.Read, api("GET", "/posts", ""), 200, 403},
		{"an item", auth.Read, api("GET", "/media/"+slug, ""), 200, 403},
		{"the page of a rejected item", auth.Read, func(key string) int {
			return s.follow("/image/"+slug, key).StatusCode
		}, 200, 404},
		{"the file of a rejected item", auth.Read, func(key string) int {
			return s.do("GET", "/f/"+slug+".jpg", nil, "X-API-Key", key).StatusCode
		}, 200, 404},
		{"a change", auth.Change, api("PATCH", "/media/"+slug, `{"title": "x"}`), 200, 403},
		{"a change of a post", auth.Change, api("PATCH", "/posts/"+post, `{"title": "x"}`), 200, 403},
		{"a vote", auth.Change, api("POST", "/posts/"+post+"/upvote", ""), 200, 403},
		{"a comment", auth.Change, api("POST", "/posts/"+post+"/comments", `{"content": "x"}`), 201, 403},
		{"a deletion", auth.Change, api("DELETE", "/media/nothing", ""), 404, 403},
		{"signing in", auth.SignIn, func(key string) int {
			return s.sendForm("/sign-in", "", url.Values{"key": {key}}).StatusCode
		}, 303, 403},
	}
	allowed := map[media.Scope]string{
		media.ScopeUpload: "upload", media.ScopeRead: "read", media.ScopeAll: "upload read change sign in",
	}
	for scope, rights := range allowed {
		key, digest := auth.NewKey()
		if err := s.db.InsertKey(t.Context(), &media.APIKey{UserID: s.bob.ID, Scope: scope, Digest: digest, CreatedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
		for _, road := range roads {
			t.Run(road.name, func(t *testing.T) {
				want := road.fail
				if strings.Contains(rights, string(road.right)) {
					want = road.ok
				}
				if got := road.send(key); got != want {
					t.Errorf("%s with a key for %s: got %d, want %d", road.name, scope, got, want)
				}
			})
		}
	}
}

func TestKeysOfThePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.signIn(s.bobKey)
	for want, form := range map[media.Scope][]string{
		media.ScopeUpload: {"name", "phone", "scope", "upload", "expires", "P1W"}, media.ScopeRead: {"scope", "read"}, media.ScopeAll: {"name", "old"},
	} {
		if a := bob.post("/keys", form...); a.StatusCode != 200 {
			t.Fatalf("%v: %d", form, a.StatusCode)
		}
		keys, err := s.db.KeysOf(t.Context(), s.bob.ID)
		if err != nil || keys[0].Scope != want || keys[0].ExpiresAt.IsZero() != (want != media.ScopeUpload) {
			t.Errorf("%v: %+v, %v", form, keys[0], err)
		}
	}
	for _, form := range [][]string{{"scope", "everything"}, {"expires", "soon"}} {
		if a := bob.post("/keys", form...); a.StatusCode != 400 {
			t.Errorf("%v: %d, want 400", form, a.StatusCode)
		}
	}
	bob.post("/tools/key")
	keys, err := s.db.KeysOf(t.Context(), s.bob.ID)
	if err != nil || keys[0].Scope != media.ScopeUpload {
		t.Errorf("a key of /tools: %+v, %v", keys[0], err)
	}
}

func TestSigningInWithAPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if body := s.guest().get("/sign-in").body; strings.Contains(body, `name="password"`) {
		t.Error("the page asks for a password where there is none")
	}
	s.setPassword(s.bob, auth.HashPassword(password))
	if body := s.guest().get("/sign-in").body; !strings.Contains(body, `name="password"`) || !strings.Contains(body, `name="key"`) {
		t.Error("the page does not ask for a password and a key")
	}
	for _, test := range []struct {
		name, user, password string
		status               int
	}{
		{"name and password", "bob", password, 303},
		{"the name in another case", "BOB", password, 303},
		{"a wrong password", "bob", "wrong horse", 400},
		{"no password", "bob", "", 400},
		{"a name without a password", "admin", password, 400},
		{"a name without a password, and none", "admin", "", 400},
		{"a name that is nobody's", "eve", password, 400},
		{"a long password", "bob", strings.Repeat("x", 5000), 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.byPassword(test.user, test.password)
			if a.StatusCode != test.status || len(a.Cookies()) != map[int]int{303: 1}[test.status] {
				t.Errorf("got %d, cookies %v, want %d", a.StatusCode, a.Cookies(), test.status)
			}
			if test.status == 400 && !strings.Contains(a.body, "Wrong name or password") {
				t.Error("the page does not say why")
			}
		})
	}
	if log := s.log.String(); strings.Contains(log, password) || strings.Contains(log, "wrong horse") {
		t.Error("the log holds a password")
	}
}

// TestAnImportedHashIsReplaced signs in with what PHP has hashed.
func TestAnImportedHashIsReplaced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	long := strings.Repeat("correct horse ", 10)
	for _, secret := range []string{password, long} {
		hash, err := bcrypt.GenerateFromPassword([]byte(secret)[:min(len(secret), 72)], bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		old := strings.Replace(string(hash), "$2a$", "$2y$", 1)
		s.setPassword(s.bob, old)
		now := func() string {
			p, err := s.db.Password(t.Context(), s.bob.ID)
			if err != nil {
				t.Fatal(err)
			}
			return p.Hash
		}
		if a := s.byPassword("bob", "wrong horse"); a.StatusCode != 400 || now() != old {
			t.Errorf("a wrong password: %d, %s", a.StatusCode, now())
		}
		for range 2 {
			if a := s.byPassword("bob", secret); a.StatusCode != 303 || !strings.HasPrefix(now(), "$argon2id$v=19$m=19456,t=2,p=1$") {
				t.Errorf("the password: %d, %s", a.StatusCode, now())
			}
		}
	}
	for _, damaged := range []string{"md5", "$2y$31$" + strings.Repeat("a", 53), "$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"} {
		s.setPassword(s.bob, damaged)
		if a := s.byPassword("bob", password); a.StatusCode != 500 {
			t.Errorf("hash %s: %d, want 500", damaged, a.StatusCode)
		}
	}
}

// TestNoStrangerKeepsAUserOut guesses a password until no guesses are left.
func TestNoStrangerKeepsAUserOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.Rates.Account = ratelimit.Limit{Burst: 2, PerMinute: 1}
		set.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	s.setPassword(s.bob, auth.HashPassword(password))
	s.setPassword(s.admin, auth.HashPassword(password))
	from := func(address, name, secret string, want int) {
		t.Helper()
		if a := s.byPassword(name, secret, "X-Forwarded-For", address); a.StatusCode != want {
			t.Errorf("%s as %s: got %d, want %d", address, name, a.StatusCode, want)
		}
	}
	from("192.0.2.1", "bob", password, 303)
	for i, want := range []int{400, 400, 429, 429} {
		from(fmt.Sprint("198.51.100.", i), []string{"bob", "BOB"}[i%2], "wrong horse", want)
	}
	from("198.51.100.9", "bob", password, 429)
	from("192.0.2.1", "bob", password, 303)
	from("198.51.100.9", "admin", password, 303)
	if a := s.sendForm("/sign-in", "", url.Values{"key": {s.bobKey}}, "X-Forwarded-For", "198.51.100.9"); a.StatusCode != 303 {
		t.Errorf("with a key: %d, want 303", a.StatusCode)
	}
}

func TestADisabledUser(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	s.setPassword(s.bob, auth.HashPassword(password))
	link := text(s.uploadByHeader(s.bobKey).image(t), "url")
	bob := s.signIn(s.bobKey)
	for _, state := range []media.UserState{media.UserDisabled, media.UserWaiting} {
		s.change(s.bob, media.UserChange{State: &state})
		if a := bob.get("/gallery"); a.StatusCode != 303 {
			t.Errorf("%s: the session still opens the gallery: %d", state, a.StatusCode)
		}
		if a := s.byPassword("bob", password); a.StatusCode != 403 {
			t.Errorf("%s: signing in: %d, want 403", state, a.StatusCode)
		}
		if a := s.byPassword("bob", "wrong horse"); a.StatusCode != 400 {
			t.Errorf("%s: a stranger learns of it: %d, want 400", state, a.StatusCode)
		}
		if a := s.uploadByHeader(s.bobKey); a.StatusCode != 403 {
			t.Errorf("%s: an upload: %d, want 403", state, a.StatusCode)
		}
		if status, _ := s.v1("GET", "/media", s.bobKey, ""); status != 403 {
			t.Errorf("%s: a list: %d, want 403", state, status)
		}
		if a := s.do("GET", strings.TrimPrefix(link, s.URL), nil, "X-API-Key", s.bobKey); a.StatusCode != 200 {
			t.Errorf("%s: the file: %d, want 200", state, a.StatusCode)
		}
	}
	active := media.UserActive
	s.change(s.bob, media.UserChange{State: &active})
	if a := s.byPassword("bob", password); a.StatusCode != 303 {
		t.Errorf("enabled again: %d, want 303", a.StatusCode)
	}
}

func (s *site) invite(i media.Invitation) string {
	s.t.Helper()
	token, i := auth.NewInvitation(i)
	i.CreatedAt, i.ExpiresAt = s.time(), s.time().Add(time.Hour)
	if err := s.db.InsertInvitation(s.t.Context(), &i); err != nil {
		s.t.Fatal(err)
	}
	return "/invitation/" + token
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.invite(media.Invitation{Uses: 2, Moderator: true, Quota: media.Quota{Items: 7}})
	if a := s.guest().get(path); a.StatusCode != 200 || !strings.Contains(a.body, "Moderator") || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page: %d, %v", a.StatusCode, a.Header)
	}
	for _, test := range []struct {
		name, user, password string
		status               int
	}{
		{"a name that is taken", "BOB", password, 400},
		{"a name that cannot be", "a/b", password, 400},
		{"no name", "", password, 400},
		{"a short password", "eve", "horse", 400},
		{"name and password", "eve", password, 303},
		{"another person", "mallory", password, 303},
		{"one too many", "trent", password, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.sendForm(path, "", url.Values{"name": {test.user}, "password": {test.password}})
			if a.StatusCode != test.status || len(a.Cookies()) != map[int]int{303: 1}[test.status] {
				t.Errorf("got %d, cookies %v, want %d", a.StatusCode, a.Cookies(), test.status)
			}
		})
	}
	eve, err := s.db.UserNamed(t.Context(), "eve")
	if err != nil || !eve.Moderator || eve.Admin || eve.Quota.Items != 7 {
		t.Errorf("eve is %+v, %v", eve, err)
	}
	if a := s.byPassword("mallory", password); a.StatusCode != 303 {
		t.Errorf("sign in: %d", a.StatusCode)
	}
	for _, path := range []string{path, "/invitation/rubbish"} {
		if a := s.guest().get(path); a.StatusCode != 404 {
			t.Errorf("%s: %d, want 404", path, a.StatusCode)
		}
	}
	if a := s.sendForm(path, "", url.Values{"name": {"x"}}, "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
		t.Errorf("from another site: %d, want 403", a.StatusCode)
	}
	if strings.Contains(s.log.String(), strings.TrimPrefix(path, "/invitation/")) {
		t.Error("the log holds the token")
	}
}

func TestALinkForANewPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.setPassword(s.bob, auth.HashPassword("forgotten horse"))
	bob := s.signIn(s.bobKey)
	path := s.invite(media.Invitation{Uses: 1, UserID: s.bob.ID})
	if a := s.guest().get(path); !strings.Contains(a.body, "<bdi>bob</bdi>") || strings.Contains(a.body, `name="name"`) {
		t.Errorf("the page: %d", a.StatusCode)
	}
	if a := s.sendForm(path, "", url.Values{"password": {password}}); a.StatusCode != 303 || len(a.Cookies()) != 1 {
		t.Errorf("a new password: %d, %v", a.StatusCode, a.Cookies())
	}
	if a := bob.get("/gallery"); a.StatusCode != 303 {
		t.Errorf("a session from before: %d", a.StatusCode)
	}
	for secret, want := range map[string]int{"forgotten horse": 400, password: 303} {
		if a := s.byPassword("bob", secret); a.StatusCode != want {
			t.Errorf("%s: %d, want %d", secret, a.StatusCode, want)
		}
	}
	if a := s.sendForm(path, "", url.Values{"password": {"another horse"}}); a.StatusCode != 404 {
		t.Errorf("the link again: %d, want 404", a.StatusCode)
	}
}

func TestTheAccountPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, elsewhere := s.signIn(s.bobKey), s.signIn(s.bobKey)
	album, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.bob}, "Holidays")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.admin}, "Secret")
	if err != nil {
		t.Fatal(err)
	}
	here.submit("/account", "/account?saved=1", url.Values{
		"display_name": {" Bob the <b> "}, "account_language": {"de"}, "expiration": {"P1W"}, "album_id": {album.Slug},
	})
	bob, err := s.db.User(t.Context(), s.bob.ID)
	if want := (media.Profile{DisplayName: "Bob the <b>", Language: "de", DefaultAlbum: album.ID, DefaultExpiration: "P1W"}); err != nil || bob.Profile != want {
		t.Errorf("profile: got %+v, %v, want %+v", bob.Profile, err, want)
	}
	body := here.get("/").body
	for _, chosen := range []string{`value="P1W" selected`, `value="` + album.Slug + `" selected`} {
		if !strings.Contains(body, chosen) {
			t.Errorf("the upload page does not choose %s", chosen)
		}
	}
	for _, form := range []url.Values{{"album_id": {foreign.Slug}}, {"expiration": {"soon"}}} {
		if a := here.sendForm("/account", here.cookie, form); a.StatusCode != 400 {
			t.Errorf("%v: %d, want 400", form, a.StatusCode)
		}
	}

	here.submit("/account/password", "/account?saved=1", url.Values{"password": {password}})
	if a := elsewhere.get("/gallery"); a.StatusCode != 303 {
		t.Errorf("another session after the password changed: %d", a.StatusCode)
	}
	for _, form := range []url.Values{{"password": {"another horse"}}, {"present": {"wrong horse"}, "password": {"another horse"}}, {"present": {password}, "password": {"short"}}} {
		if a := here.sendForm("/account/password", here.cookie, form); a.StatusCode != 400 {
			t.Errorf("%v: %d, want 400", form, a.StatusCode)
		}
	}
	here.submit("/account/password", "/account?saved=1", url.Values{"present": {password}, "password": {"another horse"}})
	a := s.byPassword("bob", "another horse")
	elsewhere.cookie = a.Cookies()[0].Name + "=" + a.Cookies()[0].Value
	if len(a.Cookies()) != 2 || a.Cookies()[1].Value != "de" {
		t.Errorf("the language does not come with the user: %v", a.Cookies())
	}
	here.submit("/account/sessions/end", "/account?saved=1", nil)
	if here.get("/gallery").StatusCode != 200 || elsewhere.get("/gallery").StatusCode != 303 {
		t.Error("signing out everywhere else does not")
	}

	if a := here.sendForm("/account/delete", here.cookie, url.Values{"name": {"bob"}, "password": {"wrong horse"}}); a.StatusCode != 400 {
		t.Errorf("deleting with a wrong password: %d, want 400", a.StatusCode)
	}
	admin := s.signIn(s.key)
	if a := admin.sendForm("/account/delete", admin.cookie, url.Values{"name": {"admin"}}); a.StatusCode != 400 {
		t.Errorf("deleting the last admin: %d, want 400", a.StatusCode)
	}
	here.submit("/account/delete", "/", url.Values{"name": {"bob"}, "password": {"another horse"}})
	if a := s.uploadByHeader(s.bobKey); a.StatusCode != 400 {
		t.Errorf("an upload of the deleted user: %d, want 400", a.StatusCode)
	}
}

// TestLinksForAPasswordEnd makes two links, and changes the password in another way.
func TestLinksForAPasswordEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	gone := func(path string) {
		t.Helper()
		if a := s.sendForm(path, "", url.Values{"password": {"another horse"}}); a.StatusCode != 404 || len(a.Cookies()) != 0 {
			t.Errorf("%d, cookies %v, want 404", a.StatusCode, a.Cookies())
		}
	}
	first := s.invite(media.Invitation{UserID: s.bob.ID, Uses: 1})
	second := s.invite(media.Invitation{UserID: s.bob.ID, Uses: 1})
	gone(first)
	if a := s.sendForm(second, "", url.Values{"password": {password}}); a.StatusCode != 303 {
		t.Fatalf("the newer link: %d", a.StatusCode)
	}
	gone(first)
	third := s.invite(media.Invitation{UserID: s.bob.ID, Uses: 1})
	s.signIn(s.bobKey).submit("/account/password", "/account?saved=1", url.Values{"present": {password}, "password": {"own horse"}})
	gone(third)
	if a := s.byPassword("bob", "own horse"); a.StatusCode != 303 {
		t.Errorf("sign in: %d", a.StatusCode)
	}
}
