package handlers_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// state is what one item and its post are at a time.
type state struct {
	visibility string // of the post
	moderation media.Moderation
	expired    bool
	item       string // "" for public, or hidden, private, locked, in a locked album, withheld with its owner
}

func (s state) String() string {
	return fmt.Sprintf("%s, %s, expired %t, item %q", s.visibility, s.moderation, s.expired, s.item)
}

// policy is the plain meaning of media/visibility.go.
type policy struct{ hidePending bool }

func (p policy) open(m media.Moderation, sees bool) bool {
	return sees || m != media.ModerationRejected && (m != media.ModerationPending || !p.hidePending)
}

// item is the status of an item's own link.
func (p policy) item(s state, w viewer) int {
	switch {
	case !p.open(s.moderation, w.sees):
		return http.StatusNotFound
	case (s.item == "private" || s.item == "withheld") && !w.owns:
		return http.StatusNotFound
	case s.expired:
		return http.StatusGone
	case (s.item == "locked" || s.item == "in a locked album") && !w.owns:
		return http.StatusForbidden
	}
	return http.StatusOK
}

// own reports whether no list shows the item to others than its owner and admins.
func (s state) own() bool {
	return s.item == "private" || s.item == "locked" || s.item == "withheld"
}

// object is the status of the item as an object of the imgpile surface.
func (p policy) object(s state, w viewer, hasKey bool) int {
	if status := p.item(s, w); status != http.StatusOK {
		return status
	}
	return s.locked(w, hasKey)
}

func (s state) locked(w viewer, hasKey bool) int {
	if s.visibility == "private" && !w.owns && !hasKey || s.item == "in a locked album" && !w.owns {
		return http.StatusForbidden
	}
	return http.StatusOK
}

// post is the status of the post by its slug. An expired item is none, and a
// post of none is approved.
func (p policy) post(s state, w viewer, hasKey bool) int {
	if !s.expired && !s.own() && !p.open(s.moderation, w.sees) || s.item == "withheld" && !w.owns {
		return http.StatusNotFound
	}
	return s.locked(w, hasKey)
}

// numbered is that by its number.
func (p policy) numbered(s state, w viewer, hasKey bool) int {
	if w.owns || s.postListed(true) || hasKey && s.visibility == "private" && p.post(s, w, true) == http.StatusOK {
		return http.StatusOK
	}
	return http.StatusNotFound
}

// listed reports whether public lists have the item.
func (s state) listed(adult bool) bool { return s.item == "" && s.postListed(adult) }

// postListed reports whether public lists have its post.
func (s state) postListed(adult bool) bool {
	return s.visibility == "public" && !s.expired && (s.item == "" || s.item == "hidden") &&
		(s.moderation == media.ModerationApproved || adult && s.moderation == media.ModerationNSFW)
}

// subject is an item in a post with a comment, whose state changes.
type subject struct {
	*site
	policy
	it           media.Item
	post, access string
	number       int64 // of the post
	comment      int64

	cookies map[string]string // of sessions by key, for who asks by pages
	raw     *sql.DB           // the site's, for who looks behind it
}

// TestEveryRoadFollowsThePolicy asks as everyone for everything in every state,
// and does it again with a policy that is changed in one place.
func TestEveryRoadFollowsThePolicy(t *testing.T) {
	t.Parallel()
	for _, hide := range []bool{false, true} {
		t.Run(fmt.Sprintf("pending is private %t", hide), func(t *testing.T) {
			t.Parallel()
			u := newSubject(t, policy{hide})
			_, stranger := u.addUser("carol", false)
			_, moderator := u.addModerator("dave")
			viewers := []viewer{
				{"a guest", "", u.guest(), false, false}, {"a stranger", stranger, u.signIn(stranger), false, false},
				{"the owner", u.bobKey, u.signIn(u.bobKey), true, true}, {"an admin", u.key, u.signIn(u.key), true, true},
				{"a moderator", moderator, u.signIn(moderator), true, false},
			}
			for _, visibility := range []string{"public", "hidden", "private"} {
				for _, moderation := range []media.Moderation{
					media.ModerationApproved, media.ModerationPending, media.ModerationNSFW, media.ModerationRejected,
				} {
					for _, expired := range []bool{false, true} {
						u.goesAllRoads(state{visibility: visibility, moderation: moderation, expired: expired}, viewers)
					}
				}
			}
			for _, item := range []string{"hidden", "private", "locked", "in a locked album", "withheld"} {
				for _, moderation := range []media.Moderation{media.ModerationApproved, media.ModerationPending} {
					u.goesAllRoads(state{visibility: "public", moderation: moderation, item: item}, viewers)
				}
			}
			u.goesAllRoads(state{visibility: "hidden", moderation: media.ModerationRejected, expired: true, item: "private"}, viewers)
			u.goesAllRoads(state{visibility: "private", moderation: media.ModerationApproved, item: "withheld"}, viewers)
		})
	}
}

// goesAllRoads brings the item into a state and asks as everyone.
func (u *subject) goesAllRoads(s state, viewers []viewer) {
	u.t.Helper()
	u.become(s)
	for _, w := range viewers {
		u.asksForFiles(s, w)
		u.asksForPosts(s, w)
		u.looksThroughLists(s, w)
		u.looksAtPages(s, w)
	}
}

func newSubject(t *testing.T, p policy) *subject {
	t.Helper()
	u := &subject{policy: p, site: newSite(t, withImgpile, withModeration, func(s *settings) { s.HidePending = p.hidePending })}
	m := u.mustPile(u.bobKey, 400)
	slug := m["slug"].(string)
	if _, err := u.db.SetModeration(t.Context(), slug, media.ModerationApproved); err != nil {
		t.Fatal(err)
	}
	u.waitProcessed(slug)
	_, v := u.v1("POST", "/posts", u.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(m["id"])))
	u.post, u.number = dig(v, "post", "slug").(string), numberOf(dig(v, "post", "id"))
	_, v = u.v1("POST", "/posts/"+u.post+"/comments", u.bobKey, `{"content": "hi"}`)
	u.comment = numberOf(dig(v, "comment", "id"))
	var err error
	if u.it, err = u.lib.Item(t.Context(), media.Viewer{}, slug); err != nil {
		t.Fatal(err)
	}
	return u
}

// become brings the item and its post into a state.
func (u *subject) become(s state) {
	u.t.Helper()
	u.v1("PATCH", "/posts/"+u.post, u.bobKey, `{"visibility": "public"}`)
	_, v := u.v1("PATCH", "/posts/"+u.post, u.bobKey, `{"visibility": "`+s.visibility+`"}`)
	u.access, _ = v["access_key"].(string)
	if err := u.db.Withhold(u.t.Context(), u.bob.ID, s.item == "withheld"); err != nil {
		u.t.Fatal(err)
	}
	u.it.ExpiresAt = time.Time{}
	u.it.Visibility, u.it.Lock = media.Public, ""
	var albumLock media.Lock
	switch s.item {
	case "hidden", "private":
		u.it.Visibility = media.Visibility(s.item)
	case "locked":
		u.it.Lock = "$plain$word"
	case "in a locked album":
		albumLock = "$plain$word"
	}
	post, err := u.db.PostBySlug(u.t.Context(), u.post, 0, time.Now())
	if err != nil {
		u.t.Fatal(err)
	}
	if err := u.db.UpdatePost(u.t.Context(), post.ID, media.PostChange{Lock: &albumLock}); err != nil {
		u.t.Fatal(err)
	}
	if s.expired {
		u.it.ExpiresAt = time.Now().Add(-time.Second)
	}
	if err := u.db.UpdateItem(u.t.Context(), u.it, time.Unix(0, 0)); err != nil {
		u.t.Fatal(err)
	}
	if _, err := u.db.SetModeration(u.t.Context(), u.it.ID, s.moderation); err != nil {
		u.t.Fatal(err)
	}
}

// asksForFiles goes all roads to the item's own link.
func (u *subject) asksForFiles(s state, w viewer) {
	u.t.Helper()
	want := u.policy.item(s, w)
	roads := []string{
		"/image/" + u.it.ID, "/image/" + u.it.ID + "/embed", "/oembed?url=" + u.URL + "/image/" + u.it.ID,
		"/f/" + u.it.ID + ".jpg", "/f/" + u.it.ID + "_xs.jpg",
	}
	for _, key := range u.it.Keys() {
		roads = append(roads, "/"+key)
	}
	for _, road := range roads {
		if got := u.follow(road, w.key).StatusCode; got != want {
			u.t.Errorf("%v: %s gets %d from %s, want %d", s, w.name, got, road, want)
		}
	}
	file := "/" + u.it.Original.Key
	head := []string{"X-API-Key", w.key}
	if got := u.do("HEAD", file, nil, head...).StatusCode; got != want {
		u.t.Errorf("%v: %s gets %d from HEAD, want %d", s, w.name, got, want)
	}
	for header, other := range map[string]int{"Range": http.StatusPartialContent, "If-None-Match": http.StatusNotModified} {
		value := map[string]string{"Range": "bytes=0-3", "If-None-Match": `"` + u.it.MD5 + `"`}[header]
		partial := want
		if want == http.StatusOK {
			partial = other
		}
		if got := u.do("GET", file, nil, append(head, header, value)...).StatusCode; got != partial {
			u.t.Errorf("%v: %s gets %d with %s, want %d", s, w.name, got, header, partial)
		}
	}
	if w.key != "" {
		return
	}
	if got := u.follow(file, "chv_"+strings.Repeat("0", 64)).StatusCode; got != want {
		u.t.Errorf("%v: who has a wrong key gets %d, want a guest's %d", s, got, want)
	}
}

// asksForPosts asks for what may be named by a slug, a number and a key.
func (u *subject) asksForPosts(s state, w viewer) {
	u.t.Helper()
	for query, hasKey := range map[string]bool{"": false, "?key=wrong": false, "?key=" + u.access: u.access != ""} {
		slug, number := "/posts/"+u.post, fmt.Sprintf("/posts/%d", u.number)
		for road, want := range map[string]int{
			slug: u.policy.post(s, w, hasKey), slug + "/comments": u.policy.post(s, w, hasKey),
			number: u.policy.numbered(s, w, hasKey), number + "/comments": u.policy.numbered(s, w, hasKey),
			"/media/" + u.it.ID: u.policy.object(s, w, hasKey),
		} {
			if got, _ := u.v1("GET", road+query, w.key, ""); got != want {
				u.t.Errorf("%v: %s gets %d from %s%s, want %d", s, w.name, got, road, query, want)
			}
		}
		for road, want := range map[string]int{
			"/p/" + u.post: u.policy.post(s, w, hasKey), fmt.Sprintf("/p/%d", u.number): u.policy.numbered(s, w, hasKey),
			"/album/" + u.post: u.policy.post(s, w, hasKey),
		} {
			if got := w.leadTo(road + query).StatusCode; got != want {
				u.t.Errorf("%v: %s gets %d from the page %s%s, want %d", s, w.name, got, road, query, want)
			}
		}
		if w.key == "" {
			continue
		}
		for road, want := range map[string]int{
			slug + "/upvote": u.policy.post(s, w, hasKey), number + "/downvote": u.policy.numbered(s, w, hasKey),
			fmt.Sprintf("/comments/%d/upvote", u.comment): u.policy.numbered(s, w, hasKey),
		} {
			if got, _ := u.v1("POST", road+query, w.key, ""); got != want {
				u.t.Errorf("%v: %s gets %d from POST %s%s, want %d", s, w.name, got, road, query, want)
			}
		}
	}
	if w.key != "" && !w.owns {
		u.mayNotChange(s, w)
	}
}

// leadTo opens a page, or the one that it has moved to.
func (v *visitor) leadTo(path string) answer {
	v.t.Helper()
	a := v.get(path)
	if a.StatusCode == http.StatusMovedPermanently {
		return v.get(a.Header.Get("Location"))
	}
	return a
}

// mayNotChange tries to change what is another's.
func (u *subject) mayNotChange(s state, w viewer) {
	u.t.Helper()
	forbidden := func(seen int) int {
		if seen == http.StatusOK {
			return http.StatusForbidden
		}
		return seen
	}
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{"PATCH", "/media/" + u.it.ID, forbidden(u.policy.object(s, w, false))},
		{"DELETE", "/media/" + u.it.ID, forbidden(u.policy.object(s, w, false))},
		{"PATCH", "/posts/" + u.post, forbidden(u.policy.post(s, w, false))},
		{"DELETE", fmt.Sprintf("/posts/%d", u.number), forbidden(u.policy.numbered(s, w, false))},
		{"DELETE", fmt.Sprintf("/comments/%d", u.comment), forbidden(u.policy.numbered(s, w, false))},
	} {
		body := ""
		if test.method == "PATCH" {
			body = `{"title": "mine"}`
		}
		if got, _ := u.v1(test.method, test.path, w.key, body); got != test.want {
			u.t.Errorf("%v: %s gets %d from %s %s, want %d", s, w.name, got, test.method, test.path, test.want)
		}
	}
}

// looksThroughLists reads all lists, and what they count.
func (u *subject) looksThroughLists(s state, w viewer) {
	u.t.Helper()
	e := &exhibit{post: u.post, medium: u.it.ID}
	for _, path := range []string{
		"/media", "/posts", "/users/bob/media", "/users/bob/posts", "/media?period=day", "/posts?sort=random", "/media?sort=random",
	} {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		listed := s.listed
		if strings.Contains(path, "posts") {
			listed = s.postListed
		}
		for query, want := range map[string]bool{"": listed(false), separator + "nsfw=1": listed(true)} {
			if got := e.isIn(w, path+query); got != want {
				u.t.Errorf("%v: %s finds it in %s%s: %t, want %t", s, w.name, path, query, got, want)
			}
		}
	}
	_, list := u.v1("GET", "/users/bob/comments", w.key, "")
	if got := numberOf(dig(list, "meta", "total")) > 0; got != s.postListed(true) {
		u.t.Errorf("%v: %s finds its comment: %t, want %t", s, w.name, got, s.postListed(true))
	}
}

// looksAtPages looks for the item on pages that show others too.
func (u *subject) looksAtPages(s state, w viewer) {
	u.t.Helper()
	shown := !s.expired && (u.policy.open(s.moderation, w.sees) && !s.own() || w.owns) && s.locked(w, false) == http.StatusOK
	for page, want := range map[string]bool{
		"/u/bob?tab=media": s.listed(true), "/u/bob": s.postListed(true),
		"/album/" + u.post: shown,
		"/gallery":         w.key == u.bobKey && !s.expired,
		"/moderation":      (w.key == u.key || w.sees && !w.owns && !s.own() && s.item != "in a locked album") && !s.expired && s.moderation == media.ModerationPending,
	} {
		body := w.get(page).body
		if got := strings.Contains(body, u.it.ID) || strings.Contains(body, u.it.Thumb.Key); got != want && page != "/u/bob" {
			u.t.Errorf("%v: %s finds it on %s: %t, want %t", s, w.name, page, got, want)
		}
		if page == "/u/bob" && strings.Contains(body, "/album/"+u.post) != want {
			u.t.Errorf("%v: %s finds the post on %s: %t, want %t", s, w.name, page, !want, want)
		}
	}
}
