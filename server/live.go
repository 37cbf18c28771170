package server

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"

	"postern/config"
	"postern/handlers"
	"postern/handlers/site"
	"postern/media/auth"
	"postern/media/library"
	"postern/media/moderation"
	"postern/setup"
	"postern/storage"
)

// liveServer is what a running server is made of, as far as settings change it.
type liveServer struct {
	read   func() (config.Loaded, error) // the settings as they stand now
	log    *slog.Logger
	assets fs.FS // folders of templates and of static files
	level  *slog.LevelVar

	db       *setup.Database
	volume   *storage.Volume
	library  *library.Library
	keyring  *auth.Keyring
	state    *site.State
	options  func(*handlers.Options) // that no setting changes
	listener *sharedListener         // nil if connections are not limited

	addresses []string       // that it listens on
	observer  *site.Observer // of the doctor's request

	handler  atomic.Pointer[http.Handler]
	moderate chan struct{} // has room for one word that moderation has changed

	mu   sync.Mutex     // of what follows, and of changes
	c    config.Config  // in force
	from config.Origins // of c
	file string         // that was read, "" for none
}

// settings returns those in force.
func (s *liveServer) settings() config.Config {
	c, _ := s.settingsFrom()
	return c
}

// settingsFrom returns those in force, and where each came from.
func (s *liveServer) settingsFrom() (config.Config, config.Origins) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.c, s.from
}

// ServeHTTP implements http.Handler. A request ends under the settings under which
// it began.
func (s *liveServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.handler.Load()).ServeHTTP(w, r)
}

// reload takes in the settings as they stand now, all that can change while the
// server runs or, with an error, none.
func (s *liveServer) reload() (config.Reloaded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.read()
	if err != nil {
		return config.Reloaded{}, err
	}
	if s.file != "" && next.File == "" {
		return config.Reloaded{}, fmt.Errorf("%s is gone, from which the settings came", s.file)
	}
	report := config.MergeLive(s.c, &next.Config)
	for _, key := range report.Restart {
		next.From[key] = s.from[key]
	}
	if err := next.Check(); err != nil {
		return config.Reloaded{}, fmt.Errorf("beside the settings that need a restart: %w", err)
	}
	if len(report.Changed) > 0 {
		if err := s.apply(next.Config); err != nil {
			return config.Reloaded{}, err
		}
	}
	s.from, s.file = next.From, next.File
	return report, nil
}

// apply puts settings in force. Whatever can fail comes before the first change.
func (s *liveServer) apply(c config.Config) error {
	policy, err := setup.NewPolicy(c)
	if err != nil {
		return err
	}
	proxies, _, err := c.Proxies()
	if err != nil {
		return err
	}
	// The handler asks the library for its policy while it is made.
	before := s.library.Policy()
	s.library.SetPolicy(policy)
	handler, err := s.newHandler(c)
	if err != nil {
		s.library.SetPolicy(before)
		return err
	}
	s.keyring.SetSettings(keyringSettings(c))
	s.volume.SetMinFree(storage.MinFree(c.Limits.DiskFloor))
	s.state.SetRates(newRates(c))
	if s.listener != nil {
		s.listener.proxies.Store(&proxies)
		s.listener.slots.SetLimits(shareOf(c, c.Limits.Connections))
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

func (s *liveServer) reloadLogged() (config.Reloaded, error) {
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
				Queue: &moderation.Queue{Records: s.db, Now: s.library.Now}, Signals: s.library.Moderation, Fetch: s.library.Files.Fetch, Log: s.log,
				Command: c.Moderation.Command, Timeout: c.Moderation.Timeout.Duration(),
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

// keyringSettings are the settings about callers.
func keyringSettings(c config.Config) auth.Settings {
	return auth.Settings{SessionLife: c.Account.Session.Period, Guests: c.Guest.Uploads, GuestKey: c.Guest.Key}
}

// levelOf is the level of the log. check has allowed only names of levels.
func levelOf(c config.Config) (level slog.Level) {
	_ = level.UnmarshalText([]byte(c.LogLevel))
	return level
}
