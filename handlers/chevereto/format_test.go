package chevereto

import (
	"testing"
	"time"
)

// The expected values are Chevereto 4.2.0's own.

func TestHowLongAgo(t *testing.T) {
	for seconds, want := range map[int]string{
		0: "moments ago", 1: "1 second ago", 59: "59 seconds ago", 60: "1 minute ago", 119: "1 minute ago",
		120: "2 minutes ago", 3600: "1 hour ago", 7200: "2 hours ago", 86400: "1 day ago", 518400: "6 days ago",
		604800: "1 week ago", 1123200: "1 week ago", 1209600: "2 weeks ago", 2592000: "4 weeks ago",
		2678400: "1 month ago", 31536000: "1 year ago", 69120000: "2 years ago",
	} {
		if got := howLongAgo(time.Duration(seconds) * time.Second); got != want {
			t.Errorf("howLongAgo(%d s) = %q, want %q", seconds, got, want)
		}
	}
}

func TestTruncatedTitle(t *testing.T) {
	for title, want := range map[string]string{
		"abcdefghijklmnopqrstuvwxyzAB":     "abcdefghijklmnopqrstuvwxyzAB",
		"abcdefghijklmnopqrstuvwxyzABC":    "abcdefghijklmnopqrstuvwxy...",
		"abcdefghijklmnopqrstuvwx    zABC": "abcdefghijklmnopqrstuvwx...",
		"ééééééééééééééééééééééééééééé":    "ééééééééééééééééééééééééé...",
	} {
		if got := truncatedTitle(title); got != want {
			t.Errorf("truncatedTitle(%q) = %q, want %q", title, got, want)
		}
	}
}

func TestSafeHTML(t *testing.T) {
	for text, want := range map[string]string{
		`<a href="x">'&amp; &`: "&lt;a href=&quot;x&quot;&gt;&apos;&amp; &amp;",
		`'"`:                   "&apos;&quot;",
		`<b>bold</b> & "q"`:    "&lt;b&gt;bold&lt;/b&gt; &amp; &quot;q&quot;",
		"&lt; &#39; &x":        "&lt; &#39; &amp;x",
	} {
		if got := safeHTML(text); got != want {
			t.Errorf("safeHTML(%q) = %q, want %q", text, got, want)
		}
	}
}
