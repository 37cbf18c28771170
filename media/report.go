package media

import (
	"context"
	"time"
)

// Report is what a visitor reports to moderators of an item.
type Report struct {
	Item      int64  // its number
	Reporter  string // a digest of who reports
	Reason    string // one of ReportReasons
	Note      string
	CreatedAt time.Time
}

// ReportReasons are what a report may be about.
var ReportReasons = []string{"illegal", "person", "copyright", "sensitive", "spam", "other"}

// MaxReports is how many reports an item has at most, MaxReportNote how many characters
// their notes.
const (
	MaxReports    = 50
	MaxReportNote = 1000
)

// AnsweredReportsKept is how long a report that a verdict has answered can come back, at least.
const AnsweredReportsKept = 24 * time.Hour

// ReportRecords is what a database keeps of reports. The rules of ItemRecords hold.
// A report waits until SetModeration or SetModerations of ModerationRecords answers it.
type ReportRecords interface {
	// InsertReport adds a report on a live item, or replaces the one of the same reporter.
	// Beyond MaxReports of the item that wait it adds nothing. The error wraps fs.ErrNotExist
	// when the item is not there.
	InsertReport(ctx context.Context, r Report) error
	// ReportsOn returns the reports that wait on items by their numbers, the latest first.
	ReportsOn(ctx context.Context, numbers []int64) ([]Report, error)
}
