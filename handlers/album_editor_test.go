package handlers_test

import (
	"archive/zip"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// TestTheOneEditorOfAnAlbum changes all that an album is, and deletes it with what is in it.
func TestTheOneEditorOfAnAlbum(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, guest := s.signIn(s.bobKey), s.guest()
	path := owner.mustPost("/albums", "title", "Trip").Header.Get("Location")
	slug := strings.TrimPrefix(path, "/album/")
	id := s.uploadAs(s.bobKey, "small.jpg", "album_id", slug)
	edit := func(fields ...string) media.Post {
		t.Helper()
		owner.mustPost(path+"/edit", fields...)
		p, err := s.db.PostBySlug(t.Context(), slug, 0, s.time())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := edit("title", " The  sea ", "description", "Far away", "tags", "sea, sun", "visibility", "private", "password", "waves")
	if p.Title != "The sea" || p.Description != "Far away" || len(p.Tags) != 2 || p.AccessKey == "" || p.Lock == "" {
		t.Errorf("got %+v", p)
	}
	owner.wants(path, http.StatusOK, "Far away", `value="sea, sun"`, `name="unlock"`)
	guest.wants(path, http.StatusForbidden)
	guest.wants(path+"?key="+p.AccessKey, http.StatusForbidden, `name="key" value="`+p.AccessKey+`"`)
	in := guest.opened(guest.mustPost(path+"/open", "password", "waves", "key", p.AccessKey))
	in.wants(path+"?key="+p.AccessKey, http.StatusOK)
	in.wants(path, http.StatusForbidden)
	for _, fields := range [][]string{{"title", "  "}, {"title", "x", "visibility", "secret"}} {
		if a := owner.post(path+"/edit", fields...); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: got %d", fields, a.StatusCode)
		}
	}
	if p := edit("title", "Sea", "visibility", "unlisted", "unlock", "1"); p.AccessKey != "" || p.Lock != "" || p.Description != "Far away" {
		t.Errorf("got %+v", p)
	}
	guest.wants(path, http.StatusOK)
	owner.mustPost(path+"/delete", "items", "1")
	owner.wants(path, http.StatusNotFound)
	owner.wants("/gallery/bin", http.StatusOK, "/items/"+id+"/restore")
}

// TestTheCoverOfAnAlbumIsChosen takes an older item for the cover than the newest, and
// takes it out again.
func TestTheCoverOfAnAlbumIsChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	_, carolKey := s.addUser("carol", false)
	owner := s.signIn(s.bobKey)
	path := owner.mustPost("/albums", "title", "Trip").Header.Get("Location")
	slug := strings.TrimPrefix(path, "/album/")
	older := s.uploadAs(s.bobKey, "small.jpg", "album_id", slug)
	s.now = s.now.Add(time.Second)
	newer, loose := s.uploadAs(s.bobKey, "photo.jpg", "album_id", slug), s.uploadAs(s.bobKey, "small.jpg")
	owner.wants(path, http.StatusOK, `value="cover"`, `value="take-out"`)
	owner.wants("/albums", http.StatusOK, "photo.th.jpg")
	for name, test := range map[string]struct {
		by     *visitor
		ids    []string
		status int
	}{
		"two":             {owner, []string{older, newer}, http.StatusBadRequest},
		"one in no album": {owner, []string{loose}, http.StatusUnprocessableEntity},
		"another's":       {s.signIn(carolKey), []string{older}, http.StatusUnprocessableEntity},
	} {
		t.Run(name, func(t *testing.T) {
			if a := test.by.choose("cover", test.ids); a.StatusCode != test.status {
				t.Errorf("%s: got %d, want %d", name, a.StatusCode, test.status)
			}
		})
	}
	owner.wants(path, http.StatusOK, `/images/2026/11/20/photo.jpg">`, `og:image`)
	done := owner.get(owner.choose("cover", []string{older}, "back", path).Header.Get("Location"))
	if !strings.Contains(done.body, `name="do" value="uncover"`) || !strings.Contains(done.body, "Cover of the album changed.") {
		t.Error("a cover cannot be undone without scripts")
	}
	owner.wants("/albums", http.StatusOK, "small.th.jpg")
	owner.wants(path, http.StatusOK, `/images/2026/11/20/small.jpg">`, `og:image`)
	done = owner.get(owner.choose("cover", []string{newer}, "back", path).Header.Get("Location"))
	if !strings.Contains(done.body, `name="do" value="cover"`) || !strings.Contains(done.body, `name="id" value="`+older+`">`) {
		t.Error("the cover before is not had back")
	}
	owner.wantChosen(path, "uncover", []string{older})
	owner.wants("/albums", http.StatusOK, "photo.th.jpg")
	owner.wantChosen(path, "cover", []string{older})
	at := owner.choose("tags", []string{older}, "sure", "1", "add", "blue", "back", path).Header.Get("Location")
	owner.wants(at, http.StatusOK, `name="remove" value="blue"`)
	s.signIn(s.key).wants(at, http.StatusOK, `id="undo"`) // and no button: it is signed for the owner
	if a := s.signIn(s.key).get(at); strings.Contains(a.body, `name="remove"`) {
		t.Error("another's form is taken")
	}
	if a := owner.get(strings.Replace(at, "blue", "grey", 1)); strings.Contains(a.body, `name="remove"`) {
		t.Error("a forged form is taken")
	}
	owner.wantChosen(path, "take-out", []string{older})
	owner.wants("/albums", http.StatusOK, "photo.th.jpg")
	owner.wantItems(path, newer)
}

// TestTheOrderOfAnAlbum puts the items of an album in an order, by their places and at
// once, and finds it wherever they stand one behind the other.
func TestTheOrderOfAnAlbum(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	_, carolKey := s.addUser("carol", false)
	owner, other := s.signIn(s.bobKey), s.signIn(carolKey)
	path := owner.mustPost("/albums", "title", "Trip").Header.Get("Location")
	slug := strings.TrimPrefix(path, "/album/")
	var ids []string
	for _, title := range []string{"b", "c", "A", "d"} {
		ids = append(ids, s.uploadAs(s.bobKey, "small.jpg", "album_id", slug, "title", title))
		s.now = s.now.Add(time.Second)
	}
	b, c, a, d := ids[0], ids[1], ids[2], ids[3]
	order := func(want []string, form url.Values) {
		t.Helper()
		if got := owner.sendForm(path+"/order", owner.cookie, form).Header.Get("Location"); got != path+"?done=order&n=1" {
			t.Errorf("to %s", got)
		}
		s.guest().wantItems(path, want...)
	}
	owner.wantItems(path, d, a, c, b)
	owner.wants(path+"/order", http.StatusOK, `name="place-`+d+`" value="1"`, `name="place-`+b+`" value="4"`)
	order([]string{c, d, b, a}, url.Values{"id": {c, d, b, a}})
	owner.wants(path+"?done=order&n=1", http.StatusOK, "Order of the album saved.")
	order([]string{a, c, d, b}, url.Values{"id": {c, d, b, a}, "place-" + a: {"1"}, "place-" + c: {"1"}, "place-" + b: {"x"}})
	order([]string{c, b, d, a}, url.Values{"id": {a, c, d, b}, "place-" + a: {"99"}, "place-" + d: {"3"}, "place-" + b: {"2"}})
	order([]string{d, a, c, b}, url.Values{"id": {c}, "by": {"newest"}})
	order([]string{b, c, a, d}, url.Values{"by": {"oldest"}})
	order([]string{a, b, c, d}, url.Values{"by": {"title"}})
	order([]string{d, a, b, c}, url.Values{"id": {d, d, "notHere", a}})

	for _, from := range []string{"?list=" + path, "?album=" + slug} {
		page := owner.get(owner.pageOf(a) + from)
		for _, rel := range []struct{ name, id string }{{"prev", d}, {"next", b}} {
			t.Run(rel.name, func(t *testing.T) {
				if got := linkTo(page, rel.name); !strings.Contains(got, rel.id) {
					t.Errorf("%s of %s leads to %q, want %s", rel.name, from, got, rel.id)
				}
			})
		}
	}
	archive := owner.sendForm("/items/download", owner.cookie, url.Values{"all": {"1"}, "list": {path}})
	r, err := zip.NewReader(strings.NewReader(archive.body), int64(len(archive.body)))
	if err != nil || len(r.File) != 4 {
		t.Fatalf("ZIP: %d, %v", archive.StatusCode, err)
	}
	for i, seconds := range []int{3, 2, 0, 1} { // when they were uploaded
		if want := s.now.Add(time.Duration(seconds-4) * time.Second); !r.File[i].Modified.Equal(want) {
			t.Errorf("the ZIP has an item of %v at %d, want that of %v", r.File[i].Modified, i, want)
		}
	}
	whole := s.guest().post("/items/download", "all", "whole", "list", path)
	if w, err := zip.NewReader(strings.NewReader(whole.body), int64(len(whole.body))); err != nil || len(w.File) != 4 || w.File[0].Name != r.File[0].Name ||
		!strings.Contains(whole.Header.Get("Content-Disposition"), "Trip.zip") {
		t.Errorf("the ZIP of a guest: %d, %v, %v", whole.StatusCode, err, whole.Header)
	}
	_, v := s.v1("GET", "/posts/"+slug, s.bobKey, "")
	for i, want := range []string{d, a, b, c} {
		if got := dig(v, "data", "media", i, "slug"); got != want {
			t.Errorf("the API has %v at %d, want %s", got, i, want)
		}
	}
	s.v1("PATCH", "/posts/"+slug, s.bobKey, `{"media_order": ["`+c+`"]}`)
	owner.wantItems(path, c, d, a, b)
	last := s.uploadAs(s.bobKey, "photo.jpg", "album_id", slug)
	owner.wantItems(path, c, d, a, b, last)

	if a := other.post(path+"/order", "by", "title"); a.StatusCode != http.StatusForbidden {
		t.Errorf("another user's order: got %d", a.StatusCode)
	}
	many := slices.Repeat([]string{c}, media.MaxPostItems+1)
	if a := owner.sendForm(path+"/order", owner.cookie, url.Values{"id": many}); a.StatusCode != http.StatusBadRequest {
		t.Errorf("too many: got %d", a.StatusCode)
	}
	owner.wantItems(path, c, d, a, b, last)
}

// TestAlbumsAreMadeOnTheWay makes albums from the form that edits an item, and from the
// upload form without scripts.
func TestAlbumsAreMadeOnTheWay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.signIn(s.bobKey)
	id := s.uploadAs(s.bobKey, "small.jpg")
	albums := func(want ...string) {
		t.Helper()
		cards, err := s.db.AlbumsOf(t.Context(), media.AlbumQuery{UserID: s.bob.ID, Now: s.time(), Limit: 9})
		var got []string
		for _, a := range cards {
			got = append(got, fmt.Sprint(a.Title, " ", a.Items))
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("albums %v, %v, want %v", got, err, want)
		}
	}
	edit := "/items/" + id + "/edit"
	if a := bob.post(edit, "title", "x", "expiration", "wrong", "new_album", "Trip"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong expiration: got %d", a.StatusCode)
	}
	albums()
	bob.wants(edit, http.StatusOK, `name="new_album"`)
	bob.mustPost(edit, "title", "x", "expiration", "keep", "new_album", " The  trip ")
	albums("The trip 1")
	send := func(by *visitor, name string) answer {
		body, contentType := multipartBody(t, name, input(t, name), "new_album", "Later")
		return s.do("POST", "/upload", body, "Content-Type", contentType, "Cookie", by.cookie, "Sec-Fetch-Site", "same-origin")
	}
	if a := send(bob, "t.txt"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a text: got %d", a.StatusCode)
	}
	albums("The trip 1")
	if a := send(bob, "photo.jpg"); a.StatusCode != http.StatusOK {
		t.Errorf("a photo: got %d", a.StatusCode)
	}
	albums("Later 1", "The trip 1")
	send(s.guest(), "photo.jpg")
	albums("Later 1", "The trip 1")

	// What the script of the upload page sends when none of its files has come.
	for _, title := range []string{"Empty", "Later"} {
		cards, err := s.db.AlbumsOf(t.Context(), media.AlbumQuery{UserID: s.bob.ID, Now: s.time(), Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		path := "/album/" + cards[0].Slug
		if title == "Empty" {
			path = bob.mustPost("/albums", "title", title).Header.Get("Location")
		}
		bob.mustPost(path+"/delete", "empty", "1")
		albums("Later 1", "The trip 1")
	}
}

// TestWhatWaitsCoversAnAlbum shows an owner the cover of an album that nobody else has.
func TestWhatWaitsCoversAnAlbum(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	owner := s.signIn(s.bobKey)
	for file, fields := range map[string][]string{"photo.jpg": nil, "small.jpg": {"visibility", "private"}} {
		path := owner.mustPost("/albums", "title", file).Header.Get("Location")
		s.uploadAs(s.bobKey, file, append(fields, "album_id", strings.TrimPrefix(path, "/album/"))...)
		owner.wants("/albums", http.StatusOK, strings.TrimSuffix(file, ".jpg")+".th.jpg")
	}
}
