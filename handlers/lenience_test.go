package handlers_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestWhiteSpaceAroundAKeyCountsForNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, key := range []string{s.key + "\n", s.key + "\r\n", " \t" + s.key + " "} {
		body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"), "key", key)
		if a := s.do("POST", "/api/1/upload", body, "Content-Type", contentType); a.StatusCode != 200 {
			t.Errorf("%q in a form: %s", key, a.body)
		}
		body, contentType = multipartBody(t, "a.jpg", input(t, "small.jpg"))
		if a := s.do("POST", "/api/1/upload?key="+url.QueryEscape(key), body, "Content-Type", contentType); a.StatusCode != 200 {
			t.Errorf("%q in the query: %s", key, a.body)
		}
		if a := s.do("POST", "/sign-in", strings.NewReader("key="+url.QueryEscape(key)), "Content-Type", "application/x-www-form-urlencoded", "Origin", s.URL); a.StatusCode != 303 {
			t.Errorf("%q signs in: %d", key, a.StatusCode)
		}
	}
	body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"), "key", "\n")
	s.wantRefused(s.do("POST", "/api/1/upload", body, "Content-Type", contentType), 400, 100, "No key provided")

	guests := newSite(t, func(set *settings) { set.guests, set.guestKey = true, "welcome" })
	if a := guests.post("welcome"); a.StatusCode != 200 {
		t.Errorf("a guest: %s", a.body)
	}
	body, contentType = multipartBody(t, "a.jpg", input(t, "small.jpg"), "key", "welcome\n")
	if a := guests.do("POST", "/api/1/upload", body, "Content-Type", contentType); a.StatusCode != 200 {
		t.Errorf("a guest with a line feed: %s", a.body)
	}
}

func TestJSONWithAByteOrderMarkIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	upload := fmt.Sprintf("\ufeff{\"key\":%q,\"source\":%q}", s.key, base64.StdEncoding.EncodeToString(input(t, "small.jpg")))
	if a := s.do("POST", "/api/1/upload", strings.NewReader(upload), "Content-Type", "application/json"); a.StatusCode != 200 {
		t.Errorf("an upload: %s", a.body)
	}
	id := text(s.upload("b.jpg", input(t, "small.jpg")).image(t), "id_encoded")
	a := s.do("PATCH", "/api/v1/media/"+id, strings.NewReader("\ufeff{\"title\":\"marked\"}"), "Content-Type", "application/json", "Authorization", "Bearer "+s.key)
	if a.StatusCode != 200 {
		t.Errorf("an edit: %d %s", a.StatusCode, a.body)
	}
	if a := s.do("GET", "/api/v1/media/"+id, nil); !strings.Contains(a.body, `"title":"marked"`) {
		t.Errorf("after the edit: %s", a.body)
	}
}

func TestACodedBodyIsRefusedInTheCallersFormat(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	const words = "Bodies with a Content-Encoding are not taken"
	for _, test := range []struct{ method, path, kind, says string }{
		{"POST", "/api/1/upload", "application/json", `"message":"` + words + `","code":415`},
		{"POST", "/api/1/upload?format=txt", "text/plain", words},
		{"POST", "/1/upload", "application/json", words},
		{"POST", "/api/v1/media", "application/json", `{"message":"` + words + `"}`},
		{"PATCH", "/api/v1/media/a", "application/json", `{"message":"` + words + `"}`},
		{"POST", "/upload", "text/html", "Content-Encoding"},
		{"POST", "/sign-in", "text/html", "Content-Encoding"},
	} {
		t.Run(test.method, func(t *testing.T) {
			for _, coding := range []string{"gzip", "br", "identity, deflate"} {
				a := s.do(test.method, test.path, strings.NewReader("\x1f\x8b"), "Content-Encoding", coding, "X-API-Key", s.key, "Origin", s.URL)
				if a.StatusCode != 415 || !strings.HasPrefix(a.Header.Get("Content-Type"), test.kind) || !strings.Contains(a.body, test.says) {
					t.Errorf("%s %s, %s: %d %s %.300s", test.method, test.path, coding, a.StatusCode, a.Header.Get("Content-Type"), a.body)
				}
			}
		})
	}
	body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"))
	if a := s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.key, "Content-Encoding", "identity"); a.StatusCode != 200 {
		t.Errorf("identity: %s", a.body)
	}
}

func TestHEADOfAnErrorHasTheHeadersOfGET(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	for _, path := range []string{"/nowhere", "/images/a.jpg", "/image/a.abcdef", "/api/1/upload", "/api/v1/media/none", "/album/none"} {
		get, head := s.do("GET", path, nil), s.do("HEAD", path, nil)
		for _, name := range []string{"Content-Type", "Content-Length"} {
			if get.StatusCode != head.StatusCode || head.Header.Get(name) == "" || head.Header.Get(name) != get.Header.Get(name) {
				t.Errorf("%s: %d %q, by GET %d %q", path, head.StatusCode, head.Header.Get(name), get.StatusCode, get.Header.Get(name))
			}
		}
	}
}
