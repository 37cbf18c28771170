package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"postern/media"
)

// TestLongListsAreRefused sends more than one transaction is to carry out.
func TestLongListsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	first, second := s.mustPile(s.bobKey, 20), s.mustPile(s.bobKey, 30)
	numbers := func(n int) string {
		return fmt.Sprintf(`{"media_ids": [%d%s]}`, numberOf(first["id"]), strings.Repeat(fmt.Sprintf(", %d", numberOf(first["id"])), n-1))
	}
	if status, v := s.v1("POST", "/posts", s.bobKey, numbers(media.MaxPostItems+1)); status != http.StatusUnprocessableEntity {
		t.Errorf("too many media: got %d %v, want 422", status, v)
	}
	status, v := s.v1("POST", "/posts", s.bobKey, numbers(media.MaxPostItems))
	if status != http.StatusCreated {
		t.Fatalf("as many as can be: got %d %v", status, v)
	}
	path := "/posts/" + dig(v, "post", "slug").(string)
	if status, v := s.v1("PATCH", path, s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(second["id"]))); status != http.StatusOK {
		t.Fatalf("add one: got %d %v", status, v)
	}
	slugs := []string{second["slug"].(string), first["slug"].(string)}
	long := `{"media_order": ["` + slugs[0] + strings.Repeat(`", "`+slugs[1], media.MaxPostItems) + `"]}`
	if status, v := s.v1("PATCH", path, s.bobKey, long); status != http.StatusUnprocessableEntity {
		t.Errorf("too long an order: got %d %v, want 422", status, v)
	}
	for range 2 { // the order is turned, and turned again
		status, v := s.v1("PATCH", path, s.bobKey, `{"media_order": ["`+slugs[0]+`"]}`)
		_, post := s.v1("GET", path, "", "")
		if status != http.StatusOK || dig(post, "data", "media", 0, "slug") != slugs[0] || dig(post, "data", "media", 1, "slug") != slugs[1] {
			t.Errorf("an order: got %d %v, media %v, want %s first", status, v, dig(post, "data", "media"), slugs[0])
		}
		slugs[0], slugs[1] = slugs[1], slugs[0]
	}
}
