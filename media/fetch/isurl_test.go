package fetch

import (
	"net/url"
	"strings"
	"testing"
)

func TestIsURL(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want bool
	}{
		// Measured on Chevereto's two helpers, is_image_url and is_url: either.
		{"http://a.com/x.jpg", true},
		{"http://a.com/x", true},
		{"http://localhost/x.jpg", true},
		{"https://a.com", true},
		{"ftp://a.com/x.png", true},
		{"mailto:a@b.c", false},
		{"http:///x", false},
		{"//a.com/x.jpg", false},
		{"http://a.com/x.jpg?y=1", true},
		{"text http://a.com/x.jpg", true},
		{"http://[::1]/x.jpg", true},
		{"rtsp://h/x", true},
		{"data:image/png;base64,AAAA", false},
		{"tel://123", true},
		{"HTTP://A.COM/X.JPG", true},
		{"http://münchen.de/x.jpg", true},
		// Observed: these go the way of base64.
		{"file:///etc/passwd", false},
		{"javascript:alert(1)", false},
		{"data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD//2==", false},
		// Observed: these are URLs, though bad ones.
		{"gopher://127.0.0.1/x", true},
		{"http://127.0.0.1:8098/sp ace.jpg", true},
		{" http://127.0.0.1:8098/photo.jpg", true},
		{"http://127.0.0.1:8098/photo.jpg\n", true},

		{"", false},
		{" \t\r\n", false},
		{"http", false},
		{"http:", false},
		{"http://", false},
		{"://a.com/x.jpg", false},
		{"http://?x", false},
		{"http://#x", false},
		{"http://user@/x", false},
		{"http://user@a.com/x", true},
		{"http:a.com/x", false},
		{"1http://a.com/x", false},
		{"x y://a.com/x", false},
		{"see http://a.com/page", false},
		{"see ftp://a.com:21/a/b.WEBP now", true},
		{"see http://localhost/x.jpg", false},
		{"a.com/x.jpg", false},
		{"/9j/4AAQSkZJRgABAQAAAQABAAD", false},
		{"iVBORw0KGgo//abcd", false},
		{"http://a.com/" + strings.Repeat("a", maxURLBytes), false},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if got := IsURL(tt.in); got != tt.want {
				t.Errorf("IsURL(%.60q) = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzIsURL(f *testing.F) {
	for _, s := range []string{
		"http://a.com/x.jpg", " HTTPS://[::1]:80/ ", "http:///x", "http://user@/x", "http://?x",
		"text http://a.com/x.jpg", "data:image/png;base64,AAAA", "http://①②⑦.⓪.⓪.①/", "http://a@b@c/#?", "://",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := IsURL(s)
		trimmed := strings.TrimSpace(s)
		if got && !strings.Contains(trimmed, "://") {
			t.Errorf("IsURL(%q) = true without a scheme", s)
		}
		u, err := url.Parse(trimmed)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || len(trimmed) > maxURLBytes {
			return
		}
		if want := u.Host != "" || pictureURL.MatchString(s); got != want {
			t.Errorf("IsURL(%q) = %v, want %v as net/url sees the host %q", s, got, want, u.Host)
		}
	})
}
