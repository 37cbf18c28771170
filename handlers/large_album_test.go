package handlers_test

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// TestTheOrderOfALargeAlbum arranges an album whose items stand on three pages: each page by
// itself, an item from one page to another, and all at once.
func TestTheOrderOfALargeAlbum(t *testing.T) {
	t.Parallel()
	const many = 2*media.MaxSelection + 2
	s := newSite(t)
	owner := s.signIn(s.bobKey)
	path := owner.mustPost("/albums", "title", "Trip").Header.Get("Location")
	a, err := s.db.AlbumBySlug(t.Context(), strings.TrimPrefix(path, "/album/"))
	if err != nil {
		t.Fatal(err)
	}
	var oldest []string
	for i := range many {
		id := fmt.Sprintf("a%06d", i)
		it := media.Item{
			ID: id, Kind: media.KindImage, Width: 4, Height: 3, MD5: id, SourceMD5: id, SourceSize: 9, Title: fmt.Sprintf("%04d", (i+7)%many),
			UserID: s.bob.ID, AlbumID: a.ID, CreatedAt: time.Unix(int64(i), 0).UTC(), Visibility: media.Hidden,
			Original: media.File{Key: "images/" + id + ".jpg", MIME: "image/jpeg", Size: 9, Width: 4, Height: 3},
			Thumb:    media.File{Key: "images/" + id + ".th.jpg", MIME: "image/jpeg", Size: 9, Width: 4, Height: 3},
		}
		if err := s.db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
		oldest = append(oldest, id)
	}
	newest := slices.Clone(oldest)
	slices.Reverse(newest)
	owner.wants(path+"/order", http.StatusOK, `name="place-`+newest[0]+`" value="1"`, "places 1 to 500 of 1002", `name="page" value="2"`)
	owner.wants(path+"/order?page=3", http.StatusOK, `name="place-`+newest[1001]+`" value="1002"`, `name="first" value="1001"`, `name="page" value="2"`)

	order := func(to string, want []string, form url.Values) {
		t.Helper()
		if got := owner.sendForm(path+"/order", owner.cookie, form).Header.Get("Location"); got != path+to {
			t.Errorf("to %s, want %s", got, path+to)
		}
		got, err := s.lib.Albums.Order(t.Context(), media.Caller{User: s.bob}, a.Slug)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("order %v of %d, want %v of %d, %v", first(got, want), len(got), first(want, got), len(want), err)
		}
	}
	// The second page with its first two exchanged, while the album has no order of its own.
	wanted := slices.Clone(newest)
	wanted[500], wanted[501] = wanted[501], wanted[500]
	order("/order?done=order&n=1&page=3", wanted, url.Values{"first": {"501"}, "id": wanted[500:1000], "page": {"3"}})
	owner.wants(path+"/order?done=order&n=1&page=3", http.StatusOK, "Order of the album saved.")

	// From the first page to the end, and back to the middle.
	moved := wanted[3]
	wanted = append(slices.Delete(wanted, 3, 4), moved)
	form := url.Values{"first": {"1"}, "id": slices.Insert(slices.Clone(wanted[:499]), 3, moved), "place-" + moved: {"1002"}, "show": {moved}}
	order("/order?done=order&n=1&page=3#item-"+moved, wanted, form)
	form = url.Values{"first": {"1001"}, "id": slices.Clone(wanted[1000:]), "place-" + moved: {"601"}}
	wanted = slices.Insert(slices.Clone(wanted[:1001]), 600, moved)
	order("?done=order&n=1", wanted, form)

	order("?done=order&n=1", oldest, url.Values{"by": {"oldest"}})
	byTitle := append(slices.Clone(oldest[many-7:]), oldest[:many-7]...)
	order("?done=order&n=1", byTitle, url.Values{"by": {"title"}, "id": oldest[:500]})
	order("?done=order&n=1", newest, url.Values{"by": {"newest"}})

	// All of it is downloaded at once, as far as it has files: none has.
	owner.wants(path, http.StatusOK, `name="list" value="`+path+`"`, `name="all" value="whole"`)
	archive := owner.sendForm("/items/download", owner.cookie, url.Values{"all": {"whole"}, "list": {path}})
	files, err := zip.NewReader(strings.NewReader(archive.body), int64(len(archive.body)))
	if err != nil || len(files.File) != 1 || files.File[0].Name != "_missing.txt" {
		t.Fatalf("ZIP: %d, %v", archive.StatusCode, err)
	}
	missing, err := files.Open("_missing.txt")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(missing)
	if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); err != nil || len(lines) != many || !strings.HasPrefix(lines[0], newest[0]) || !strings.HasPrefix(lines[many-1], newest[many-1]) {
		t.Errorf("%d files are missing, from %s on, %v, want %d", len(lines), lines[0], err, many)
	}
	if a := owner.sendForm("/items/download", owner.cookie, url.Values{"all": {"whole"}, "list": {"/gallery"}}); a.StatusCode != http.StatusNotFound {
		t.Errorf("a whole gallery: %d, want 404", a.StatusCode)
	}
}

// first tells where an order leaves another one.
func first(order, other []string) string {
	for i, id := range order {
		if i >= len(other) || other[i] != id {
			return fmt.Sprint(id, " at ", i+1)
		}
	}
	return "none"
}
