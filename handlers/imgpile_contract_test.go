package handlers_test

import (
	"bytes"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// walker calls every endpoint, holds each answer against the OpenAPI file, and
// writes down what came.
type walker struct {
	*site
	api    *openAPI
	annKey string   // of a stranger
	names  []string // pairs for strings.NewReplacer, of what differs from run to run
	log    bytes.Buffer
}

// call sends a request as the user of a key, "" for a guest. A body that is no
// JSON goes with its own content type.
func (w *walker) call(what, method, path, key string, body ...string) map[string]any {
	w.t.Helper()
	w.db.closeGaps(w.t)
	var headers []string
	if key != "" {
		headers = append(headers, "Authorization", "Bearer "+key)
	}
	contentType := "application/json"
	if len(body) > 1 {
		contentType = body[1]
	}
	text := strings.Join(body[:min(len(body), 1)], "")
	if text != "" {
		headers = append(headers, "Content-Type", contentType)
	}
	a := w.do(method, "/api/v1"+path, strings.NewReader(text), headers...)
	v := w.jsonObject(a)
	if a.Header.Get("X-RateLimit-Limit") == "" || a.Header.Get("X-RateLimit-Remaining") == "" {
		w.t.Errorf("%s: got no rate limit in the headers: %v", what, a.Header)
	}
	w.api.check(w.t, what, method, "/api/v1"+path, a.StatusCode, a.body)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(a.body), "", "  "); err != nil {
		w.t.Fatal(err)
	}
	fmt.Fprintf(&w.log, "# %s\n%s %s\n%d\n%s\n\n", what, method, path, a.StatusCode, pretty.String())
	return v
}

// named remembers a text that is another in every run.
func (w *walker) named(name string, value any) string {
	w.t.Helper()
	text, ok := value.(string)
	if !ok || text == "" {
		w.t.Fatalf("no %s: got %v", name, value)
	}
	w.names = append(w.names, text, name)
	return text
}

func (w *walker) fileBody(filename string, data []byte, fields ...string) (body, contentType string) {
	b, contentType := multipartBody(w.t, filename, data, fields...)
	return strings.Replace(b.String(), `name="source"`, `name="file"`, 1), contentType
}

// TestImgpileContract walks every endpoint with every error of its own, and
// compares all answers with testdata/imgpile.golden. UPDATE_GOLDEN=1 writes
// the file anew: read what changed.
func TestImgpileContract(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withRates(1000))
	s.now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	w := &walker{site: s, api: readOpenAPI(t), names: []string{s.URL, "BASE"}}
	_, w.annKey = s.addUser("ann", false)
	w.walkUploadHost()
	w.walkMedia()
	w.walkPosts()
	w.walkComments()
	w.walkUsers()
	w.walkFaults()
	got := strings.NewReplacer(w.names...).Replace(w.log.String())
	golden := filepath.Join("testdata", "imgpile.golden")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, got, string(want))
	w.api.checkCovered(t)
}

// compareLines reports the first line that differs.
func compareLines(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("line %d:\ngot  %q\nwant %q", i+1, strings.Join(g[min(i, len(g)):min(i+3, len(g))], "\n"),
				strings.Join(w[min(i, len(w)):min(i+3, len(w))], "\n"))
		}
	}
}

// walkUploadHost sends an upload to the wrong one of two hosts.
func (w *walker) walkUploadHost() {
	body, kind := w.fileBody("a.jpg", plainJPEG(w.t, 20, 10))
	other := newSite(w.t, withImgpile, withRates(1000), func(s *settings) { s.CDN = "https://cdn.example.org" })
	away := &walker{site: other, api: w.api}
	away.call("an upload that belongs to another host", "POST", "/media", other.bobKey, body, kind)
	w.log.Write(away.log.Bytes())
	a := other.do("POST", "/api/v1/media", strings.NewReader(body), "Host", "cdn.example.org", "Content-Type", kind,
		"Authorization", "Bearer "+other.bobKey)
	if url := dig(other.jsonObject(a), "media", "urls", "original"); !strings.HasPrefix(fmt.Sprint(url), "https://cdn.example.org/f/") {
		w.t.Errorf("an upload to the upload host: got %d %s", a.StatusCode, a.body)
	}
}

func (w *walker) walkMedia() {
	file := func(width int) (string, string) {
		return w.fileBody(fmt.Sprintf("w%d.jpg", width), plainJPEG(w.t, width, width/2))
	}
	a, kind := file(1000)
	slug := w.named("MEDIA_1", dig(w.call("a picture is uploaded", "POST", "/media", w.bobKey, a, kind), "media", "slug"))
	w.waitProcessed(slug)
	w.call("and has its renditions", "GET", "/media/"+slug, "")
	b, kind := file(120)
	w.named("MEDIA_2", dig(w.call("one too small for renditions", "POST", "/media", w.bobKey, b, kind), "media", "slug"))
	w.call("a video has a thumb", "POST", "/media", w.bobKey, w.videoBody()...)
	w.named("MEDIA_3", w.newestSlug())

	w.call("an upload as a guest", "POST", "/media", "", b, kind)
	w.call("with an unknown token", "POST", "/media", "chv_none", b, kind)
	w.call("without a file", "POST", "/media", w.bobKey, "{}")
	text, kind := w.fileBody("a.txt", []byte("text"))
	w.call("of a text", "POST", "/media", w.bobKey, text, kind)
	large, kind := w.fileBody("a.jpg", append(plainJPEG(w.t, 10, 10), make([]byte, 5_000_000)...))
	w.call("of too many bytes", "POST", "/media", w.bobKey, large, kind)
	other, kind := w.fileBody("b.jpg", plainJPEG(w.t, 90, 40), "post_id", "77")
	w.call("for a post that is not there", "POST", "/media", w.bobKey, other, kind)
	w.call("that breaks off", "POST", "/media", w.bobKey, other[:len(other)/2], kind)
	banned := plainJPEG(w.t, 66, 33)
	w.ban(banned)
	text, kind = w.fileBody("c.jpg", banned)
	w.call("of a banned file", "POST", "/media", w.bobKey, text, kind)

	w.call("an edit", "PATCH", "/media/"+slug, w.bobKey, `{"title": "Sea", "description": "At \"noon\""}`)
	w.call("shows", "GET", "/media/"+slug, "")
	w.call("an edit to nothing", "PATCH", "/media/"+slug, w.bobKey, `{"title": null}`)
	w.call("an edit of wrong fields", "PATCH", "/media/"+slug, w.bobKey, `{"title": 5, "description": []}`)
	w.call("an edit that is no JSON", "PATCH", "/media/"+slug, w.bobKey, `{`)
	w.call("an edit as a guest", "PATCH", "/media/"+slug, "", `{}`)
	w.call("an edit as a stranger", "PATCH", "/media/"+slug, w.annKey, `{}`)
	w.call("an edit of nothing", "PATCH", "/media/AAAAAAA", w.bobKey, `{}`)
	w.call("a deletion as a guest", "DELETE", "/media/"+slug, "")
	w.call("a deletion as a stranger", "DELETE", "/media/"+slug, w.annKey)
	w.call("a deletion of nothing", "DELETE", "/media/AAAAAAA", w.bobKey)
	gone, kind := file(40)
	v := w.call("one that does not stay", "POST", "/media", w.bobKey, gone, kind)
	w.call("is deleted", "DELETE", "/media/"+w.named("MEDIA_4", dig(v, "media", "slug")), w.bobKey)
	w.call("and is gone", "GET", "/media/"+dig(v, "media", "slug").(string), "")

	w.call("the list", "GET", "/media?limit=2", "")
	w.call("its second page", "GET", "/media?limit=2&page=2", "")
	w.call("a page behind the end", "GET", "/media?limit=2&page=9", "")
	w.call("the list of an unknown user", "GET", "/media?username=nobody&limit=999", "")
	w.call("the list of the last day under a tag", "GET", "/media?tag=sea&period=day&nsfw=1", "")
	w.call("the list with an unknown token", "GET", "/media", "chv_none")
	w.call("one with an unknown token", "GET", "/media/"+slug, "chv_none")
}

func (w *walker) videoBody() []string {
	w.t.Helper()
	data, err := os.ReadFile("../media/video/testdata/h264_first_sound.mp4")
	if err != nil {
		w.t.Fatal(err)
	}
	body, kind := w.fileBody("clip.mp4", data)
	return []string{body, kind}
}

func (w *walker) newestSlug() any {
	_, v := w.v1("GET", "/media?limit=1", "", "")
	return dig(v, "data", 0, "slug")
}

func (w *walker) ban(data []byte) {
	w.t.Helper()
	err := w.db.InsertBan(w.t.Context(), media.Ban{Digest: fmt.Sprintf("%x", md5.Sum(data)), Reason: "test", CreatedAt: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *walker) walkPosts() {
	v := w.call("a post", "POST", "/posts", w.bobKey, `{"media_ids": [1, 2]}`)
	post := w.named("POST_1", dig(v, "post", "slug"))
	w.call("of nothing", "POST", "/posts", w.bobKey, `{"media_ids": []}`)
	w.call("of what is no list", "POST", "/posts", w.bobKey, `{"media_ids": 1}`)
	w.call("of no numbers", "POST", "/posts", w.bobKey, `{"media_ids": ["x", -1]}`)
	w.call("of a stranger's", "POST", "/posts", w.annKey, `{"media_ids": [1]}`)
	w.call("as a guest", "POST", "/posts", "", `{"media_ids": [1]}`)
	w.call("of a body that is no object", "POST", "/posts", w.bobKey, `[]`)

	w.call("a post that is not there", "GET", "/posts/AAAAAAA", "")
	w.call("as a guest sees it", "GET", "/posts/"+post, "")
	w.call("as its owner sees it, a medium a page", "GET", "/posts/1?perPage=1&mediaPage=2", w.bobKey)
	w.call("an edit", "PATCH", "/posts/"+post, w.bobKey,
		`{"title": "Two", "description": "of them", "tags": ["sea", "sky"], "media_order": ["`+w.slugOf(2)+`"], "media_ids": [3]}`)
	w.call("shows", "GET", "/posts/"+post, "")
	w.call("an edit of wrong fields", "PATCH", "/posts/"+post, w.bobKey,
		`{"title": "`+strings.Repeat("x", 256)+`", "visibility": "secret", "is_nsfw": "maybe", "media_order": ["AAAAAAA"], "tags": [1]}`)
	w.call("an edit with a stranger's media", "PATCH", "/posts/"+post, w.bobKey, `{"media_ids": [99]}`)
	w.call("an edit that is no JSON", "PATCH", "/posts/"+post, w.bobKey, `{"`)
	w.call("an edit as a guest", "PATCH", "/posts/"+post, "", `{}`)
	w.call("an edit as a stranger", "PATCH", "/posts/"+post, w.annKey, `{}`)
	w.call("an edit of nothing", "PATCH", "/posts/AAAAAAA", w.bobKey, `{}`)

	w.call("an upvote", "POST", "/posts/"+post+"/upvote", w.annKey)
	w.call("shows to who gave it", "GET", "/posts/1", w.annKey)
	w.call("a downvote replaces it", "POST", "/posts/1/downvote", w.annKey)
	w.call("and again takes it back", "POST", "/posts/1/downvote", w.annKey)
	for _, vote := range []string{"upvote", "downvote"} {
		w.call("a vote as a guest", "POST", "/posts/1/"+vote, "")
		w.call("a vote on nothing", "POST", "/posts/AAAAAAA/"+vote, w.annKey)
	}
	w.call("the list", "GET", "/posts?tag=sky&username=bob&period=week", "")
	w.call("the list with an unknown token", "GET", "/posts", "chv_none")
	w.call("one with an unknown token", "GET", "/posts/1", "chv_none")

	w.call("it becomes adult", "PATCH", "/posts/1", w.bobKey, `{"is_nsfw": true}`)
	w.call("and leaves the list", "GET", "/posts", "")
	w.call("unless wanted", "GET", "/posts?nsfw=1&sort=random&seed=5", "")
	v = w.call("it becomes private", "PATCH", "/posts/1", w.bobKey, `{"visibility": "private"}`)
	key := w.named("ACCESS_KEY", v["access_key"])
	w.call("and is shut", "GET", "/posts/"+post, "")
	w.call("and by its number not there", "GET", "/posts/1", "")
	w.call("so are its media", "GET", "/media/"+w.slugOf(1), "")
	for _, vote := range []string{"upvote", "downvote"} {
		w.call("and votes", "POST", "/posts/"+post+"/"+vote, w.annKey)
	}
	w.call("with its key it opens", "GET", "/posts/1?key="+key, "")
	w.call("it becomes hidden", "PATCH", "/posts/1", w.bobKey, `{"visibility": "hidden"}`)
	w.call("and opens to all who know it", "GET", "/posts/"+post, "")
	w.call("not to who counts", "GET", "/posts/1", "")
	w.call("it becomes public", "PATCH", "/posts/1", w.bobKey, `{"visibility": "public", "is_nsfw": false}`)
	w.call("a post of media of which one is in another", "POST", "/posts", w.bobKey, `{"media_ids": [99, 3]}`)
	fresh := w.mustPile(w.bobKey, 30)
	w.named("MEDIA_5", fresh["slug"])
	v = w.call("a post that is deleted", "POST", "/posts", w.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(fresh["id"])))
	w.named("POST_2", dig(v, "post", "slug"))
	w.call("an edit with media of the other post", "PATCH", "/posts/2", w.bobKey, `{"media_ids": [3]}`)
	w.call("not by a guest", "DELETE", "/posts/2", "")
	w.call("nor by a stranger", "DELETE", "/posts/2", w.annKey)
	w.call("but by its owner", "DELETE", "/posts/2", w.bobKey)
	w.call("once", "DELETE", "/posts/2", w.bobKey)
	w.call("its media stay", "GET", "/media/"+fresh["slug"].(string), "")
}

// slugOf is the slug of the media with a number.
func (w *walker) slugOf(number int) string {
	name := fmt.Sprintf("MEDIA_%d", number)
	return w.names[slices.Index(w.names, name)-1]
}

func (w *walker) walkComments() {
	const comments = "/posts/1/comments"
	w.call("a comment", "POST", comments, w.annKey, `{"content": "Nice <b>sea</b>"}`)
	w.call("an answer to it", "POST", comments, w.bobKey, `{"content": "Thanks", "parent_id": 1}`)
	w.call("of nothing", "POST", comments, w.annKey, `{"content": ""}`)
	w.call("of no text", "POST", comments, w.annKey, `{"content": 5, "parent_id": "x"}`)
	w.call("of too much text", "POST", comments, w.annKey, `{"content": "`+strings.Repeat("é", 501)+`"}`)
	w.call("to no comment", "POST", comments, w.annKey, `{"content": "x", "parent_id": 9}`)
	w.call("that is no JSON", "POST", comments, w.annKey, `x`)
	w.call("as a guest", "POST", comments, "", `{"content": "x"}`)
	w.call("on nothing", "POST", "/posts/AAAAAAA/comments", w.annKey, `{"content": "x"}`)
	w.call("the list", "GET", comments+"?limit=1", "")
	w.call("the list with an unknown token", "GET", comments, "chv_none")
	w.call("the list of nothing", "GET", "/posts/AAAAAAA/comments", "")
	w.call("an upvote", "POST", "/comments/1/upvote", w.bobKey)
	w.call("a downvote replaces it", "POST", "/comments/1/downvote", w.bobKey)
	for _, vote := range []string{"upvote", "downvote"} {
		w.call("a vote as a guest", "POST", "/comments/1/"+vote, "")
		w.call("a vote on nothing", "POST", "/comments/99/"+vote, w.bobKey)
	}
	w.call("on a private post", "PATCH", "/posts/1", w.bobKey, `{"visibility": "private"}`)
	w.named("ACCESS_KEY", w.accessKey())
	_, v := w.v1("GET", "/posts/1", w.bobKey, "")
	secret := "/posts/" + dig(v, "data", "slug").(string) + "/comments"
	w.call("there are no comments for others", "GET", secret, "")
	w.call("nor from others", "POST", secret, w.annKey, `{"content": "x"}`)
	w.call("nor for who counts", "GET", comments, "")
	for _, vote := range []string{"upvote", "downvote"} {
		w.call("nor votes of others", "POST", "/comments/2/"+vote, w.annKey)
	}
	w.call("until it is public", "PATCH", "/posts/1", w.bobKey, `{"visibility": "public"}`)
	w.call("a deletion as a guest", "DELETE", "/comments/2", "")
	w.call("as a stranger", "DELETE", "/comments/2", w.annKey)
	w.call("by its writer", "DELETE", "/comments/2", w.bobKey)
	w.call("once", "DELETE", "/comments/2", w.bobKey)
}

func (w *walker) accessKey() any {
	_, v := w.v1("GET", "/posts/1", w.bobKey, "")
	return dig(v, "data", "access_key")
}

func (w *walker) walkUsers() {
	w.call("one follows another", "POST", "/users/bob/follow", w.annKey)
	w.call("once", "POST", "/users/bob/follow", w.annKey)
	w.call("not oneself", "POST", "/users/bob/follow", w.bobKey)
	w.call("not as a guest", "POST", "/users/bob/follow", "")
	w.call("not nobody", "POST", "/users/nobody/follow", w.annKey)
	for _, list := range []string{"posts", "media", "comments", "followers", "following"} {
		w.call("bob's "+list, "GET", "/users/bob/"+list+"?limit=1", "")
		w.call("with an unknown token", "GET", "/users/bob/"+list, "chv_none")
		w.call("nobody's "+list, "GET", "/users/nobody/"+list, "")
	}
	w.call("whom ann follows", "GET", "/users/ann/following", "")
	w.call("one follows no longer", "DELETE", "/users/bob/follow", w.annKey)
	w.call("and once more", "DELETE", "/users/bob/follow", w.annKey)
	w.call("nobody", "DELETE", "/users/nobody/follow", w.annKey)
	w.call("not as a guest", "DELETE", "/users/bob/follow", "")
}

// walkFaults ends the walk: it takes the database away.
func (w *walker) walkFaults() {
	a := w.do("GET", "/api/v1/nothing", nil)
	if a.StatusCode != http.StatusNotFound || dig(w.jsonObject(a), "message") != "Not found." {
		w.t.Errorf("an unknown endpoint: got %d %s", a.StatusCode, a.body)
	}
	w.db.Close()
	w.call("a fault of the server", "GET", "/media", "")
}
