package media

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sosodev/duration"
)

// Bounds limit the lifetime of an upload. Zero values do not restrict it.
type Bounds struct {
	Min, Max Period
}

// Period is an ISO 8601 duration in calendar time.
type Period struct {
	Years, Months, Days int
	Time                time.Duration
}

// NeverExpires asks for an item that stays, see ParseExpiration.
const NeverExpires = "0"

// lastYear is the last that four digits can say; later ends of life overflow.
const lastYear = 9999

// isoDuration is stricter than the parser behind it: upper case, units in
// order and once, at least one of them, fractions from days down.
var isoDuration = regexp.MustCompile(`^P(?:\d+W|\d+[.,]\d+W|` +
	`(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+(?:[.,]\d+)?D)?(?:T(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?)$`)

// ParsePeriod reads an ISO 8601 duration such as PT5M, P3D or P1Y2M10DT2H30M.
// Years and months are whole numbers. The error wraps ErrExpiration.
func ParsePeriod(s string) (Period, error) {
	if !isoDuration.MatchString(s) || strings.HasSuffix(s, "T") || s == "P" {
		return Period{}, fmt.Errorf("%w: %.40q is not an ISO 8601 duration", ErrExpiration, s)
	}
	d, err := duration.Parse(strings.ReplaceAll(s, ",", "."))
	if err != nil {
		return Period{}, fmt.Errorf("%w: %.40q: %v", ErrExpiration, s, err)
	}
	days := math.Floor(d.Days + 7*d.Weeks)
	seconds := (d.Days + 7*d.Weeks - days) * 86400
	seconds += d.Hours*3600 + d.Minutes*60 + d.Seconds
	const most = lastYear * 366
	if d.Years > lastYear || d.Months > lastYear*12 || days > most || seconds > most*86400 {
		return Period{}, fmt.Errorf("%w: %.40q is too long", ErrExpiration, s)
	}
	return Period{int(d.Years), int(d.Months), int(days), secondsToDuration(seconds)}, nil
}

// secondsToDuration saturates, since a time.Duration ends after 292 years.
func secondsToDuration(s float64) time.Duration {
	if s >= math.MaxInt64/float64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(math.Round(s * float64(time.Second)))
}

// IsZero reports whether the period has no length.
func (p Period) IsZero() bool { return p == Period{} }

// After returns the time a period after t. Months and years are those of the calendar:
// P1M is the same day of the next month, or the last day of a shorter month.
func (p Period) After(t time.Time) time.Time {
	first := time.Date(t.Year()+p.Years, t.Month()+time.Month(p.Months), 1, 0, 0, 0, 0, t.Location())
	day := min(t.Day(), first.AddDate(0, 1, -1).Day())
	hour, minute, second := t.Clock()
	moved := time.Date(first.Year(), first.Month(), day, hour, minute, second, t.Nanosecond(), t.Location())
	return moved.AddDate(0, 0, p.Days).Add(p.Time)
}

// ParseExpiration returns when an upload expires that arrives at now. s is an ISO 8601
// duration or a number of seconds, and is raised or cut to the bounds. "0", "never",
// and what clients send for it ("", "NODEL", "undefined"), mean the longest time that
// the bounds allow, which is the zero time if they have no maximum. The result is in UTC
// and in whole seconds. For anything else the error wraps ErrExpiration.
func ParseExpiration(s string, now time.Time, b Bounds) (time.Time, error) {
	now = now.UTC().Truncate(time.Second)
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", NeverExpires, "never", "nodel", "undefined":
		return b.never(now), nil
	}
	p, err := parseExpirationPeriod(s)
	if err != nil {
		return time.Time{}, err
	}
	end := b.End(p, now)
	if end.Year() > lastYear {
		return time.Time{}, fmt.Errorf("%w: %.40q is too far away", ErrExpiration, s)
	}
	return end, nil
}

// End returns the time a period after now, raised or cut to the bounds.
func (b Bounds) End(p Period, now time.Time) time.Time {
	end := p.After(now)
	if least := b.Min.After(now); !b.Min.IsZero() && end.Before(least) {
		end = least
	}
	if !b.Max.IsZero() {
		end = Earlier(end, b.Max.After(now))
	}
	return RoundUp(end)
}

// Again returns an end of life that something had before, cut to the longest that the bounds
// allow from now on. One that is over is the shortest that they allow.
func (b Bounds) Again(end, now time.Time) time.Time {
	now = now.UTC()
	if !end.After(now) {
		return b.End(Period{}, now)
	}
	if b.Max.IsZero() {
		return end
	}
	return Earlier(end, b.never(now))
}

// never is the end of what is to be kept as long as the bounds allow.
func (b Bounds) never(now time.Time) time.Time {
	if b.Max.IsZero() {
		return time.Time{}
	}
	return RoundUp(b.Max.After(now))
}

func parseExpirationPeriod(s string) (Period, error) {
	if strings.Trim(s, "0123456789") != "" {
		return ParsePeriod(s)
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil || seconds > lastYear*366*86400 {
		return Period{}, fmt.Errorf("%w: %.40q is too long", ErrExpiration, s)
	}
	return Period{Days: int(seconds / 86400), Time: time.Duration(seconds%86400) * time.Second}, nil
}

// RoundUp rounds up to a whole second, so that no upload expires too soon.
func RoundUp(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); whole.Before(t) {
		return whole.Add(time.Second)
	}
	return t
}

// Earlier returns the earlier of two times at which something expires. Zero is never.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
