package counts

import (
	"time"

	"postern/media"
)

// MonthDays is how many days a Month has.
const MonthDays = 30

// Month is what was counted on each of the last days of UTC, the latest at the end.
type Month struct {
	First                            time.Time // beginning of the first day
	Uploads, Bytes, Answered, Errors [MonthDays]int64
	ErrorsOfLastDay                  int64 // of the last 24 hours, and of the hour in which they begin
}

// FirstOfMonth returns the beginning of the first day of the Month that ends with now.
func FirstOfMonth(now time.Time) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-MonthDays)
}

// NewMonth sums up the counts that are kept since FirstOfMonth.
func NewMonth(kept []media.HourCount, now time.Time) Month {
	m := Month{First: FirstOfMonth(now)}
	days := map[string]*[MonthDays]int64{
		media.CountUploads: &m.Uploads, media.CountBytes: &m.Bytes, media.CountAnswered: &m.Answered, media.CountErrors: &m.Errors,
	}
	for _, n := range kept {
		if n.What == media.CountErrors && n.Hour.After(now.Add(-25*time.Hour)) {
			m.ErrorsOfLastDay += n.N
		}
		if sums := days[n.What]; sums != nil {
			if i := int(n.Hour.Sub(m.First).Hours()) / 24; i >= 0 && i < MonthDays {
				sums[i] += n.N
			}
		}
	}
	return m
}
