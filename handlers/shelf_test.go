package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// addCategory adds a category and returns its ID, as forms take it.
func (s *site) addCategory(name string) string {
	s.t.Helper()
	c := media.Category{Name: name}
	if err := s.db.InsertCategory(s.t.Context(), &c); err != nil {
		s.t.Fatal(err)
	}
	return strconv.FormatInt(c.ID, 10)
}

// shelved uploads a file of bob's with the tag Sea and in a category, makes it
// the only one of a post, and puts that in a place. Its post is "" for none.
func (s *site) shelved(category, visibility string, fields ...string) (id string) {
	s.t.Helper()
	id = s.uploadAs(s.bobKey, "small.jpg", append(fields, "tags", "Sea", "category_id", category, "visibility", "public")...)
	if visibility == "" {
		return id
	}
	it, err := s.lib.Item(s.t.Context(), media.Viewer{Caller: media.Caller{User: s.bob}}, id)
	if err != nil {
		s.t.Fatal(err)
	}
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, it.Number))
	post := dig(v, "post", "slug").(string)
	if status, v := s.v1("PATCH", "/posts/"+post, s.bobKey, `{"visibility": "`+visibility+`"}`); status != http.StatusOK {
		s.t.Fatalf("visibility %s: %d %v", visibility, status, v)
	}
	return id
}

func (s *site) moderatedAs(id string, m media.Moderation) string {
	s.t.Helper()
	if _, err := s.db.SetModeration(s.t.Context(), id, m); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// TestPagesOfTagsAndCategoriesShowWhatMayBeSeen asks as everyone for the pages
// that name items of every kind.
func TestPagesOfTagsAndCategoriesShowWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	category := s.addCategory("Water")
	ended := s.shelved(category, "", "expiration", "PT10M")
	s.now = s.now.Add(10 * time.Minute)
	trashed := s.shelved(category, "")
	public := s.shelved(category, "public")
	loose := s.shelved(category, "")
	adult := s.shelved(category, "public", "nsfw", "1")
	hidden := s.shelved(category, "hidden")
	private := s.shelved(category, "private")
	pending := s.moderatedAs(s.shelved(category, ""), media.ModerationPending)
	rejected := s.moderatedAs(s.shelved(category, "public"), media.ModerationRejected)
	s.uploadAs(s.bobKey, "small.jpg", "tags", "Seaside")
	bob := s.signIn(s.bobKey)
	bob.submit("/items/"+trashed+"/discard", "/gallery?done=discard&ids="+trashed+"&n=1", nil)
	_, carolKey := s.addUser("carol", false)

	everyones := []string{adult, loose, public}
	for _, path := range []string{"/tag/Sea", "/tag/sEA", "/category/" + category} {
		bob.wantItems(path, rejected, pending, private, hidden, adult, loose, public)
		for _, v := range []*visitor{s.guest(), s.signIn(carolKey), s.signIn(s.key)} {
			a := v.wantItems(path, everyones...)
			if got := strings.Count(a.body, `class="thumb sensitive"`); got != 1 {
				t.Errorf("%s: %d items are veiled, want 1", path, got)
			}
		}
	}
	if slices.Contains(bob.get("/tag/sea").items(), ended) {
		t.Error("what has expired is shown")
	}
	// Who may open an item that is in no list is not led to a list without it.
	for id, leads := range map[string]bool{public: true, loose: true, adult: true, hidden: false, private: false} {
		page := s.guest().get("/image/" + id)
		if page.StatusCode == http.StatusFound {
			page = s.guest().get(page.Header.Get("Location"))
		}
		if got := strings.Contains(page.body, `href="/tag/Sea"`); page.StatusCode != 200 || got != leads || !strings.Contains(page.body, "Sea</") {
			t.Errorf("%s: %d, its page leads to its tag: %t, want %t", id, page.StatusCode, got, leads)
		}
	}
	for _, id := range []string{public, adult, loose} {
		s.moderatedAs(id, media.ModerationRejected)
	}
	s.guest().wants("/tag/Sea", http.StatusNotFound)
	s.guest().wants("/category/"+category, http.StatusOK, "No files in this category.")
}

func TestPagesOfTagsAndCategoriesWithoutPublicLists(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.guests = true })
	category := s.addCategory("Water")
	id := s.uploadAs(s.bobKey, "small.jpg", "tags", "Sea", "category_id", category)
	s.uploadAs(s.key, "small.jpg", "tags", "sea,other", "category_id", category)
	bob := s.signIn(s.bobKey)
	for _, path := range []string{"/tag/Sea", "/category/" + category} {
		bob.wantItems(path, id)
		for _, path := range []string{path, path + "x"} { // whether it is there is not told
			if a := s.guest().get(path); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/sign-in?back="+url.QueryEscape(path) {
				t.Errorf("a guest at %s: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
			}
		}
	}
	bob.wants("/tag/other", http.StatusNotFound)
	bob.wants("/category/999", http.StatusNotFound)
	page := s.guest().get(s.guest().get("/image/" + id).Header.Get("Location"))
	if strings.Contains(page.body, "/tag/") || !strings.Contains(page.body, ">Sea<") || !strings.Contains(page.body, "Water") {
		t.Error("a guest is led to a page that is for users")
	}
	page = bob.get(bob.get("/image/" + id).Header.Get("Location"))
	if !strings.Contains(page.body, `href="/tag/Sea"`) || !strings.Contains(page.body, `href="/category/`+category+`"`) {
		t.Error("the owner's page of the item does not lead to its tag and category")
	}
}

// TestAddressesOfTags follows what answers hand out, and other ways to write it.
func TestAddressesOfTags(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, publishing)
	for _, tag := range []string{"sea", "New York", "100%", "Élan", "東京", "a+b&c=d?", `"<b>'`, "c\\d", "p;q", "semi.colon."} {
		uploaded := s.uploadTagged(tag)
		tags := uploaded["tags"].([]any)
		address := text(tags[0].(map[string]any), "url")
		id := text(uploaded, "id_encoded")
		for _, path := range []string{address, strings.ToLower(address), "/tag/" + url.PathEscape(strings.ToUpper(tag)), "/tag/" + everyByte(tag)} {
			if a := s.guest().get(path); a.StatusCode != 200 || !slices.Equal(a.items(), []string{id}) {
				t.Errorf("%q: %s: %d, items %v, want %s", tag, path, a.StatusCode, a.items(), id)
			}
		}
		page := s.guest().get(s.guest().get("/image/" + id).Header.Get("Location"))
		if !strings.Contains(page.body, `href="`+address+`"`) {
			t.Errorf("%q: its page does not lead to %s", tag, address)
		}
	}
	for path, status := range map[string]int{
		"/tag/": 404, "/tag": 404, "/tag/nothing": 404, "/tag/%00": 404, "/tag/%ff": 404, "/tag/" + strings.Repeat("x", 3000): 404,
		"/tag/sea/x": 404, "/tag/sea%2Fx": 404, "/tag/..%2F..%2Fsea": 404,
	} {
		s.guest().wants(path, status)
	}
	a := s.guest().get("/tag/sea")
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"} {
		if a.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, a.Header.Get(name), want)
		}
	}
	if a := s.do("POST", "/tag/sea", nil); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d, want 405", a.StatusCode)
	}
}

func (s *site) uploadTagged(tag string) map[string]any {
	s.t.Helper()
	body, contentType := multipartBody(s.t, "small.jpg", input(s.t, "small.jpg"), "tags", tag)
	return s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.bobKey).image(s.t)
}

func everyByte(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

func TestTagsOfSeveralSpellingsAreOne(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, publishing)
	var all []string
	for i, tag := range []string{"École", "école", "ÉCOLE", "other", "École"} {
		if id := s.uploadAs(s.bobKey, "small.jpg", "tags", tag); i != 3 {
			all = slices.Insert(all, 0, id)
		}
	}
	for _, path := range []string{"/tag/École", "/tag/école", "/tag/éCOLE"} {
		s.guest().wantItems(path, all...)
		s.signIn(s.bobKey).wantItems(path, all...)
	}
}

func TestCategoriesAreFoundByNameToo(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, publishing)
	id := s.addCategory("Cats / Dogs & 100%")
	s.addCategory("7")
	item := s.uploadAs(s.bobKey, "small.jpg", "category_id", id)
	s.guest().wantItems("/category/"+id, item)
	for _, path := range []string{
		"/category/Cats%20%2F%20Dogs%20%26%20100%25", "/category/cats%20/%20dogs%20%26%20100%25", "/category/" + id + "/",
	} {
		if a := s.guest().get(path); a.StatusCode != http.StatusFound || a.Header.Get("Location") != "/category/"+id {
			t.Errorf("%s: %d to %q, want 302 to /category/%s", path, a.StatusCode, a.Header.Get("Location"), id)
		}
	}
	for _, path := range []string{"/category/", "/category/99", "/category/-1", "/category/none", "/category/%ff"} {
		s.guest().wants(path, http.StatusNotFound)
	}
	n, _ := strconv.ParseInt(id, 10, 64)
	if err := s.db.DeleteCategory(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	s.guest().wants("/category/"+id, http.StatusNotFound)
	s.signIn(s.bobKey).wantItems("/gallery", item)
}

var besides = regexp.MustCompile(`rel="(prev|next)"[^>]* href="([^"]+)"`)

// TestPagesOfTagsArePaged walks a list that is made of one's own items and of
// public ones, there and back.
func TestPagesOfTagsArePaged(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	category := s.addCategory("Water")
	n, _ := strconv.ParseInt(category, 10, 64)
	album := media.Album{Slug: "Private", UserID: s.bob.ID, Title: "Ours", CreatedAt: time.Now(), Visibility: media.Private}
	if err := s.db.InsertAlbum(t.Context(), &album); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var own, public []string // newest first
	for i := range 150 {
		id := fmt.Sprintf("paged%c%c", 'a'+i/26, 'a'+i%26)
		it := media.Item{
			ID: id, UserID: s.bob.ID, Kind: media.KindImage, Width: 1, Height: 1, Visibility: media.Public, CreatedAt: noon.Add(time.Duration(i/7) * time.Second),
			Tags: []string{[]string{"Sea", "sea"}[i%2]}, CategoryID: n,
			Original: media.File{Key: "images/" + id + ".png", MIME: "image/png"}, Thumb: media.File{Key: "images/" + id + ".th.png", MIME: "image/png"},
		}
		switch i % 3 {
		case 0:
			it.AlbumID = album.ID
		case 1:
			it.UserID = s.admin.ID
		}
		if err := s.db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
		own = slices.Insert(own, 0, id)
		if i%3 != 0 {
			public = slices.Insert(public, 0, id)
		}
	}
	for _, path := range []string{"/tag/SEA", "/category/" + category} {
		s.signIn(s.bobKey).walk(path, own)
		s.guest().walk(path, public)
	}
}

// paginate goes through all pages of a list and back.
func (v *visitor) walk(path string, want []string) {
	v.t.Helper()
	var pages []string
	var met []string
	for path != "" {
		a := v.get(path)
		met, pages = append(met, a.items()...), append(pages, path)
		path = linkTo(a, "next")
	}
	if !slices.Equal(met, want) {
		v.t.Fatalf("%s: met %d items %v, want %d", pages[0], len(met), met, len(want))
	}
	for i := len(pages) - 1; i > 0; i-- {
		back := linkTo(v.get(pages[i]), "prev")
		v.wantItems(back, want[60*(i-1):60*i]...)
	}
}

func linkTo(a answer, rel string) string {
	for _, m := range besides.FindAllStringSubmatch(a.body, -1) {
		if m[1] == rel {
			return strings.ReplaceAll(m[2], "&amp;", "&")
		}
	}
	return ""
}

func TestCategoriesAreChosenOnPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.signIn(s.bobKey)
	id := s.uploadAs(s.bobKey, "small.jpg")
	for _, path := range []string{"/", "/items/" + id + "/edit"} {
		if a := bob.get(path); strings.Contains(a.body, "category_id") {
			t.Errorf("%s offers categories where there are none", path)
		}
	}
	water, fire := s.addCategory("Water & <ice>"), s.addCategory("Fire")
	option := `<option value="` + water + `">Water &amp; &lt;ice&gt;</option>`
	bob.wants("/", 200, `name="category_id"`, option)
	s.guest().wants("/", 200, option)
	edit := "/items/" + id + "/edit"
	bob.wants(edit, 200, option)
	bob.mustPost(edit, "title", "Ice", "expiration", "keep", "category_id", water)
	bob.wants(edit, 200, `<option value="`+water+`" selected>`)
	bob.wantItems("/category/"+water, id)
	bob.mustPost(edit, "title", "Ice", "expiration", "keep") // as a page sends it that was opened before
	bob.wantItems("/category/"+water, id)
	for _, wrong := range []string{"99", "-1", "x", "1.5"} {
		if a := bob.post(edit, "title", "Other", "expiration", "keep", "category_id", wrong); a.StatusCode != 400 || !strings.Contains(a.body, "This category does not exist.") {
			t.Errorf("category %s: %d", wrong, a.StatusCode)
		}
	}
	bob.wants(edit, 200, `value="Ice"`)
	bob.mustPost(edit, "title", "Ice", "expiration", "keep", "category_id", fire)
	bob.wantItems("/category/" + water)
	bob.wantItems("/category/"+fire, id)
	bob.mustPost(edit, "title", "Ice", "expiration", "keep", "category_id", "")
	bob.wantItems("/category/" + fire)

	body, contentType := multipartBody(t, "photo.jpg", input(t, "photo.jpg"), "category_id", fire)
	a := bob.do("POST", "/upload", body, "Content-Type", contentType, "Cookie", bob.cookie, "Sec-Fetch-Site", "same-origin")
	if a.StatusCode != 200 || len(bob.get("/category/"+fire).items()) != 1 {
		t.Errorf("the form without scripts: %d, %v", a.StatusCode, bob.get("/category/"+fire).items())
	}
}

// TestTagsAreRenamedAndMerged renames a user's tags on their page, and offers them to scripts.
func TestTagsAreRenamedAndMerged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.signIn(s.bobKey)
	bob.wants("/tags", http.StatusOK, "You have no tags yet.")
	first, second := s.uploadAs(s.bobKey, "small.jpg", "tags", "sea, sun"), s.uploadAs(s.bobKey, "photo.jpg", "tags", "ocean, a&b")
	theirs := s.uploadAs(s.key, "small.jpg", "tags", "ocean")
	bob.wants("/tags", http.StatusOK, `value="ocean"`, `href="/gallery?tag=a%26b"`)
	bob.wantItems("/gallery?tag=a%26b", second)
	if a := bob.sendForm("/tags", bob.cookie, url.Values{"tag": {"OCEAN", "sun"}, "to": {" The  sea "}}); a.Header.Get("Location") != "/tags?saved=1" {
		t.Errorf("to %s", a.Header.Get("Location"))
	}
	bob.wants("/tags?saved=1", http.StatusOK, "Tags renamed.", `value="The sea"`)
	bob.wantItems("/tag/the%20sea", second, first)
	s.signIn(s.key).wantItems("/tag/ocean", theirs)
	for _, fields := range [][]string{{"to", "x"}, {"tag", "sea", "to", ""}, {"tag", "sea", "to", "a, b"}, {"tag", "sea", "to", "a/b"}, {"tag", "sea", "to", "\u202e"}, {"tag", "sea", "to", "sea\u200b"}} {
		a := bob.post("/tags", fields...)
		if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, "Choose tags") {
			t.Errorf("%q: got %d", fields, a.StatusCode)
		}
	}
	a := s.do("GET", "/tags", nil, "Accept", "application/json", "Cookie", bob.cookie, "Sec-Fetch-Site", "same-origin")
	if want := `{"tags":["a&b","sea","The sea"]}`; strings.TrimSpace(a.body) != want {
		t.Errorf("scripts get %s, want %s", a.body, want)
	}
}
