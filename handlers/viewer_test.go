package handlers_test

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
)

// between is the text between two others, as gallery-dl's extractors look for
// things, and what follows it.
func between(text, begin, end string) (found, rest string) {
	_, after, ok := strings.Cut(text, begin)
	if !ok {
		return "", text
	}
	found, rest, ok = strings.Cut(after, end)
	if !ok {
		return "", text
	}
	return found, rest
}

// The patterns of gallery-dl's extractor for Chevereto, behind the host.
var (
	galleryFile  = regexp.MustCompile(`^/(?:im(?:g|age)|video|i)/[^/?#]+`)
	galleryAlbum = regexp.MustCompile(`^/a(?:lbum)?/[^/?#]+`)
)

// galleryFileOf does what the extractor does with a page of one file.
func galleryFileOf(page string) (kind, title, file, album string) {
	kind, _ = between(page, `property="og:type" content="`, `"`)
	title, rest := between(page, `property="og:title" content="`, `"`)
	if kind == "video" {
		file, rest = between(rest, `property="og:video" content="`, `"`)
	} else {
		file, rest = between(rest, `<meta property="og:image" content="`, `"`)
	}
	link, rest := between(rest, "Added to <a", "</a>")
	date, _ := between(rest, `<span title="`, `"`)
	if _, err := time.Parse(time.DateTime, date); err != nil {
		file = "no date"
	}
	cut := strings.LastIndex(link, ">") + 1
	album, _ = between(link[:cut], `href="`, `"`)
	return kind, html.UnescapeString(title), file, album + " " + html.UnescapeString(link[cut:])
}

func TestGalleryDLFindsFilesAndAlbums(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.VideoRoute = "video" })
	album, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.admin}, "Sommer & Meer")
	if err != nil {
		t.Fatal(err)
	}
	picture := s.mustUpload("photo.jpg", "photo.jpg", "title", `"sea" & <sun>`, "album_id", album.Slug)
	video := s.mustUpload("v.mp4", "v.mp4", "title", "a video", "album_id", album.Slug)
	path := "/album/" + album.Slug
	page := s.do("GET", path, nil).body
	if name, _ := between(page, `property="og:title" content="`, `"`); html.UnescapeString(name) != album.Title || !galleryAlbum.MatchString(path) {
		t.Errorf("album %q at %s", name, path)
	}
	if count, _ := between(page, `data-text="image-count"`, "<"); !strings.HasSuffix(count, ">2") {
		t.Errorf("the album's count: %q", count)
	}
	var found []string
	for {
		item, rest := between(page, `<div class="list-item-image `, "image-container")
		if item == "" {
			break
		}
		page = rest
		link, _ := between(item, `<a href="`, `"`)
		found = append(found, galleryFile.FindString(link))
	}
	want := []string{text(video, "path_viewer"), text(picture, "path_viewer")}
	if strings.Join(found, " ") != strings.Join(want, " ") {
		t.Fatalf("the album lists %v, want %v", found, want)
	}
	admin := s.signIn(s.key)
	for i, image := range []map[string]any{video, picture} {
		kind, title, file, from := galleryFileOf(admin.get(found[i]).body)
		wantKind, wantFrom := map[int]string{0: "video", 1: "article"}[i], path+" "+album.Title
		if kind != wantKind || title != text(image, "title") || file != text(image, "url") || from != wantFrom {
			t.Errorf("%s: %s %q of %q in %q, want %s %q of %q in %q", found[i], kind, title, file, from, wantKind, text(image, "title"), text(image, "url"), wantFrom)
		}
	}
}

func TestGalleryDLTurnsThePages(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Duplicates = library.DuplicatesAllow })
	album, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.admin}, "many")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 70 {
		id := "paged" + strconv.Itoa(10+i)
		it := media.Item{
			ID: id, UserID: s.admin.ID, AlbumID: album.ID, Kind: media.KindImage, Width: 1, Height: 1, CreatedAt: time.Now(),
			Original: media.File{Key: "images/" + id + ".png", MIME: "image/png"}, Thumb: media.File{Key: "images/" + id + ".th.png", MIME: "image/png"},
		}
		if err := s.db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
	}
	count := 0
	for next := "/album/" + album.Slug; next != ""; {
		page := s.do("GET", next, nil).body
		count += strings.Count(page, `<div class="list-item-image `)
		next, _ = between(page, `data-pagination="next" href="`, `"`)
		next = html.UnescapeString(next)
	}
	if count != 70 {
		t.Errorf("%d items on all pages, want 70", count)
	}
}

func TestAnItemDoesNotTellOfItsAlbum(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	album, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.bob}, "Sommer")
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.bob}, "Other")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for i, name := range []string{"photo.jpg", "small.jpg", "alpha.png"} {
		s.now = time.Date(2026, 11, 20, 12, i, 0, 0, time.UTC)
		title, _, _ := strings.Cut(name, ".")
		paths = append(paths, "/image/"+title+"."+s.uploadAs(s.bobKey, name, "album_id", album.Slug))
	}
	from := "?album=" + album.Slug
	page := s.do("GET", paths[1]+from, nil).body
	for _, want := range []string{`rel="prev" id="newer" href="` + paths[2] + from, `rel="next" id="next" href="` + paths[0] + from, "/album/" + album.Slug} {
		if !strings.Contains(page, want) {
			t.Errorf("from the album: nothing says %q", want)
		}
	}
	if first := s.do("GET", paths[2]+from, nil).body; strings.Contains(first, `id="newer"`) || !strings.Contains(first, `id="next"`) {
		t.Error("the newest has a newer one, or no older one")
	}
	for _, query := range []string{"", "?album=" + other.Slug, "?album=rubbish"} {
		if page := s.do("GET", paths[1]+query, nil).body; strings.Contains(page, album.Slug) || strings.Contains(page, "Sommer") || strings.Contains(page, `id="next"`) {
			t.Errorf("%q: the page tells of the album", query)
		}
	}
	if page := s.signIn(s.bobKey).get(paths[1]).body; !strings.Contains(page, "/album/"+album.Slug) {
		t.Error("the page does not tell its user of the album")
	}
}

func TestWhatOneMayDoOnAViewer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.uploadAs(s.bobKey, "photo.jpg")
	_, carolKey := s.addUser("carol", false)
	for name, test := range map[string]struct {
		key string
		own bool
	}{"its user": {s.bobKey, true}, "an admin": {s.key, true}, "another": {carolKey, false}} {
		t.Run(name, func(t *testing.T) {
			page := s.signIn(test.key).get("/image/photo." + id).body
			if got := strings.Contains(page, "/items/"+id+"/edit"); got != test.own {
				t.Errorf("%s may change it: %v", name, got)
			}
			undone, final := strings.Contains(page, "/items/"+id+"/discard"), strings.Contains(page, "/delete/"+s.lib.Secret.DeleteToken(id))
			if undone != (name == "its user") || final != (name == "an admin") {
				t.Errorf("%s may delete it for now: %v, for good: %v", name, undone, final)
			}
		})
	}
	page := s.do("GET", "/image/photo."+id, nil).body
	if strings.Contains(page, "/items/") || strings.Contains(page, "/delete/") || strings.Contains(page, s.lib.Secret.DeleteToken(id)) {
		t.Error("a stranger is shown how to change it")
	}
}

func TestFactsOfACamera(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	it := media.Item{
		ID: "camera1", UserID: s.bob.ID, Kind: media.KindImage, Width: 4, Height: 3, CreatedAt: time.Now(),
		EXIF: `{"Make":"Canon","Model":"Canon EOS 5D","LensModel":"EF50mm <f/1.8>","ExposureTime":"1/200","FNumber":"28/10",
			"FocalLength":"50/1","ISOSpeedRatings":"400","DateTimeOriginal":"2024:05:06 07:08:09","GPSLatitude":"52/1"}`,
		Original: media.File{Key: "images/c.jpg", MIME: "image/jpeg"}, Thumb: media.File{Key: "images/c.th.jpg", MIME: "image/jpeg"},
	}
	if err := s.db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
		t.Fatal(err)
	}
	page := s.do("GET", "/image/camera1", nil).body
	for _, want := range []string{">Canon EOS 5D<", "EF50mm &lt;f/1.8&gt;", "1/200 s · f/2.8 · 50 mm · ISO 400", "2024-05-06 07:08"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "GPS") || strings.Contains(page, "52/1") {
		t.Error("the page tells the place")
	}
	page = s.do("GET", text(s.mustUpload("exif.jpg", "exif.jpg"), "url_viewer"), nil).body
	for _, want := range []string{">Canon EOS 5D<", ">f/2.8 · ISO 200<", ">2015-06-07 08:09<"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of an upload does not say %q", want)
		}
	}
}

func TestOEmbed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	picture := s.mustUpload("photo.jpg", "photo.jpg", "title", `a "sea"`, "expiration", "PT10M")
	video := s.mustUpload("v.mp4", "v.mp4")
	ask := func(image map[string]any, more string) (answer map[string]any) {
		t.Helper()
		a := s.do("GET", "/oembed?url="+url.QueryEscape(text(image, "url_viewer"))+more, nil)
		if err := json.Unmarshal([]byte(a.body), &answer); err != nil || a.StatusCode != 200 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		return answer
	}
	medium := text(picture["medium"].(map[string]any), "url")
	thumb := text(picture["thumb"].(map[string]any), "url")
	for _, test := range []struct {
		name, more    string
		url           string
		width, height float64
	}{
		{"as large as it is", "", text(picture, "url"), 800, 600},
		{"in bounds", "&maxwidth=800&maxheight=600&format=json", text(picture, "url"), 800, 600},
		{"less wide", "&maxwidth=799", medium, 500, 375},
		{"less high", "&maxheight=374", thumb, 320, 320},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ask(picture, test.more)
			if got["type"] != "photo" || got["version"] != "1.0" || got["title"] != `a "sea"` || got["cache_age"] != 600.0 || got["provider_name"] != "Postern" ||
				got["url"] != test.url || got["width"] != test.width || got["height"] != test.height || got["thumbnail_url"] != thumb {
				t.Errorf("%s: %v", test.name, got)
			}
		})
	}
	got := ask(video, "&maxwidth=320")
	frame, _ := got["html"].(string)
	src, _ := between(frame, `<iframe src="`, `"`)
	if got["type"] != "video" || got["width"] != 320.0 || got["height"] != 180.0 || src != text(video, "url_short")+"/embed" || got["cache_age"] != 86400.0 {
		t.Errorf("the video: %v", got)
	}
	a := s.do("GET", src, nil)
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.Contains(a.body, `src="`+text(video, "url")+`"`) || strings.Contains(policy, "frame-ancestors") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the page in the frame: policy %q\n%s", policy, a.body)
	}
	if page := s.do("GET", text(video, "url_viewer"), nil).body; !strings.Contains(page, `<meta name="twitter:player" content="`+src+`"`) {
		t.Error("the viewer does not name the player")
	}
	link, _ := between(s.do("GET", text(picture, "url_viewer"), nil).body, `type="application/json+oembed" href="`, `"`)
	if a := s.do("GET", html.UnescapeString(link), nil); a.StatusCode != 200 || !strings.Contains(a.body, text(picture, "url")) {
		t.Errorf("the link of the page leads to %d %s", a.StatusCode, a.body)
	}
	for query, status := range map[string]int{
		"": 404, "url=" + url.QueryEscape("https://elsewhere.example"+text(picture, "path_viewer")): 404, "url=%25": 404,
		"url=" + url.QueryEscape(text(picture, "delete_url")): 404, "format=xml&url=" + url.QueryEscape(text(picture, "url_viewer")): 200,
		"format=yaml&url=" + url.QueryEscape(text(picture, "url_viewer")): 501,
	} {
		if a := s.do("GET", "/oembed?"+query, nil); a.StatusCode != status {
			t.Errorf("%q: %d, want %d", query, a.StatusCode, status)
		}
	}
}

// No cache keeps what tells of a private item.
func TestWhatEmbedsAPrivateItemIsNotKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body, contentType := multipartBody(t, "photo.jpg", input(t, "photo.jpg"), "visibility", "private")
	uploaded := s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.bobKey).image(t)
	a := s.signIn(s.bobKey).get("/oembed?url=" + url.QueryEscape(text(uploaded, "url_viewer")))
	if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "private, no-store" || !strings.Contains(a.body, `"cache_age":0,`) {
		t.Errorf("%d, %q: %s", a.StatusCode, a.Header.Get("Cache-Control"), a.body)
	}
}
