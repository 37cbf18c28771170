package movein_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/importer/bring"
	"postern/importer/chevereto/cheveretotest"
	"postern/importer/movein"
	"postern/media"
	"postern/media/oldsite"
)

// cell is where a row of a table has a column.
func cell(t *testing.T, site *cheveretotest.Site, table string, number int, column string) *any {
	t.Helper()
	tab := site.Table(table)
	c := slices.IndexFunc(tab.Columns, func(c cheveretotest.Column) bool { return c.Name == column })
	r := slices.IndexFunc(tab.Rows, func(row []any) bool { return row[0] == number })
	if c < 0 || r < 0 {
		t.Fatalf("no %s of %d in %s", column, number, table)
	}
	return &tab.Rows[r][c]
}

// A site whose owner has changed what can be changed.
func TestASiteOfItsOwnerMovesIn(t *testing.T) {
	site := cheveretotest.New("3")
	site.Set(map[string]string{"api_v1_key": "a word of the owner", "upload_image_path": "data/pictures", "website_mode": "personal",
		"website_mode_personal_uid": "2", "website_mode_personal_routing": "portfolio", "cdn": "1", "cdn_url": "https://cdn.example.org/x/",
		"id_padding": "99999999999"}) // IDs are as long as ours
	*cell(t, site, "users", 2, "user_username") = "a/b?"
	*cell(t, site, "images", 1, "image_storage_mode") = "path"
	*cell(t, site, "images", 1, "image_path") = "/srv/www/data/pictures/2024/11/20/"
	*cell(t, site, "images", 2, "image_storage_mode") = "path"
	*cell(t, site, "images", 2, "image_path") = "/etc"
	site.Table("images").Next = 1 << 40 // the counter was raised
	site.Table("deletions").Rows[0][1] = 30
	for name, data := range site.Files {
		if rest, ok := strings.CutPrefix(name, "images/"); ok {
			site.Files["disk/"+rest] = data
			delete(site.Files, name)
		}
	}
	f := newFolder(t, site)
	// The folder is a link to another disk.
	if err := os.MkdirAll(filepath.Join(f.site, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(f.site, "disk"), filepath.Join(f.site, "data/pictures")); err != nil {
		t.Fatal(err)
	}
	r := f.run(site)
	if got, want := counts(r, "items"), (movein.Count{Found: 23, Imported: 18, Left: 5}); got != want {
		t.Errorf("items %+v, want %+v\n%+v", got, want, r.Remarks)
	}
	u, err := f.db.UserNamed(t.Context(), "user-2")
	if err != nil {
		t.Fatal(err)
	}
	sites, err := f.db.OldSites(t.Context())
	if err != nil || len(sites) != 1 || len(sites[0].GuestKey) == 0 {
		t.Fatalf("%+v %v", sites, err)
	}
	old := oldsite.Addresses{Records: f.db, Now: time.Now}
	for path, want := range map[string]int64{"a%2Fb?": 0, "portfolio": u.ID} {
		target, err := old.Find(t.Context(), path, "")
		if (err == nil) != (want != 0) || target.Number != want {
			t.Errorf("%s leads to %+v, %v, want user %d", path, target, err, want)
		}
	}
	// IDs of what was deleted are given, those that the counter has jumped over are not.
	ids := oldsite.NewPublicIDs(sites[0].Salt, sites[0].Padding, true)
	for number, want := range map[uint64]bool{1: true, 23: true, 30: true, 32: false} {
		if given, err := f.db.IDGiven(t.Context(), ids.Encode(number)); err != nil || given != want {
			t.Errorf("ID of %d is given: %t, %v, want %t", number, given, err, want)
		}
	}
	it, err := f.db.Item(t.Context(), ids.Encode(1))
	if err != nil || it.Original.Key != "images/2024/11/20/photo1.jpg" {
		t.Errorf("image 1: %q, %v", it.Original.Key, err)
	}
	if !slices.ContainsFunc(r.Notes, func(note string) bool { return strings.Contains(note, "cdn.example.org") }) {
		t.Errorf("notes: %q", r.Notes)
	}
	f.check()
}

// The same site under another URL would come twice.
func TestASiteComesOnce(t *testing.T) {
	site := cheveretotest.New("4.2")
	f := newFolder(t, site)
	f.run(site)
	_, err := movein.Chevereto(t.Context(), movein.Options{Installation: f.source(site), Images: f.site, SiteURL: "http://www.old.example.org",
		Transfer: bring.TransferLink, Library: f.lib, Records: f.db, Now: time.Now})
	if err == nil || !strings.Contains(err.Error(), "https://old.example.org") {
		t.Errorf("%v, want an error that names the URL of the first run", err)
	}
}

// A kill may come between a record and its paths.
func TestPathsComeAfterAKill(t *testing.T) {
	site := cheveretotest.New("4.2")
	f := newFolder(t, site)
	o := media.OldSite{URL: "https://old.example.org", Salt: cheveretotest.Salt, Padding: cheveretotest.Padding, RootRoute: "user", CreatedAt: time.Now()}
	if err := f.db.SetOldSite(t.Context(), &o); err != nil {
		t.Fatal(err)
	}
	u, c := media.User{Name: "Moewe", CreatedAt: time.Now()}, media.Category{Name: "Landschaft"}
	if err := f.db.ImportUser(t.Context(), o.ID, 2, &u, media.UserDetails{}, ""); err != nil {
		t.Fatal(err)
	}
	if err := f.db.ImportCategory(t.Context(), o.ID, 1, &c); err != nil {
		t.Fatal(err)
	}
	f.run(site)
	for path, want := range map[string]int64{oldsite.UserPath("moewe"): u.ID, "category/landschaft": c.ID} {
		if p, err := f.db.OldPath(t.Context(), o.ID, path); err != nil || p.Target != want {
			t.Errorf("%s: %+v, %v, want %d", path, p, err, want)
		}
	}
}
