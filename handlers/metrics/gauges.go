package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gauges collects Levels.
type gauges struct{ levels Levels }

var (
	queueDesc = prometheus.NewDesc("postern_workshop_uploads",
		"Uploads whose pictures are worked on, or that wait for it.", []string{"state"}, nil)
	lagDesc = prometheus.NewDesc("postern_reaper_lag_seconds",
		"For how long the item that is due first has been overdue; 0 when none is.", nil, nil)
	diskDesc = prometheus.NewDesc("postern_disk_free_bytes",
		"Bytes that are free for the data folder.", nil, nil)
)

// lagTimeout bounds what fetching the metrics waits for the database.
const lagTimeout = 2 * time.Second

// Describe implements prometheus.Collector.
func (g gauges) Describe(to chan<- *prometheus.Desc) {
	to <- queueDesc
	to <- lagDesc
	to <- diskDesc
}

// Collect implements prometheus.Collector.
func (g gauges) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if g.levels.Queue != nil {
		working, waiting := g.levels.Queue()
		gauge(queueDesc, float64(working), "working")
		gauge(queueDesc, float64(waiting), "waiting")
	}
	if g.levels.ReaperLag != nil {
		ctx, cancel := context.WithTimeout(context.Background(), lagTimeout)
		defer cancel()
		if lag, err := g.levels.ReaperLag(ctx); err == nil {
			gauge(lagDesc, lag.Seconds())
		}
	}
	if g.levels.DiskFree != nil {
		if free, err := g.levels.DiskFree(); err == nil {
			gauge(diskDesc, float64(free))
		}
	}
}
