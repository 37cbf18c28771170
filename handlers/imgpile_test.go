package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/handlers/ratelimit"
	"postern/media"
	"postern/storage"
)

func withImgpile(s *settings) { s.imgpile, s.Renditions = true, true }

// publishing makes uploads public that do not say who sees them.
func publishing(s *settings) { s.Policy.Visibility = media.Public }

// v1 sends a request to the imgpile surface, as the user of a key unless that
// is empty, and returns the status and the answer.
func (s *site) v1(method, path, key, body string) (int, map[string]any) {
	s.t.Helper()
	var headers []string
	if key != "" {
		headers = append(headers, "Authorization", "Bearer "+key)
	}
	if body != "" {
		headers = append(headers, "Content-Type", "application/json")
	}
	if strings.HasPrefix(path, "/") {
		path = "/api/v1" + path
	}
	a := s.do(method, path, strings.NewReader(body), headers...)
	return a.StatusCode, s.jsonObject(a)
}

func (s *site) jsonObject(a answer) map[string]any {
	s.t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		s.t.Fatalf("answer %d %.300s: %v", a.StatusCode, a.body, err)
	}
	return v
}

// pile uploads a file to the imgpile surface.
func (s *site) pile(key, filename string, data []byte, fields ...string) (int, map[string]any) {
	s.t.Helper()
	body, contentType := multipartBody(s.t, filename, data, fields...)
	renamed := bytes.Replace(body.Bytes(), []byte(`name="source"`), []byte(`name="file"`), 1)
	a := s.do("POST", "/api/v1/media", bytes.NewReader(renamed), "Content-Type", contentType, "Authorization", "Bearer "+key)
	return a.StatusCode, s.jsonObject(a)
}

// mustPile uploads a picture and returns it.
func (s *site) mustPile(key string, width int, fields ...string) map[string]any {
	s.t.Helper()
	status, v := s.pile(key, fmt.Sprintf("w%d.jpg", width), plainJPEG(s.t, width, width/2), fields...)
	if status != http.StatusCreated {
		s.t.Fatalf("upload: got %d %v", status, v)
	}
	return v["media"].(map[string]any)
}

func plainJPEG(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height)) // with colours, so that every table is read
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// dig follows keys and indexes into an answer.
func dig(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func numberOf(v any) int64 { f, _ := v.(float64); return int64(f) }

func TestImgpileUpload(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	m := s.mustPile(s.bobKey, 1000)
	for key, want := range map[string]any{
		"filename": m["slug"], "title": nil, "description": nil, "type": "image/jpeg", "width": 1000.0, "height": 500.0,
		"moderation_status": "approved", "processed": false, "user": map[string]any{"username": "bob", "avatar": nil},
	} {
		if got := m[key]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	slug := m["slug"].(string)
	if got, want := dig(m, "urls", "original"), s.URL+"/f/"+slug+".jpg"; got != want {
		t.Errorf("got original %v, want %v", got, want)
	}
	if got := dig(m, "urls", "lg"); got != dig(m, "urls", "original") {
		t.Errorf("got lg %v, want the original, which is no larger", got)
	}
	got := s.waitProcessed(slug)
	for size, width := range map[string]int{"xs": 160, "sm": 320, "md": 640, "lg": 1000, "xl": 1000, "original": 1000} {
		a := s.do("GET", dig(got, "urls", size).(string), nil)
		c, err := jpeg.DecodeConfig(strings.NewReader(a.body))
		if err != nil || c.Width != width {
			t.Errorf("%s: got %d pixels wide, %v, want %d", size, c.Width, err, width)
		}
	}
	// The same item stands on the other surface.
	if a := s.do("GET", "/image/"+slug, nil); a.StatusCode >= 400 {
		t.Errorf("got %d for its page, want it there", a.StatusCode)
	}
}

// waitProcessed waits for the queue of renditions.
func (s *site) waitProcessed(slug string) map[string]any {
	s.t.Helper()
	for range 200 {
		_, v := s.v1("GET", "/media/"+slug, "", "")
		if m := v["data"].(map[string]any); m["processed"] == true {
			return m
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatal("the renditions are not made")
	return nil
}

func TestImgpileErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	m := s.mustPile(s.bobKey, 100)
	slug := m["slug"].(string)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(m["id"])))
	post := dig(v, "post", "slug").(string)
	for _, test := range []struct {
		what, method, path, key, body string
		status                        int
		message                       string
	}{
		{"an unknown endpoint", "GET", "/nothing", "", "", 404, "Not found."},
		{"an unknown medium", "GET", "/media/AAAAAAA", "", "", 404, "Not found."},
		{"an unknown post", "GET", "/posts/AAAAAAA", "", "", 404, "Not found."},
		{"an unknown user", "GET", "/users/nobody/posts", "", "", 404, "Not found."},
		{"a guest's upload", "POST", "/media", "", "{}", 401, "Unauthenticated."},
		{"an unknown token", "POST", "/posts", "chv_none", `{"media_ids": [1]}`, 401, "Unauthenticated."},
		{"an upload without file", "POST", "/media", s.bobKey, `{}`, 422, "The file field is required."},
		{"a stranger's edit", "PATCH", "/media/" + slug, s.key, `{"title": "x"}`, 403, "This action is unauthorized."},
		{"a stranger's deletion", "DELETE", "/media/" + slug, s.key, "", 403, "This action is unauthorized."},
		{"a title that is no text", "PATCH", "/media/" + slug, s.bobKey, `{"title": 5}`, 422, "The title field must be a string."},
		{"two faults", "PATCH", "/posts/" + post, s.bobKey, `{"title": 5, "is_nsfw": "maybe"}`, 422, "The title field must be a string. (and 1 more error)"},
		{"a long title", "PATCH", "/posts/" + post, s.bobKey, `{"title": "` + strings.Repeat("x", 256) + `"}`, 422, "The title field must not be greater than 255 characters."},
		{"an unknown visibility", "PATCH", "/posts/" + post, s.bobKey, `{"visibility": "secret"}`, 422, "The selected visibility is invalid."},
		{"an order of other media", "PATCH", "/posts/" + post, s.bobKey, `{"media_order": ["AAAAAAA"]}`, 422, "The selected media_order.0 is invalid."},
		{"a post without media", "POST", "/posts", s.bobKey, `{}`, 422, "The media ids field is required."},
		{"a post of a stranger's media", "POST", "/posts", s.key, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(m["id"])), 422, "The selected media ids is invalid."},
		{"a body that is no JSON", "POST", "/posts", s.bobKey, `{`, 400, "The body is not a JSON object."},
		{"an empty comment", "POST", "/posts/" + post + "/comments", s.bobKey, `{"content": ""}`, 422, "The content field is required."},
		{"a long comment", "POST", "/posts/" + post + "/comments", s.bobKey, `{"content": "` + strings.Repeat("é", 501) + `"}`, 422, "The content field must not be greater than 500 characters."},
		{"an answer to nothing", "POST", "/posts/" + post + "/comments", s.bobKey, `{"content": "x", "parent_id": 99}`, 422, "The selected parent id is invalid."},
		{"a guest's vote", "POST", "/posts/" + post + "/upvote", "", "", 401, "Unauthenticated."},
		{"following oneself", "POST", "/users/bob/follow", s.bobKey, "", 422, "You cannot follow yourself."},
		{"unfollowing nobody", "DELETE", "/users/nobody/follow", s.bobKey, "", 404, "Not found."},
	} {
		t.Run(test.what, func(t *testing.T) {
			status, v := s.v1(test.method, test.path, test.key, test.body)
			if status != test.status || v["message"] != test.message {
				t.Errorf("%s: got %d %v, want %d %q", test.what, status, v["message"], test.status, test.message)
			}
			if _, has := v["errors"]; has != (test.status == 422) {
				t.Errorf("%s: got errors %v", test.what, v["errors"])
			}
		})
	}
	status, v := s.pile(s.bobKey, "t.txt", []byte("text"))
	if status != 422 || dig(v, "errors", "file", 0) == nil {
		t.Errorf("a text: got %d %v, want 422 with errors of the file", status, v)
	}
}

func TestImgpilePosts(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	a, b := s.mustPile(s.bobKey, 100), s.mustPile(s.bobKey, 120)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d, %d]}`, numberOf(a["id"]), numberOf(b["id"])))
	slug := dig(v, "post", "slug").(string)
	if v["message"] != "Post created successfully" {
		t.Errorf("got %v", v)
	}
	status, v := s.v1("PATCH", "/posts/"+slug, s.bobKey, fmt.Sprintf(`{"title": "Two", "tags": ["sea"], "media_order": [%q]}`, b["slug"]))
	if status != 200 || v["message"] != "Post updated successfully" || v["visibility"] != nil {
		t.Errorf("edit: got %d %v", status, v)
	}
	_, v = s.v1("GET", "/posts/"+slug, "", "")
	if dig(v, "data", "media", 0, "slug") != b["slug"] || dig(v, "data", "media", 1, "slug") != a["slug"] || numberOf(dig(v, "data", "media_count")) != 2 {
		t.Errorf("got %v, want two media, the second first", v)
	}
	if _, shown := v["data"].(map[string]any)["visibility"]; shown {
		t.Error("got the visibility as a guest")
	}
	_, v = s.v1("GET", "/posts?tag=sea", "", "")
	if numberOf(dig(v, "meta", "total")) != 1 || dig(v, "data", 0, "first_media", "slug") != b["slug"] || dig(v, "data", 0, "media") != nil {
		t.Errorf("list: got %v", v)
	}
	for _, vote := range []struct {
		path    string
		score   int64
		message string
	}{
		{"/upvote", 1, "Post upvoted successfully"}, {"/downvote", -1, "Post downvoted successfully"},
		{"/downvote", 0, "Post downvoted successfully"}, {"/upvote", 1, "Post upvoted successfully"},
	} {
		t.Run(vote.path, func(t *testing.T) {
			_, v := s.v1("POST", "/posts/"+slug+vote.path, s.key, "")
			if numberOf(v["score"]) != vote.score || v["message"] != vote.message {
				t.Errorf("%s: got %v, want %d", vote.path, v, vote.score)
			}
		})
	}
	_, v = s.v1("GET", "/posts/"+slug, s.key, "")
	if dig(v, "data", "isUpvotedByUser") != true || dig(v, "data", "isDownvotedByUser") != false {
		t.Errorf("got %v, want it upvoted by the caller", v)
	}
	status, v = s.v1("DELETE", "/posts/"+slug, s.bobKey, "")
	if status != 200 || v["message"] != "Post deleted successfully" {
		t.Errorf("delete: got %d %v", status, v)
	}
	if status, _ := s.v1("GET", "/media/"+a["slug"].(string), "", ""); status != 200 {
		t.Errorf("got %d for a medium of a deleted post, want it to stay", status)
	}
}

func TestFollowingLinksMeetsEachOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	want := make(map[string]int)
	for range 25 {
		want[s.mustPile(s.bobKey, 40)["slug"].(string)] = 1
	}
	for _, sort := range []string{"latest", "random"} {
		got := make(map[string]int)
		next := s.URL + "/api/v1/media?limit=4&sort=" + sort
		for pages := 0; next != "" && pages < 20; pages++ {
			_, v := s.v1("GET", next, "", "")
			for i := range 4 {
				if slug, ok := dig(v, "data", i, "slug").(string); ok {
					got[slug]++
				}
			}
			if numberOf(dig(v, "meta", "total")) != 25 {
				t.Errorf("%s: got a total of %v, want 25", sort, dig(v, "meta", "total"))
			}
			s.mustPile(s.key, 41)
			next, _ = dig(v, "links", "next").(string)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want each of %d once", sort, got, len(want))
		}
		for _, slug := range s.slugsOf("admin") {
			s.v1("DELETE", "/media/"+slug, s.key, "")
		}
	}
}

func (s *site) slugsOf(user string) (slugs []string) {
	_, v := s.v1("GET", "/users/"+url.PathEscape(user)+"/media?limit=250", "", "")
	data, _ := v["data"].([]any)
	for i := range data {
		slugs = append(slugs, dig(data, i, "slug").(string))
	}
	return slugs
}

func TestImgpilePages(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	for range 3 {
		s.mustPile(s.bobKey, 40)
	}
	_, v := s.v1("GET", "/media?limit=2&page=2&username=bob", "", "")
	meta := v["meta"].(map[string]any)
	for key, want := range map[string]int64{"current_page": 2, "from": 3, "to": 3, "per_page": 2, "total": 3, "last_page": 2} {
		if got := numberOf(meta[key]); got != want {
			t.Errorf("%s: got %d, want %d", key, got, want)
		}
	}
	if dig(v, "links", "next") != nil || !strings.Contains(fmt.Sprint(dig(v, "links", "prev")), "username=bob") {
		t.Errorf("got links %v, want no next, and the filter in prev", v["links"])
	}
	_, v = s.v1("GET", "/media?limit=9999&username=nobody", "", "")
	if dig(v, "meta", "from") != nil || numberOf(dig(v, "meta", "per_page")) != 250 || !slices.Equal(v["data"].([]any), []any{}) {
		t.Errorf("an empty page: got %v", v)
	}
}

func TestImgpileFollows(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	for _, test := range []struct {
		method  string
		status  int
		message string
	}{
		{"POST", 200, "User followed."}, {"POST", 422, "You are already following this user."},
		{"DELETE", 200, "User unfollowed."}, {"DELETE", 200, "User unfollowed."}, {"POST", 200, "User followed."},
	} {
		t.Run(test.method, func(t *testing.T) {
			status, v := s.v1(test.method, "/users/admin/follow", s.bobKey, "")
			if status != test.status || v["message"] != test.message {
				t.Errorf("%s: got %d %v, want %d %q", test.method, status, v["message"], test.status, test.message)
			}
		})
	}
	_, v := s.v1("GET", "/users/admin/followers", "", "")
	_, w := s.v1("GET", "/users/bob/following", "", "")
	if dig(v, "data", 0, "username") != "bob" || dig(w, "data", 0, "username") != "admin" {
		t.Errorf("got followers %v, following %v", v, w)
	}
}

func withRates(perMinute int) func(*settings) {
	return func(s *settings) {
		limit := ratelimit.Limit{PerMinute: perMinute}
		s.Rates.Public, s.Rates.Token, s.Rates.User, s.Rates.Address = limit, limit, limit, limit
	}
}

func TestImgpileRates(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withRates(3))
	api := readOpenAPI(t)
	for _, caller := range []string{"", s.bobKey, s.key} {
		for i := range 4 {
			a := s.do("GET", "/api/v1/posts", nil, "X-API-Key", caller)
			want := map[bool]int{true: 200, false: 429}[i < 3]
			if a.StatusCode != want || a.Header.Get("X-RateLimit-Limit") != "3" || a.Header.Get("X-RateLimit-Remaining") != strconv.Itoa(max(2-i, 0)) {
				t.Errorf("request %d: got %d with %v, want %d and what is left", i+1, a.StatusCode, a.Header, want)
			}
			if want == 429 {
				api.check(t, "too many requests", "GET", "/api/v1/posts", a.StatusCode, a.body)
				if after, _ := strconv.Atoi(a.Header.Get("Retry-After")); after < 1 || after > 60 || a.Header.Get("X-RateLimit-Reset") == "" {
					t.Errorf("got Retry-After %q, X-RateLimit-Reset %q", a.Header.Get("Retry-After"), a.Header.Get("X-RateLimit-Reset"))
				}
			}
		}
	}
}

// TestDailyUploadsCountOnBothSurfaces fills a day over one, and asks the other.
func TestDailyUploadsCountOnBothSurfaces(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, func(s *settings) { s.Imgpile.MaxDaily = 2 })
	s.now = time.Date(2026, 3, 4, 23, 0, 0, 0, time.UTC)
	body, contentType := multipartBody(t, "c.jpg", plainJPEG(t, 14, 7))
	if a := s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.bobKey); a.StatusCode != http.StatusOK {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	s.mustPile(s.bobKey, 10)
	status, v := s.pile(s.bobKey, "a.jpg", plainJPEG(t, 16, 8))
	if status != http.StatusTooManyRequests || v["message"] != "Too Many Attempts." {
		t.Errorf("a third upload: got %d %v, want 429", status, v)
	}
	s.mustPile(s.key, 18)
	s.now = s.now.Add(time.Hour)
	s.mustPile(s.bobKey, 20)
}

// TestImgpileSaysWhenItCannot sends uploads to servers that have no room, no
// worker, or a fault.
func TestImgpileSaysWhenItCannot(t *testing.T) {
	t.Parallel()
	api := readOpenAPI(t)
	for _, test := range []struct {
		what   string
		change func(*settings)
		status int
	}{
		{"without room", func(s *settings) { s.store = func(d storage.Store) storage.Store { return fullStore{d} } }, 507},
		{"with a broken store", func(s *settings) { s.store = func(d storage.Store) storage.Store { return brokenStore{d} } }, brokenStatus()},
		{"without a worker", func(s *settings) { s.Workers, s.Queue = 0, 0 }, 503},
	} {
		t.Run(test.what, func(t *testing.T) {
			s := newSite(t, withImgpile, test.change)
			status, v := s.pile(s.bobKey, "a.jpg", plainJPEG(t, 16, 8))
			text, _ := json.Marshal(v)
			api.check(t, test.what, "POST", "/api/v1/media", status, string(text))
			if status != test.status {
				t.Errorf("%s: got %d %v, want %d", test.what, status, v, test.status)
			}
		})
	}
}
