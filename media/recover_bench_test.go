package media_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
	"postern/sqlite"
	"postern/storage"
)

const (
	benchItems  = 10_000
	benchStaged = 100 // left by a crash: half of them of recorded items
)

// BenchmarkStartAfterACrash opens a folder of 10,000 items, on whose stage a
// crash has left 100 staged uploads, and recovers.
func BenchmarkStartAfterACrash(b *testing.B) {
	dir := b.TempDir()
	recorded := fillFolder(b, dir)
	for b.Loop() {
		b.StopTimer()
		leaveStaged(b, dir, recorded)
		b.StartTimer()
		inFolder(b, dir, func(l *library.Library, _ *sqlite.DB) {
			if err := l.Recover(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func inFolder(b *testing.B, dir string, use func(*library.Library, *sqlite.DB)) {
	b.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(dir, "postern.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	store, err := storage.OpenDisk(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	use(library.NewLibrary(library.Parts{
		Store: store, Staging: store.Staging(), Database: db, Accounts: db,
		Secret: []byte("secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}), db)
}

// fillFolder records items, and returns some that have no bytes yet.
func fillFolder(b *testing.B, dir string) (recorded []media.Item) {
	inFolder(b, dir, func(_ *library.Library, db *sqlite.DB) {
		user := media.User{Name: "ann", CreatedAt: time.Now()}
		if err := db.InsertUser(context.Background(), &user); err != nil {
			b.Fatal(err)
		}
		var writers sync.WaitGroup
		for w := range 50 { // at once: a commit serves many
			writers.Go(func() {
				for n := w; n < benchItems; n += 50 {
					it := benchItem(n, user.ID)
					if err := db.InsertItem(context.Background(), &it, media.UploadLimits{}); err != nil {
						b.Error(err)
					}
				}
			})
		}
		writers.Wait()
	})
	for n := range benchStaged / 2 {
		recorded = append(recorded, benchItem(n, 1))
	}
	return recorded
}

func benchItem(n int, owner int64) media.Item {
	return media.Item{
		ID: fmt.Sprintf("b%06d", n), UserID: owner, Kind: media.KindImage, CreatedAt: time.Unix(1.7e9, 0),
		MD5: fmt.Sprintf("%032x", n), SourceMD5: fmt.Sprintf("%032x", n), SourceSize: 1,
		Original: media.File{Key: fmt.Sprintf("images/2026/11/%02d/%d.jpg", n%28+1, n), MIME: "image/jpeg", Size: 1, Width: 1, Height: 1},
	}
}

func leaveStaged(b *testing.B, dir string, recorded []media.Item) {
	b.Helper()
	for n, it := range recorded {
		errs := errors.Join(
			removeIfThere(filepath.Join(dir, it.Original.Key)),
			os.WriteFile(filepath.Join(dir, ".stage", it.ID+".original"), []byte("x"), 0o644),
			os.WriteFile(filepath.Join(dir, ".stage", fmt.Sprintf("u%06d.original", n)), []byte("x"), 0o644))
		if errs != nil {
			b.Fatal(errs)
		}
	}
}

func removeIfThere(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
