package handlers_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
)

// choose sends a form about items as pages do, and returns the answer.
func (v *visitor) choose(do string, ids []string, fields ...string) answer {
	v.t.Helper()
	form := url.Values{"do": {do}, "id": ids}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.sendForm("/items", v.cookie, form)
}

// wantChosen fails unless a change is answered by the page that it came from.
func (v *visitor) wantChosen(to, do string, ids []string, fields ...string) {
	v.t.Helper()
	a := v.choose(do, ids, append(fields, "back", to)...)
	got, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther || got.Path != strings.Split(to, "?")[0] || got.Query().Get("done") != do || got.Query().Get("n") != fmt.Sprint(len(ids)) {
		v.t.Errorf("%s of %d: %d to %v, want 303 to %s", do, len(ids), a.StatusCode, got, to)
	}
}

func TestManyItemsAreChangedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var ids []string // newest first
	for i := range 4 {
		s.now = s.now.Add(time.Second)
		ids = slices.Insert(ids, 0, s.uploadAs(s.bobKey, "small.jpg", "title", fmt.Sprintf("Number %d", i)))
	}
	theirs := s.uploadAs(s.key, "small.jpg")
	bob, admin := s.signIn(s.bobKey), s.signIn(s.key)
	if a := admin.choose("approved", append(slices.Clone(ids), theirs), "back", "/moderation"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("approve all: %d %s", a.StatusCode, a.body)
	}
	if a := bob.choose("rejected", ids); a.StatusCode != http.StatusForbidden {
		t.Errorf("a verdict of a user: %d, want 403", a.StatusCode)
	}
	item := func(id string) media.Item {
		t.Helper()
		it, err := s.lib.Item(t.Context(), media.Viewer{}, id)
		if err != nil {
			t.Fatal(err)
		}
		return it
	}

	// What needs more asks for it first, with the same items.
	for do, field := range map[string]string{"album": `name="title"`, "tags": `name="add"`, "expiry": `name="expiration"`, "visibility": `name="visibility"`, "sensitive": `name="nsfw"`} {
		a := bob.choose(do, ids[:2])
		if a.StatusCode != http.StatusOK || !strings.Contains(a.body, field) || strings.Count(a.body, `name="id" value="`) != 2 {
			t.Errorf("%s asks %d, %.300s", do, a.StatusCode, a.body)
		}
	}
	bob.wantChosen("/gallery?q=number", "album", ids[:3], "sure", "1", "title", "Holidays")
	albums, err := s.lib.Albums.List(t.Context(), media.AlbumQuery{UserID: s.bob.ID, Limit: 10})
	if err != nil || len(albums) != 1 || albums[0].Items != 3 || albums[0].Title != "Holidays" {
		t.Fatalf("albums %+v, %v", albums, err)
	}
	bob.wantItems("/album/"+albums[0].Slug, ids[:3]...)
	bob.wantChosen("/album/"+albums[0].Slug, "take-out", ids[2:3])
	bob.wantChosen("/gallery", "album", ids[3:], "sure", "1", "album_id", albums[0].Slug)
	bob.wantItems("/album/"+albums[0].Slug, ids[0], ids[1], ids[3])
	bob.wantChosen("/gallery", "tags", ids[:2], "sure", "1", "add", "sea, Summer")
	bob.wantChosen("/gallery", "tags", ids[:1], "sure", "1", "add", "late", "remove", "SUMMER")
	bob.wantChosen("/gallery", "expiry", ids[:2], "sure", "1", "expiration", "P1D")
	bob.wantChosen("/gallery", "sensitive", ids[:1], "sure", "1", "nsfw", "1")
	bob.wantChosen("/gallery", "visibility", ids[:2], "sure", "1", "visibility", "public")
	first, second := item(ids[0]), item(ids[1])
	if first.Visibility != media.Public || second.Visibility != media.Public || item(ids[2]).Visibility != media.Hidden {
		t.Errorf("seen by %s and %s", first.Visibility, second.Visibility)
	}
	bob.wantChosen("/gallery", "visibility", ids[1:2], "sure", "1", "visibility", "private")
	s.guest().wants("/"+ids[1], http.StatusNotFound)
	bob.wantChosen("/gallery", "visibility", ids[:2], "sure", "1", "visibility", "unlisted")
	if item(ids[0]).Visibility != media.Hidden {
		t.Error("not unlisted again")
	}
	if !slices.Equal(first.Tags, []string{"sea", "late"}) || !slices.Equal(second.Tags, []string{"sea", "Summer"}) ||
		!first.ExpiresAt.Equal(s.now.AddDate(0, 0, 1)) || !first.NSFW || second.NSFW || first.Title != "Number 3" {
		t.Errorf("changed to %+v and %+v", first, second)
	}

	// All or nothing, and the rest when that is chosen.
	for name, others := range map[string][]string{"another's": {theirs}, "nothing's": {"aaaaaaa"}} {
		a := bob.choose("sensitive", append(slices.Clone(ids), others...), "sure", "1", "nsfw", "1", "back", "/gallery?q=number")
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "1 file is no longer here") || !strings.Contains(a.body, "Continue with the other 4") ||
			!strings.Contains(a.body, `name="nsfw" value="1"`) {
			t.Errorf("with %s item: %d, %s", name, a.StatusCode, a.body)
		}
		if told := map[string]string{"another's": "small", "nothing's": "aaaaaaa"}[name]; !strings.Contains(a.body, `dir="auto">`+told+"</li>") {
			t.Errorf("with %s item: %s is not named in %s", name, told, a.body)
		}
		if item(ids[3]).NSFW {
			t.Errorf("with %s item something was changed", name)
		}
	}
	if a := bob.choose("sensitive", []string{ids[3], theirs}, "sure", "1", "nsfw", "1", "skip", "1"); a.StatusCode != http.StatusSeeOther || !item(ids[3]).NSFW || item(theirs).NSFW {
		t.Errorf("with the other left out: %d", a.StatusCode)
	}
	for name, test := range map[string]struct {
		do     string
		ids    []string
		fields []string
		status int
	}{
		"no items":           {"discard", nil, nil, 400},
		"too many items":     {"discard", slices.Collect(manyIDs(media.MaxSelection + 1)), nil, 400},
		"nothing to do":      {"dance", ids, nil, 400},
		"no album":           {"album", ids, []string{"sure", "1"}, 400},
		"an album of others": {"album", ids, []string{"sure", "1", "album_id", "nothing"}, 400},
		"no tags":            {"tags", ids, []string{"sure", "1", "add", " "}, 400},
		"a long tag":         {"tags", ids, []string{"sure", "1", "add", strings.Repeat("t", 33)}, 400},
		"an unseen tag":      {"tags", ids, []string{"sure", "1", "add", "\u202e", "remove", "sea"}, 400},
		"no visibility":      {"visibility", ids, []string{"sure", "1"}, 400},
		"a wrong visibility": {"visibility", ids, []string{"sure", "1", "visibility", "secret"}, 400},
		"a wrong time":       {"expiry", ids, []string{"sure", "1", "expiration", "soon"}, 400},
		"another count":      {"discard", nil, []string{"all", "1", "list", "/gallery", "count", "3"}, 409},
		"no such list":       {"discard", nil, []string{"all", "1", "list", "/elsewhere"}, 404},
		"an album to open":   {"discard", nil, []string{"all", "1", "list", "/album/nothing"}, 404},
	} {
		t.Run(name, func(t *testing.T) {
			if a := bob.choose(test.do, test.ids, test.fields...); a.StatusCode != test.status {
				t.Errorf("%s: %d, want %d", name, a.StatusCode, test.status)
			}
		})
	}

	// To the trash and back, all of a search, and for good.
	bob.wantChosen("/gallery?kind=image", "discard", ids[:2])
	bob.wantItems("/gallery", ids[2:]...)
	bob.wantChosen("/gallery", "restore", ids[:2])
	bob.wantItems("/gallery", ids...)
	told := bob.chooseByScript(url.Values{"do": {"discard"}, "all": {"1"}, "list": {"/gallery?q=number"}, "count": {"4"}})
	if told.Done != 4 || len(told.Undo) != 1 || told.Undo[0]["do"] != "restore" || len(told.Items) != 4 || !told.Items[0].OK {
		t.Errorf("scripts are told %+v", told)
	}
	bob.wantItems("/gallery")
	bob.wantChosen("/gallery/bin", "restore", ids[:1])
	if a := bob.choose("purge", ids[1:]); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "Delete permanently") {
		t.Errorf("deleting for good asks %d", a.StatusCode)
	}
	bob.wantChosen("/gallery/bin", "purge", ids[1:], "sure", "1")
	if a := bob.get("/gallery/bin"); strings.Contains(a.body, ids[1]) {
		t.Error("what is deleted for good is in the trash")
	}
	if a := bob.choose("restore", ids[1:]); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("restoring that: %d, want 422", a.StatusCode)
	}
}

// manyIDs are IDs of nothing.
func manyIDs(n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := range n {
			if !yield(fmt.Sprintf("a%06d", i)) {
				return
			}
		}
	}
}

func TestLinksAndZIPOfManyItems(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := []string{s.uploadAs(s.bobKey, "photo.jpg"), s.uploadAs(s.bobKey, "photo.jpg", "title", "Other"), s.uploadAs(s.bobKey, "small.jpg")}
	guest := &visitor{site: s}
	a := guest.sendForm("/items/links", "", url.Values{"id": ids, "form": {"markdown"}})
	if a.StatusCode != http.StatusOK || strings.Count(a.body, "![") != 3 {
		t.Errorf("links: %d, %s", a.StatusCode, a.body)
	}
	want := make(map[string]int)
	for i, id := range ids {
		it, err := s.lib.Item(t.Context(), media.Viewer{}, id)
		if err != nil {
			t.Fatal(err)
		}
		name := it.Original.Filename()
		for other := range want {
			if other == name {
				name = fmt.Sprintf("%s (%d).jpg", strings.TrimSuffix(name, ".jpg"), i+1)
			}
		}
		want[name] = int(it.Original.Size)
	}
	a = guest.sendForm("/items/download", "", url.Values{"id": append(ids, "aaaaaaa")})
	r, err := zip.NewReader(bytes.NewReader([]byte(a.body)), int64(len(a.body)))
	if err != nil || a.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("ZIP: %d, %v", a.StatusCode, err)
	}
	got := make(map[string]int)
	for _, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, content)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		got[f.Name] = int(n)
	}
	if !maps.Equal(got, want) {
		t.Errorf("the ZIP holds %v, want %v", got, want)
	}
	if a := guest.sendForm("/items/download", "", url.Values{"id": {"aaaaaaa"}}); a.StatusCode != http.StatusNotFound {
		t.Errorf("a ZIP of nothing: %d, want 404", a.StatusCode)
	}
}

// toldScripts is what scripts are told of a change of many items.
type toldScripts struct {
	Done  int
	Undo  []map[string]any
	Items []struct {
		ID string
		OK bool
	}
}

func (v *visitor) chooseByScript(form url.Values) (told toldScripts) {
	v.t.Helper()
	a := v.sendForm("/items", v.cookie, form, "Accept", "application/json")
	if err := json.Unmarshal([]byte(a.body), &told); err != nil || a.StatusCode != http.StatusOK {
		v.t.Errorf("scripts are told %d %s, %v", a.StatusCode, a.body, err)
	}
	return told
}

// undo sends the forms that scripts are told to send.
func (v *visitor) undo(told toldScripts) {
	v.t.Helper()
	for _, step := range told.Undo {
		form := url.Values{}
		for name, value := range step {
			for _, one := range listOf(value) {
				form.Add(name, one.(string))
			}
		}
		v.chooseByScript(form)
	}
}

func listOf(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// TestChangesOfManyAreTakenBack: after each change and its undo, items are as before, also
// where they differed.
func TestChangesOfManyAreTakenBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	bob := s.signIn(s.bobKey)
	album := func(title string) string {
		return bob.mustPost("/albums", "title", title).Header.Get("Location")[len("/album/"):]
	}
	first, second := album("First"), album("Second")
	ids := []string{
		s.uploadAs(s.bobKey, "small.jpg", "title", "a", "album_id", first, "tags", "sea,Old", "visibility", "private", "expiration", "P3D"),
		s.uploadAs(s.bobKey, "small.jpg", "title", "b", "tags", "SEA", "nsfw", "1"),
		s.uploadAs(s.bobKey, "small.jpg", "title", "c", "visibility", "public"),
	}
	now := func() (all []media.Item) {
		for _, id := range ids {
			it, err := s.db.Item(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(it.Tags)
			it.RequestDigest = ""
			all = append(all, it)
		}
		return all
	}
	before := now()
	for _, change := range []url.Values{
		{"do": {"album"}, "album_id": {second}}, {"do": {"album"}, "title": {"Third"}}, {"do": {"tags"}, "add": {"Sea, new"}, "remove": {"old"}},
		{"do": {"visibility"}, "visibility": {"hidden"}}, {"do": {"sensitive"}, "nsfw": {"1"}}, {"do": {"expiry"}, "expiration": {"PT1H"}}, {"do": {"discard"}},
	} {
		change["id"], change["sure"] = ids, []string{"1"}
		if change.Get("do") == "discard" {
			change.Del("sure")
		}
		told := bob.chooseByScript(change)
		if change.Get("do") != "discard" && reflect.DeepEqual(now(), before) {
			t.Errorf("%v changes nothing", change)
		}
		bob.undo(told)
		if after := now(); !reflect.DeepEqual(after, before) {
			for i := range after {
				if !reflect.DeepEqual(after[i], before[i]) {
					t.Errorf("%v, taken back by %v, leaves\n%+v, want\n%+v", change, told.Undo, after[i], before[i])
				}
			}
		}
	}
	told := bob.chooseByScript(url.Values{"do": {"take-out"}, "id": ids[:1]})
	bob.undo(told)
	if after := now(); !reflect.DeepEqual(after, before) {
		t.Errorf("taken out and back: %+v", after)
	}
}

// TestPlacesInAnAlbumComeBack takes items out of an album that was put in order, and moves
// them to another one.
func TestPlacesInAnAlbumComeBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.signIn(s.bobKey)
	album := func(title string) string {
		return bob.mustPost("/albums", "title", title).Header.Get("Location")[len("/album/"):]
	}
	first, second := album("First"), album("Second")
	var ids, ordered []string
	for range 5 {
		ids = append(ids, s.uploadAs(s.bobKey, "small.jpg", "album_id", first))
	}
	for _, i := range []int{3, 1, 4, 0, 2} {
		ordered = append(ordered, ids[i])
	}
	by := media.Caller{User: s.bob}
	if err := s.lib.Albums.Arrange(t.Context(), by, first, library.Arrangement{First: 1, IDs: ordered}); err != nil {
		t.Fatal(err)
	}
	for _, change := range []url.Values{
		{"do": {"album"}, "album_id": {second}, "sure": {"1"}}, {"do": {"take-out"}},
	} {
		change["id"] = []string{ids[4], ids[1]}
		bob.undo(bob.chooseByScript(change))
		bob.wantItems("/album/"+first, ordered...)

		change.Set("back", "/album/"+first)
		done := bob.get(bob.sendForm("/items", bob.cookie, change).Header.Get("Location"))
		form := url.Values{"back": {"/album/" + first}, "id": change["id"]}
		for _, field := range regexp.MustCompile(`name="(do|sure|album_id|places)" value="([^"]+)"`).FindAllStringSubmatch(done.body, 4) {
			form.Set(field[1], field[2])
		}
		bob.sendForm("/items", bob.cookie, form)
		bob.wantItems("/album/"+first, ordered...)
	}
}

// TestTheSameEndComesBack takes a change of expiry back some time later, by scripts and by a
// page, and when the old end is over.
func TestTheSameEndComesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	bob := s.signIn(s.bobKey)
	id := s.uploadAs(s.bobKey, "small.jpg", "expiration", "PT20M")
	want := s.now.Add(20 * time.Minute)
	ends := func(when string) {
		t.Helper()
		if it, err := s.db.Item(t.Context(), id); err != nil || !it.ExpiresAt.Equal(want) {
			t.Errorf("%s it ends at %v, %v, want %v", when, it.ExpiresAt, err, want)
		}
	}
	told := bob.chooseByScript(url.Values{"do": {"expiry"}, "sure": {"1"}, "expiration": {"P1D"}, "id": {id}})
	s.now = s.now.Add(17*time.Minute + 3*time.Second)
	bob.undo(told)
	ends("after the undo of a script")
	a := bob.choose("expiry", []string{id}, "sure", "1", "expiration", "0", "back", "/gallery")
	s.now = s.now.Add(time.Second)
	a = bob.get(a.Header.Get("Location"))
	field := regexp.MustCompile(`name="again" value="([^"]+)"`).FindStringSubmatch(a.body)
	if field == nil {
		t.Fatalf("the page does not offer to undo: %.300s", a.body)
	}
	bob.wantChosen("/gallery", "expiry", []string{id}, "sure", "1", "again", html.UnescapeString(field[1]))
	ends("after the undo of a page")
	told = bob.chooseByScript(url.Values{"do": {"expiry"}, "sure": {"1"}, "expiration": {"P1D"}, "id": {id}})
	s.now = s.now.Add(time.Hour)
	bob.undo(told)
	want = s.now.Add(5 * time.Minute) // the shortest life
	ends("after a late undo")
	if a := bob.choose("expiry", []string{id}, "sure", "1", "again", "soon"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a time that is none: %d", a.StatusCode)
	}
}

func TestItemsKnowTheirNeighboursInEveryList(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, publishing)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	slug := s.signIn(s.bobKey).mustPost("/albums", "title", "Trip").Header.Get("Location")[len("/album/"):]
	var ids []string // oldest first
	for i := range 5 {
		if i%2 == 0 { // two and two of the same second
			s.now = s.now.Add(time.Second)
		}
		fields := []string{"title", []string{"sea", "hill"}[i%2], "tags", "blue"}
		if i > 1 {
			fields = append(fields, "album_id", slug)
		}
		ids = append(ids, s.uploadAs(s.bobKey, "small.jpg", fields...))
	}
	bob := s.signIn(s.bobKey)
	link := regexp.MustCompile(`id="(newer|next|back)" href="([^"]+)"`)
	for list, want := range map[string][]string{ // newest first
		"/gallery": {ids[4], ids[3], ids[2], ids[1], ids[0]}, "/gallery?q=sea": {ids[4], ids[2], ids[0]},
		"/tag/blue": {ids[4], ids[3], ids[2], ids[1], ids[0]}, "/album/" + slug: {ids[4], ids[3], ids[2]},
		"/u/bob?tab=media": {ids[1], ids[0]}, // an album of its own is not public
	} {
		for i, id := range want {
			a := bob.get("/image/" + id + "?list=" + url.QueryEscape(list))
			if to := a.Header.Get("Location"); a.StatusCode == http.StatusFound {
				a = bob.get(to)
			}
			got := make(map[string]string)
			for _, m := range link.FindAllStringSubmatch(a.body, -1) {
				got[m[1]] = html.UnescapeString(m[2])
			}
			for name, at := range map[string]int{"newer": i - 1, "next": i + 1} {
				switch inside := at >= 0 && at < len(want); {
				case !inside && got[name] != "":
					t.Errorf("%s: the %s of %d leads to %s", list, name, i, got[name])
				case inside && !strings.Contains(got[name], want[at]+"?list="):
					t.Errorf("%s: the %s of %d is %q, want %s", list, name, i, got[name], want[at])
				}
			}
			if !strings.HasSuffix(got["back"], list+"#item-"+id) {
				t.Errorf("%s: back leads to %s", list, got["back"])
			}
		}
	}
	// A list that the visitor may not see names no neighbours.
	for _, list := range []string{"/gallery", "/gallery/bin", "/moderation", "https://elsewhere.example/gallery", "/album/nothing", "//x"} {
		a := s.do("GET", "/image/hill."+ids[1]+"?list="+url.QueryEscape(list), nil)
		if a.StatusCode != http.StatusOK || link.MatchString(a.body) {
			t.Errorf("a guest from %s: %d, or is told of a list", list, a.StatusCode)
		}
	}
}

// TestGuestsMakeAnAlbumAfterTheySignIn uploads as a guest, and shows the tokens of the delete
// links with the form for an album: right and wrong ones, and those of others' items.
func TestGuestsMakeAnAlbumAfterTheySignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.guests = true })
	bob := s.signIn(s.bobKey)
	upload := func() string {
		t.Helper()
		body, kind := multipartBody(t, "small.jpg", input(t, "small.jpg"))
		return text(s.do("POST", "/api/1/upload", body, "Content-Type", kind).image(t), "id_encoded")
	}
	first, second, other, theirs := upload(), upload(), upload(), s.uploadAs(s.key, "photo.jpg")
	claim := func(id string) string { return id + "." + s.lib.Secret.DeleteToken(id) }
	ask := func(ids []string, claims ...string) answer {
		t.Helper()
		return bob.sendForm("/items", bob.cookie, url.Values{"do": {"album"}, "id": ids, "claim": claims, "back": {"/albums"}})
	}
	owned := func(want ...string) {
		t.Helper()
		items, err := s.lib.Items(t.Context(), media.Viewer{Caller: media.Caller{User: s.bob}}, media.ItemQuery{UserID: s.bob.ID, Limit: 9})
		if err != nil || len(items) != len(want) {
			t.Errorf("of bob: %d items, %v, want %v", len(items), err, want)
		}
		for _, it := range items {
			if !slices.Contains(want, it.ID) {
				t.Errorf("of bob: %s, want %v", it.ID, want)
			}
		}
	}
	if err := s.db.SetQuota(t.Context(), s.bob.ID, media.Quota{Items: 1}); err != nil {
		t.Fatal(err)
	}
	if a := ask([]string{first, second}, claim(first), claim(second)); a.StatusCode != http.StatusBadRequest {
		t.Errorf("beyond the quota: %d", a.StatusCode)
	}
	owned()
	if err := s.db.SetQuota(t.Context(), s.bob.ID, media.Quota{}); err != nil {
		t.Fatal(err)
	}
	a := ask([]string{first, second, other, theirs}, claim(first), claim(second), other+"."+s.lib.Secret.DeleteToken(first), claim(theirs), "x", "")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `name="title"`) {
		t.Errorf("the form: %d %.300s", a.StatusCode, a.body)
	}
	owned(first, second)
	if it, err := s.db.Item(t.Context(), theirs); err != nil || it.UserID != s.admin.ID {
		t.Errorf("the admin's item is of user %d, %v", it.UserID, err)
	}
	to := bob.choose("album", []string{first, second}, "sure", "1", "title", "Both", "back", "/albums").Header.Get("Location")
	if !strings.HasPrefix(to, "/album/") {
		t.Fatalf("to %s", to)
	}
	if got := bob.get(to).items(); len(got) != 2 {
		t.Errorf("in the album: %v", got)
	}
}
