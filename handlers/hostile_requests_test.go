package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// repeated gives a text again and again.
type repeated struct {
	text string
	left int // times
	at   int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) && r.left > 0 {
		m := copy(p[n:], r.text[r.at:])
		n += m
		if r.at += m; r.at == len(r.text) {
			r.at, r.left = 0, r.left-1
		}
	}
	if n == 0 {
		err = io.EOF
	}
	return n, err
}

func TestFormsThatAreMeantToHurtAreRefused(t *testing.T) {
	const most = 16 << 20
	s := newSite(t, flat, func(set *settings) { set.MaxBody = 1 << 30 })
	part := func(disposition, value string) string {
		return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n"
	}
	file := part(`name="source"; filename="a.jpg"`, string(input(t, "small.jpg")))
	long := strings.Repeat("x", 100_000)
	tests := []struct {
		name    string
		body    io.Reader
		code    int
		message string
	}{
		{"a million parts", &repeated{text: part(`name="a"`, ""), left: 1_000_000}, 400, "Too many form fields"},
		{"a million parts of the same file", &repeated{text: part(`name="source"; filename="a.jpg"`, "x"), left: 1_000_000}, 400, "Too many form fields"},
		{"a header of a gigabyte", io.MultiReader(strings.NewReader("--XX\r\nX: "), &repeated{text: long, left: 5_000}), 400, "The header of a form part is too large"},
		{"a million lines of header", io.MultiReader(strings.NewReader("--XX\r\n"), &repeated{text: "X: y\r\n", left: 1_000_000}), 400, "The header of a form part is too large"},
		{"a long name", strings.NewReader(part(`name="`+long[:1000]+`"`, "") + file + "--XX--\r\n"), 400, "The name of a form field is too long"},
		{"a title of a gigabyte", io.MultiReader(strings.NewReader("--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n"), &repeated{text: long, left: 5_000}), 400, "A form field is too large"},
		{"what comes before the first part without end", &repeated{text: long, left: 5_000}, 400, "The header of a form part is too large"},
		{"no last boundary", strings.NewReader(file), 601, "File was partially uploaded (UPLOAD_ERR_PARTIAL)"},
		{"an end in the header", strings.NewReader("--XX\r\nContent-Dispo"), 601, "File was partially uploaded (UPLOAD_ERR_PARTIAL)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			a := s.do("POST", "/api/1/upload", test.body, "Content-Type", "multipart/form-data; boundary=XX", "X-API-Key", s.key)
			runtime.ReadMemStats(&after)
			t.Log(test.name)
			s.wantRefused(a, 400, test.code, test.message)
			if n := after.TotalAlloc - before.TotalAlloc; n > most {
				t.Errorf("%s: %d bytes were allocated, want %d at most", test.name, n, most)
			}
		})
	}
	s.wantFiles(0)
}

func TestLengthsThatLie(t *testing.T) {
	t.Parallel()
	s := newSite(t, flat, func(set *settings) { set.BodyIdle = 500 * time.Millisecond })
	head := "POST /api/1/upload HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-API-Key: " + s.key + "\r\nContent-Type: multipart/form-data; boundary=XX\r\n"
	body := "--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\n\r\n" + string(input(t, "small.jpg")) + "\r\n--XX--\r\n"
	for name, request := range map[string]string{
		"longer than the body":      head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)+5000) + body[:len(body)-20],
		"shorter than the body":     head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)-20) + body,
		"less than nothing":         head + "Content-Length: -1\r\n\r\n" + body,
		"beyond all numbers":        head + "Content-Length: 99999999999999999999\r\n\r\n" + body,
		"beyond the limit":          head + "Content-Length: 9000000000000000000\r\n\r\n" + body[:200],
		"two that differ":           head + fmt.Sprintf("Content-Length: %d\r\nContent-Length: 5\r\n\r\n", len(body)) + body,
		"a chunk beyond all":        head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n" + body,
		"a chunk that does not end": head + "Transfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n" + body[:200],
		"a coding that is none":     head + "Transfer-Encoding: chunked, identity\r\n\r\n" + body,
	} {
		if got := s.raw(request); !regexp.MustCompile(`^HTTP/1\.1 (400|501) `).MatchString(got) {
			t.Errorf("%s: answered %.300s", name, got)
		}
	}
	s.waitFor("an empty staging folder", func() bool { staged, err := s.lib.Staging.Names(); return err == nil && len(staged) == 0 })
	s.wantFiles(0)
}

func TestOfEveryFieldTheLastOneCounts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	fields := []string{"key", "wrong", "title", "first", "description", "first", "tags", "first", "width", "7", "expiration", "nonsense", "nsfw", "0", "format", "txt"}
	last := []string{"key", s.bobKey, "title", "last", "description", "last words", "tags", "last", "width", "", "expiration", "P1D", "nsfw", "1", "format", "json"}
	body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"), append(fields, last...)...)
	image := s.do("POST", "/api/1/upload", body, "Content-Type", contentType).image(t)
	if text(image, "title") != "last" || text(image, "description") != "last words" || fmt.Sprint(image["nsfw"]) != "1" {
		t.Errorf("title %q, description %q, nsfw %v", image["title"], image["description"], image["nsfw"])
	}
}

// hostileNames are file names that mean something to somebody.
var hostileNames = []string{
	"../../../etc/passwd.jpg", `..\..\..\windows\win.jpg`, "/etc/cron.d/x.jpg", `C:\autoexec.jpg`, "....//....//x.jpg", "%2e%2e%2fx.jpg", "..%c0%af..jpg",
	"a\x00.php.jpg", "a.jpg\x00.php", ".htaccess", "..", ".", "a/", "con.jpg", "nul", "aux.jpg.", "a.jpg ", " .jpg", "-rf.jpg", "~root.jpg", "$(id).jpg", "`id`.jpg", "a;b|c&d.jpg",
	"\u202egpj.exe", "a\u200b\u2066b.jpg", "\ufeffa.jpg", "a\x1b[31m.jpg", "a\x07\x08.jpg", "a\nSet-Cookie: x=1.jpg", "<script>alert(1)</script>.jpg", "'; DROP TABLE items; --.jpg",
	"a.php", "a.php.jpg", "a.html", "a.svg", "web.config", "index.php%00.jpg", strings.Repeat("a", 5000) + ".jpg", strings.Repeat("é", 300) + ".jpg", "😀.jpg", "a.th.jpg", "a.md.jpg",
}

func TestNamesThatMeanSomethingMeanNothing(t *testing.T) {
	t.Parallel()
	for _, naming := range []media.Naming{media.NamingOriginal, media.NamingMixed} {
		s := newSite(t, flat, func(set *settings) { set.Naming = naming })
		safe := regexp.MustCompile(`^/images/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,250}\.jpe?g$`)
		for _, name := range hostileNames {
			escaped := strings.NewReplacer("\n", "%0A", "\"", "%22").Replace(name)
			body := "--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"" + escaped + "\"\r\n\r\n" + string(input(t, "small.jpg")) + "\r\n--XX--\r\n"
			a := s.do("POST", "/api/1/upload", strings.NewReader(body), "Content-Type", "multipart/form-data; boundary=XX", "X-API-Key", s.key)
			if a.StatusCode == 400 {
				continue // refused is as well
			}
			image := a.image(t)
			u, err := url.Parse(text(image, "url"))
			if err != nil || !safe.MatchString(u.Path) {
				t.Errorf("%q is stored as %q", name, text(image, "url"))
			}
			if got := s.do("GET", text(image, "url"), nil); got.StatusCode != 200 || got.Header.Get("Set-Cookie") != "" || got.Header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("%q: served %d with %v", name, got.StatusCode, got.Header)
			}
			page := s.do("GET", text(image, "url_viewer"), nil)
			if page.StatusCode != 200 || strings.Contains(page.body, "<script>alert(1)") || strings.ContainsAny(page.body, "\x00\x07\x1b") {
				t.Errorf("%q: its page is %d, or holds the name as it is", name, page.StatusCode)
			}
		}
		s.wantInside()
	}
}

// wantInside fails when anything but what is known lies in the data folder.
func (s *site) wantInside() {
	s.t.Helper()
	known := regexp.MustCompile(`^(\.|\.stage|images|images/[^/]+\.jpe?g|postern\.db(-wal|-shm)?)$`)
	err := filepath.WalkDir(s.dir, func(path string, _ fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(s.dir, path)
		if !known.MatchString(rel) {
			s.t.Errorf("%s lies in the data folder", rel)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestPathsDoNotLeaveTheirFolders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{
		"/images/../postern.db", "/images/%2e%2e/postern.db", "/images/..%2fpostern.db", "/images/%2e%2e%2fpostern.db", "/images/..%5cpostern.db",
		"/images/....//postern.db", "/images//postern.db", "/images/./../postern.db", "/images/..;/postern.db", "/images/%252e%252e/postern.db", "/images/\x00", "/images/.stage/x",
		"/static/../go.mod", "/static/%2e%2e/go.mod", "/static/..%2fgo.mod", "/static/%2e%2e%2f%2e%2e%2fetc/passwd", "/static//etc/passwd", "/images//etc/passwd",
		"/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/images/", "/static/", "/images/.", "/.git/config", "/postern.db", "/secret",
	} {
		got := s.raw("GET " + strings.ReplaceAll(path, "\x00", "%00") + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		_, body, _ := strings.Cut(got, "\r\n\r\n")
		if strings.HasPrefix(got, "HTTP/1.1 200 ") || strings.Contains(body, "SQLite format") || strings.Contains(body, "root:") || strings.Contains(body, "module postern") {
			t.Errorf("%q: answered %.200s", path, got)
		}
	}
}

// An item's delete link is told from none by nothing but its token.
func TestDeleteLinksCannotBeGuessed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	image := s.upload("a.jpg", input(t, "small.jpg")).image(t)
	u, err := url.Parse(text(image, "delete_url"))
	if err != nil {
		t.Fatal(err)
	}
	base, token, _ := strings.Cut(u.Path, "/delete/")
	if len(token) != 48 {
		t.Fatalf("a token of %d digits", len(token))
	}
	mask := func(a answer) string {
		return regexp.MustCompile(`(?i)(/|%2f)image(/|%2f)[^"&]*`).ReplaceAllString(a.body, "PATH")
	}
	other := s.do("POST", "/image/zzzzzzz/delete/"+token, nil)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 300 {
		guess := []byte(token)
		for range 1 + i%48 {
			guess[r.IntN(len(guess))] = "0123456789abcdef"[r.IntN(16)]
		}
		if bytes.Equal(guess, []byte(token)) {
			continue
		}
		a := s.do([]string{"POST", "DELETE", "GET"}[i%3], base+"/delete/"+string(guess), nil)
		if a.StatusCode != other.StatusCode || mask(a) != mask(other) && i%3 == 0 {
			t.Fatalf("a wrong token is answered %d, a missing item %d", a.StatusCode, other.StatusCode)
		}
	}
	for _, variant := range []string{token[:47], token + "0", strings.ToUpper(token), token[:47] + "%00", ""} {
		if a := s.do("POST", base+"/delete/"+variant, nil); a.StatusCode == 200 {
			t.Errorf("the token as %q: %d", variant, a.StatusCode)
		}
	}
	if a := s.do("GET", text(image, "url"), nil); a.StatusCode != 200 {
		t.Errorf("the file is gone: %d", a.StatusCode)
	}
}
