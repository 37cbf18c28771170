// Package folder reads folders of images and videos for an import: the files, and their
// sidecar files in XMP and in the JSON of Google Takeout. It does not know
// where they go.
package folder

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Entry is one file.
type Entry struct {
	Path  string // below the folder, with slashes
	Size  int64
	Time  time.Time // of the file
	Words Words     // what stands beside it
}

// Album returns the name of the album for the folder of an entry: the names of the folder
// and its parents, "" at the top.
func (e Entry) Album() string {
	dir := path.Dir(e.Path)
	if dir == "." {
		return ""
	}
	return strings.ReplaceAll(dir, "/", " / ")
}

// Words are the data of a file's sidecar. Missing data is zero.
type Words struct {
	Title, Description string
	Tags               []string
	Taken              time.Time
	Place              *Place
}

// Place is where a picture was taken, in degrees.
type Place struct{ Latitude, Longitude float64 }

// extensions are those of images and videos.
var extensions = []string{
	".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".bmp", ".avif", ".heic", ".heif", ".jxl",
	".mp4", ".m4v", ".mov", ".qt", ".webm",
}

// Walk calls f with each image and video below a folder, in the order of names. It calls
// skipped with what it does not look at: hidden folders, hidden images and videos, links,
// and what is no file, each with the reason. Other files are left out without a word, and so
// are the ._ files of macOS. A damaged sidecar is ignored.
func Walk(root string, f func(Entry) error, skipped func(path, reason string)) error {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return err
	}
	beside := make(map[string]map[string]string) // by folder: files by their names in lower case
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if reason := whySkipped(d); reason != "" {
			skipped(rel, reason)
		}
		switch hidden := strings.HasPrefix(d.Name(), "."); {
		case hidden && d.IsDir():
			return fs.SkipDir
		case hidden || !d.Type().IsRegular() || !isMedia(d.Name()):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		dir := filepath.Dir(name)
		if beside[dir] == nil {
			clear(beside)
			if beside[dir], err = sidecars(dir); err != nil {
				return err
			}
		}
		return f(Entry{rel, info.Size(), info.ModTime(), wordsOf(dir, d.Name(), beside[dir])})
	})
}

// whySkipped tells why an entry of a folder, where somebody may miss it, is not looked at;
// "" otherwise.
func whySkipped(d fs.DirEntry) string {
	name, kind := d.Name(), d.Type()
	hidden := strings.HasPrefix(name, ".")
	switch {
	case hidden && kind.IsDir():
		return "a hidden folder"
	case hidden && (!isMedia(name) || strings.HasPrefix(name, "._")):
		return ""
	case kind&fs.ModeSymlink != 0:
		return "a symbolic link"
	case !kind.IsRegular() && !kind.IsDir():
		return "no ordinary file"
	case hidden:
		return "a hidden file"
	}
	return ""
}

// isMedia reports whether a name is that of an image or video.
func isMedia(name string) bool {
	return slices.Contains(extensions, strings.ToLower(filepath.Ext(name)))
}

// sidecars lists the files of a folder that may tell of others.
func sidecars(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	found := make(map[string]string)
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if e.Type().IsRegular() && (strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".xmp")) {
			found[name] = e.Name()
		}
	}
	return found, nil
}

// maxSidecar bounds the bytes of a sidecar.
const maxSidecar = 1 << 20

// wordsOf reads what stands beside a file. What Takeout tells was written by a person
// or by the camera's cloud, so it goes before XMP.
func wordsOf(dir, name string, beside map[string]string) (w Words) {
	for _, candidate := range []string{name + ".xmp", strings.TrimSuffix(name, filepath.Ext(name)) + ".xmp"} {
		if file, ok := beside[strings.ToLower(candidate)]; ok {
			w = readSidecar(filepath.Join(dir, file), parseXMP)
			break
		}
	}
	if file := takeoutFor(name, beside); file != "" {
		t := readSidecar(filepath.Join(dir, file), parseTakeout)
		w = t.or(w)
		// Takeout's title is the file's name, whole where the file's own was cut.
		if strings.EqualFold(strings.TrimSuffix(w.Title, filepath.Ext(w.Title)), strings.TrimSuffix(name, filepath.Ext(name))) {
			w.Title = ""
		}
	}
	return w
}

func readSidecar(name string, parse func([]byte) Words) Words {
	info, err := os.Stat(name)
	if err != nil || info.Size() > maxSidecar {
		return Words{}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return Words{}
	}
	return parse(text)
}

// or takes from other what is not told.
func (w Words) or(other Words) Words {
	if w.Title == "" {
		w.Title = other.Title
	}
	if w.Description == "" {
		w.Description = other.Description
	}
	if len(w.Tags) == 0 {
		w.Tags = other.Tags
	}
	if w.Taken.IsZero() {
		w.Taken = other.Taken
	}
	if w.Place == nil {
		w.Place = other.Place
	}
	return w
}
