package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"postern/media"
)

func (v *visitor) sendAvatar(file string, fields ...string) answer {
	v.t.Helper()
	body, kind := multipartBody(v.t, file, input(v.t, file), fields...)
	return v.do("POST", "/account/avatar", body, "Content-Type", kind, "Cookie", v.cookie, "Sec-Fetch-Site", "same-origin", "Accept", "text/html")
}

// TestAnAvatarIsAnItem sets one, looks at it on every road, and loses it with its file.
func TestAnAvatarIsAnItem(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	bob := s.signIn(s.bobKey)
	said := func() any {
		t.Helper()
		m := s.mustPile(s.bobKey, 300)
		user, _ := m["user"].(map[string]any)
		return user["avatar"]
	}
	if got := said(); got != nil {
		t.Errorf("without an avatar the API says %v", got)
	}
	for name, status := range map[string]int{"v.mp4": http.StatusBadRequest, "photo.jpg": http.StatusSeeOther} {
		if a := bob.sendAvatar(name, "visibility", "private", "expiration", "PT5M"); a.StatusCode != status {
			t.Errorf("%s as an avatar: got %d, want %d", name, a.StatusCode, status)
		}
	}
	if a := bob.sendAvatar("photo.jpg", "key", s.key); a.StatusCode != http.StatusForbidden {
		t.Errorf("with another user's key: got %d, want 403", a.StatusCode)
	}
	items, err := s.lib.Items(t.Context(), media.Viewer{Caller: media.Caller{User: s.bob}}, media.ItemQuery{UserID: s.bob.ID, Limit: 9})
	if err != nil || items[0].Kind != media.KindImage || items[0].Visibility != media.Hidden || !items[0].ExpiresAt.IsZero() || items[0].OriginalName != "photo.jpg" {
		t.Fatalf("the item is %+v, %v", items[0], err)
	}
	for _, it := range items {
		if it.Kind == media.KindVideo {
			t.Error("the video is kept")
		}
	}
	thumb := s.URL + "/" + items[0].Thumb.Key
	if got := said(); got != thumb {
		t.Errorf("the API says %v, want %s", got, thumb)
	}
	for _, page := range []string{"/u/bob", "/account"} {
		if body := bob.get(page).body; !strings.Contains(body, `class="avatar" src="`+thumb) {
			t.Errorf("%s lacks the avatar", page)
		}
	}
	const above = `<img class="initial" src="`
	if body := bob.get("/gallery").body; !strings.Contains(body, above+thumb) {
		t.Error("the row above a page lacks the avatar")
	}
	if body := s.guest().get("/u/bob").body; strings.Contains(body, above) {
		t.Error("a guest has an avatar")
	}
	if a := s.guest().get("/" + items[0].Thumb.Key); a.StatusCode != http.StatusOK || items[0].Thumb.Width != items[0].Thumb.Height {
		t.Errorf("the avatar: %d, %+v", a.StatusCode, items[0].Thumb)
	}
	bob.submit("/account/avatar/remove", "/account?saved=1", nil)
	if got := said(); got != nil {
		t.Errorf("after its removal the API says %v", got)
	}
	bob.sendAvatar("small.jpg")
	if got := fmt.Sprint(said()); !strings.Contains(got, "small") {
		t.Errorf("a second avatar is %s", got)
	}
	items, err = s.lib.Items(t.Context(), media.Viewer{Caller: media.Caller{User: s.bob}}, media.ItemQuery{UserID: s.bob.ID, Search: "small", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.lib.Trash.Move(t.Context(), media.Caller{User: s.bob}, items[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := said(); got != nil {
		t.Errorf("with the file in the trash the API says %v", got)
	}
}
