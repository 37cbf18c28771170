package handlers_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
)

// uploadAs sends a file with a user's key and returns the item's ID.
func (s *site) uploadAs(key, name string, fields ...string) string {
	s.t.Helper()
	body, contentType := multipartBody(s.t, name, input(s.t, name), fields...)
	return text(s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", key).image(s.t), "id_encoded")
}

var listed = regexp.MustCompile(`<li class="thumb[^>]*>.*?href="/(?:image|clip)/(?:[^".]*\.)?(\w{7})[?"]`)

// items are the IDs that a page lists.
func (a answer) items() []string {
	var ids []string
	for _, m := range listed.FindAllStringSubmatch(strings.ReplaceAll(a.body, "\n", " "), -1) {
		ids = append(ids, m[1])
	}
	return ids
}

func (v *visitor) wantItems(path string, want ...string) answer {
	v.t.Helper()
	a := v.get(path)
	if a.StatusCode != 200 || !slices.Equal(a.items(), want) {
		v.t.Errorf("%s: %d, items %v, want %v", path, a.StatusCode, a.items(), want)
	}
	return a
}

func TestTheGalleryListsOnesOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s.uploadAs(s.key, "photo.jpg")
	first := s.uploadAs(s.bobKey, "photo.jpg", "title", `<b>The</b> "sea"`, "tags", "summer")
	s.now = s.now.Add(time.Minute)
	video := s.uploadAs(s.bobKey, "v.mp4")
	s.now = s.now.Add(time.Minute)
	last := s.uploadAs(s.bobKey, "small.jpg", "nsfw", "1", "expiration", "PT10M")
	bob := s.signIn(s.bobKey)
	a := bob.wantItems("/gallery", last, video, first)
	for _, want := range []string{"3 files", "&lt;b&gt;The&lt;/b&gt;", "00:03", "Sensitive", `datetime="2026-11-20T12:12:00Z"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the gallery does not say %q", want)
		}
	}
	if strings.Contains(a.body, "<b>The") || strings.Contains(a.body, s.bobKey) {
		t.Error("a title is not escaped, or the key is there")
	}
	bob.wantItems("/gallery?kind=video", video)
	bob.wantItems("/gallery?q=SEA+summer", first)
	bob.wantItems("/gallery?q=nothing+like+this")
	s.now = s.now.Add(10 * time.Minute)
	bob.wantItems("/gallery", video, first)
}

func TestTheGalleryIsPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Duplicates = library.DuplicatesAllow })
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var all []string // newest first
	for i := range 130 {
		id := fmt.Sprintf("paged%02d", i%100)
		if i >= 100 {
			id = fmt.Sprintf("later%02d", i%100)
		}
		it := media.Item{
			ID: id, UserID: s.bob.ID, Kind: media.KindImage, Width: 1, Height: 1, CreatedAt: s.now.Add(time.Duration(i/7) * time.Second),
			Original: media.File{Key: "images/" + id + ".png", MIME: "image/png"}, Thumb: media.File{Key: "images/" + id + ".th.png", MIME: "image/png"},
		}
		if err := s.db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
		all = slices.Insert(all, 0, id)
	}
	bob := s.signIn(s.bobKey)
	links := regexp.MustCompile(`rel="(prev|next)"[^>]* href="([^"]+)"`)
	follow := func(a answer) map[string]string {
		found := make(map[string]string)
		for _, m := range links.FindAllStringSubmatch(a.body, -1) {
			found[m[1]] = strings.ReplaceAll(m[2], "&amp;", "&")
		}
		return found
	}
	first := follow(bob.wantItems("/gallery?kind=image", all[:60]...))
	second := follow(bob.wantItems(first["next"], all[60:120]...))
	third := follow(bob.wantItems(second["next"], all[120:]...))
	if first["prev"] != "" || third["next"] != "" || !strings.Contains(second["next"], "kind=image") {
		t.Errorf("pages beside: %v, %v, %v", first, second, third)
	}
	back := follow(bob.wantItems(third["prev"], all[60:120]...))
	top := follow(bob.wantItems(back["prev"], all[:60]...))
	if top["prev"] != "" || top["next"] == "" {
		t.Errorf("pages beside the first again: %v", top)
	}
	bob.wantItems("/gallery?after=rubbish", all[:60]...)

	// What is deleted from all pages at once is had back by one button.
	to := bob.sendForm("/items", bob.cookie, url.Values{"do": {"discard"}, "all": {"1"}, "list": {"/gallery"}, "count": {"130"}}).Header.Get("Location")
	ids := regexp.MustCompile(`name="id" value="(\w+)"`).FindAllStringSubmatch(bob.wantItems(to).body, -1)
	form := url.Values{"do": {"restore"}}
	for _, m := range ids {
		form.Add("id", m[1])
	}
	if told := bob.chooseByScript(form); told.Done != 130 {
		t.Errorf("%d of %d are had back, want 130", told.Done, len(ids))
	}
}

// TestTheGalleryIsSortedAndNarrowed: each order and filter lists what it should, its pages keep
// it, and so do the links from an item to its neighbours.
func TestTheGalleryIsSortedAndNarrowed(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Duplicates = library.DuplicatesAllow })
	s.now = time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC)
	bob := s.signIn(s.bobKey)
	album := strings.TrimPrefix(bob.sendForm("/albums", bob.cookie, url.Values{"title": {"Trip"}}).Header.Get("Location"), "/album/")
	small := s.uploadAs(s.bobKey, "small.jpg", "title", "b", "visibility", "public")
	s.now = s.now.Add(2 * time.Hour)
	photo := s.uploadAs(s.bobKey, "photo.jpg", "title", "C", "tags", "Sea", "album_id", album)
	s.now = s.now.Add(time.Minute)
	ending := s.uploadAs(s.bobKey, "small.jpg", "title", "a", "expiration", "P3D", "visibility", "private")
	for range 2 { // an owner's visits are none
		bob.wants(bob.pageOf(photo), http.StatusOK)
	}
	s.guest().wants(s.guest().pageOf(small), http.StatusOK)
	if err := s.db.SetQuota(t.Context(), s.bob.ID, media.Quota{Bytes: 5_000_000}); err != nil {
		t.Fatal(err)
	}
	bob.wants("/gallery", http.StatusOK, "of 5\u00a0MB used")
	bob.wants("/account", http.StatusOK, `<meter min="0" max="5000000"`, " / 5\u00a0MB")
	for query, want := range map[string][]string{
		"":                     {ending, photo, small},
		"?sort=oldest":         {small, photo, ending},
		"?sort=title":          {ending, small, photo},
		"?sort=size":           {photo, ending, small},
		"?sort=views":          {small, ending, photo},
		"?sort=nothing":        {ending, photo, small},
		"?album=none":          {ending, small},
		"?album=" + album:      {photo},
		"?tag=sea":             {photo},
		"?visibility=private":  {ending},
		"?visibility=public":   {small},
		"?visibility=hidden":   {photo},
		"?ending=1":            {ending},
		"?ending=1&kind=video": nil,
	} {
		bob.wantItems("/gallery"+query, want...)
	}
	months := bob.get("/gallery").body
	if n, o := strings.Index(months, `datetime="2026-11"`), strings.Index(months, `datetime="2026-10"`); n < 0 || o < n {
		t.Errorf("the months stand at %d and %d", n, o)
	}
	if a := bob.get("/gallery?album=nothing"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an album that is not there: %d", a.StatusCode)
	}
	chips := bob.get("/gallery?tag=sea&visibility=hidden&sort=title").body
	for _, without := range []string{`href="/gallery?sort=title&amp;visibility=hidden"`, `href="/gallery?sort=title&amp;tag=sea"`} {
		if !strings.Contains(chips, without) {
			t.Errorf("no link %s", without)
		}
	}
	// The neighbours of b in the order of titles are a and C.
	page := bob.get("/image/" + small + "?list=" + url.QueryEscape("/gallery?sort=title"))
	page = bob.get(page.Header.Get("Location"))
	for id, want := range map[string]string{"newer": ending, "next": photo} {
		link := regexp.MustCompile(`id="` + id + `" href="([^"]*)"`).FindString(page.body)
		if !strings.Contains(link, want+"?list=") || !strings.Contains(link, "sort") {
			t.Errorf("%s: %q, want %s", id, link, want)
		}
	}
	bob.submit("/preferences", "/gallery?sort=size", url.Values{"view": {"list"}, "back": {"/gallery?sort=size"}})
	bob.cookie += "; view=list"
	table := bob.get("/gallery?sort=size").body
	for _, want := range []string{`aria-sort="descending"`, `id="item-` + photo + `"`, `href="/gallery?sort=title"`} {
		if !strings.Contains(table, want) {
			t.Errorf("the table has no %s", want)
		}
	}
}

func TestDeletingAndUndoing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body, contentType := multipartBody(t, "photo.jpg", input(t, "photo.jpg"), "title", "The sea")
	uploaded := s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.bobKey).image(t)
	id := text(uploaded, "id_encoded")
	roads := []string{text(uploaded, "url"), text(uploaded, "url_viewer"), text(uploaded, "display_url"), text(uploaded, "delete_url"),
		text(uploaded["thumb"].(map[string]any), "url"), text(uploaded, "url_short") + "/embed", "/oembed?url=" + url.QueryEscape(text(uploaded, "url_viewer"))}
	all := func(when string, want int) {
		t.Helper()
		for _, road := range roads {
			if a := s.do("GET", road, nil); a.StatusCode != want {
				t.Errorf("%s: %s answers %d, want %d", when, road, a.StatusCode, want)
			}
		}
	}
	bob := s.signIn(s.bobKey)
	all("before", 200)
	bob.submit("/items/"+id+"/discard", "/gallery?done=discard&ids="+id+"&n=1", nil)
	all("deleted", 404)
	a := bob.wantItems("/gallery?done=discard&ids=" + id + "&n=1")
	if !strings.Contains(a.body, `name="id" value="`+id+`"`) || !strings.Contains(a.body, `value="restore"`) || !strings.Contains(a.body, "1 file moved to the trash.") {
		t.Errorf("the gallery offers no undo:\n%s", a.body)
	}
	if a := s.signIn(s.key).get("/gallery/bin"); strings.Contains(a.body, id) {
		t.Error("it is in another user's trash")
	}
	if a := bob.get("/gallery/bin"); !strings.Contains(a.body, `/items/`+id+`/restore`) || strings.Contains(a.body, text(uploaded["thumb"].(map[string]any), "url")) {
		t.Errorf("the trash does not list it, or shows its picture: %d", a.StatusCode)
	}
	bob.submit("/items/"+id+"/restore", "/gallery?done=restore&ids="+id+"&n=1", nil)
	all("restored", 200)
	bob.submit("/items/"+id+"/discard", "/gallery?done=discard&ids="+id+"&n=1", nil)
	bob.submit("/items/"+id+"/purge", "/gallery/bin", nil)
	all("purged", 404)
	if a := bob.sendForm("/items/"+id+"/restore", bob.cookie, nil); a.StatusCode != 404 {
		t.Errorf("restore of what is purged: %d", a.StatusCode)
	}
}

func TestEditingOnThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	id := s.uploadAs(s.bobKey, "small.jpg", "title", "old", "expiration", "P1D")
	bob := s.signIn(s.bobKey)
	bob.sendForm("/albums", bob.cookie, url.Values{"title": {"Summer"}})
	albums, err := s.lib.Albums.List(t.Context(), media.AlbumQuery{UserID: s.bob.ID, Limit: 10})
	if err != nil || len(albums) != 1 {
		t.Fatalf("albums %v, %v", albums, err)
	}
	form := url.Values{
		"title": {"new & <fresh>"}, "description": {"one\r\ntwo"}, "tags": {"a, b, a, #"}, "album_id": {albums[0].Slug}, "expiration": {"keep"}, "nsfw": {"1"},
	}
	bob.submit("/items/"+id+"/edit", "/image/new."+id, form)
	it, err := s.lib.Item(t.Context(), media.Viewer{}, id)
	if err != nil || it.Title != "new & <fresh>" || it.Description != "one\ntwo" || !slices.Equal(it.Tags, []string{"a", "b"}) ||
		it.AlbumID != albums[0].ID || !it.NSFW || !it.ExpiresAt.Equal(s.now.AddDate(0, 0, 1)) {
		t.Errorf("edited to %+v, %v", it, err)
	}
	if a := bob.get("/items/" + id + "/edit"); !strings.Contains(a.body, `value="`+albums[0].Slug+`" selected`) || !strings.Contains(a.body, "checked") {
		t.Errorf("the form does not show it: %d", a.StatusCode)
	}
	for name, test := range map[string]struct {
		field, value, says string
	}{
		"an album that is not there": {"album_id", "nothing", "This album does not exist or is not yours."},
		"a wrong time":               {"expiration", "soon", "Choose a valid expiry."},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := url.Values{"title": {"kept"}, test.field: {test.value}}
			if a := bob.sendForm("/items/"+id+"/edit", bob.cookie, wrong); a.StatusCode != 400 || !strings.Contains(a.body, test.says) || !strings.Contains(a.body, `value="kept"`) {
				t.Errorf("%s: %d, want 400 that says %q and keeps what was typed", name, a.StatusCode, test.says)
			}
		})
	}
	bob.submit("/items/"+id+"/edit", "/image/"+id, url.Values{"expiration": {"0"}})
	if it, err := s.lib.Item(t.Context(), media.Viewer{}, id); err != nil || it.Title != "" || it.AlbumID != 0 || it.NSFW || !it.ExpiresAt.IsZero() || len(it.Tags) != 0 {
		t.Errorf("emptied to %+v, %v", it, err)
	}
	others := s.uploadAs(s.key, "photo.jpg")
	for _, path := range []string{"/items/" + others + "/edit", "/items/aaaaaaa/edit", "/items/x/edit"} {
		if a := bob.get(path); a.StatusCode != 404 {
			t.Errorf("%s: %d, want 404", path, a.StatusCode)
		}
		if a := bob.sendForm(path, bob.cookie, url.Values{"title": {"x"}}); a.StatusCode != 404 {
			t.Errorf("POST %s: %d, want 404", path, a.StatusCode)
		}
	}
}

func TestAlbums(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.signIn(s.bobKey)
	if a := bob.sendForm("/albums", bob.cookie, url.Values{"title": {"  "}}); a.StatusCode != 400 || !strings.Contains(a.body, "Enter a title.") {
		t.Errorf("an album without a title: %d", a.StatusCode)
	}
	a := bob.sendForm("/albums", bob.cookie, url.Values{"title": {"Sommer & Meer"}})
	path := a.Header.Get("Location")
	slug := strings.TrimPrefix(path, "/album/")
	id := s.uploadAs(s.bobKey, "photo.jpg", "album_id", slug)
	hidden := s.uploadAs(s.bobKey, "small.jpg", "album_id", slug, "nsfw", "1")
	for name, a := range map[string]answer{"its user": bob.get(path), "a stranger": s.do("GET", path, nil)} {
		if a.StatusCode != 200 || !slices.Equal(a.items(), []string{hidden, id}) || !strings.Contains(a.body, "<h1 dir=\"auto\">Sommer &amp; Meer</h1>") {
			t.Errorf("%s: %d, items %v", name, a.StatusCode, a.items())
		}
		if own := strings.Contains(a.body, path+"/edit"); own != (name == "its user") {
			t.Errorf("%s may rename it: %v", name, own)
		}
	}
	if a := s.do("GET", "/a/"+slug, nil); a.Header.Get("Location") != path {
		t.Errorf("the short path leads to %q", a.Header.Get("Location"))
	}
	if a := bob.get("/albums"); !strings.Contains(a.body, "2 files") || !strings.Contains(a.body, "photo.th.jpg") {
		t.Errorf("the list of albums has neither count nor cover")
	}
	admin := s.signIn(s.key)
	bob.submit(path+"/edit", path, url.Values{"title": {"Winter"}})
	admin.submit(path+"/edit", path, url.Values{"title": {"Autumn"}})
	_, carolKey := s.addUser("carol", false)
	if a := s.sendForm(path+"/delete", s.signIn(carolKey).cookie, nil); a.StatusCode != 404 {
		t.Errorf("another user deletes it: %d", a.StatusCode)
	}
	if a := bob.get(path); !strings.Contains(a.body, "Autumn") {
		t.Error("it was not renamed")
	}
	bob.submit(path+"/delete", "/albums", nil)
	if a := bob.get(path); a.StatusCode != 404 {
		t.Errorf("after it was deleted: %d", a.StatusCode)
	}
	bob.wantItems("/gallery", hidden, id)
}

func TestAPrivateAlbumIsHandedOnWithItsKey(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := media.Album{Slug: "Private", UserID: s.bob.ID, Title: "Ours", CreatedAt: time.Now(), Visibility: media.Private, AccessKey: "k3y & more"}
	if err := s.db.InsertAlbum(t.Context(), &a); err != nil {
		t.Fatal(err)
	}
	for i := range 61 {
		id := fmt.Sprintf("paged%02d", i)
		it := media.Item{
			ID: id, UserID: s.bob.ID, AlbumID: a.ID, Kind: media.KindImage, Width: 1, Height: 1, CreatedAt: time.Now(),
			Original: media.File{Key: "images/" + id + ".png", MIME: "image/png"}, Thumb: media.File{Key: "images/" + id + ".th.png", MIME: "image/png"},
		}
		if err := s.db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
	}
	link := "/album/Private?key=k3y+%26+more"
	for path, status := range map[string]int{"/album/Private": 403, "/album/Private?key=k3y": 403, link: 200} {
		if a := s.do("GET", path, nil); a.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, status)
		}
	}
	for name, page := range map[string]answer{"bob": s.signIn(s.bobKey).get("/album/Private"), "who has the key": s.do("GET", link, nil)} {
		if !strings.Contains(html.UnescapeString(page.body), `data-copy="`+s.URL+link+`"`) {
			t.Errorf("%s is not given the link with the key", name)
		}
	}
	next, _ := between(s.do("GET", link, nil).body, `data-pagination="next" href="`, `"`)
	if a := s.do("GET", html.UnescapeString(next), nil); a.StatusCode != 200 || len(a.items()) != 1 {
		t.Errorf("the second page, %s: %d, items %v", next, a.StatusCode, a.items())
	}
}

// A search that finds many items tells that, and not how many there are.
func TestASearchCountsSoMany(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.signIn(s.bobKey)
	for i := range media.MaxSearchCount + 1 {
		id := fmt.Sprintf("found%02d", i)
		it := media.Item{
			ID: id, UserID: s.bob.ID, Kind: media.KindImage, Title: "Found " + id, CreatedAt: time.Unix(int64(i), 0),
			Original: media.File{Key: id + ".jpg", MIME: "image/jpeg", Size: 1},
		}
		if err := s.db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
		switch i {
		case media.MaxSearchCount - 2:
			bob.wants("/gallery?q=found", http.StatusOK, fmt.Sprintf("%d files<", media.MaxSearchCount-1))
		case media.MaxSearchCount:
			bob.wants("/gallery?q=found", http.StatusOK, fmt.Sprintf("%d files or more", media.MaxSearchCount))
			bob.wants("/gallery", http.StatusOK, fmt.Sprintf("%d files<", media.MaxSearchCount+1))
		}
	}
}
