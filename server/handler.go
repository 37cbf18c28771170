package server

import (
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"postern/buildinfo"
	"postern/config"
	"postern/handlers"
	"postern/handlers/admin"
	"postern/handlers/form"
	"postern/handlers/imgpile"
	"postern/handlers/ratelimit"
	"postern/handlers/site"
	"postern/handlers/tus"
	"postern/media/auth/oidc"
	"postern/media/community"
	"postern/media/fetch"
	"postern/media/moderation"
	"postern/media/oldsite"
	"postern/setup"
	"postern/storage"
)

// newHandler connects the parts under settings.
func (s *liveServer) newHandler(c config.Config) (http.Handler, error) {
	db, lib := s.db, s.library
	templates, err := fs.Sub(s.assets, "templates")
	if err != nil {
		return nil, err
	}
	static, err := fs.Sub(s.assets, "static")
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
			Library: lib, Moderation: &moderation.Queue{Records: db, Now: lib.Now}, Keyring: s.keyring,
			AddressBans: db,
			Old:         &oldsite.Addresses{Records: db, Bases: c.OldURLs(), Now: lib.Now}, SSO: newSSO(c), Community: posts, Fetcher: fetcher, Log: s.log, Templates: templates, Static: static,
			SiteName: c.SiteName, Notice: strings.TrimSpace(c.Notice), BaseURL: config.Address(c.BaseURL), CDN: config.Address(c.Imgpile.CDNURL), TrustedProxies: proxies, TrustSockets: sockets,
			CORSOrigin: c.CORSOrigin, Robots: site.Robots(c.Robots), ImageRoute: c.Routes.Image, VideoRoute: c.Routes.Video,
			Location: lib.Policy().Location, MaxBody: int64(c.Limits.MaxBody), MaxField: int64(c.Limits.MaxField),
			Form: form.Limits{MaxFields: c.Limits.MaxFields}, BodyIdle: c.Limits.BodyIdle.Duration(),
			BodyRate: int64(c.Limits.BodyRate), MaxDrain: int64(c.Limits.MaxDrain),
			AnswerIdle: c.Limits.AnswerIdle.Duration(), AnswerRate: int64(c.Limits.AnswerRate), Rates: newRates(c),
			DeleteOnGet: c.Compat.DeleteOnGet, DefaultMedia: strings.ToUpper(strings.Join(c.Formats, " ")),
		},
		Admin:   admin.Options{Records: db, Version: buildinfo.Version},
		Imgpile: imgpile.Options{MaxFile: int64(c.Imgpile.MaxFile), MaxDaily: c.Imgpile.MaxDaily},
	}
	options.Registration = c.Account.Registration
	if c.Moderation.Reports {
		options.Reports = db
	}
	s.options(&options)
	options.State = s.state
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
		Address: ratelimit.Limit{PerMinute: c.Rate.Address}, SignIn: ratelimit.Limit{PerMinute: c.Rate.SignIn}, Account: ratelimit.Limit{PerMinute: c.Rate.Account}, Search: ratelimit.Limit{PerMinute: c.Rate.Search}, Report: ratelimit.Limit{PerMinute: c.Rate.Report}, Register: ratelimit.Limit{PerMinute: c.Rate.Register},
		Public: ratelimit.Limit{PerMinute: c.Imgpile.PublicRate}, Token: ratelimit.Limit{PerMinute: c.Imgpile.UserRate},
		WrongKey: c.Rate.WrongKey, Uploads: shareOf(c, c.Limits.Uploads),
	}
}

// newFetcher returns nil when URLs are not taken.
func newFetcher(c config.Config) (*fetch.Client, error) {
	if !c.URLSource.Enabled {
		return nil, nil
	}
	return setup.NewFetcher(c)
}
