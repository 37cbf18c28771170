package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"postern/handlers"
	"postern/handlers/site"
	"postern/media/auth"
	"postern/media/library"
	"postern/media/moderation"
	"postern/storage"
)

// liveSettings take effect while the server runs; a name that ends in a dot stands
// for its section. All others, and restartSettings, need a restart.
var liveSettings = []string{
	"base_url", "trusted_proxies", "timezone", "site_name", "cors_origin", "log_level", "naming", "storage_mode",
	"duplicates", "metadata", "formats", "limits.", "image.", "video.max_file", "video.max_pixels", "video.max_duration",
	"expiration.", "url_source.", "rate.", "quota.", "guest.", "account.", "oidc.", "imgpile.", "moderation.", "routes.", "compat.",
}

// restartSettings are those of the sections above that only a start takes in.
var restartSettings = []string{
	"limits.decode_memory", "limits.workers", "limits.queue", "limits.max_header", "limits.header_timeout",
	"limits.connections", "limits.ballast", "imgpile.enabled", "account.hashes",
}

func isLive(key string) bool {
	if slices.Contains(restartSettings, key) {
		return false
	}
	return slices.ContainsFunc(liveSettings, func(s string) bool {
		return s == key || strings.HasSuffix(s, ".") && strings.HasPrefix(key, s)
	})
}

// liveServer is what a running server is made of, as far as settings change it.
type liveServer struct {
	read  func() (config, error) // the settings as they stand now
	log   *slog.Logger
	level *slog.LevelVar

	db       *database
	volume   *storage.Volume
	library  *library.Library
	keyring  *auth.Keyring
	state    *site.State
	options  func(*handlers.Options) // that no setting changes
	listener *sharedListener         // nil if connections are not limited

	handler  atomic.Pointer[http.Handler]
	moderate chan struct{} // has room for one word that moderation has changed

	mu sync.Mutex // of what follows, and of changes
	c  config     // in force
}

// settings returns those in force.
func (s *liveServer) settings() config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.c
}

// ServeHTTP implements http.Handler. A request ends under the settings under which
// it began.
func (s *liveServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.handler.Load()).ServeHTTP(w, r)
}

// reloaded says what has come of new settings.
type reloaded struct {
	Changed []string `json:"changed"` // in force now
	Restart []string `json:"restart"` // changed too, but in force after a restart only
}

// String says it in one line.
func (r reloaded) String() string {
	text := "nothing has changed"
	if len(r.Changed) > 0 {
		text = "in force now: " + strings.Join(r.Changed, ", ")
	}
	if len(r.Restart) > 0 {
		text += "; after a restart: " + strings.Join(r.Restart, ", ")
	}
	return text
}

// reload takes in the settings as they stand now, all that can change while the
// server runs or, with an error, none.
func (s *liveServer) reload() (reloaded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.read()
	if err != nil {
		return reloaded{}, err
	}
	report := mergeLive(s.c, &next)
	if err := next.check(); err != nil {
		return reloaded{}, fmt.Errorf("beside the settings that need a restart: %w", err)
	}
	if len(report.Changed) == 0 {
		return report, nil
	}
	if err := s.apply(next); err != nil {
		return reloaded{}, err
	}
	return report, nil
}

// mergeLive compares settings with those in force, and takes back what needs a
// restart.
func mergeLive(now config, next *config) (r reloaded) {
	old := make(map[string]reflect.Value)
	_ = eachKey(&now, func(key string, field reflect.Value) error { old[key] = field; return nil })
	_ = eachKey(next, func(key string, field reflect.Value) error {
		switch {
		case reflect.DeepEqual(field.Interface(), old[key].Interface()):
		case isLive(key):
			r.Changed = append(r.Changed, key)
		default:
			r.Restart = append(r.Restart, key)
			field.Set(old[key])
		}
		return nil
	})
	return r
}

// apply puts settings in force. Whatever can fail comes before the first change.
func (s *liveServer) apply(c config) error {
	policy, err := newPolicy(c)
	if err != nil {
		return err
	}
	proxies, _, err := c.proxies()
	if err != nil {
		return err
	}
	// The handler asks the library for its policy while it is made.
	before := s.library.Policy()
	s.library.SetPolicy(policy)
	handler, err := newHandler(c, s.db, s.library, s.keyring, s.log, s.options, func(o *handlers.Options) { o.State = s.state })
	if err != nil {
		s.library.SetPolicy(before)
		return err
	}
	s.keyring.SetTerms(termsOf(c))
	s.volume.SetMinFree(storage.MinFree(c.Limits.DiskFloor))
	s.state.SetRates(newRates(c))
	if s.listener != nil {
		s.listener.proxies.Store(&proxies)
		s.listener.places.SetLimits(c.shareOf(c.Limits.Connections))
	}
	s.level.Set(levelOf(c))
	s.handler.Store(&handler)
	old := s.c
	s.c = c
	if !reflect.DeepEqual(old.Moderation, c.Moderation) {
		select {
		case s.moderate <- struct{}{}:
		default: // the word is there already
		}
	}
	return nil
}

// reloadOn reloads at each word until ctx ends, and logs what has come of it.
func (s *liveServer) reloadOn(ctx context.Context, words <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-words:
			_, _ = s.reloadLogged()
		}
	}
}

func (s *liveServer) reloadLogged() (reloaded, error) {
	report, err := s.reload()
	if err != nil {
		s.log.Error("the settings stay as they were", "error", err)
	} else {
		s.log.Info("settings read", "changed", report.Changed, "restart", report.Restart)
	}
	return report, err
}

// runModeration lets the operator's program decide on items while the settings name
// one, until ctx ends.
func (s *liveServer) runModeration(ctx context.Context) {
	for ctx.Err() == nil {
		c := s.settings()
		running, stop := context.WithCancel(ctx)
		var work sync.WaitGroup
		if c.Moderation.Mode == "command" {
			m := &moderation.Moderator{
				Queue: &moderation.Queue{Records: s.db, Now: s.library.Now}, Signals: s.library.Moderation, Fetch: s.library.Fetch, Log: s.log,
				Command: c.Moderation.Command, Timeout: c.Moderation.Timeout.duration(),
			}
			work.Go(func() { m.Run(running) })
		}
		select {
		case <-ctx.Done():
		case <-s.moderate:
		}
		stop()
		work.Wait()
	}
}

// termsOf are the settings about callers.
func termsOf(c config) auth.Terms {
	return auth.Terms{SessionLife: c.Account.Session.Period, Guests: c.Guest.Uploads, GuestKey: c.Guest.Key}
}

// levelOf is the level of the log. check has allowed only names of levels.
func levelOf(c config) (level slog.Level) {
	_ = level.UnmarshalText([]byte(c.LogLevel))
	return level
}

var errNotServing = errors.New("no server runs on this data folder")
