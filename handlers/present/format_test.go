package present

import "testing"

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
		if got := FormatBytes(n); got != want {
			t.Errorf("FormatBytes(%d) = %q, want %q", n, got, want)
		}
	}
}
