package handlers_test

import (
	"net/http"
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
		if a := test.by.choose("cover", test.ids); a.StatusCode != test.status {
			t.Errorf("%s: got %d, want %d", name, a.StatusCode, test.status)
		}
	}
	owner.wantChosen(path, "cover", []string{older})
	owner.wants("/albums", http.StatusOK, "small.th.jpg")
	owner.wantChosen(path, "take-out", []string{older})
	owner.wants("/albums", http.StatusOK, "photo.th.jpg")
	owner.wantItems(path, newer)
}
