// Package setup opens the parts that the settings name: the data folder, the database, the
// store, the library and its decoders. The server and the commands share it.
package setup

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"postern/config"
	"postern/media"
	"postern/media/library"
	"postern/media/metadata"
	"postern/media/process"
	"postern/storage"
)

// LibraryParts are what a library is made of, beside what its settings say.
type LibraryParts struct {
	DB      *Database
	Store   FileStore
	Volume  *storage.Volume
	Frames  process.FrameExtractor                // nil for none
	Observe func(step string, took time.Duration) // nil for nobody
	Log     *slog.Logger
}

// NewLibrary makes a library, and the server's own secret at the first start.
func NewLibrary(c config.Config, p LibraryParts) (*library.Library, error) {
	secret, err := SecretOf(context.Background(), c, p.DB)
	if err != nil {
		return nil, err
	}
	return LibraryWith(c, p, secret)
}

// LibraryWith makes a library with a secret that the caller has.
func LibraryWith(c config.Config, p LibraryParts, secret []byte) (*library.Library, error) {
	policy, err := NewPolicy(c)
	if err != nil {
		return nil, err
	}
	if p.Frames == nil {
		p.Frames = process.NoFrames{}
	}
	return library.NewLibrary(library.Parts{
		Store: p.Store, Staging: p.Store.Staging(), Database: p.DB, Accounts: p.DB, Bans: p.DB, Frames: p.Frames,
		Policy: policy, Secret: secret, Now: p.DB.Now, Log: p.Log, Observe: p.Observe,
		Volume: p.Volume, DeletionsPaused: deletionsHeld(c, p.DB),
	}), nil
}

// NewVolume returns the volume of the data folder. Whatever keeps or drops its reserve
// in one process shares it.
func NewVolume(c config.Config) *storage.Volume {
	return storage.NewVolume(c.DataDir, storage.MinFree(c.Limits.DiskFloor), int64(c.Limits.Ballast))
}

// visibilityOf is the visibility that a setting names; "" stays so.
func visibilityOf(word string) media.Visibility {
	v, _ := media.ParseVisibility(word)
	return v
}

func NewPolicy(c config.Config) (library.Policy, error) {
	loc, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return library.Policy{}, fmt.Errorf("timezone: %w", err)
	}
	workers := c.Limits.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	formats := slices.Clone(c.Formats)
	if i := slices.Index(formats, "jpg"); i >= 0 {
		formats[i] = "jpeg"
	}
	return library.Policy{
		MaxFile: int64(c.Limits.MaxFile), MaxGuestFile: int64(c.Guest.MaxFile), MaxPixels: c.Limits.MaxPixels,
		MaxVideoFile: int64(c.Video.MaxFile), MaxVideoPixels: c.Video.MaxPixels, MaxDuration: c.Video.MaxDuration.Duration(),
		Formats:   formats,
		ThumbSize: c.Image.ThumbSize, MediumWidth: c.Image.MediumWidth, Quality: c.Image.Quality,
		Naming: media.Naming(c.Naming), DateFolders: c.StorageMode == "datefolder", Location: loc,
		Metadata: metadata.Mode(c.Metadata), Duplicates: library.Duplicates(c.Duplicates),
		Visibility:        visibilityOf(c.Visibility),
		Expiration:        media.Bounds{Min: c.Expiration.Min.Period, Max: c.Expiration.Max.Period},
		DefaultExpiration: c.Expiration.Default.Period, GuestExpiration: c.Guest.Expiration.Period,
		Remember:   c.Expiration.Remember.Period,
		Quota:      media.Quota{Bytes: int64(c.Quota.MaxBytes), Items: c.Quota.MaxItems, Daily: c.Quota.MaxDaily},
		GuestDaily: c.Guest.MaxDaily, KeepAddress: c.Guest.KeepAddress.Period,
		Undo:       c.Account.Undo.Period,
		Renditions: c.Imgpile.Enabled, Moderate: c.Moderation.Mode != "off",
		DecodeMemory: int64(c.Limits.DecodeMemory), Workers: workers, Queue: c.Limits.Queue,
	}, nil
}

// WithLibrary runs f on the library of the data folder, which has a database. A server that
// is not running cannot be started meanwhile: its start would clear staging.
func WithLibrary(ctx context.Context, c config.Config, stderr io.Writer, f func(config.Config, *Database, *library.Library) error) error {
	if err := NeedDatabase(c); err != nil {
		return err
	}
	return WithDatabase(ctx, c, func(c config.Config, DB *Database) error {
		if unlock, err := LockData(c.DataDir); err == nil {
			defer unlock()
		}
		store, err := OpenStore(c)
		if err != nil {
			return err
		}
		defer store.Close()
		if err := ClaimStore(ctx, store, DB); err != nil {
			return err
		}
		log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelError}))
		c = WithoutCodecFormats(c, log)
		return WithFrameExtractor(c, stderr, func(p *FrameExtractor) error {
			lib, err := NewLibrary(c, LibraryParts{DB: DB, Store: store, Volume: NewVolume(c), Frames: p, Log: log})
			if err != nil {
				return err
			}
			return f(c, DB, lib)
		})
	})
}
