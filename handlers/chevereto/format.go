package chevereto

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

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
