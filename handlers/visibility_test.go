package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"postern/media"
)

// exhibit is a post with one medium, as everyone looks at it.
type exhibit struct {
	visibility   string
	moderation   media.Moderation
	post, medium string // slugs
	key          string // of a private post
}

// viewer is who looks.
type viewer struct {
	name, key string
	*visitor       // the same one in a browser
	sees      bool // what moderators keep from others
	owns      bool // may open what is private
}

// TestVisibilityNeverLeaks asks as everyone for everything: viewer, visibility
// and moderation against every road to a post, its medium and its comments.
func TestVisibilityNeverLeaks(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withModeration)
	_, stranger := s.addUser("carol", false)
	_, moderator := s.addModerator("dave")
	viewers := []viewer{
		{"a guest", "", s.guest(), false, false}, {"a stranger", stranger, s.signIn(stranger), false, false},
		{"the owner", s.bobKey, s.signIn(s.bobKey), true, true}, {"an admin", s.key, s.signIn(s.key), true, true},
		{"a moderator", moderator, s.signIn(moderator), true, false},
	}
	for _, visibility := range []string{"public", "hidden", "private"} {
		for _, moderation := range []media.Moderation{
			media.ModerationApproved, media.ModerationPending, media.ModerationNSFW, media.ModerationRejected,
		} {
			e := s.exhibit(visibility, moderation)
			for _, v := range viewers {
				e.lookAt(t, v)
				e.searchFor(t, v)
			}
			s.v1("DELETE", "/posts/"+e.post, s.bobKey, "")
			for _, v := range viewers {
				e.post = "gone"
				if listed := e.isIn(v, "/media?nsfw=1"); listed != (visibility == "public" && e.isListed(true)) {
					t.Errorf("%v: of the deleted post, %s finds its medium listed: %t", e, v.name, listed)
				}
			}
			s.v1("DELETE", "/media/"+e.medium, s.bobKey, "")
		}
	}
}

func (s *site) exhibit(visibility string, moderation media.Moderation) *exhibit {
	s.t.Helper()
	m := s.mustPile(s.bobKey, 100)
	e := &exhibit{visibility: visibility, moderation: moderation, medium: m["slug"].(string)}
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(m["id"])))
	e.post = dig(v, "post", "slug").(string)
	_, v = s.v1("PATCH", "/posts/"+e.post, s.bobKey, `{"visibility": "`+visibility+`"}`)
	e.key, _ = v["access_key"].(string)
	if (e.key != "") != (visibility == "private") {
		s.t.Errorf("%s: got access key %q", visibility, e.key)
	}
	s.v1("POST", "/posts/"+e.post+"/comments", s.bobKey, `{"content": "on `+e.post+`"}`)
	if _, err := s.db.SetModeration(s.t.Context(), e.medium, moderation); err != nil {
		s.t.Fatal(err)
	}
	return e
}

func (e *exhibit) String() string { return e.visibility + " and " + string(e.moderation) }

// isListed reports whether the exhibit stands in lists, with adult content or
// without.
func (e *exhibit) isListed(adult bool) bool {
	return e.visibility == "public" && (e.moderation == media.ModerationApproved || adult && e.moderation == media.ModerationNSFW)
}

// lookAt opens what names the exhibit: with the key of a private post, with a
// wrong one, and without.
func (e *exhibit) lookAt(t *testing.T, v viewer) {
	t.Helper()
	withKey, without := http.StatusOK, http.StatusOK
	if e.visibility == "private" && !v.owns {
		without = http.StatusForbidden
	}
	if e.moderation == media.ModerationRejected && !v.sees {
		withKey, without = http.StatusNotFound, http.StatusNotFound
	}
	for _, path := range []string{"/posts/" + e.post, "/posts/" + e.post + "/comments", "/media/" + e.medium} {
		for query, want := range map[string]int{"": without, "?key=wrong": without, "?key=" + e.key: withKey} {
			if query == "?key=" {
				continue
			}
			if got, _ := v.v1("GET", path+query, v.key, ""); got != want {
				t.Errorf("%v: %s gets %d from %s%s, want %d", e, v.name, got, path, query, want)
			}
		}
	}
	for path, want := range map[string]int{
		"/p/" + e.post: without, "/p/" + e.post + "?key=" + e.key: withKey, "/f/" + e.medium + ".jpg": withKey,
	} {
		if strings.HasSuffix(path, "?key=") {
			continue
		}
		if got := v.leadTo(path).StatusCode; got != want {
			t.Errorf("%v: %s gets %d from %s, want %d", e, v.name, got, path, want)
		}
	}
}

// searchFor goes through everything that lists.
func (e *exhibit) searchFor(t *testing.T, v viewer) {
	t.Helper()
	for _, path := range []string{
		"/media", "/posts", "/users/bob/media", "/users/bob/posts", "/media?username=bob", "/posts?username=bob",
		"/posts?sort=random", "/media?sort=random", "/media?period=day", "/posts?period=day",
	} {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		for query, want := range map[string]bool{"": e.isListed(false), separator + "nsfw=1": e.isListed(true)} {
			if got := e.isIn(v, path+query); got != want {
				t.Errorf("%v: %s finds it in %s%s: %t, want %t", e, v.name, path, query, got, want)
			}
		}
	}
	if got := e.isIn(v, "/users/bob/comments"); got != e.isListed(true) {
		t.Errorf("%v: %s finds its comment: %t, want %t", e, v.name, got, e.isListed(true))
	}
	for _, page := range []string{"/u/bob", "/u/bob?tab=media"} {
		body := v.get(page).body
		if got := strings.Contains(body, e.post) || strings.Contains(body, e.medium); got != e.isListed(true) {
			t.Errorf("%v: %s finds it in %s: %t, want %t", e, v.name, page, got, e.isListed(true))
		}
	}
}

// isIn reports whether a list tells of the exhibit, and fails when its count
// says something else. There is one exhibit at a time.
func (e *exhibit) isIn(v viewer, path string) bool {
	v.t.Helper()
	_, list := v.v1("GET", path, v.key, "")
	text := fmt.Sprint(list["data"])
	told := strings.Contains(text, e.post) || strings.Contains(text, e.medium)
	if total := numberOf(dig(list, "meta", "total")); (total > 0) != told {
		v.t.Errorf("%v: %s counts %d in %s, and tells of it: %t", e, v.name, total, path, told)
	}
	return told
}
