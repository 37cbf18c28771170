package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestLaravelHabits(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	_, _ = s.addUser("Zoë B", false)
	media := s.mustUpload("small.jpg", "small.jpg")
	slug := text(media, "id_encoded")
	call := func(method, path, kind, body string) answer {
		t.Helper()
		return s.do(method, "/api/v1"+path, strings.NewReader(body), "Content-Type", kind, "Authorization", "Bearer "+s.key)
	}
	const jsonKind, formKind = "application/json", "application/x-www-form-urlencoded"
	tests := []struct {
		what, method, path, kind, body string
		status                         int
		says                           string
	}{
		{"a post by [0]", "POST", "/posts", formKind, "media_ids[0]=1", 201, `"slug"`},
		{"two values of one key", "POST", "/posts", formKind, "media_ids[0]=999&media_ids[0]=1&media_ids[7]=", 422, "media_ids.1"},
		{"text trimmed", "PATCH", "/media/" + slug, jsonKind, `{"title":"  a \u200b\n","description":"\ufeff\t"}`, 200, "updated"},
		{"text behind JSON", "PATCH", "/media/" + slug, jsonKind, `{"title":"b"} x`, 400, "JSON"},
		{"a second object", "PATCH", "/media/" + slug, jsonKind, `{"title":"b"}{"title":"c"}`, 400, "JSON"},
		{"white space behind JSON", "PATCH", "/media/" + slug, jsonKind, "{\"title\":\"a\"}\r\n \t", 200, "updated"},
		{"JSON of another name", "PATCH", "/media/" + slug, "application/vnd.api+json; charset=utf-8", `{"title":"a"}`, 200, "updated"},
		{"JSON above the limit", "PATCH", "/media/" + slug, jsonKind, `{"title":"` + strings.Repeat("a", 70_000) + `"}`, 413, "64 kilobytes"},
		{"white space above the limit", "PATCH", "/media/" + slug, jsonKind, `{"title":"a"}` + strings.Repeat(" ", 70_000), 413, "64 kilobytes"},
		{"a form above the limit", "PATCH", "/media/" + slug, formKind, "title=" + strings.Repeat("a", 70_000), 413, "64 kilobytes"},
		{"an empty comment", "POST", "/posts/1/comments", jsonKind, `{"content":" \n "}`, 422, "The content field is required."},
		{"no parent", "POST", "/posts/1/comments", jsonKind, `{"content":" x ","parent_id":""}`, 201, `"content":"x"`},
		{"an empty list", "POST", "/posts", jsonKind, `{"media_ids":""}`, 422, "required"},
		{"a null in a list", "POST", "/posts", jsonKind, `{"media_ids":[""]}`, 422, "must be an integer"},
		{"a slash at the end", "GET", "/posts/", "", "", 200, `"data"`},
		{"two of them", "GET", "/media//", "", "", 200, `"data"`},
		{"behind a parameter", "GET", "/media/" + slug + "/", "", "", 200, slug},
		{"a name encoded", "GET", "/users/Zo%C3%AB%20B/posts", "", "", 200, `"data"`},
		{"in small letters", "GET", "/users/Zo%c3%ab%20B/posts", "", "", 200, `"data"`},
		{"beyond need", "GET", "/users/%61dmin/media", "", "", 200, `"data"`},
		{"a filter with spaces", "GET", "/media?username=%20admin%20&tag=%20", "", "", 200, `"total":`},
		{"unfollowing nobody one follows", "DELETE", "/users/bob/follow", "", "", 200, "User unfollowed."},
		{"unfollowing who is not there", "DELETE", "/users/nobody/follow", "", "", 404, "Not found."},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			a := call(test.method, test.path, test.kind, test.body)
			if a.StatusCode != test.status || !strings.Contains(a.body, test.says) {
				t.Errorf("%s: %d %.200s, want %d, %s", test.what, a.StatusCode, a.body, test.status, test.says)
			}
		})
	}
	if got := call("GET", "/media/"+slug, "", "").body; !strings.Contains(got, `"title":"a","description":null`) {
		t.Errorf("trimmed texts: %s", got)
	}
	if a := s.do("GET", "/u/Zo%c3%ab%20B", nil); a.StatusCode != 200 {
		t.Errorf("a page of a name encoded beyond need: %d", a.StatusCode)
	}
	var form strings.Builder
	form.WriteString("--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n x \r\n--B--\r\n")
	if a := call("PATCH", "/media/"+slug, "multipart/form-data; boundary=B", form.String()); a.StatusCode != http.StatusOK {
		t.Errorf("a form of parts: %d %s", a.StatusCode, a.body)
	}
}

func TestHeadersTellTheTightestLimit(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.imgpile, set.guests, set.GuestDaily, set.Duplicates = true, true, 2, "reuse"
		set.Rates.User.PerMinute, set.Rates.Address.PerMinute, set.Rates.Token.PerMinute = 9, 1200, 120
		set.Rates.Guest.PerMinute, set.Rates.Public.PerMinute, set.Imgpile.MaxDaily = 30, 6, 3
	})
	limits := func(what string, a answer, status int, want string) {
		t.Helper()
		h := a.Header
		if got := h.Get("X-RateLimit-Limit") + " " + h.Get("X-RateLimit-Remaining"); a.StatusCode != status || got != want {
			t.Errorf("%s: %d %s, want %d %s; %.200s", what, a.StatusCode, got, status, want, a.body)
		}
	}
	upload := func(path, field, key string, seed string) answer {
		body := fmt.Sprintf("--B\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"a.jpg\"\r\n\r\n%s\r\n--B--\r\n", field, seed)
		headers := []string{"Content-Type", "multipart/form-data; boundary=B"}
		if key != "" {
			headers = append(headers, "Authorization", "Bearer "+key)
		}
		return s.do("POST", path, strings.NewReader(body), headers...)
	}
	picture := string(input(t, "small.jpg"))
	limits("by a user's key", upload("/api/1/upload", "source", s.key, picture), 200, "9 8")
	if a := s.do("GET", "/api/1", nil); a.Header.Get("X-RateLimit-Limit") != "1200" {
		t.Errorf("nothing wanted: %v", a.Header)
	}
	limits("no file", s.do("POST", "/api/1/upload", nil, "X-API-Key", s.key), 400, "9 7")
	limits("by a token", upload("/api/v1/media", "file", s.bobKey, picture+"1"), 201, "3 2")
	limits("refused", upload("/api/v1/media", "file", s.bobKey, "text"), 422, "3 2")
	limits("by a token", upload("/api/v1/media", "file", s.bobKey, picture+"2"), 201, "3 1")
	limits("by a token", upload("/api/v1/media", "file", s.bobKey, picture+"3"), 201, "3 0")
	a := upload("/api/v1/media", "file", s.bobKey, picture+"4")
	limits("the day is over", a, 429, "3 0")
	if a.Header.Get("Retry-After") == "" || a.Header.Get("X-RateLimit-Reset") == "" {
		t.Errorf("the day is over: %v", a.Header)
	}
	limits("a guest", upload("/api/1/upload", "source", "", picture+"g1"), 200, "2 1")
	limits("a guest", upload("/api/1/upload", "source", "", picture+"g2"), 200, "2 0")
	limits("a guest's day is over", upload("/api/1/upload", "source", "", picture+"g3"), 429, "2 0")
	limits("a list", s.do("GET", "/api/v1/media", nil), 200, "6 5")
	limits("nothing there", s.do("GET", "/api/v1/nothing", nil), 404, "6 4")
	limits("another method", s.do("PUT", "/api/v1/media", nil), 405, "6 3")
}
