package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// Writer writes an export. It is not safe for concurrent use.
type Writer struct {
	dir   string
	lines *os.File
	taken map[string]bool // names of files in lower case
}

// Create begins an export in a folder that is empty or does not exist. The caller closes
// the writer.
func Create(dir string) (*Writer, error) {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("the folder %s is not empty", dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lines, err := os.OpenFile(filepath.Join(dir, Lines), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return &Writer{dir: dir, lines: lines, taken: make(map[string]bool)}, err
}

// Add writes an item: its bytes into a file with its original name, in a folder, and
// its line. It sets the File of the line.
func (w *Writer) Add(l *Line, folder []string, bytes io.Reader) error {
	l.File = w.name(folder, l.OriginalName, path.Ext(l.Path))
	if err := w.write(l.File, l.CreatedAt, bytes); err != nil {
		return err
	}
	return json.NewEncoder(w.lines).Encode(l)
}

// AddFile writes a further file, such as a thumb.
func (w *Writer) AddFile(name string, bytes io.Reader) error {
	return w.write(name, time.Time{}, bytes)
}

func (w *Writer) write(name string, at time.Time, bytes io.Reader) error {
	full := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, bytes)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(full))
	}
	if at.IsZero() {
		return nil
	}
	return os.Chtimes(full, at, at)
}

// Close ends the export.
func (w *Writer) Close() error { return errors.Join(w.lines.Sync(), w.lines.Close()) }

// name is a name for a file that no other one has, whatever the case of letters.
func (w *Writer) name(folder []string, name, extension string) string {
	parts := make([]string, 0, len(folder)+1)
	for _, part := range folder {
		parts = append(parts, safeName(part))
	}
	name = safeName(name)
	// A file whose bytes were made others has the extension of what it is.
	if !strings.EqualFold(path.Ext(name), extension) {
		name = strings.TrimSuffix(name, path.Ext(name)) + extension
	}
	stem := strings.TrimSuffix(name, extension)
	if i := len(name) - len(extension); i > 0 {
		stem, extension = name[:i], name[i:]
	}
	for n := 1; ; n++ {
		next := stem + extension
		if n > 1 {
			next = fmt.Sprintf("%s (%d)%s", stem, n, extension)
		}
		full := path.Join(append(parts, next)...)
		if key := strings.ToLower(full); !w.taken[key] && key != Lines {
			w.taken[key] = true
			return full
		}
	}
}

// maxName bounds the bytes of a name; file systems take 255.
const maxName = 200

// safeName is a name that every file system takes.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	for len(name) > maxName {
		runes := []rune(strings.TrimSuffix(name, path.Ext(name)))
		if len(runes) < 2 {
			break
		}
		name = string(runes[:len(runes)-1]) + path.Ext(name)
	}
	// A dot at the beginning hides, one at the end is lost on some systems.
	name = strings.TrimRight(strings.TrimLeft(name, ". "), ". ")
	if name == "" {
		return "_"
	}
	return name
}
