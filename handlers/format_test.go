package handlers

import (
	"testing"
	"time"
)

// The expected values are Chevereto 4.2.0's own.

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"Hello World":              "Hello-World",
		`My "Great" Title & co?`:   "My-Great-Title-co",
		"a-b_c  d":                 "a-b_c-d",
		"100% sure":                "100%25-sure",
		"日本 語":                     "%E6%97%A5%E6%9C%AC-%E8%AA%9E",
		"é è":                      "%C3%A9-%C3%A8",
		`a/b\c`:                    "abc",
		"<b>x</b> y":               "x-y",
		"--lead trail--":           "lead-trail",
		"emoji 😀":                  "emoji-%F0%9F%98%80",
		"dots.in.title":            "dots.in.title",
		"it's":                     "its",
		"a+b=c":                    "a%2Bb%3Dc",
		"#hash":                    "%23hash",
		"(paren) [br]":             "%28paren%29-%5Bbr%5D",
		"~t!l":                     "tl",
		"a,b;c:d@e":                "a%2Cb%3Bc%3Ad%40e",
		"Badgers animated MrWeebl": "Badgers-animated-MrWeebl",
	} {
		if got := slug(title); got != want {
			t.Errorf("slug(%q) = %q, want %q", title, got, want)
		}
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 999: "999 B", 1000: "1 KB", 1499: "1.5 KB", 1949: "1.9 KB", 1950: "2 KB",
		9999: "10 KB", 99950: "100 KB", 999949: "999.9 KB", 999950: "1000 KB", 999999: "1000 KB",
		1000000: "1 MB", 1050000: "1.1 MB", 1649000: "1.6 MB", 10000000: "10 MB",
		999999999: "1000 MB", 1000000000: "1 GB", 2500000000: "2.5 GB",
	} {
		if got := formatBytes(n); got != want {
			t.Errorf("formatBytes(%d) = %q, want %q", n, got, want)
		}
	}
}

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
