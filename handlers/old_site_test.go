package handlers_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postern/importer/bring"
	"postern/importer/chevereto"
	"postern/importer/chevereto/cheveretotest"
	"postern/importer/movein"
	"postern/media/oldsite"
)

// moveIn imports a Chevereto of a version beside the server.
func (s *site) moveIn(version string, change ...func(*cheveretotest.Site)) *cheveretotest.Site {
	s.t.Helper()
	old, dir := cheveretotest.New(version), s.t.TempDir()
	for _, c := range change {
		c(old)
	}
	for name, data := range old.Files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatal(err)
		}
		write(s.t, path, data)
	}
	dump := filepath.Join(dir, "dump.sql")
	write(s.t, dump, old.Dump(cheveretotest.OneLine))
	d, err := chevereto.OpenDump(s.t.Context(), dump)
	if err != nil {
		s.t.Fatal(err)
	}
	in, err := chevereto.Open(s.t.Context(), d, chevereto.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = movein.Chevereto(s.t.Context(), movein.Options{
		Installation: in, Images: dir, Storages: map[int64]string{1: filepath.Join(dir, "storage-1")}, SiteURL: "https://old.example.org/sub",
		Transfer: bring.TransferCopy, Library: s.lib, Records: s.db, Now: s.time,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return old
}

// arrive asks for a path and follows redirects on this host.
func (s *site) arrive(path string) answer {
	s.t.Helper()
	for range 5 {
		a := s.do("GET", path, nil)
		to := a.Header.Get("Location")
		if to == "" {
			return a
		}
		u, err := url.Parse(to)
		if err != nil {
			s.t.Fatal(err)
		}
		path = u.RequestURI()
	}
	s.t.Fatalf("%s redirects for ever", path)
	return answer{}
}

func TestFilesOfAnOldSiteStayWhereTheyWere(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3", "4.2"} {
		t.Run(version, func(t *testing.T) {
			s := newSite(t)
			old := s.moveIn(version)
			for name, data := range old.Files {
				path := strings.TrimPrefix(name, "storage-1/") // whose URL has no folder
				want := http.StatusOK
				if strings.Contains(name, "/spam.") || strings.Contains(name, "/waise.") || strings.Contains(name, "/wann.") {
					want = http.StatusNotFound // of a banned user, of nobody, and of no time
				}
				if strings.Contains(name, "/spät.") {
					want = http.StatusGone
				}
				if strings.Contains(name, "0000/00/00") {
					want = http.StatusNotFound
				}
				for _, before := range []string{"/", "/sub/", "/pics/"} {
					a := s.do("GET", before+(&url.URL{Path: path}).EscapedPath(), nil)
					if a.StatusCode != want || want == http.StatusOK && a.body != string(data) {
						t.Errorf("%s%s: %s, %d bytes, want %d with %d", before, path, a.Status, len(a.body), want, len(data))
					}
				}
			}
		})
	}
}

func TestPagesOfAnOldSiteLeadToThoseOfToday(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	s.moveIn("upgraded")
	id := cheveretotest.PublicID
	title := "Foto eins &lt;neu&gt;"
	for _, tt := range []struct {
		name, path string
		status     int
		text       string
	}{
		{"a viewer", "/bild/foto-eins." + id(1), 200, title},
		{"short", "/bild/" + id(1), 200, title},
		{"with another slug and dots", "/bild/a.b.c." + id(1), 200, title},
		{"under the default route", "/image/x." + id(1), 200, title},
		{"under the route of videos", "/film/" + id(1), 200, title},
		{"with a slash", "/bild/" + id(1) + "/", 200, title},
		{"below the old path of the site", "/sub/bild/" + id(1), 200, title},
		{"below a path of the settings", "/pics/bild/" + id(1), 200, title},
		{"with a zero before the ID", "/bild/_" + id(1), 200, title},
		{"of an ID that nothing has", "/bild/zzzzzz", 404, ""},
		{"of a deleted image", "/bild/" + id(23), 404, ""},
		{"in a private album", "/bild/" + id(7), 403, ""},
		{"in an album with a password", "/image/" + id(8), 403, ""},
		{"in an album with a password, by its old path", "/bild/wort." + id(8), 403, `action="/items/` + id(8) + `/open"`},
		{"not approved", "/bild/" + id(12), 403, ""},
		{"of a banned user", "/bild/" + id(10), 404, ""},
		{"an album", "/album/Urlaub." + id(1), 200, "Urlaub / Holiday"},
		{"an album, short", "/album/" + id(1), 200, "Urlaub / Holiday"},
		{"a tab of an album", "/album/Urlaub." + id(1) + "/info", 200, "Urlaub / Holiday"},
		{"a private album", "/album/x." + id(5), 403, ""},
		{"an album of a banned user", "/album/x." + id(7), 404, ""},
		{"a user", "/Moewe", 200, "Moewe"},
		{"a user in other letters", "/MOEWE/", 200, "Moewe"},
		{"a user under the route", "/user/moewe/albums", 200, "Moewe"},
		{"a private user", "/leise", 404, ""},
		{"a banned user", "/werbung", 404, ""},
		{"a category", "/category/landschaft", 200, "Landschaft"},
		{"a tag", "/tag/Pl%C3%A4ne%202024", 200, "Pläne 2024"},
		{"a redirect", "/alt/foto-eins", 200, title},
		{"a redirect of a query", "/?alt", 200, "Urlaub / Holiday"},
		{"an address of version 1", "/?v=a.jpg.jpg", 200, "a.jpg.jpg"},
		{"the sign-in", "/login", 200, ""},
		{"oEmbed", "/oembed/?url=" + url.QueryEscape("https://old.example.org/sub/bild/x."+id(1)) + "&format=json", 200, `"title":"Foto eins`},
		{"oEmbed as XML", "/oembed/?url=" + url.QueryEscape("https://old.example.org/sub/bild/x."+id(1)) + "&format=xml", 200, "<title>Foto eins &lt;neu&gt;</title>"},
		{"oEmbed of another site", "/oembed?url=" + url.QueryEscape("https://other.example.org/bild/x."+id(1)), 404, ""},
		{"nothing of the kind", "/bild", 404, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.arrive(tt.path)
			if a.StatusCode != tt.status || !strings.Contains(a.body, tt.text) {
				t.Errorf("%s: %s, want %d with %q\n%.500s\n%s", tt.path, a.Status, tt.status, tt.text, a.body, s.log)
			}
		})
	}
}

// Words and numbers are the owner's: a site may use those that mean something else
// here, or IDs of one letter.
func TestPagesOfSitesWithOtherSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, version string
		settings      map[string]string
		padding       uint64
		image, album  string // before SLUG.ID
		user          string
	}{
		{"words of ours", "3", map[string]string{"route_image": "a", "route_album": "p", "id_padding": "0"}, 0, "/a/", "/p/", "/"},
		{"words the other way round", "4.0", map[string]string{"route_image": "p", "route_album": "clip", "route_user": "u", "id_padding": "1", "root_route": "album"}, 1, "/p/", "/clip/", "/u/"},
		{"images at the root", "4.0", map[string]string{"route_image": "i", "route_album": "a", "root_route": "image", "id_padding": "1"}, 1, "/", "/a/", "/user/"},
		{"no users at the root", "3", map[string]string{"user_routing": "0", "id_padding": "5000"}, 5000, "/bild/", "/album/", "/user/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, withImgpile)
			s.moveIn(tt.version, func(old *cheveretotest.Site) { old.Set(tt.settings) })
			ids := oldsite.NewPublicIDs(cheveretotest.Salt, tt.padding, tt.version == "3")
			for path, want := range map[string]string{
				tt.image + "foto." + ids.Encode(1):  "Foto eins &lt;neu&gt;",
				tt.image + ids.Encode(2):            "Photo one again",
				tt.image + "x.jpg." + ids.Encode(9): "Gast",
				tt.album + "x." + ids.Encode(1):     "Urlaub / Holiday",
				tt.album + ids.Encode(3):            "Abends",
				tt.user + "moewe":                   "Moewe",
			} {
				if a := s.arrive(path); a.StatusCode != http.StatusOK || !strings.Contains(a.body, want) {
					t.Errorf("%s: %s, want %q\n%.300s", path, a.Status, want, a.body)
				}
			}
			for _, path := range []string{tt.image + ids.Encode(7), tt.image + ids.Encode(23), tt.album + ids.Encode(5), tt.image + "zzzzzzz"} {
				if a := s.arrive(path); a.StatusCode == http.StatusOK {
					t.Errorf("%s: %s, and should not be seen", path, a.Status)
				}
			}
		})
	}
}

func TestOldDeleteLinksAskFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.moveIn("upgraded") // images up to 5 are older than delete links
	link := func(number int, word string) string {
		return "/bild/x." + cheveretotest.PublicID(number) + "/delete/" + word
	}
	wrong := strings.Repeat("0", 48)
	for _, path := range []string{link(6, wrong), link(6, cheveretotest.DeleteWord[:40]), link(1, cheveretotest.DeleteWord), link(23, cheveretotest.DeleteWord)} {
		if a := s.do("POST", path, nil); a.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: %s, want 404", path, a.Status)
		}
	}
	right := link(6, cheveretotest.DeleteWord)
	for _, method := range []string{"HEAD", "GET"} {
		if a := s.do(method, right, nil); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, want 200", method, a.Status)
		}
	}
	if a := s.do("GET", "/images/-1.png", nil); a.StatusCode != http.StatusOK {
		t.Fatalf("the file after looking at the link: %s", a.Status)
	}
	if a := s.do("POST", right, nil); a.StatusCode != http.StatusMovedPermanently {
		t.Errorf("POST: %s, want 301", a.Status)
	}
	if a := s.do("GET", "/images/-1.png", nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("the file after its deletion: %s, want 404", a.Status)
	}
	// In a private album, the page is not for everyone; the link is.
	if a := s.do("POST", link(7, cheveretotest.DeleteWord), nil); a.StatusCode != http.StatusMovedPermanently {
		t.Errorf("POST for an image in a private album: %s, want 301", a.Status)
	}
}

// The password of an old album opens the pages of its images, too, and passwords of users
// go on working, with their names and with their e-mail addresses.
func TestOldPasswordsGoOnWorking(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.moveIn("4.2")
	path := "/bild/wort." + cheveretotest.PublicID(8)
	form := func(path string, fields ...string) answer {
		values := make(url.Values)
		for i := 0; i+1 < len(fields); i += 2 {
			values.Set(fields[i], fields[i+1])
		}
		return s.do("POST", path, strings.NewReader(values.Encode()), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	}
	a := form("/items/"+cheveretotest.PublicID(8)+"/open", "password", "Apfel-7 ß", "back", path)
	if a.StatusCode != 303 || a.Header.Get("Location") != path || len(a.Cookies()) == 0 {
		t.Fatalf("the album's password: %s to %s\n%.500s", a.Status, a.Header.Get("Location"), a.body)
	}
	if seen := s.do("GET", path, nil, "Cookie", a.Cookies()[0].String()); seen.StatusCode != 302 {
		t.Errorf("the page of the image after that: %s", seen.Status)
	}
	for name, status := range map[string]int{"moewe": 303, "MOEWE@example.org": 303, "nobody@example.org": 400, "ad@example.org": 403} {
		if a := form("/sign-in", "name", name, "password", cheveretotest.Password); a.StatusCode != status {
			t.Errorf("sign-in as %s: %s, want %d", name, a.Status, status)
		}
	}
}

func TestOldKeysGoOnWorking(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.moveIn("4.2")
	whole := cheveretotest.APIKey(2)
	picture := jpegOf(t, 30, 20)
	for _, tt := range []struct {
		name, key string
		status    int
	}{
		{"whole", whole, 200},
		{"whole again", whole, 200},
		{"of which 72 bytes count", whole[:72], 200},
		{"71 bytes", whole[:71], 400},
		{"of another user", strings.Replace(cheveretotest.APIKey(4), "c0ffee", "decaff", 1), 400},
		{"of a banned user", cheveretotest.APIKey(4), 403},
		{"of guests", cheveretotest.GuestKey, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, contentType := multipartBody(t, "a.jpg", picture)
			a := s.do("POST", "/api/1/upload", bytes.NewReader(body.Bytes()), "Content-Type", contentType, "X-API-Key", tt.key)
			if a.StatusCode != tt.status {
				t.Errorf("%s, want %d: %s", a.Status, tt.status, a.body)
			}
		})
	}
	// What was shown once is known by its digest.
	keys, err := s.db.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, k := range keys {
		if k.UserName == "Moewe" {
			used++
		}
	}
	if used != 1 {
		t.Errorf("%d keys of the user, want 1", used)
	}
}
