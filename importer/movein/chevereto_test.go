package movein_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"postern/importer/bring"
	"postern/importer/chevereto"
	"postern/importer/chevereto/cheveretotest"
	"postern/importer/movein"
	"postern/media"
	"postern/media/library"
	"postern/media/maintenance/check"
	"postern/media/metadata"
	"postern/media/process"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
	"postern/storage"
)

// folder is a data folder into which sites are imported, with the site's own.
type folder struct {
	t         testing.TB
	dir, site string
	db        *sqlite.DB
	lib       *library.Library
	close     func()
}

func newFolder(t testing.TB, site *cheveretotest.Site) *folder {
	t.Helper()
	f := &folder{t: t, dir: t.TempDir(), site: t.TempDir()}
	for name, data := range site.Files {
		path := filepath.Join(f.site, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(f.dir, "secret"), []byte("0123456789abcdef0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	sqlitetest.Copy(t, filepath.Join(f.dir, "postern.db"), sqlite.Open)
	var err error
	if f.db, err = sqlite.Open(t.Context(), filepath.Join(f.dir, "postern.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.db.Close() })
	store, err := storage.OpenDisk(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	f.close = func() { f.db.Close(); store.Close() }
	f.lib = library.NewLibrary(library.Parts{
		Store: store, Staging: store.Staging(), Database: f.db, Accounts: f.db, Frames: process.NoFrames{},
		Secret: []byte("0123456789abcdef0123456789abcdef"), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Policy: library.Policy{
			MaxFile: 10e6, MaxPixels: 4e6, Formats: []string{"jpeg"}, ThumbSize: 320, MediumWidth: 500, Quality: 90,
			Naming: media.NamingOriginal, Location: time.UTC, Metadata: metadata.Private,
			Duplicates: library.DuplicatesAllow, DecodeMemory: 1e9, Workers: 1, Queue: 1,
		},
	})
	return f
}

// source opens a dump of a site.
func (f *folder) source(site *cheveretotest.Site) *chevereto.Installation {
	f.t.Helper()
	path := filepath.Join(f.t.TempDir(), "dump.sql")
	if err := os.WriteFile(path, site.Dump(cheveretotest.MariaDB), 0o600); err != nil {
		f.t.Fatal(err)
	}
	d, err := chevereto.OpenDump(f.t.Context(), path)
	if err != nil {
		f.t.Fatal(err)
	}
	in, err := chevereto.Open(f.t.Context(), d, chevereto.Options{})
	if err != nil {
		f.t.Fatal(err)
	}
	return in
}

func (f *folder) run(site *cheveretotest.Site, change ...func(*movein.Options)) *movein.Report {
	f.t.Helper()
	o := movein.Options{
		Installation: f.source(site), Images: f.site, Storages: map[int64]string{1: filepath.Join(f.site, "storage-1")},
		SiteURL: "https://old.example.org", Transfer: bring.TransferLink, Library: f.lib, Records: f.db, Now: time.Now,
	}
	for _, c := range change {
		c(&o)
	}
	report, err := movein.Chevereto(f.t.Context(), o)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

// check holds the folder against its invariants.
func (f *folder) check() {
	f.t.Helper()
	_, err := check.Run(f.t.Context(), check.Options{Dir: f.dir, Library: f.lib, Records: f.db, Deep: true, Report: func(found check.Finding) { f.t.Error(found) }})
	if err != nil {
		f.t.Fatal(err)
	}
}

// counts are those of a report that stand for the others.
func counts(r *movein.Report, kind string) movein.Count {
	if c := r.Counts[kind]; c != nil {
		return *c
	}
	return movein.Count{}
}

func TestSitesOfAllVersionsMoveIn(t *testing.T) {
	for _, version := range []string{"3", "4.0", "4.2", "upgraded"} {
		t.Run(version, func(t *testing.T) {
			site := cheveretotest.New(version)
			f := newFolder(t, site)
			r := f.run(site)
			// Left are: the missing file, the owner who is none, the date that is
			// none, the name that is none; and an expired one comes, and ends here.
			want := movein.Count{Found: 23, Imported: 19, Left: 4}
			if got := counts(r, "items"); got != want {
				t.Errorf("items %+v, want %+v\n%+v", got, want, r.Remarks)
			}
			if got, want := counts(r, "albums"), (movein.Count{Found: 10, Imported: 9, Left: 1}); got != want {
				t.Errorf("albums %+v, want %+v", got, want)
			}
			if got, want := counts(r, "users"), (movein.Count{Found: 5, Imported: 5}); got != want {
				t.Errorf("users %+v, want %+v", got, want)
			}
			if got, want := counts(r, "likes"), (movein.Count{Found: 4, Imported: 2, Left: 2}); got != want {
				t.Errorf("likes %+v, want %+v", got, want)
			}
			if got, want := counts(r, "follows"), (movein.Count{Found: 2, Imported: 1, Left: 1}); got != want {
				t.Errorf("follows %+v, want %+v", got, want)
			}
			if r.NoThumb != 1 || r.Copied != 0 {
				t.Errorf("%d thumbs to make and %d files copied, want 1 and 0", r.NoThumb, r.Copied)
			}
			if err := r.WriteText(io.Discard); err != nil {
				t.Error(err)
			}
			f.check()

			again := f.run(site)
			if got, want := counts(again, "items"), (movein.Count{Found: 23, Present: 19, Left: 4}); got != want {
				t.Errorf("items of a second run %+v, want %+v", got, want)
			}
			if got, want := counts(again, "users"), (movein.Count{Found: 5, Present: 5}); got != want {
				t.Errorf("users of a second run %+v, want %+v", got, want)
			}
			f.check()
		})
	}
}

func TestItemsKeepWhatTheyWere(t *testing.T) {
	site := cheveretotest.New("4.2")
	f := newFolder(t, site)
	f.run(site)
	it, err := f.db.Item(t.Context(), cheveretotest.PublicID(1))
	if err != nil {
		t.Fatal(err)
	}
	owner, err := f.db.UserNamed(t.Context(), "moewe")
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case it.Title != "Foto eins <neu>", it.UserID != owner.ID, it.Views != 42, it.AlbumID == 0, it.OriginalName != "photo1.jpg",
		!it.CreatedAt.Equal(time.Date(2024, 11, 20, 22, 59, 59, 0, time.UTC)), it.Original.Key != "images/2024/11/20/photo1.jpg",
		it.Thumb.Key != "images/2024/11/20/photo1.th.jpg", it.Medium.Key != "images/2024/11/20/photo1.md.jpg", it.Width != 600:
		t.Errorf("item 1 is %+v", it)
	}
	if want := []string{"Ostsee", "Pläne 2024", "🌊"}; len(it.Tags) != 3 || it.Tags[0] != want[0] || it.Tags[1] != want[1] || it.Tags[2] != want[2] {
		t.Errorf("tags %q, want %q", it.Tags, want)
	}
	sites, err := f.db.OldSites(t.Context())
	if err != nil || len(sites) != 1 || !sites[0].Linked {
		t.Fatalf("old sites %+v, %v", sites, err)
	}
	numbers, err := f.db.OldNumbers(t.Context(), sites[0].ID, media.OldItem, []int64{3, 4, 7, 9, 10, 12, 19})
	if err != nil {
		t.Fatal(err)
	}
	item := func(number int64) media.Item {
		it, err := f.db.ItemNumbered(t.Context(), numbers[number])
		if err != nil {
			t.Fatalf("item %d: %v", number, err)
		}
		return it
	}
	// Two names that differ in case alone: one of them has another key, and its path.
	if item(3).Original.Key == item(4).Original.Key {
		t.Error("both twins have one key")
	}
	p, err := f.db.OldPath(t.Context(), sites[0].ID, "images/2024/05/01/twin.png")
	if err != nil || p.Target != numbers[4] || p.Role != media.RoleOriginal {
		t.Errorf("path of the second twin: %+v, %v", p, err)
	}
	for number, what := range map[int64]string{7: "in a private album", 12: "not approved"} {
		if it := item(number); it.ID == cheveretotest.PublicID(int(number)) || len(it.ID) != 7 {
			t.Errorf("image %d, %s, has the ID %s, which can be counted", number, what, it.ID)
		}
	}
	if it := item(9); it.UserID != 0 || it.AddressHash == "" {
		t.Errorf("a guest's image: user %d, address %q", it.UserID, it.AddressHash)
	}
	if it := item(10); it.ModerationStatus != media.ModerationRejected {
		t.Errorf("an image of a banned user: %q", it.ModerationStatus)
	}
	if it := item(12); it.ModerationStatus != media.ModerationPending {
		t.Errorf("an image that was not approved: %q", it.ModerationStatus)
	}
	if it := item(19); it.UserID == 0 || it.AlbumID == 0 {
		t.Errorf("an image in a guest's album: user %d, album %d", it.UserID, it.AlbumID)
	}
	if hash, err := f.db.DeleteHash(t.Context(), numbers[3]); err != nil || hash == "" {
		t.Errorf("delete hash: %q, %v", hash, err)
	}
	if given, err := f.db.IDGiven(t.Context(), cheveretotest.PublicID(1)); err != nil || !given {
		t.Errorf("the ID of image 1 is free: %v", err)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	site := cheveretotest.New("4.2")
	f := newFolder(t, site)
	r := f.run(site, func(o *movein.Options) { o.DryRun = true })
	if got, want := counts(r, "items"), (movein.Count{Found: 23, Imported: 19, Left: 4}); got != want {
		t.Errorf("items %+v, want %+v", got, want)
	}
	users, err := f.db.Users(t.Context())
	if err != nil || len(users) != 0 {
		t.Errorf("users %v, %v, want none", users, err)
	}
	if sites, err := f.db.OldSites(t.Context()); err != nil || len(sites) != 0 {
		t.Errorf("old sites %v, %v, want none", sites, err)
	}
	if _, err := os.Stat(filepath.Join(f.dir, "images")); err == nil {
		t.Error("there are files")
	}
}

func TestSomeUsersMoveInBeforeOthers(t *testing.T) {
	site := cheveretotest.New("4.2")
	f := newFolder(t, site)
	taken := media.User{Name: "moewe", CreatedAt: time.Now()}
	if err := f.db.InsertUser(t.Context(), &taken); err != nil {
		t.Fatal(err)
	}
	r := f.run(site, func(o *movein.Options) { o.LimitUsers = []string{"MOEWE"} })
	if got, want := counts(r, "users"), (movein.Count{Found: 1, Imported: 1}); got != want {
		t.Errorf("users %+v, want %+v", got, want)
	}
	if u, err := f.db.UserNamed(t.Context(), "Moewe-2"); err != nil || u.ID == taken.ID {
		t.Errorf("user under another name: %+v, %v", u, err)
	}
	rest := f.run(site)
	if got, want := counts(rest, "users"), (movein.Count{Found: 5, Imported: 4, Present: 1}); got != want {
		t.Errorf("users of the rest %+v, want %+v", got, want)
	}
	if got := counts(rest, "items"); got.Present != counts(r, "items").Imported || got.Imported+got.Present != 19 {
		t.Errorf("items of the rest %+v, after %+v", got, counts(r, "items"))
	}
	f.check()
}

func TestFilesAreCopiedLinkedOrMoved(t *testing.T) {
	for _, transfer := range []bring.Transfer{bring.TransferCopy, bring.TransferLink, bring.TransferMove} {
		t.Run(string(transfer), func(t *testing.T) {
			site := cheveretotest.New("4.2")
			f := newFolder(t, site)
			f.run(site, func(o *movein.Options) { o.Transfer = transfer })
			old, err := os.Stat(filepath.Join(f.site, "images/2024/11/20/photo1.jpg"))
			if (err == nil) == (transfer == bring.TransferMove) {
				t.Fatalf("the old file: %v", err)
			}
			now, err := os.Stat(filepath.Join(f.dir, "images/2024/11/20/photo1.jpg"))
			if err != nil {
				t.Fatal(err)
			}
			if transfer != bring.TransferMove && os.SameFile(old, now) != (transfer == bring.TransferLink) {
				t.Errorf("one file with two names: %t", os.SameFile(old, now))
			}
			f.check()
		})
	}
}

// An import that ends at any batch goes on in the next run.
func TestImportsThatWereCutOffGoOn(t *testing.T) {
	site := cheveretotest.New("4.2")
	f := newFolder(t, site)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := movein.Chevereto(ctx, movein.Options{
		Installation: f.source(site), Images: f.site, SiteURL: "https://old.example.org", Transfer: bring.TransferLink,
		Library: f.lib, Records: f.db, Now: time.Now, Progress: func(movein.Progress) { cancel() },
	})
	if err == nil {
		t.Fatal("the import did not end")
	}
	// What a kill leaves in staging is found again under its name.
	if err := os.WriteFile(filepath.Join(f.dir, ".stage", cheveretotest.PublicID(15)+".original"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := f.run(site)
	if got := counts(r, "items"); got.Imported+got.Present != 19 || counts(r, "delete links").Imported != 23 {
		t.Errorf("items %+v, delete links %+v", got, counts(r, "delete links"))
	}
	f.check()
}
