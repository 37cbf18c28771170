package check_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
	"postern/media/maintenance/check"
	"postern/media/metadata"
	"postern/media/process"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
	"postern/storage"
)

// folder is a data folder with one picture in it and no server.
type folder struct {
	t    *testing.T
	dir  string
	item media.Item
	data []byte // of the picture
}

func newFolder(t *testing.T) *folder {
	t.Helper()
	f := &folder{t: t, dir: t.TempDir()}
	f.write("secret", "0123456789abcdef0123456789abcdef", 0o600)
	sqlitetest.Copy(t, filepath.Join(f.dir, "postern.db"), sqlite.Open)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 800, 600)), nil); err != nil {
		t.Fatal(err)
	}
	f.data = b.Bytes()
	f.open(func(l *library.Library, db *sqlite.DB) {
		ann := media.User{Name: "ann", CreatedAt: time.Now()}
		if err := db.InsertUser(t.Context(), &ann); err != nil {
			t.Fatal(err)
		}
		f.item = f.add(l, ann, "cat.jpg")
	})
	return f
}

// open hands the folder's library to use, and closes it.
func (f *folder) open(use func(*library.Library, *sqlite.DB)) {
	f.t.Helper()
	db, err := sqlite.Open(f.t.Context(), filepath.Join(f.dir, "postern.db"))
	if err != nil {
		f.t.Fatal(err)
	}
	defer db.Close()
	store, err := storage.OpenDisk(f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	defer store.Close()
	use(library.NewLibrary(library.Parts{
		Store: store, Staging: store.Staging(), Database: db, Accounts: db, Frames: process.NoFrames{},
		Secret: []byte("secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Policy: library.Policy{Renditions: true,
			MaxFile: 10e6, MaxPixels: 4e6, Formats: []string{"jpeg"}, ThumbSize: 320, MediumWidth: 500, Quality: 90,
			Naming: media.NamingOriginal, Location: time.UTC, Metadata: metadata.Private,
			Duplicates: library.DuplicatesAllow, DecodeMemory: 1e9, Workers: 1, Queue: 1,
		},
	}), db)
}

func (f *folder) add(l *library.Library, owner media.User, name string) media.Item {
	f.t.Helper()
	d, err := l.Staging.Spool(f.t.Context(), bytes.NewReader(f.data), 10e6)
	if err != nil {
		f.t.Fatal(err)
	}
	defer d.Abort()
	added, err := l.Add(f.t.Context(), library.Upload{Caller: media.Caller{User: owner}, Staged: d, Filename: name})
	if err != nil {
		f.t.Fatal(err)
	}
	return *added.Item
}

// check runs a check and returns its findings, a line each.
func (f *folder) check(change ...func(*check.Options)) (lines []string, result check.Result) {
	f.t.Helper()
	f.open(func(l *library.Library, db *sqlite.DB) {
		o := check.Options{Dir: f.dir, Library: l, Records: db, Report: func(found check.Finding) {
			lines = append(lines, found.String())
		}}
		for _, c := range change {
			c(&o)
		}
		var err error
		if result, err = check.Run(f.t.Context(), o); err != nil {
			f.t.Fatal(err)
		}
	})
	return lines, result
}

func deep(o *check.Options)   { o.Deep = true }
func repair(o *check.Options) { o.Repair, o.Deep = true, true }
func forget(o *check.Options) { o.Repair, o.Forget = true, true }

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) write(name, content string, mode fs.FileMode) {
	f.t.Helper()
	f.must(os.MkdirAll(filepath.Dir(f.path(name)), 0o755))
	f.must(os.WriteFile(f.path(name), []byte(content), mode))
	f.must(os.Chmod(f.path(name), mode))
}

func (f *folder) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// sql changes the database behind the program's back.
func (f *folder) sql(statements string) {
	f.t.Helper()
	db, err := sql.Open("sqlite", f.path("postern.db"))
	f.must(err)
	defer db.Close()
	_, err = db.Exec(statements)
	f.must(err)
}

// original is the path of the picture in the data folder.
const (
	original = "images/cat.jpg"
	thumb    = "images/cat.th.jpg"
	medium   = "images/cat.md.jpg"
)

func TestASoundFolderIsClean(t *testing.T) {
	f := newFolder(t)
	lines, result := f.check(repair)
	if want := (check.Result{Items: 1, Files: 3}); result != want || len(lines) > 0 {
		t.Errorf("got %+v, %q, want %+v", result, lines, want)
	}
}

// damage is something that goes wrong with a folder.
type damage struct {
	name    string
	do      func(f *folder)
	finding string // a part of the line that says so
	repair  string // and of the line when repairing; "" when it cannot be
}

func (d damage) test(t *testing.T) {
	f := newFolder(t)
	d.do(f)
	lines, result := f.check(deep)
	if len(lines) != 1 || !strings.Contains(lines[0], d.finding) || result.Left != 1 {
		t.Errorf("found %q, %+v, want one line with %q", lines, result, d.finding)
	}
	if again, _ := f.check(deep); fmt.Sprint(again) != fmt.Sprint(lines) {
		t.Errorf("looking changed something: first %q, then %q", lines, again)
	}
	lines, result = f.check(repair)
	if d.repair == "" {
		if len(lines) != 1 || result.Left != 1 {
			t.Errorf("repairing: %q, %+v, want the finding to stay", lines, result)
		}
		return
	}
	if len(lines) != 1 || !strings.Contains(lines[0], d.repair) || result.Left != 0 {
		t.Errorf("repaired %q, %+v, want one line with %q", lines, result, d.repair)
	}
	if lines, result = f.check(deep); len(lines) > 0 {
		t.Errorf("after the repair: %q, %+v, want nothing", lines, result)
	}
}

func TestEveryInvariantIsCheckedAndMended(t *testing.T) {
	tests := []damage{
		{"a missing thumb", func(f *folder) { f.must(os.Remove(f.path(thumb))) },
			`I1 "images/cat.th.jpg": thumb of item `, "made anew"},
		{"a cut medium", func(f *folder) { f.must(os.Truncate(f.path(medium), 100)) },
			"has 100 bytes, recorded are", "made anew"},
		{"a garbled medium", func(f *folder) { f.garble(medium, 0) },
			"not a picture or video", "made anew"},
		{"a missing size", func(f *folder) { f.must(os.Remove(f.path(f.withRenditions()))) },
			": sm of item ", "made anew"},
		{"a garbled size", func(f *folder) { f.garble(f.withRenditions(), 0) },
			"not a picture or video", "made anew"},
		{"a staged file of a rendition", func(f *folder) {
			f.must(os.Rename(f.path(f.withRenditions()), f.path(".stage/"+f.item.ID+".sm")))
		}, "I4 ", "published or removed"},
		{"a missing original", func(f *folder) { f.must(os.Remove(f.path(original))) },
			"is missing; put it back from a backup", ""},
		{"a cut original", func(f *folder) { f.must(os.Truncate(f.path(original), 100)) },
			"has 100 bytes, recorded are", ""},
		{"a flipped bit in an original", func(f *folder) { f.garble(original, 600) },
			"has MD5", ""},
		{"a file without a record", func(f *folder) { f.write("images/2026/stray.jpg", "stray", 0o644) },
			`I2 "images/2026/stray.jpg": has no record`, "moved to lost+found/images/2026/stray.jpg"},
		{"a deletion that was cut off", func(f *folder) {
			f.open(func(_ *library.Library, db *sqlite.DB) {
				_, err := db.BeginDelete(context.Background(), f.item.ID)
				f.must(err)
			})
		}, "I3 ", "finished"},
		{"a staged file without a record", func(f *folder) { f.write(".stage/AAAAAAA.original", "x", 0o644) },
			`I4 ".stage/AAAAAAA.original": a staged file is left`, "published or removed"},
		{"a staged file of a record", func(f *folder) {
			f.must(os.Rename(f.path(thumb), f.path(".stage/"+f.item.ID+".thumb")))
		}, "I4 ", "published or removed"},
		{"a link to a file", func(f *folder) { f.must(os.Symlink("cat.jpg", f.path("images/link.jpg"))) },
			"I5 \"images/link.jpg\": is a symbolic link", "moved to lost+found"},
		{"a link to a folder", func(f *folder) { f.must(os.Symlink(t.TempDir(), f.path("images/2025"))) },
			"is a symbolic link", ""},
		{"a pipe", func(f *folder) { f.must(syscall.Mkfifo(f.path("images/pipe"), 0o644)) },
			"is a pipe", "moved to lost+found"},
		{"a socket", func(f *folder) {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: f.path("images/socket"), Net: "unix"})
			f.must(err)
			l.SetUnlinkOnClose(false)
			f.must(l.Close())
		}, "is a socket", "moved to lost+found"},
		{"a file of two names", func(f *folder) { f.must(os.Link(f.path(original), filepath.Join(t.TempDir(), "other"))) },
			"is one file with 2 names", "made a file of its own"},
		{"a file that everybody may write", func(f *folder) { f.must(os.Chmod(f.path(thumb), 0o666)) },
			"has mode 0666", "changed to 0644"},
		{"a file that nobody may read", func(f *folder) { f.must(os.Chmod(f.path(thumb), 0)) },
			"has mode 0000", "changed to 0600"},
		{"a folder that everybody may write", func(f *folder) { f.must(os.Chmod(f.path("images"), 0o777)) },
			"has mode 0777", "changed to 0775"},
		{"a secret that others may read", func(f *folder) { f.must(os.Chmod(f.path("secret"), 0o644)) },
			`I5 "secret": has mode 0644`, "changed to 0600"},
		{"a secret that is gone", func(f *folder) { f.must(os.Remove(f.path("secret"))) },
			`"secret": is missing`, ""},
		{"a sum that is wrong", func(f *folder) { f.sql(`UPDATE usage SET bytes = bytes + 5`) },
			`I8 "postern.db": user ann is counted 1 items of`, "counted anew"},
		{"a sum that is gone", func(f *folder) { f.sql(`DELETE FROM usage`) },
			`I8 "postern.db": user ann is counted 0 items of 0 bytes, 0 of videos; has 1 of`, "counted anew"},
		{"a row that names none", func(f *folder) {
			f.sql(`PRAGMA foreign_keys = OFF; UPDATE items SET album_id = 77`)
		}, "I7 \"postern.db\": row 1 of items names a row of albums that is not there", ""},
	}
	for _, test := range tests {
		t.Run(test.name, test.test)
	}
}

// withRenditions gives the picture renditions and returns the key of one. It is
// for a folder whose other variants are there.
func (f *folder) withRenditions() (key string) {
	f.t.Helper()
	f.open(func(l *library.Library, db *sqlite.DB) {
		f.sql(`INSERT OR REPLACE INTO size_jobs (item, due_at) SELECT number, 0 FROM items`)
		ctx, stop := context.WithCancel(f.t.Context())
		defer stop()
		var ended sync.WaitGroup
		ended.Go(func() { (&library.RenditionWorker{Library: l, Database: db}).Run(ctx) })
		defer ended.Wait()
		defer stop()
		for deadline := time.Now().Add(20 * time.Second); key == ""; time.Sleep(5 * time.Millisecond) {
			it, err := db.Item(ctx, f.item.ID)
			f.must(err)
			key = it.File("sm").Key
			if time.Now().After(deadline) {
				f.t.Fatal("no size was made")
			}
		}
	})
	return key
}

// garble changes 20 bytes of a file.
func (f *folder) garble(name string, offset int64) {
	f.t.Helper()
	file, err := os.OpenFile(f.path(name), os.O_RDWR, 0)
	f.must(err)
	defer file.Close()
	_, err = file.WriteAt([]byte("twenty garbled bytes"), offset)
	f.must(err)
}

func TestKeysThatLeaveTheFolderAreFound(t *testing.T) {
	for _, names := range []string{"key", "object", "both"} {
		t.Run(names, func(t *testing.T) {
			f := newFolder(t)
			for _, column := range []string{"key", "object"} {
				if names == column || names == "both" {
					f.sql(`UPDATE files SET ` + column + ` = 'images/../../cat.th.jpg' WHERE role = 'thumb'`)
				}
			}
			lines, _ := f.check(repair)
			text := strings.Join(lines, "\n")
			if strings.Count(text, `I6 "images/../../cat.th.jpg"`) != 1 || names != "key" && strings.Contains(text, "made anew") {
				t.Errorf("found %q", lines)
			}
		})
	}
}

// SQLite folds the case of ASCII only; some file systems fold all.
func TestKeysThatDifferInCaseAloneAreFound(t *testing.T) {
	f := newFolder(t)
	f.must(os.Rename(f.path(thumb), f.path("images/É.jpg")))
	f.must(os.Rename(f.path(medium), f.path("images/é.jpg")))
	f.sql(`UPDATE files SET key = 'images/É.jpg', object = 'images/É.jpg' WHERE role = 'thumb';
		UPDATE files SET key = 'images/é.jpg', object = 'images/é.jpg' WHERE role = 'medium'`)
	lines, result := f.check(deep)
	if len(lines) != 1 || !strings.Contains(lines[0], "I6 ") || !strings.Contains(lines[0], "in case alone") {
		t.Errorf("found %q, %+v", lines, result)
	}
}

func TestAnOriginalThatIsGoneIsForgottenOnlyWhenAsked(t *testing.T) {
	f := newFolder(t)
	f.must(os.Remove(f.path(original)))
	if lines, result := f.check(repair); result.Left != 1 || result.Items != 1 {
		t.Errorf("repair: %q, %+v, want the record to stay", lines, result)
	}
	if lines, result := f.check(forget); result.Left != 0 || !strings.Contains(lines[0], "(cat) forgotten") {
		t.Errorf("repair and forget: %q, %+v", lines, result)
	}
	if lines, result := f.check(deep); result != (check.Result{}) {
		t.Errorf("afterwards: %q, %+v, want an empty folder", lines, result)
	}
}

func TestOrphansOfOneNameAreAllKept(t *testing.T) {
	f := newFolder(t)
	for _, content := range []string{"first", "second"} {
		f.write("images/stray.jpg", content, 0o644)
		if _, result := f.check(repair); result.Left != 0 {
			t.Errorf("%s: %+v", content, result)
		}
	}
	first, _ := os.ReadFile(f.path("lost+found/images/stray.jpg"))
	second, _ := os.ReadFile(f.path("lost+found/images/stray.jpg.2"))
	if string(first) != "first" || string(second) != "second" {
		t.Errorf("lost and found hold %q and %q", first, second)
	}
}

func TestADamagedDatabaseDecidesAboutNoFile(t *testing.T) {
	f := newFolder(t)

	f.sql(`PRAGMA foreign_keys = OFF; UPDATE items SET album_id = 77`)
	f.write("images/stray.jpg", "stray", 0o644)
	f.write(".stage/AAAAAAA.original", "x", 0o644)
	lines, result := f.check(repair)
	if result.Left != result.Findings || result.Left != 3 {
		t.Errorf("%q, %+v, want three findings and no repair", lines, result)
	}
	for _, name := range []string{"images/stray.jpg", ".stage/AAAAAAA.original"} {
		if _, err := os.Stat(f.path(name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStagedFileWhoseKeyOtherBytesHoldStays(t *testing.T) {
	f := newFolder(t)
	f.write(".stage/"+f.item.ID+".thumb", "other bytes", 0o644)
	lines, result := f.check(repair)
	if result.Left != 1 || !strings.Contains(lines[0], "other bytes hold its key") {
		t.Errorf("%q, %+v", lines, result)
	}
	if _, err := os.Stat(f.path(".stage/" + f.item.ID + ".thumb")); err != nil {
		t.Error(err)
	}
}
