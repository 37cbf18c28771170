package handlers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// TestPagesOfPosts walks through a post's life by its page's forms.
func TestPagesOfPosts(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	_, ann := s.addUser("ann", false)
	m := s.mustPile(s.bobKey, 300)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(m["id"])))
	slug := dig(v, "post", "slug").(string)
	path := "/album/" + slug
	bob, other, guest := s.signIn(s.bobKey), s.signIn(ann), s.guest()
	bob.wants(path+"?edit", http.StatusOK, `id="manage" open`, `href="/u/bob"`)

	bob.mustPost(path+"/edit", "title", "Sea & <sky>", "description", "two\nlines", "tags", "sea,sky", "visibility", "public")
	guest.wants(path, http.StatusOK, "Sea &amp; &lt;sky&gt;", "two\nlines", `property="og:title" content="Sea &amp; &lt;sky&gt;"`, "/images/", "1 view")
	guest.wants(path, http.StatusOK, "2 views")
	if a := guest.post(path+"/vote", "vote", "1"); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
		t.Errorf("a guest's vote: got %d to %s, want the way to sign in", a.StatusCode, a.Header.Get("Location"))
	}
	other.mustPost(path+"/vote", "vote", "1")
	other.wants(path, http.StatusOK, `value="1" aria-pressed="true"`)
	other.mustPost(path+"/comments", "content", "  Nice <b>one</b> ")
	bob.mustPost(path+"/comments", "content", "Thanks", "parent", "1")
	guest.wants(path, http.StatusOK, "2 comments", "Nice &lt;b&gt;one&lt;/b&gt;", `depth-1" id="comment-2"`)
	bob.mustPost(path+"/comments/1/vote", "vote", "-1")
	if a := other.post(path+"/comments", "content", strings.Repeat("x", 501)); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, "1 to 500") {
		t.Errorf("a long comment: got %d", a.StatusCode)
	}
	if a := other.post(path + "/comments/2/delete"); a.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger deletes a comment: got %d, want 403", a.StatusCode)
	}
	other.mustPost(path + "/comments/1/delete")
	guest.wants(path, http.StatusOK, "0 comments")
	if a := other.post(path+"/edit", "title", "mine", "visibility", "public"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger's edit: got %d, want 404", a.StatusCode)
	}

	bob.mustPost(path+"/edit", "title", "Night", "visibility", "public", "marks", "1", "nsfw", "1")
	guest.wants(path, http.StatusOK, `content="adult"`, `class="thumb sensitive" id="item-`+m["slug"].(string))

	bob.mustPost(path+"/edit", "title", "Night", "visibility", "private")
	_, v = s.v1("GET", "/posts/"+slug, s.bobKey, "")
	key := dig(v, "data", "access_key").(string)
	guest.wants(path, http.StatusForbidden)
	here := path + "?key=" + key // what the page leads back to is open, too
	guest.wants(here, http.StatusOK, "Night", `name="back" value="`+here+`"`, `<a href="/sign-in?back=`+strings.NewReplacer("/", "%2f", "?", "%3f", "=", "%3d").Replace(here)+`"`)
	guest.wants("/sign-in?back="+url.QueryEscape(here), http.StatusOK, `<a href="/sign-in" aria-current="page">`)
	if a := other.post(path+"/vote", "vote", "1"); a.StatusCode != http.StatusForbidden {
		t.Errorf("a vote on a private post: got %d, want 403", a.StatusCode)
	}
	other.mustPost(path+"/vote", "vote", "1", "key", key)
	bob.mustPost(path + "/delete")
	guest.wants(path, http.StatusNotFound)
}

// TestAddressesOfPostsLeadToAlbums follows links, and a form that a browser has kept.
func TestAddressesOfPostsLeadToAlbums(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	m := s.mustPile(s.bobKey, 300)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d], "visibility": "private"}`, numberOf(m["id"])))
	slug, number := dig(v, "post", "slug").(string), numberOf(dig(v, "post", "id"))
	s.v1("PATCH", "/posts/"+slug, s.bobKey, `{"visibility": "private"}`)
	_, v = s.v1("GET", "/posts/"+slug, s.bobKey, "")
	key := "?key=" + dig(v, "data", "access_key").(string)
	bob, guest := s.signIn(s.bobKey), s.guest()
	for _, test := range []struct {
		by       *visitor
		path, to string
		status   int
	}{
		{bob, "/p/" + slug, "/album/" + slug, http.StatusMovedPermanently},
		{bob, fmt.Sprintf("/p/%d", number), "/album/" + slug, http.StatusMovedPermanently},
		{guest, "/p/" + slug + key, "/album/" + slug + key, http.StatusMovedPermanently},
		{guest, "/p/" + slug, "", http.StatusForbidden},
		{guest, fmt.Sprintf("/p/%d", number), "", http.StatusNotFound},
		{guest, "/p/" + slug + "/vote", "/album/" + slug + "/vote", http.StatusPermanentRedirect},
	} {
		t.Run(test.path, func(t *testing.T) {
			a := test.by.get(test.path)
			if a.StatusCode != test.status || a.Header.Get("Location") != test.to {
				t.Errorf("got %d to %q, want %d to %q", a.StatusCode, a.Header.Get("Location"), test.status, test.to)
			}
			if test.to != "" && test.status == http.StatusMovedPermanently && !strings.Contains(a.Header.Get("Cache-Control"), "private") {
				t.Errorf("any cache may keep it: %v", a.Header)
			}
		})
	}
	bob.mustPost("/album/"+slug+"/edit", "title", "x", "visibility", "private", "password", "waves")
	guest.wants(fmt.Sprintf("/p/%d%s", number, key), http.StatusForbidden, `action="/album/`+slug+`/open"`)
	if a := bob.post("/p/"+slug+"/comments", "content", "x"); a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != "/album/"+slug+"/comments" {
		t.Errorf("a form: got %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
}

// post sends a form of a page of the site.
func (v *visitor) post(path string, fields ...string) answer {
	v.t.Helper()
	form := make(url.Values)
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.sendForm(path, v.cookie, form)
}

func (v *visitor) mustPost(path string, fields ...string) answer {
	v.t.Helper()
	a := v.post(path, fields...)
	if a.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("POST %s: got %d %.300s", path, a.StatusCode, a.body)
	}
	return a
}

// wants opens a page that has to have texts in it.
func (v *visitor) wants(path string, status int, texts ...string) answer {
	v.t.Helper()
	a := v.get(path)
	if a.StatusCode != status {
		v.t.Errorf("GET %s: got %d, want %d", path, a.StatusCode, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			v.t.Errorf("GET %s: no %q in\n%s", path, text, a.body)
		}
	}
	return a
}

func TestPagesOfUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	m := s.mustPile(s.bobKey, 300)
	s.mustPile(s.bobKey, 310)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(m["id"])))
	slug := dig(v, "post", "slug").(string)
	admin, guest := s.signIn(s.key), s.guest()
	guest.wants("/u/bob", http.StatusOK, "1 album", "2 files", "0 followers", "/album/"+slug)
	guest.wants("/u/bob?tab=media", http.StatusOK, "w300", "w310", `id="many"`, "lightbox.js")
	if a := guest.post("/items/links", "all", "1", "list", "/u/bob?tab=media", "count", "2"); a.StatusCode != http.StatusOK || strings.Count(a.body, `name="id"`) != 2 {
		t.Errorf("the links of all: %d %.300s", a.StatusCode, a.body)
	}
	guest.wants("/u/nobody", http.StatusNotFound)
	admin.mustPost("/u/bob/follow", "follow", "1")
	admin.mustPost("/u/bob/follow", "follow", "1")
	guest.wants("/u/bob?tab=followers", http.StatusOK, "1 follower", `href="/u/admin"`)
	guest.wants("/u/admin?tab=following", http.StatusOK, "Following 1", `href="/u/bob"`)
	admin.wants("/u/bob", http.StatusOK, "Unfollow")
	admin.mustPost("/u/bob/follow", "follow", "0")
	guest.wants("/u/bob", http.StatusOK, "0 followers")
	if _, v := s.v1("PATCH", "/posts/"+slug, s.bobKey, `{"visibility": "hidden"}`); v["message"] == "" {
		t.Error(v)
	}
	a := guest.wants("/u/bob", http.StatusOK, "0 albums", "1 file")
	if strings.Contains(a.body, slug) {
		t.Error("the page of a user tells of a hidden post")
	}
}

var keyInPage = regexp.MustCompile(`chv_[0-9a-f]{64}`)

// TestKeysAreMadeShownOnceAndRevoked makes a key, uses it, and takes it back.
func TestKeysAreMadeShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	bob, admin := s.signIn(s.bobKey), s.signIn(s.key)
	a := bob.post("/keys", "name", "My <phone>")
	key := keyInPage.FindString(a.body)
	if key == "" || !strings.Contains(a.body, "My &lt;phone&gt;") || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Fatalf("a new key: got %d with %v and %.2000s", a.StatusCode, a.Header, a.body)
	}
	if a := bob.get("/keys"); strings.Contains(a.body, key) || !strings.Contains(a.body, "My &lt;phone&gt;") {
		t.Error("the key is shown again, or not listed")
	}
	s.mustPile(key, 20)
	for api, field := range map[string]string{"chevereto": "source", "imgpile": "file"} {
		a := bob.post("/keys/sxcu", "key", key, "api", api)
		var uploader struct{ RequestURL, FileFormName, URL string }
		if err := json.Unmarshal([]byte(a.body), &uploader); err != nil || uploader.FileFormName != field || !strings.Contains(a.body, key) {
			t.Errorf("uploader for %s: %v, got %s", api, err, a.body)
		}
		if !strings.Contains(a.Header.Get("Content-Disposition"), ".sxcu") {
			t.Errorf("got %v", a.Header)
		}
	}
	if a := bob.post("/keys/sxcu", "key", `","x":"`); a.StatusCode != http.StatusBadRequest {
		t.Errorf("an uploader with what is no key: got %d", a.StatusCode)
	}
	keys, err := s.db.KeysOf(t.Context(), s.bob.ID)
	if err != nil || len(keys) != 2 {
		t.Fatalf("got %d keys, %v", len(keys), err)
	}
	revoke := fmt.Sprintf("/keys/%d/revoke", keys[0].ID)
	if a := admin.post(revoke); a.StatusCode != http.StatusNotFound {
		t.Errorf("another user revokes it: got %d, want 404", a.StatusCode)
	}
	bob.mustPost(revoke)
	if status, _ := s.v1("POST", "/posts", key, `{"media_ids": [1]}`); status != http.StatusUnauthorized {
		t.Errorf("a revoked key: got %d, want 401", status)
	}
	for range 99 {
		if a := bob.post("/keys"); a.StatusCode != http.StatusOK {
			t.Fatalf("got %d", a.StatusCode)
		}
	}
	if a := bob.post("/keys"); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, "too many API keys") {
		t.Errorf("one key too many: got %d", a.StatusCode)
	}
	if a := bob.post("/tools/key"); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, "too many API keys") {
		t.Errorf("one key too many on the page of programs: got %d", a.StatusCode)
	}
}

func TestModerationPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withModeration)
	slug := s.mustPile(s.bobKey, 300)["slug"].(string)
	admin, bob, guest := s.signIn(s.key), s.signIn(s.bobKey), s.guest()
	admin.wants("/moderation", http.StatusOK, slug, "1 file", `href="/moderation"`)
	if a := bob.get("/moderation"); a.StatusCode != http.StatusForbidden {
		t.Errorf("a user: got %d, want 403", a.StatusCode)
	}
	if a := bob.post("/moderation/"+slug, "verdict", "approved"); a.StatusCode != http.StatusForbidden {
		t.Errorf("a user's verdict: got %d, want 403", a.StatusCode)
	}
	if a := admin.post("/moderation/"+slug, "verdict", "perhaps"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown verdict: got %d, want 400", a.StatusCode)
	}
	admin.mustPost("/moderation/"+slug, "verdict", "rejected")
	admin.wants("/moderation", http.StatusOK, "Nothing to review.")
	guest.wants("/image/"+slug, http.StatusNotFound)
	if a := bob.get("/f/" + slug + ".jpg"); a.StatusCode != http.StatusOK {
		t.Errorf("its owner, signed in: got %d, want the file", a.StatusCode)
	}
	bob.wants("/gallery", http.StatusOK, slug)
}

// TestRejectedItemsAreInNoList looks for one in an album, beside its
// neighbours, in a post, and as a cover.
func TestRejectedItemsAreInNoList(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withModeration)
	a, b := s.mustPile(s.bobKey, 300), s.mustPile(s.bobKey, 310)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d, %d]}`, numberOf(a["id"]), numberOf(b["id"])))
	post, rejected, shown := dig(v, "post", "slug").(string), a["slug"].(string), b["slug"].(string)
	for slug, verdict := range map[string]media.Moderation{rejected: media.ModerationRejected, shown: media.ModerationApproved} {
		if _, err := s.db.SetModeration(t.Context(), slug, verdict); err != nil {
			t.Fatal(err)
		}
	}
	guest := s.guest()
	page := guest.get("/image/" + shown)
	viewer := page.Header.Get("Location")
	for _, path := range []string{"/album/" + post, viewer + "?album=" + post, "/u/bob", "/u/bob?tab=media",
		"/api/v1/posts/" + post, "/api/v1/posts", "/api/v1/media", "/api/v1/users/bob/media", "/api/v1/users/bob/posts"} {
		a := guest.get(path)
		if a.StatusCode != http.StatusOK || strings.Contains(a.body, rejected) {
			t.Errorf("%s: got %d, and tells of the rejected file: %v", path, a.StatusCode, strings.Contains(a.body, rejected))
		}
	}
	bob := s.signIn(s.bobKey)
	bob.wants("/album/"+post, http.StatusOK, rejected)
}

// TestTheAPIHasAPage compares its list of endpoints with the OpenAPI file.
func TestTheAPIHasAPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	a := s.guest().wants("/api", http.StatusOK, s.URL+"/api/1/upload", "/api/openapi.json")
	page := betweenTags.ReplaceAllString(html.UnescapeString(a.body), "><")
	rows := regexp.MustCompile(`<code>(\w+)</code></td><td><code>`+regexp.QuoteMeta(s.URL)+`([^<]+)</code>`).FindAllStringSubmatch(page, -1)
	listed := make(map[string]bool)
	wild := regexp.MustCompile(`\{\w+\}`)
	for _, row := range rows {
		listed[strings.ToLower(row[1])+" "+wild.ReplaceAllString(row[2], "{}")] = true
	}
	file := readOpenAPI(t)
	count := 0
	for path, operations := range file.doc["paths"].(map[string]any) {
		for method := range operations.(map[string]any) {
			count++
			if call := method + " " + wild.ReplaceAllString(path, "{}"); !listed[call] {
				t.Errorf("the page lacks %s", call)
			}
		}
	}
	if count != len(listed) {
		t.Errorf("the page lists %d endpoints, the file %d", len(listed), count)
	}
	for _, want := range []string{
		`href="/keys"`, `"delete_url": "`, `"message": "Invalid API key."`, "Upload an image or a video.",
		"<code>post_id</code>", "Number or slug of a post of one's own", "<code>media_ids</code> *", "up to 500 characters", "public | hidden | private",
		`{"media": Media, "message": "Media created successfully"}`, "<dt><code>451</code></dt><dd>The file matches a banned hash. Banned", "<code>moderation_status</code>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	served := s.do("GET", "/api/openapi.json", nil)
	if !json.Valid([]byte(served.body)) || served.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the file: got %d %v", served.StatusCode, served.Header)
	}
	if a := s.do("GET", "/api", nil, "Accept", "*/*"); a.StatusCode != http.StatusBadRequest || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Errorf("/api for programs: got %d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
	off := newSite(t)
	if a := off.guest().get("/api"); strings.Contains(a.body, "imgpile") {
		t.Error("a server without the second API documents it")
	}
}

// TestWhatDeletedUsersLeave deletes a user while a thread of answers hangs on
// what the user has said, and lets an admin have an item back.
func TestWhatDeletedUsersLeave(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, func(set *settings) { set.Undo = media.Period{Days: 7} })
	ann, annKey := s.addUser("ann", false)
	kept, lost := s.mustPile(annKey, 300), s.mustPile(s.bobKey, 310)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(lost["id"])))
	comments := "/posts/" + dig(v, "post", "slug").(string) + "/comments"
	parent := int64(0)
	for i := range 2 * media.MaxCommentDepth {
		key := []string{annKey, s.bobKey}[i%2]
		status, v := s.v1("POST", comments, key, strings.Replace(fmt.Sprintf(`{"content": "x", "parent_id": %d}`, parent), ": 0", ": null", 1))
		if status != http.StatusCreated {
			t.Fatalf("answer %d: got %d %v", i, status, v)
		}
		parent = numberOf(dig(v, "comment", "id"))
	}
	if err := media.DeleteUser(t.Context(), s.db, ann.ID, media.Period{Days: 7}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, v := s.v1("GET", comments, "", ""); numberOf(dig(v, "meta", "total")) != 0 {
		t.Errorf("got %v, want no comments", v)
	}
	slug := kept["slug"].(string)
	for _, path := range []string{"/api/v1/media/" + slug, "/image/" + slug, "/f/" + slug + ".jpg"} {
		if a := s.do("GET", path, nil); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s of a deleted user: got %d, want 404", path, a.StatusCode)
		}
	}
	if a := s.signIn(s.bobKey).post("/items/" + slug + "/restore"); a.StatusCode != http.StatusNotFound {
		t.Errorf("another user restores it: got %d, want 404", a.StatusCode)
	}
	s.signIn(s.key).mustPost("/items/" + slug + "/restore")
	if a := s.do("GET", "/f/"+slug+".jpg", nil); a.StatusCode != http.StatusOK {
		t.Errorf("after an admin restored it: got %d, want 200", a.StatusCode)
	}
	if err := media.DeleteUser(t.Context(), s.db, s.admin.ID, media.Period{}, time.Now()); !errors.Is(err, media.ErrLastAdmin) {
		t.Errorf("the last admin: got %v, want %v", err, media.ErrLastAdmin)
	}
}
