// Package server runs the server: it connects the parts to a handler, listens, takes orders of
// its operator, and reads settings again while it runs.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"postern/config"
	"postern/handlers"
	"postern/handlers/admin"
	"postern/handlers/site"
	"postern/media"
	"postern/media/auth"
	"postern/media/library"
	"postern/media/views"
	"postern/setup"
)

// Options are what a server has of the process around it.
type Options struct {
	Getenv         func(string) string
	Stdout, Stderr io.Writer
	Assets         fs.FS                         // folders of templates and of static files
	Settings       func() (config.Loaded, error) // reads them again
}

// Serve runs the server until ctx ends.
func Serve(ctx context.Context, loaded config.Loaded, o Options) error {
	c := loaded.Config
	log, level := NewLogger(c, o.Stderr)
	hangups, stopHangups := heedHangups()
	defer stopHangups()
	c = setup.WithoutCodecFormats(c, log)
	unlock, err := setup.LockData(c.DataDir)
	if err != nil {
		return err
	}
	defer unlock()
	volume := setup.NewVolume(c)
	if err := volume.FreeReserve(); err != nil {
		return err
	}
	db, err := setup.OpenUpgraded(ctx, c, false, func(copy string) { log.Info("the database is upgraded", "copy", copy) })
	if err != nil {
		return err
	}
	defer closeLogged(log, "database", db)
	if err := db.NoteVersion(ctx, c.DataDir); err != nil {
		return err
	}
	store, err := setup.OpenStore(c)
	if err != nil {
		return err
	}
	defer closeLogged(log, "store", store)
	if err := setup.ClaimStore(ctx, store, db); err != nil {
		return err
	}
	seen := newTelemetry(db, c.DataDir, store, volume, log)
	prober, err := setup.NewFrameExtractor(c, setup.FrameDir(c), setup.KeepCodecs(c, log), log)
	if err != nil {
		return err
	}
	defer closeLogged(log, "probes", prober)
	lib, err := setup.NewLibrary(c, setup.LibraryParts{DB: db, Store: store, Volume: volume, Frames: prober, Observe: seen.metrics.Step, Log: log})
	if err != nil {
		return err
	}
	if err := lib.Recover(ctx); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	// The port comes first: a key that is shown this once must not be lost by a
	// start that fails.
	passed, err := passedListeners(o.Getenv)
	if err != nil {
		return err
	}
	listener, err := listen(c, passed)
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := firstStart(ctx, db, o.Stdout, c.FirstKeyFile, siteURL(c, listener.Addr())); err != nil {
		return err
	}
	keyring := &auth.Keyring{
		Accounts: db, Sessions: db, Credentials: db, OldKeys: db, Settings: keyringSettings(c), Now: db.Now, Hashes: c.Account.Hashes,
		DespiteFull: func(write func() error) error { return volume.DespiteFull(log, write) },
	}
	resumable, err := openResumable(c, volume, log)
	if err != nil {
		return err
	}
	if resumable != nil {
		defer closeLogged(log, "resumable uploads", resumable)
	}
	visits := &views.Counter{Items: db.AddView, Posts: db.AddPostView, Log: log}
	hooks, err := newWebhooks(c, db, log)
	if err != nil {
		return err
	}
	cut, cutOff := context.WithCancel(context.Background())
	defer cutOff()
	limited, err := limitConnections(c, listener, log)
	if err != nil {
		return err
	}
	observer := new(site.Observer)
	var live *liveServer
	live = &liveServer{
		read: func() (config.Loaded, error) {
			next, err := o.Settings()
			next.Config = setup.WithoutCodecFormats(next.Config, log)
			return next, err
		},
		log: log, level: level, assets: o.Assets, db: db, volume: volume, library: lib, keyring: keyring, state: site.NewState(newRates(c)),
		options: func(h *handlers.Options) {
			seen.register(h)
			h.ViewCounter, h.Cut, h.Resumable, h.Observer, h.FileURL = visits, cut, resumable, observer, setup.FileURL(c, store)
			h.Webhooks = hooks
			h.Admin.Settings = func() []admin.Setting {
				c, from := live.settingsFrom()
				return shownSettings(&c, from)
			}
		},
		listener: limited, addresses: addressTexts(listener), observer: observer, from: loaded.From, file: loaded.File,
	}
	if err := live.apply(c); err != nil {
		return err
	}
	if db.TakeTokens != nil {
		live.state.Share(db.TakeTokens)
	}
	live.moderate = make(chan struct{}, 1)
	metrics, err := seen.serveMetrics(c, log)
	if err != nil {
		return err
	}
	if os.Getenv("GOMAXPROCS") == "" {
		// While pictures are decoded on all cores, requests have a processor left.
		// What the cores are is asked once: a quota that changes counts later.
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
		defer runtime.SetDefaultGOMAXPROCS()
	}
	background := []func(context.Context){
		(&library.Reaper{Library: lib}).Run, (&library.RenditionWorker{Library: lib, Database: db}).Run, visits.Run, seen.counts.Run, metrics, live.runModeration, live.openControl(c.DataDir),
		func(ctx context.Context) { keyring.Run(ctx, func(err error) { log.Error("keyring", "error", err) }) },
		func(ctx context.Context) { live.reloadOn(ctx, hangups) },
		func(ctx context.Context) { keepWatchdog(ctx, o.Getenv, db.Ping, log) },
	}
	if resumable != nil {
		background = append(background, resumable.Run)
	}
	if hooks != nil {
		background = append(background, hooks.Run)
	}
	notify := func(state string) {
		if err := notifySystemd(o.Getenv, state); err != nil {
			log.Warn("systemd is not told", "state", state, "error", err)
		}
	}
	return serveOn(ctx, live, listener, notify, cutOff, background...)
}

// serveOn serves, with background work beside, until ctx ends, and then lets
// requests under way finish; those that take too long, cutOff ends. The service
// manager hears of both by notify.
func serveOn(ctx context.Context, live *liveServer, listener net.Listener, notify func(state string), cutOff func(), background ...func(context.Context)) error {
	c, log := live.settings(), live.log
	for _, address := range addressTexts(listener) {
		log.Info("listening", "address", address)
	}
	if live.listener != nil {
		listener = live.listener
	}
	server := &http.Server{
		Handler:           live,
		ReadHeaderTimeout: c.Limits.HeaderTimeout.Duration(),
		IdleTimeout:       2 * time.Minute,
		ConnContext:       slotInContext,
		MaxHeaderBytes:    int(c.Limits.MaxHeader),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	// Background work ends after the requests that may need it.
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	for _, run := range background {
		wg.Go(func() { run(work) })
	}
	defer wg.Wait()
	defer stopWork()

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	notify("READY=1")
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	notify("STOPPING=1")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), live.settings().Limits.Shutdown.Duration())
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		log.Warn("requests cut off", "error", err)
		cutOff()
		return server.Close()
	}
	return nil
}

// firstStart makes a user and a key where there is no user. It prints where to
// open the site, the key, which is shown this once, and how to get another. With the
// name of a file the key goes there, for its owner alone, and not into what is
// printed: that may be a log.
func firstStart(ctx context.Context, db *setup.Database, stdout io.Writer, file, site string) error {
	users, err := db.Users(ctx)
	if err != nil || len(users) > 0 {
		return err
	}
	admin := media.User{Name: "admin", Admin: true, CreatedAt: time.Now()}
	err = db.InsertUser(ctx, &admin)
	if errors.Is(err, media.ErrNameTaken) {
		return nil // another gateway starts at the same moment, and shows a key
	}
	if err != nil {
		return fmt.Errorf("first start: %w", err)
	}
	key, digest := auth.NewKey()
	record := media.APIKey{UserID: admin.ID, Name: "first key", Digest: digest, CreatedAt: time.Now()}
	if err := db.InsertKey(ctx, &record); err != nil {
		return fmt.Errorf("first start: %w", err)
	}
	if file != "" {
		if err := setup.WriteSynced(file, []byte(key+"\n")); err != nil {
			return fmt.Errorf("first start: %w: get a key by: postern key add --user admin", err)
		}
		_, err = fmt.Fprintf(stdout, "Open %s and sign in as admin with the key in %s; remove the file then.\n", site, file)
		return err
	}
	_, err = fmt.Fprintf(stdout, "Open %s and sign in as admin with this key, which is shown this once:\n%s\n"+
		"To get another key: postern key add --user admin\n", site, key)
	return err
}

// siteURL is where a person on this machine opens the site.
func siteURL(c config.Config, listening net.Addr) string {
	if c.BaseURL != "" {
		return c.BaseURL
	}
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return addressText(listening)
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// heedHangups returns a word for each hangup signal, which ends this process by
// habit, until stop is called. Words that nobody has heard yet count as one.
func heedHangups() (words <-chan struct{}, stop func()) {
	signals, heard := make(chan os.Signal, 1), make(chan struct{}, 1)
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		for range signals {
			select {
			case heard <- struct{}{}:
			default:
			}
		}
	}()
	return heard, func() {
		signal.Stop(signals)
		close(signals)
	}
}

// NewLogger returns a log, and its level, which may be changed.
func NewLogger(c config.Config, w io.Writer) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	level.Set(levelOf(c))
	// JSON has times as nanoseconds otherwise, which nobody can read.
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindDuration {
			a.Value = slog.StringValue(a.Value.Duration().String())
		}
		return a
	}}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), level
	}
	return slog.New(slog.NewTextHandler(w, options)), level
}

func closeLogged(log *slog.Logger, what string, c io.Closer) {
	if err := c.Close(); err != nil {
		log.Error("close "+what, "error", err)
	}
}
