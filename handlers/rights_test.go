package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"postern/handlers/ratelimit"
	"postern/media"
)

// TestAModeratorsVerdictIsNotTheOwners lets an owner try to take back what a
// moderator has said, and moderators what they have said themselves.
func TestAModeratorsVerdictIsNotTheOwners(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withModeration)
	slug := s.mustPile(s.bobKey, 100)["slug"].(string)
	status := func(want media.Moderation) {
		t.Helper()
		if got := s.moderation(slug); got != string(want) {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	check := func(verdict, want media.Moderation) {
		t.Helper()
		it, err := s.db.SetModeration(t.Context(), slug, verdict)
		if err != nil || it.Moderation() != want {
			t.Errorf("%s: got %s, %v, want %s", verdict, it.Moderation(), err, want)
		}
		status(want)
	}
	bob := s.signIn(s.bobKey)
	edit := func(nsfw string) {
		t.Helper()
		a := bob.post("/items/"+slug+"/edit", "title", "x", "expiration", "keep", "nsfw", nsfw)
		if a.StatusCode != http.StatusSeeOther {
			t.Fatalf("edit: got %d", a.StatusCode)
		}
	}
	check(media.ModerationNSFW, media.ModerationNSFW)
	edit("0")
	status(media.ModerationNSFW)
	check(media.ModerationApproved, media.ModerationApproved)
	edit("1")
	status(media.ModerationNSFW)
	check(media.ModerationApproved, media.ModerationNSFW) // the owner's word stays
	edit("0")
	status(media.ModerationApproved)
}

// TestAMediaOfAnAdultPostIsAdult looks for it where it stands.
func TestAMediaOfAnAdultPostIsAdult(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	m, other := s.mustPile(s.bobKey, 100), s.mustPile(s.bobKey, 102)
	slug := m["slug"].(string)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(m["id"])))
	post := dig(v, "post", "slug").(string)
	mark := func(nsfw string) { s.v1("PATCH", "/posts/"+post, s.bobKey, `{"is_nsfw": `+nsfw+`}`) }
	look := func(what, slug string, adult bool) {
		t.Helper()
		for _, list := range []string{"/media", "/users/bob/media", "/media?sort=random"} {
			_, v := s.v1("GET", list, "", "")
			if got := !strings.Contains(fmt.Sprint(v["data"]), slug); got != adult {
				t.Errorf("%s: %s leaves it out: %t", what, list, got)
			}
		}
		if got := s.moderation(slug) == "nsfw"; got != adult {
			t.Errorf("%s: its status is nsfw: %t", what, got)
		}
		if got := strings.Contains(s.follow("/image/"+slug, "").body, `class="veil"`); got != adult {
			t.Errorf("%s: its page has a veil: %t", what, got)
		}
		if got := strings.Contains(s.guest().get("/u/bob?tab=media").body, `class="thumb sensitive"`); got != adult {
			t.Errorf("%s: the profile has a veil: %t", what, got)
		}
	}
	look("plain", slug, false)
	mark("true")
	look("marked", slug, true)
	mark("false")
	look("unmarked", slug, false)
	mark("true")
	s.v1("PATCH", "/posts/"+post, s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(other["id"])))
	look("added", other["slug"].(string), true)
	s.v1("DELETE", "/posts/"+post, s.bobKey, "")
	look("the post is gone", slug, true)
}

// TestMediaTitlesAreThoseOfUploads asks both surfaces for titles.
func TestMediaTitlesAreThoseOfUploads(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	title := func(slug string) any {
		_, v := s.v1("GET", "/media/"+slug, "", "")
		return dig(v, "data", "title")
	}
	slug := s.mustPile(s.bobKey, 100)["slug"].(string)
	if got := title(slug); got != nil {
		t.Errorf("without a title: got %v", got)
	}
	bob := s.signIn(s.bobKey)
	bob.post("/items/"+slug+"/edit", "title", "w100", "description", "d", "expiration", "keep")
	if got := title(slug); got != nil {
		t.Errorf("after an edit of something else: got %v", got)
	}
	long := strings.Repeat("é", 255)
	if status, _ := s.v1("PATCH", "/media/"+slug, s.bobKey, `{"title": "`+long+`"}`); status != http.StatusOK || title(slug) != long {
		t.Errorf("255 characters: got %d, %v", status, title(slug))
	}
	if status, _ := s.v1("PATCH", "/media/"+slug, s.bobKey, `{"title": "`+long+`x"}`); status != http.StatusUnprocessableEntity {
		t.Errorf("256 characters: got %d", status)
	}
	sent := text(s.upload("a.jpg", plainJPEG(t, 90, 40), "title", "Sea").image(t), "id_encoded")
	named := text(s.upload("b.jpg", plainJPEG(t, 92, 40)).image(t), "id_encoded")
	if title(sent) != "Sea" || title(named) != nil {
		t.Errorf("of the other surface: got %v and %v, want Sea and nothing", title(sent), title(named))
	}
}

// TestIsApprovedSaysWhatModeratorsSay reads the answers to uploads.
func TestIsApprovedSaysWhatModeratorsSay(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	for key, want := range map[string]float64{s.key: 1, s.bobKey: 0} {
		body, kind := multipartBody(t, "a.jpg", plainJPEG(t, 20, 10))
		a := s.do("POST", "/api/1/upload", body, "Content-Type", kind, "X-API-Key", key)
		if got := a.image(t)["is_approved"]; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// TestGuessingKeysCosts shows wrong keys at a file until no more are
// looked at, whether the file is there or not.
func TestGuessingKeysCosts(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/f/AAAAAAA.jpg", "/images/none.jpg", "/image/AAAAAAA"} {
		s := newSite(t, withImgpile, func(s *settings) {
			s.Rates.Address, s.Rates.WrongKey = ratelimit.Limit{PerMinute: 10}, 5
		})
		var got []int
		for i := range 4 {
			got = append(got, s.do("GET", path, nil, "X-API-Key", fmt.Sprintf("chv_%064d", i)).StatusCode)
		}
		if want := "[404 404 429 429]"; fmt.Sprint(got) != want {
			t.Errorf("%s: got %v, want %s", path, got, want)
		}
		if got := s.do("GET", path, nil).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s without a key: got %d, want 404", path, got)
		}
	}
}

// TestARestoredItemIsModerated puts an item into the trash before the program
// comes to it, and takes it out when the program has passed.
func TestARestoredItemIsModerated(t *testing.T) {
	s := newSite(t, withImgpile, withModeration)
	bob := media.Caller{User: s.bob}
	first := s.mustPile(s.bobKey, 100)["slug"].(string)
	last := s.mustPile(s.bobKey, 102)["slug"].(string)
	if _, err := s.lib.Trash.Move(t.Context(), bob, first); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	m := s.moderator(10*time.Second, "echo", "approved")
	go func() { defer close(done); m.Run(ctx) }()
	defer func() { stop(); <-done }()
	approved := func(slug string) {
		t.Helper()
		for range 500 {
			if s.moderation(slug) == "approved" {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Fatalf("%s: got %v, want approved", slug, s.moderation(slug))
	}
	approved(last)
	if _, err := s.lib.Trash.Restore(t.Context(), bob, first); err != nil {
		t.Fatal(err)
	}
	approved(first)
}
