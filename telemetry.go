package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"postern/handlers"
	"postern/handlers/metrics"
	"postern/handlers/site"
	"postern/media/library"
	"postern/sqlite"
	"postern/storage"
	"postern/storage/s3"
)

// telemetry is what shows how a server does: its metrics, and checks.
type telemetry struct {
	metrics *metrics.Metrics
	db      *sqlite.DB
	store   fileStore
	volume  *storage.Volume
	library *library.Library // from show on
}

func newTelemetry(db *sqlite.DB, store fileStore, volume *storage.Volume) *telemetry {
	s := &telemetry{db: db, store: store, volume: volume}
	s.metrics = metrics.New(version, metrics.Levels{
		Queue: func() (working, waiting int) { working, waiting, _ = s.library.Queue(); return working, waiting },
		ReaperLag: func(ctx context.Context) (time.Duration, error) {
			return (&library.Reaper{Library: s.library}).Lag(ctx)
		},
		DiskFree: func() (int64, error) {
			room, err := s.volume.DiskSpace()
			return room.Free, err
		},
	})
	return s
}

// hooks lets a library tell the metrics.
func (s *telemetry) hooks(p *library.Parts) { p.Observe = s.metrics.Step }

// register lets handlers tell the metrics, and the world what must be well for
// uploads to be taken.
func (s *telemetry) register(o *handlers.Options) {
	s.library = o.Library
	o.MetricsHooks = site.MetricsHooks{Upload: s.metrics.Upload, Limit: s.metrics.Limit}
	o.Checks = []site.Check{
		{Name: "database", Run: s.db.Ping},
		{Name: "disk", Run: func(context.Context) error { return s.volume.CheckMinFree() }},
		{Name: "stage", Run: func(context.Context) error { return s.library.CheckStaging() }},
	}
	if bucket, ok := s.store.(*s3.Store); ok {
		o.Checks = append(o.Checks, site.Check{Name: "bucket", Run: bucket.Check})
	}
}

// serveMetrics listens on an address of its own, if there is one, and returns
// the work that answers until its context ends.
func (s *telemetry) serveMetrics(c config, log *slog.Logger) (func(context.Context), error) {
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
	server := &http.Server{Handler: mux, ReadTimeout: c.Limits.HeaderTimeout.duration(), WriteTimeout: time.Minute}
	return func(ctx context.Context) {
		stop := context.AfterFunc(ctx, func() { server.Close() })
		defer stop()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serve metrics", "error", err)
		}
	}, nil
}
