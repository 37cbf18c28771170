package handlers_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
)

// sendAtOnce sends the same file several times at once with bob's key, and
// returns the statuses and the IDs of what was answered.
func (s *site) sendAtOnce(times int, data []byte) (statuses map[int]int, ids map[string]bool) {
	s.t.Helper()
	body, contentType := multipartBody(s.t, "a.jpg", data)
	statuses, ids = make(map[int]int), make(map[string]bool)
	var wait sync.WaitGroup
	var mu sync.Mutex
	for range times {
		wait.Go(func() {
			a := s.do("POST", "/api/1/upload", bytes.NewReader(body.Bytes()), "Content-Type", contentType, "X-API-Key", s.bobKey)
			mu.Lock()
			defer mu.Unlock()
			statuses[a.StatusCode]++
			if a.StatusCode == 200 {
				ids[text(a.image(s.t), "id_encoded")] = true
			}
		})
	}
	wait.Wait()
	return statuses, ids
}

// wantUsage checks what bob has and has uploaded today.
func (s *site) wantUsage(items, daily int64) {
	s.t.Helper()
	u, err := s.db.Usage(s.t.Context(), s.bob.ID, "", s.time())
	if err != nil || u.Items != items || u.Daily != daily {
		s.t.Errorf("usage %+v, %v, want %d items, %d uploads today", u, err, items, daily)
	}
}

func TestTheSameFileAtOnceIsOneItem(t *testing.T) {
	t.Parallel()
	for duplicates, taken := range map[library.Duplicates]int{library.DuplicatesReuse: 8, library.DuplicatesReject: 1} {
		t.Run(string(duplicates), func(t *testing.T) {
			s := newSite(t, func(set *settings) {
				set.Duplicates, set.Workers = duplicates, 8
				if duplicates == library.DuplicatesReuse {
					// One item a round leaves room in it, so that none is refused before its
					// bytes are known.
					set.Quota = media.Quota{Items: 5, Daily: 5}
					if onBucket() { // where each holds a place until it is known to be a twin
						set.Quota = media.Quota{Items: 12, Daily: 12}
					}
				}
			})
			for round := range 4 {
				statuses, ids := s.sendAtOnce(8, plainJPEG(t, 300+round, 200))
				if statuses[200] != taken || statuses[400] != 8-taken || len(ids) != 1 {
					t.Errorf("round %d: %v, items %v; want %d taken, one item", round, statuses, ids, taken)
				}
				s.wantUsage(int64(round+1), int64(round+1))
				if t.Failed() {
					break
				}
			}
			if staged, err := s.lib.Staging.Names(); err != nil || len(staged) != 0 {
				t.Errorf("staged files are left: %v, %v", staged, err)
			}
		})
	}
}

func TestAnImgpileUploadIsAMediaOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, duplicates := range []library.Duplicates{library.DuplicatesReuse, library.DuplicatesAllow} {
		s := newSite(t, withImgpile, func(set *settings) { set.Duplicates = duplicates })
		first := s.mustPile(s.bobKey, 100)
		second := s.mustPile(s.bobKey, 100)
		body, contentType := multipartBody(t, "w100.jpg", plainJPEG(t, 100, 50))
		third := text(s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.bobKey).image(t), "id_encoded")
		if first["slug"] == second["slug"] || third == first["slug"] || third == second["slug"] {
			t.Errorf("%s: media %v, %v and item %s are to be three", duplicates, first["slug"], second["slug"], third)
		}
		if fourth := s.mustPile(s.bobKey, 100); fourth["slug"] == third {
			t.Errorf("%s: the item of the other API was answered", duplicates)
		}
	}
}

func TestMediaOfOnePostDoNotMoveToAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, func(set *settings) { set.Duplicates = library.DuplicatesReuse })
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	inPost, free := s.mustPile(s.bobKey, 100), s.mustPile(s.bobKey, 110)
	makePost := func(ids ...any) (int, map[string]any) {
		return s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%s]}`, join(ids)))
	}
	_, v := makePost(inPost["id"])
	private := dig(v, "post", "slug").(string)
	if status, v := s.v1("PATCH", "/posts/"+private, s.bobKey, `{"visibility": "private"}`); status != 200 {
		t.Fatalf("%d %v", status, v)
	}
	status, v := makePost(free["id"], inPost["id"])
	want := fmt.Sprintf("The media %v is in another post, %s.", inPost["id"], private)
	if got := dig(v, "errors", "media_ids.1", 0); status != 422 || got != want {
		t.Errorf("a post of both: %d %v, want 422 and %q", status, v, want)
	}
	if _, v := s.v1("GET", "/posts/"+private, s.bobKey, ""); numberOf(dig(v, "data", "media_count")) != 1 || dig(v, "data", "visibility") != "private" {
		t.Errorf("the private post is now %v", v)
	}
	_, v = makePost(free["id"])
	public := dig(v, "post", "slug").(string)
	status, v = s.v1("PATCH", "/posts/"+public, s.bobKey, fmt.Sprintf(`{"title": "taken", "media_ids": [%s]}`, join([]any{inPost["id"]})))
	if got := dig(v, "errors", "media_ids.0", 0); status != 422 || got != want {
		t.Errorf("an edit: %d %v, want 422 and %q", status, v, want)
	}
	if _, v := s.v1("GET", "/posts/"+public, s.bobKey, ""); dig(v, "data", "title") != nil || numberOf(dig(v, "data", "media_count")) != 1 {
		t.Errorf("the refused edit changed the post: %v", v)
	}
	// What a post has already may be named again.
	if status, v := s.v1("PATCH", "/posts/"+public, s.bobKey, fmt.Sprintf(`{"media_ids": [%s]}`, join([]any{free["id"]}))); status != 200 {
		t.Errorf("its own media: %d %v", status, v)
	}
	// Of others' media nothing is told.
	if status, v := s.v1("POST", "/posts", s.key, fmt.Sprintf(`{"media_ids": [%s]}`, join([]any{inPost["id"]}))); status != 422 ||
		dig(v, "errors", "media_ids", 0) != "The selected media ids is invalid." {
		t.Errorf("a stranger: %d %v", status, v)
	}
}

func join(ids []any) (s string) {
	for i, id := range ids {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprint(numberOf(id))
	}
	return s
}

// What was put into a post is not what its upload asked for any more.
func TestWhatIsInAPostIsNotAnsweredForAnUpload(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, func(set *settings) { set.Duplicates = library.DuplicatesReuse })
	first := s.uploadAs(s.bobKey, "small.jpg")
	if again := s.uploadAs(s.bobKey, "small.jpg"); again != first {
		t.Fatalf("reuse: %s, then %s", first, again)
	}
	it, err := s.db.Item(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if status, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, it.Number)); status != 201 {
		t.Fatalf("%d %v", status, v)
	}
	if again := s.uploadAs(s.bobKey, "small.jpg"); again == first {
		t.Error("the upload was answered with what is in a post")
	}
}
