package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"postern/media"
)

var albumLink = regexp.MustCompile(`href="(/album/[^"]+)"`)

// smallPage bounds what a page with any number of albums has.
const smallPage = 60_000

// TestManyAlbums looks at every page that offers albums to who has 10,000.
func TestManyAlbums(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const many = 10_000
	for i := range many {
		a := media.Album{Slug: fmt.Sprintf("a%06d", i), UserID: s.bob.ID, Title: fmt.Sprintf("Album number %d of many", i), CreatedAt: time.Unix(int64(i), 0)}
		if err := s.db.InsertAlbum(t.Context(), &a); err != nil {
			t.Fatal(err)
		}
	}
	id := s.uploadAs(s.bobKey, "small.jpg", "album_id", "a000007")
	bob := s.signIn(s.bobKey)
	edit := "/items/" + id + "/edit"
	for path, says := range map[string]string{
		"/": `list="albums"`, "/albums": "Album number 9999 of many", edit: `value="a000007"`,
	} {
		a := bob.get(path)
		if len(a.body) > smallPage || !strings.Contains(a.body, says) || strings.Contains(a.body, "number 100 of") {
			t.Errorf("%s: %d, %d bytes, want at most %d with %q", path, a.StatusCode, len(a.body), smallPage, says)
		}
		if got := strings.Count(a.body, "<option value=\"a00"); path != "/albums" && got != 50 {
			t.Errorf("%s offers %d albums, want 50", path, got)
		}
	}
	if a := bob.get(edit); !strings.Contains(a.body, "Album number 7 of many") {
		t.Error("the form does not tell the title of an old album")
	}
	bob.submit(edit, "/image/t."+id, url.Values{"title": {"t"}, "expiration": {"keep"}, "album_id": {" Album number  41 of many "}})
	bob.wants(edit, http.StatusOK, `value="a000041"`)
}

// TestAlbumsArePaged walks through the list of albums to its end and back.
func TestAlbumsArePaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const many = 130
	for i := range many {
		a := media.Album{Slug: fmt.Sprintf("a%06d", i), UserID: s.bob.ID, Title: "Album", CreatedAt: time.Unix(int64(i/3), 0)}
		if err := s.db.InsertAlbum(t.Context(), &a); err != nil {
			t.Fatal(err)
		}
	}
	bob := s.signIn(s.bobKey)
	read := func(path string) []string {
		var found []string
		for _, m := range albumLink.FindAllStringSubmatch(bob.get(path).body, -1) {
			found = append(found, m[1])
		}
		return found
	}
	step := func(path, rel string) string {
		m := regexp.MustCompile(`rel="` + rel + `"[^>]* href="([^"]+)"`).FindStringSubmatch(bob.get(path).body)
		if m == nil {
			return ""
		}
		return strings.ReplaceAll(m[1], "&amp;", "&")
	}
	var pages, all []string
	for path := "/albums"; path != ""; path = step(path, "next") {
		pages, all = append(pages, path), append(all, read(path)...)
	}
	if len(pages) != 3 || len(all) != many || all[0] != "/album/a000129" || all[many-1] != "/album/a000000" {
		t.Fatalf("%d albums on %d pages, from %v", len(all), len(pages), all[:1])
	}
	for i := len(pages) - 1; i > 0; i-- {
		if got, want := read(step(pages[i], "prev")), read(pages[i-1]); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("before page %d: %v, want %v", i, got, want)
		}
	}
}

// TestAlbumsByTitle names albums in uploads by what their users know of them.
func TestAlbumsByTitle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin, bob := s.signIn(s.key), s.signIn(s.bobKey)
	for _, title := range []string{"Sea", "Twice", "Twice"} {
		admin.mustPost("/albums", "title", title)
	}
	bob.mustPost("/albums", "title", "Bob's")
	albums, err := s.lib.Albums.List(t.Context(), media.AlbumQuery{UserID: s.admin.ID, Limit: 10})
	if err != nil || len(albums) != 3 {
		t.Fatalf("albums %v, %v", albums, err)
	}
	for i, test := range []struct {
		name  string
		album int64
		fault string
	}{
		{albums[0].Slug, albums[0].ID, ""},
		{"Sea", albums[2].ID, ""},
		{"sea", 0, "there is no such album of yours"},
		{"Bob's", 0, "there is no such album of yours"},
		{"Twice", 0, "several albums of yours have this title, send the ID"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.upload("a.jpg", plainJPEG(t, 40+i, 40), "album_id", test.name)
			if test.fault != "" {
				if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, test.fault) {
					t.Errorf("album_id %q: %d %s, want 400 that says %q", test.name, a.StatusCode, a.body, test.fault)
				}
				return
			}
			it, err := s.lib.Item(t.Context(), media.Viewer{}, text(a.image(t), "id_encoded"))
			if err != nil || it.AlbumID != test.album {
				t.Errorf("album_id %q: in album %d, %v, want %d", test.name, it.AlbumID, err, test.album)
			}
		})
	}
}
