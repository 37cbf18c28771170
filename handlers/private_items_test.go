package handlers_test

import (
	"errors"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"postern/handlers/ratelimit"
	"postern/media"
	"postern/media/auth"
	"postern/media/library"
)

// itemOfBob reads an item as its owner does.
func (s *site) itemOfBob(id string) media.Item {
	s.t.Helper()
	it, err := s.lib.Item(s.t.Context(), media.Viewer{Caller: media.Caller{User: s.bob}}, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return it
}

// sendAs uploads with a key, "" for a guest, and a word for the visibility.
func (s *site) sendAs(key, visibility string) answer {
	s.t.Helper()
	body, contentType := multipartBody(s.t, "small.jpg", input(s.t, "small.jpg"), "visibility", visibility)
	return s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", key)
}

func TestUploadsSayWhoSeesThem(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	for _, test := range []struct {
		key, word string
		status    int
		want      media.Visibility
	}{
		{s.bobKey, "private", 200, media.Private}, {s.bobKey, "public", 200, media.Public}, {s.bobKey, "unlisted", 200, media.Hidden},
		{s.bobKey, "", 200, media.Hidden}, {s.bobKey, "secret", 400, ""}, {"", "private", 400, ""},
	} {
		t.Run(test.key, func(t *testing.T) {
			a := s.sendAs(test.key, test.word)
			if a.StatusCode != test.status {
				t.Errorf("visibility %q: got %d %s, want %d", test.word, a.StatusCode, a.body, test.status)
			}
			if a.StatusCode != http.StatusOK {
				return
			}
			it, err := s.db.Item(t.Context(), text(a.image(t), "id_encoded"))
			if err != nil || it.Visibility != test.want {
				t.Errorf("visibility %q: got %q, %v, want %q", test.word, it.Visibility, err, test.want)
			}
		})
	}
	profile := media.Profile{DefaultVisibility: media.Private}
	s.change(s.bob, media.UserChange{Profile: &profile})
	if it := s.itemOfBob(s.uploadAs(s.bobKey, "photo.jpg")); it.Visibility != media.Private {
		t.Errorf("by the user's default: got %q", it.Visibility)
	}
	if m := s.mustPile(s.bobKey, 50); s.itemOfBob(m["slug"].(string)).Visibility != media.Private {
		t.Error("the other API does not follow the user's default")
	}
	if m := s.mustPile(s.key, 60); true {
		if it, err := s.db.Item(t.Context(), m["slug"].(string)); err != nil || it.Visibility != media.Public {
			t.Errorf("the other API publishes: got %q, %v", it.Visibility, err)
		}
	}
}

func TestPrivateItemsOpenByASignedLinkUntilItEnds(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *settings) { s.Duplicates = library.DuplicatesReuse })
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	owner, guest := s.signIn(s.bobKey), s.guest()
	id := text(s.sendAs(s.bobKey, "private").image(t), "id_encoded")
	it := s.itemOfBob(id)
	file := "/" + it.Original.Key
	if a := owner.get(file); a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("the owner's file: %d, %q", a.StatusCode, a.Header.Get("Cache-Control"))
	}
	page := owner.wants("/image/small."+id+"?link=P1D", http.StatusOK, "Private")
	link := regexp.MustCompile(`value="[^"]*(/image/[^"]*\?until=\d+&amp;signed=\w+)"`).FindStringSubmatch(page.body)
	if link == nil {
		t.Fatalf("the page has no link that ends: %s", page.body)
	}
	signed := strings.ReplaceAll(link[1], "&amp;", "&")
	_, proof, _ := strings.Cut(signed, "?")
	a := guest.wants(signed, http.StatusOK, file+"?"+strings.ReplaceAll(proof, "&", "&amp;"))
	if strings.Contains(a.body, "/items/") {
		t.Error("the link lets its holder edit")
	}
	for _, path := range []string{file, "/image/small." + id + "/embed", "/" + it.Thumb.Key} {
		for query, want := range map[string]int{"": 404, "?" + proof: 200, "?" + proof + "0": 404, "?" + strings.Replace(proof, "until=1", "until=2", 1): 404} {
			if got := guest.get(path + query).StatusCode; got != want {
				t.Errorf("%s%s: got %d, want %d", path, query, got, want)
			}
		}
	}
	if a := guest.get(file + "?" + proof); a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("a signed file may be cached: %q", a.Header.Get("Cache-Control"))
	}
	other := s.itemOfBob(text(s.sendAs(s.bobKey, "private").image(t), "id_encoded"))
	if other.ID != id {
		t.Error("the same bytes of the same visibility were stored twice")
	}
	s.now = s.now.Add(24 * time.Hour)
	if got := guest.get(signed).StatusCode; got != http.StatusNotFound {
		t.Errorf("a link that has ended: got %d", got)
	}
	// Who has the link for that may delete what they may not see.
	if a := guest.get("/image/" + id + "/delete/" + s.lib.Secret.DeleteToken(id)); a.StatusCode != http.StatusOK {
		t.Errorf("the delete link: got %d", a.StatusCode)
	}
}

// opened is a visitor with the cookies of an answer besides.
func (v *visitor) opened(a answer) *visitor {
	with := *v
	for _, c := range a.Cookies() {
		with.cookie += "; " + c.Name + "=" + c.Value
	}
	with.cookie = strings.TrimPrefix(with.cookie, "; ")
	return &with
}

func TestAPasswordIsAskedForOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	owner, guest := s.signIn(s.bobKey), s.guest()
	a := owner.mustPost("/albums", "title", "Trip")
	album := a.Header.Get("Location")
	slug := strings.TrimPrefix(album, "/album/")
	inside := s.itemOfBob(s.uploadAs(s.bobKey, "photo.jpg", "album_id", slug))
	alone := s.itemOfBob(s.uploadAs(s.bobKey, "small.jpg"))
	owner.mustPost("/items/"+alone.ID+"/edit", "title", "x", "expiration", "keep", "password", "sea")
	found, err := s.db.AlbumBySlug(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	plain := media.Lock("$plain$mountains") // as an album comes from elsewhere
	if err := s.db.UpdatePost(t.Context(), found.ID, media.PostChange{Lock: &plain}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ page, open, password, file string }{
		{album, album + "/open", "mountains", inside.Original.Key}, {"/image/" + inside.ID, "/items/" + inside.ID + "/open", "mountains", inside.Thumb.Key},
		{"/image/x." + alone.ID, "/items/" + alone.ID + "/open", "sea", alone.Original.Key},
	} {
		t.Run(test.page, func(t *testing.T) {
			guest.wants(test.page, http.StatusForbidden, `action="`+test.open+`"`)
			if got := guest.get("/" + test.file).StatusCode; got != http.StatusForbidden {
				t.Errorf("%s: a file is open: %d", test.page, got)
			}
			if a := guest.post(test.open, "password", "wrong", "back", test.page); a.StatusCode != http.StatusForbidden || len(a.Cookies()) != 0 {
				t.Errorf("%s: a wrong password: %d, %v", test.page, a.StatusCode, a.Cookies())
			}
			if a := guest.post(test.open, "password", test.password, "back", "//evil.example"); a.Header.Get("Location") != "/" {
				t.Errorf("%s: led to %q", test.page, a.Header.Get("Location"))
			}
			a := guest.mustPost(test.open, "password", test.password, "back", test.page)
			in := guest.opened(a)
			if got := in.statusOf(test.page); got != http.StatusOK {
				t.Errorf("%s: who knows the password gets %d", test.page, got)
			}
			if a := in.get("/" + test.file); a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%s: the file: %d, %q", test.page, a.StatusCode, a.Header.Get("Cache-Control"))
			}
			owner.wants(album, http.StatusOK)
		})
	}
	found, err = s.db.AlbumBySlug(t.Context(), slug)
	if err != nil || !strings.HasPrefix(string(found.Lock), "$argon2id$") {
		t.Errorf("the password is kept as %q, %v", found.Lock, err)
	}
	if _, err := s.lib.Item(t.Context(), media.Viewer{}, inside.ID); !errors.Is(err, media.ErrLocked) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an item of a locked album: %v", err)
	}
	// Another password ends what the old one has opened.
	in := guest.opened(guest.mustPost(album+"/open", "password", "mountains"))
	fresh := media.Lock(auth.HashPassword("other"))
	if err := s.db.UpdatePost(t.Context(), found.ID, media.PostChange{Lock: &fresh}); err != nil {
		t.Fatal(err)
	}
	in.wants(album, http.StatusForbidden)
	owner.mustPost("/items/"+alone.ID+"/edit", "title", "x", "expiration", "keep", "unlock", "1")
	guest.wants("/image/x."+alone.ID, http.StatusOK)
}

// TestWhatAPasswordClosedIsNotOpened takes files out of an album with a password in all ways
// that are not their owner's own move.
func TestWhatAPasswordClosedIsNotOpened(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	owner, admin := s.signIn(s.bobKey), s.signIn(s.key)
	const text = "Files that stay become private."
	for name, test := range map[string]struct {
		out  func(slug, id string)
		want int // for others
	}{
		"the album is deleted": {func(slug, _ string) {
			owner.wants("/album/"+slug, http.StatusOK, text)
			owner.mustPost("/album/" + slug + "/delete")
		}, http.StatusNotFound},
		"the album is deleted with its files, which are restored": {func(slug, id string) {
			owner.mustPost("/album/"+slug+"/delete", "items", "1")
			owner.wantChosen("/trash", "restore", []string{id})
		}, http.StatusNotFound},
		"the post is deleted": {func(slug, _ string) {
			if status, o := s.v1("DELETE", "/posts/"+slug, s.bobKey, ""); status != http.StatusOK {
				t.Errorf("delete post: %d %v", status, o)
			}
		}, http.StatusNotFound},
		"an admin gives the file away": {func(_, id string) {
			s.addUser("ann"+id, false)
			admin.wantChosen("/admin/items", "move", []string{id}, "sure", "1", "to", "ann"+id)
		}, http.StatusNotFound},
		"an admin takes the file out": {func(slug, id string) { admin.wantChosen("/album/"+slug, "take-out", []string{id}) }, http.StatusNotFound},
		"an admin edits the file": {func(_, id string) {
			admin.mustPost("/items/"+id+"/edit", "title", "x", "expiration", "keep", "album_id", "")
		}, http.StatusNotFound},
		"the owner takes the file out": {func(slug, id string) { owner.wantChosen("/album/"+slug, "take-out", []string{id}) }, http.StatusOK},
		"the owner edits the file": {func(_, id string) {
			owner.mustPost("/items/"+id+"/edit", "title", "x", "expiration", "keep", "album_id", "")
		}, http.StatusOK},
		"the owner changes another thing": {func(slug, id string) {
			owner.mustPost("/items/"+id+"/edit", "title", "x", "expiration", "keep", "album_id", slug)
		}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			slug := strings.TrimPrefix(owner.mustPost("/albums", "title", "Trip").Header.Get("Location"), "/album/")
			if body := owner.get("/album/" + slug).body; strings.Contains(body, text) {
				t.Error("an album without a password says what becomes of one with one")
			}
			owner.mustPost("/album/"+slug+"/edit", "title", "Trip", "visibility", "unlisted", "password", "waves")
			it := s.itemOfBob(s.uploadAs(s.bobKey, "small.jpg", "album_id", slug))
			file := "/" + it.Original.Key
			s.guest().wants(file, http.StatusForbidden)
			test.out(slug, it.ID)
			s.guest().wants(file, test.want)
			admin.wants(file, http.StatusOK)
		})
	}
}

// TestPasswordsOfPagesAreNotGuessed tries wrong ones until no more are looked at.
func TestPasswordsOfPagesAreNotGuessed(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Rates.SignIn = ratelimit.Limit{Burst: 3, PerMinute: 1} })
	owner := s.signIn(s.bobKey) // which is the first of three
	id := s.uploadAs(s.bobKey, "small.jpg")
	owner.mustPost("/items/"+id+"/edit", "title", "x", "expiration", "keep", "password", "sea")
	for i, want := range []int{http.StatusForbidden, http.StatusForbidden, http.StatusTooManyRequests} {
		if a := s.guest().post("/items/"+id+"/open", "password", "wrong", "back", "/"); a.StatusCode != want {
			t.Errorf("guess %d: got %d, want %d", i, a.StatusCode, want)
		}
	}
}

// statusOf is the status of a page, behind a redirect to its canonical path.
func (v *visitor) statusOf(path string) int {
	a := v.get(path)
	if a.StatusCode == http.StatusFound {
		a = v.get(a.Header.Get("Location"))
	}
	return a.StatusCode
}

// TestADeleteLinkWorksWhateverClosesTheFile tries a wrong token and the right one.
func TestADeleteLinkWorksWhateverClosesTheFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	owner := s.signIn(s.bobKey)
	for name, test := range map[string]struct {
		status  media.Moderation
		fields  []string
		locked  bool
		deletes bool
	}{
		"rejected":             {status: media.ModerationRejected, deletes: true},
		"pending":              {status: media.ModerationPending, deletes: true},
		"rejected and private": {status: media.ModerationRejected, fields: []string{"visibility", "private"}, deletes: true},
		"with a password":      {status: media.ModerationApproved, locked: true, deletes: true},
		"withheld":             {status: media.ModerationApproved},
	} {
		id := s.uploadAs(s.bobKey, "small.jpg", test.fields...)
		if test.locked {
			owner.mustPost("/items/"+id+"/edit", "title", "x", "expiration", "keep", "password", "sea")
		}
		if _, err := s.db.SetModeration(t.Context(), id, test.status); err != nil {
			t.Fatal(err)
		}
		if err := s.db.Withhold(t.Context(), s.bob.ID, !test.deletes); err != nil {
			t.Fatal(err)
		}
		if a := s.do("DELETE", "/image/"+id+"/delete/"+s.lib.Secret.DeleteToken("another"), nil); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s, a wrong token: got %d", name, a.StatusCode)
		}
		want := http.StatusNotFound
		if test.deletes {
			want = http.StatusOK
		}
		link := "/image/" + id + "/delete/" + s.lib.Secret.DeleteToken(id)
		for _, method := range []string{"GET", "DELETE"} {
			if a := s.do(method, link, nil); a.StatusCode != want {
				t.Errorf("%s, %s: got %d, want %d", name, method, a.StatusCode, want)
			}
		}
		if err := s.db.Withhold(t.Context(), s.bob.ID, false); err != nil {
			t.Fatal(err)
		}
		if got, err := s.db.ItemsNamed(t.Context(), []string{id}); err != nil || (len(got) == 1 && got[0].PurgeAt.IsZero()) == test.deletes {
			t.Errorf("%s: %d items are left, %v", name, len(got), err)
		}
	}
}
