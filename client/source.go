package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Source is one thing to upload: a file, or a URL that the server fetches.
type Source struct {
	Path string
	URL  string // "" for a file
	Name string // the file's name as the server gets it; "" for the path's own
}

// String returns the name that the user gave the source.
func (s Source) String() string {
	switch {
	case s.URL != "":
		return s.URL
	case s.Name != "":
		return s.Name
	}
	return s.Path
}

// IsURL reports whether a text is a URL that a server can fetch.
func IsURL(text string) bool {
	lower := strings.ToLower(text)
	return (strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")) && !strings.ContainsAny(text, " \t\r\n")
}

// extensions are those of files that are taken from folders. A file that is named
// by itself is sent whatever its name is.
var extensions = []string{
	".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".bmp", ".avif", ".heic", ".heif", ".jxl",
	".mp4", ".m4v", ".mov", ".qt", ".webm",
}

// IsMedia reports whether a file's name has the extension of an image or a video.
func IsMedia(name string) bool {
	return slices.Contains(extensions, strings.ToLower(filepath.Ext(name)))
}

// Expand returns the sources that a word of a command line names: a URL, a file, a
// folder, with all images and videos below it, or a pattern of filepath.Match. It leaves
// out hidden files and folders below a folder.
func Expand(word string) ([]Source, error) {
	if IsURL(word) {
		return []Source{{URL: word}}, nil
	}
	info, err := os.Stat(word)
	switch {
	case err == nil && info.IsDir():
		return folder(word)
	case err == nil && !info.Mode().IsRegular():
		// To open a pipe would wait for its other end.
		return nil, fmt.Errorf("%s is not a regular file: use - for the output of a program", word)
	case err == nil:
		return []Source{{Path: word}}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	// A shell that has found nothing, or none at all, leaves patterns to programs.
	names, globErr := filepath.Glob(word)
	if globErr == nil && len(names) == 0 && strings.ContainsAny(word, "*?[") {
		return nil, fmt.Errorf("no file matches %s", word)
	}
	if globErr != nil || len(names) == 0 {
		return nil, err
	}
	var all []Source
	for _, name := range names {
		more, err := Expand(name)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func folder(dir string) (all []Source, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != dir && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") && IsMedia(d.Name()):
			all = append(all, Source{Path: path})
		}
		return nil
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s holds no images or videos", dir)
	}
	return all, err
}

// maxURLText bounds a text that is looked at for URLs.
const maxURLText = 1 << 20

// FromReader returns the sources of an input: the URLs of a text with one URL on
// each line, or one file. It copies the file to the folder dir, so that it can be sent
// more than once.
func FromReader(r io.Reader, dir string) ([]Source, error) {
	in := bufio.NewReaderSize(r, maxURLText)
	head, err := in.Peek(maxURLText)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if urls, ok := URLs(string(head)); ok && err == io.EOF {
		return urls, nil
	}
	if len(head) == 0 {
		return nil, errors.New("the input is empty")
	}
	f, err := os.CreateTemp(dir, "upload-*")
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(f, in); err != nil {
		f.Close()
		return nil, err
	}
	return []Source{{Path: f.Name(), Name: "stdin" + extensionOf(head)}}, f.Close()
}

// extensionOf is the extension of a file that begins with head: some servers tell
// types by it. It is "" for one that is not known here.
func extensionOf(head []byte) string {
	switch http.DetectContentType(head) {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/gif":
		return ".gif"
	case "image/webp":
		return ".webp"
	case "image/bmp":
		return ".bmp"
	case "video/mp4":
		return ".mp4"
	case "video/webm":
		return ".webm"
	}
	return ""
}

// URLs returns the URLs of a text that has one URL on each line and nothing else, and
// reports whether it is such a text. It ignores empty lines, and lines that begin with #,
// as lists of dragged files have them.
func URLs(text string) ([]Source, bool) {
	if !utf8.ValidString(text) {
		return nil, false
	}
	var all []Source
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case IsURL(line):
			all = append(all, Source{URL: line})
		default:
			return nil, false
		}
	}
	return all, len(all) > 0
}
