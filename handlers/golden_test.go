package handlers_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The full answers, key by key. Ids, tokens and the sizes of derived files,
// which change with the encoder, are written as words.
func TestGoldenAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *settings) { s.BaseURL = "https://img.example" })
	s.now = time.Date(2026, 11, 20, 23, 42, 7, 0, time.UTC)
	tests := []struct {
		golden, input string
		fields        []string
	}{
		{"image_without_medium", "small.jpg", nil},
		{"image_with_medium", "photo.jpg", nil},
		{"image_with_all_parameters", "alpha.png", []string{
			"title", `A <b>title</b> & "more" than 28 characters`, "description", "Räksmörgås\n2", "tags", "red, blue sky",
			"nsfw", "1", "expiration", "P1M",
		}},
		{"image_animated", "anim_small.gif", nil},
		{"video", "v.mp4", nil},
		{"imgbb", "s320.jpg", []string{"image", "1", "name", "Badger", "expiration", "600"}},
	}
	for _, test := range tests {
		t.Run(test.golden, func(t *testing.T) {
			a := s.upload(test.input, input(t, test.input), test.fields...)
			if got, want := a.StatusCode, 200; got != want {
				t.Fatalf("status = %d, want %d: %s", got, want, a.body)
			}
			if got, want := a.Header.Get("Content-Type"), "application/json; charset=UTF-8"; got != want {
				t.Errorf("Content-Type = %q, want %q", got, want)
			}
			compareGolden(t, test.golden+".json", settled(t, a.body))
		})
	}
}

// In the text form the answer is the URL, in the redirect form the path of the
// viewer.
func TestGoldenFormats(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *settings) { s.BaseURL = "https://img.example" })
	s.now = time.Date(2026, 11, 20, 23, 42, 7, 0, time.UTC)
	a := s.upload("a.jpg", input(t, "small.jpg"), "format", "txt")
	if got, want := a.body, "https://img.example/images/2026/11/20/a.jpg"; a.StatusCode != 200 || got != want {
		t.Errorf("txt = %d %q, want 200 %q", a.StatusCode, got, want)
	}
	a = s.upload("b.jpg", input(t, "small.jpg"), "format", "redirect", "title", "My pic")
	got, want := a.Header.Get("Location"), regexp.MustCompile(`^/image/My-pic\.[0-9A-Za-z]{7}$`)
	if a.StatusCode != 302 || !want.MatchString(got) || a.body != "" {
		t.Errorf("redirect = %d to %q with body %q, want 302 to %s", a.StatusCode, got, a.body, want)
	}
}

var (
	derivedTotal = regexp.MustCompile(`("(?:thumb|medium|frame)_size": )[1-9]\d*`)
	derivedSize  = regexp.MustCompile(`(\.(?:th|md|fr)\.[a-z]+",\n\s*"size": )[1-9]\d*`)
	deleteToken  = regexp.MustCompile(`/delete/[0-9a-f]{48}"`)
)

// settled indents an answer and writes what is random in it as words.
func settled(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`"id_encoded":"([0-9A-Za-z]{7})"`).FindStringSubmatch(body)
	if id == nil {
		t.Fatalf("no id in %s", body)
	}
	text := strings.ReplaceAll(b.String(), id[1], "ID")
	text = derivedTotal.ReplaceAllString(text, "${1}SIZE")
	text = derivedSize.ReplaceAllString(text, "${1}SIZE")
	return deleteToken.ReplaceAllString(text, `/delete/TOKEN"`) + "\n"
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata/golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Errorf("%s:%d:\n got %s\nwant %s", path, i+1, gotLines[i], wantLines[i])
		}
	}
	if len(gotLines) != len(wantLines) {
		t.Errorf("%s: %d lines, want %d", path, len(gotLines), len(wantLines))
	}
}
