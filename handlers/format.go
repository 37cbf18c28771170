package handlers

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The small formats of the Chevereto surface: docs/chevereto-api.md#small-formats.

// formatBytes writes a size in decimal units with one decimal at most.
func formatBytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n), 0
	for size >= 1000 && unit < 4 {
		size /= 1000
		unit++
	}
	return strconv.FormatFloat(math.Round(size*10)/10, 'f', -1, 64) + " " + []string{"B", "KB", "MB", "GB", "TB"}[unit]
}

// howLongAgo says a span of time in its largest whole unit.
func howLongAgo(d time.Duration) string {
	seconds := int64(d / time.Second)
	if seconds < 1 {
		return "moments ago"
	}
	units := []struct {
		seconds int64
		name    string
	}{{31536000, "year"}, {2678400, "month"}, {604800, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}
	for _, u := range units {
		if n := seconds / u.seconds; n == 1 {
			return "1 " + u.name + " ago"
		} else if n > 1 {
			return fmt.Sprintf("%d %ss ago", n, u.name)
		}
	}
	return ""
}

// truncatedTitle cuts what is longer than 28 characters to 25 and dots.
func truncatedTitle(s string) string {
	if utf8.RuneCountInString(s) <= 28 {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:25])) + "..."
}

var htmlEntities = strings.NewReplacer(`&`, "&amp;", `"`, "&quot;", `'`, "&apos;", `<`, "&lt;", `>`, "&gt;")

// entity finds what was an entity already, and was written as one again.
var entity = regexp.MustCompile(`&amp;((?:[a-zA-Z]+|#[0-9]+);)`)

// safeHTML writes text with entities, those that it has left as they are.
func safeHTML(s string) string {
	return entity.ReplaceAllString(htmlEntities.Replace(s), "&$1")
}

// clock writes a clip's length as MM:SS; minutes go beyond 59.
func clock(d time.Duration) string {
	seconds := wholeSeconds(d)
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

func wholeSeconds(d time.Duration) int64 { return int64(math.Round(d.Seconds())) }

var (
	slugDropped = regexp.MustCompile("[\\\\/~&!'\"?]")
	slugTags    = regexp.MustCompile(`<[^>]*>`)
	slugBreaks  = regexp.MustCompile(`[\s-]+`)
)

// slug makes the readable part of a page's path from a title.
func slug(title string) string {
	s := slugDropped.ReplaceAllString(title, "")
	s = slugTags.ReplaceAllString(s, "")
	s = strings.Trim(slugBreaks.ReplaceAllString(s, "-"), "-")
	return percentEncode(s)
}

// percentEncode encodes as RFC 3986 says: all but unreserved characters.
func percentEncode(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
