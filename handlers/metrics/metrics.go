// Package metrics counts what a server does, for Prometheus to fetch.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Levels are read whenever metrics are fetched. One whose function is nil or fails is
// left out.
type Levels struct {
	Queue     func() (working, waiting int)                    // uploads in the decode pool
	ReaperLag func(ctx context.Context) (time.Duration, error) // how long the oldest expired item is overdue
	DiskFree  func() (bytes int64, err error)
	Stock     func(ctx context.Context) (Stock, error)
}

// Stock is what a server holds. Counting it costs more than the other levels, so one
// count serves for a while.
type Stock struct {
	Items      map[string]int64 // by kind
	Bytes      map[string]int64 // of all files, by kind of their item
	Users      int64
	Pending    int64         // items that wait for a moderator
	Database   int64         // bytes
	QueueAge   time.Duration // of the oldest job of renditions
	LastBackup time.Time     // zero: there is none
	LastCheck  time.Time
}

// Metrics are the counts since the start. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	uploads  *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	steps    *prometheus.HistogramVec
	limits   *prometheus.CounterVec
	requests *prometheus.HistogramVec
	served   prometheus.Counter
	signIns  prometheus.Counter
}

// New returns Metrics that are all zero.
func New(version string, levels Levels) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		uploads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "postern_uploads_total", Help: "Uploads by outcome, and by type where something was stored.",
		}, []string{"outcome", "type"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "postern_upload_bytes_total", Help: "Bytes of uploads that were taken, as they were sent.",
		}, []string{"type"}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "postern_upload_step_seconds", Help: "Time that each step of an upload took.",
			Buckets: []float64{.001, .003, .01, .03, .1, .3, 1, 3, 10, 30, 100},
		}, []string{"step"}),
		limits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "postern_limits_total", Help: "Requests that were turned away, by the limit.",
		}, []string{"limit"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "postern_http_request_seconds", Help: "Time from the first byte of a request to the last of its answer.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10, 60},
		}, []string{"route", "status"}),
		served: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "postern_served_bytes_total", Help: "Bytes of all answers.",
		}),
		signIns: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "postern_sign_ins_failed_total", Help: "Tries to sign in with a wrong key.",
		}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "postern_build_info", Help: "1, with the version that runs.",
	}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(m.uploads, m.bytes, m.steps, m.limits, m.requests, m.served, m.signIns, build, &gauges{levels: levels},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Upload counts an upload. extension and bytes are those of the sent file, and zero if
// nothing was stored.
func (m *Metrics) Upload(outcome, extension string, bytes int64) {
	m.uploads.WithLabelValues(outcome, extension).Inc()
	if bytes > 0 {
		m.bytes.WithLabelValues(extension).Add(float64(bytes))
	}
}

// Step notes how long one step of an upload took.
func (m *Metrics) Step(step string, took time.Duration) {
	m.steps.WithLabelValues(step).Observe(took.Seconds())
}

// Limit counts a request that a limit turned away.
func (m *Metrics) Limit(limit string) { m.limits.WithLabelValues(limit).Inc() }

// Request counts a request of a route, and the bytes of its answer.
func (m *Metrics) Request(route string, status int, bytes int64, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
	m.served.Add(float64(max(bytes, 0)))
}

// SignInFailed counts a try to sign in with a wrong key.
func (m *Metrics) SignInFailed() { m.signIns.Inc() }

// Handler serves the metrics under any path.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}
