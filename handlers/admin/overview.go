package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/media"
	"postern/media/counts"
)

// overviewPage is the data of the template.
type overviewPage struct {
	frame
	Version          string
	Since            time.Time
	Items, Users     int64
	Stored           string
	Today            int64  // uploads
	TodayBytes       string // of these
	Free, Of         string // "" where the system does not tell
	Working, Waiting int
	Errors           int64 // of the last 24 hours
	Pending          int
	Registered       bool // somebody waits for approval
	Charts           []chart
}

// viewOverview shows what there is, and was in the last days.
func (s *Server) viewOverview(c echo.Context) error {
	ctx, now := c.Request().Context(), s.Library.Now().UTC()
	stock, err := s.Records.Stock(ctx)
	if err != nil {
		return err
	}
	kept, err := s.Records.Counts(ctx, counts.FirstOfMonth(now))
	if err != nil {
		return err
	}
	p := overviewPage{frame: s.frame(c, "overview"), Version: s.Version, Since: s.Started, Users: stock.Users, Stored: present.FormatBytes(stock.TotalBytes())}
	for _, n := range stock.Items {
		p.Items += n
	}
	p.Working, p.Waiting, _ = s.Library.Pool.Queue()
	if s.Disk != nil {
		free, size, err := s.Disk()
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		if err == nil {
			p.Free, p.Of = present.FormatBytes(free), present.FormatBytes(size)
		}
	}
	if p.Moderate {
		queue, err := s.Moderation.Pending(ctx, s.User(c), media.Sender{}, 0, 1)
		if err != nil {
			return err
		}
		p.Pending = queue.Total
	}
	waiting, err := s.waiting(ctx, 1)
	if err != nil {
		return err
	}
	p.Registered = len(waiting) > 0
	m := counts.NewMonth(kept, now)
	p.Errors, p.Today, p.TodayBytes = m.ErrorsOfLastDay, m.Uploads[counts.MonthDays-1], present.FormatBytes(m.Bytes[counts.MonthDays-1])
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	p.Charts = []chart{
		newChart("uploads", m.First, m.Uploads, number), newChart("bytes", m.First, m.Bytes, present.FormatBytes),
		newChart("answered", m.First, m.Answered, present.FormatBytes), newChart("errors", m.First, m.Errors, number),
	}
	return s.render(c, http.StatusOK, "overview", p)
}

// chart is a row of bars, one a day.
type chart struct {
	Name        string
	Sum         string
	Max, Half   string // what the lines stand for
	Bars        []bar
	First, Last time.Time
}

// bar is one day in the coordinates of the drawing.
type bar struct {
	X, Y, Height string
	Day          time.Time
	Text         string
}

// The drawing: its height, where its bars begin, and how far apart they are.
const (
	chartHeight = 100
	chartLeft   = 4
	chartStep   = 13.2
)

func newChart(name string, first time.Time, days [counts.MonthDays]int64, text func(int64) string) chart {
	var most, sum int64 = 1, 0
	for _, n := range days {
		most, sum = max(most, n), sum+n
	}
	most += most % 2
	c := chart{Name: name, Sum: text(sum), Max: text(most), Half: text(most / 2), First: first, Last: first.AddDate(0, 0, counts.MonthDays-1)}
	for i, n := range days {
		height := float64(n) / float64(most) * chartHeight
		if n > 0 {
			height = max(height, 1)
		}
		c.Bars = append(c.Bars, bar{
			fmt.Sprintf("%.1f", chartLeft+float64(i)*chartStep), fmt.Sprintf("%.1f", chartHeight-height), fmt.Sprintf("%.1f", height),
			first.AddDate(0, 0, i), text(n),
		})
	}
	return c
}

// logPage is the data of the template.
type logPage struct {
	frame
	Entries       []logRow
	Query, Of, By string
	Kinds         []string
	Older         string
}

// logRow is an entry with the words for it.
type logRow struct {
	media.AuditEntry
	What  string
	Shell bool
}

// logKinds are the kinds that the page filters by.
var logKinds = []string{"user", "key", "item", "album", "category", "ban"}

const logPageRows = 100

// viewLog shows the audit log.
func (s *Server) viewLog(c echo.Context) error {
	q := media.AuditQuery{Search: cut(c.QueryParam("q")), Kind: cut(c.QueryParam("what")), Subject: cut(c.QueryParam("on")), By: cut(c.QueryParam("by")), Limit: logPageRows + 1}
	q.Before, _ = strconv.ParseInt(c.QueryParam("before"), 10, 64)
	entries, err := s.Records.Audit(c.Request().Context(), q)
	if err != nil {
		return err
	}
	p := logPage{frame: s.frame(c, "log"), Query: q.Search, Of: q.Kind, By: q.By, Kinds: logKinds}
	if len(entries) > logPageRows {
		entries = entries[:logPageRows]
		p.Older = s.withQuery(c, "before", strconv.FormatInt(entries[logPageRows-1].ID, 10))
	}
	catalog := s.Catalog(c)
	for _, e := range entries {
		row := logRow{e, e.Action, e.UserID == 0}
		if key := "audit." + e.Action; catalog.Has(key) {
			row.What = catalog.T(key)
		}
		p.Entries = append(p.Entries, row)
	}
	return s.render(c, http.StatusOK, "log", p)
}

// settingsPage is the data of the template.
type settingsPage struct {
	frame
	Settings []Setting
}

// viewSettings shows the settings in force.
func (s *Server) viewSettings(c echo.Context) error {
	p := settingsPage{frame: s.frame(c, "settings")}
	if s.Options.Settings != nil {
		p.Settings = s.Options.Settings()
	}
	return s.render(c, http.StatusOK, "settings", p)
}
