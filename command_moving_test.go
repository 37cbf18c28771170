package main

import (
	"bytes"
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/archive"
	"postern/config"
	"postern/importer"
	"postern/importer/chevereto/cheveretotest"
	"postern/media"
	"postern/media/library"
	"postern/setup"
)

// photo is a JPEG of one colour; each shade has bytes of its own.
func photo(t *testing.T, shade uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	m.Set(0, 0, color.Gray{255 - shade})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write writes files below a folder, in pairs of names and content.
func write(t *testing.T, dir string, files ...any) {
	t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		name := filepath.Join(dir, files[i].(string))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		content, ok := files[i+1].([]byte)
		if !ok {
			content = []byte(files[i+1].(string))
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// inLibrary runs f on the library of a data folder.
func inLibrary(t *testing.T, dir string, f func(*setup.Database, *library.Library)) {
	t.Helper()
	c := config.Defaults()
	c.DataDir = dir
	err := setup.WithLibrary(t.Context(), c, t.Output(), func(_ config.Config, db *setup.Database, lib *library.Library) error {
		f(db, lib)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// itemsOf are all items of a data folder by the names of their files.
func itemsOf(t *testing.T, dir string) map[string]media.Item {
	t.Helper()
	found := make(map[string]media.Item)
	inLibrary(t, dir, func(db *setup.Database, _ *library.Library) {
		items, err := db.Items(t.Context(), media.ItemQuery{Filter: media.Everything(time.Now()), Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, listed := range items {
			it, err := db.Item(t.Context(), listed.ID)
			if err != nil {
				t.Fatal(err)
			}
			found[it.OriginalName] = it
		}
	})
	return found
}

const takeout = `{"title": "rome.jpg", "description": "The Forum", "photoTakenTime": {"timestamp": "1262304000"},
	"geoData": {"latitude": 41.89, "longitude": 12.48}, "people": [{"name": "Ann"}]}`

const sidecar = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
	<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
		exif:DateTimeOriginal="2012-03-04T05:06:07+02:00" exif:GPSLatitude="52,31.2N" exif:GPSLongitude="13,24,36E">
	<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Gate</rdf:li></rdf:Alt></dc:title>
	<dc:subject><rdf:Bag><rdf:li>Berlin</rdf:li><rdf:li>night</rdf:li></rdf:Bag></dc:subject>
	</rdf:Description></rdf:RDF></x:xmpmeta>`

// albumFolder is a folder with all that an import reads.
func albumFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "top.jpg", photo(t, 1), "2010/Italy/rome.jpg", photo(t, 2), "2010/Italy/rome.jpg.supplemental-metadata.json", takeout,
		"2010/gate.JPG", photo(t, 3), "2010/gate.xmp", sidecar, "2010/again.jpg", photo(t, 1), "broken.png", "no picture",
		"notes.txt", "text", ".hidden/x.jpg", photo(t, 9))
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "top.jpg"), old, old); err != nil {
		t.Fatal(err)
	}
	return dir
}

func newData(t *testing.T, users ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range users {
		if got := cli(t, dir, "user", "add", name); got.status != 0 {
			t.Fatal(got)
		}
	}
	return dir
}

func TestImportFolder(t *testing.T) {
	data, dir := newData(t, "bob"), albumFolder(t)
	got := cli(t, data, "import", "folder", dir, "--user", "bob", "--tags", "old", "--parallel", "1")
	if want := "3 imported, 0 there from an earlier run, 1 duplicates, 1 left, 1 skipped\n"; got.status != 2 || !strings.HasSuffix(got.stdout, want) ||
		!strings.Contains(got.stdout, "skipped: .hidden: a hidden folder\n") || !strings.Contains(got.stdout, "left: broken.png: ") || !strings.Contains(got.stdout, "duplicate: ") {
		t.Fatalf("%+v", got)
	}
	items := itemsOf(t, data)
	for name, want := range map[string]struct {
		title, description, album, date string
		tags                            []string
	}{
		// again.jpg comes before top.jpg, which has the same bytes.
		"again.jpg": {"again", "", "2010", "", []string{"old"}},
		"rome.jpg":  {"rome", "The Forum", "2010 / Italy", "2010-01-01T00:00:00Z", []string{"old", "Ann"}},
		"gate.JPG":  {"Gate", "", "2010", "2012-03-04T03:06:07Z", []string{"old", "Berlin", "night"}},
	} {
		t.Run(name, func(t *testing.T) {
			it, ok := items[name]
			if !ok || it.Title != want.title || it.Description != want.description || !slices.Equal(it.Tags, want.tags) {
				t.Errorf("%s: %t %q %q %q", name, ok, it.Title, it.Description, it.Tags)
			}
			if date := it.CreatedAt.UTC().Format(time.RFC3339); want.date != "" && (date != want.date || !strings.HasPrefix(it.Original.Key, "images/"+strings.ReplaceAll(date[:10], "-", "/"))) {
				t.Errorf("%s: %s, %s", name, date, it.Original.Key)
			}
			if strings.Contains(it.EXIF, "GPS") {
				t.Errorf("%s tells its place: %s", name, it.EXIF)
			}
			inLibrary(t, data, func(db *setup.Database, _ *library.Library) {
				if a, err := db.Album(t.Context(), it.AlbumID); err != nil || a.Title != want.album {
					t.Errorf("%s is in the album %q, %v", name, a.Title, err)
				}
			})
		})
	}
	if got := cli(t, data, "check", "--deep"); got.status != 0 {
		t.Errorf("check: %+v", got)
	}

	// Another run brings what is new.
	write(t, dir, "new.jpg", photo(t, 7))
	var r importer.Report
	got = cli(t, data, "import", "folder", dir, "--user", "bob", "--tags", "old", "--json")
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || r.Imported != 1 || r.Before != 3 || len(r.Duplicates) != 1 || len(r.Failed) != 1 {
		t.Errorf("another run: %+v %v", got, err)
	}
	if got := len(itemsOf(t, data)); got != 4 {
		t.Errorf("%d items, want 4", got)
	}
}

// What is not looked at is named where somebody may miss it, and is no fault.
func TestImportNamesWhatItSkips(t *testing.T) {
	data, dir := newData(t, "bob"), t.TempDir()
	write(t, dir, "in/a.jpg", photo(t, 1), "in/.b.jpg", photo(t, 2), "in/._a.jpg", "macOS", ".DS_Store", "macOS", "Thumbs.db", "Windows", "in/.hid/c.jpg", photo(t, 3))
	folder := filepath.Join(t.TempDir(), "link")
	for link, to := range map[string]string{filepath.Join(dir, "in/d.jpg"): "a.jpg", filepath.Join(dir, "in/more"): dir, folder: dir} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "e.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	want := []importer.Failure{
		{Path: "e.png", Reason: "no ordinary file"}, {Path: "in/.b.jpg", Reason: "a hidden file"}, {Path: "in/.hid", Reason: "a hidden folder"},
		{Path: "in/d.jpg", Reason: "a symbolic link"}, {Path: "in/more", Reason: "a symbolic link"},
	}
	got := cli(t, data, "import", "folder", folder, "--user", "bob", "--json")
	var r importer.Report
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.status != 0 || r.Imported != 1 || !slices.Equal(r.Skipped, want) {
		t.Errorf("%+v %v, want %v", got, err, want)
	}
}

// Files of the same bytes are duplicates, too, when they come at once.
func TestImportFolderAtOnce(t *testing.T) {
	data, dir := newData(t, "bob"), t.TempDir()
	for i := range 16 {
		write(t, dir, strconv.Itoa(i)+"/same.jpg", photo(t, 1))
	}
	got := cli(t, data, "import", "folder", dir, "--user", "bob", "--parallel", "8")
	if want := "1 imported, 0 there from an earlier run, 15 duplicates, 0 left\n"; got.status != 0 || !strings.HasSuffix(got.stdout, want) {
		t.Errorf("%+v, want %s", got, want)
	}
}

func TestImportFolderAfterACrash(t *testing.T) {
	data, dir := newData(t, "bob"), t.TempDir()
	write(t, dir, "a.jpg", photo(t, 1), "b.jpg", photo(t, 2))
	import1 := []string{"import", "folder", dir, "--user", "bob", "--duplicates"}
	if got := cli(t, data, import1...); got.status != 0 {
		t.Fatal(got)
	}
	// The crash came after the items, and before their last lines, one of them half
	// written, and the bytes of one were not published.
	lost := unpublish(t, data, itemsOf(t, data)["a.jpg"])
	journals, _ := filepath.Glob(filepath.Join(data, "imports", "*.jsonl"))
	text, err := os.ReadFile(journals[0])
	if err != nil || len(journals) != 1 {
		t.Fatal(err, journals)
	}
	var begun []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, `"done":true`) {
			begun = append(begun, line)
		}
	}
	if err := os.WriteFile(journals[0], []byte(strings.Join(begun, "")+`{"path":"b.j`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := cli(t, data, import1...); got.status != 0 || !strings.HasPrefix(got.stdout, "0 imported, 2 there") {
		t.Errorf("%+v", got)
	}
	if got := len(itemsOf(t, data)); got != 2 {
		t.Errorf("%d items, want 2", got)
	}
	lost.wantPublished()
}

// TestImportOfAnExportAfterACrash finds an item whose bytes were not published.
func TestImportOfAnExportAfterACrash(t *testing.T) {
	data, dir, other := newData(t, "bob"), t.TempDir(), newData(t, "ann")
	write(t, dir, "a.jpg", photo(t, 1))
	exported := filepath.Join(t.TempDir(), "export")
	for _, run := range []struct {
		data string
		args []string
	}{{data, []string{"import", "folder", dir, "--user", "bob"}}, {data, []string{"export", exported}}, {other, []string{"import", "folder", exported}}} {
		if got := cli(t, run.data, run.args...); got.status != 0 {
			t.Fatalf("%v: %+v", run.args, got)
		}
	}
	lost := unpublish(t, other, itemsOf(t, other)["a.jpg"])
	if got := cli(t, other, "import", "folder", exported); got.status != 0 || !strings.HasPrefix(got.stdout, "0 imported, 1 there") {
		t.Errorf("%+v", got)
	}
	lost.wantPublished()
}

// unpublished is a file that a crash came before.
type unpublished struct {
	t                 *testing.T
	staged, published string
}

// unpublish makes the original of an item what it is after its record, and before its bytes
// have their key.
func unpublish(t *testing.T, data string, it media.Item) unpublished {
	t.Helper()
	u := unpublished{t, filepath.Join(data, ".stage", it.ID+".original"), filepath.Join(data, filepath.FromSlash(it.Original.Key))}
	if err := os.Rename(u.published, u.staged); err != nil {
		t.Fatal(err)
	}
	return u
}

func (u unpublished) wantPublished() {
	u.t.Helper()
	if _, err := os.Stat(u.published); err != nil {
		u.t.Error(err)
	}
	if _, err := os.Stat(u.staged); !errors.Is(err, fs.ErrNotExist) {
		u.t.Errorf("it is staged still: %v", err)
	}
}

func TestImportKeepsPlacesWhereMetadataIsKept(t *testing.T) {
	data, dir := newData(t, "bob"), albumFolder(t)
	cli(t, data, "import", "folder", dir, "--user", "bob", "--metadata", "keep", "--no-albums")
	items := itemsOf(t, data)
	if it := items["gate.JPG"]; !strings.Contains(it.EXIF, `"GPSLatitude":"52.52"`) || !strings.Contains(it.EXIF, `"GPSLongitude":"13.41"`) || it.AlbumID != 0 {
		t.Errorf("%d %s", it.AlbumID, it.EXIF)
	}
}

// storied makes a data folder with items of all kinds.
func storied(t *testing.T) string {
	t.Helper()
	data := newData(t, "bob", "ann")
	if got := cli(t, data, "category", "add", "Places"); got.status != 0 {
		t.Fatal(got)
	}
	dir := albumFolder(t)
	cli(t, data, "import", "folder", dir, "--user", "bob")
	cli(t, data, "import", "folder", filepath.Join(dir, "2010"), "--user", "ann", "--no-albums")
	inLibrary(t, data, func(db *setup.Database, lib *library.Library) {
		ctx := t.Context()
		bob, err := db.UserNamed(ctx, "bob")
		if err != nil {
			t.Fatal(err)
		}
		secret := media.Album{Slug: media.NewID(), UserID: bob.ID, Title: `Secret: "a/b"`, CreatedAt: time.Now().UTC().Truncate(time.Second), Visibility: media.Private, AccessKey: "the-access-key"}
		if err := db.InsertAlbum(ctx, &secret); err != nil {
			t.Fatal(err)
		}
		about, tags, adult := "Only\n<for> us", []string{"Zebra", "ant"}, true
		if err := db.UpdatePost(ctx, secret.ID, media.PostChange{Description: &about, Tags: &tags, NSFW: &adult}); err != nil {
			t.Fatal(err)
		}
		for i, caller := range []media.Caller{{User: bob}, {User: bob}, {Guest: true}} {
			staged, err := lib.Staging.Spool(ctx, bytes.NewReader(photo(t, uint8(100+i))), 1e6)
			if err != nil {
				t.Fatal(err)
			}
			up := library.Upload{Caller: caller, Staged: staged, Filename: "CON?.jpeg", Apart: true, Amend: func(it *media.Item) {
				it.Views, it.ModeratorNSFW, it.ModerationStatus, it.SourceMD5, it.SourceSize = int64(7*i), i == 1, media.ModerationPending, strings.Repeat("ab", 16), 99
			}}
			if i < 2 {
				up.Album, up.CategoryID, up.Expiration, up.NSFW, up.Title, up.Description = secret.Slug, 1, "P3D", true, "T <b>&", "Line\nline"
			}
			if _, err := lib.Add(ctx, up); err != nil {
				t.Fatal(err)
			}
			staged.Abort()
		}
	})
	return data
}

// linesOf reads an export.
func linesOf(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, archive.Lines))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestARoundTripLosesNothing(t *testing.T) {
	data := storied(t)
	first := filepath.Join(t.TempDir(), "first")
	if got := cli(t, data, "export", first); got.status != 0 || got.stdout != "9 exported, 0 left\n" {
		t.Fatalf("export: %+v", got)
	}
	for _, want := range []string{`"file":"users/bob/albums/2010 _ Italy/rome.jpg"`, `"file":"users/bob/albums/Secret_ _a_b_/CON_ (2).jpeg"`,
		`"access_key":"the-access-key"`, `"description":"Only\n\u003cfor\u003e us","tags":["Zebra","ant"],"nsfw":true,`, `"category":"Places"`, `"moderation":"pending"`, `"views":7`, `"expires_at":"20`} {
		if !strings.Contains(linesOf(t, first), want) {
			t.Errorf("no %s in\n%s", want, linesOf(t, first))
		}
	}
	other := newData(t, "someone")
	if got := cli(t, other, "import", "folder", first); got.status != 0 || got.stdout != "9 imported, 0 there from an earlier run, 0 duplicates, 0 left\n" {
		t.Fatalf("import: %+v", got)
	}
	second := filepath.Join(t.TempDir(), "second")
	if got := cli(t, other, "export", second); got.status != 0 {
		t.Fatalf("export again: %+v", got)
	}
	a, b := strings.SplitAfter(linesOf(t, first), "\n"), strings.SplitAfter(linesOf(t, second), "\n")
	// Items of one second stand in any order.
	slices.Sort(a)
	slices.Sort(b)
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			t.Errorf("was %swant %s", b[min(i, len(b)-1)], a[i])
		}
	}
	for line := range strings.Lines(linesOf(t, first)) {
		var l archive.Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		was, err := os.ReadFile(filepath.Join(first, l.File))
		is, errToo := os.ReadFile(filepath.Join(second, l.File))
		if err != nil || errToo != nil || !bytes.Equal(was, is) {
			t.Errorf("%s: other bytes, %v %v", l.File, err, errToo)
		}
	}
	if got := cli(t, other, "check", "--deep"); got.status != 0 {
		t.Errorf("check: %+v", got)
	}
	if got := cli(t, other, "import", "folder", first); got.status != 0 || !strings.HasPrefix(got.stdout, "0 imported, 9 there") {
		t.Errorf("import again: %+v", got)
	}
}

func TestImportOfADamagedExport(t *testing.T) {
	data := storied(t)
	dir := filepath.Join(t.TempDir(), "export")
	cli(t, data, "export", dir)
	lines := strings.SplitAfter(linesOf(t, dir), "\n")
	spoiled := func(old, replacement string) string {
		out := strings.Replace(lines[0], old, replacement, 1)
		if out == lines[0] {
			t.Fatalf("%s is not in %s", old, lines[0])
		}
		return out
	}
	var l archive.Line
	if err := json.Unmarshal([]byte(lines[0]), &l); err != nil {
		t.Fatal(err)
	}
	text := strings.Join([]string{
		"no JSON\n", spoiled(l.File, "../../etc/passwd"), spoiled(`"id":"`+l.ID, `"id":"../x`), spoiled(`"md5":"`+l.MD5, `"md5":"`+strings.Repeat("0", 32)),
		spoiled(l.File, "none.jpg"), spoiled(`"views":0`, `"views":-1`), lines[1],
	}, "")
	write(t, dir, archive.Lines, text)
	other := newData(t, "bob")
	got := cli(t, other, "import", "folder", dir, "--user", "bob")
	if got.status != 2 || !strings.HasSuffix(got.stdout, "1 imported, 0 there from an earlier run, 0 duplicates, 6 left\n") {
		t.Errorf("%+v", got)
	}
}

// What is empty may be left out: an album without a date has that of its item.
func TestImportOfASparseExport(t *testing.T) {
	dir, data := t.TempDir(), newData(t, "ann")
	digest := md5.Sum(photo(t, 1))
	write(t, dir, "a.jpg", photo(t, 1), archive.Lines, fmt.Sprintf(`{"file": "a.jpg", "id": "sparse1", "user": "bob", "md5": "%x", "source_md5": "%[1]x", "created_at": "2020-02-03T04:05:06Z", "album": {"title": "No date"}}`, digest))
	got := cli(t, data, "import", "folder", dir)
	if got.status != 0 || !strings.HasPrefix(got.stdout, "1 imported") {
		t.Fatalf("%+v", got)
	}
	inLibrary(t, data, func(db *setup.Database, _ *library.Library) {
		it, err := db.Item(t.Context(), "sparse1")
		if err != nil {
			t.Fatal(err)
		}
		a, err := db.Album(t.Context(), it.AlbumID)
		if err != nil || a.Title != "No date" || !a.CreatedAt.Equal(it.CreatedAt) {
			t.Errorf("the album: %+v, %v", a, err)
		}
	})
}

// Names of files need not be UTF-8; what was deleted does not come back by them either.
func TestImportKnowsNamesThatAreNotUTF8(t *testing.T) {
	dir, data := t.TempDir(), newData(t, "ann")
	write(t, dir, "bad\xff\xfe/b\xff.jpg", photo(t, 1))
	for run, want := range []string{"1 imported, 0 there", "0 imported, 1 there", "0 imported, 1 there"} {
		got := cli(t, data, "import", "folder", dir, "--user", "ann")
		if got.status != 0 || !strings.HasPrefix(got.stdout, want) {
			t.Errorf("run %d: %+v, want %s", run, got, want)
		}
		if run > 0 {
			continue
		}
		var rows []struct{ ID string }
		if err := json.Unmarshal([]byte(cli(t, data, "item", "list", "--json").stdout), &rows); err != nil || len(rows) != 1 {
			t.Fatalf("%v, %v", rows, err)
		}
		if got := cli(t, data, "item", "delete", rows[0].ID); got.status != 0 {
			t.Errorf("%+v", got)
		}
	}
}

// A line that is longer than any is named.
func TestImportOfAnExportWithALongLine(t *testing.T) {
	dir, data := t.TempDir(), newData(t, "ann")
	write(t, dir, "a.jpg", photo(t, 1), archive.Lines, "\n{\"title\": \""+strings.Repeat("x", 5<<20)+"\"}\n")
	if got := cli(t, data, "import", "folder", dir); got.status != 1 || !strings.Contains(got.stderr, "line 2 has more than 4194304 bytes") {
		t.Errorf("%+v", got)
	}
}

func TestExportOfAUserOrAnAlbum(t *testing.T) {
	data := storied(t)
	var slug string
	for _, it := range itemsOf(t, data) {
		inLibrary(t, data, func(db *setup.Database, _ *library.Library) {
			if a, err := db.Album(t.Context(), it.AlbumID); err == nil && a.Title == "2010 / Italy" {
				slug = a.Slug
			}
		})
	}
	for _, test := range []struct {
		name string
		args []string
		want string
		file string
	}{
		{"a user", []string{"--user", "ann"}, "3 exported, 0 left\n", "gate.JPG"},
		{"an album", []string{"--album", slug}, "1 exported, 0 left\n", "rome.jpg"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "x")
			got := cli(t, data, append([]string{"export", dir}, test.args...)...)
			if _, err := os.Stat(filepath.Join(dir, test.file)); got.stdout != test.want || err != nil {
				t.Errorf("%+v %v", got, err)
			}
		})
	}
	// What is hidden with its user stays so on a server that does not know of that.
	hidden := filepath.Join(t.TempDir(), "hidden")
	if got := cli(t, data, "user", "disable", "bob", "--hide-files"); got.status != 0 {
		t.Fatalf("disable: %+v", got)
	}
	if got := cli(t, data, "export", hidden, "--user", "bob"); got.status != 0 {
		t.Fatalf("export of a disabled user: %+v", got)
	}
	other := newData(t, "someone")
	if got := cli(t, other, "import", "folder", hidden); got.status != 0 {
		t.Fatalf("import of a disabled user: %+v", got)
	}
	albums := 0
	inLibrary(t, other, func(db *setup.Database, _ *library.Library) {
		for line := range strings.Lines(linesOf(t, hidden)) {
			var l archive.Line
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			it, err := db.Item(t.Context(), l.ID)
			if err != nil || !it.IsPrivate() {
				t.Errorf("%s is %s, %v, want private", l.ID, it.Visibility, err)
			}
			if it.AlbumID == 0 {
				continue
			}
			albums++
			if a, err := db.Album(t.Context(), it.AlbumID); err != nil || !a.IsPrivate() || a.AccessKey == "" {
				t.Errorf("the album of %s is %s, key %q, %v, want private", l.ID, a.Visibility, a.AccessKey, err)
			}
		}
	})
	if albums == 0 {
		t.Error("no file of the user is in an album")
	}
	for _, args := range [][]string{{"--user", "nobody"}, {"--album", "nothing"}, {"--user", "ann", "--album", slug}} {
		if got := cli(t, data, append([]string{"export", filepath.Join(t.TempDir(), "x")}, args...)...); got.status != 1 {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if got := cli(t, data, "export", t.TempDir()+"/.."); got.status != 1 || !strings.Contains(got.stderr, "not empty") {
		t.Errorf("a folder with files: %+v", got)
	}
}

func TestExportOfAStaticGallery(t *testing.T) {
	data := storied(t)
	dir := filepath.Join(t.TempDir(), "gallery")
	if got := cli(t, data, "export", dir, "--static"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	link := regexp.MustCompile(`(?:href|src)="([^"]+)"`)
	seen, images := make(map[string]bool), 0
	for queue := []string{"index.html"}; len(queue) > 0; queue = queue[1:] {
		text, err := os.ReadFile(filepath.Join(dir, queue[0]))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "<b>") || strings.Contains(string(text), "<script") {
			t.Errorf("%s has what it should not", queue[0])
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			name, err := url.PathUnescape(strings.TrimPrefix(strings.ReplaceAll(m[1], "&amp;", "&"), "./"))
			if _, statErr := os.Stat(filepath.Join(dir, name)); err != nil || statErr != nil {
				t.Errorf("%s leads to %s: %v %v", queue[0], name, err, statErr)
			}
			if !seen[name] && strings.HasSuffix(name, ".html") {
				queue = append(queue, name)
			}
			if !seen[name] && !strings.HasSuffix(name, ".html") && !strings.HasPrefix(name, archive.Thumbs) {
				images++
			}
			seen[name] = true
		}
	}
	if images != 9 {
		t.Errorf("the gallery leads to %d files, want 9", images)
	}
}

// The files of an external storage come by the rules for URLs of uploads.
func TestImportFetchesStorages(t *testing.T) {
	old, dir := cheveretotest.New("4.2"), t.TempDir()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(old.Files["storage-1"+r.URL.Path]) // no bytes are no picture
	}))
	defer server.Close()
	storages := old.Table("storages")
	url := slices.IndexFunc(storages.Columns, func(c cheveretotest.Column) bool { return c.Name == "storage_url" })
	storages.Rows[0][url] = server.URL
	for name, content := range old.Files {
		if !strings.HasPrefix(name, "storage-1/") {
			write(t, dir, name, content)
		}
	}
	write(t, dir, "dump.sql", old.Dump(cheveretotest.OneLine))
	data := t.TempDir()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	args := []string{"import", "chevereto", "--dump", filepath.Join(dir, "dump.sql"), "--images", dir, "--site-url", "https://old.example.org", "--fetch-storages", "--url-source-ports", port}
	if got := cli(t, data, append(args, "--dry-run")...); got.status != 0 && got.status != 2 {
		t.Errorf("a dry run: %+v", got)
	}
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("a dry run left %v, %v", left, err)
	}
	if got := cli(t, data, args...); got.status != 2 || !strings.Contains(got.stdout, "address is not public") {
		t.Errorf("of an address that is not public: %+v", got)
	}
	if got := cli(t, data, append(args, "--url-source-allow", "127.0.0.1/32")...); got.status != 2 || !strings.Contains(got.stdout, "1 items have files that were fetched") {
		t.Errorf("%+v", got)
	}
}
