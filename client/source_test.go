package client_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postern/client"
)

// tree makes empty files, and returns their folder.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestExpand(t *testing.T) {
	dir := tree(t, "a.jpg", "b.PNG", "notes.txt", ".hidden.jpg", "deep/er/c.mp4", ".git/d.jpg", "[x].jpg")
	tests := []struct {
		name, word string
		want       []string // below dir, or whole
	}{
		{"a file whatever its name", "notes.txt", []string{"notes.txt"}},
		{"a folder's images and videos", "", []string{"[x].jpg", "a.jpg", "b.PNG", "deep/er/c.mp4"}},
		{"a pattern that no shell has read", "*.jpg", []string{".hidden.jpg", "[x].jpg", "a.jpg"}},
		{"a name that looks like a pattern", "[x].jpg", []string{"[x].jpg"}},
		{"a pattern of folders", "d*", []string{"deep/er/c.mp4"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sources, err := client.Expand(filepath.Join(dir, test.word))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range sources {
				rel, _ := filepath.Rel(dir, s.Path)
				got = append(got, filepath.ToSlash(rel))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got, err := client.Expand("https://example.org/a b"); err == nil {
		t.Errorf("a URL with a space: %v", got)
	}
	if got, err := client.Expand("HTTPS://example.org/a.png"); err != nil || got[0].URL != "HTTPS://example.org/a.png" {
		t.Errorf("a URL: %v, %v", got, err)
	}
	for word, want := range map[string]string{
		filepath.Join(dir, "none.jpg"): "no such file", filepath.Join(dir, "none*"): "no file matches", t.TempDir(): "no images",
		os.DevNull: "not a regular file",
	} {
		if got, err := client.Expand(word); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", word, got, err, want)
		}
	}
}

func TestFromReader(t *testing.T) {
	tests := []struct {
		name, input string
		urls        []string // nil for a file
	}{
		{"URLs", "https://a.example/1.png\r\n\n# two\nhttp://a.example/2.png", []string{"https://a.example/1.png", "http://a.example/2.png"}},
		{"a text with a URL", "see https://a.example/1.png", nil},
		{"bytes", "\xff\xd8\xffhttps://a.example/1.png", nil},
		{"a file above the look ahead", "http://a.example/\n" + strings.Repeat("\n", 2<<20), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := client.FromReader(strings.NewReader(test.input), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if test.urls == nil {
				if data, err := os.ReadFile(got[0].Path); err != nil || string(data) != test.input {
					t.Errorf("a file of %d bytes, %v; want %d", len(data), err, len(test.input))
				}
				return
			}
			var urls []string
			for _, s := range got {
				urls = append(urls, s.URL)
			}
			if !slices.Equal(urls, test.urls) {
				t.Errorf("got %q, want %q", urls, test.urls)
			}
		})
	}
	if _, err := client.FromReader(strings.NewReader(""), t.TempDir()); err == nil {
		t.Error("an empty input is no error")
	}
	got, err := client.FromReader(strings.NewReader("\x89PNG\r\n\x1a\n"), t.TempDir())
	if err != nil || got[0].String() != "stdin.png" {
		t.Errorf("a PNG is named %v, %v", got, err)
	}
}

func TestEndpoint(t *testing.T) {
	for server, want := range map[string]string{
		"https://img.example.org":                "https://img.example.org/api/1/upload",
		"img.example.org/":                       "https://img.example.org/api/1/upload",
		"http://h:8080/path/":                    "http://h:8080/path/api/1/upload",
		"https://img.example.org/api/1/upload/":  "https://img.example.org/api/1/upload",
		"https://img.example.org/1/upload?key=x": "https://img.example.org/1/upload",
	} {
		if got, err := client.Endpoint(server); got != want || err != nil {
			t.Errorf("Endpoint(%q) = %q, %v; want %q", server, got, err, want)
		}
	}
	for _, server := range []string{"", "ftp://example.org", "https://", "://"} {
		if got, err := client.Endpoint(server); err == nil {
			t.Errorf("Endpoint(%q) = %q, want an error", server, got)
		}
	}
}
