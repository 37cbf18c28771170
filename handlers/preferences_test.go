package handlers_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestPreferences(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tests := []struct {
		name, form, cookie, to string
	}{
		{"a language", "language=de&back=/api-v1", "language=de; Path=/; Max-Age=31536000; SameSite=Lax", "/api-v1"},
		{"a language that is none", "language=xx&back=/", "", "/"},
		{"a scheme", "scheme=dark&back=/image/a.b%3Fx", "scheme=dark; Path=/; Max-Age=31536000; SameSite=Lax", "/image/a.b?x"},
		{"the scheme of the system", "scheme=auto&back=/", "scheme=auto; Path=/; Max-Age=31536000; SameSite=Lax", "/"},
		{"a scheme that is none", "scheme=%3Cscript&back=/", "", "/"},
		{"another site", "scheme=dark&back=//evil.example", "scheme=dark; Path=/; Max-Age=31536000; SameSite=Lax", "/"},
		{"another site behind a backslash", "back=/%5Cevil.example", "", "/"},
		{"another site with a scheme", "back=https://evil.example/", "", "/"},
		{"a second header", "back=/%0d%0aX-Evil:1", "", "/"},
		{"nothing", "", "", "/"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.do("POST", "/preferences", strings.NewReader(test.form), "Content-Type", "application/x-www-form-urlencoded")
			if a.StatusCode != 303 || a.Header.Get("Location") != test.to || a.Header.Get("Set-Cookie") != test.cookie {
				t.Errorf("%s: %d to %q with %q, want %q with %q", test.name,
					a.StatusCode, a.Header.Get("Location"), a.Header.Get("Set-Cookie"), test.to, test.cookie)
			}
		})
	}
	foreign := s.do("POST", "/preferences", strings.NewReader("language=de"), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	if foreign.StatusCode != 403 || foreign.Header.Get("Set-Cookie") != "" {
		t.Errorf("from another site: %d, %q", foreign.StatusCode, foreign.Header.Get("Set-Cookie"))
	}
}

func TestSchemeIsInThePageFromTheStart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for cookie, want := range map[string]string{"scheme=dark": ` data-scheme="dark">`, "scheme=light": ` data-scheme="light">`, "scheme=auto": `"en">`, "scheme=\"x": `"en">`} {
		if a := s.do("GET", "/", nil, "Cookie", cookie); !strings.Contains(a.body, `<html lang="en"`+strings.TrimPrefix(want, `"en"`)) {
			t.Errorf("%s: not %q", cookie, want)
		}
	}
}

func TestAssetsAreKeptAsLongAsTheyStay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.do("GET", "/", nil)
	m := regexp.MustCompile(`href="(/static/[0-9a-f]{16}/postern\.css)"`).FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("no style sheet in %s", page.body)
	}
	tests := []struct{ path, cache string }{
		{m[1], "public, max-age=31536000, immutable"},
		{"/static/postern.css", "no-cache"},
		{"/static/0123456789abcdef/postern.css", "no-cache"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			a := s.do("GET", test.path, nil)
			if a.StatusCode != 200 || a.Header.Get("Cache-Control") != test.cache || a.Header.Get("ETag") == "" {
				t.Errorf("%s: %d, cached %q, want %q", test.path, a.StatusCode, a.Header.Get("Cache-Control"), test.cache)
			}
			if again := s.do("GET", test.path, nil, "If-None-Match", a.Header.Get("ETag")); again.StatusCode != 304 {
				t.Errorf("%s: asked again: %d", test.path, again.StatusCode)
			}
		})
	}
	if a := s.do("GET", strings.Replace(m[1], "postern.css", "none.css", 1), nil); a.StatusCode != 404 {
		t.Errorf("a file that is not there: %d", a.StatusCode)
	}
}

func TestPagesAreStrict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/", "/api-v1", "/nothing"} {
		a := s.do("GET", path, nil)
		policy := a.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "connect-src 'self';", "style-src 'self';", "form-action 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: no %q in the policy %q", path, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || a.Header.Get("Referrer-Policy") != "same-origin" || !strings.Contains(a.Header.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s: %v", path, a.Header)
		}
		if m := regexp.MustCompile(`(?i)\s(?:on\w+|style)="|<script(?:>| type="module">)|<style`).FindString(a.body); m != "" {
			t.Errorf("%s: the page holds %q", path, m)
		}
	}
}
