package media_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/media"
	"postern/media/auth"
	"postern/media/library"
	"postern/media/metadata"
	"postern/media/process"
	"postern/media/video"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
	"postern/storage"
)

// fixture is a Library over a real database file and a real folder.
type fixture struct {
	*library.Library
	t     *testing.T
	dir   string
	db    *sqlite.DB
	store *storage.Disk
	now   time.Time
	user  media.User
}

func newLibrary(t *testing.T, change ...func(*library.Parts)) *fixture {
	t.Helper()
	l := &fixture{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	sqlitetest.Copy(t, filepath.Join(l.dir, "postern.db"), sqlite.Open)
	l.open(change...)
	l.user = media.User{Name: "ann", CreatedAt: l.now}
	if err := l.db.InsertUser(context.Background(), &l.user); err != nil {
		t.Fatal(err)
	}
	return l
}

// open opens the folder as a start of the server does, short of Recover.
func (l *fixture) open(change ...func(*library.Parts)) {
	l.t.Helper()
	var err error
	if l.db, err = sqlite.Open(context.Background(), filepath.Join(l.dir, "postern.db")); err != nil {
		l.t.Fatal(err)
	}
	if l.store, err = storage.OpenDisk(l.dir); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { l.db.Close(); l.store.Close() })
	parts := library.Parts{
		Store: l.store, Staging: l.store.Staging(), Database: l.db, Accounts: l.db, Frames: process.NoFrames{},
		Secret: []byte("secret"), Now: func() time.Time { return l.now }, Log: slog.New(slog.DiscardHandler),
		Policy: library.Policy{
			MaxFile: 10e6, MaxGuestFile: 1000, MaxPixels: 4e6, MaxVideoPixels: 4e6, Formats: []string{"jpeg", "png", "gif", "webp", "bmp", "mp4"},
			ThumbSize: 320, MediumWidth: 500, Quality: 90, Naming: media.NamingOriginal, DateFolders: true,
			Location: time.UTC, Metadata: metadata.Private, Duplicates: library.DuplicatesReuse,
			Expiration: media.Bounds{Min: media.Period{Time: 5 * time.Minute}}, DecodeMemory: 1e9, Workers: 2, Queue: 8,
		},
	}
	for _, f := range change {
		f(&parts)
	}
	l.Library = library.NewLibrary(parts)
}

func policy(change func(*library.Policy)) func(*library.Parts) {
	return func(p *library.Parts) { change(&p.Policy) }
}

// add uploads bytes as the library's user, with what change asks for.
func (l *fixture) add(data []byte, name string, change ...func(*library.Upload)) (library.Added, error) {
	l.t.Helper()
	d, err := l.Staging.Spool(context.Background(), bytes.NewReader(data), l.Policy().MaxFile)
	if err != nil {
		return library.Added{}, err
	}
	defer d.Abort()
	up := library.Upload{Caller: media.Caller{User: l.user}, Staged: d, Filename: name, Address: "192.0.2.1"}
	for _, f := range change {
		f(&up)
	}
	return l.Add(context.Background(), up)
}

func (l *fixture) mustAdd(data []byte, name string, change ...func(*library.Upload)) media.Item {
	l.t.Helper()
	added, err := l.add(data, name, change...)
	if err != nil {
		l.t.Fatalf("add %s: %v", name, err)
	}
	return *added.Item
}

// stored returns the bytes of a stored file.
func (l *fixture) stored(f media.File) []byte {
	l.t.Helper()
	r, err := l.Files.Open(l.t.Context(), f)
	if err != nil {
		l.t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

// files lists the files below images and in staging.
func (l *fixture) files() []string {
	l.t.Helper()
	var names []string
	for _, top := range []string{"images", ".stage"} {
		err := filepath.WalkDir(filepath.Join(l.dir, top), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && !d.IsDir() {
				names = append(names, strings.TrimPrefix(path, l.dir+"/"))
			}
			return err
		})
		if err != nil {
			l.t.Fatal(err)
		}
	}
	return names
}

func (l *fixture) wantFiles(n int, when string) {
	l.t.Helper()
	if got := l.files(); len(got) != n {
		l.t.Errorf("%s there are %d files, want %d: %v", when, len(got), n, got)
	}
}

// jpegOf returns a JPEG of one colour; distinct seeds make distinct bytes.
func jpegOf(width, height int, seed uint8) []byte {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = seed
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestAddKeepsTheBytesAndMakesVariants(t *testing.T) {
	l := newLibrary(t)
	data := jpegOf(800, 600, 1)
	it := l.mustAdd(data, "My Cat.jpg")
	if it.Original.Key != "images/2026/11/20/My-Cat.jpg" || it.Title != "My Cat" || it.Width != 800 || it.Height != 600 {
		t.Errorf("item %+v", it)
	}
	if it.Medium.Width != 500 || it.Medium.Height != 375 || it.Thumb.Width != 320 || it.Thumb.Height != 320 {
		t.Errorf("medium %+v, thumb %+v", it.Medium, it.Thumb)
	}
	if !bytes.Equal(l.stored(it.Original), data) {
		t.Error("stored bytes differ")
	}
	again, err := l.Item(context.Background(), media.Viewer{}, it.ID)
	if err != nil || again.Original != it.Original || again.Thumb != it.Thumb || again.Medium != it.Medium {
		t.Errorf("record %+v, %v, want %+v", again, err, it)
	}
	l.wantFiles(3, "after an upload")
}

func TestSmallPicturesAreNotEnlarged(t *testing.T) {
	l := newLibrary(t)
	it := l.mustAdd(jpegOf(64, 48, 1), "small.jpg")
	if it.Medium.Exists() || it.Thumb.Width != 48 || it.Thumb.Height != 48 {
		t.Errorf("medium %+v, thumb %+v", it.Medium, it.Thumb)
	}
}

func TestFilesAreReadableByAWebServer(t *testing.T) {
	l := newLibrary(t)
	it := l.mustAdd(jpegOf(64, 48, 1), "small.jpg")
	info, err := os.Stat(filepath.Join(l.dir, it.Original.Key))
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v, want 0644", info.Mode(), err)
	}
}

func TestEqualNamesAreToldApart(t *testing.T) {
	l := newLibrary(t, policy(func(p *library.Policy) { p.Duplicates = library.DuplicatesAllow }))
	seen := make(map[string]bool)
	for _, name := range []string{"a.jpg", "a.jpg", "A.jpg"} {
		it := l.mustAdd(jpegOf(20, 20, 1), name)
		if key := strings.ToLower(it.Original.Key); seen[key] {
			t.Errorf("%s was stored twice as %s", name, it.Original.Key)
		}
		seen[strings.ToLower(it.Original.Key)] = true
	}
	// A file without a record is nobody's to overwrite.
	stray := filepath.Join(l.dir, "images/2026/11/20/stray.jpg")
	if err := os.WriteFile(stray, []byte("stray"), 0o644); err != nil {
		t.Fatal(err)
	}
	l.mustAdd(jpegOf(20, 20, 1), "stray.jpg")
	if got, _ := os.ReadFile(stray); string(got) != "stray" {
		t.Errorf("a file without a record was overwritten with %d bytes", len(got))
	}
}

func TestConcurrentUploadsOfOneName(t *testing.T) {
	l := newLibrary(t, policy(func(p *library.Policy) { p.Duplicates, p.Queue = library.DuplicatesAllow, 100 }))
	data := jpegOf(20, 20, 1)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := l.add(data, "same.jpg"); err != nil {
				t.Errorf("add: %v", err)
			}
		})
	}
	wg.Wait()
	l.wantFiles(40, "after 20 uploads of one name")
}

func TestWhatIsWrongStoresNothing(t *testing.T) {
	damaged := append(jpegOf(40, 40, 1)[:30], make([]byte, 500)...)
	tests := []struct {
		name string
		data []byte
		up   func(*library.Upload)
		want error
	}{
		{"nothing", nil, nil, media.ErrEmpty},
		{"text", []byte("hello there, this is text"), nil, media.ErrNotMedia},
		{"a TIFF", append([]byte("II*\x00\x08\x00\x00\x00"), make([]byte, 100)...), nil, media.ErrUnsupported},
		{"a damaged JPEG", damaged, nil, media.ErrDamaged},
		{"too many pixels", jpegOf(2100, 2000, 1), nil, media.ErrTooManyPixels},
		{"a header that promises gigabytes", pngHeader(30000, 30000), nil, media.ErrDamaged},

		{"too wide a width", jpegOf(40, 40, 1), func(u *library.Upload) { u.Width = 41 }, media.ErrWidthTooLarge},
		{"a negative width", jpegOf(40, 40, 1), func(u *library.Upload) { u.Width = -1 }, media.ErrGeometry},
		{"a bad expiration", jpegOf(40, 40, 1), func(u *library.Upload) { u.Expiration = "soon" }, media.ErrExpiration},
		{"no such album", jpegOf(40, 40, 1), func(u *library.Upload) { u.Album = "aaaaaaa" }, media.ErrAlbum},
		{"no such category", jpegOf(40, 40, 1), func(u *library.Upload) { u.CategoryID = 7 }, media.ErrCategory},
		{"a guest's large file", jpegOf(800, 800, 1), func(u *library.Upload) { u.Caller = media.Caller{Guest: true} }, media.ErrTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLibrary(t)
			if test.up == nil {
				test.up = func(*library.Upload) {}
			}
			added, err := l.add(test.data, "x.jpg", test.up)
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%s: %+v, %v, want %v", test.name, added.Item.Original, err, test.want)
			}
			l.wantFiles(0, "after "+test.name)
		})
	}
}

// pngHeader is a PNG that claims a size and has no pixels.
func pngHeader(width, height int) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)))
	data := b.Bytes()
	for i, n := range []int{width, height} {
		data[16+4*i], data[17+4*i], data[18+4*i], data[19+4*i] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	}
	return data
}

func TestTooLargeIsNoticedWhileSpooling(t *testing.T) {
	l := newLibrary(t)
	endless := io.MultiReader(bytes.NewReader(jpegOf(40, 40, 1)), zeros{})
	if _, err := l.Staging.Spool(context.Background(), endless, 1e6); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("endless bytes: %v, want ErrTooLarge", err)
	}
	l.wantFiles(0, "after endless bytes")
	exact := append(jpegOf(40, 40, 1), make([]byte, 1e6)...)[:1e6]
	d, err := l.Staging.Spool(context.Background(), bytes.NewReader(exact), 1e6)
	if err != nil || d.Size != 1e6 {
		t.Fatalf("bytes of just the limit: %v", err)
	}
	d.Abort()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestWidthResizes(t *testing.T) {
	l := newLibrary(t)
	it := l.mustAdd(jpegOf(800, 600, 1), "a.jpg", func(u *library.Upload) { u.Width = 400 })
	if it.Width != 400 || it.Height != 300 || it.MD5 == it.SourceMD5 || it.Medium.Exists() {
		t.Errorf("resized: %dx%d, md5 %s of %s, medium %v", it.Width, it.Height, it.MD5, it.SourceMD5, it.Medium.Exists())
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(l.stored(it.Original))); err != nil || c.Width != 400 || c.Height != 300 {
		t.Errorf("stored picture: %+v, %v", c, err)
	}
	l.wantFiles(2, "after a resized upload")
}

func TestDuplicatesAreReused(t *testing.T) {
	l := newLibrary(t)
	data := jpegOf(40, 40, 1)
	first := l.mustAdd(data, "a.jpg")
	tests := []struct {
		name   string
		change func(*library.Upload)
		reused bool
	}{
		{"the same again", func(*library.Upload) {}, true},
		{"another name", func(u *library.Upload) { u.Filename = "b.jpg" }, true},
		{"another title", func(u *library.Upload) { u.Title = "other" }, false},
		{"another width", func(u *library.Upload) { u.Width = 20 }, false},
		{"one that expires", func(u *library.Upload) { u.Expiration = "P1D" }, false},
		{"a guest's", func(u *library.Upload) { u.Caller = media.Caller{Guest: true} }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			added, err := l.add(data, "a.jpg", test.change)
			if err != nil || added.Reused != test.reused || test.reused != (added.Item.ID == first.ID) {
				t.Errorf("%s: item %s, reused %v, %v; the first is %s", test.name, added.Item.ID, added.Reused, err, first.ID)
			}
		})
	}
}

func TestDuplicatesAreRejectedAsInChevereto(t *testing.T) {
	l := newLibrary(t, policy(func(p *library.Policy) { p.Duplicates = library.DuplicatesReject }))
	data := jpegOf(40, 40, 1)
	l.mustAdd(data, "a.jpg")
	if _, err := l.add(data, "b.jpg"); !errors.Is(err, media.ErrDuplicate) {
		t.Errorf("the same bytes: %v, want ErrDuplicate", err)
	}
	l.mustAdd(data, "c.jpg", func(u *library.Upload) { u.Address = "192.0.2.2" })
	l.mustAdd(data, "d.jpg", func(u *library.Upload) { u.Caller.User.Admin = true })
	l.now = l.now.Add(25 * time.Hour)
	l.mustAdd(data, "e.jpg")
}

func TestExpiredItemsAreRemoved(t *testing.T) {
	l := newLibrary(t)
	soon := l.mustAdd(jpegOf(40, 40, 1), "soon.jpg", func(u *library.Upload) { u.Expiration = "PT1H" })
	l.mustAdd(jpegOf(40, 40, 2), "later.jpg", func(u *library.Upload) { u.Expiration = "P1D" })
	l.mustAdd(jpegOf(40, 40, 3), "never.jpg")
	l.now = soon.ExpiresAt.Add(-time.Second)
	reap(t, l)
	l.wantFiles(6, "a second before the first expiry")
	l.now = soon.ExpiresAt
	reap(t, l)
	l.wantFiles(4, "at the first expiry")
	if _, err := l.Item(context.Background(), media.Viewer{}, soon.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("expired item: %v, want fs.ErrNotExist", err)
	}
}

func reap(t *testing.T, l *fixture) {
	t.Helper()
	if err := (&library.Reaper{Library: l.Library}).RemoveExpired(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestReaperWakesForAnEarlierExpiry(t *testing.T) {
	l := newLibrary(t, func(p *library.Parts) {
		p.Now = time.Now
		p.Policy.Expiration.Min = media.Period{Time: time.Second}
	})
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { (&library.Reaper{Library: l.Library}).Run(ctx) })
	defer wg.Wait()
	defer stop()
	l.mustAdd(jpegOf(40, 40, 1), "a.jpg", func(u *library.Upload) { u.Expiration = "PT1S" })
	for deadline := time.Now().Add(20 * time.Second); len(l.files()) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still there: %v", l.files())
		}
	}
}

func TestDeleteRemovesAllFilesOnce(t *testing.T) {
	l := newLibrary(t)
	it := l.mustAdd(jpegOf(800, 600, 1), "a.jpg")
	if err := l.Delete(context.Background(), it.ID); err != nil {
		t.Fatal(err)
	}
	l.wantFiles(0, "after a deletion")
	if err := l.Delete(context.Background(), it.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("second deletion: %v, want fs.ErrNotExist", err)
	}
}

func TestRecoverSettlesWhatACrashLeft(t *testing.T) {
	l := newLibrary(t)
	kept := l.mustAdd(jpegOf(800, 600, 1), "kept.jpg")
	doomed := l.mustAdd(jpegOf(40, 40, 2), "doomed.jpg")
	// A crash after the commit and in the middle of publishing: two files of
	// the item are still staged uploads.
	for _, role := range []media.Role{media.RoleOriginal, media.RoleThumb} {
		rename(t, filepath.Join(l.dir, kept.File(role).Key), filepath.Join(l.dir, ".stage", kept.ID+"."+string(role)))
	}
	// A crash before the commit, and staged uploads that were never finished.
	for _, name := range []string{"AAAAAAA.original", "AAAAAAA.thumb", kept.ID + ".processed", "junk"} {
		if err := os.WriteFile(filepath.Join(l.dir, ".stage", name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A crash in the middle of a deletion.
	if _, err := l.db.BeginDelete(context.Background(), doomed.ID); err != nil {
		t.Fatal(err)
	}
	l.db.Close()
	l.store.Close()
	l.open()
	for range 2 { // a crash in the recovery changes nothing
		if err := l.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
		reap(t, l)
	}
	l.wantFiles(3, "after the recovery")
	for _, key := range kept.Keys() {
		if _, err := os.Stat(filepath.Join(l.dir, key)); err != nil {
			t.Errorf("kept item: %v", err)
		}
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// brokenStore fails on purpose.
type brokenStore struct {
	storage.Store
	put error
}

func (s brokenStore) Put(context.Context, ...storage.Move) error { return s.put }

func TestAFailingStoreLeavesNoRecord(t *testing.T) {
	l := newLibrary(t, func(p *library.Parts) {
		p.Store = brokenStore{p.Store, storage.ErrFull}
	})
	added, err := l.add(jpegOf(40, 40, 1), "a.jpg")
	if !errors.Is(err, media.ErrFull) {
		t.Fatalf("add: %v, want ErrFull", err)
	}
	if _, err := l.Item(context.Background(), media.Viewer{}, added.Item.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("record: %v, want fs.ErrNotExist", err)
	}
	l.wantFiles(0, "after a failed publication")
}

func TestAClientThatGoesAwayStoresNothing(t *testing.T) {
	l := newLibrary(t)
	d, err := l.Staging.Spool(context.Background(), bytes.NewReader(jpegOf(40, 40, 1)), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = l.Add(ctx, library.Upload{Caller: media.Caller{User: l.user}, Staged: d, Filename: "a.jpg"})
	if err == nil {
		t.Error("an upload of a cancelled request was kept")
	}
	d.Abort()
	l.wantFiles(0, "after a cancelled request")
}

func TestDeleteTokens(t *testing.T) {
	l := newLibrary(t)
	token := l.Secret.DeleteToken("aB3dE9z")
	if len(token) != 48 || !l.Secret.CheckDeleteToken("aB3dE9z", token) {
		t.Errorf("token %q", token)
	}
	for _, wrong := range []string{"", token[:47], strings.ToUpper(token), l.Secret.DeleteToken("aB3dE9Z")} {
		if l.Secret.CheckDeleteToken("aB3dE9z", wrong) {
			t.Errorf("token %q is taken", wrong)
		}
	}
}

func TestGuestsUploadsExpire(t *testing.T) {
	l := newLibrary(t, policy(func(p *library.Policy) { p.GuestExpiration = media.Period{Days: 30}; p.MaxGuestFile = 1e6 }))
	guest := func(expiration string) func(*library.Upload) {
		return func(u *library.Upload) { u.Caller, u.Expiration = media.Caller{Guest: true}, expiration }
	}
	for expiration, want := range map[string]time.Time{
		"": l.now.AddDate(0, 0, 30), "P1Y": l.now.AddDate(0, 0, 30), "P1D": l.now.AddDate(0, 0, 1),
	} {
		if it := l.mustAdd(jpegOf(40, 40, 1), "a.jpg", guest(expiration)); !it.ExpiresAt.Equal(want) {
			t.Errorf("guest's %q ends %v, want %v", expiration, it.ExpiresAt, want)
		}
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(jpegOf(8, 8, 1))
	f.Add(pngHeader(10, 10))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Add([]byte("BM" + strings.Repeat("\x00", 60)))
	f.Add([]byte("RIFF\x20\x00\x00\x00WEBPVP8L\x14\x00\x00\x00/\x00\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := process.Inspect(bytes.NewReader(data), int64(len(data)), time.UTC)
		if err == nil && (info.Width <= 0 || info.Height <= 0 || info.MIME == "") {
			t.Errorf("info without an error: %+v", info)
		}
		if errors.Is(err, media.ErrPanic) {
			t.Errorf("panic: %v", err)
		}
	})
}

// panickyProber stands for a codec that gives up on a video in its own way.
type panickyProber struct{ process.NoFrames }

func (panickyProber) Frame(context.Context, io.ReaderAt, int64, video.Facts) (image.Image, error) {
	panic("index out of range")
}

func TestAPanicOfACodecIsOneFailedUpload(t *testing.T) {
	l := newLibrary(t, func(p *library.Parts) { p.Frames = panickyProber{} })
	recording, err := os.ReadFile("video/testdata/v.mp4")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.add(recording, "v.mp4"); !errors.Is(err, media.ErrDamaged) || !errors.Is(err, media.ErrPanic) {
		t.Errorf("add: %v, want ErrDamaged and ErrPanic", err)
	}
	l.wantFiles(0, "after a panic")
	l.mustAdd(jpegOf(40, 40, 1), "a.jpg") // its worker and memory are free again
}

func TestVideosGetAPosterForWantOfAFrame(t *testing.T) {
	l := newLibrary(t)
	recording, err := os.ReadFile("video/testdata/v.mp4")
	if err != nil {
		t.Fatal(err)
	}
	it := l.mustAdd(recording, "v.mp4")
	if it.Duration != 3*time.Second || it.Frame.Width != 640 || it.Medium.Width != 500 || it.Thumb.Width != 320 {
		t.Errorf("item %+v", it)
	}
	if !strings.HasSuffix(it.Frame.Key, "/v.fr.jpeg") || !strings.HasSuffix(it.Thumb.Key, "/v.th.jpeg") {
		t.Errorf("keys %v", it.Keys())
	}
}

func TestLastUseOfKeysIsWrittenInOneGo(t *testing.T) {
	l := newLibrary(t)
	key, digest := auth.NewKey()
	ctx := context.Background()
	if err := l.db.InsertKey(ctx, &media.APIKey{UserID: l.user.ID, Digest: digest, CreatedAt: l.now}); err != nil {
		t.Fatal(err)
	}
	ring := &auth.Keyring{Accounts: l.db, Now: func() time.Time { return l.now }}
	lastUse := func() time.Time {
		keys, err := l.db.Keys(ctx)
		if err != nil || len(keys) != 1 {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		return keys[0].LastUsed
	}
	for range 3 {
		l.now = l.now.Add(time.Second)
		if caller, err := ring.Authenticate(ctx, key, auth.Upload); err != nil || caller.User.ID != l.user.ID {
			t.Fatalf("caller %+v, %v", caller, err)
		}
	}
	if got := lastUse(); !got.IsZero() {
		t.Errorf("a use was written at once: %v", got)
	}
	if err := ring.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if got := lastUse(); !got.Equal(l.now) {
		t.Errorf("last use %v, want %v", got, l.now)
	}
}
