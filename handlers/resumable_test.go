package handlers_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/handlers/tus"
	"postern/media"
	"postern/media/metadata"
)

// parts are the uploads in parts of one site, which may be looked at.
type parts struct {
	dir   string
	store *tus.Store
	ahead time.Duration // of the clock
}

// takeParts lets a site take uploads in parts, into p.dir.
func (p *parts) takeParts(t *testing.T) func(*settings) {
	if p.dir == "" {
		p.dir = t.TempDir()
	}
	return func(s *settings) {
		var err error
		p.store, err = tus.OpenStore(tus.Config{
			Dir: p.dir, Keep: time.Hour, Open: 3, Log: slog.New(slog.DiscardHandler),
			Now: func() time.Time { return time.Now().Add(p.ahead) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.store.Close() })
		s.Options.Resumable, s.Metadata = p.store, metadata.Keep
	}
}

// left lists the files of uploads in parts.
func (p *parts) left(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// meta writes metadata, in pairs.
func meta(pairs ...string) string {
	var fields []string
	for i := 0; i+1 < len(pairs); i += 2 {
		fields = append(fields, pairs[i]+" "+base64.StdEncoding.EncodeToString([]byte(pairs[i+1])))
	}
	return strings.Join(fields, ",")
}

// tus sends a request of the protocol with admin's key, unless a header says otherwise.
func (s *site) tus(method, address string, body []byte, headers ...string) answer {
	s.t.Helper()
	headers = append([]string{"Tus-Resumable", "1.0.0", "X-API-Key", s.key}, headers...)
	return s.do(method, address, bytes.NewReader(body), headers...)
}

// begin begins an upload and returns its address.
func (s *site) begin(size int, headers ...string) string {
	s.t.Helper()
	a := s.tus("POST", "/files/", nil, append([]string{"Upload-Length", strconv.Itoa(size)}, headers...)...)
	if a.StatusCode != 201 || !strings.HasPrefix(a.Header.Get("Location"), s.URL+"/files/") || a.Header.Get("Upload-Expires") == "" {
		s.t.Fatalf("begin: %d %v %s", a.StatusCode, a.Header, a.body)
	}
	return a.Header.Get("Location")
}

// part sends a part of an upload.
func (s *site) part(address string, offset int, data []byte, headers ...string) answer {
	s.t.Helper()
	return s.tus("PATCH", address, data, append([]string{"Upload-Offset", strconv.Itoa(offset), "Content-Type", "application/offset+octet-stream"}, headers...)...)
}

// wantOffset asks how much of an upload is there.
func (s *site) wantOffset(address string, want int) {
	s.t.Helper()
	if a := s.tus("HEAD", address, nil); a.StatusCode != 200 || a.Header.Get("Upload-Offset") != strconv.Itoa(want) {
		s.t.Errorf("HEAD: %d, offset %q, want %d", a.StatusCode, a.Header.Get("Upload-Offset"), want)
	}
}

func sum(data []byte) string {
	digest := sha1.Sum(data)
	return "sha1 " + base64.StdEncoding.EncodeToString(digest[:])
}

func TestUploadsInParts(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	data := jpegOf(t, 400, 300)
	address := s.begin(len(data), "Upload-Metadata", meta("filename", "photo.jpg", "title", "In parts", "tags", "a,b", "nsfw", "1"))
	third := len(data) / 3
	if a := s.part(address, 0, data[:third]); a.StatusCode != 204 || a.Header.Get("Upload-Offset") != strconv.Itoa(third) || a.Header.Get("Upload-Expires") == "" {
		t.Fatalf("a part: %d %v", a.StatusCode, a.Header)
	}
	if a := s.tus("GET", address, nil); a.StatusCode != 409 {
		t.Errorf("GET before the end: %d", a.StatusCode)
	}
	if a := s.part(address, third, data[third:2*third], "Upload-Checksum", sum(data[third:2*third])); a.StatusCode != 204 {
		t.Fatalf("a part with a checksum: %d %s", a.StatusCode, a.body)
	}
	s.wantOffset(address, 2*third)
	last := s.part(address, 2*third, data[2*third:], "X-HTTP-Method-Override", "")
	if last.StatusCode != 200 || last.Header.Get("Upload-Offset") != strconv.Itoa(len(data)) {
		t.Fatalf("the last part: %d %v %s", last.StatusCode, last.Header, last.body)
	}
	image := last.image(t)
	if text(image, "title") != "In parts" || text(image, "tags_string") != "a, b" || image["nsfw"] != 1.0 || text(image, "original_filename") != "photo.jpg" {
		t.Errorf("the answer: %v", image)
	}
	if got := s.do("GET", text(image, "url"), nil).body; got != string(data) {
		t.Errorf("%d bytes are stored, want the %d that were sent", len(got), len(data))
	}
	s.wantOffset(address, len(data))
	again := s.tus("GET", address, nil)
	usual := s.upload("photo.jpg", data).image(t)
	for key := range usual {
		if _, ok := image[key]; !ok {
			t.Errorf("the answer has no %s", key)
		}
	}
	if text(again.image(t), "url") != text(image, "url") {
		t.Errorf("GET after the end: %d %s", again.StatusCode, again.body)
	}
	if names := p.left(t); len(names) != 1 || !strings.HasSuffix(names[0], ".json") {
		t.Errorf("of the upload there stay %v, want its record", names)
	}
	if a := s.tus("DELETE", address, nil); a.StatusCode != 204 || len(p.left(t)) != 0 {
		t.Errorf("DELETE: %d", a.StatusCode)
	}
	if a := s.do("GET", text(image, "url"), nil); a.StatusCode != 200 {
		t.Errorf("the item went with its upload: %d", a.StatusCode)
	}
}

func TestAnUploadInOneRequest(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	data := jpegOf(t, 40, 30)
	a := s.tus("POST", "/files", data, "Upload-Length", strconv.Itoa(len(data)), "Content-Type", "application/offset+octet-stream",
		"Upload-Metadata", meta("name", "uppy.jpg"))
	if a.StatusCode != 201 || text(a.image(t), "original_filename") != "uppy.jpg" || text(a.image(t), "title") != "uppy" || a.Header.Get("Location") == "" {
		t.Errorf("%d %v %s", a.StatusCode, a.Header, a.body)
	}
	// Clients that know POST alone say what they mean.
	address := s.begin(len(data))
	if a := s.tus("POST", address, data, "X-HTTP-Method-Override", "PATCH", "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream"); a.StatusCode != 200 {
		t.Errorf("an overridden method: %d %s", a.StatusCode, a.body)
	}
}

func TestWhatUploadsInPartsAreOffered(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	a := s.do("OPTIONS", "/files/", nil, "Origin", "https://other.example", "Access-Control-Request-Headers", "tus-resumable, upload-length, upload-metadata")
	for header, want := range map[string]string{
		"Tus-Version": "1.0.0", "Tus-Resumable": "1.0.0", "Tus-Max-Size": "10000000",
		"Tus-Extension":          "creation,creation-with-upload,termination,expiration,checksum",
		"Tus-Checksum-Algorithm": "sha1,sha256,md5", "Access-Control-Allow-Origin": "*",
	} {
		if got := a.Header.Get(header); got != want || a.StatusCode != 204 {
			t.Errorf("%d, %s: %q, want %q", a.StatusCode, header, got, want)
		}
	}
	if allowed := a.Header.Get("Access-Control-Allow-Headers"); !strings.Contains(allowed, "upload-metadata") {
		t.Errorf("allowed headers: %s", allowed)
	}
	if allowed := a.Header.Get("Access-Control-Allow-Methods"); !strings.Contains(allowed, "PATCH") || !strings.Contains(allowed, "HEAD") {
		t.Errorf("allowed methods: %s", allowed)
	}
	a = s.tus("POST", "/files/", nil, "Upload-Length", "10", "Origin", "https://other.example")
	if shown := a.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(shown, "Location") || !strings.Contains(shown, "Upload-Offset") {
		t.Errorf("exposed headers: %s", shown)
	}
	none := newSite(t)
	if a := none.tus("OPTIONS", "/files/", nil); a.Header.Get("Tus-Resumable") != "" {
		t.Error("a site without uploads in parts offers them")
	}
}

func TestRefusedParts(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	data := jpegOf(t, 40, 30)
	address := s.begin(len(data))
	id := address[strings.LastIndexByte(address, '/')+1:]
	if a := s.part(address, 0, data[:100]); a.StatusCode != 204 {
		t.Fatal(a.StatusCode)
	}
	octets := []string{"Content-Type", "application/offset+octet-stream"}
	tests := []struct {
		name    string
		method  string
		path    string
		headers []string
		status  int
	}{
		{"another offset", "PATCH", address, append(octets, "Upload-Offset", "99"), 409},
		{"no offset", "PATCH", address, octets, 400},
		{"another type", "PATCH", address, []string{"Upload-Offset", "100", "Content-Type", "image/jpeg"}, 400},
		{"another version", "PATCH", address, append(octets, "Upload-Offset", "100", "Tus-Resumable", "0.2.2"), 412},
		{"a wrong checksum", "PATCH", address, append(octets, "Upload-Offset", "100", "Upload-Checksum", sum([]byte("x"))), 460},
		{"an unknown checksum", "PATCH", address, append(octets, "Upload-Offset", "100", "Upload-Checksum", "crc9 AAAA"), 400},
		{"another user's", "PATCH", address, append(octets, "Upload-Offset", "100", "X-API-Key", s.bobKey), 404},
		{"another user's, looked at", "HEAD", address, []string{"X-API-Key", s.bobKey}, 404},
		{"another user's, to delete", "DELETE", address, []string{"X-API-Key", s.bobKey}, 404},
		{"a wrong key", "PATCH", address, append(octets, "Upload-Offset", "100", "X-API-Key", "wrong"), 400},
		{"no such upload", "HEAD", "/files/ABCDEFGHIJKLMNOPQRSTUVWXYZ", nil, 404},
		{"no name of an upload", "HEAD", "/files/..%2F" + id, nil, 404},
		{"no method", "PUT", address, nil, 405},
		{"a list", "GET", "/files/", nil, 405},
		{"no length", "POST", "/files/", nil, 400},
		{"a length below 0", "POST", "/files/", []string{"Upload-Length", "-1"}, 400},
		{"too long", "POST", "/files/", []string{"Upload-Length", "10000001"}, 413},
		{"a length that comes later", "POST", "/files/", []string{"Upload-Defer-Length", "1"}, 400},
		{"a wrong parameter", "POST", "/files/", []string{"Upload-Length", "10", "Upload-Metadata", meta("category_id", "x")}, 400},
		{"parameters that are no text", "POST", "/files/", []string{"Upload-Length", "10", "Upload-Metadata", meta("title", "\xff")}, 400},
		{"nobody", "POST", "/files/", []string{"Upload-Length", "10", "X-API-Key", ""}, 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := []byte(nil)
			if test.method == "PATCH" {
				body = data[100:]
			}
			a := s.tus(test.method, test.path, body, test.headers...)
			if a.StatusCode != test.status {
				t.Errorf("%d %s, want %d", a.StatusCode, a.body, test.status)
			}
			if test.method != "HEAD" {
				if _, message := a.fault(t); message == "" {
					t.Error("no word on why")
				}
			}
		})
	}
	if a := s.part(address, 100, append(data[100:], 'x')); a.StatusCode != 413 {
		t.Errorf("more than was announced: %d", a.StatusCode)
	}
	s.wantOffset(address, 100)
	if a := s.part(address, 100, data[100:]); a.StatusCode != 200 {
		t.Errorf("after all that: %d %s", a.StatusCode, a.body)
	}
	if names := p.left(t); len(names) != 1 {
		t.Errorf("there stay %v", names)
	}
}

func TestPartsOfWhatIsNoMedia(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	address := s.begin(4)
	a := s.part(address, 0, []byte("text"))
	s.wantRefused(a, 400, 610, "Can't get target upload source info")
	if a := s.tus("HEAD", address, nil); a.StatusCode != 404 || len(p.left(t)) != 0 {
		t.Errorf("it stays: %d, %v", a.StatusCode, p.left(t))
	}
	if a := s.tus("POST", "/files/", nil, "Upload-Length", "0"); a.StatusCode != 400 || len(p.left(t)) != 0 {
		t.Errorf("an empty file: %d, %v", a.StatusCode, p.left(t))
	}
}

func TestHalfFinishedUploadsCountAndEnd(t *testing.T) {
	var p parts
	s := newSite(t, p.takeParts(t), func(s *settings) { s.Quota = media.Quota{Bytes: 1_000_000, Items: 2} })
	bob := []string{"X-API-Key", s.bobKey}
	s.begin(600_000, bob...)
	a := s.tus("POST", "/files/", nil, "Upload-Length", "600000", "X-API-Key", s.bobKey)
	s.wantRefused(a, 400, 400, "Your storage quota is used up - max 1 MB")
	address := s.begin(100, bob...)
	a = s.tus("POST", "/files/", nil, "Upload-Length", "100", "X-API-Key", s.bobKey)
	s.wantRefused(a, 400, 400, "Your quota of files is used up - max 2")
	s.begin(100) // another user's
	if a := s.part(address, 0, make([]byte, 50), bob...); a.StatusCode != 204 {
		t.Fatal(a.StatusCode)
	}
	p.ahead = 59 * time.Minute
	if a := s.tus("HEAD", address, nil, bob...); a.StatusCode != 200 {
		t.Errorf("before its end: %d", a.StatusCode)
	}
	p.ahead = 61 * time.Minute
	if a := s.tus("HEAD", address, nil, bob...); a.StatusCode != 404 {
		t.Errorf("after its end: %d", a.StatusCode)
	}
	// A start removes what has ended.
	p.takeParts(t)(&settings{})
	if names := p.left(t); len(names) != 0 {
		t.Errorf("ended, and there: %v", names)
	}
}

func TestTooManyHalfFinishedUploads(t *testing.T) {
	var p parts
	s := newSite(t, p.takeParts(t))
	for range 3 {
		s.begin(100)
	}
	if a := s.tus("POST", "/files/", nil, "Upload-Length", "100"); a.StatusCode != 429 {
		t.Errorf("a fourth: %d", a.StatusCode)
	}
	s.begin(100, "X-API-Key", s.bobKey)
}

// cutOff sends a part and breaks the connection after its bytes, of which length were
// announced.
func (s *site) cutOff(address string, offset, length int, data []byte, headers ...string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nX-API-Key: %s\r\nUpload-Offset: %d\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: %d\r\n",
		strings.TrimPrefix(address, s.URL), s.key, offset, length)
	for i := 0; i+1 < len(headers); i += 2 {
		fmt.Fprintf(conn, "%s: %s\r\n", headers[i], headers[i+1])
	}
	fmt.Fprint(conn, "\r\n")
	if _, err := conn.Write(data); err != nil {
		s.t.Fatal(err)
	}
	conn.(*net.TCPConn).CloseWrite()
	_, _ = conn.Read(make([]byte, 1))
	conn.Close()
}

func TestPartsThatAreCutOff(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	data := jpegOf(t, 400, 300)
	address := s.begin(len(data))
	s.cutOff(address, 0, len(data), data[:5000])
	s.wantOffset(address, 5000)
	// What a checksum stands for counts as a whole.
	s.cutOff(address, 5000, len(data)-5000, data[5000:6000], "Upload-Checksum", sum(data[5000:]))
	s.wantOffset(address, 5000)
	last := s.part(address, 5000, data[5000:])
	if last.StatusCode != 200 || s.do("GET", text(last.image(t), "url"), nil).body != string(data) {
		t.Errorf("the rest: %d %s", last.StatusCode, last.body)
	}
}

// A crash may come after the item is made and before the upload is noted as done.
func TestAnUploadBecomesOneItem(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	data := jpegOf(t, 40, 30)
	for _, cut := range []struct {
		name string
		back func(record map[string]any, item string)
		same bool
	}{
		{"before the item", func(r map[string]any, _ string) { r["staged"] = "Zz99999" }, false},
		{"after the item", func(r map[string]any, item string) { r["staged"] = item }, true},
	} {
		t.Run(cut.name, func(t *testing.T) {
			address := s.begin(len(data))
			before := s.part(address, 0, data).image(t)
			id := address[strings.LastIndexByte(address, '/')+1:]
			name := filepath.Join(p.dir, id+".json")
			record := make(map[string]any)
			written, err := os.ReadFile(name)
			if err == nil {
				err = json.Unmarshal(written, &record)
			}
			if err != nil {
				t.Fatal(err)
			}
			delete(record, "item")
			cut.back(record, text(before, "id_encoded"))
			written, _ = json.Marshal(record)
			if err := os.WriteFile(name, written, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(p.dir, id+".part"), data, 0o600); err != nil {
				t.Fatal(err)
			}
			// A client that saw no answer asks how much is there.
			s.wantOffset(address, len(data))
			after := s.tus("GET", address, nil).image(t)
			if same := text(before, "id_encoded") == text(after, "id_encoded"); same != cut.same {
				t.Errorf("the item is the same: %t, want %t", same, cut.same)
			}
			if _, err := os.Stat(filepath.Join(p.dir, id+".part")); err == nil {
				t.Error("the bytes stay")
			}
			s.tus("DELETE", address, nil)
		})
	}
}

func TestPagesSendParts(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	data := jpegOf(t, 40, 30)
	bob := s.signIn(s.bobKey)
	page := []string{"X-API-Key", "", "Cookie", bob.cookie, "Sec-Fetch-Site", "same-origin"}
	elsewhere := []string{"X-API-Key", "", "Cookie", bob.cookie, "Sec-Fetch-Site", "cross-site"}
	if a := s.tus("POST", "/files/", nil, append(elsewhere, "Upload-Length", "10")...); a.StatusCode != 400 {
		t.Errorf("a page of another site begins an upload: %d", a.StatusCode)
	}
	address := s.begin(len(data), page...)
	for _, method := range []string{"PATCH", "DELETE"} {
		if a := s.tus(method, address, nil, append(elsewhere, "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream")...); a.StatusCode != 400 {
			t.Errorf("a page of another site sends %s: %d", method, a.StatusCode)
		}
	}
	if a := s.tus("HEAD", address, nil, page...); a.StatusCode != 200 {
		t.Errorf("HEAD: %d", a.StatusCode)
	}
	if a := s.part(address, 0, data, page...); a.StatusCode != 200 {
		t.Errorf("PATCH: %d %s", a.StatusCode, a.body)
	}
	if a := s.tus("GET", address, nil, page...); a.StatusCode != http.StatusOK {
		t.Errorf("GET: %d", a.StatusCode)
	}
}

func TestGuestsSendParts(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t), func(s *settings) { s.guests = true })
	data := jpegOf(t, 40, 30)
	nobody := []string{"X-API-Key", ""}
	if a := s.tus("POST", "/files/", nil, append(nobody, "Upload-Length", "1000001")...); a.StatusCode != 413 {
		t.Errorf("more than a guest may send: %d", a.StatusCode)
	}
	address := s.begin(len(data), nobody...)
	if a := s.part(address, 0, data, nobody...); a.StatusCode != 200 {
		t.Errorf("PATCH: %d %s", a.StatusCode, a.body)
	}
	if a := s.tus("GET", address, nil, nobody...); a.StatusCode != 200 {
		t.Errorf("GET: %d %s", a.StatusCode, a.body)
	}
}

func TestPartsBelowAPath(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t), func(s *settings) { s.BaseURL = "https://img.example/below" })
	a := s.tus("POST", "/below/files/", nil, "Upload-Length", "10")
	location, ok := strings.CutPrefix(a.Header.Get("Location"), "https://img.example")
	if !ok || !strings.HasPrefix(location, "/below/files/") {
		t.Fatalf("%d, Location %q", a.StatusCode, a.Header.Get("Location"))
	}
	s.wantOffset(location, 0)
}

// The URL of a guest's upload tells the delete link of its item to whoever knows it.
func TestTheLogHoldsNoWayToADeleteLink(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t), func(s *settings) { s.guests = true })
	data, nobody := jpegOf(t, 40, 30), []string{"X-API-Key", ""}
	address := s.begin(len(data), nobody...)
	_, id, _ := strings.Cut(address, "/files/")
	_, token, _ := strings.Cut(text(s.part(address, 0, data, nobody...).image(t), "delete_url"), "/delete/")
	if len(id) != 26 || token == "" {
		t.Fatalf("ID %q, token %q", id, token)
	}
	for _, path := range []string{"/files/" + id, "/files/" + id + "/", "//files//" + id, "/Files/" + id, "/tag/" + id, "/images/files/" + id + ".json"} {
		s.tus("GET", path, nil, nobody...)
	}
	if err := os.WriteFile(filepath.Join(p.dir, id+".json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := s.tus("GET", address, nil, nobody...); a.StatusCode != 500 {
		t.Errorf("a damaged record: %d", a.StatusCode)
	}
	s.do("GET", "/invitation/not-even-a-token", nil)
	log := s.log.String()
	for _, secret := range []string{id, token, "not-even-a-token"} {
		if before, after, found := strings.Cut(log, secret); found {
			t.Errorf("the log holds %s: %s", secret, before[strings.LastIndexByte(before, '\n')+1:]+secret+after[:20])
		}
	}
	for _, line := range []string{"path=/files/... ", "path=/invitation/... ", "the record is damaged"} {
		if !strings.Contains(log, line) {
			t.Errorf("the log has no %q", line)
		}
	}
}

// A wrong parameter is refused before the first byte, with the words of the upload API.
func TestWrongParametersOfParts(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t), func(s *settings) { s.guests = true })
	album, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.bob}, "Bob's")
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for i := range media.MaxTags + 1 {
		tags = append(tags, strconv.Itoa(i+1))
	}
	for name, test := range map[string]struct{ key, field, value string }{
		"another's album":     {s.key, "album_id", album.Slug},
		"no album":            {s.key, "album_id", "nothing"},
		"a guest's album":     {"", "album_id", album.Slug},
		"no time":             {s.key, "expiration", "soon"},
		"a time that is over": {s.key, "expiration", "2001-02-03 04:05:06"},
		"no category":         {s.key, "category_id", "99"},
		"no number of one":    {s.key, "category_id", "x"},
		"too many tags":       {s.key, "tags", strings.Join(tags, ",")},
		"no visibility":       {s.key, "visibility", "secret"},
		"a guest's own":       {"", "visibility", "private"},
		"a long description":  {s.key, "description", strings.Repeat("d", media.MaxDescription+1)},
	} {
		t.Run(name, func(t *testing.T) {
			body, form := multipartBody(t, "small.jpg", jpegOf(t, 4, 3), test.field, test.value)
			whole := s.do("POST", "/api/1/upload", body, "Content-Type", form, "X-API-Key", test.key)
			a := s.tus("POST", "/files/", nil, "Upload-Length", "10", "X-API-Key", test.key, "Upload-Metadata", meta(test.field, test.value))
			_, want := whole.fault(t)
			if _, got := a.fault(t); whole.StatusCode != 400 || a.StatusCode != 400 || got != want {
				t.Errorf("%d %q, want 400 %q as %d", a.StatusCode, got, want, whole.StatusCode)
			}
		})
	}
	if names := p.left(t); len(names) != 0 {
		t.Errorf("there stay %v", names)
	}
}

// TestABanReachesPartsOfAnUpload bans a user's address between two parts, and while the last
// one is sent.
func TestABanReachesPartsOfAnUpload(t *testing.T) {
	t.Parallel()
	var p parts
	s := newSite(t, p.takeParts(t))
	admin := s.signIn(s.key)
	ban := func(do string) {
		t.Helper()
		admin.submit("/admin/bans", "/admin/bans?saved=1", pairs("do", do, "what", "127.0.0.1"))
	}
	data, bob := jpegOf(t, 400, 300), []string{"X-API-Key", s.bobKey}
	address := s.begin(len(data), bob...)
	if a := s.part(address, 0, data[:1000], bob...); a.StatusCode != 204 {
		t.Fatalf("a part before the ban: %d", a.StatusCode)
	}
	ban("add")
	const refused = "Uploads from your address are not allowed"
	s.wantRefused(s.part(address, 1000, data[1000:], bob...), 403, 403, refused)
	ban("remove")

	read, write := io.Pipe()
	answers := make(chan answer)
	go func() {
		answers <- s.do("PATCH", address, read, "Tus-Resumable", "1.0.0", "X-API-Key", s.bobKey,
			"Upload-Offset", "1000", "Content-Type", "application/offset+octet-stream")
	}()
	if _, err := write.Write(data[1000:5000]); err != nil {
		t.Fatal(err)
	}
	bytes := filepath.Join(p.dir, address[strings.LastIndexByte(address, '/')+1:]+".part")
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(bytes); err == nil && info.Size() > 1000 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the part does not arrive")
		}
	}
	ban("add")
	_, err := write.Write(data[5000:])
	if err = errors.Join(err, write.Close()); err != nil {
		t.Fatal(err)
	}
	s.wantRefused(<-answers, 403, 403, refused)
	if n, err := s.db.CountFound(t.Context(), media.ItemSearch{Now: time.Now()}); err != nil || n != 0 || len(p.left(t)) != 0 {
		t.Errorf("%d items, %v, and there stay %v", n, err, p.left(t))
	}
}
