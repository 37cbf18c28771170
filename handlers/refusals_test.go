package handlers_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// linesOf are the lines of the log that hold a text.
func (s *site) linesOf(text string) (lines []string) {
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, text) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestAMissingFolderIsOurFault(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".stage", "."} {
		s := newSite(t, func(set *settings) { set.imgpile = true })
		if err := os.RemoveAll(filepath.Join(s.dir, folder)); err != nil {
			t.Fatal(err)
		}
		form, formType := multipartBody(t, "a.jpg", input(t, "small.jpg"))
		named := strings.Replace(form.String(), `name="source"`, `name="file"`, 1)
		for name, a := range map[string]answer{
			"Chevereto's API": s.upload("a.jpg", input(t, "small.jpg")),
			"imgpile's API":   s.do("POST", "/api/v1/media", strings.NewReader(named), "Content-Type", formType, "Authorization", "Bearer "+s.key),
			"the page":        s.submit([]part{{"key", "", s.key}, {"source", "a.jpg", string(input(t, "small.jpg"))}}),
		} {
			if a.StatusCode != 500 || strings.Contains(a.body, "no such file") {
				t.Errorf("%s without %s: %d %.200s", name, folder, a.StatusCode, a.body)
			}
		}
		if got := s.linesOf("no such file"); len(got) != 3 || !strings.Contains(got[0], "level=ERROR") {
			t.Errorf("without %s the log says %q", folder, got)
		}
	}
}

func TestALostFileIsOurFault(t *testing.T) {
	t.Parallel()
	needDisk(t)
	s := newSite(t)
	url := text(s.upload("a.jpg", input(t, "small.jpg")).image(t), "url")
	if err := os.RemoveAll(filepath.Join(s.dir, "images")); err != nil {
		t.Fatal(err)
	}
	if a := s.do("GET", url, nil); a.StatusCode != 500 {
		t.Errorf("a lost file: %d", a.StatusCode)
	}
	if got := s.linesOf("no such file"); len(got) != 1 || !strings.Contains(got[0], "level=ERROR") {
		t.Errorf("the log says %q", got)
	}
	if a := s.do("GET", "/images/never.jpg", nil); a.StatusCode != 404 {
		t.Errorf("a file that never was: %d", a.StatusCode)
	}
}

func TestRefusalsAreLoggedOnceWithWhoAndWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	image := s.upload("a.jpg", input(t, "small.jpg")).image(t)
	item := text(image, "id_encoded")
	bearer := []string{"Authorization", "Bearer " + s.bobKey, "Content-Type", "application/json"}
	tests := []struct {
		name   string
		ask    func() answer
		status int
		line   string
	}{
		{"a damaged file", func() answer { return s.upload("a.jpg", input(t, "small.jpg")[:100]) }, 400, `level=INFO .*user=admin key=\d+ status=400 error=`},
		{"a wrong key", func() answer { return s.post("chv_wrong") }, 400, `level=INFO .*status=400 error="invalid key"`},
		{"a field that is missing", func() answer {
			return s.do("POST", "/api/v1/posts", strings.NewReader(`{"title":"`+strings.Repeat("x", 1000)+`"}`), bearer...)
		}, 422, `level=INFO .*user=bob key=\d+ status=422 error="invalid fields media_ids`},
		{"another's item", func() answer {
			return s.do("PATCH", "/api/v1/media/"+item, strings.NewReader(`{"title":"x"}`), bearer...)
		}, 403, `level=INFO .*user=bob key=\d+ item=` + item + ` status=403`},
		{"one file of two", func() answer {
			return s.submit([]part{{"key", "", s.bobKey}, {"source", "a.jpg", string(input(t, "small.jpg"))}, {"source", "b.txt", "plain text"}})
		}, 200, `level=INFO .*user=bob key=\d+ status=400`},
		{"a key that does not sign in", func() answer {
			return s.do("POST", "/sign-in", strings.NewReader("key=wrong"), "Content-Type", "application/x-www-form-urlencoded", "Origin", s.URL)
		}, 400, `level=INFO .*status=400 error="invalid key"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(s.linesOf(`msg="request refused"`))
			a := test.ask()
			lines := s.linesOf(`msg="request refused"`)[before:]
			if a.StatusCode != test.status || len(lines) != 1 || !regexp.MustCompile(test.line).MatchString(lines[0]) {
				t.Errorf("%s: %d %.200s, logged as %q, want %s", test.name, a.StatusCode, a.body, lines, test.line)
			}
		})
	}
	if got := s.linesOf("level=ERROR"); len(got) != 0 {
		t.Errorf("refusals are errors: %q", got)
	}
}
