package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
)

// addresses are all paths under which an item's files are served.
func (s *site) addresses(id string) (paths []string) {
	s.t.Helper()
	it, err := s.db.Item(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, key := range it.Keys() {
		paths = append(paths, "/"+key)
	}
	return paths
}

// uploadNamed sends bytes under a name with bob's key.
func (s *site) uploadNamed(name string, data []byte, fields ...string) string {
	s.t.Helper()
	body, contentType := multipartBody(s.t, name, data, fields...)
	return text(s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.bobKey).image(s.t), "id_encoded")
}

func TestAnAddressIsGivenOnce(t *testing.T) {
	t.Parallel()
	for _, naming := range []media.Naming{media.NamingOriginal, media.NamingMixed, media.NamingRandom, media.NamingID} {
		for _, folders := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, date folders %t", naming, folders), func(t *testing.T) {
				s := newSite(t, withImgpile, func(set *settings) {
					set.Naming, set.DateFolders, set.Undo = naming, folders, media.Period{}
				})
				given := make(map[string]string) // folded path to ID
				send := func(name string, width int, fields ...string) string {
					id := s.uploadNamed(name, plainJPEG(t, width, 200), fields...)
					if naming == media.NamingOriginal {
						s.waitProcessed(id)
					}
					for _, path := range s.addresses(id) {
						if other := given[strings.ToLower(path)]; other != "" {
							t.Errorf("%s of item %s was that of item %s", path, id, other)
						}
						given[strings.ToLower(path)] = id
					}
					return id
				}
				s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
				first := send("image.jpg", 600)
				if err := s.lib.Delete(t.Context(), first); err != nil {
					t.Fatal(err)
				}
				send("image.jpg", 601)
				send("IMAGE.jpg", 602)
				send("image.th.th.jpg", 603) // whose original would be called as the thumb was
				send("image.md.md.jpg", 604)
				send(first+"_xs.jpg", 605)
				send("ends.jpg", 606, "expiration", "PT5M")
				s.now = s.now.Add(5 * time.Minute)
				if err := (&library.Reaper{Library: s.lib}).RemoveExpired(t.Context()); err != nil {
					t.Fatal(err)
				}
				send("ends.jpg", 607)
				s.now = s.now.AddDate(2, 0, 0)
				if err := (&library.Reaper{Library: s.lib}).RemoveExpired(t.Context()); err != nil {
					t.Fatal(err)
				}
				s.now = s.now.AddDate(-2, 0, 0)
				send("Ends.JPG", 608)
			})
		}
	}
}

// A name of a video's frame is given once, too.
func TestAFramesAddressIsGivenOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	first := s.uploadAs(s.bobKey, "v.mp4")
	taken := s.addresses(first)
	if err := s.lib.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{s.uploadAs(s.bobKey, "v.mp4"), s.uploadNamed("v.fr.fr.jpeg", plainJPEG(t, 20, 20))} {
		for _, path := range s.addresses(id) {
			for _, old := range taken {
				if path == old {
					t.Errorf("%s is given again", path)
				}
			}
		}
	}
}

func TestWhatHasExpiredIsGoneOnEveryRoad(t *testing.T) {
	t.Parallel()
	for name, remember := range map[string]media.Period{"a month": {Months: 1}, "not at all": {}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, withImgpile, func(set *settings) { set.Remember = remember })
			s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			ends := s.uploadNamed("ends.jpg", plainJPEG(t, 600, 400), "title", "end", "expiration", "PT5M")
			deleted := s.uploadNamed("deleted.jpg", plainJPEG(t, 601, 400), "title", "end", "expiration", "PT5M")
			trashed := s.uploadNamed("trashed.jpg", plainJPEG(t, 602, 400), "title", "end", "expiration", "PT5M")
			for _, id := range []string{ends, deleted, trashed} {
				s.waitProcessed(id)
			}
			roads := make(map[string][]string)
			for _, id := range []string{ends, deleted, trashed} {
				roads[id] = append(s.addresses(id), "/image/"+id, "/image/end."+id, "/image/"+id+"/embed", "/clip/"+id, "/video/"+id,
					"/f/"+id+".jpg", "/f/"+id+"_xs.jpg", "/api/v1/media/"+id, "/image/"+id+"/delete/"+s.lib.Secret.DeleteToken(id),
					"/image/"+id+"?deleted", "/oembed?url="+s.URL+"/image/"+id)
			}
			want := func(when, id string, status int) {
				t.Helper()
				for _, road := range roads[id] {
					if got := s.do("GET", road, nil).StatusCode; got != status {
						t.Errorf("%s: %s answers %d, want %d", when, road, got, status)
					}
				}
			}
			if err := s.lib.Delete(t.Context(), deleted); err != nil {
				t.Fatal(err)
			}
			bob := s.signIn(s.bobKey)
			bob.submit("/items/"+trashed+"/discard", "/gallery?done=discard&ids="+trashed+"&n=1", nil)
			s.now = s.now.Add(5 * time.Minute)
			want("expired", ends, 410)
			if err := (&library.Reaper{Library: s.lib}).RemoveExpired(t.Context()); err != nil {
				t.Fatal(err)
			}
			after := map[bool]int{true: 404, false: 410}[remember.IsZero()]
			want("removed", ends, after)
			want("deleted", deleted, 404)
			want("in the trash", trashed, 404)
			for _, never := range []string{"/images/2026/11/20/never.jpg", "/image/aaaaaaa", "/f/aaaaaaa.jpg", "/api/v1/media/aaaaaaa"} {
				if a := s.do("GET", never, nil); a.StatusCode != 404 {
					t.Errorf("%s: %d", never, a.StatusCode)
				}
			}
			s.now = s.now.AddDate(0, 1, 0)
			want("a month later", ends, 404)
			if err := (&library.Reaper{Library: s.lib}).RemoveExpired(t.Context()); err != nil {
				t.Fatal(err)
			}
			want("forgotten", ends, 404)
		})
	}
}

// What strangers were not shown leaves no word.
func TestOfWhatWasRejectedNothingIsSaid(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Remember = media.Period{Years: 1} })
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	id := s.uploadNamed("a.jpg", plainJPEG(t, 30, 20), "expiration", "PT5M")
	if _, err := s.db.SetModeration(t.Context(), id, media.ModerationRejected); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Hour)
	if err := (&library.Reaper{Library: s.lib}).RemoveExpired(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, road := range []string{"/image/" + id, "/images/2026/11/20/a.jpg"} {
		if a := s.do("GET", road, nil); a.StatusCode != 404 {
			t.Errorf("%s: %d, want 404", road, a.StatusCode)
		}
	}
}
