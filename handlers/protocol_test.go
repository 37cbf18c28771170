package handlers_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestRangesThatAreNotOfBytesAreIgnored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	image := s.mustUpload("v.mp4", "v.mp4")
	data := string(input(t, "v.mp4"))
	static := s.do("GET", "/static/postern.css", nil).body
	for value, want := range map[string]string{
		"items=0-5": "", "seconds=1-2": "", "bytes=5-1": "", "bytes": "", "bytes=": "", "bytes=a-b": "", "bytes=-": "", "bytes=0-9;x": "",
		"bytes=0-5,9-2": "", "bytes=-0": "", "bytes=+0-5": "", "bytes=1-2-3": "", "=0-5": "", "none": "",
		"Bytes=0-9": "x", "BYTES=0-9": "x", "bytes=0-9": "x", "bytes= 0-9": "x", "bytes=,0-9": "x",
	} {
		for path, whole := range map[string]string{text(image, "url"): data, "/static/postern.css": static} {
			status, body := 200, whole
			if want != "" {
				status, body = 206, whole[:10]
			}
			if a := s.do("GET", path, nil, "Range", value); a.StatusCode != status || a.body != body {
				t.Errorf("Range: %s of %s: %d, %d bytes, want %d", value, path, a.StatusCode, len(a.body), status)
			}
		}
	}
}

func TestHeadIsAnsweredAsGetAndOtherMethodsAre405(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	image := s.mustUpload("small.jpg", "small.jpg")
	slug := text(image, "id_encoded")
	tests := []struct{ path, allow string }{
		{"/api/v1/media", "GET, HEAD, POST, OPTIONS"},
		{"/api/v1/media/" + slug, "DELETE, GET, HEAD, PATCH, OPTIONS"},
		{"/api/v1/posts", "GET, HEAD, POST, OPTIONS"},
		{"/api/v1/users/admin/posts", "GET, HEAD, OPTIONS"},
		{"/api/v1/users/admin/follow", "DELETE, POST, OPTIONS"},
		{"/api/v1/comments/1", "DELETE, OPTIONS"},
		{"/api/v1/posts/1/upvote", "POST, OPTIONS"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			allowed := strings.Split(test.allow, ", ")
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"} {
				a := s.do(method, test.path, nil, "Authorization", "Bearer "+s.key)
				if slices.Contains(allowed, method) {
					if a.StatusCode == 405 {
						t.Errorf("%s %s: 405", method, test.path)
					}
					continue
				}
				if a.StatusCode != 405 || a.Header.Get("Allow") != test.allow || method != "HEAD" && !strings.Contains(a.body, `"message"`) {
					t.Errorf("%s %s: %d, Allow %q %s, want 405, %q", method, test.path, a.StatusCode, a.Header.Get("Allow"), a.body, test.allow)
				}
				if method == "DELETE" {
					break // what follows would find nothing
				}
			}
			get, head := s.do("GET", test.path, nil), s.do("HEAD", test.path, nil)
			if slices.Contains(allowed, "GET") && (head.StatusCode != get.StatusCode || head.body != "" ||
				head.Header.Get("Content-Type") != get.Header.Get("Content-Type") || head.Header.Get("Content-Length") != get.Header.Get("Content-Length")) {
				t.Errorf("HEAD %s: %d %v, GET: %d %v", test.path, head.StatusCode, head.Header, get.StatusCode, get.Header)
			}
		})
	}
	if a := s.do("PUT", strings.TrimPrefix(text(image, "delete_url"), s.URL), nil); a.StatusCode != 404 && a.Header.Get("Allow") == "" {
		t.Errorf("PUT of a delete URL: %d without Allow", a.StatusCode)
	}
}

func TestPreflightsNameTheMethodsOfTheirPath(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	for path, want := range map[string]string{
		"/api/v1/media": "GET, HEAD, POST, OPTIONS", "/api/v1/media/abcdefg": "DELETE, GET, HEAD, PATCH, OPTIONS",
		"/api/v1/posts/x": "DELETE, GET, HEAD, PATCH, OPTIONS", "/api/v1/comments/9": "DELETE, OPTIONS",
		"/api/v1/users/bob/follow": "DELETE, POST, OPTIONS", "/api/1/upload": "GET, HEAD, POST, OPTIONS",
		"/1/upload": "GET, HEAD, POST, OPTIONS", "/api/openapi.json": "GET, HEAD, OPTIONS",
	} {
		a := s.do("OPTIONS", path, nil, "Origin", "https://a.example", "Access-Control-Request-Method", "DELETE",
			"Access-Control-Request-Headers", "authorization,x-mine")
		h := a.Header
		if a.StatusCode != 204 || h.Get("Access-Control-Allow-Methods") != want || h.Get("Allow") != want ||
			h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "x-mine") {
			t.Errorf("%s: %d %v, want %s", path, a.StatusCode, h, want)
		}
	}
}

func TestPatchReadsForms(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	slug := text(s.mustUpload("small.jpg", "small.jpg"), "id_encoded")
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	for name, value := range map[string]string{"title": "of parts", "description": "a&b=c"} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	for _, test := range []struct{ kind, body, title, description string }{
		{"application/x-www-form-urlencoded", "title=of+pairs&description=a%26b%3Dc", "of pairs", "a&b=c"},
		{w.FormDataContentType(), parts.String(), "of parts", "a&b=c"},
		{"application/json", `{"title":"of JSON","description":"a&b=c"}`, "of JSON", "a&b=c"},
	} {
		t.Run(test.kind, func(t *testing.T) {
			a := s.do("PATCH", "/api/v1/media/"+slug, strings.NewReader(test.body), "Content-Type", test.kind, "Authorization", "Bearer "+s.key)
			got := s.do("GET", "/api/v1/media/"+slug, nil, "Authorization", "Bearer "+s.key).body
			if a.StatusCode != 200 || !strings.Contains(got, fmt.Sprintf(`"title":%q,"description":%q`, test.title, test.description)) {
				t.Errorf("%s: %d %s, then %s", test.kind, a.StatusCode, a.body, got)
			}
		})
	}
}

func TestFileNamesInCodePagesAreRepaired(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	for raw, title := range map[string]string{
		"Gr\xfc\xdfe.png": "Grüße", "\x8e\xca\x90^.png": "写真", "\xf4\xee\xf2\xee.png": "фото", "\xd5\xd5\xc6\xac.png": "照片", "\xff\xfe\xfd.png": "",
	} {
		for _, path := range []string{"/api/1/upload", "/api/v1/media"} {
			field := map[string]string{"/api/1/upload": "source", "/api/v1/media": "file"}[path]
			body := "--B\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + raw + "\"\r\n\r\n" + string(input(t, "one.png")) + "\r\n--B--\r\n"
			a := s.do("POST", path, strings.NewReader(body), "Content-Type", "multipart/form-data; boundary=B", "Authorization", "Bearer "+s.key)
			if a.StatusCode >= 300 || strings.Contains(a.body, "\ufffd") {
				t.Errorf("%s, %q: %d %.200s", path, raw, a.StatusCode, a.body)
			}
			if path == "/api/1/upload" && title != "" && a.StatusCode == http.StatusOK && text(a.image(t), "title") != title {
				t.Errorf("%q: title %q, want %q", raw, text(a.image(t), "title"), title)
			}
		}
	}
}
