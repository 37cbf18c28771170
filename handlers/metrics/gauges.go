package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gauges collects Levels.
type gauges struct {
	levels Levels

	mu    sync.Mutex // of what follows
	at    time.Time
	stock Stock
	err   error
}

// stockFor is how long one count of the stock serves.
const stockFor = time.Minute

var (
	queueDesc = prometheus.NewDesc("postern_workshop_uploads",
		"Uploads whose pictures are worked on, or that wait for it.", []string{"state"}, nil)
	lagDesc = prometheus.NewDesc("postern_reaper_lag_seconds",
		"For how long the item that is due first has been overdue; 0 when none is.", nil, nil)
	diskDesc = prometheus.NewDesc("postern_disk_free_bytes",
		"Bytes that are free for the data folder.", nil, nil)
	itemsDesc    = prometheus.NewDesc("postern_items", "Items of users, by kind, without the trash.", []string{"kind"}, nil)
	bytesDesc    = prometheus.NewDesc("postern_stored_bytes", "Bytes of all files of users' items, by kind.", []string{"kind"}, nil)
	usersDesc    = prometheus.NewDesc("postern_users", "Users.", nil, nil)
	pendingDesc  = prometheus.NewDesc("postern_moderation_pending", "Items that wait for a moderator.", nil, nil)
	databaseDesc = prometheus.NewDesc("postern_database_bytes", "Bytes of the database.", nil, nil)
	ageDesc      = prometheus.NewDesc("postern_queue_age_seconds", "For how long the oldest job has waited.", nil, nil)
	backupDesc   = prometheus.NewDesc("postern_last_backup_timestamp_seconds", "When the last backup was complete.", nil, nil)
	checkDesc    = prometheus.NewDesc("postern_last_check_timestamp_seconds", "When the last check found nothing wrong.", nil, nil)
)

// lagTimeout bounds what fetching the metrics waits for the database.
const lagTimeout = 2 * time.Second

// Describe implements prometheus.Collector.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	to <- queueDesc
	to <- lagDesc
	to <- diskDesc
	for _, d := range []*prometheus.Desc{itemsDesc, bytesDesc, usersDesc, pendingDesc, databaseDesc, ageDesc, backupDesc, checkDesc} {
		to <- d
	}
}

// count returns the stock, of a minute ago at most.
func (g *gauges) count() (Stock, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.at) >= stockFor {
		ctx, cancel := context.WithTimeout(context.Background(), lagTimeout)
		defer cancel()
		g.stock, g.err = g.levels.Stock(ctx)
		g.at = time.Now()
	}
	return g.stock, g.err
}

// collectStock collects what is counted now and then.
func (g *gauges) collectStock(gauge func(d *prometheus.Desc, value float64, labels ...string)) {
	if g.levels.Stock == nil {
		return
	}
	stock, err := g.count()
	if err != nil {
		return
	}
	for kind, n := range stock.Items {
		gauge(itemsDesc, float64(n), kind)
	}
	for kind, n := range stock.Bytes {
		gauge(bytesDesc, float64(n), kind)
	}
	gauge(usersDesc, float64(stock.Users))
	gauge(pendingDesc, float64(stock.Pending))
	gauge(databaseDesc, float64(stock.Database))
	gauge(ageDesc, stock.QueueAge.Seconds())
	for d, at := range map[*prometheus.Desc]time.Time{backupDesc: stock.LastBackup, checkDesc: stock.LastCheck} {
		if !at.IsZero() {
			gauge(d, float64(at.Unix()))
		}
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
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
	g.collectStock(gauge)
}
