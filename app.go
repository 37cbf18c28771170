package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"postern/config"
	"postern/handlers"
	"postern/handlers/admin"
	"postern/handlers/form"
	"postern/handlers/imgpile"
	"postern/handlers/ratelimit"
	"postern/handlers/site"
	"postern/handlers/tus"
	"postern/media"
	"postern/media/auth"
	"postern/media/auth/oidc"
	"postern/media/community"
	"postern/media/fetch"
	"postern/media/library"
	"postern/media/metadata"
	"postern/media/moderation"
	"postern/media/oldsite"
	"postern/sqlite"
	"postern/storage"
)

// openDatabase opens a database beside a server that may run, or makes one. It changes
// none of an older version: that server would find one that it does not know.
func openDatabase(ctx context.Context, c config.Config) (*database, error) {
	if c.Database.URL != "" {
		return openPostgres(ctx, c)
	}
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	u, err := plannedUpgrade(ctx, c.DataDir)
	if err != nil {
		return nil, err
	}
	mark := filepath.Join(c.DataDir, unfinishedFile)
	if _, err := os.Stat(u.path); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			return nil, fmt.Errorf("make database: %w", err)
		}
	}
	if _, err := os.Stat(mark); u.isDue() && err != nil {
		return nil, fmt.Errorf("the database of %s is of an older version: start this version's server on it, or run `postern migrate`", c.DataDir)
	}
	db, err := ofSQLite(sqlite.Open(ctx, u.path))
	if err == nil {
		err = removeIfThere(mark)
	}
	return db, err
}

func newLibrary(c config.Config, db *database, store fileStore, volume *storage.Volume, log *slog.Logger, change ...func(*library.Parts)) (*library.Library, error) {
	secret, err := secretOf(context.Background(), c, db)
	if err != nil {
		return nil, err
	}
	return libraryWith(c, db, store, volume, secret, log, change...)
}

// libraryWith makes a library with a secret that the caller has.
func libraryWith(c config.Config, db *database, store fileStore, volume *storage.Volume, secret []byte, log *slog.Logger, change ...func(*library.Parts)) (*library.Library, error) {
	policy, err := newPolicy(c)
	if err != nil {
		return nil, err
	}
	parts := library.Parts{
		Store: store, Staging: store.Staging(), Database: db, Accounts: db, Bans: db, Frames: library.NoFrames{},
		Policy: policy, Secret: secret, Now: db.now, Log: log,
		Volume: volume, DeletionsPaused: func() bool { return deletionsPaused(c.DataDir) },
	}
	for _, f := range change {
		f(&parts)
	}
	return library.NewLibrary(parts), nil
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

func newHandler(c config.Config, db *database, lib *library.Library, keyring *auth.Keyring, log *slog.Logger, change ...func(*handlers.Options)) (http.Handler, error) {
	templates, err := fs.Sub(assets, "templates")
	if err != nil {
		return nil, err
	}
	static, err := fs.Sub(assets, "static")
	if err != nil {
		return nil, err
	}
	proxies, sockets, err := c.Proxies()
	if err != nil {
		return nil, err
	}
	fetcher, err := newFetcher(c)
	if err != nil {
		return nil, err
	}
	var posts *community.Community
	if c.Imgpile.Enabled {
		posts = community.New(db, db, lib)
	}
	options := handlers.Options{
		Options: site.Options{
			Library: lib, Moderation: &moderation.Queue{Records: db, Now: lib.Now}, Keyring: keyring,
			AddressBans: db,
			Old:         &oldsite.Addresses{Records: db, Bases: c.OldURLs(), Now: lib.Now}, SSO: newSSO(c), Community: posts, Fetcher: fetcher, Log: log, Templates: templates, Static: static,
			SiteName: c.SiteName, Notice: strings.TrimSpace(c.Notice), BaseURL: config.Address(c.BaseURL), CDN: config.Address(c.Imgpile.CDNURL), TrustedProxies: proxies, TrustSockets: sockets,
			CORSOrigin: c.CORSOrigin, Robots: site.Robots(c.Robots), ImageRoute: c.Routes.Image, VideoRoute: c.Routes.Video,
			Location: lib.Policy().Location, MaxBody: int64(c.Limits.MaxBody), MaxField: int64(c.Limits.MaxField),
			Form: form.Limits{MaxFields: c.Limits.MaxFields}, BodyIdle: c.Limits.BodyIdle.Duration(),
			BodyRate: int64(c.Limits.BodyRate), MaxDrain: int64(c.Limits.MaxDrain),
			AnswerIdle: c.Limits.AnswerIdle.Duration(), AnswerRate: int64(c.Limits.AnswerRate), Rates: newRates(c),
			DeleteOnGet: c.Compat.DeleteOnGet, DefaultMedia: strings.ToUpper(strings.Join(c.Formats, " ")),
		},
		Admin:   admin.Options{Records: db, Version: version},
		Imgpile: imgpile.Options{MaxFile: int64(c.Imgpile.MaxFile), MaxDaily: c.Imgpile.MaxDaily},
	}
	if c.Moderation.Reports {
		options.Reports = db
	}
	for _, f := range change {
		f(&options)
	}
	return handlers.New(options)
}

// resumableDir is the folder of uploads that come in parts, in the data folder.
const resumableDir = "resumable"

// openResumable opens the uploads that come in parts. It returns nil when there are
// to be none.
func openResumable(c config.Config, volume *storage.Volume, log *slog.Logger) (*tus.Store, error) {
	if !c.Resumable.Enabled {
		return nil, nil
	}
	return tus.OpenStore(tus.Config{
		Dir: filepath.Join(c.DataDir, resumableDir), Keep: c.Resumable.Keep.Duration(), Open: c.Resumable.Open,
		Volume: volume, Now: time.Now, Log: log,
	})
}

// newSSO returns nil without a provider.
func newSSO(c config.Config) *oidc.Provider {
	if c.OIDC.Issuer == "" {
		return nil
	}
	return oidc.New(oidc.Settings{
		Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, ClientSecret: c.OIDC.ClientSecret, Label: c.OIDC.Label,
		NameClaim: c.OIDC.NameClaim, AdminClaim: c.OIDC.AdminClaim, AdminValue: c.OIDC.AdminValue, Create: c.OIDC.Create,
	})
}

func newRates(c config.Config) site.Rates {
	return site.Rates{
		User: ratelimit.Limit{PerMinute: c.Rate.User}, Guest: ratelimit.Limit{PerMinute: c.Rate.Guest},
		Address: ratelimit.Limit{PerMinute: c.Rate.Address}, SignIn: ratelimit.Limit{PerMinute: c.Rate.SignIn}, Account: ratelimit.Limit{PerMinute: c.Rate.Account}, Search: ratelimit.Limit{PerMinute: c.Rate.Search}, Report: ratelimit.Limit{PerMinute: c.Rate.Report},
		Public: ratelimit.Limit{PerMinute: c.Imgpile.PublicRate}, Token: ratelimit.Limit{PerMinute: c.Imgpile.UserRate},
		WrongKey: c.Rate.WrongKey, Uploads: shareOf(c, c.Limits.Uploads),
	}
}

// newFetcher returns nil when URLs are not taken.
func newFetcher(c config.Config) (*fetch.Client, error) {
	if !c.URLSource.Enabled {
		return nil, nil
	}
	allow, ports, err := c.URLSources()
	if err != nil {
		return nil, err
	}
	redirects := c.URLSource.MaxRedirects
	if redirects == 0 {
		redirects = -1 // of fetch: none
	}
	return fetch.New(fetch.Config{
		Allow: allow, Ports: ports, MaxRedirects: redirects, Timeout: c.URLSource.Timeout.Duration(),
	}), nil
}
