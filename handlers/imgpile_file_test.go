package handlers_test

import (
	"strings"
	"testing"
)

// What stands in for a size may be kept by nobody: the size has the same
// address once it is made.
func TestStandInsAreNotKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, func(set *settings) { set.idle = true })
	picture := s.mustPile(s.bobKey, 700)["slug"].(string)
	_, v := s.pile(s.bobKey, "v.mp4", input(t, "v.mp4"))
	video := v["media"].(map[string]any)["slug"].(string)
	get := func(name string) (etag, caching string) {
		a := s.do("GET", "/f/"+name, nil)
		if a.StatusCode != 200 {
			t.Fatalf("%s: %d", name, a.StatusCode)
		}
		return a.Header.Get("ETag"), a.Header.Get("Cache-Control")
	}
	standIns := []string{picture + "_xs.jpg", picture + "_sm.jpg", picture + "_md.jpg", video + "_xs.jpg"}
	before := make(map[string]string)
	for _, name := range standIns {
		etag, caching := get(name)
		before[name] = etag
		if !strings.Contains(caching, "no-store") {
			t.Errorf("%s, not made yet: %q", name, caching)
		}
	}
	// What is wider than the item is never made.
	for _, name := range []string{picture + ".jpg", picture + "_lg.jpg", picture + "_xl.jpg", video + ".mp4", video + "_thumb.jpg"} {
		if _, caching := get(name); !strings.Contains(caching, "immutable") {
			t.Errorf("%s, which stays: %q", name, caching)
		}
	}
	s.makeSizes()
	s.waitProcessed(picture)
	s.waitProcessed(video)
	for _, name := range standIns {
		if etag, caching := get(name); etag == before[name] || !strings.Contains(caching, "immutable") {
			t.Errorf("%s, made: %q, ETag %s as before: %t", name, caching, etag, etag == before[name])
		}
	}
}
