package present

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Small formats, of docs/chevereto-api.md#small-formats.

// FormatBytes writes a size in decimal units with one decimal at most.
func FormatBytes(n int64) string {
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

// Clock writes a video's length as MM:SS; minutes go beyond 59.
func Clock(d time.Duration) string {
	seconds := WholeSeconds(d)
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

// WholeSeconds is a length in seconds, rounded.
func WholeSeconds(d time.Duration) int64 { return int64(math.Round(d.Seconds())) }

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
	return PercentEncode(s)
}

// PercentEncode encodes as RFC 3986 says: all but unreserved characters.
func PercentEncode(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
