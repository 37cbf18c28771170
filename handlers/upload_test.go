package handlers_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/auth"
	"postern/storage"
)

// raw sends a request byte for byte and returns the whole answer.
func (s *site) raw(request string) string {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(got)
}

// rawPost writes a POST with a body of its own length.
func rawPost(path, headers, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s", path, headers, len(body), body)
}

// What net/http's client would never send, but clients do.
func TestQuirksOnTheWire(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	data := string(input(t, "small.jpg"))
	b64 := base64.StdEncoding.EncodeToString([]byte(data))
	part := func(disposition, value string) string {
		return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n"
	}
	key := part(`name="key"`, s.key)
	const multi, end = "Content-Type: multipart/form-data; boundary=XX\r\n", "--XX--\r\n"
	tests := []struct{ name, request, filename string }{
		{"an unescaped quote in the name", rawPost("/api/1/upload", multi, key+part(`name="source"; filename="a"b.jpg"`, data)+end), `a"b.jpg`},
		{"an absolute path as name", rawPost("/api/1/upload", multi, key+part(`name="source"; filename="/home/me/cache.jpg"`, data)+end), "cache.jpg"},
		{"a Windows path as name", rawPost("/api/1/upload", multi, key+part(`name="source"; filename="C:\Users\me\shot.jpg"`, data)+end), "shot.jpg"},
		{"UTF-8 in the name", rawPost("/api/1/upload", multi, key+part(`name="source"; filename="春季研学3.webp"`, data)+end), "春季研学3.webp"},
		{"the key after the file", rawPost("/api/1/upload", multi, part(`name="source"; filename="a.jpg"`, data)+key+end), "a.jpg"},
		{"two files named source", rawPost("/api/1/upload", multi, key+part(`name="source"; filename="first.jpg"`, "junk")+part(`name="source"; filename="last.jpg"`, data)+end), "last.jpg"},
		{"no boundary in the type", rawPost("/api/1/upload", "Content-Type: multipart/form-data\r\n", key+part(`name="source"; filename="a.jpg"`, data)+end), "a.jpg"},
		{"a slash and a query", rawPost("/api/1/upload/?key="+s.key, multi, part(`name="source"; filename="a.jpg"`, data)+end), "a.jpg"},
		{"the key in query and body", rawPost("/api/1/upload?key="+s.key, multi, key+part(`name="source"; filename="a.jpg"`, data)+end), "a.jpg"},
		{"a double slash in the path", rawPost("//api/1/upload", multi, key+part(`name="source"; filename="a.jpg"`, data)+end), "a.jpg"},
		{"the file field image", rawPost("/api/1/upload", multi, key+part(`name="image"; filename="a.jpg"`, data)+end), "a.jpg"},
		{"the file field file", rawPost("/api/1/upload", multi, key+part(`name="file"; filename="a.jpg"`, data)+end), "a.jpg"},
		{"empty fields around", rawPost("/api/1/upload", multi, key+part(`name="album_id"`, "")+part(`name="category_id"`, "")+part(`name="expiration"`, "")+part(`name="source"; filename="a.jpg"`, data)+end), "a.jpg"},
		{"base64 with raw pluses", rawPost("/api/1/upload", "Content-Type: application/x-www-form-urlencoded\r\n", "key="+s.key+"&source="+b64), ""},
		{"a data URI with a semicolon", rawPost("/api/1/upload", "Content-Type: application/x-www-form-urlencoded\r\n", "source=data:image/jpeg;base64,"+b64+"&key="+s.key), ""},
		{"base64 in the query of a POST", rawPost("/api/1/upload?key="+s.key+"&source="+strings.NewReplacer("+", "%2B").Replace(b64), "", ""), ""},
		{"a chunked body", "POST /api/1/upload HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n" + multi + "\r\n" + chunked(key+part(`name="source"; filename="a.jpg"`, data)+end), "a.jpg"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := s.raw(test.request)
			if !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n") {
				t.Errorf("%s: %.400s", test.name, got)
				return
			}
			_, body, _ := strings.Cut(got, "\r\n\r\n")
			image := answer{&http.Response{StatusCode: 200}, body[strings.Index(body, "{") : strings.LastIndex(body, "}")+1]}.image(t)
			if name := text(image, "original_filename"); test.filename != "" && name != test.filename {
				t.Errorf("%s: original_filename %q, want %q", test.name, name, test.filename)
			}
			if size := image["size"]; size != float64(len(data)) {
				t.Errorf("%s: size %v, want %d", test.name, size, len(data))
			}
		})
	}
}

func chunked(body string) string {
	var b strings.Builder
	for len(body) > 0 {
		n := min(len(body), 700)
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return b.String() + "0\r\n\r\n"
}

func TestKeyWhereverItStands(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	file := input(t, "small.jpg")
	tests := []struct {
		name    string
		headers []string
		query   string
		fields  []string
		code    int
	}{
		{"X-API-Key", []string{"X-API-Key", s.key}, "", nil, 0},
		{"bearer", []string{"Authorization", "Bearer " + s.key}, "", nil, 0},
		{"query", nil, "?key=" + s.key, nil, 0},
		{"field", nil, "", []string{"key", s.key}, 0},
		{"a right header beats a wrong field", []string{"X-API-Key", s.key}, "", []string{"key", "wrong"}, 0},
		{"a wrong header is not rescued", []string{"X-API-Key", "wrong"}, "", []string{"key", s.key}, 100},
		{"none", nil, "", nil, 100},
		{"a key that is cut", []string{"X-API-Key", s.key[:len(s.key)-1]}, "", nil, 100},
		{"a key with a tail", []string{"X-API-Key", s.key + "0"}, "", nil, 100},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body, contentType := multipartBody(t, "a.jpg", file, test.fields...)
			a := s.do("POST", "/api/1/upload"+test.query, body, append(test.headers, "Content-Type", contentType)...)
			if test.code == 0 {
				a.image(t)
				return
			}
			if code, message := a.fault(t); a.StatusCode != 400 || code != test.code {
				t.Errorf("%s: %d, code %d %q", test.name, a.StatusCode, code, message)
			}
		})
	}
	if strings.Contains(s.log.String(), s.key) {
		t.Error("the log has the key")
	}
}

func TestRevokedAndExpiredKeysEndAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key, digest := auth.NewKey()
	record := media.APIKey{UserID: s.bob.ID, Digest: digest, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}
	if err := s.db.InsertKey(context.Background(), &record); err != nil {
		t.Fatal(err)
	}
	try := func() int {
		body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"))
		return s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", key).StatusCode
	}
	if got := try(); got != 200 {
		t.Errorf("a valid key: %d", got)
	}
	s.now = time.Now().Add(time.Hour + time.Second)
	if got := try(); got != 400 {
		t.Errorf("an expired key: %d", got)
	}
	s.now = time.Time{}
	if err := s.db.RevokeKey(context.Background(), record.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := try(); got != 400 {
		t.Errorf("a revoked key: %d", got)
	}
}

func TestGuests(t *testing.T) {
	t.Parallel()
	file := input(t, "small.jpg")
	post := func(s *site, data []byte, headers ...string) answer {
		body, contentType := multipartBody(t, "a.jpg", data)
		return s.do("POST", "/api/1/upload", body, append(headers, "Content-Type", contentType)...)
	}
	open := newSite(t, func(s *settings) { s.guests, s.MaxGuestFile = true, 50_000 })
	post(open, file).image(t)
	if _, message := post(open, input(t, "photo.jpg")).fault(t); !strings.HasPrefix(message, "File too big - max 50 KB") {
		t.Errorf("a guest's large file: %q", message)
	}
	keyed := newSite(t, func(s *settings) { s.guests, s.guestKey = true, "public" })
	post(keyed, file, "X-API-Key", "public").image(t)
	if code, _ := post(keyed, file).fault(t); code != 100 {
		t.Errorf("a guest without the guests' key: code %d", code)
	}
	closed := newSite(t, func(s *settings) { s.guestKey = "public" })
	if code, _ := post(closed, file, "X-API-Key", "public").fault(t); code != 100 {
		t.Errorf("the guests' key where guests may not upload: code %d", code)
	}
}

func TestAnswersAreNeverHTML(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tests := []struct{ method, path string }{
		{"GET", "/api"}, {"GET", "/api/"}, {"POST", "/api/1"}, {"POST", "/api/2/upload"}, {"POST", "/api/1/other"}, {"POST", "/api/1/upload"},
		{"GET", "/api/1/upload?format=txt"}, {"DELETE", "/api/1/upload"}, {"PATCH", "/1/upload"}, {"GET", "/1/nothing"}, {"GET", "/api/v1/media"},
	}
	for _, test := range tests {
		t.Run(test.method, func(t *testing.T) {
			a := s.do(test.method, test.path, nil)
			if kind := a.Header.Get("Content-Type"); strings.Contains(kind, "html") || strings.Contains(a.body, "<html") {
				t.Errorf("%s %s: %d %s", test.method, test.path, a.StatusCode, kind)
			}
			if a.Header.Get("Access-Control-Allow-Origin") != "*" && !strings.HasPrefix(test.path, "/1/nothing") {
				t.Errorf("%s %s: no CORS header on an error", test.method, test.path)
			}
		})
	}
}

// brokenStore fails on purpose.
type brokenStore struct{ storage.Store }

var errBroken = errors.New("secret detail of the inside")

func (brokenStore) Put(context.Context, ...storage.Move) error { return errBroken }

func TestOurOwnFaultIsNotTheClients(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.store = func(inner storage.Store) storage.Store { return brokenStore{inner} }
	})
	a := s.upload("a.jpg", input(t, "small.jpg"))
	if a.StatusCode != brokenStatus() || strings.Contains(a.body, "secret") {
		t.Errorf("answer %d %s", a.StatusCode, a.body)
	}
	if !strings.Contains(s.log.String(), "secret detail") {
		t.Error("the fault was not logged")
	}
}

type fullStore struct{ storage.Store }

func (fullStore) Put(context.Context, ...storage.Move) error { return storage.ErrFull }

func TestAFullDiskIs507(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.store = func(inner storage.Store) storage.Store { return fullStore{inner} }
	})
	a := s.upload("a.jpg", input(t, "small.jpg"))
	if code, _ := a.fault(t); a.StatusCode != 507 || code != 507 {
		t.Errorf("answer %d, code %d", a.StatusCode, code)
	}
}

// A client that sends more than is taken, and reads nothing before it has sent
// it all, still gets its answer.
func TestTooLargeABodyIsAnswered(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.MaxFile, set.MaxBody = 1_000_000, 3_000_000 })
	for _, size := range []int{1_500_000, 5_000_000} {
		body, contentType := multipartBody(t, "a.jpg", append(input(t, "small.jpg"), make([]byte, size)...))
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /api/1/upload HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-API-Key: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", s.key, contentType, body.Len())
		if _, err := conn.Write(body.Bytes()); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		got, _ := io.ReadAll(conn)
		if !strings.Contains(string(got), `"message":"File too big - max 1 MB","code":400`) {
			t.Errorf("%d bytes: answer %.300s", size, got)
		}
		conn.Close()
	}
}

func TestACutOffUploadStoresNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body, contentType := multipartBody(t, "a.jpg", input(t, "photo.jpg"))
	half := body.Bytes()[:body.Len()/2]
	got := s.raw(rawPost("/api/1/upload", "X-API-Key: "+s.key+"\r\nContent-Type: "+contentType+"\r\n", string(half)))
	if !strings.Contains(got, "UPLOAD_ERR_PARTIAL") {
		t.Errorf("answer %.300s", got)
	}
}

func TestImgBBForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"), "expiration", "3600")
	a := s.do("POST", "/1/upload?key="+s.key, body, "Content-Type", contentType)
	var v struct {
		Status  int
		Success bool
		Data    struct {
			ID, URL          string
			Time, Expiration int64
			Width, Height    int
			Image            struct{ URL string }
		}
		Image map[string]any
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	if v.Status != 200 || !v.Success || v.Data.ID == "" || v.Data.Expiration != 3600 || v.Data.Time == 0 || v.Data.URL == "" || v.Image == nil {
		t.Errorf("answer %+v", v)
	}
}

func TestBusyIs503(t *testing.T) {
	s := newSite(t, func(set *settings) { set.Workers, set.Queue = 1, 0 })
	results := make(chan answer, 12)
	for range cap(results) {
		body, contentType := multipartBody(t, "p.jpg", input(t, "exif.jpg"))
		data := bytes.Clone(body.Bytes())
		go func() {
			results <- s.do("POST", "/api/1/upload", bytes.NewReader(data), "Content-Type", contentType, "X-API-Key", s.key)
		}()
	}
	done := 0
	for range cap(results) {
		switch a := <-results; a.StatusCode {
		case 200:
			done++
		case 503:
			if a.Header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
		default:
			t.Errorf("answer %d %.200s", a.StatusCode, a.body)
		}
	}
	if done == 0 {
		t.Error("no upload was done")
	}
}
