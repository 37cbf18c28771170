package main

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
	"postern/storage"
)

// libraryParts are what a library is made of, beside what its settings say.
type libraryParts struct {
	db      *database
	store   fileStore
	volume  *storage.Volume
	frames  library.FrameExtractor                // nil for none
	observe func(step string, took time.Duration) // nil for nobody
	log     *slog.Logger
}

// newLibrary makes a library, and the server's own secret at the first start.
func newLibrary(c config.Config, p libraryParts) (*library.Library, error) {
	secret, err := secretOf(context.Background(), c, p.db)
	if err != nil {
		return nil, err
	}
	return libraryWith(c, p, secret)
}

// libraryWith makes a library with a secret that the caller has.
func libraryWith(c config.Config, p libraryParts, secret []byte) (*library.Library, error) {
	policy, err := newPolicy(c)
	if err != nil {
		return nil, err
	}
	if p.frames == nil {
		p.frames = library.NoFrames{}
	}
	return library.NewLibrary(library.Parts{
		Store: p.store, Staging: p.store.Staging(), Database: p.db, Accounts: p.db, Bans: p.db, Frames: p.frames,
		Policy: policy, Secret: secret, Now: p.db.now, Log: p.log, Observe: p.observe,
		Volume: p.volume, DeletionsPaused: func() bool { return deletionsPaused(c.DataDir) },
	}), nil
}

// newVolume returns the volume of the data folder. Whatever keeps or drops its reserve
// in one process shares it.
func newVolume(c config.Config) *storage.Volume {
	return storage.NewVolume(c.DataDir, storage.MinFree(c.Limits.DiskFloor), int64(c.Limits.Ballast))
}

// visibilityOf is the visibility that a setting names; "" stays so.
func visibilityOf(word string) media.Visibility {
	v, _ := media.ParseVisibility(word)
	return v
}

func newPolicy(c config.Config) (library.Policy, error) {
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
		GuestDaily: c.Guest.MaxDaily,
		Undo:       c.Account.Undo.Period,
		Renditions: c.Imgpile.Enabled, Moderate: c.Moderation.Mode != "off",
		DecodeMemory: int64(c.Limits.DecodeMemory), Workers: workers, Queue: c.Limits.Queue,
	}, nil
}

// withLibrary runs f on the library of the data folder, which has a database. A server that
// is not running cannot be started meanwhile: its start would clear staging.
func withLibrary(ctx context.Context, c config.Config, stderr io.Writer, f func(config.Config, *database, *library.Library) error) error {
	if err := needDatabase(c); err != nil {
		return err
	}
	return withDatabase(ctx, c, func(c config.Config, db *database) error {
		if unlock, err := lockData(c.DataDir); err == nil {
			defer unlock()
		}
		store, err := openStore(c)
		if err != nil {
			return err
		}
		defer store.Close()
		if err := claimStore(ctx, store, db); err != nil {
			return err
		}
		log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelError}))
		c = withoutCodecFormats(c, log)
		return withFrameExtractor(c, stderr, func(p *frameExtractor) error {
			lib, err := newLibrary(c, libraryParts{db: db, store: store, volume: newVolume(c), frames: p, log: log})
			if err != nil {
				return err
			}
			return f(c, db, lib)
		})
	})
}
