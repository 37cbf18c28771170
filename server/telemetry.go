package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"postern/buildinfo"
	"postern/config"
	"postern/handlers"
	"postern/handlers/metrics"
	"postern/handlers/site"
	"postern/media"
	"postern/media/counts"
	"postern/media/library"
	"postern/setup"
	"postern/storage"
	"postern/storage/s3"
)

// telemetry is what shows how a server does: its metrics, and checks.
type telemetry struct {
	metrics *metrics.Metrics
	db      *setup.Database
	dir     string // data folder
	store   setup.FileStore
	volume  *storage.Volume
	library *library.Library // from show on
	counts  *counts.Counter
	started time.Time
}

func newTelemetry(db *setup.Database, dir string, store setup.FileStore, volume *storage.Volume, log *slog.Logger) *telemetry {
	s := &telemetry{db: db, dir: dir, store: store, volume: volume, started: time.Now()}
	s.counts = &counts.Counter{Records: db, Now: db.Now, Log: log}
	s.metrics = metrics.New(buildinfo.Version, metrics.Levels{
		Queue: func() (working, waiting int) { working, waiting, _ = s.library.Pool.Queue(); return working, waiting },
		ReaperLag: func(ctx context.Context) (time.Duration, error) {
			return (&library.Reaper{Library: s.library}).Lag(ctx)
		},
		DiskFree: func() (int64, error) {
			room, err := s.volume.DiskSpace()
			return room.Free, err
		},
		Stock: s.stock,
	})
	return s
}

// stock counts what the server holds.
func (s *telemetry) stock(ctx context.Context) (stock metrics.Stock, err error) {
	held, err := s.db.Stock(ctx)
	if err != nil {
		return stock, err
	}
	now := time.Now()
	pending, err := s.db.CountPending(ctx, media.PendingQuery{}, now)
	if err != nil {
		return stock, err
	}
	due, _, err := s.db.RenditionJobs(ctx, now, 1)
	if err != nil {
		return stock, err
	}
	stock = metrics.Stock{Items: held.Items, Bytes: held.Bytes, Users: held.Users, Pending: int64(pending)}
	if stock.LastBackup, err = s.db.MarkedAt(ctx, s.dir, setup.LastBackupFile); err != nil {
		return stock, err
	}
	if stock.LastCheck, err = s.db.MarkedAt(ctx, s.dir, setup.LastCheckFile); err != nil {
		return stock, err
	}
	if len(due) > 0 {
		stock.QueueAge = max(now.Sub(due[0].Due), 0)
	}
	stock.Database, err = s.db.Size(ctx)
	return stock, err
}

// register lets handlers tell the metrics, and the world what must be well for
// uploads to be taken.
func (s *telemetry) register(o *handlers.Options) {
	s.library = o.Library
	o.MetricsHooks = site.MetricsHooks{Upload: s.upload, Limit: s.metrics.Limit, Request: s.request, SignInFailed: s.metrics.SignInFailed}
	o.Admin.Started = s.started
	o.Admin.Disk = func() (free, size int64, err error) {
		room, err := s.volume.DiskSpace()
		return room.Free, room.Size, err
	}
	o.Checks = []site.Check{
		{Name: "database", Run: s.db.Ping},
		{Name: "disk", Run: func(context.Context) error { return s.volume.CheckMinFree() }},
		{Name: "stage", Run: func(context.Context) error { return s.library.Staging.Check() }},
	}
	if bucket, ok := s.store.(*s3.Store); ok {
		o.Checks = append(o.Checks, site.Check{Name: "bucket", Run: bucket.Check})
	}
}

// upload and request tell the metrics and the counts by the hour.
func (s *telemetry) upload(outcome, extension string, bytes int64) {
	s.metrics.Upload(outcome, extension, bytes)
	if outcome == "stored" {
		s.counts.Add(media.CountUploads, 1)
		s.counts.Add(media.CountBytes, bytes)
	}
}

func (s *telemetry) request(route string, status int, bytes int64, took time.Duration) {
	s.metrics.Request(route, status, bytes, took)
	// Who only asks whether the server is well, perhaps every second, makes it write nothing.
	if bytes > 0 && !strings.HasSuffix(route, "z") {
		s.counts.Add(media.CountAnswered, bytes)
	}
	if status == http.StatusInternalServerError {
		s.counts.Add(media.CountErrors, 1)
	}
}

// serveMetrics listens on an address of its own, if there is one, and returns
// the work that answers until its context ends.
func (s *telemetry) serveMetrics(c config.Config, log *slog.Logger) (func(context.Context), error) {
	if c.Metrics.Listen == "" {
		return func(context.Context) {}, nil
	}
	listener, err := net.Listen("tcp", c.Metrics.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w", err)
	}
	log.Info("listening for metrics", "address", listener.Addr().String())
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.Handler())
	server := &http.Server{Handler: mux, ReadTimeout: c.Limits.HeaderTimeout.Duration(), WriteTimeout: time.Minute}
	return func(ctx context.Context) {
		stop := context.AfterFunc(ctx, func() { server.Close() })
		defer stop()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serve metrics", "error", err)
		}
	}, nil
}
