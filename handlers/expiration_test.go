package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// wantEnd checks when an item ends; the zero time is never.
func (s *site) wantEnd(when, id string, want time.Time) {
	s.t.Helper()
	it, err := s.db.Item(s.t.Context(), id)
	if err != nil || !it.ExpiresAt.Equal(want) {
		s.t.Errorf("%s: ends %v (%v), want %v", when, it.ExpiresAt, err, want)
	}
}

func TestNeverIsNotTheUsualTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	usual, longest := noon.Add(time.Hour), noon.AddDate(0, 0, 30)
	for name, test := range map[string]struct {
		max   media.Period
		never time.Time
	}{
		"without a maximum": {media.Period{}, time.Time{}},
		"with a maximum":    {media.Period{Days: 30}, longest},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, func(set *settings) {
				set.imgpile = true
				set.DefaultExpiration, set.Expiration.Max = media.Period{Time: time.Hour}, test.max
			})
			s.now = noon
			for _, never := range []string{"0", " 0 ", "never", "Never", "NODEL"} {
				s.wantEnd("API, "+never, s.uploadAs(s.bobKey, "small.jpg", "expiration", never), test.never)
			}
			for _, none := range []string{"", " "} {
				s.wantEnd("API, no wish", s.uploadAs(s.bobKey, "small.jpg", "expiration", none), usual)
			}
			s.wantEnd("no field", s.uploadAs(s.bobKey, "small.jpg"), usual)
			s.wantEnd("imgpile", s.mustPile(s.bobKey, 20)["slug"].(string), usual)

			id := s.uploadAs(s.bobKey, "small.jpg")
			bob := s.signIn(s.bobKey)
			for _, never := range []string{"0", "never"} {
				bob.submit("/items/"+id+"/edit", "/image/x."+id, url.Values{"title": {"x"}, "expiration": {"PT10M"}})
				s.wantEnd("edited", id, noon.Add(10*time.Minute))
				bob.submit("/items/"+id+"/edit", "/image/x."+id, url.Values{"title": {"x"}, "expiration": {never}})
				s.wantEnd("edited to "+never, id, test.never)
			}
			offers := strings.Contains(bob.get("/items/"+id+"/edit").body, `<option value="0">Never`)
			if offers != test.never.IsZero() {
				t.Errorf("the page to edit offers never: %t", offers)
			}
		})
	}
}

func TestNeverOnTheUploadPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.DefaultExpiration = media.Period{Time: time.Hour} })
	s.submit([]part{{"source", "a.jpg", string(input(t, "small.jpg"))}, {"key", "", s.bobKey}, {"expiration", "", "0"}})
	items, err := s.lib.Items(t.Context(), media.Viewer{Caller: media.Caller{User: s.admin}}, media.ItemQuery{UserID: s.bob.ID, Limit: 2})
	if err != nil || len(items) != 1 {
		t.Fatalf("items %v, %v", items, err)
	}
	s.wantEnd("the page's form", items[0].ID, time.Time{})
}

func TestGuestsAreNotGivenNever(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.guests, set.GuestExpiration = true, media.Period{Days: 7} })
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"), "expiration", "0")
	s.do("POST", "/api/1/upload", body, "Content-Type", contentType)
	items, err := s.lib.Items(t.Context(), media.Viewer{Caller: media.Caller{User: s.admin}}, media.ItemQuery{Limit: 2})
	if err != nil || len(items) != 1 {
		t.Fatalf("items %v, %v", items, err)
	}
	s.wantEnd("a guest's", items[0].ID, s.now.AddDate(0, 0, 7))
}
